//! What a filesystem must be able to do for [`Vfs`](crate::Vfs) to make POSIX of it.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::errno::{Errno, Result};
use crate::types::{
    Advice, Allocation, AttributeMode, Attributes, DirectoryEntry, Extent, FilesystemStat, Kind,
    Readiness, Stamps, Stat, Time, Times,
};

/// A tree of files, one step at a time: no paths, no flags, no policy.
///
/// [`Vfs`](crate::Vfs) walks paths, knows what open(2) and rename(2) allow and which
/// call moves which time, and comes down with single steps. It promises:
///
/// - a `name` has 1 to 255 bytes, no `/`, no NUL, and is neither `.` nor `..`;
/// - what is used as a directory is one by [`Filesystem::kind`], what is read or
///   written is a regular file and was opened so;
/// - nothing is changed in a filesystem that says [`Filesystem::is_read_only`].
///
/// Some errors can only come from here: `no-entry` for a name that is not there and
/// for anything made in a directory that was removed, `not-empty` from removing or
/// replacing a directory, `no-space`, `io`, and `not-supported` for what a filesystem
/// does not have.
pub trait Filesystem {
    /// Names a file until the next call that removes it; one that [`Filesystem::open`]
    /// returned does until [`Filesystem::close`]. Two that name the same directory are
    /// equal, however they were found.
    type Node: Clone + PartialEq;

    /// The root directory.
    fn root(&self) -> Self::Node;
    /// What a file is.
    fn kind(&self, file: &Self::Node) -> Kind;
    /// Whether what a file is on can't be changed.
    fn is_read_only(&self, file: &Self::Node) -> bool {
        let _ = file;
        false
    }

    /// The child of this name.
    ///
    /// # Errors
    /// `no-entry`.
    fn lookup(&mut self, directory: &Self::Node, name: &str) -> Result<Self::Node>;
    /// The same where more of the path follows, so that it should be a directory.
    ///
    /// # Errors
    /// As [`Filesystem::lookup`]: not being a directory is none.
    fn lookup_directory(&mut self, directory: &Self::Node, name: &str) -> Result<Self::Node> {
        self.lookup(directory, name)
    }
    /// The parent directory, also of a directory that was removed; of the root the root.
    ///
    /// # Errors
    /// `no-entry` where there is none any more.
    fn parent(&mut self, directory: &Self::Node) -> Result<Self::Node>;
    /// The target of a symbolic link.
    ///
    /// # Errors
    /// `io`.
    fn read_link(&mut self, link: &Self::Node) -> Result<String>;

    /// `st_dev` and `st_ino`, which identify a file.
    ///
    /// # Errors
    /// `no-entry` where it is gone.
    fn identity(&mut self, file: &Self::Node) -> Result<(u64, u64)>;
    /// stat(2)
    ///
    /// # Errors
    /// `no-entry` where it is gone.
    fn stat(&mut self, file: &Self::Node) -> Result<Stat>;
    /// The times of a file if they are kept here, `None` if someone below keeps them.
    fn times(&self, file: &Self::Node) -> Option<Times> {
        let _ = file;
        None
    }
    /// Sets those of a file's times to `now`; nothing where the file is gone or
    /// someone below keeps times.
    fn touch(&mut self, file: &Self::Node, stamps: Stamps, now: Time) {
        let _ = (file, stamps, now);
    }
    /// Comes after the last of the steps that make up a call which changed something, with one
    /// of the files that it changed or closed: between two calls the tree is whole.
    fn finish(&mut self, file: &Self::Node) {
        let _ = file;
    }
    /// Changes attributes. The changes are not empty, `now` stands for
    /// [`SetTime::Now`](crate::SetTime::Now), and `st_ctim` is touched by the caller.
    ///
    /// # Errors
    /// `not-supported`.
    fn set_attributes(&mut self, file: &Self::Node, to: &Attributes, now: Time) -> Result<()>;

