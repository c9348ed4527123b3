//! Paths inside a box.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// `PATH_MAX` of POSIX `<limits.h>` on Linux, without the terminating NUL, in bytes.
const LONGEST_PATH: usize = 4095;
/// `NAME_MAX` likewise.
const LONGEST_NAME: usize = 255;

/// Why a text is no path inside a box.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GuestPathError {
    /// Nothing between the quotes.
    #[error("the path is empty")]
    Empty,
    /// It does not begin with `/`.
    #[error("`{0}` is not absolute")]
    Relative(String),
    /// It climbs.
    #[error("`{0}` contains `..`")]
    Parent(String),
    /// A NUL byte, which no path of POSIX may hold.
    #[error("the path contains a NUL character")]
    Nul,
    /// Over 4,095 bytes in all, or 255 in one component.
    #[error("the path is longer than a file system takes")]
    TooLong,
}

/// An absolute, normalised path inside a box: `/`, or components that are
/// neither empty nor `.` nor `..`, each behind a `/`.
///
/// `/app/`, `//app` and `/./app` all become `/app`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GuestPath(String);

impl GuestPath {
    /// Reads and normalises a path.
    pub fn new(text: &str) -> Result<Self, GuestPathError> {
        if text.is_empty() {
            return Err(GuestPathError::Empty);
        }
        if text.contains('\0') {
            return Err(GuestPathError::Nul);
        }
        if !text.starts_with('/') {
            return Err(GuestPathError::Relative(text.into()));
        }
        let mut path = String::with_capacity(text.len());
        for component in text.split('/') {
            match component {
                "" | "." => {}
                ".." => return Err(GuestPathError::Parent(text.into())),
                _ if component.len() > LONGEST_NAME => return Err(GuestPathError::TooLong),
                _ => {
                    path.push('/');
                    path.push_str(component);
                }
            }
        }
        if path.len() > LONGEST_PATH {
            return Err(GuestPathError::TooLong);
        }
        if path.is_empty() {
            path.push('/');
        }
        Ok(Self(path))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The components from the root down; none for `/`.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|component| !component.is_empty())
    }

    /// What is left of `self` below `ancestor`, without a leading `/`: empty where
    /// they are the same, `None` where `self` is not below it.
    pub fn below(&self, ancestor: &Self) -> Option<&str> {
        if ancestor.0 == "/" {
            return Some(&self.0[1..]);
        }
        let rest = self.0.strip_prefix(&ancestor.0)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }
}

impl TryFrom<String> for GuestPath {
    type Error = GuestPathError;

    fn try_from(text: String) -> Result<Self, GuestPathError> {
        Self::new(&text)
    }
}

impl From<GuestPath> for String {
    fn from(path: GuestPath) -> Self {
        path.0
    }
}

impl fmt::Display for GuestPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
