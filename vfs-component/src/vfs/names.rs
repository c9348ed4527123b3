//! What makes, moves and takes away names: mkdir(2), mknod(2), symlink(2), link(2),
//! rename(2), unlink(2), rmdir(2), readlink(2).

use alloc::string::String;

use super::walk::{Here, Last, Name, Walk};
use super::{Handle, Vfs};
use crate::clock::Clock;
use crate::errno::{Errno, Result};
use crate::filesystem::{Entry, Filesystem, New, Vacancy};
use crate::types::{Kind, Lookup, PATH_MAX, RenameMode, Stamps};

/// What changes in a directory that gains or loses a name.
const CONTENT: Stamps = Stamps::MODIFIED.union(Stamps::CHANGED);

impl<F: Filesystem, C: Clock> Vfs<F, C> {
    /// mkdirat(2)
    ///
    /// # Errors
    /// `exist`, also for `.`, `..` and `/`; those of the walk; `read-only`.
    pub fn make_directory_at(
        &mut self,
        base: Handle,
        path: &str,
        lookup: Lookup,
        mode: u32,
    ) -> Result<()> {
        let mode = mode & 0o7777;
        let new = New {
            kind: Kind::Directory,
            mode,
            device_number: 0,
            target: "",
        };
        self.make(base, path, lookup, &new)
    }

    /// mknodat(2)
    ///
    /// # Errors
    /// As [`Vfs::make_directory_at`]; `not-permitted` for a directory, `invalid` for a
    /// symbolic link.
    pub fn make_node_at(
        &mut self,
        base: Handle,
        path: &str,
        lookup: Lookup,
        kind: Kind,
        mode: u32,
        device_number: u64,
    ) -> Result<()> {
        let device_number = match kind {
            Kind::Directory => return Err(Errno::NotPermitted),
            Kind::SymbolicLink => return Err(Errno::Invalid),
            Kind::CharacterDevice | Kind::BlockDevice => device_number,
            Kind::Regular | Kind::Fifo | Kind::Socket => 0,
        };
        let new = New {
            kind,
            mode: mode & 0o7777,
            device_number,
            target: "",
        };
        self.make(base, path, lookup, &new)
    }

    /// symlinkat(2)
    ///
    /// # Errors
    /// As [`Vfs::make_directory_at`]; of the target `no-entry` where it is empty,
    /// `name-too-long` over 4,095 bytes, `invalid` with a NUL.
    pub fn symlink_at(
        &mut self,
        target: &str,
        base: Handle,
        path: &str,
        lookup: Lookup,
    ) -> Result<()> {
        if target.is_empty() {
            return Err(Errno::NoEntry);
        }
        if target.len() > PATH_MAX {
            return Err(Errno::NameTooLong);
        }
        if target.as_bytes().contains(&0) {
            return Err(Errno::Invalid);
        }
        let new = New {
            kind: Kind::SymbolicLink,
            mode: 0o777,
            device_number: 0,
            target,
        };
        self.make(base, path, lookup, &new)
    }

    /// readlinkat(2)
    ///
    /// # Errors
    /// `invalid` where it is no symbolic link; those of the walk.
    pub fn read_link_at(&mut self, base: Handle, path: &str, lookup: Lookup) -> Result<String> {
        let link = self.resolve(base, path, lookup.difference(Lookup::FOLLOW))?;
        if self.fs.kind(&link) != Kind::SymbolicLink {
            return Err(Errno::Invalid);
        }
        let target = self.fs.read_link(&link)?;
        self.accessed_node(&link);
        Ok(target)
    }

    /// linkat(2)
    ///
    /// # Errors
    /// `not-permitted` for a directory; `exist`, `cross-device`, those of the walks.
    pub fn link_at(
        &mut self,
        base: Handle,
        path: &str,
        lookup: Lookup,
        new_base: Handle,
        new_path: &str,
    ) -> Result<()> {
        let file = self.resolve(base, path, lookup)?;
        let (walk, name) = self.walk_to_free(new_base, new_path, lookup, false)?;
        if self.fs.kind(&file) == Kind::Directory {
            return Err(Errno::NotPermitted);
        }
        self.fs.link(&file, &walk.at, walk.name(&name))?;
        let now = self.clock.now();
        self.fs.touch(&file, Stamps::CHANGED, now);
        self.fs.touch(&walk.at, CONTENT, now);
        self.fs.finish(&walk.at);
        Ok(())
    }

