//! Any filesystem as a lower tree.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use hashbrown::HashMap;
use hashbrown::hash_map;

use super::{Lower, LowerInode, Visit};
use crate::errno::{Errno, Result};
use crate::filesystem::{Access, Filesystem};
use crate::types::{Kind, Stat};

/// How many entries are asked for at once.
const PIECE: u32 = 256;

/// A filesystem that nobody changes any more, as a lower tree. Files that were looked at
/// stay open.
pub struct LowerTree<F: Filesystem>(RefCell<Inner<F>>);

struct Inner<F: Filesystem> {
    fs: F,
    files: Vec<File<F::Node>>,
    /// Files that are no directories, by device and inode: a hard link is one file.
    by_inode: HashMap<(u64, u64), u32>,
    by_name: HashMap<(u32, Box<str>), u32>,
}

#[derive(Debug)]
struct File<N> {
    directory: u32,
    name: Box<str>,
    /// Once it was looked at.
    node: Option<N>,
    /// Once its content was read.
    content: Option<N>,
}

impl<F: Filesystem> LowerTree<F> {
    /// Takes a filesystem.
    ///
    /// # Errors
    /// Where its root can't be opened.
    pub fn new(mut fs: F) -> Result<Self> {
        let root = fs.root();
        let node = fs.open(&root, NAMED)?;
        let root = File {
            directory: 0,
            name: Box::default(),
            node: Some(node),
            content: None,
        };
        Ok(Self(RefCell::new(Inner {
            fs,
            files: vec![root],
            by_inode: HashMap::new(),
            by_name: HashMap::new(),
        })))
    }
}

const NAMED: Access = Access {
    read: false,
    write: false,
    path_only: true,
};
const READ: Access = Access {
    read: true,
    write: false,
    path_only: false,
};

impl<F: Filesystem> Inner<F> {
    fn node(&mut self, number: u32) -> Result<F::Node> {
        // From the first parent that was looked at down to the file.
        let mut way = Vec::new();
        let mut at = number;
        let mut node = loop {
            let file = self.files.get(at as usize).ok_or(Errno::Io)?;
            match &file.node {
                Some(node) => break node.clone(),
                None => way.push(at),
            }
            at = file.directory;
        };
        while let Some(number) = way.pop() {
            let file = &mut self.files[number as usize];
            let found = self.fs.lookup(&node, &file.name)?;
            node = self.fs.open(&found, NAMED)?;
            file.node = Some(node.clone());
        }
        Ok(node)
    }

    fn content(&mut self, number: u32) -> Result<F::Node> {
        if let Some(File {
            content: Some(content),
            ..
        }) = self.files.get(number as usize)
        {
            return Ok(content.clone());
        }
        let node = self.node(number)?;
        let content = self.fs.open(&node, READ)?;
        self.files[number as usize].content = Some(content.clone());
        Ok(content)
    }

    fn stat(&mut self, number: u32) -> Result<Stat> {
        let node = self.node(number)?;
        self.fs.stat(&node)
    }

    fn number(&mut self, directory: u32, name: &str, shared: Option<(u64, u64)>) -> Result<u32> {
        let next = u32::try_from(self.files.len()).map_err(|_| Errno::NoMemory)?;
        if let Some(inode) = shared {
            match self.by_inode.entry(inode) {
                hash_map::Entry::Occupied(known) => return Ok(*known.get()),
                hash_map::Entry::Vacant(place) => place.insert(next),
            };
        } else {
            match self.by_name.entry((directory, name.into())) {
                hash_map::Entry::Occupied(known) => return Ok(*known.get()),
                hash_map::Entry::Vacant(place) => place.insert(next),
            };
        }
        self.files.push(File {
            directory,
            name: name.into(),
            node: None,
            content: None,
        });
        Ok(next)
    }

    fn entries(&mut self, directory: u32) -> Result<Vec<(String, u32, Kind)>> {
        let (device, _) = {
            let node = self.node(directory)?;
            self.fs.identity(&node)?
        };
        let listed = self.content(directory)?;
        let until = self.fs.last_cookie(&listed);
        let (mut found, mut cookie) = (Vec::new(), 0);
        loop {
            let entries = self.fs.read_directory(&listed, cookie, until, PIECE)?;
            let Some(last) = entries.last() else {
                break;
            };
            cookie = last.next;
            for entry in entries {
                let shared = (entry.kind != Kind::Directory).then_some((device, entry.inode));
                let number = self.number(directory, &entry.name, shared)?;
                found.push((entry.name, number, entry.kind));
            }
        }
        // Each name once, whatever the filesystem tells.
        found.sort_unstable_by(|(one, ..), (other, ..)| one.cmp(other));
        found.dedup_by(|(one, ..), (other, ..)| one == other);
        Ok(found)
    }
}

impl<F: Filesystem> Lower for LowerTree<F> {
    type File = u32;

    fn numbers(&self) -> u64 {
        // They are given out as directories are read.
        1 << 32
    }

    fn inode(&self, number: u32) -> Result<LowerInode<u32>> {
        let stat = self.0.borrow_mut().stat(number)?;
        Ok(LowerInode {
            kind: stat.kind,
            mode: stat.mode,
            links: u32::try_from(stat.links).unwrap_or(u32::MAX),
            user: stat.user,
            group: stat.group,
            times: stat.times,
            size: stat.size,
            device_number: stat.device_number,
            has_xattrs: matches!(stat.kind, Kind::Regular | Kind::Directory),
            file: number,
        })
    }

    fn entries(&self, directory: u32, visit: &mut Visit<'_>) -> Result<()> {
        let found = self.0.borrow_mut().entries(directory)?;
        for (name, number, kind) in found {
            visit(&name, number, kind)?;
        }
        Ok(())
    }

    fn target(&self, link: &u32) -> Result<String> {
        let mut inner = self.0.borrow_mut();
        let node = inner.node(*link)?;
        inner.fs.read_link(&node)
    }

    fn xattrs(&self, file: &u32) -> Result<Vec<(String, Vec<u8>)>> {
        let mut inner = self.0.borrow_mut();
        let node = inner.node(*file)?;
        let names = match inner.fs.xattrs(&node) {
            Err(Errno::NotSupported | Errno::BadDescriptor) => return Ok(Vec::new()),
            names => names?,
        };
        let mut found = Vec::new();
        for name in names {
            let value = inner.fs.xattr(&node, &name)?;
            found.push((name, value));
        }
        Ok(found)
    }

    fn read(&self, file: &u32, offset: u64, length: u32) -> Result<Cow<'_, [u8]>> {
        let mut inner = self.0.borrow_mut();
        let content = inner.content(*file)?;
        let bytes = inner.fs.read(&content, offset, length)?;
        if bytes.len() == length as usize {
            Ok(Cow::Owned(bytes))
        } else {
            // Somebody cut it although nobody should.
            Err(Errno::Io)
        }
    }
}
