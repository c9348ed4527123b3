//! What is mounted, as one [`Filesystem`]: each call goes to where its file is.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::{At, MountNode, Mounts};
use crate::errno::{Errno, Result};
use crate::filesystem::{Access, Entry, Filesystem, New, Vacancy};
use crate::lower::Lower;
use crate::types::{
    Advice, Allocation, AttributeMode, Attributes, DirectoryEntry, Extent, FilesystemStat, Kind,
    Readiness, Stamps, Stat, Time, Times,
};

/// Cookies of mount points that the directory below does not have begin here.
const EXTRA: u64 = 1 << 63;

/// Two nodes on the same filesystem, or `EXDEV`.
macro_rules! together {
    ($self:ident, $one:expr, $other:expr, |$fs:ident, $a:ident, $b:ident| $call:expr) => {
        match (&$one.0, &$other.0) {
            (At::Base($a), At::Base($b)) => {
                let $fs = &mut $self.base;
                $call
            }
            (At::Mounted(at, $a), At::Mounted(other, $b)) if at == other => {
                let $fs = &mut $self.mounted[*at];
                $call
            }
            _ => Err(Errno::CrossDevice),
        }
    };
}

impl<L: Lower, M: Filesystem> Filesystem for Mounts<L, M> {
    type Node = MountNode<M::Node>;

    fn root(&self) -> Self::Node {
        self.root.clone()
    }

    fn kind(&self, file: &Self::Node) -> Kind {
        match &file.0 {
            At::Base(file) => self.base.kind(file),
            At::Mounted(at, file) => self.mounted[*at].kind(file),
        }
    }

    fn is_read_only(&self, file: &Self::Node) -> bool {
        match &file.0 {
            At::Base(file) => self.base.is_read_only(file),
            At::Mounted(at, file) => self.mounted[*at].is_read_only(file),
        }
    }

    fn lookup(&mut self, directory: &Self::Node, name: &str) -> Result<Self::Node> {
        match self.mount_at(directory, name) {
            Some(mount) => Ok(mount.root.clone()),
            None => node_on!(self, directory, |fs, inner| fs.lookup(inner, name)),
        }
    }

    fn lookup_directory(&mut self, directory: &Self::Node, name: &str) -> Result<Self::Node> {
        match self.mount_at(directory, name) {
            Some(mount) => Ok(mount.root.clone()),
            None => node_on!(self, directory, |fs, inner| fs
                .lookup_directory(inner, name)),
        }
    }

    fn parent(&mut self, directory: &Self::Node) -> Result<Self::Node> {
        if *directory == self.root {
            return Ok(self.root.clone());
        }
        match self.table.iter().find(|mount| mount.root == *directory) {
            Some(mount) => Ok(mount.parent.clone()),
            None => node_on!(self, directory, |fs, inner| fs.parent(inner)),
        }
    }

    fn read_link(&mut self, link: &Self::Node) -> Result<String> {
        on!(self, link, |fs, inner| fs.read_link(inner))
    }

    fn identity(&mut self, file: &Self::Node) -> Result<(u64, u64)> {
        on!(self, file, |fs, inner| fs.identity(inner))
    }

    fn stat(&mut self, file: &Self::Node) -> Result<Stat> {
        on!(self, file, |fs, inner| fs.stat(inner))
    }

    fn times(&self, file: &Self::Node) -> Option<Times> {
        match &file.0 {
            At::Base(file) => self.base.times(file),
            At::Mounted(at, file) => self.mounted[*at].times(file),
        }
    }

    fn touch(&mut self, file: &Self::Node, stamps: Stamps, now: Time) {
        on!(self, file, |fs, inner| fs.touch(inner, stamps, now));
    }

    fn finish(&mut self, file: &Self::Node) {
        on!(self, file, |fs, inner| fs.finish(inner));
    }

    fn set_attributes(&mut self, file: &Self::Node, to: &Attributes, now: Time) -> Result<()> {
        on!(self, file, |fs, inner| fs.set_attributes(inner, to, now))
    }

