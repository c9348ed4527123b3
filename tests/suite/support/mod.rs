//! What the tests with real programs, toolchains and hosts share.

pub mod boxes;
pub mod c;
pub mod compare;
pub mod crates;
#[allow(dead_code, reason = "the benchmarks use more of it")]
pub mod debian;
pub mod go;
pub mod guests;
pub mod host;
pub mod kept;
pub mod node;
pub mod process;
pub mod programs;
pub mod python;
pub mod tree;
