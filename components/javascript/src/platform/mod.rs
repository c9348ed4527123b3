//! What the outside world does for a run: input, waiting, the end.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod wasi;

#[cfg(not(target_arch = "wasm32"))]
pub use native::{exit, initial_directory, random_bytes, read_input, wait};
#[cfg(target_arch = "wasm32")]
pub use wasi::{exit, initial_directory, random_bytes, read_input, wait};

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// Standard input has bytes, or its end.
    Input,
    /// The time is over.
    Time,
}
