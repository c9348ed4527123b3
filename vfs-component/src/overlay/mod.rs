//! `boxer:memfs` and `boxer:overlay`: memory over a tree that stays as it is.
//!
//! All names are in memory, and each entry leads to a file that is in memory too or still
//! as it was below. A directory is read when it is first looked into, an inode when its file
//! is first looked up, a content when it is read; what is written is copied chunk by chunk.
//! So a whole lower directory is renamed by moving one entry, what was removed needs no
//! whiteout, a hard link below stays one file when it is written, and `st_ino` never changes:
//! the things that overlays of two trees are known to get wrong do not come up.
//! [`Overlay::changes`] tells the difference as layers tell it, whiteouts and all.
//!
//! | file | what |
//! | --- | --- |
//! | `inodes.rs` | files by position |
//! | `directory.rs` | names to files, in the order in which they came |
//! | `content.rs`, `chunk.rs`, `extents.rs` | sparse contents and the space that they take |
//! | `below.rs` | what comes from the lower tree, and when |
//! | `filesystem.rs` | the [`Filesystem`](crate::Filesystem) |
//! | `changes.rs` | the difference from the lower tree |
//! | `restore.rs` | a tree that was kept elsewhere, as in a volume |

mod below;
mod changes;
mod chunk;
mod content;
mod directory;
mod extents;
mod filesystem;
mod inodes;
mod restore;

use alloc::boxed::Box;

use vfs_image::Image;

pub use changes::Change;
use content::Content;
use directory::Directory;
use inodes::{Body, Inode, Inodes, Xattrs};
pub(crate) use restore::Kept;

use crate::errno::{Errno, Result};
use crate::limits::{Limits, Space};
use crate::lower::Lower;
use crate::sorted::SortedMap;
use crate::types::{Kind, Times};

/// `st_dev` unless it is said.
const DEVICE: u64 = 1;
const ROOT: u32 = 0;

/// Names a file in an [`Overlay`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemNode(pub(crate) u32);

/// A filesystem in memory, over the baked image if there is one.
pub type MemFs<S> = Overlay<Image<S>>;

/// A filesystem in memory, over a lower tree if there is one.
#[derive(Debug)]
pub struct Overlay<L: Lower> {
    lower: Option<L>,
    inodes: Inodes<L::File>,
    space: Space,
    /// `st_dev` of everything here.
    device: u64,
    /// Files below with more than one name that were looked at: where they
    /// are, and how many of their names lead there.
    linked: SortedMap<u32, (u32, u32)>,
    last_number: u64,
}

impl<L: Lower> Overlay<L> {
    /// With an empty root directory, see [`Overlay::over`] for one with files.
    #[must_use]
    pub fn new() -> Self {
        let root = Inode {
            number: below::inode_number(0),
            times: Times::default(),
            mode: 0o755,
            links: 1,
            user: 0,
            group: 0,
            opens: 0,
            xattrs: None,
            body: Body::Directory(Box::new(Directory::new(ROOT))),
        };
        Self {
            lower: None,
            space: Space::default(),
            device: DEVICE,
            last_number: root.number,
            inodes: Inodes::with_first(root),
            linked: SortedMap::default(),
        }
    }

    /// Holds no more than that from now on. What comes from below counts nothing until it
    /// is written.
    #[must_use]
    pub fn limited(mut self, limits: Limits) -> Self {
        self.space.limit(limits);
        self
    }

    /// With this `st_dev`, which tells its files from those of other filesystems.
    #[must_use]
    pub fn on_device(mut self, device: u64) -> Self {
        self.device = device;
        self
    }

    fn inode(&self, node: MemNode) -> Result<&Inode<L::File>> {
        self.inodes.get(node.0)
    }

    /// A directory whose entries were read.
    fn directory(&mut self, at: u32) -> Result<&mut Directory> {
        if self.inodes.get(at)?.directory()?.unread {
            self.read_lower_directory(at)?;
        }
        self.inodes.get_mut(at)?.directory_mut()
    }

