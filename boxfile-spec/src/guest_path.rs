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

    /// The paths above this one, nearest first, `/` last; none for `/`.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        let slashes = self.0.rmatch_indices('/').map(|(slash, _)| slash);
        slashes.filter(|_| self.0 != "/").map(|slash| match slash {
            0 => Self("/".into()),
            _ => Self(self.0[..slash].into()),
        })
    }

    /// What is left of `self` below `ancestor`, without a leading `/`: empty where
    /// they are the same, `None` where `self` is not below it.
    pub fn below(&self, ancestor: &Self) -> Option<&str> {
        if ancestor.0 == "/" {
            return Some(&self.0[1..]);
        }
        let rest = self.0.strip_prefix(&ancestor.0)?;
        if rest.is_empty() {
            Some(rest)
        } else {
            rest.strip_prefix('/')
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> GuestPath {
        GuestPath::new(text).unwrap()
    }

    #[test]
    fn paths_are_normalised() {
        for (text, normal) in [
            ("/", "/"),
            ("//", "/"),
            ("/a/", "/a"),
            ("//a/./b//c/.", "/a/b/c"),
            ("/...", "/..."),
        ] {
            assert_eq!(path(text).as_str(), normal, "{text}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        use GuestPathError as E;
        assert_eq!(GuestPath::new(""), Err(E::Empty));
        assert_eq!(GuestPath::new("a/b"), Err(E::Relative("a/b".into())));
        assert_eq!(GuestPath::new("/a/../b"), Err(E::Parent("/a/../b".into())));
        assert_eq!(GuestPath::new("/a\0"), Err(E::Nul));
        assert!(GuestPath::new(&format!("/{}", "x".repeat(255))).is_ok());
        assert_eq!(
            GuestPath::new(&format!("/{}", "x".repeat(256))),
            Err(E::TooLong)
        );
        assert!(GuestPath::new(&"/xxxx".repeat(819)).is_ok());
        assert_eq!(GuestPath::new(&"/xxx".repeat(1024)), Err(E::TooLong));
    }

    #[test]
    fn below_and_above() {
        assert_eq!(path("/a/b/c").below(&path("/a")), Some("b/c"));
        assert_eq!(path("/a/b/c").below(&path("/")), Some("a/b/c"));
        assert_eq!(path("/a").below(&path("/a")), Some(""));
        assert_eq!(path("/ab").below(&path("/a")), None);
        assert_eq!(path("/").below(&path("/a")), None);
        let above: Vec<String> = path("/a/b/c").ancestors().map(String::from).collect();
        assert_eq!(above, ["/a/b", "/a", "/"]);
        assert_eq!(path("/").ancestors().count(), 0);
        assert_eq!(path("/").components().count(), 0);
    }
}
