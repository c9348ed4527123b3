//! POSIX over a [`Filesystem`]: the one place that knows how paths are walked, what
//! may be opened, what a rename may do and which call moves which time.
//!
//! | file | what |
//! | --- | --- |
//! | `walk.rs` | path_resolution(7) |
//! | `open.rs` | open(2) |
//! | `names.rs` | what makes, moves and takes away names |
//! | `content.rs` | what reads and changes contents, listings |
//! | `attributes.rs` | stat(2), chmod(2), utimensat(2), xattr(7), times of access |
//! | `lock.rs` | flock(2) |
//!
//! Where POSIX leaves a choice, the choice is that of Linux on tmpfs.

mod attributes;
mod content;
mod lock;
mod names;
mod open;
mod walk;

use alloc::vec::Vec;

use lock::{Held, Locks};

use crate::clock::Clock;
use crate::errno::{Errno, Result};
use crate::filesystem::{Access, Filesystem};
use crate::types::{Kind, OpenFlags, Readiness};

/// An open file description: what open(2) makes. Valid until [`Vfs::close`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handle(u32);

/// A filesystem with the semantics of POSIX.1-2024, by path and handle.
///
/// The methods are those of the resource `file` in `boxer:kernel/vfs`, with the same
/// arguments and errors; a [`Handle`] that was closed is `bad-descriptor`.
#[derive(Debug)]
pub struct Vfs<F: Filesystem, C> {
    fs: F,
    clock: C,
    files: Vec<Option<OpenFile<F::Node>>>,
    /// Positions in `files` that are `None`.
    free: Vec<u32>,
    locks: Locks,
    open_files_max: usize,
}

#[derive(Debug)]
struct OpenFile<N> {
    node: N,
    flags: OpenFlags,
    lock: Option<Held>,
    /// Whether it was seen once if the time of access is older than a day.
    access_checked: bool,
    /// Where the listing that was begun last ends.
    listed_until: u64,
}

impl<F: Filesystem, C: Clock> Vfs<F, C> {
    /// Over this filesystem, with times from this clock.
    pub fn new(fs: F, clock: C) -> Self {
        Self {
            fs,
            clock,
            files: Vec::new(),
            free: Vec::new(),
            locks: Locks::default(),
            open_files_max: usize::MAX,
        }
    }

    /// With no more open files than `most` at once: one more is `too-many-files`.
    #[must_use]
    pub fn with_open_files_max(mut self, most: u32) -> Self {
        self.open_files_max = most as usize;
        self
    }

    /// The filesystem below.
    pub fn filesystem(&self) -> &F {
        &self.fs
    }

    /// Gives back the filesystem below; all handles are closed.
    pub fn into_filesystem(mut self) -> F {
        for file in self.files.drain(..).flatten() {
            self.fs.close(file.node);
        }
        self.fs
    }

    /// The filesystem below, to be changed by nothing that POSIX knows.
    pub fn filesystem_mut(&mut self) -> &mut F {
        &mut self.fs
    }

    /// Opens the root directory: `path-only`, but with `read`.
    ///
    /// # Errors
    /// Those of the filesystem below; `too-many-files`.
    pub fn root(&mut self) -> Result<Handle> {
        self.one_more()?;
        let access = Access {
            read: true,
            write: false,
            path_only: true,
        };
        let node = self.fs.open(&self.fs.root(), access)?;
        let flags = OpenFlags::PATH_ONLY | OpenFlags::READ | OpenFlags::DIRECTORY;
        Ok(self.insert(node, flags))
    }

    /// close(2): gives up its lock. A handle that was closed is ignored.
    pub fn close(&mut self, handle: Handle) {
        let Some(file) = self.files.get_mut(handle.0 as usize).and_then(Option::take) else {
            return;
        };
        self.free.push(handle.0);
        if let Some(held) = file.lock {
            self.locks.release(held);
        }
        let node = file.node.clone();
        self.fs.close(file.node);
        self.fs.finish(&node);
    }

    /// How many files are open.
    pub fn open_files(&self) -> usize {
        self.files.len() - self.free.len()
    }

    /// `F_GETFL` of fcntl(2).
    ///
    /// # Errors
    /// `bad-descriptor`.
    pub fn flags(&self, handle: Handle) -> Result<OpenFlags> {
        Ok(self.file(handle)?.flags)
    }