    /// unlinkat(2) without `AT_REMOVEDIR`
    ///
    /// # Errors
    /// `is-directory` for a directory; those of the walk.
    pub fn unlink_at(&mut self, base: Handle, path: &str, lookup: Lookup) -> Result<()> {
        let mut walk = self.walk(base, path, lookup)?;
        let Last::Name(name) = self.walk_to_last(&mut walk)? else {
            return Err(Errno::IsDirectory);
        };
        self.writable(&walk.at)?;
        let file = self.child(&walk.at, walk.name(&name))?;
        match self.fs.kind(&file) {
            Kind::Directory => Err(Errno::IsDirectory),
            _ if name.slashes => Err(Errno::NotDirectory),
            _ => self.remove(&walk, &name, &file),
        }
    }

    /// unlinkat(2) with `AT_REMOVEDIR`
    ///
    /// # Errors
    /// `not-directory` for anything else; `not-empty`, also for `..`; `invalid` for
    /// `.`; `busy` for the root; those of the walk.
    pub fn remove_directory_at(&mut self, base: Handle, path: &str, lookup: Lookup) -> Result<()> {
        let mut walk = self.walk(base, path, lookup)?;
        let name = match self.walk_to_last(&mut walk)? {
            Last::Name(name) => name,
            Last::Here(Here::Dot) => return Err(Errno::Invalid),
            Last::Here(Here::Root) => return Err(Errno::Busy),
            Last::Up => return Err(Errno::NotEmpty),
        };
        self.writable(&walk.at)?;
        let directory = self.child(&walk.at, walk.name(&name))?;
        if self.fs.kind(&directory) != Kind::Directory {
            return Err(Errno::NotDirectory);
        }
        self.remove(&walk, &name, &directory)
    }

    /// renameat2(2)
    ///
    /// # Errors
    /// Those of rename(2): `busy` where either path ends in `.` or `..`, `invalid`
    /// into itself, `not-empty`, `is-directory` and `not-directory` for what would be
    /// replaced, `exist` for `no-replace`, `cross-device`; those of the walks.
    pub fn rename_at(
        &mut self,
        base: Handle,
        path: &str,
        lookup: Lookup,
        new_base: Handle,
        new_path: &str,
        mode: RenameMode,
    ) -> Result<()> {
        let lookup = lookup.difference(Lookup::FOLLOW);
        let mut from = self.walk(base, path, lookup)?;
        let from_last = self.walk_to_last(&mut from)?;
        let mut to = self.walk(new_base, new_path, lookup)?;
        let to_last = self.walk_to_last(&mut to)?;
        let Last::Name(old_name) = from_last else {
            return Err(Errno::Busy);
        };
        let Last::Name(new_name) = to_last else {
            let no_replace = mode == RenameMode::NoReplace;
            return Err(if no_replace {
                Errno::Exist
            } else {
                Errno::Busy
            });
        };
        self.writable(&from.at)?;
        self.writable(&to.at)?;

        let file = self.child(&from.at, from.name(&old_name))?;
        let target = self.child_or_free(&to.at, to.name(&new_name))?;
        match (mode, &target) {
            (RenameMode::NoReplace, Some(_)) => return Err(Errno::Exist),
            (RenameMode::Exchange, None) => return Err(Errno::NoEntry),
            _ => {}
        }
        let exchange = mode == RenameMode::Exchange;
        let is_directory = self.fs.kind(&file) == Kind::Directory;
        let target_kind = target.as_ref().map(|target| self.fs.kind(target));
        let target_is_directory = target_kind == Some(Kind::Directory);
        if exchange && !target_is_directory && new_name.slashes {
            return Err(Errno::NotDirectory);
        }
        if !is_directory && (old_name.slashes || (new_name.slashes && !exchange)) {
            return Err(Errno::NotDirectory);
        }
        if is_directory && self.is_ancestor(&file, &to.at)? {
            return Err(Errno::Invalid);
        }
        if let Some(target) = &target {
            if target_is_directory && self.is_ancestor(target, &from.at)? {
                return Err(if exchange {
                    Errno::Invalid
                } else {
                    Errno::NotEmpty
                });
            }
            if self.fs.identity(&file)? == self.fs.identity(target)? {
                return Ok(());
            }
            if !exchange && is_directory && !target_is_directory {
                return Err(Errno::NotDirectory);
            }
            if !exchange && !is_directory && target_is_directory {
                return Err(Errno::IsDirectory);
            }
        }

        let (name, new_name) = (from.name(&old_name), to.name(&new_name));
        let entry = Entry {
            directory: &from.at,
            name,
            file: &file,
        };
        match &target {
            Some(target) if exchange => {
                let other = Entry {
                    directory: &to.at,
                    name: new_name,
                    file: target,
                };
                self.fs.exchange(&entry, &other)?;
            }
            _ => {
                let target = target.as_ref();
                let vacancy = Vacancy {
                    directory: &to.at,
                    name: new_name,
                    file: target,
                };
                self.fs.rename(&entry, &vacancy)?;
            }
        }
        let now = self.clock.now();
        self.fs.touch(&from.at, CONTENT, now);
        self.fs.touch(&to.at, CONTENT, now);
        self.fs.touch(&file, Stamps::CHANGED, now);
        if let Some(target) = &target {
            self.fs.touch(target, Stamps::CHANGED, now);
        }
        self.fs.finish(&to.at);
        Ok(())
    }

