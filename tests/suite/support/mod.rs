//! What the tests with real programs, toolchains and hosts share.

pub mod boxes;
pub mod compare;
pub mod go;
pub mod guests;
pub mod kept;
pub mod node;
pub mod process;
pub mod programs;
pub mod python;
pub mod tree;
