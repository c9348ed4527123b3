//! What comes from the lower tree, and when.

use alloc::boxed::Box;

use super::content::Content;
use super::directory::{Child, Directory, Position};
use super::inodes::{Body, Inode, Inodes};
use super::{Overlay, ROOT};
use crate::errno::{Errno, Result};
use crate::lower::{Lower, LowerInode};
use crate::types::Kind;

/// `st_ino` of the lower file of this number: known before it is looked at, and the same
/// after it was changed.
pub(super) fn inode_number(lower: u32) -> u64 {
    u64::from(lower) + 1
}

impl<L: Lower> Overlay<L> {
    /// Over a lower tree. Looks at its root.
    ///
    /// # Errors
    /// `io` where the tree can't be read.
    pub fn over(lower: L) -> Result<Self> {
        let root = lower.inode(0)?;
        if root.kind != Kind::Directory {
            return Err(Errno::Io);
        }
        // Files that are made later are numbered behind all that is below.
        let last_number = lower.numbers();
        if last_number > 1 << 32 {
            return Err(Errno::Io);
        }
        let mut fs = Self::new();
        fs.lower = Some(lower);
        fs.last_number = last_number;
        // The root is a lower directory that takes the place of the empty one.
        let root = fs.new_lower(ROOT, 0, &root)?;
        let root = fs.inodes.remove(root).ok_or(Errno::Io)?;
        fs.inodes = Inodes::with_first(root);
        Ok(fs)
    }

    /// The lower tree, if there is one.
    pub fn lower(&self) -> Option<&L> {
        self.lower.as_ref()
    }

    /// Reads the entries of a directory, all at once.
    pub(super) fn read_lower_directory(&mut self, at: u32) -> Result<()> {
        let lower = self.lower.as_ref().ok_or(Errno::Io)?;
        let directory = self.inodes.get_mut(at)?.directory_mut()?;
        let (true, Some(origin)) = (directory.unread, directory.origin) else {
            return Ok(());
        };
        directory.clear();
        let read = lower.entries(origin, &mut |name, number, kind| {
            directory.subdirectories += u32::from(kind == Kind::Directory);
            directory.insert(name, Child::Lower(number), kind)
        });
        match read {
            Ok(()) => directory.unread = false,
            Err(_) => directory.clear(),
        }
        read
    }

    /// Makes an inode of what an entry leads to below, and the entry lead there.
    pub(super) fn bring_in(&mut self, parent: u32, entry: Position, number: u32) -> Result<u32> {
        let lower = self.lower.as_ref().ok_or(Errno::Io)?;
        let inode = lower.inode(number)?;
        let entries = self.inodes.get(parent)?.directory()?;
        if entries.kind(entry) != inode.kind {
            return Err(Errno::Io);
        }
        let at = match self.linked.get_mut(&number) {
            Some((at, names)) => {
                // A damaged tree may have more names than it says.
                *names += 1;
                if *names > inode.links {
                    self.inodes.get_mut(*at)?.links += 1;
                }
                *at
            }
            None => self.new_lower(parent, number, &inode)?,
        };
        let entries = self.inodes.get_mut(parent)?.directory_mut()?;
        entries.replace(entry, at, inode.kind);
        Ok(at)
    }

    fn new_lower(&mut self, parent: u32, number: u32, below: &LowerInode<L::File>) -> Result<u32> {
        let lower = self.lower.as_ref().ok_or(Errno::Io)?;
        let body = match below.kind {
            Kind::Regular => Body::Regular(Content::lower(below)),
            Kind::Directory => {
                let mut directory = Directory::new(parent);
                directory.origin = Some(number);
                directory.unread = true;
                directory.subdirectories = below.links.saturating_sub(2);
                Body::Directory(Box::new(directory))
            }
            Kind::SymbolicLink => Body::SymbolicLink(lower.target(&below.file)?.into_boxed_str()),
            kind @ (Kind::CharacterDevice | Kind::BlockDevice | Kind::Fifo | Kind::Socket) => {
                Body::Node(kind, below.device_number)
            }
        };
        let xattrs = if below.has_xattrs {
            let xattrs = lower.xattrs(&below.file)?.into_iter();
            Some(Box::new(
                xattrs
                    .map(|(name, value)| (name.into(), value.into()))
                    .collect(),
            ))
        } else {
            None
        };
        let shares = below.kind != Kind::Directory && below.links > 1;
        let at = self.inodes.insert(Inode {
            number: inode_number(number),
            times: below.times,
            mode: below.mode as u16,
            links: if shares { below.links } else { 1 },
            user: below.user,
            group: below.group,
            opens: 0,
            xattrs,
            body,
        })?;
        if shares && self.linked.entry(number, || (at, 1)).is_none() {
            self.inodes.remove(at);
            return Err(Errno::NoSpace);
        }
        Ok(at)
    }

    /// After an inode is gone: a name of it that was never looked at starts it anew.
    pub(super) fn forget_linked(&mut self, number: u64, at: u32) {
        let lower = number
            .checked_sub(1)
            .and_then(|lower| u32::try_from(lower).ok());
        if let Some(lower) = lower
            && self
                .linked
                .get(&lower)
                .is_some_and(|&(known, _)| known == at)
        {
            self.linked.remove(&lower);
        }
    }
}
