//! What the sources of packages promise, tried from outside.

mod corruption;
mod crash;
mod directory;
mod publishing;
mod support;