    /// Makes a file under a name that was free a moment ago.
    ///
    /// # Errors
    /// `exist` where someone else was faster, `not-supported` for the kind.
    fn create(&mut self, directory: &Self::Node, name: &str, new: &New<'_>) -> Result<Self::Node>;
    /// Gives one more name to a file that is not a directory.
    ///
    /// # Errors
    /// `cross-device`, `too-many-links`, `not-supported`; `no-entry` where the file has
    /// no name any more.
    fn link(&mut self, file: &Self::Node, directory: &Self::Node, name: &str) -> Result<()>;
    /// Takes away a name. The file goes with its last name and its last open handle.
    ///
    /// # Errors
    /// `not-empty` for a directory with entries, `busy` for a mount point.
    fn remove(&mut self, from: &Entry<'_, Self::Node>) -> Result<()>;
    /// Moves `from` to `to`, replacing the file there if there is one. Neither is an
    /// ancestor of the other, both or none are directories, and they are not the same.
    ///
    /// # Errors
    /// `not-empty` for a directory with entries that would be replaced,
    /// `cross-device`, `busy`.
    fn rename(&mut self, from: &Entry<'_, Self::Node>, to: &Vacancy<'_, Self::Node>) -> Result<()>;
    /// Swaps two files of any kinds.
    ///
    /// # Errors
    /// `not-supported`, `cross-device`, `busy`.
    fn exchange(
        &mut self,
        one: &Entry<'_, Self::Node>,
        other: &Entry<'_, Self::Node>,
    ) -> Result<()> {
        let _ = (one, other);
        Err(Errno::NotSupported)
    }

    /// Keeps a file usable, whatever becomes of its names.
    ///
    /// # Errors
    /// `no-device-or-address` for what has nothing behind it, host errors.
    fn open(&mut self, file: &Self::Node, access: Access) -> Result<Self::Node>;
    /// Ends what [`Filesystem::open`] began.
    fn close(&mut self, file: Self::Node);

    /// Up to `length` bytes from `offset`; fewer only at the end of the file.
    ///
    /// # Errors
    /// `io`.
    fn read(&mut self, file: &Self::Node, offset: u64, length: u32) -> Result<Vec<u8>>;
    /// Writes at `offset`; tells how many bytes were written, all where there is room.
    /// `data` is never empty and ends at or before [`SIZE_MAX`](crate::SIZE_MAX).
    ///
    /// # Errors
    /// `no-space` where not a byte could be written.
    fn write(&mut self, file: &Self::Node, offset: u64, data: Cow<'_, [u8]>) -> Result<usize>;
    /// The size of a regular file in bytes.
    ///
    /// # Errors
    /// `io`.
    fn size(&mut self, file: &Self::Node) -> Result<u64>;
    /// Cuts the file, or grows it with a hole, to at most [`SIZE_MAX`](crate::SIZE_MAX).
    ///
    /// # Errors
    /// `no-space`.
    fn set_size(&mut self, file: &Self::Node, size: u64) -> Result<()>;
    /// fallocate(2) of a range that is not empty and ends at or before
    /// [`SIZE_MAX`](crate::SIZE_MAX).
    ///
    /// # Errors
    /// `not-supported`, `no-space`.
    fn allocate(
        &mut self,
        file: &Self::Node,
        how: Allocation,
        offset: u64,
        length: u64,
    ) -> Result<()> {
        let _ = (file, how, offset, length);
        Err(Errno::NotSupported)
    }
    /// The first data or hole at or behind `offset`, which is below the size. Without
    /// knowledge of holes a file is one run of data.
    ///
    /// # Errors
    /// `no-device-or-address` where there is no such data.
    fn find_extent(&mut self, file: &Self::Node, what: Extent, offset: u64) -> Result<u64> {
        match what {
            Extent::Data => Ok(offset),
            Extent::Hole => self.size(file),
        }
    }
    /// posix_fadvise(2)
    ///
    /// # Errors
    /// Host errors.
    fn advise(
        &mut self,
        file: &Self::Node,
        offset: u64,
        length: u64,
        advice: Advice,
    ) -> Result<()> {
        let _ = (file, offset, length, advice);
        Ok(())
    }
    /// fsync(2) or fdatasync(2)
    ///
    /// # Errors
    /// `io`.
    fn sync(&mut self, file: &Self::Node, data_only: bool) -> Result<()> {
        let _ = (file, data_only);
        Ok(())
    }

    /// Where a listing of this directory that begins now has to end: entries that
    /// come later are told behind it. So a program that renames what it lists comes
    /// to an end. The default is for listings that end by themselves.
    fn last_cookie(&mut self, directory: &Self::Node) -> u64 {
        let _ = directory;
        u64::MAX
    }

    /// Entries of an open directory from `cookie` on and not behind `until` (of
    /// `last_cookie`), at most `count`, at least one unless the end is reached. See
    /// `read-directory` in `boxer:kernel/vfs` for what cookies must survive.
    ///
    /// # Errors
    /// `no-entry` for a directory that was removed, `io`.
    fn read_directory(
        &mut self,
        directory: &Self::Node,
        cookie: u64,
        until: u64,
        count: u32,
    ) -> Result<Vec<DirectoryEntry>>;

    /// fstatvfs(3)
    ///
    /// # Errors
    /// `io`.
    fn filesystem_stat(&mut self, file: &Self::Node) -> Result<FilesystemStat>;

    /// fgetxattr(2)
    ///
    /// # Errors
    /// `no-data`, `not-supported`.
    fn xattr(&mut self, file: &Self::Node, name: &str) -> Result<Vec<u8>> {
        let _ = (file, name);
        Err(Errno::NotSupported)
    }
    /// fsetxattr(2)
    ///
    /// # Errors
    /// `exist` and `no-data` as the mode asks, `no-space`, `not-supported`.
    fn set_xattr(
        &mut self,
        file: &Self::Node,
        name: &str,
        value: &[u8],
        mode: AttributeMode,
    ) -> Result<()> {
        let _ = (file, name, value, mode);
        Err(Errno::NotSupported)
    }
    /// flistxattr(2)
    ///
    /// # Errors
    /// `not-supported`.
    fn xattrs(&mut self, file: &Self::Node) -> Result<Vec<String>> {
        let _ = file;
        Err(Errno::NotSupported)
    }
    /// fremovexattr(2)
    ///
    /// # Errors
    /// `no-data`, `not-supported`.
    fn remove_xattr(&mut self, file: &Self::Node, name: &str) -> Result<()> {
        let _ = (file, name);
        Err(Errno::NotSupported)
    }

    /// What can be done without waiting.
    fn ready(&mut self, file: &Self::Node) -> Readiness {
        let _ = file;
        Readiness::READABLE | Readiness::WRITABLE
    }
    /// What to wait on until one of `interest` holds, if there is anything.
    fn wait_token(&mut self, file: &Self::Node, interest: Readiness) -> Option<u64> {
        let _ = (file, interest);
        None
    }
}

/// A file to be made.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    /// What it is.
    pub kind: Kind,
    /// The twelve permission bits.
    pub mode: u32,
    /// Of a device: major << 32 | minor.
    pub device_number: u64,
    /// Of a symbolic link: its target.
    pub target: &'a str,
}

/// A name in a directory, and the file that has it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a, N> {
    /// The directory.
    pub directory: &'a N,
    /// The name.
    pub name: &'a str,
    /// The file.
    pub file: &'a N,
}

/// A name in a directory, and the file that has it and will go, if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Vacancy<'a, N> {
    /// The directory.
    pub directory: &'a N,
    /// The name.
    pub name: &'a str,
    /// What will be replaced.
    pub file: Option<&'a N>,
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Its content will be read, or its entries listed.
    pub read: bool,
    /// Its content will be written.
    pub write: bool,
    /// Only its name and attributes matter: `O_PATH`.
    pub path_only: bool,
}
