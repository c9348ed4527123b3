//! What a host must be able to do: the part of `wasi:filesystem` that is used.

use alloc::string::String;
use alloc::vec::Vec;

use crate::errno::Result;
use crate::types::{Advice, Kind, SetTime, Times};

/// A file or directory that the host has opened: a `descriptor` of `wasi:filesystem`.
///
/// A `name` is one component, neither `.` nor `..`, relative to this directory. No call
/// follows a symbolic link. Dropping it closes it. Errors are the host's.
#[allow(
    clippy::missing_errors_doc,
    reason = "all are the host's, as said above"
)]
pub trait HostFile: Sized {
    /// `open-at`
    fn open_at(&self, name: &str, how: HostOpen) -> Result<Self>;
    /// `stat`
    fn stat(&self) -> Result<HostStat>;
    /// `stat-at`
    fn stat_at(&self, name: &str) -> Result<HostStat>;
    /// `metadata-hash`, cut to 64 bits: stands for an inode number.
    fn hash(&self) -> Result<u64>;
    /// `metadata-hash-at`
    fn hash_at(&self, name: &str) -> Result<u64>;
    /// `is-same-object`
    fn is_same(&self, other: &Self) -> bool;
    /// `set-times`
    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()>;
    /// `set-times-at`
    fn set_times_at(&self, name: &str, accessed: SetTime, modified: SetTime) -> Result<()>;

    /// `read`: up to `length` bytes, perhaps fewer, none only at the end.
    fn read(&self, offset: u64, length: u32) -> Result<Vec<u8>>;
    /// `write`: how many bytes were taken.
    fn write(&self, offset: u64, data: &[u8]) -> Result<usize>;
    /// `set-size`
    fn set_size(&self, size: u64) -> Result<()>;
    /// `sync` or `sync-data`
    fn sync(&self, data_only: bool) -> Result<()>;
    /// `advise`
    fn advise(&self, offset: u64, length: u64, advice: Advice) -> Result<()>;

    /// `read-directory`, to its end. Names that are not UTF-8 can't be told.
    fn list(&self) -> Result<Vec<(String, Kind)>>;
    /// `create-directory-at`
    fn make_directory(&self, name: &str) -> Result<()>;
    /// `symlink-at`
    fn symlink(&self, target: &str, name: &str) -> Result<()>;
    /// `readlink-at`
    fn read_link(&self, name: &str) -> Result<String>;
    /// `link-at`
    fn link(&self, name: &str, to: &Self, new_name: &str) -> Result<()>;
    /// `rename-at`
    fn rename(&self, name: &str, to: &Self, new_name: &str) -> Result<()>;
    /// `unlink-file-at`
    fn unlink(&self, name: &str) -> Result<()>;
    /// `remove-directory-at`
    fn remove_directory(&self, name: &str) -> Result<()>;
}

/// How a host's file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostOpen {
    /// Its content or its entries will be read.
    pub read: bool,
    /// Its content or, of a directory, its entries will be changed.
    pub write: bool,
    /// It must be a directory.
    pub directory: bool,
    /// It must not be there and is created as a regular file.
    pub create_new: bool,
}

/// What a host tells of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostStat {
    /// What it is.
    pub kind: Kind,
    /// Number of names.
    pub links: u64,
    /// In bytes.
    pub size: u64,
    /// Where the host keeps them, else the epoch.
    pub times: Times,
}
