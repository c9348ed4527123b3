//! From what a running box tells of its filesystem to a stack.

use std::collections::HashMap;
use std::sync::Arc;

use vfs_image::{Attributes, Kind};

use crate::data::Spool;
use crate::error::{LayerError, Result};
use crate::layer::normal;
use crate::stack::{File, Node, Stack, What};

/// What is told of one file, but for its attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A directory.
    Directory,
    /// A regular file, whose content follows.
    Regular,
    /// A symbolic link to this target.
    SymbolicLink(String),
    /// A device, fifo or socket; of a device its number, major << 32 | minor.
    Node(Kind, u64),
}

/// Takes in a tree of files, one after the other and a directory before what is in it, as
/// `boxer:kernel/commit-host` hands it over.
#[derive(Debug, Default)]
pub struct Recorder {
    before: Stack,
    stack: Stack,
    spool: Spool,
    /// Files that may have several names.
    known: HashMap<u64, Arc<File>>,
    open: Option<Open>,
}

/// The file that is being told of.
#[derive(Debug)]
struct Open {
    path: String,
    inode: u64,
    attributes: Attributes,
    told: Told,
    content: Vec<u8>,
}

impl Recorder {
    /// Nothing was told yet; `before` is what there was.
    #[must_use]
    pub fn new(before: Stack) -> Self {
        Self {
            before,
            stack: Stack::new(),
            ..Self::default()
        }
    }

    /// What there was.
    #[must_use]
    pub fn before(&self) -> &Stack {
        &self.before
    }

    /// The next file. Files of the same `inode` are names of one; 0 is no such number.
    ///
    /// # Errors
    /// [`LayerError::BadPath`], [`LayerError::NotDirectory`] where its directory was not told
    /// of, and [`LayerError::Read`] where the host has no room for the last one's content.
    pub fn entry(
        &mut self,
        path: &str,
        inode: u64,
        attributes: Attributes,
        told: Told,
    ) -> Result<()> {
        self.close()?;
        let path = normal(path)?;
        let (directory, _) = crate::layer::split(&path);
        let is_directory = |path: &str| {
            let node = self.stack.nodes.get(path);
            path.is_empty() || matches!(node, Some(Node::Directory(_)))
        };
        if !is_directory(directory) {
            return Err(LayerError::NotDirectory { path });
        }
        self.open = Some(Open {
            path,
            inode,
            attributes,
            told,
            content: Vec::new(),
        });
        Ok(())
    }

    /// An extended attribute of the last file.
    pub fn attribute(&mut self, name: &str, value: Vec<u8>) {
        if let Some(open) = &mut self.open {
            open.attributes.xattrs.insert(name.to_owned(), value);
        }
    }

    /// The next bytes of the last file.
    pub fn content(&mut self, data: &[u8]) {
        if let Some(open) = &mut self.open {
            open.content.extend_from_slice(data);
        }
    }

    /// A directory of which nothing is told: it stays as it was.
    ///
    /// # Errors
    /// As [`Recorder::entry`].
    pub fn skipped(&mut self, path: &str) -> Result<()> {
        self.close()?;
        let path = normal(path)?;
        let below = format!("{path}/");
        let kept = self
            .before
            .nodes
            .range(path.clone()..)
            .take_while(|(known, _)| **known == path || known.starts_with(&path))
            .filter(|(known, _)| **known == path || known.starts_with(&below));
        let kept: Vec<_> = kept
            .map(|(path, node)| (path.clone(), node.clone()))
            .collect();
        self.stack.nodes.extend(kept);
        Ok(())
    }

    /// All that was told, and what there was before.
    ///
    /// # Errors
    /// As [`Recorder::entry`].
    pub fn finish(mut self) -> Result<(Stack, Stack)> {
        self.close()?;
        Ok((self.before, self.stack))
    }

    fn close(&mut self) -> Result<()> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let Open {
            path,
            inode,
            attributes,
            told,
            content,
        } = open;
        let what = match told {
            Told::Directory if path.is_empty() => {
                self.stack.root = attributes;
                return Ok(());
            }
            Told::Directory => {
                self.stack.nodes.insert(path, Node::Directory(attributes));
                return Ok(());
            }
            // It is gone with the process that listens.
            Told::Node(Kind::Socket, _) => return Ok(()),
            Told::Node(kind, device) => What::Node(kind, device),
            Told::SymbolicLink(target) => What::SymbolicLink(target),
            Told::Regular => {
                let content = self.spool.take(&mut content.as_slice());
                What::Regular(content.map_err(LayerError::Read)?)
            }
        };
        let mut file = Arc::new(File { attributes, what });
        if inode != 0 {
            file = Arc::clone(self.known.entry(inode).or_insert(file));
        }
        self.stack.nodes.insert(path, Node::File(file));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Layer};

    fn told() -> Attributes {
        Attributes::new(0o644)
    }

    #[test]
    fn what_is_told_is_there_and_what_is_not_is_gone() {
        let mut base = Layer::new();
        for path in ["kept", "gone", "mounted/inside", "mounted-not"] {
            base.file(path, told(), path.as_bytes()).unwrap();
        }
        let mut before = Stack::new();
        before.push(&base).unwrap();
        let mut recorder = Recorder::new(before);
        recorder
            .entry("", 0, Attributes::new(0o755), Told::Directory)
            .unwrap();
        recorder.entry("kept", 0, told(), Told::Regular).unwrap();
        recorder.content(b"ke");
        recorder.content(b"pt");
        recorder.skipped("mounted").unwrap();
        for path in ["one", "two"] {
            recorder.entry(path, 7, told(), Told::Regular).unwrap();
            recorder.content(b"new");
        }
        let orphan = recorder.entry("no/such", 0, told(), Told::Regular);
        assert!(matches!(orphan, Err(LayerError::NotDirectory { .. })));
        let (before, after) = recorder.finish().unwrap();
        let layer = before.difference(&after).unwrap();
        let entries: Vec<(&str, &Entry)> = layer.entries().collect();
        assert!(
            matches!(
                entries.as_slice(),
                [
                    ("gone", Entry::Removed),
                    ("mounted-not", Entry::Removed),
                    ("one", Entry::Regular { .. }),
                    ("two", Entry::HardLink(first)),
                ] if first == "one"
            ),
            "{entries:?}"
        );
    }
}
