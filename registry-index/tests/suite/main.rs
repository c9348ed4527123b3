//! What the sources of packages promise, tried from outside.

mod corruption;
mod crash;
mod directory;
#[cfg(all(feature = "remote", feature = "serve"))]
mod faults;
#[cfg(all(feature = "remote", feature = "serve"))]
mod http;
#[cfg(feature = "serve")]
mod pages;
mod publishing;
mod support;
