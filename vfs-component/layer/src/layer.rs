//! A layer in memory: what it says of each path.

use std::collections::BTreeMap;

use vfs_image::{Attributes, Kind, NAME_MAX};

use crate::data::Content;
use crate::error::{LayerError, Result};

pub(crate) const WHITEOUT: &str = ".wh.";
/// Names that begin so mean something to the format.
pub(crate) const RESERVED: &str = ".wh..wh.";
pub(crate) const OPAQUE: &str = ".wh..wh..opq";

/// What a layer says of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// There is nothing any more: `.wh.NAME`.
    Removed,
    /// A directory.
    Directory {
        /// `None` where the layer only has something below it: as they are in lower layers.
        attributes: Option<Attributes>,
        /// Whether nothing is left of what lower layers have in it: `.wh..wh..opq`.
        opaque: bool,
    },
    /// A regular file.
    Regular {
        /// All but its content.
        attributes: Attributes,
        /// Its content.
        content: Content,
    },
    /// A symbolic link.
    SymbolicLink {
        /// All but its target.
        attributes: Attributes,
        /// Its target, as it is.
        target: String,
    },
    /// A device, fifo or socket.
    Node {
        /// Owner, mode and so on.
        attributes: Attributes,
        /// Which of them.
        kind: Kind,
        /// Of a device: major << 32 | minor.
        device: u64,
    },
    /// Another name of the file of this path, of this layer or a lower one.
    HardLink(String),
}

/// A layer: what it says of each path. Paths have no `/` in front or behind; that of the root
/// is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    entries: BTreeMap<String, Entry>,
}

impl Layer {
    /// That changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What it says, by path: a directory comes before what is in it.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        let entries = self.entries.iter();
        entries.map(|(path, entry)| (path.as_str(), entry))
    }

    /// What it says of one path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path.trim_matches('/'))
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Says something of a path, in place of what was said.
    ///
    /// # Errors
    /// [`LayerError::BadPath`], [`LayerError::Reserved`].
    pub fn insert(&mut self, path: &str, entry: Entry) -> Result<()> {
        let path = normal(path)?;
        let name = path
            .rsplit_once('/')
            .map_or(path.as_str(), |(_, name)| name);
        if name.starts_with(WHITEOUT) {
            return Err(LayerError::Reserved { path });
        }
        let is_directory = matches!(entry, Entry::Directory { .. });
        if path.is_empty() && !is_directory {
            return Err(LayerError::BadPath { path });
        }
        self.entries.insert(path, entry);
        Ok(())
    }

    /// Has a directory.
    ///
    /// # Errors
    /// As [`Layer::insert`].
    pub fn directory(&mut self, path: &str, attributes: Attributes) -> Result<()> {
        let directory = Entry::Directory {
            attributes: Some(attributes),
            opaque: false,
        };
        self.insert(path, directory)
    }

    /// Has a regular file.
    ///
    /// # Errors
    /// As [`Layer::insert`].
    pub fn file(
        &mut self,
        path: &str,
        attributes: Attributes,
        content: impl Into<Content>,
    ) -> Result<()> {
        let content = content.into();
        let file = Entry::Regular {
            attributes,
            content,
        };
        self.insert(path, file)
    }

    /// Takes away what lower layers have at a path.
    ///
    /// # Errors
    /// As [`Layer::insert`].
    pub fn remove(&mut self, path: &str) -> Result<()> {
        self.insert(path, Entry::Removed)
    }

    /// The same below a path, as `[files]` may put it somewhere else than at the root. Absolute
    /// symbolic links lead where they led.
    ///
    /// # Errors
    /// [`LayerError::BadPath`] for such a path.
    pub fn below(&self, at: &str) -> Result<Self> {
        let at = normal(at)?;
        let place = |path: &str| match path {
            "" => at.clone(),
            path => join(&at, path),
        };
        let entries = self.entries.iter().map(|(path, entry)| {
            let entry = match entry {
                Entry::HardLink(existing) => Entry::HardLink(place(existing)),
                other => other.clone(),
            };
            (place(path), entry)
        });
        Ok(Self {
            entries: entries.collect(),
        })
    }

    /// The entry of a whiteout. Something of the same name in the same layer stays: only what
    /// is below is meant.
    pub(crate) fn whiteout(&mut self, path: String) {
        match self.entries.get_mut(&path) {
            Some(Entry::Directory { opaque, .. }) => *opaque = true,
            Some(_) => {}
            None => {
                self.entries.insert(path, Entry::Removed);
            }
        }
    }

    /// Makes the directory of this path opaque.
    pub(crate) fn opaque(&mut self, path: String) {
        let attributes = match self.entries.remove(&path) {
            Some(Entry::Directory { attributes, .. }) => attributes,
            _ => None,
        };
        let opaque = true;
        let directory = Entry::Directory { attributes, opaque };
        self.entries.insert(path, directory);
    }

    /// What a tar says of a path, where its whiteouts and an earlier entry may have said
    /// something as well.
    pub(crate) fn merge(&mut self, path: String, entry: Entry) {
        let hides = match self.entries.get(&path) {
            Some(Entry::Removed) => true,
            Some(Entry::Directory { opaque, .. }) => *opaque,
            _ => false,
        };
        let entry = match entry {
            Entry::Directory { attributes, opaque } => Entry::Directory {
                attributes,
                opaque: opaque || hides,
            },
            other => other,
        };
        self.entries.insert(path, entry);
    }
}

/// A path without `/` in front and behind, `.` and empty names.
pub(crate) fn normal(path: &str) -> Result<String> {
    let mut normal = String::new();
    for name in path
        .split('/')
        .filter(|name| !name.is_empty() && *name != ".")
    {
        // A whiteout is longer than the name that it hides.
        let most = if name.starts_with(WHITEOUT) {
            NAME_MAX + WHITEOUT.len()
        } else {
            NAME_MAX
        };
        if name == ".." || name.contains('\0') || name.len() > most {
            return Err(LayerError::BadPath {
                path: path.to_owned(),
            });
        }
        if !normal.is_empty() {
            normal.push('/');
        }
        normal.push_str(name);
    }
    Ok(normal)
}

/// Directory and name of a path.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

pub(crate) fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else {
        format!("{directory}/{name}")
    }
}
