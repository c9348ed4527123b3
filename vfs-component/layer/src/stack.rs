//! Layers over one another: what is seen of them.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use vfs_image::{Attributes, Kind, Writer};

use crate::data::Content;
use crate::error::{LayerError, Result};
use crate::layer::{Entry, Layer, join, normal, split};

/// Symbolic links in one path before it is a ring, as Linux counts (path_resolution(7)).
const LINKS_MAX: u32 = 40;

/// A tree of files, made of layers from the lowest up.
#[derive(Debug, Clone)]
pub struct Stack {
    /// By path. All parents are there and are directories; the root is not here.
    pub(crate) nodes: BTreeMap<String, Node>,
    pub(crate) root: Attributes,
}

#[derive(Debug, Clone)]
pub(crate) enum Node {
    Directory(Attributes),
    /// Names of one file have the same.
    File(Arc<File>),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub attributes: Attributes,
    pub what: What,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    Regular(Content),
    SymbolicLink(String),
    Node(Kind, u64),
}

impl Default for Stack {
    fn default() -> Self {
        Self::new()
    }
}

impl Stack {
    /// With nothing but a root directory of mode 0755.
    #[must_use]
    pub fn new() -> Self {
        Self {
            nodes: BTreeMap::new(),
            root: Attributes::new(0o755),
        }
    }

    /// Puts a layer over what is there.
    ///
    /// # Errors
    /// [`LayerError::BadLink`], [`LayerError::NotDirectory`]; then a part of the layer may be
    /// there.
    pub fn push(&mut self, layer: &Layer) -> Result<()> {
        // What is taken away is taken from below, so that comes before all that is put there.
        for (path, entry) in layer.entries() {
            match entry {
                Entry::Removed => self.insert(path, entry)?,
                Entry::Directory { opaque: true, .. } => {
                    if let Some(path) = self.existing(path) {
                        self.remove_below(&path);
                    }
                }
                _ => {}
            }
        }
        // Paths go through directories and links, so those come before what is in them.
        for (path, entry) in layer.entries() {
            match entry {
                Entry::Directory { attributes, .. } => self.join(path, attributes.as_ref())?,
                Entry::SymbolicLink { .. } => self.insert(path, entry)?,
                _ => {}
            }
        }
        let mut links = Vec::new();
        for (path, entry) in layer.entries() {
            match entry {
                Entry::Removed | Entry::Directory { .. } | Entry::SymbolicLink { .. } => {}
                Entry::HardLink(_) => links.push((path, entry)),
                Entry::Regular { .. } | Entry::Node { .. } => self.insert(path, entry)?,
            }
        }
        // A link may be another name of one that comes later.
        while !links.is_empty() {
            let before = links.len();
            let mut refused = None;
            links.retain(|(path, entry)| match self.insert(path, entry) {
                Ok(()) => false,
                Err(error) => {
                    refused.get_or_insert(error);
                    true
                }
            });
            if links.len() == before {
                return refused.map_or(Ok(()), Err);
            }
        }
        Ok(())
    }

    /// Puts one thing over what is there, as a layer of nothing else would; but names that mean
    /// something in a layer mean nothing here.
    ///
    /// # Errors
    /// As [`Stack::push`].
    pub fn insert(&mut self, path: &str, entry: &Entry) -> Result<()> {
        let path = &normal(path)?;
        match entry {
            Entry::Removed => {
                if let Some(path) = self.existing(path) {
                    self.nodes.remove(&path);
                    self.remove_below(&path);
                }
                Ok(())
            }
            Entry::Directory { attributes, opaque } => {
                if *opaque && let Some(path) = self.existing(path) {
                    self.remove_below(&path);
                }
                self.join(path, attributes.as_ref())
            }
            Entry::HardLink(existing) => {
                let there = self.existing(existing);
                match there.and_then(|there| self.nodes.get(&there)) {
                    Some(Node::File(file)) => {
                        let node = Node::File(Arc::clone(file));
                        self.put(path, node)
                    }
                    _ => Err(LayerError::BadLink {
                        path: path.clone(),
                        existing: existing.clone(),
                    }),
                }
            }
            Entry::Regular {
                attributes,
                content,
            } => self.put(path, Node::file(attributes, What::Regular(content.clone()))),
            Entry::SymbolicLink { attributes, target } => {
                let what = What::SymbolicLink(target.clone());
                self.put(path, Node::file(attributes, what))
            }
            Entry::Node {
                attributes,
                kind,
                device,
            } => self.put(path, Node::file(attributes, What::Node(*kind, *device))),
        }
    }

    /// What is at a path, where links on its way are followed, its last name not.
    #[must_use]
    pub fn kind(&self, path: &str) -> Option<Kind> {
        let path = self.existing(path.trim_matches('/'))?;
        if path.is_empty() {
            return Some(Kind::Directory);
        }
        self.nodes.get(&path).map(Node::kind)
    }

    /// All paths, a directory before what is in it, and their kinds. The root is not told.
    pub fn paths(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.nodes
            .iter()
            .map(|(path, node)| (path.as_str(), node.kind()))
    }

    /// The content of a regular file.
    #[must_use]
    pub fn content(&self, path: &str) -> Option<&Content> {
        match self.nodes.get(path.trim_matches('/'))? {
            Node::File(file) => match &file.what {
                What::Regular(content) => Some(content),
                What::SymbolicLink(_) | What::Node(..) => None,
            },
            Node::Directory(_) => None,
        }
    }

