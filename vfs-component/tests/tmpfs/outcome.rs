//! What calls give, in words that both sides have.

use rustix::fs::OFlags;
use rustix::io::Errno as LinuxErrno;
use vfs_component::{Errno, OpenFlags};

use crate::common::host::from_linux;

/// What a call gave, in a form that both sides have.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Skipped,
    Ok(String),
    Failed(&'static str),
}

pub fn outcome<T: std::fmt::Debug>(result: Result<T, Errno>) -> Outcome {
    match result {
        Ok(value) => Outcome::Ok(format!("{value:?}")),
        Err(errno) => Outcome::Failed(errno.symbol()),
    }
}

pub fn linux_outcome<T: std::fmt::Debug>(result: Result<T, LinuxErrno>) -> Outcome {
    outcome(result.map_err(from_linux))
}

/// `ERANGE` for an empty or long name has no symbol in `boxer:kernel`.
pub fn xattr_outcome<T: std::fmt::Debug>(result: Result<T, LinuxErrno>) -> Outcome {
    match result {
        Err(LinuxErrno::RANGE) => Outcome::Failed("EINVAL"),
        other => linux_outcome(other),
    }
}

pub fn linux_flags(how: OpenFlags) -> OFlags {
    let mut flags = match (
        how.contains(OpenFlags::READ),
        how.contains(OpenFlags::WRITE),
    ) {
        (_, false) => OFlags::RDONLY,
        (false, true) => OFlags::WRONLY,
        (true, true) => OFlags::RDWR,
    };
    for (ours, theirs) in [
        (OpenFlags::APPEND, OFlags::APPEND),
        (OpenFlags::CREATE, OFlags::CREATE),
        (OpenFlags::EXCLUSIVE, OFlags::EXCL),
        (OpenFlags::TRUNCATE, OFlags::TRUNC),
        (OpenFlags::DIRECTORY, OFlags::DIRECTORY),
        (OpenFlags::PATH_ONLY, OFlags::PATH),
    ] {
        if how.contains(ours) {
            flags |= theirs;
        }
    }
    flags
}
