//! One of two kinds of filesystem, so that different ones can be mounted side by side.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::errno::{Errno, Result};
use crate::filesystem::{Access, Entry, Filesystem, New, Vacancy};
use crate::types::{
    Advice, Allocation, AttributeMode, Attributes, DirectoryEntry, Extent, FilesystemStat, Kind,
    Readiness, Stamps, Stat, Time, Times,
};

/// A filesystem of one kind or another; more than two kinds nest.
#[derive(Debug, Clone, PartialEq)]
pub enum Either<A, B> {
    /// One kind.
    One(A),
    /// The other.
    Other(B),
}

/// Calls the filesystem with its own node, which is not of the other kind.
macro_rules! on {
    ($self:ident, $node:ident, $fs:ident, $wrong:expr, $call:expr) => {
        match ($self, $node) {
            (Self::One($fs), Either::One($node)) => $call,
            (Self::Other($fs), Either::Other($node)) => $call,
            _ => $wrong,
        }
    };
}

/// The same where the call returns a node.
macro_rules! node_on {
    ($self:ident, $node:ident, $fs:ident, $call:expr) => {
        match ($self, $node) {
            (Self::One($fs), Either::One($node)) => $call.map(Either::One),
            (Self::Other($fs), Either::Other($node)) => $call.map(Either::Other),
            _ => Err(Errno::Stale),
        }
    };
}

/// Methods that hand on their arguments.
macro_rules! handed_on {
    ($(fn $name:ident($file:ident $(, $argument:ident: $type:ty)*) -> $result:ty;)*) => {$(
        fn $name(&mut self, $file: &Self::Node $(, $argument: $type)*) -> Result<$result> {
            on!(self, $file, fs, Err(Errno::Stale), fs.$name($file $(, $argument)*))
        }
    )*};
}

macro_rules! nodes_handed_on {
    ($(fn $name:ident($file:ident $(, $argument:ident: $type:ty)*);)*) => {$(
        fn $name(&mut self, $file: &Self::Node $(, $argument: $type)*) -> Result<Self::Node> {
            node_on!(self, $file, fs, fs.$name($file $(, $argument)*))
        }
    )*};
}

/// An entry in the terms of one kind.
macro_rules! entry {
    ($entry:expr, $kind:path) => {
        match ($entry.directory, $entry.file) {
            ($kind(directory), $kind(file)) => Entry {
                directory,
                name: $entry.name,
                file,
            },
            _ => return Err(Errno::Stale),
        }
    };
}

macro_rules! vacancy {
    ($to:expr, $kind:path) => {{
        let $kind(directory) = $to.directory else {
            return Err(Errno::Stale);
        };
        let file = match $to.file {
            Some($kind(file)) => Some(file),
            Some(_) => return Err(Errno::Stale),
            None => None,
        };
        Vacancy {
            directory,
            name: $to.name,
            file,
        }
    }};
}

impl<A: Filesystem, B: Filesystem> Filesystem for Either<A, B> {
    type Node = Either<A::Node, B::Node>;

    fn root(&self) -> Self::Node {
        match self {
            Self::One(fs) => Either::One(fs.root()),
            Self::Other(fs) => Either::Other(fs.root()),
        }
    }

    fn kind(&self, file: &Self::Node) -> Kind {
        on!(self, file, fs, Kind::Regular, fs.kind(file))
    }

    fn is_read_only(&self, file: &Self::Node) -> bool {
        on!(self, file, fs, true, fs.is_read_only(file))
    }

    fn times(&self, file: &Self::Node) -> Option<Times> {
        on!(self, file, fs, None, fs.times(file))
    }

    fn touch(&mut self, file: &Self::Node, stamps: Stamps, now: Time) {
        on!(self, file, fs, (), fs.touch(file, stamps, now));
    }

    fn finish(&mut self, file: &Self::Node) {
        on!(self, file, fs, (), fs.finish(file));
    }

    nodes_handed_on! {
        fn lookup(directory, name: &str);
        fn lookup_directory(directory, name: &str);
        fn parent(directory);
        fn create(directory, name: &str, new: &New<'_>);
        fn open(file, access: Access);
    }

    fn link(&mut self, file: &Self::Node, directory: &Self::Node, name: &str) -> Result<()> {
        match (self, file, directory) {
            (Self::One(fs), Either::One(file), Either::One(directory)) => {
                fs.link(file, directory, name)
            }
            (Self::Other(fs), Either::Other(file), Either::Other(directory)) => {
                fs.link(file, directory, name)
            }
            _ => Err(Errno::Stale),
        }
    }

    fn remove(&mut self, from: &Entry<'_, Self::Node>) -> Result<()> {
        match self {
            Self::One(fs) => fs.remove(&entry!(from, Either::One)),
            Self::Other(fs) => fs.remove(&entry!(from, Either::Other)),
        }
    }

    fn rename(&mut self, from: &Entry<'_, Self::Node>, to: &Vacancy<'_, Self::Node>) -> Result<()> {
        match self {
            Self::One(fs) => fs.rename(&entry!(from, Either::One), &vacancy!(to, Either::One)),
            Self::Other(fs) => {
                fs.rename(&entry!(from, Either::Other), &vacancy!(to, Either::Other))
            }
        }
    }

    fn exchange(
        &mut self,
        one: &Entry<'_, Self::Node>,
        other: &Entry<'_, Self::Node>,
    ) -> Result<()> {
        match self {
            Self::One(fs) => fs.exchange(&entry!(one, Either::One), &entry!(other, Either::One)),
            Self::Other(fs) => {
                fs.exchange(&entry!(one, Either::Other), &entry!(other, Either::Other))
            }
        }
    }

    fn close(&mut self, file: Self::Node) {
        match (self, file) {
            (Self::One(fs), Either::One(file)) => fs.close(file),
            (Self::Other(fs), Either::Other(file)) => fs.close(file),
            _ => {}
        }
    }

    handed_on! {
        fn read_link(link) -> String;
        fn identity(file) -> (u64, u64);
        fn stat(file) -> Stat;
        fn set_attributes(file, to: &Attributes, now: Time) -> ();
        fn read(file, offset: u64, length: u32) -> Vec<u8>;
        fn write(file, offset: u64, data: Cow<'_, [u8]>) -> usize;
        fn size(file) -> u64;
        fn set_size(file, size: u64) -> ();
        fn allocate(file, how: Allocation, offset: u64, length: u64) -> ();
        fn find_extent(file, what: Extent, offset: u64) -> u64;
        fn advise(file, offset: u64, length: u64, advice: Advice) -> ();
        fn sync(file, data_only: bool) -> ();
        fn read_directory(
            directory,
            cookie: u64,
            until: u64,
            count: u32
        ) -> Vec<DirectoryEntry>;
        fn filesystem_stat(file) -> FilesystemStat;
        fn xattr(file, name: &str) -> Vec<u8>;
        fn set_xattr(file, name: &str, value: &[u8], mode: AttributeMode) -> ();
        fn xattrs(file) -> Vec<String>;
        fn remove_xattr(file, name: &str) -> ();
    }

    fn last_cookie(&mut self, directory: &Self::Node) -> u64 {
        on!(self, directory, fs, u64::MAX, fs.last_cookie(directory))
    }

    fn ready(&mut self, file: &Self::Node) -> Readiness {
        on!(self, file, fs, Readiness::ERROR, fs.ready(file))
    }

    fn wait_token(&mut self, file: &Self::Node, interest: Readiness) -> Option<u64> {
        on!(self, file, fs, None, fs.wait_token(file, interest))
    }
}
