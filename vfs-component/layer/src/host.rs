//! From a directory of the host to a layer.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use vfs_image::{Attributes, Time};

use crate::data::Content;
use crate::error::{LayerError, Result};
use crate::layer::{Entry, Layer, join};

impl Layer {
    /// What is in a directory of the host, which becomes the root: files, directories and
    /// symbolic links with their permissions, owned by user and group 0. Names of one file
    /// stay names of one. Contents are read while this runs, and again when they are used.
    ///
    /// `modified` is the time of modification of everything; with `None` it is what the host
    /// says. A layer that shall be the same on any machine needs one time for all.
    ///
    /// # Errors
    /// [`LayerError::Host`], [`LayerError::BadPath`] for names that are not UTF-8,
    /// [`LayerError::Reserved`], and [`LayerError::BadKind`] for devices, fifos and sockets.
    pub fn of_directory(directory: impl AsRef<Path>, modified: Option<Time>) -> Result<Self> {
        let mut found = Found {
            layer: Self::new(),
            modified,
            by_inode: BTreeMap::new(),
        };
        let top = directory.as_ref().to_owned();
        let metadata = fs::metadata(&top).map_err(LayerError::host(&top, "read"))?;
        let attributes = found.attributes(&metadata, 0o755);
        found.layer.directory("", attributes)?;
        let mut open = vec![(top, String::new())];
        while let Some((directory, path)) = open.pop() {
            let entries = fs::read_dir(&directory);
            for entry in entries.map_err(LayerError::host(&directory, "read"))? {
                let entry = entry.map_err(LayerError::host(&directory, "read"))?;
                let host = entry.path();
                let name = entry.file_name().into_string();
                let name = name.map_err(|name| LayerError::BadPath {
                    path: join(&path, &name.to_string_lossy()),
                })?;
                let path = join(&path, &name);
                if found.add(&host, &path)? {
                    open.push((host, path));
                }
            }
        }
        Ok(found.layer)
    }
}

struct Found {
    layer: Layer,
    modified: Option<Time>,
    /// Files with several names: the first.
    by_inode: BTreeMap<(u64, u64), String>,
}

impl Found {
    /// Whether it is a directory.
    fn add(&mut self, host: &PathBuf, path: &str) -> Result<bool> {
        let metadata = fs::symlink_metadata(host).map_err(LayerError::host(host, "read"))?;
        if metadata.is_dir() {
            let attributes = self.attributes(&metadata, 0o755);
            self.layer.directory(path, attributes)?;
            return Ok(true);
        }
        if let Some(inode) = shared_inode(&metadata) {
            if let Some(first) = self.by_inode.get(&inode) {
                self.layer.insert(path, Entry::HardLink(first.clone()))?;
                return Ok(false);
            }
            self.by_inode.insert(inode, path.to_owned());
        }
        let entry = if metadata.is_symlink() {
            let target = fs::read_link(host).map_err(LayerError::host(host, "read"))?;
            let target = target.into_os_string().into_string();
            Entry::SymbolicLink {
                attributes: self.attributes(&metadata, 0o777),
                target: target.map_err(|_| LayerError::BadPath {
                    path: path.to_owned(),
                })?,
            }
        } else if metadata.is_file() {
            let content = Content::of_host(host).map_err(LayerError::host(host, "read"))?;
            Entry::Regular {
                attributes: self.attributes(&metadata, 0o644),
                content,
            }
        } else {
            return Err(LayerError::BadKind {
                path: path.to_owned(),
                kind: '?',
            });
        };
        self.layer.insert(path, entry)?;
        Ok(false)
    }

    fn attributes(&self, metadata: &Metadata, otherwise: u32) -> Attributes {
        Attributes {
            modified: self.modified.unwrap_or_else(|| modified(metadata)),
            ..Attributes::new(mode(metadata, otherwise))
        }
    }
}

#[cfg(unix)]
fn mode(metadata: &Metadata, _: u32) -> u32 {
    use std::os::unix::fs::MetadataExt;
    metadata.mode() & 0o7777
}

#[cfg(not(unix))]
fn mode(_: &Metadata, otherwise: u32) -> u32 {
    otherwise
}

#[cfg(unix)]
fn modified(metadata: &Metadata) -> Time {
    use std::os::unix::fs::MetadataExt;
    Time {
        seconds: metadata.mtime(),
        nanoseconds: metadata.mtime_nsec() as u32,
    }
}

#[cfg(not(unix))]
fn modified(metadata: &Metadata) -> Time {
    let since = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let since = since.unwrap_or_default();
    Time {
        seconds: since.as_secs().cast_signed(),
        nanoseconds: since.subsec_nanos(),
    }
}

#[cfg(unix)]
fn shared_inode(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    (metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn shared_inode(_: &Metadata) -> Option<(u64, u64)> {
    None
}
