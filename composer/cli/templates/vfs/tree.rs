//! What the files are, and how paths lead to them. Nothing here knows of WebAssembly.

use std::collections::BTreeMap;

/// A file's number: what `stat(2)` calls the inode, less one.
pub type Id = usize;

/// The root directory.
pub const ROOT: Id = 0;

/// Why a path leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `ENOENT`: there is no such name.
    NoEntry,
    /// `ENOTDIR`: what should be a directory is a file.
    NotDirectory,
    /// `EPERM`: it leaves the directory that it may not leave.
    NotPermitted,
}

/// What a file holds.
#[derive(Debug)]
pub enum Content {
    Bytes(Vec<u8>),
    Directory(BTreeMap<String, Id>),
}

#[derive(Debug)]
struct Node {
    parent: Id,
    content: Content,
}

/// A tree of files that nobody can change.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// An empty root.
    pub fn new() -> Self {
        let content = Content::Directory(BTreeMap::new());
        Self {
            nodes: vec![Node {
                parent: ROOT,
                content,
            }],
        }
    }

    /// The files of this filesystem. Here is the place for yours.
    pub fn example() -> Self {
        let mut tree = Self::new();
        tree.add("hello.txt", "Hello from {BOX}!\n");
        tree
    }

    /// Adds a file, and the directories that lead to it.
    pub fn add(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        let mut at = ROOT;
        let mut names = path.split('/').filter(|name| !name.is_empty()).peekable();
        let mut bytes = Some(bytes.into());
        while let Some(name) = names.next() {
            let content = match names.peek() {
                Some(_) => Content::Directory(BTreeMap::new()),
                None => Content::Bytes(bytes.take().unwrap_or_default()),
            };
            at = self.child(at, name, content);
        }
    }

    fn child(&mut self, parent: Id, name: &str, content: Content) -> Id {
        let next = self.nodes.len();
        let Content::Directory(entries) = &mut self.nodes[parent].content else {
            return parent;
        };
        let id = *entries.entry(name.to_owned()).or_insert(next);
        if id == next {
            self.nodes.push(Node { parent, content });
        }
        id
    }

    /// What a file holds.
    pub fn content(&self, id: Id) -> &Content {
        &self.nodes[id].content
    }

    /// Its size in bytes; a directory has none.
    pub fn size(&self, id: Id) -> u64 {
        match self.content(id) {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Directory(_) => 0,
        }
    }

    /// The bytes from `offset` on, at most `length` of them.
    pub fn read(&self, id: Id, offset: u64, length: u32) -> Option<&[u8]> {
        let Content::Bytes(bytes) = self.content(id) else {
            return None;
        };
        let from = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let to = from.saturating_add(length as usize).min(bytes.len());
        Some(&bytes[from..to])
    }

    /// Follows a path from a directory. With `beneath` it may not leave that.
    pub fn find(&self, from: Id, path: &str, beneath: bool) -> Result<Id, Refusal> {
        if path.is_empty() {
            return Err(Refusal::NoEntry);
        }
        if beneath && path.starts_with('/') {
            return Err(Refusal::NotPermitted);
        }
        let mut at = if path.starts_with('/') { ROOT } else { from };
        let mut depth = 0_usize;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let Content::Directory(entries) = self.content(at) else {
                return Err(Refusal::NotDirectory);
            };
            match name {
                "." => {}
                ".." if beneath && depth == 0 => return Err(Refusal::NotPermitted),
                ".." => {
                    at = self.nodes[at].parent;
                    depth = depth.saturating_sub(1);
                }
                name => {
                    at = *entries.get(name).ok_or(Refusal::NoEntry)?;
                    depth += 1;
                }
            }
        }
        let directory = matches!(self.content(at), Content::Directory(_));
        if path.ends_with('/') && !directory {
            return Err(Refusal::NotDirectory);
        }
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, ROOT, Refusal, Tree};

    fn tree() -> Tree {
        let mut tree = Tree::new();
        tree.add("etc/motd", "welcome\n");
        tree.add("etc/deep/er", "");
        tree
    }

    #[test]
    fn the_example_says_hello() {
        let tree = Tree::example();
        let hello = tree.find(ROOT, "hello.txt", true).unwrap();
        assert_eq!(tree.read(hello, 0, 5), Some(&b"Hello"[..]));
        assert_eq!(tree.read(hello, 1 << 40, 5), Some(&b""[..]));
    }

    #[test]
    fn paths_lead_to_files() {
        let tree = tree();
        let etc = tree.find(ROOT, "etc", false).unwrap();
        let motd = tree.find(etc, "motd", false).unwrap();
        for path in [
            "/etc/motd",
            "etc//motd",
            "./etc/deep/../motd",
            "../etc/motd",
        ] {
            assert_eq!(tree.find(ROOT, path, false), Ok(motd), "{path}");
        }
        assert_eq!(tree.size(motd), 8);
        assert!(matches!(tree.content(etc), Content::Directory(e) if e.len() == 2));
    }

    #[test]
    fn wrong_paths_say_why() {
        let tree = tree();
        let etc = tree.find(ROOT, "etc", false).unwrap();
        for (path, beneath, refusal) in [
            ("", false, Refusal::NoEntry),
            ("none", false, Refusal::NoEntry),
            ("motd/x", false, Refusal::NotDirectory),
            ("motd/", false, Refusal::NotDirectory),
            ("..", true, Refusal::NotPermitted),
            ("deep/../../etc", true, Refusal::NotPermitted),
            ("/etc", true, Refusal::NotPermitted),
        ] {
            assert_eq!(tree.find(etc, path, beneath), Err(refusal), "{path}");
        }
        assert_eq!(tree.find(etc, "deep/..", true), Ok(etc));
    }
}
