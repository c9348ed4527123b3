//! Gathering the files of an image.

use std::collections::BTreeMap;
use std::io::Write;

use crate::content::{Attributes, Content, check_xattrs};
use crate::error::{Result, WriteError};
use crate::layout::{Kind, TARGET_MAX, is_name};
use crate::plan::{Counted, Plan};

#[derive(Debug)]
pub(crate) enum What<'a> {
    Directory(BTreeMap<String, usize>),
    Regular(Content<'a>),
    SymbolicLink(String),
    Node(Kind, u64),
    /// Another name of the file of this path.
    HardLink(String),
}

#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub path: String,
    pub attributes: Attributes,
    pub what: What<'a>,
    /// A directory that was only met as a parent yet.
    implied: bool,
}

/// Gathers files and writes them as one image.
///
/// Paths are the guest's, with or without a leading `/`. Files may come in any order
/// and the image will be the same; parents that are never added are directories of
/// mode 0755.
#[derive(Debug)]
pub struct Writer<'a> {
    nodes: Vec<Node<'a>>,
}

/// The root's node.
pub(crate) const ROOT: usize = 0;

impl Default for Writer<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Writer<'a> {
    /// With nothing but a root directory of mode 0755.
    #[must_use]
    pub fn new() -> Self {
        let mut writer = Self { nodes: Vec::new() };
        writer.imply(String::from("/"));
        writer
    }

    /// Adds a directory, or gives its attributes to one that was implied; `/` is the root.
    ///
    /// # Errors
    /// [`WriteError::BadPath`], [`WriteError::Exists`], [`WriteError::NotDirectory`],
    /// [`WriteError::BadXattr`].
    pub fn directory(&mut self, path: &str, attributes: Attributes) -> Result<()> {
        if let Some(node) = self.find(path).map(|at| &mut self.nodes[at])
            && node.implied
        {
            check_xattrs(path, &attributes)?;
            node.implied = false;
            node.attributes = attributes;
            return Ok(());
        }
        self.add(path, attributes, What::Directory(BTreeMap::new()))
    }

    /// Adds a regular file.
    ///
    /// # Errors
    /// As [`Writer::directory`].
    pub fn file(
        &mut self,
        path: &str,
        attributes: Attributes,
        content: impl Into<Content<'a>>,
    ) -> Result<()> {
        self.add(path, attributes, What::Regular(content.into()))
    }

    /// Adds a symbolic link; `target` is kept as it is.
    ///
    /// # Errors
    /// As [`Writer::directory`], and [`WriteError::BadTarget`].
    pub fn symlink(&mut self, path: &str, target: &str, attributes: Attributes) -> Result<()> {
        if target.is_empty() || target.len() > TARGET_MAX || target.contains('\0') {
            return Err(WriteError::BadTarget {
                path: path.to_owned(),
            });
        }
        self.add(path, attributes, What::SymbolicLink(target.to_owned()))
    }

    /// Adds another name of the file `existing`, which may come later; it must be a
    /// path that this writer was given, neither a directory nor a hard link itself.
    ///
    /// # Errors
    /// As [`Writer::directory`]; [`WriteError::BadLink`] comes from writing.
    pub fn hard_link(&mut self, path: &str, existing: &str) -> Result<()> {
        let what = What::HardLink(existing.to_owned());
        self.add(path, Attributes::default(), what)
    }

    /// Adds a device, a fifo or a socket. `device` is major << 32 | minor, 0 for a
    /// fifo or a socket.
    ///
    /// # Errors
    /// As [`Writer::directory`], and [`WriteError::BadKind`] for any other kind.
    pub fn node(
        &mut self,
        path: &str,
        kind: Kind,
        device: u64,
        attributes: Attributes,
    ) -> Result<()> {
        match kind {
            Kind::CharacterDevice | Kind::BlockDevice | Kind::Fifo | Kind::Socket => {
                let device = if kind.is_device() { device } else { 0 };
                self.add(path, attributes, What::Node(kind, device))
            }
            Kind::Regular | Kind::Directory | Kind::SymbolicLink => Err(WriteError::BadKind {
                path: path.to_owned(),
            }),
        }
    }

    /// Whether there is a file of this path, implied directories included.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// Writes the image front to back, in one pass, and tells its size in bytes.
    /// Contents are opened, copied and closed one after the other.
    ///
    /// # Errors
    /// [`WriteError::BadLink`], [`WriteError::Size`], [`WriteError::Read`],
    /// [`WriteError::Write`], [`WriteError::TooLarge`].
    pub fn write(mut self, out: &mut dyn Write) -> Result<u64> {
        let plan = Plan::new(&self.nodes)?;
        let mut out = Counted::new(out);
        plan.metadata(&self.nodes, &mut out)?;
        for &(node, at) in &plan.contents {
            out.pad_to(at)?;
            let Node { path, what, .. } = &mut self.nodes[node];
            let What::Regular(content) = what else {
                continue;
            };
            out.content(path, std::mem::replace(content, Content::from(&[])))?;
        }
        Ok(out.position())
    }

    /// Writes the image into memory.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub fn into_bytes(self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        Ok(bytes)
    }

    fn imply(&mut self, path: String) -> usize {
        self.nodes.push(Node {
            path,
            attributes: Attributes::new(0o755),
            what: What::Directory(BTreeMap::new()),
            implied: true,
        });
        self.nodes.len() - 1
    }

    fn find(&self, path: &str) -> Option<usize> {
        let mut at = ROOT;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let What::Directory(children) = &self.nodes[at].what else {
                return None;
            };
            at = *children.get(name)?;
        }
        Some(at)
    }

    fn add(&mut self, path: &str, attributes: Attributes, what: What<'a>) -> Result<()> {
        check_xattrs(path, &attributes)?;
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        if !names.iter().all(|name| is_name(name)) {
            return Err(WriteError::BadPath {
                path: path.to_owned(),
            });
        }
        let Some((last, parents)) = names.split_last() else {
            return Err(WriteError::Exists {
                path: path.to_owned(),
            });
        };
        let mut directory = ROOT;
        for name in parents {
            let known = self.children(directory)?.get(*name).copied();
            directory = match known {
                Some(child) => child,
                None => {
                    let child = self.imply(join(&self.nodes[directory].path, name));
                    self.children(directory)?.insert((*name).to_owned(), child);
                    child
                }
            };
        }
        if self.children(directory)?.contains_key(*last) {
            return Err(WriteError::Exists {
                path: path.to_owned(),
            });
        }
        let path = join(&self.nodes[directory].path, last);
        self.nodes.push(Node {
            path,
            attributes,
            what,
            implied: false,
        });
        let node = self.nodes.len() - 1;
        self.children(directory)?.insert((*last).to_owned(), node);
        Ok(())
    }

    fn children(&mut self, directory: usize) -> Result<&mut BTreeMap<String, usize>> {
        let Node { path, what, .. } = &mut self.nodes[directory];
        match what {
            What::Directory(children) => Ok(children),
            _ => Err(WriteError::NotDirectory { path: path.clone() }),
        }
    }
}

fn join(parent: &str, name: &str) -> String {
    format!("{}/{name}", parent.trim_end_matches('/'))
}