    fn make(&mut self, base: Handle, path: &str, lookup: Lookup, new: &New<'_>) -> Result<()> {
        let (walk, name) = self.walk_to_free(base, path, lookup, new.kind == Kind::Directory)?;
        let file = self.fs.create(&walk.at, walk.name(&name), new)?;
        let now = self.clock.now();
        self.fs.touch(&file, Stamps::all(), now);
        self.fs.touch(&walk.at, CONTENT, now);
        self.fs.finish(&walk.at);
        Ok(())
    }

    /// Walks to a name that is free. Slashes may follow that of a directory only.
    fn walk_to_free<'p>(
        &mut self,
        base: Handle,
        path: &'p str,
        lookup: Lookup,
        for_directory: bool,
    ) -> Result<(Walk<'p, F::Node>, Name)> {
        let mut walk = self.walk(base, path, lookup)?;
        let Last::Name(name) = self.walk_to_last(&mut walk)? else {
            return Err(Errno::Exist);
        };
        if self.child_or_free(&walk.at, walk.name(&name))?.is_some() {
            return Err(Errno::Exist);
        }
        if name.slashes && !for_directory {
            return Err(Errno::NoEntry);
        }
        self.writable(&walk.at)?;
        Ok((walk, name))
    }

    fn remove(&mut self, walk: &Walk<'_, F::Node>, name: &Name, file: &F::Node) -> Result<()> {
        self.fs.remove(&Entry {
            directory: &walk.at,
            name: walk.name(name),
            file,
        })?;
        let now = self.clock.now();
        self.fs.touch(file, Stamps::CHANGED, now);
        self.fs.touch(&walk.at, CONTENT, now);
        self.fs.finish(&walk.at);
        Ok(())
    }

    fn writable(&self, file: &F::Node) -> Result<()> {
        if self.fs.is_read_only(file) {
            Err(Errno::ReadOnly)
        } else {
            Ok(())
        }
    }

    /// Whether `directory` is `below` or one of its parents.
    fn is_ancestor(&mut self, directory: &F::Node, below: &F::Node) -> Result<bool> {
        let root = self.fs.root();
        let mut at = below.clone();
        loop {
            if at == *directory {
                return Ok(true);
            }
            if at == root {
                return Ok(false);
            }
            let parent = self.fs.parent(&at)?;
            // A directory that was removed may be its own last parent.
            if parent == at {
                return Ok(false);
            }
            at = parent;
        }
    }
}
