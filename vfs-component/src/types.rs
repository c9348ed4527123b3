//! The plain data of `boxer:kernel/vfs`: each type mirrors the one of the same name
//! there, which says what the fields mean. Nothing here depends on bindings.

use alloc::string::String;

use bitflags::bitflags;

/// The longest name in bytes: `NAME_MAX` of `limits.h`.
pub const NAME_MAX: usize = 255;
/// The longest path, and the longest target of a symbolic link, in bytes: `PATH_MAX`
/// of `limits.h` less its NUL.
pub const PATH_MAX: usize = 4095;
/// How many symbolic links one walk follows: `MAXSYMLINKS` of Linux, see
/// path_resolution(7).
pub const LINKS_MAX: u32 = 40;
/// The largest size of a file in bytes: that of a signed 64-bit `off_t`.
pub const SIZE_MAX: u64 = i64::MAX as u64;
/// The largest value of an extended attribute in bytes: `XATTR_SIZE_MAX` of Linux.
pub const XATTR_VALUE_MAX: usize = 65536;

pub use vfs_image::{Kind, Time};

/// What stat(2) tells of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// `st_dev`
    pub device: u64,
    /// `st_ino`
    pub inode: u64,
    /// The type bits of `st_mode`.
    pub kind: Kind,
    /// The twelve permission bits of `st_mode`.
    pub mode: u32,
    /// `st_nlink`
    pub links: u64,
    /// `st_uid`
    pub user: u32,
    /// `st_gid`
    pub group: u32,
    /// `st_rdev`: major << 32 | minor.
    pub device_number: u64,
    /// `st_size`, in bytes.
    pub size: u64,
    /// `st_blocks`, in units of 512 bytes.
    pub blocks: u64,
    /// `st_blksize`, in bytes.
    pub block_size: u32,
    /// `st_atim`, `st_mtim` and `st_ctim`.
    pub times: Times,
}

/// The three times of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// `st_atim`
    pub accessed: Time,
    /// `st_mtim`
    pub modified: Time,
    /// `st_ctim`
    pub changed: Time,
}

bitflags! {
    /// Which of a file's times are meant.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Stamps: u8 {
        /// `st_atim`
        const ACCESSED = 1;
        /// `st_mtim`
        const MODIFIED = 1 << 1;
        /// `st_ctim`
        const CHANGED = 1 << 2;
    }

    /// How a path is resolved.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Lookup: u8 {
        /// Follow a symbolic link in the last component.
        const FOLLOW = 1;
        /// Stay at or below the directory that the walk starts from.
        const BENEATH = 1 << 1;
    }

    /// How a file is opened: the flags of open(2).
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct OpenFlags: u16 {
        /// Allow reading.
        const READ = 1;
        /// Allow writing.
        const WRITE = 1 << 1;
        /// `O_APPEND`
        const APPEND = 1 << 2;
        /// `O_CREAT`
        const CREATE = 1 << 3;
        /// `O_EXCL`
        const EXCLUSIVE = 1 << 4;
        /// `O_TRUNC`
        const TRUNCATE = 1 << 5;
        /// `O_DIRECTORY`
        const DIRECTORY = 1 << 6;
        /// `O_SYNC`
        const SYNC = 1 << 7;
        /// `O_DSYNC`
        const DATA_SYNC = 1 << 8;
        /// `O_PATH`
        const PATH_ONLY = 1 << 9;
    }

    /// What can be done without waiting, as poll(2) reports it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Readiness: u8 {
        /// `POLLIN`
        const READABLE = 1;
        /// `POLLOUT`
        const WRITABLE = 1 << 1;
        /// `POLLHUP`
        const HANGUP = 1 << 2;
        /// `POLLERR`
        const ERROR = 1 << 3;
    }
}

/// What a time becomes: utimensat(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SetTime {
    /// `UTIME_OMIT`
    #[default]
    Keep,
    /// `UTIME_NOW`
    Now,
    /// This time.
    At(Time),
}

/// Changes of a file's attributes; `None` and `Keep` leave a thing as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attributes {
    /// chmod(2)
    pub mode: Option<u32>,
    /// chown(2)
    pub user: Option<u32>,
    /// chown(2)
    pub group: Option<u32>,
    /// utimensat(2)
    pub accessed: SetTime,
    /// utimensat(2)
    pub modified: SetTime,
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// Its name.
    pub name: String,
    /// The file's inode.
    pub inode: u64,
    /// What the file is.
    pub kind: Kind,
    /// The cookie with which the listing goes on behind this entry.
    pub next: u64,
}

/// Which renameat2(2) is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenameMode {
    /// Replace what has the new name.
    Replace,
    /// `RENAME_NOREPLACE`
    NoReplace,
    /// `RENAME_EXCHANGE`
    Exchange,
}

/// What fallocate(2) does to a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// Reserve space, growing the file: posix_fallocate(3).
    Extend,
    /// `FALLOC_FL_KEEP_SIZE`
    KeepSize,
    /// `FALLOC_FL_PUNCH_HOLE`
    PunchHole,
    /// `FALLOC_FL_ZERO_RANGE`
    Zero,
}

/// What lseek(2) looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// `SEEK_DATA`
    Data,
    /// `SEEK_HOLE`
    Hole,
}

/// What posix_fadvise(2) says of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// `POSIX_FADV_NORMAL`
    Normal,
    /// `POSIX_FADV_SEQUENTIAL`
    Sequential,
    /// `POSIX_FADV_RANDOM`
    Random,
    /// `POSIX_FADV_WILLNEED`
    WillNeed,
    /// `POSIX_FADV_DONTNEED`
    DontNeed,
    /// `POSIX_FADV_NOREUSE`
    NoReuse,
}

/// What flock(2) does, with `LOCK_NB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockOperation {
    /// `LOCK_SH`
    Shared,
    /// `LOCK_EX`
    Exclusive,
    /// `LOCK_UN`
    Unlock,
}

/// How an extended attribute is set: setxattr(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeMode {
    /// Create or replace.
    Set,
    /// `XATTR_CREATE`
    Create,
    /// `XATTR_REPLACE`
    Replace,
}

/// What statvfs(3) tells of a filesystem. 0 blocks in all means unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilesystemStat {
    /// `f_frsize`, in bytes.
    pub block_size: u32,
    /// `f_blocks`
    pub blocks: u64,
    /// `f_bfree` and `f_bavail`
    pub blocks_free: u64,
    /// `f_files`
    pub files: u64,
    /// `f_ffree`
    pub files_free: u64,
    /// `f_fsid`
    pub id: u64,
    /// `f_namemax`, in bytes.
    pub name_max: u32,
    /// `ST_RDONLY`
    pub read_only: bool,
}
