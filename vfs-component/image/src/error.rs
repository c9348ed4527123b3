//! Why an image could not be made.

use std::fmt;
use std::io;

/// Why an image could not be made. `path` is always the guest's.
#[derive(Debug)]
pub enum WriteError {
    /// The path has an empty name, `.`, `..`, a NUL, or a name over 255 bytes.
    BadPath {
        /// The path as it was given.
        path: String,
    },
    /// There is a file of this path already.
    Exists {
        /// The path that was added twice.
        path: String,
    },
    /// A parent of the path is not a directory.
    NotDirectory {
        /// The parent's path.
        path: String,
    },
    /// A hard link names no file, or a directory or another hard link.
    BadLink {
        /// The hard link.
        path: String,
        /// What it should have been another name of.
        existing: String,
    },
    /// The target of a symbolic link is empty, over 4,095 bytes or has a NUL.
    BadTarget {
        /// The symbolic link.
        path: String,
    },
    /// The kind can't be added by [`Writer::node`](crate::Writer::node).
    BadKind {
        /// The node.
        path: String,
    },
    /// An extended attribute's name is empty, over 255 bytes or has a NUL, its value
    /// is over 64 KiB, or all of a file's take 4 GiB.
    BadXattr {
        /// The file.
        path: String,
    },
    /// A content has not the size that was announced.
    Size {
        /// The file.
        path: String,
        /// What was announced, in bytes.
        announced: u64,
    },
    /// A content could not be read.
    Read {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The image could not be written.
    Write(io::Error),
    /// Sizes or counts do not fit the layout: over 4 Gi links, or 2⁶³ bytes.
    TooLarge,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPath { path } => write!(f, "`{path}` can't be a path in a box"),
            Self::Exists { path } => write!(f, "`{path}` is there already"),
            Self::NotDirectory { path } => write!(f, "`{path}` is not a directory"),
            Self::BadLink { path, existing } => {
                write!(f, "`{path}` can't be another name of `{existing}`")
            }
            Self::BadTarget { path } => {
                write!(f, "the symbolic link `{path}` has no possible target")
            }
            Self::BadKind { path } => write!(f, "`{path}` can't be made as a node"),
            Self::BadXattr { path } => {
                write!(f, "`{path}` has an extended attribute that is not possible")
            }
            Self::Size { path, announced } => {
                write!(
                    f,
                    "the content of `{path}` is not {announced} bytes as announced"
                )
            }
            Self::Read { path, source } => {
                write!(f, "the content of `{path}` can't be read: {source}")
            }
            Self::Write(source) => write!(f, "the image can't be written: {source}"),
            Self::TooLarge => f.write_str("the image is too large"),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } | Self::Write(source) => Some(source),
            _ => None,
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, WriteError>;
