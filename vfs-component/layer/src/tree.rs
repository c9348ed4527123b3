//! From a filesystem to a stack.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;

use vfs_component::lower::{Lower, LowerInode};
use vfs_component::{Errno, Kind};
use vfs_image::Attributes;

use crate::data::Spool;
use crate::error::{LayerError, Result};
use crate::layer::join;
use crate::stack::{File, Node, Stack, What};

/// How many bytes are read at once.
const PIECE: u64 = 1 << 20;

impl Stack {
    /// All that a tree has: a baked image, [layers](vfs_component::lower::Layers) of them, or
    /// any filesystem by [`LowerTree`](vfs_component::lower::LowerTree). Sockets are left out.
    ///
    /// # Errors
    /// [`LayerError::Tree`] where the tree can't be read, [`LayerError::Read`] where the host
    /// has no room for its contents.
    pub fn of_tree<L: Lower>(tree: &L) -> Result<Self> {
        let root = tree.inode(0).map_err(failed("/"))?;
        let mut stack = Self::new();
        stack.root = attributes(tree, "/", &root)?;
        let mut spool = Spool::default();
        let mut known: HashMap<u32, Arc<File>> = HashMap::new();
        let mut open = vec![(String::new(), 0)];
        while let Some((directory, number)) = open.pop() {
            let mut entries = Vec::new();
            let listed = tree.entries(number, &mut |name, number, kind| {
                entries.push((name.to_owned(), number, kind));
                Ok(())
            });
            listed.map_err(failed(&directory))?;
            for (name, number, kind) in entries {
                let path = join(&directory, &name);
                if let Some(file) = known.get(&number) {
                    stack.nodes.insert(path, Node::File(Arc::clone(file)));
                    continue;
                }
                let inode = tree.inode(number).map_err(failed(&path))?;
                let attributes = attributes(tree, &path, &inode)?;
                let what = match kind {
                    Kind::Directory => {
                        stack
                            .nodes
                            .insert(path.clone(), Node::Directory(attributes));
                        open.push((path, number));
                        continue;
                    }
                    Kind::Regular => {
                        let mut reader = Reader {
                            tree,
                            inode: &inode,
                            at: 0,
                            errno: None,
                        };
                        let content = spool.take(&mut reader);
                        if let Some(errno) = reader.errno {
                            return Err(failed(&path)(errno));
                        }
                        What::Regular(content.map_err(LayerError::Read)?)
                    }
                    Kind::SymbolicLink => {
                        What::SymbolicLink(tree.target(&inode.file).map_err(failed(&path))?)
                    }
                    // It is gone with the process that listens.
                    Kind::Socket => continue,
                    kind => What::Node(kind, inode.device_number),
                };
                let file = Arc::new(File { attributes, what });
                if inode.links > 1 {
                    known.insert(number, Arc::clone(&file));
                }
                stack.nodes.insert(path, Node::File(file));
            }
        }
        Ok(stack)
    }
}

fn attributes<L: Lower>(tree: &L, path: &str, inode: &LowerInode<L::File>) -> Result<Attributes> {
    let xattrs = if inode.has_xattrs {
        tree.xattrs(&inode.file).map_err(failed(path))?
    } else {
        Vec::new()
    };
    Ok(Attributes {
        mode: inode.mode & 0o7777,
        user: inode.user,
        group: inode.group,
        modified: inode.times.modified,
        xattrs: xattrs.into_iter().collect(),
    })
}

fn failed(path: &str) -> impl FnOnce(Errno) -> LayerError + use<> {
    let path = path.to_owned();
    |errno| LayerError::Tree { path, errno }
}

struct Reader<'t, L: Lower> {
    tree: &'t L,
    inode: &'t LowerInode<L::File>,
    at: u64,
    /// Why it ended before its end.
    errno: Option<Errno>,
}

impl<L: Lower> Read for Reader<'_, L> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = (self.inode.size - self.at)
            .min(PIECE)
            .min(buffer.len() as u64);
        if left == 0 {
            return Ok(0);
        }
        match self.tree.read(&self.inode.file, self.at, left as u32) {
            Ok(bytes) => {
                buffer[..bytes.len()].copy_from_slice(&bytes);
                self.at += bytes.len() as u64;
                Ok(bytes.len())
            }
            Err(errno) => {
                self.errno = Some(errno);
                Err(io::ErrorKind::Other.into())
            }
        }
    }
}
