//! What was changed since the lower tree: the content of a layer to be written.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use hashbrown::HashMap;

use super::directory::Child;
use super::inodes::{Body, Inode};
use super::{MemNode, Overlay, ROOT};
use crate::errno::{Errno, Result};
use crate::lower::{Lower, LowerInode};
use crate::types::Kind;

/// How a path differs from the lower tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// There is nothing any more: `.wh.NAME` in a layer.
    Removed,
    /// A directory is new or has other attributes. Where it is opaque, nothing of what the
    /// lower tree has below this path is left: `.wh..wh..opq` in a layer.
    Directory {
        /// The directory.
        node: MemNode,
        /// Whether it replaces another one.
        opaque: bool,
    },
    /// Anything else is new, or has another content or other attributes. A file with several
    /// names is told once for each, with the same node.
    File(MemNode),
}

/// A directory to be compared.
struct Pending {
    at: u32,
    path: String,
    /// Whether it is where it was below.
    in_place: bool,
}

impl<L: Lower> Overlay<L> {
    /// Visits what differs from the lower tree with its path, which is relative to the root;
    /// directories come before what is in them. What was only looked at is no change, nor is
    /// a time of access.
    ///
    /// # Errors
    /// Those of `visit`, which ends it, and of the lower tree.
    pub fn changes(
        &mut self,
        mut visit: impl FnMut(&mut Self, &str, Change) -> Result<()>,
    ) -> Result<()> {
        let root = Pending {
            at: ROOT,
            path: String::new(),
            in_place: true,
        };
        if self.differs(ROOT, true)? {
            let (node, opaque) = (MemNode(ROOT), false);
            visit(self, "", Change::Directory { node, opaque })?;
        }
        // A file with several names below is changed under all of them, wherever they are.
        let mut shared = Vec::new();
        for (number, &(at, _)) in self.linked.iter() {
            if self.differs(at, true)? {
                shared.push(number);
            }
        }
        let mut open = vec![root];
        while let Some(directory) = open.pop() {
            self.changes_in(&directory, &shared, &mut open, &mut visit)?;
        }
        Ok(())
    }

    fn changes_in(
        &mut self,
        pending: &Pending,
        shared: &[u32],
        open: &mut Vec<Pending>,
        visit: &mut impl FnMut(&mut Self, &str, Change) -> Result<()>,
    ) -> Result<()> {
        let directory = self.inodes.get(pending.at)?.directory()?;
        if pending.in_place && directory.unread && shared.is_empty() {
            return Ok(());
        }
        let origin = directory.origin.filter(|_| pending.in_place);
        self.directory(pending.at)?;
        let below = self.entries_below(origin)?;
        let directory = self.inodes.get(pending.at)?.directory()?;
        let entries: Vec<(String, Child, Kind)> = directory
            .after(0)
            .map(|entry| (entry.name.into(), entry.child, entry.kind))
            .collect();

        let mut gone: Vec<&String> = below
            .keys()
            .filter(|name| directory.find(name).is_none())
            .collect();
        gone.sort_unstable();
        for name in gone {
            visit(self, &join(&pending.path, name), Change::Removed)?;
        }
        for (name, child, kind) in entries {
            let below = below.get(&name);
            if let (Child::Lower(number), Some((known, _))) = (child, below)
                && number == *known
                && !shared.contains(&number)
                && (kind != Kind::Directory || shared.is_empty())
            {
                continue;
            }
            let path = join(&pending.path, &name);
            let at = self.entry(pending.at, &name)?;
            let inode = self.inodes.get(at)?;
            let in_place = below
                .is_some_and(|(number, _)| super::below::inode_number(*number) == inode.number);
            let differs = self.differs(at, in_place)?;
            if self.inodes.get(at)?.kind() == Kind::Directory {
                let opaque = !in_place && below.is_some_and(|(_, kind)| *kind == Kind::Directory);
                if differs {
                    let node = MemNode(at);
                    visit(self, &path, Change::Directory { node, opaque })?;
                }
                open.push(Pending { at, path, in_place });
            } else if differs {
                visit(self, &path, Change::File(MemNode(at)))?;
            }
        }
        Ok(())
    }

    fn entries_below(&self, directory: Option<u32>) -> Result<HashMap<String, (u32, Kind)>> {
        let mut below = HashMap::new();
        if let (Some(lower), Some(directory)) = (&self.lower, directory) {
            lower.entries(directory, &mut |name, number, kind| {
                below.insert(name.into(), (number, kind));
                Ok(())
            })?;
        }
        Ok(below)
    }

    fn entry(&mut self, directory: u32, name: &str) -> Result<u32> {
        let entries = self.directory(directory)?;
        let at = entries.find(name).ok_or(Errno::Io)?;
        match entries.child(at) {
            Child::Inode(inode) => Ok(inode),
            Child::Lower(number) => self.bring_in(directory, at, number),
        }
    }

    /// Whether a file is not what the lower tree has in its place.
    fn differs(&self, at: u32, in_place: bool) -> Result<bool> {
        let inode = self.inodes.get(at)?;
        let number = inode.number - 1;
        let (Some(lower), true) = (&self.lower, in_place) else {
            // An empty root over nothing is nothing new.
            return Ok(at != ROOT || self.lower.is_some());
        };
        let number = u32::try_from(number).map_err(|_| Errno::Io)?;
        let below = lower.inode(number)?;
        if has_other_attributes(inode, &below) {
            return Ok(true);
        }
        if let Body::Regular(content) = &inode.body
            && content.is_changed(below.size)
        {
            return Ok(true);
        }
        let xattrs = if below.has_xattrs {
            lower.xattrs(&below.file)?
        } else {
            Vec::new()
        };
        let ours = inode.xattrs.iter().flat_map(|xattrs| xattrs.iter());
        let mut ours: Vec<(&str, &[u8])> = ours.map(|(name, value)| (&**name, &**value)).collect();
        let mut theirs: Vec<(&str, &[u8])> = xattrs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        ours.sort_unstable();
        theirs.sort_unstable();
        Ok(ours != theirs)
    }
}

fn has_other_attributes<B>(inode: &Inode<B>, below: &LowerInode<B>) -> bool {
    let names = match inode.body {
        Body::Directory(_) => below.links,
        _ => inode.links,
    };
    u32::from(inode.mode) != below.mode
        || names != below.links
        || (inode.user, inode.group) != (below.user, below.group)
        || inode.times.modified != below.times.modified
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.into()
    } else {
        let mut path = String::with_capacity(directory.len() + 1 + name.len());
        path.push_str(directory);
        path.push('/');
        path.push_str(name);
        path
    }
}
