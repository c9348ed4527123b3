//! Inodes and where they are kept.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::content::Content;
use super::directory::Directory;
use crate::errno::{Errno, Result};
use crate::types::{Kind, Times};

/// A file, whatever its names.
#[derive(Debug)]
pub(super) struct Inode<B> {
    /// `st_ino`: never used again, unlike the position in the table.
    pub number: u64,
    pub times: Times,
    pub mode: u16,
    pub links: u32,
    pub user: u32,
    pub group: u32,
    /// Open handles, and removed directories that still have this one as their parent.
    pub opens: u32,
    pub xattrs: Option<Box<Xattrs>>,
    pub body: Body<B>,
}

/// Extended attributes: few, so a list.
pub(super) type Xattrs = Vec<(Box<str>, Box<[u8]>)>;

#[derive(Debug)]
pub(super) enum Body<B> {
    /// No file: the next free position, if there is one.
    Free(Option<u32>),
    Regular(Content<B>),
    Directory(Box<Directory>),
    SymbolicLink(Box<str>),
    /// A device, a fifo or a socket, and its device number.
    Node(Kind, u64),
}

impl<B> Inode<B> {
    pub fn kind(&self) -> Kind {
        match &self.body {
            Body::Regular(_) | Body::Free(_) => Kind::Regular,
            Body::Directory(_) => Kind::Directory,
            Body::SymbolicLink(_) => Kind::SymbolicLink,
            Body::Node(kind, _) => *kind,
        }
    }

    pub fn directory(&self) -> Result<&Directory> {
        match &self.body {
            Body::Directory(directory) => Ok(directory),
            _ => Err(Errno::NotDirectory),
        }
    }

    pub fn directory_mut(&mut self) -> Result<&mut Directory> {
        match &mut self.body {
            Body::Directory(directory) => Ok(directory),
            _ => Err(Errno::NotDirectory),
        }
    }

    pub fn content(&self) -> Result<&Content<B>> {
        match &self.body {
            Body::Regular(content) => Ok(content),
            _ => Err(Errno::Invalid),
        }
    }

    pub fn content_mut(&mut self) -> Result<&mut Content<B>> {
        match &mut self.body {
            Body::Regular(content) => Ok(content),
            _ => Err(Errno::Invalid),
        }
    }
}

/// Inodes per block. All but the first block have their full size from the start, so a
/// large tree grows without copying.
const BLOCK: usize = 256;

/// All inodes, by position.
#[derive(Debug)]
pub(super) struct Inodes<B> {
    blocks: Vec<Vec<Inode<B>>>,
    free: Option<u32>,
}

impl<B> Inodes<B> {
    /// With one inode, at position 0.
    pub fn with_first(inode: Inode<B>) -> Self {
        Self {
            blocks: vec![vec![inode]],
            free: None,
        }
    }

    pub fn insert(&mut self, inode: Inode<B>) -> Result<u32> {
        if let Some(at) = self.free {
            let slot = self.slot_mut(at).ok_or(Errno::Io)?;
            let Body::Free(next) = slot.body else {
                return Err(Errno::Io);
            };
            *slot = inode;
            self.free = next;
            return Ok(at);
        }
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            let mut block = Vec::new();
            block.try_reserve_exact(BLOCK).map_err(|_| Errno::NoSpace)?;
            self.blocks.try_reserve(1).map_err(|_| Errno::NoSpace)?;
            self.blocks.push(block);
        }
        let full = (self.blocks.len() - 1) * BLOCK;
        let block = self.blocks.last_mut().ok_or(Errno::Io)?;
        let at = u32::try_from(full + block.len()).map_err(|_| Errno::NoSpace)?;
        block.try_reserve(1).map_err(|_| Errno::NoSpace)?;
        block.push(inode);
        Ok(at)
    }

    /// Frees a position and returns what was there.
    pub fn remove(&mut self, at: u32) -> Option<Inode<B>> {
        let next = self.free;
        let slot = self.slot_mut(at)?;
        if matches!(slot.body, Body::Free(_)) {
            return None;
        }
        let freed = Inode {
            number: 0,
            times: Times::default(),
            mode: 0,
            links: 0,
            user: 0,
            group: 0,
            opens: 0,
            xattrs: None,
            body: Body::Free(next),
        };
        let inode = core::mem::replace(slot, freed);
        self.free = Some(at);
        Some(inode)
    }

    /// # Errors
    /// `stale` where there is no file.
    pub fn get(&self, at: u32) -> Result<&Inode<B>> {
        let block = self.blocks.get(at as usize / BLOCK);
        match block.and_then(|block| block.get(at as usize % BLOCK)) {
            Some(inode) if !matches!(inode.body, Body::Free(_)) => Ok(inode),
            _ => Err(Errno::Stale),
        }
    }

    /// # Errors
    /// `stale` where there is no file.
    pub fn get_mut(&mut self, at: u32) -> Result<&mut Inode<B>> {
        match self.slot_mut(at) {
            Some(inode) if !matches!(inode.body, Body::Free(_)) => Ok(inode),
            _ => Err(Errno::Stale),
        }
    }

    fn slot_mut(&mut self, at: u32) -> Option<&mut Inode<B>> {
        self.blocks
            .get_mut(at as usize / BLOCK)?
            .get_mut(at as usize % BLOCK)
    }
}
