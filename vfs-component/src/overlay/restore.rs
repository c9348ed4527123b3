//! Putting a tree back as it was kept elsewhere.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::content::Content;
use super::directory::{Child, Directory};
use super::inodes::{Body, Inode};
use super::{MemNode, Overlay, ROOT};
use crate::errno::{Errno, Result};
use crate::lower::Lower;
use crate::types::{Kind, Times};

/// A file as it was.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// `st_ino`
    pub number: u64,
    pub kind: Kind,
    pub mode: u32,
    pub user: u32,
    pub group: u32,
    pub times: Times,
    pub device_number: u64,
    /// Of a symbolic link.
    pub target: String,
    pub xattrs: Vec<(String, Vec<u8>)>,
}

impl<L: Lower> Overlay<L> {
    /// Gives the root the attributes that it had.
    pub(crate) fn restore_root(&mut self, kept: &Kept) -> Result<()> {
        let root = self.inodes.get_mut(ROOT)?;
        root.number = kept.number;
        root.times = kept.times;
        root.mode = kept.mode as u16;
        (root.user, root.group) = (kept.user, kept.group);
        root.xattrs = xattrs(kept);
        self.last_number = self.last_number.max(kept.number);
        Ok(())
    }

    /// New files are numbered behind this.
    pub(crate) fn restore_last_number(&mut self, number: u64) {
        self.last_number = self.last_number.max(number);
    }

    /// Puts a file back under its first name, which is free.
    pub(crate) fn restore(
        &mut self,
        directory: MemNode,
        name: &str,
        kept: &Kept,
    ) -> Result<MemNode> {
        let body = match kept.kind {
            Kind::Regular => Body::Regular(Content::default()),
            Kind::Directory => Body::Directory(Box::new(Directory::new(directory.0))),
            Kind::SymbolicLink => Body::SymbolicLink(kept.target.as_str().into()),
            kind @ (Kind::CharacterDevice | Kind::BlockDevice | Kind::Fifo | Kind::Socket) => {
                Body::Node(kind, kept.device_number)
            }
        };
        let at = self.inodes.insert(Inode {
            number: kept.number,
            times: kept.times,
            mode: kept.mode as u16,
            links: 1,
            user: kept.user,
            group: kept.group,
            opens: 0,
            xattrs: xattrs(kept),
            body,
        })?;
        self.space.restore_inode();
        self.last_number = self.last_number.max(kept.number);
        let entries = self.inodes.get_mut(directory.0)?.directory_mut()?;
        entries.insert(name, Child::Inode(at), kept.kind)?;
        entries.subdirectories += u32::from(kept.kind == Kind::Directory);
        Ok(MemNode(at))
    }

    /// Puts back one more name of a file that has one already and is no directory.
    pub(crate) fn restore_link(
        &mut self,
        file: MemNode,
        directory: MemNode,
        name: &str,
    ) -> Result<()> {
        let kind = self.inodes.get(file.0)?.kind();
        let entries = self.inodes.get_mut(directory.0)?.directory_mut()?;
        entries.insert(name, Child::Inode(file.0), kind)?;
        let inode = self.inodes.get_mut(file.0)?;
        inode.links = inode.links.checked_add(1).ok_or(Errno::Io)?;
        Ok(())
    }

    /// The number of the child of this name, if there is one.
    pub(crate) fn child_number(&self, directory: MemNode, name: &str) -> Option<u64> {
        let entries = self.inodes.get(directory.0).ok()?.directory().ok()?;
        match entries.child(entries.find(name)?) {
            Child::Inode(at) => Some(self.inodes.get(at).ok()?.number),
            Child::Lower(number) => Some(super::below::inode_number(number)),
        }
    }

    /// The number of a file that is there, and how many names it has.
    pub(crate) fn number(&self, node: MemNode) -> Option<(u64, u32)> {
        let inode = self.inodes.get(node.0).ok()?;
        Some((inode.number, inode.links))
    }

    /// All there is to keep of a file but its content and its names.
    pub(crate) fn kept(&self, node: MemNode) -> Result<Kept> {
        let inode = self.inodes.get(node.0)?;
        let target = match &inode.body {
            Body::SymbolicLink(target) => target.as_ref().into(),
            _ => String::new(),
        };
        let device_number = match inode.body {
            Body::Node(_, number) => number,
            _ => 0,
        };
        let xattrs = inode.xattrs.iter().flat_map(|xattrs| xattrs.iter());
        Ok(Kept {
            number: inode.number,
            kind: inode.kind(),
            mode: u32::from(inode.mode),
            user: inode.user,
            group: inode.group,
            times: inode.times,
            device_number,
            target,
            xattrs: xattrs
                .map(|(name, value)| (name.as_ref().into(), value.to_vec()))
                .collect(),
        })
    }

    /// Visits all names: directory, name, file.
    pub(crate) fn each_name(
        &self,
        mut visit: impl FnMut(MemNode, &str, MemNode) -> Result<()>,
    ) -> Result<()> {
        let mut open = Vec::from([ROOT]);
        while let Some(at) = open.pop() {
            let directory = self.inodes.get(at)?.directory()?;
            for entry in directory.after(0) {
                let Child::Inode(child) = entry.child else {
                    return Err(Errno::Io);
                };
                visit(MemNode(at), entry.name, MemNode(child))?;
                if entry.kind == Kind::Directory {
                    open.push(child);
                }
            }
        }
        Ok(())
    }
}

fn xattrs(kept: &Kept) -> Option<Box<super::Xattrs>> {
    if kept.xattrs.is_empty() {
        return None;
    }
    let xattrs = kept.xattrs.iter();
    let xattrs = xattrs.map(|(name, value)| (name.as_str().into(), value.as_slice().into()));
    Some(Box::new(xattrs.collect()))
}
