//! From two trees to the layer that lies between them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Result;
use crate::layer::{Entry, Layer, split};
use crate::stack::{File, Node, Stack, What};

/// The names of each file that has several, by the first of them; and the first by each.
type Names<'s> = BTreeMap<&'s str, Vec<&'s str>>;

impl Stack {
    /// The layer that makes `upper` of this tree: what is new there or has other attributes,
    /// times of modification included, and whiteouts for what is gone. A file with several
    /// names is told under all of them where anything is new about it.
    ///
    /// # Errors
    /// [`LayerError::Reserved`](crate::LayerError::Reserved) for a file whose name means
    /// something in a layer.
    pub fn difference(&self, upper: &Self) -> Result<Layer> {
        let mut layer = Layer::new();
        if self.root != upper.root {
            layer.directory("", upper.root.clone())?;
        }
        for path in self.nodes.keys() {
            let (directory, _) = split(path);
            let is_directory = |stack: &Self| {
                let directory = stack.nodes.get(directory);
                directory.is_none_or(|node| matches!(node, Node::Directory(_)))
            };
            // Where a directory is gone, so is all that was in it.
            let gone_before = !directory.is_empty()
                && (!upper.nodes.contains_key(directory) || !is_directory(upper));
            if !gone_before && !upper.nodes.contains_key(path) {
                layer.remove(path)?;
            }
        }
        let (below, above) = (names(self), names(upper));
        for (path, node) in &upper.nodes {
            let before = self.nodes.get(path);
            let file = match node {
                Node::Directory(attributes) => {
                    let same =
                        matches!(before, Some(Node::Directory(known)) if known == attributes);
                    if !same {
                        layer.directory(path, attributes.clone())?;
                    }
                    continue;
                }
                Node::File(file) => file,
            };
            let names = above.get(path.as_str());
            let changed = match names {
                None => !is_same(before, file) || below.contains_key(path.as_str()),
                Some(names) => {
                    let same = |name: &&str| is_same(self.nodes.get(*name), file);
                    below.get(path.as_str()) != Some(names) || !names.iter().all(same)
                }
            };
            if !changed {
                continue;
            }
            let entry = match names {
                Some(names) if names[0] != path => Entry::HardLink(names[0].to_owned()),
                _ => entry(file),
            };
            layer.insert(path, entry)?;
        }
        Ok(layer)
    }
}

fn is_same(before: Option<&Node>, file: &File) -> bool {
    matches!(before, Some(Node::File(known)) if **known == *file)
}

fn entry(file: &File) -> Entry {
    let attributes = file.attributes.clone();
    match &file.what {
        What::Regular(content) => Entry::Regular {
            attributes,
            content: content.clone(),
        },
        What::SymbolicLink(target) => Entry::SymbolicLink {
            attributes,
            target: target.clone(),
        },
        What::Node(kind, device) => Entry::Node {
            attributes,
            kind: *kind,
            device: *device,
        },
    }
}

/// All names of files that have several, by each of them.
fn names(stack: &Stack) -> Names<'_> {
    let mut by_file: BTreeMap<*const File, Vec<&str>> = BTreeMap::new();
    for (path, node) in &stack.nodes {
        if let Node::File(file) = node {
            by_file.entry(Arc::as_ptr(file)).or_default().push(path);
        }
    }
    let shared = by_file.into_values().filter(|names| names.len() > 1);
    let by_name = shared.flat_map(|names| {
        let each = names.clone().into_iter();
        each.map(move |name| (name, names.clone()))
    });
    by_name.collect()
}
