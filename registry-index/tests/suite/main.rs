//! What the sources of packages promise, tried from outside.

#[cfg(feature = "serve")]
mod browser;
#[cfg(feature = "remote")]
mod config;
mod corruption;
mod crash;
mod directory;
#[cfg(all(feature = "remote", feature = "serve"))]
mod faults;
#[cfg(all(feature = "remote", feature = "serve"))]
mod http;
#[cfg(feature = "remote")]
mod oci;
#[cfg(all(feature = "remote", feature = "serve"))]
mod oci_listing;
#[cfg(feature = "serve")]
mod pages;
mod publishing;
#[cfg(feature = "remote")]
mod registry;
mod support;
#[cfg(feature = "remote")]
mod wkg;
