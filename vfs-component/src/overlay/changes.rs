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
    /// A directory is new or has other attributes, or something in it has. Where it is opaque,
    /// nothing of what the lower tree has below this path is left: `.wh..wh..opq` in a layer.
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

/// A directory that is compared.
struct Compared {
    at: u32,
    path: String,
    /// Its parent's position among those that are compared.
    parent: usize,
    /// Whether it is where it was below.
    in_place: bool,
    opaque: bool,
    told: bool,
}

impl<L: Lower> Overlay<L> {
    /// Visits what differs from the lower tree with its path, which is relative to the root;
    /// the directories that lead to it come before, also where they have not changed. What was
    /// only looked at is no change, nor is a time of access.
    ///
    /// # Errors
    /// Those of `visit`, which ends it, and of the lower tree.
    pub fn changes(
        &mut self,
        mut visit: impl FnMut(&mut Self, &str, Change) -> Result<()>,
    ) -> Result<()> {
        // A file with several names below is changed under all of them, wherever they are.
        let mut shared = Vec::new();
        for (number, &(at, _)) in self.linked.iter() {
            if self.differs(at, true)? {
                shared.push(number);
            }
        }
        if !self.linked.is_empty() {
            // One that has got another name as well: else that would be a file of its own.
            let mut moved = Vec::new();
            self.compare(&shared, &mut |fs: &mut Self, _: &str, change| {
                if let Change::File(node) = change {
                    moved.extend(fs.linked_number(node)?);
                }
                Ok(())
            })?;
            shared.extend(moved);
        }
        self.compare(&shared, &mut visit)
    }

    /// The number below of a file that has several names there.
    fn linked_number(&self, node: MemNode) -> Result<Option<u32>> {
        let number = self.inodes.get(node.0)?.number - 1;
        let number = u32::try_from(number).ok();
        let is_it = |number: &u32| self.linked.get(number).is_some_and(|(at, _)| *at == node.0);
        Ok(number.filter(is_it))
    }

    /// Visits what differs, and all names of the files that are `shared`.
    fn compare(
        &mut self,
        shared: &[u32],
        visit: &mut impl FnMut(&mut Self, &str, Change) -> Result<()>,
    ) -> Result<()> {
        let root = Compared {
            at: ROOT,
            path: String::new(),
            parent: 0,
            in_place: true,
            opaque: false,
            told: false,
        };
        let mut directories = vec![root];
        if self.differs(ROOT, true)? {
            self.tell(0, &mut directories, visit)?;
        }
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            let known = directories.len();
            self.changes_in(at, shared, &mut directories, visit)?;
            open.extend(known..directories.len());
        }
        Ok(())
    }

    /// Tells of a directory and those that lead to it, unless that was done.
    fn tell(
        &mut self,
        at: usize,
        directories: &mut [Compared],
        visit: &mut impl FnMut(&mut Self, &str, Change) -> Result<()>,
    ) -> Result<()> {
        let mut way = Vec::new();
        let mut next = at;
        while !directories[next].told {
            directories[next].told = true;
            way.push(next);
            next = directories[next].parent;
        }
        while let Some(at) = way.pop() {
            let directory = &directories[at];
            let (node, opaque) = (MemNode(directory.at), directory.opaque);
            visit(self, &directory.path, Change::Directory { node, opaque })?;
        }
        Ok(())
    }

    fn changes_in(
        &mut self,
        position: usize,
        shared: &[u32],
        directories: &mut Vec<Compared>,
        visit: &mut impl FnMut(&mut Self, &str, Change) -> Result<()>,
    ) -> Result<()> {
        let Compared {
            at: here, in_place, ..
        } = directories[position];
        let directory = self.inodes.get(here)?.directory()?;
        if in_place && directory.unread && shared.is_empty() {
            return Ok(());
        }
        let origin = directory.origin.filter(|_| in_place);
        self.directory(here)?;
        let below = self.entries_below(origin)?;
        let directory = self.inodes.get(here)?.directory()?;
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
            self.tell(position, directories, visit)?;
            let path = join(&directories[position].path, name);
            visit(self, &path, Change::Removed)?;
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
            let path = join(&directories[position].path, &name);
            let at = self.entry(here, &name)?;
            let inode = self.inodes.get(at)?;
            let in_place = below
                .is_some_and(|(number, _)| super::below::inode_number(*number) == inode.number);
            let is_directory = inode.kind() == Kind::Directory;
            let differs = self.differs(at, in_place)?;
            if is_directory {
                let opaque = !in_place && below.is_some_and(|(_, kind)| *kind == Kind::Directory);
                directories.push(Compared {
                    at,
                    path,
                    parent: position,
                    in_place,
                    opaque,
                    told: false,
                });
                if differs {
                    let last = directories.len() - 1;
                    self.tell(last, directories, visit)?;
                }
            } else if differs
                || self
                    .linked_number(MemNode(at))?
                    .is_some_and(|number| shared.contains(&number))
            {
                self.tell(position, directories, visit)?;
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
