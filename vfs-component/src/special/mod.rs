//! The files of `/dev` and `/proc` that common programs open.
//!
//! | file | what |
//! | --- | --- |
//! | `machine.rs` | what they tell of and talk to, passed in |
//! | `devices.rs` | the tree of `/dev` |
//! | `process.rs` | the tree of `/proc`, proc(5) |
//! | `tree.rs` | either of them as a [`Filesystem`](crate::Filesystem) |

mod devices;
mod machine;
mod process;
mod tree;

pub use machine::{Machine, Stream};
pub use tree::{SpecialFs, SpecialNode};