    /// A directory in which something can be made: it has not been removed.
    fn living_directory(&mut self, at: u32) -> Result<&mut Directory> {
        if self.inodes.get(at)?.links == 0 {
            return Err(Errno::NoEntry);
        }
        self.directory(at)
    }

    fn new_inode(&mut self, mode: u32, body: Body<L::File>) -> Result<u32> {
        let number = self.last_number + 1;
        let inode = Inode {
            number,
            times: Times::default(),
            mode: mode as u16,
            links: 1,
            user: 0,
            group: 0,
            opens: 0,
            xattrs: None,
            body,
        };
        self.space.add_inode()?;
        let at = match self.inodes.insert(inode) {
            Ok(at) => at,
            Err(errno) => {
                self.space.remove_inode();
                return Err(errno);
            }
        };
        self.last_number = number;
        Ok(at)
    }

    /// A directory that has no name: something to mount at.
    pub(crate) fn detached_directory(&mut self) -> Result<MemNode> {
        let directory = Body::Directory(Box::new(Directory::new(ROOT)));
        self.new_inode(0o755, directory).map(MemNode)
    }

    /// Takes away one of a file's names, and the file where it was the last and nobody
    /// has it open.
    fn unlink_inode(&mut self, at: u32) -> Result<()> {
        let inode = self.inodes.get_mut(at)?;
        inode.links = inode.links.saturating_sub(1);
        let opens = inode.opens;
        let mut parent = None;
        if let Body::Directory(directory) = &mut inode.body
            && opens > 0
        {
            directory.holds_parent = true;
            parent = Some(directory.parent);
        }
        if let Some(parent) = parent {
            self.inodes.get_mut(parent)?.opens += 1;
        }
        self.drop_unused(at);
        Ok(())
    }

    fn drop_unused(&mut self, at: u32) {
        let mut next = Some(at);
        while let Some(at) = next.take() {
            let Ok(inode) = self.inodes.get(at) else {
                return;
            };
            if inode.links > 0 || inode.opens > 0 {
                return;
            }
            let Some(inode) = self.discard(at) else {
                return;
            };
            if let Body::Directory(directory) = inode.body
                && directory.holds_parent
                && let Ok(parent) = self.inodes.get_mut(directory.parent)
            {
                parent.opens -= 1;
                next = Some(directory.parent);
            }
        }
    }

    /// Gives up an inode and the space that it takes.
    fn discard(&mut self, at: u32) -> Option<Inode<L::File>> {
        let inode = self.inodes.remove(at)?;
        self.forget_linked(inode.number, at);
        let lower = self.lower.as_ref().map_or(1, Lower::numbers);
        if inode.number > lower {
            self.space.remove_inode();
        }
        if let Body::Regular(content) = &inode.body {
            self.space.moved(content.owned_pages(), 0);
        }
        Some(inode)
    }

    /// Makes `name` in a directory lead to a file, in place of what it led to.
    fn set_entry(&mut self, directory: u32, name: &str, file: u32, kind: Kind) -> Result<()> {
        let entries = self.directory(directory)?;
        let at = entries.find(name).ok_or(Errno::NoEntry)?;
        entries.replace(at, file, kind);
        Ok(())
    }

    fn remove_entry(&mut self, directory: u32, name: &str) -> Result<()> {
        let entries = self.directory(directory)?;
        let at = entries.find(name).ok_or(Errno::NoEntry)?;
        entries.remove(at);
        Ok(())
    }

    /// After a directory got another parent.
    fn reparent(&mut self, directory: u32, from: u32, to: u32) -> Result<()> {
        self.inodes.get_mut(directory)?.directory_mut()?.parent = to;
        self.directory(from)?.subdirectories -= 1;
        self.directory(to)?.subdirectories += 1;
        Ok(())
    }

    fn content(&self, node: MemNode) -> Result<&Content<L::File>> {
        self.inode(node)?.content()
    }

    fn xattrs_mut(&mut self, node: MemNode) -> Result<&mut Xattrs> {
        Ok(self.inodes.get_mut(node.0)?.xattrs.get_or_insert_default())
    }
}

impl<L: Lower> Default for Overlay<L> {
    fn default() -> Self {
        Self::new()
    }
}