    fn create(&mut self, directory: &Self::Node, name: &str, new: &New<'_>) -> Result<Self::Node> {
        node_on!(self, directory, |fs, inner| fs.create(inner, name, new))
    }

    fn link(&mut self, file: &Self::Node, directory: &Self::Node, name: &str) -> Result<()> {
        together!(self, file, directory, |fs, file, directory| fs
            .link(file, directory, name))
    }

    fn remove(&mut self, from: &Entry<'_, Self::Node>) -> Result<()> {
        self.not_mounted(from.directory, from.name)?;
        let name = from.name;
        together!(self, from.directory, from.file, |fs, directory, file| fs
            .remove(&Entry {
                directory,
                name,
                file
            }))
    }

    fn rename(&mut self, from: &Entry<'_, Self::Node>, to: &Vacancy<'_, Self::Node>) -> Result<()> {
        self.not_mounted(from.directory, from.name)?;
        self.not_mounted(to.directory, to.name)?;
        match (
            &from.directory.0,
            &from.file.0,
            &to.directory.0,
            to.file.map(|file| &file.0),
        ) {
            (At::Base(old), At::Base(file), At::Base(new), target) => {
                let target = match target {
                    Some(At::Base(target)) => Some(target),
                    Some(At::Mounted(..)) => return Err(Errno::CrossDevice),
                    None => None,
                };
                let from = Entry {
                    directory: old,
                    name: from.name,
                    file,
                };
                let to = Vacancy {
                    directory: new,
                    name: to.name,
                    file: target,
                };
                self.base.rename(&from, &to)
            }
            (At::Mounted(a, old), At::Mounted(b, file), At::Mounted(c, new), target)
                if a == b && a == c =>
            {
                let target = match target {
                    Some(At::Mounted(d, target)) if a == d => Some(target),
                    Some(_) => return Err(Errno::CrossDevice),
                    None => None,
                };
                let from = Entry {
                    directory: old,
                    name: from.name,
                    file,
                };
                let to = Vacancy {
                    directory: new,
                    name: to.name,
                    file: target,
                };
                self.mounted[*a].rename(&from, &to)
            }
            _ => Err(Errno::CrossDevice),
        }
    }

    fn exchange(
        &mut self,
        one: &Entry<'_, Self::Node>,
        other: &Entry<'_, Self::Node>,
    ) -> Result<()> {
        self.not_mounted(one.directory, one.name)?;
        self.not_mounted(other.directory, other.name)?;
        let (name, new_name) = (one.name, other.name);
        match (
            &one.directory.0,
            &one.file.0,
            &other.directory.0,
            &other.file.0,
        ) {
            (At::Base(old), At::Base(file), At::Base(new), At::Base(target)) => {
                let one = Entry {
                    directory: old,
                    name,
                    file,
                };
                let other = Entry {
                    directory: new,
                    name: new_name,
                    file: target,
                };
                self.base.exchange(&one, &other)
            }
            (
                At::Mounted(a, old),
                At::Mounted(b, file),
                At::Mounted(c, new),
                At::Mounted(d, target),
            ) if a == b && a == c && a == d => {
                let one = Entry {
                    directory: old,
                    name,
                    file,
                };
                let other = Entry {
                    directory: new,
                    name: new_name,
                    file: target,
                };
                self.mounted[*a].exchange(&one, &other)
            }
            _ => Err(Errno::CrossDevice),
        }
    }

    fn open(&mut self, file: &Self::Node, access: Access) -> Result<Self::Node> {
        node_on!(self, file, |fs, inner| fs.open(inner, access))
    }

    fn close(&mut self, file: Self::Node) {
        match file.0 {
            At::Base(file) => self.base.close(file),
            At::Mounted(at, file) => self.mounted[at].close(file),
        }
    }

    fn read(&mut self, file: &Self::Node, offset: u64, length: u32) -> Result<Vec<u8>> {
        on!(self, file, |fs, inner| fs.read(inner, offset, length))
    }

