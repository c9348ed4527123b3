//! Filesystems mounted in a filesystem in memory.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::errno::{Errno, Result};
use crate::filesystem::{Filesystem, New};
use crate::lower::Lower;
use crate::overlay::{MemNode, Overlay};
use crate::types::{Kind, Stamps, Time};

/// Memory over a lower tree, with filesystems of type `M` at some places in it. What is
/// below a mount point is covered.
#[derive(Debug)]
pub struct Mounts<L: Lower, M: Filesystem> {
    base: Overlay<L>,
    mounted: Vec<M>,
    root: MountNode<M::Node>,
    table: Vec<Mount<M::Node>>,
}

/// Names a file in [`Mounts`].
#[derive(Debug, Clone, PartialEq)]
pub struct MountNode<N>(At<N>);

#[derive(Debug, Clone, PartialEq)]
enum At<N> {
    Base(MemNode),
    /// On the mounted filesystem of this position.
    Mounted(usize, N),
}

#[derive(Debug)]
struct Mount<N> {
    parent: MountNode<N>,
    name: Box<str>,
    root: MountNode<N>,
}

/// Calls the filesystem that a node is on, with its own node.
macro_rules! on {
    ($self:ident, $node:expr, |$fs:ident, $inner:ident| $call:expr) => {
        match &$node.0 {
            At::Base($inner) => {
                let $fs = &mut $self.base;
                $call
            }
            At::Mounted(at, $inner) => {
                let $fs = &mut $self.mounted[*at];
                $call
            }
        }
    };
}

/// The same where the call returns a node.
macro_rules! node_on {
    ($self:ident, $node:expr, |$fs:ident, $inner:ident| $call:expr) => {
        match &$node.0 {
            At::Base($inner) => {
                let $fs = &mut $self.base;
                $call.map(|node| MountNode(At::Base(node)))
            }
            At::Mounted(at, $inner) => {
                let $fs = &mut $self.mounted[*at];
                $call.map(|node| MountNode(At::Mounted(*at, node)))
            }
        }
    };
}

mod filesystem;

impl<L: Lower, M: Filesystem> Mounts<L, M> {
    /// Mounts each filesystem at its path, outer ones first. Directories that lead
    /// there are made in memory, as of `now`; what is in the way and no directory is
    /// covered by one.
    ///
    /// # Errors
    /// `invalid` for a path with `..`; those of the filesystems.
    pub fn new(base: Overlay<L>, mounts: Vec<(String, M)>, now: Time) -> Result<Self> {
        let root = MountNode(At::Base(base.root()));
        let mut made = Self {
            base,
            mounted: Vec::new(),
            root,
            table: Vec::new(),
        };
        let mut mounts: Vec<(Vec<Box<str>>, M)> = mounts
            .into_iter()
            .map(|(path, mounted)| (names(&path), mounted))
            .collect();
        let leads_up = |(names, _): &(Vec<Box<str>>, M)| names.iter().any(|name| **name == *"..");
        if mounts.iter().any(leads_up) {
            return Err(Errno::Invalid);
        }
        mounts.sort_by_key(|(names, _)| names.len());
        for (path, mounted) in mounts {
            made.mount(&path, mounted, now)?;
        }
        Ok(made)
    }

    fn mount(&mut self, path: &[Box<str>], mounted: M, now: Time) -> Result<()> {
        let root = MountNode(At::Mounted(self.mounted.len(), mounted.root()));
        self.mounted.push(mounted);
        let Some((name, parents)) = path.split_last() else {
            self.root = root;
            return Ok(());
        };
        let mut at = self.root.clone();
        for name in parents {
            at = self.way(at, name, now)?;
        }
        // In memory the mount point is an entry, so that listings and removals see it.
        if matches!(at.0, At::Base(_)) && self.lookup(&at, name) == Err(Errno::NoEntry) {
            self.make_directory(&at, name, now)?;
        }
        let name = name.clone();
        self.table.push(Mount {
            parent: at,
            name,
            root,
        });
        Ok(())
    }

    /// The directory of this name on the way to a mount point.
    fn way(&mut self, at: MountNode<M::Node>, name: &str, now: Time) -> Result<MountNode<M::Node>> {
        match self.lookup(&at, name) {
            Ok(found) if self.kind(&found) == Kind::Directory => return Ok(found),
            Err(Errno::NoEntry) if matches!(at.0, At::Base(_)) => {
                return self.make_directory(&at, name, now);
            }
            _ => {}
        }
        let cover = MountNode(At::Base(self.base.detached_directory()?));
        self.touch(&cover, Stamps::all(), now);
        let name = name.into();
        self.table.push(Mount {
            parent: at,
            name,
            root: cover.clone(),
        });
        Ok(cover)
    }

    fn make_directory(
        &mut self,
        at: &MountNode<M::Node>,
        name: &str,
        now: Time,
    ) -> Result<MountNode<M::Node>> {
        let new = New {
            kind: Kind::Directory,
            mode: 0o755,
            device_number: 0,
            target: "",
        };
        let made = self.create(at, name, &new)?;
        self.touch(&made, Stamps::all(), now);
        Ok(made)
    }

    /// What is mounted at a name.
    fn mount_at(&self, directory: &MountNode<M::Node>, name: &str) -> Option<&Mount<M::Node>> {
        // The last one covers those before.
        let mut mounts = self.table.iter().rev();
        mounts.find(|mount| *mount.name == *name && mount.parent == *directory)
    }

    /// A mount point stays where it is: rename(2), rmdir(2).
    fn not_mounted(&self, directory: &MountNode<M::Node>, name: &str) -> Result<()> {
        match self.mount_at(directory, name) {
            Some(_) => Err(Errno::Busy),
            None => Ok(()),
        }
    }

    /// Mount points in a directory that the filesystem below does not list.
    fn extras(&mut self, directory: &MountNode<M::Node>) -> Result<Vec<(usize, String)>> {
        let mounts = self
            .table
            .iter()
            .enumerate()
            .filter(|(_, mount)| mount.parent == *directory);
        let names: Vec<_> = mounts
            .map(|(at, mount)| (at, mount.name.to_string()))
            .collect();
        let mut extras: Vec<(usize, String)> = Vec::new();
        for (at, name) in names {
            let below = on!(self, directory, |fs, inner| fs
                .lookup(inner, &name)
                .map(|_| ()));
            let is_new = extras.iter().all(|(_, known)| *known != name);
            if below.is_err() && is_new {
                extras.push((at, name));
            }
        }
        Ok(extras)
    }
}

/// The names of a path; `.` counts as nothing.
fn names(path: &str) -> Vec<Box<str>> {
    let names = path
        .split('/')
        .filter(|name| !name.is_empty() && *name != ".");
    names.map(Box::from).collect()
}