    /// `F_SETFL` of fcntl(2): changes `append`, `sync` and `data-sync`.
    ///
    /// # Errors
    /// `bad-descriptor`, also for a handle that is `path-only`.
    pub fn set_flags(&mut self, handle: Handle, flags: OpenFlags) -> Result<()> {
        const CHANGEABLE: OpenFlags = OpenFlags::APPEND
            .union(OpenFlags::SYNC)
            .union(OpenFlags::DATA_SYNC);
        self.used(handle)?;
        let file = self.file_mut(handle)?;
        file.flags = file.flags.difference(CHANGEABLE) | flags.intersection(CHANGEABLE);
        Ok(())
    }

    /// What can be done without waiting: poll(2).
    ///
    /// # Errors
    /// `bad-descriptor`.
    pub fn ready(&mut self, handle: Handle) -> Result<Readiness> {
        let node = self.node(handle)?;
        Ok(self.fs.ready(&node))
    }

    /// What to wait on until one of `interest` holds, if there is anything.
    ///
    /// # Errors
    /// `bad-descriptor`.
    pub fn wait_token(&mut self, handle: Handle, interest: Readiness) -> Result<Option<u64>> {
        let node = self.node(handle)?;
        Ok(self.fs.wait_token(&node, interest))
    }

    /// Whether both handles mean the same file.
    ///
    /// # Errors
    /// `bad-descriptor`.
    pub fn is_same(&mut self, one: Handle, other: Handle) -> Result<bool> {
        let (one, other) = (self.node(one)?, self.node(other)?);
        Ok(self.fs.identity(&one)? == self.fs.identity(&other)?)
    }

    fn one_more(&self) -> Result<()> {
        if self.open_files() < self.open_files_max {
            Ok(())
        } else {
            Err(Errno::TooManyFiles)
        }
    }

    fn insert(&mut self, node: F::Node, flags: OpenFlags) -> Handle {
        let file = OpenFile {
            node,
            flags,
            lock: None,
            access_checked: false,
            listed_until: u64::MAX,
        };
        if let Some(position) = self.free.pop() {
            self.files[position as usize] = Some(file);
            Handle(position)
        } else {
            self.files.push(Some(file));
            Handle((self.files.len() - 1) as u32)
        }
    }

    fn file(&self, handle: Handle) -> Result<&OpenFile<F::Node>> {
        let file = self.files.get(handle.0 as usize).and_then(Option::as_ref);
        file.ok_or(Errno::BadDescriptor)
    }

    fn file_mut(&mut self, handle: Handle) -> Result<&mut OpenFile<F::Node>> {
        let file = self
            .files
            .get_mut(handle.0 as usize)
            .and_then(Option::as_mut);
        file.ok_or(Errno::BadDescriptor)
    }

    fn node(&self, handle: Handle) -> Result<F::Node> {
        Ok(self.file(handle)?.node.clone())
    }

    /// The node of a handle that is more than a name: `EBADF` for `O_PATH`, open(2).
    fn used(&self, handle: Handle) -> Result<F::Node> {
        let file = self.file(handle)?;
        if file.flags.contains(OpenFlags::PATH_ONLY) {
            return Err(Errno::BadDescriptor);
        }
        Ok(file.node.clone())
    }

    /// The node of a handle with this access, which must be a regular file.
    fn regular(&self, handle: Handle, access: OpenFlags) -> Result<F::Node> {
        let file = self.content(handle, access)?;
        match self.fs.kind(&file) {
            Kind::Regular => Ok(file),
            _ => Err(Errno::Invalid),
        }
    }

    /// The node of a handle with this access, which must have a content: a regular file or,
    /// where the filesystem has opened it, a device, a fifo or a socket.
    fn content(&self, handle: Handle, access: OpenFlags) -> Result<F::Node> {
        let file = self.file(handle)?;
        if file.flags.contains(OpenFlags::PATH_ONLY) || !file.flags.contains(access) {
            return Err(Errno::BadDescriptor);
        }
        match self.fs.kind(&file.node) {
            Kind::Regular
            | Kind::CharacterDevice
            | Kind::BlockDevice
            | Kind::Fifo
            | Kind::Socket => Ok(file.node.clone()),
            Kind::Directory => Err(Errno::IsDirectory),
            Kind::SymbolicLink => Err(Errno::Invalid),
        }
    }
}