    fn write(&mut self, file: &Self::Node, offset: u64, data: Cow<'_, [u8]>) -> Result<usize> {
        on!(self, file, |fs, inner| fs.write(inner, offset, data))
    }

    fn size(&mut self, file: &Self::Node) -> Result<u64> {
        on!(self, file, |fs, inner| fs.size(inner))
    }

    fn set_size(&mut self, file: &Self::Node, size: u64) -> Result<()> {
        on!(self, file, |fs, inner| fs.set_size(inner, size))
    }

    fn allocate(
        &mut self,
        file: &Self::Node,
        how: Allocation,
        offset: u64,
        length: u64,
    ) -> Result<()> {
        on!(self, file, |fs, inner| fs
            .allocate(inner, how, offset, length))
    }

    fn find_extent(&mut self, file: &Self::Node, what: Extent, offset: u64) -> Result<u64> {
        on!(self, file, |fs, inner| fs.find_extent(inner, what, offset))
    }

    fn advise(
        &mut self,
        file: &Self::Node,
        offset: u64,
        length: u64,
        advice: Advice,
    ) -> Result<()> {
        on!(self, file, |fs, inner| fs
            .advise(inner, offset, length, advice))
    }

    fn sync(&mut self, file: &Self::Node, data_only: bool) -> Result<()> {
        on!(self, file, |fs, inner| fs.sync(inner, data_only))
    }

    fn last_cookie(&mut self, directory: &Self::Node) -> u64 {
        on!(self, directory, |fs, inner| fs.last_cookie(inner))
    }

    fn read_directory(
        &mut self,
        directory: &Self::Node,
        cookie: u64,
        until: u64,
        count: u32,
    ) -> Result<Vec<DirectoryEntry>> {
        let mut entries = if cookie < EXTRA {
            on!(self, directory, |fs, inner| fs
                .read_directory(inner, cookie, until, count))?
        } else {
            Vec::new()
        };
        if self.table.is_empty() {
            return Ok(entries);
        }
        for entry in &mut entries {
            if self.mount_at(directory, &entry.name).is_some() {
                entry.kind = Kind::Directory;
            }
        }
        if entries.is_empty() {
            for (at, name) in self.extras(directory)? {
                let next = EXTRA + at as u64 + 1;
                if next > cookie && entries.len() < count as usize {
                    let root = self.table[at].root.clone();
                    let (_, inode) = self.identity(&root)?;
                    entries.push(DirectoryEntry {
                        name,
                        inode,
                        kind: Kind::Directory,
                        next,
                    });
                }
            }
        }
        Ok(entries)
    }

    fn filesystem_stat(&mut self, file: &Self::Node) -> Result<FilesystemStat> {
        on!(self, file, |fs, inner| fs.filesystem_stat(inner))
    }

    fn xattr(&mut self, file: &Self::Node, name: &str) -> Result<Vec<u8>> {
        on!(self, file, |fs, inner| fs.xattr(inner, name))
    }

    fn set_xattr(
        &mut self,
        file: &Self::Node,
        name: &str,
        value: &[u8],
        mode: AttributeMode,
    ) -> Result<()> {
        on!(self, file, |fs, inner| fs
            .set_xattr(inner, name, value, mode))
    }

    fn xattrs(&mut self, file: &Self::Node) -> Result<Vec<String>> {
        on!(self, file, |fs, inner| fs.xattrs(inner))
    }

    fn remove_xattr(&mut self, file: &Self::Node, name: &str) -> Result<()> {
        on!(self, file, |fs, inner| fs.remove_xattr(inner, name))
    }

    fn ready(&mut self, file: &Self::Node) -> Readiness {
        on!(self, file, |fs, inner| fs.ready(inner))
    }

    fn wait_token(&mut self, file: &Self::Node, interest: Readiness) -> Option<u64> {
        on!(self, file, |fs, inner| fs.wait_token(inner, interest))
    }
}
