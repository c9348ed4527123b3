//! What an [`Overlay`](crate::Overlay) lies over: a tree that nothing changes.

mod image;
mod layers;
mod tree;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Debug;

pub use layers::{Layer, Layers};
pub use tree::LowerTree;

use crate::errno::Result;
use crate::types::{Kind, Times};

/// A tree of files that can be read, each named by a number. Number 0 is the root
/// directory.
///
/// Errors are `io` where the tree is damaged, and those of whatever is below.
#[allow(clippy::missing_errors_doc, reason = "all are the same, as said above")]
pub trait Lower {
    /// What is kept of a file to read its content, target and extended attributes.
    type File: Clone + Debug;

    /// All numbers are below this one.
    fn numbers(&self) -> u64;
    /// A file's attributes.
    fn inode(&self, number: u32) -> Result<LowerInode<Self::File>>;
    /// Visits the entries of a directory, each name once. Stops at the first failure of
    /// `visit` and returns it.
    fn entries(&self, directory: u32, visit: &mut Visit<'_>) -> Result<()>;
    /// The target of a symbolic link.
    fn target(&self, link: &Self::File) -> Result<String>;
    /// All extended attributes.
    fn xattrs(&self, file: &Self::File) -> Result<Vec<(String, Vec<u8>)>>;
    /// Exactly `length` bytes of a regular file, which has so many from `offset` on.
    fn read(&self, file: &Self::File, offset: u64, length: u32) -> Result<Cow<'_, [u8]>>;
}

/// Is told the name, number and kind of an entry.
pub type Visit<'v> = dyn FnMut(&str, u32, Kind) -> Result<()> + 'v;

/// The attributes of a file in a lower tree.
#[derive(Debug, Clone)]
pub struct LowerInode<F> {
    /// What it is.
    pub kind: Kind,
    /// The twelve permission bits.
    pub mode: u32,
    /// Number of names; of a directory 2 and one for each child directory.
    pub links: u32,
    /// Owner.
    pub user: u32,
    /// Group.
    pub group: u32,
    /// The three times.
    pub times: Times,
    /// Size in bytes.
    pub size: u64,
    /// Of a device: major << 32 | minor.
    pub device_number: u64,
    /// Whether it may have extended attributes.
    pub has_xattrs: bool,
    /// What leads to the rest of it.
    pub file: F,
}

/// No lower tree.
#[derive(Debug)]
pub enum Nothing {}

impl Lower for Nothing {
    type File = ();

    fn numbers(&self) -> u64 {
        match *self {}
    }

    fn inode(&self, _: u32) -> Result<LowerInode<()>> {
        match *self {}
    }

    fn entries(&self, _: u32, _: &mut Visit<'_>) -> Result<()> {
        match *self {}
    }

    fn target(&self, (): &()) -> Result<String> {
        match *self {}
    }

    fn xattrs(&self, (): &()) -> Result<Vec<(String, Vec<u8>)>> {
        match *self {}
    }

    fn read(&self, (): &(), _: u64, _: u32) -> Result<Cow<'_, [u8]>> {
        match *self {}
    }
}
