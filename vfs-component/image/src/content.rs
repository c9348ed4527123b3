//! What files are made of: attributes and contents.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Result, WriteError};
use crate::layout::{Time, XATTR_HEADER, XATTR_VALUE_MAX};

/// What a file has besides its content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes {
    /// The twelve permission bits; others are ignored.
    pub mode: u32,
    /// Owner.
    pub user: u32,
    /// Group.
    pub group: u32,
    /// Time of modification; 1970-01-01T00:00:00Z where images must be reproducible.
    pub modified: Time,
    /// Extended attributes.
    pub xattrs: BTreeMap<String, Vec<u8>>,
}

impl Attributes {
    /// Owned by user 0 and group 0, modified at 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn new(mode: u32) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }
}

type Open<'a> = Box<dyn FnOnce() -> io::Result<Box<dyn Read + 'a>> + 'a>;

/// The content of a regular file: bytes, or a reader that is opened when its turn comes.
pub struct Content<'a> {
    pub(crate) inner: Inner<'a>,
    /// Contents of the same key are the same.
    pub(crate) key: Option<Key>,
}

/// What tells contents apart: a digest, SHA-256 or as good.
pub type Key = [u8; 32];

pub(crate) enum Inner<'a> {
    Bytes(Cow<'a, [u8]>),
    Reader { size: u64, open: Open<'a> },
}

impl<'a> Content<'a> {
    /// `size` bytes that `open` gives; it is called while the image is written.
    #[must_use]
    pub fn reader(size: u64, open: impl FnOnce() -> io::Result<Box<dyn Read + 'a>> + 'a) -> Self {
        Self::from(Inner::Reader {
            size,
            open: Box::new(open),
        })
    }

    /// What the host's file of this path has; only its size is read now.
    ///
    /// # Errors
    /// Where the file's size can't be read.
    pub fn file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path: PathBuf = path.as_ref().to_owned();
        let size = std::fs::metadata(&path)?.len();
        Ok(Self::reader(size, move || Ok(Box::new(File::open(path)?))))
    }

    /// The same, known by a digest: of all contents with this key and size the image has the
    /// first, and the others are where that is.
    #[must_use]
    pub fn with_key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match &self.inner {
            Inner::Bytes(bytes) => bytes.len() as u64,
            Inner::Reader { size, .. } => *size,
        }
    }
}

impl<'a> From<Inner<'a>> for Content<'a> {
    fn from(inner: Inner<'a>) -> Self {
        Self { inner, key: None }
    }
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.size())
    }
}

impl<'a> From<&'a [u8]> for Content<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::from(Inner::Bytes(Cow::Borrowed(bytes)))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Content<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl From<Vec<u8>> for Content<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Inner::Bytes(Cow::Owned(bytes)))
    }
}

pub(crate) fn check_xattrs(path: &str, attributes: &Attributes) -> Result<()> {
    let possible = attributes.xattrs.iter().all(|(name, value)| {
        let name_fits = (1..=255).contains(&name.len()) && !name.contains('\0');
        name_fits && value.len() <= XATTR_VALUE_MAX
    });
    if possible && u32::try_from(xattrs_size(attributes)).is_ok() {
        Ok(())
    } else {
        Err(WriteError::BadXattr {
            path: path.to_owned(),
        })
    }
}

pub(crate) fn xattrs_size(attributes: &Attributes) -> u64 {
    let sizes = attributes.xattrs.iter();
    sizes
        .map(|(name, value)| (XATTR_HEADER + name.len() + value.len()) as u64)
        .sum()
}
