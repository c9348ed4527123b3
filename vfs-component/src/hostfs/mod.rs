//! `boxer:hostfs`: directories of the host, mounted over memory and the baked files.
//!
//! The host is asked for one name at a time, relative to a directory that is open
//! already, and never to follow a symbolic link: links are read and walked by
//! [`Vfs`](crate::Vfs) in the box's own tree. So neither `..` nor an absolute link
//! nor a link that somebody puts there in the middle of a walk leads out of what was
//! granted, whatever the host itself would let pass.

mod config;
mod host;
mod listing;
mod node;
mod tree;

pub use config::{Grant, grants, normal};
pub use host::{HostFile, HostOpen, HostStat};
pub use node::HostNode;
pub use tree::HostTree;

use vfs_image::Image;

use crate::mounts::Mounts;

/// Memory over an image of type `S`, with directories of a host of type `H` in it.
pub type HostFs<S, H> = Mounts<Image<S>, HostTree<H>>;
