//! Sources at the end of a wire.

mod cache;
mod config;
mod docker;
mod http;
mod oci;
mod wire;

pub use config::{Registries, Source};
pub use http::Http;
pub use oci::{Credentials, Oci, OciOptions};
pub use wire::{Network, Transfer};
