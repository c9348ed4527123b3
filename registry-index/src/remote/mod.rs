//! Sources at the end of a wire.

mod cache;
mod http;
mod wire;

pub use http::Http;
pub use wire::{Network, Transfer};
