//! What comes from the image, and when.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;

use vfs_image::{Image, Inode as Baked, ReadError, Source};

use super::content::Content;
use super::directory::{Child, Directory, Position};
use super::inodes::{Body, Inode, Inodes};
use super::{MemFs, ROOT};
use crate::errno::{Errno, Result};
use crate::types::{Kind, Times};

/// `st_ino` of the image's inode of this number: known before it is looked at.
pub(super) fn number(baked: u32) -> u64 {
    u64::from(baked) + 1
}

impl<S: Source> MemFs<S> {
    /// Over an image. Reads its root inode.
    ///
    /// # Errors
    /// `io` where the image can't be read.
    pub fn over(image: Image<S>) -> Result<Self> {
        let baked = image.root().map_err(damaged)?;
        // Files that are made later are numbered behind all that is baked in.
        let last_number = u32::try_from(image.inodes()).map_err(|_| Errno::Io)?;
        let mut fs = Self::new();
        fs.image = Some(image);
        fs.last_number = u64::from(last_number);
        // The root is a baked directory that takes the place of the empty one.
        let root = fs.new_baked(ROOT, 0, baked)?;
        let root = fs.inodes.remove(root).ok_or(Errno::Io)?;
        fs.inodes = Inodes::with_first(root);
        Ok(fs)
    }

    /// Reads the entries of a directory, all at once.
    pub(super) fn read_baked_directory(&mut self, at: u32) -> Result<()> {
        let image = self.image.as_ref().ok_or(Errno::Io)?;
        let directory = self.inodes.get_mut(at)?.directory_mut()?;
        let Some(unread) = directory.unread else {
            return Ok(());
        };
        let baked = image.inode(u64::from(unread)).map_err(damaged)?;
        directory.clear();
        let mut failure = None;
        let mut previous = String::new();
        let read = image.read_directory(&baked, 0, u64::MAX, |_, name, entry| {
            // Names in order are names that come once.
            if failure.is_some() || *name <= *previous {
                failure.get_or_insert(Errno::Io);
                return;
            }
            name.clone_into(&mut previous);
            let inserted = u32::try_from(entry.inode)
                .map_err(|_| Errno::Io)
                .and_then(|inode| {
                    directory.subdirectories += u32::from(entry.kind == Kind::Directory);
                    directory.insert(name, Child::Baked(inode), entry.kind)
                });
            failure = inserted.err();
        });
        match (read, failure) {
            (Ok(_), None) => {
                directory.unread = None;
                Ok(())
            }
            (Err(error), _) => {
                directory.clear();
                Err(damaged(error))
            }
            (_, Some(errno)) => {
                directory.clear();
                Err(errno)
            }
        }
    }

    /// Makes an inode of what an entry of the image leads to, and the entry lead there.
    pub(super) fn bring_in(&mut self, parent: u32, entry: Position, number: u32) -> Result<u32> {
        let image = self.image.as_ref().ok_or(Errno::Io)?;
        let baked = image.inode(u64::from(number)).map_err(damaged)?;
        let entries = self.inodes.get(parent)?.directory()?;
        if entries.kind(entry) != baked.kind {
            return Err(Errno::Io);
        }
        let at = match self.linked.get_mut(&number) {
            Some((at, names)) => {
                // A damaged image may have more names than it says.
                *names += 1;
                if *names > baked.links {
                    self.inodes.get_mut(*at)?.links += 1;
                }
                *at
            }
            None => self.new_baked(parent, number, baked)?,
        };
        let entries = self.inodes.get_mut(parent)?.directory_mut()?;
        entries.replace(entry, at, baked.kind);
        Ok(at)
    }

    fn new_baked(&mut self, parent: u32, number: u32, baked: Baked) -> Result<u32> {
        let image = self.image.as_ref().ok_or(Errno::Io)?;
        let body = match baked.kind {
            Kind::Regular => Body::Regular(Content::baked(baked)),
            Kind::Directory => {
                let mut directory = Directory::new(parent);
                directory.unread = Some(number);
                directory.subdirectories = baked.links.saturating_sub(2);
                Body::Directory(Box::new(directory))
            }
            Kind::SymbolicLink => {
                Body::SymbolicLink(image.target(&baked).map_err(damaged)?.into_boxed_str())
            }
            kind @ (Kind::CharacterDevice | Kind::BlockDevice | Kind::Fifo | Kind::Socket) => {
                Body::Node(kind, baked.device())
            }
        };
        let xattrs = if baked.has_xattrs() {
            let xattrs = image.xattrs(&baked).map_err(damaged)?.into_iter();
            Some(Box::new(
                xattrs
                    .map(|(name, value)| (name.into(), value.into()))
                    .collect(),
            ))
        } else {
            None
        };
        let shares = baked.kind != Kind::Directory && baked.links > 1;
        let modified = baked.modified;
        let at = self.inodes.insert(Inode {
            number: self::number(number),
            times: Times {
                accessed: modified,
                modified,
                changed: modified,
            },
            mode: baked.mode as u16,
            links: if shares { baked.links } else { 1 },
            user: baked.user,
            group: baked.group,
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
        let baked = number
            .checked_sub(1)
            .and_then(|baked| u32::try_from(baked).ok());
        if let Some(baked) = baked
            && self
                .linked
                .get(&baked)
                .is_some_and(|&(known, _)| known == at)
        {
            self.linked.remove(&baked);
        }
    }
}

fn damaged(_: ReadError) -> Errno {
    Errno::Io
}