    /// Adds all to an image, below a path of it. Contents that are the same, of however many
    /// layers, are in the image once.
    ///
    /// # Errors
    /// [`LayerError::Image`], as where the image has something at a path already.
    pub fn bake(&self, at: &str, image: &mut Writer<'_>) -> Result<()> {
        let at = at.trim_matches('/');
        image.directory(at, self.root.clone())?;
        let mut known: BTreeMap<*const File, String> = BTreeMap::new();
        for (path, node) in &self.nodes {
            let path = join(at, path);
            let file = match node {
                Node::Directory(attributes) => {
                    image.directory(&path, attributes.clone())?;
                    continue;
                }
                Node::File(file) => file,
            };
            if let Some(first) = known.get(&Arc::as_ptr(file)) {
                image.hard_link(&path, first)?;
                continue;
            }
            let attributes = file.attributes.clone();
            match &file.what {
                What::Regular(content) => image.file(&path, attributes, content.for_image())?,
                What::SymbolicLink(target) => image.symlink(&path, target, attributes)?,
                What::Node(kind, device) => image.node(&path, *kind, *device, attributes)?,
            }
            if Arc::strong_count(file) > 1 {
                known.insert(Arc::as_ptr(file), path);
            }
        }
        Ok(())
    }

    /// A directory joins what is there.
    fn join(&mut self, path: &str, attributes: Option<&Attributes>) -> Result<()> {
        if path.is_empty() {
            if let Some(attributes) = attributes {
                self.root = attributes.clone();
            }
            return Ok(());
        }
        let path = self.place(path)?;
        let there = self.nodes.get(&path);
        if let (Some(Node::Directory(_)), None) = (there, attributes) {
            return Ok(());
        }
        let attributes = attributes.cloned();
        let attributes = attributes.unwrap_or_else(|| Attributes::new(0o755));
        self.nodes.insert(path, Node::Directory(attributes));
        Ok(())
    }

    /// Anything else covers what is there.
    pub(crate) fn put(&mut self, path: &str, node: Node) -> Result<()> {
        let path = self.place(path)?;
        self.remove_below(&path);
        self.nodes.insert(path, node);
        Ok(())
    }

    fn remove_below(&mut self, path: &str) {
        if path.is_empty() {
            self.nodes.clear();
            return;
        }
        let prefix = format!("{path}/");
        let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
        let below = self.nodes.range::<str, _>(from);
        let below = below.take_while(|(path, _)| path.starts_with(&prefix));
        let below: Vec<String> = below.map(|(path, _)| path.clone()).collect();
        for path in below {
            self.nodes.remove(&path);
        }
    }

    /// Where a path leads when the links on its way are followed, its last name not; `None`
    /// where something on its way is no directory.
    fn existing(&self, path: &str) -> Option<String> {
        let (directory, name) = split(path);
        let (directory, missing) = self.resolve(directory, path).ok()?;
        missing.is_empty().then(|| join(&directory, name))
    }

    /// The same, and makes the directories that are not there.
    fn place(&mut self, path: &str) -> Result<String> {
        let (directory, name) = split(path);
        let (mut at, missing) = self.resolve(directory, path)?;
        for name in missing {
            at = join(&at, &name);
            let implied = Node::Directory(Attributes::new(0o755));
            self.nodes.insert(at.clone(), implied);
        }
        Ok(join(&at, name))
    }

    /// Follows a path of directories and links to directories as far as it is there: the
    /// directory, and the names behind it.
    fn resolve(&self, directory: &str, path: &str) -> Result<(String, Vec<String>)> {
        let failed = || LayerError::NotDirectory {
            path: path.to_owned(),
        };
        let names = |path: &str| -> Vec<String> {
            let names = path
                .rsplit('/')
                .filter(|name| !name.is_empty() && *name != ".");
            names.map(str::to_owned).collect()
        };
        // From the last name to the first.
        let mut rest = names(directory);
        let (mut at, mut links) = (String::new(), 0);
        while let Some(name) = rest.pop() {
            if name == ".." {
                // Of the root the root: nothing leads out.
                at.truncate(at.rfind('/').unwrap_or(0));
                continue;
            }
            let next = join(&at, &name);
            match self.nodes.get(&next) {
                Some(Node::Directory(_)) => at = next,
                Some(Node::File(file)) => {
                    let What::SymbolicLink(target) = &file.what else {
                        return Err(failed());
                    };
                    links += 1;
                    if links > LINKS_MAX {
                        return Err(failed());
                    }
                    if target.starts_with('/') {
                        at.clear();
                    }
                    rest.extend(names(target));
                }
                None => {
                    rest.push(name);
                    rest.reverse();
                    // `..` behind what is not there leads nowhere.
                    if rest.iter().any(|name| name == "..") {
                        return Err(failed());
                    }
                    return Ok((at, rest));
                }
            }
        }
        Ok((at, rest))
    }
}

impl Node {
    fn file(attributes: &Attributes, what: What) -> Self {
        let attributes = attributes.clone();
        Self::File(Arc::new(File { attributes, what }))
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Directory(_) => Kind::Directory,
            Self::File(file) => match &file.what {
                What::Regular(_) => Kind::Regular,
                What::SymbolicLink(_) => Kind::SymbolicLink,
                What::Node(kind, _) => *kind,
            },
        }
    }
}
