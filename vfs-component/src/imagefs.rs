//! `boxer:imagefs`: the baked image, read where it lies and never changed.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use hashbrown::HashMap;
use vfs_image::{Image, Inode, ReadError, Source};

use crate::errno::{Errno, Result};
use crate::filesystem::{Access, Entry, Filesystem, New, Vacancy};
use crate::types::{
    Allocation, Attributes, DirectoryEntry, Extent, FilesystemStat, Kind, NAME_MAX, Stat, Time,
    Times,
};

const DEVICE: u64 = 1;
const BLOCK_SIZE: u32 = 4096;

/// An image as a filesystem that is read-only. It keeps nothing but the parents of the
/// directories that were walked through.
#[derive(Debug)]
pub struct ImageFs<S> {
    image: Image<S>,
    root: Inode,
    parents: HashMap<u64, Inode>,
}

/// Names a file in an [`ImageFs`].
#[derive(Debug, Clone, Copy)]
pub struct ImageNode(Inode);

impl PartialEq for ImageNode {
    fn eq(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }
}

impl<S: Source> ImageFs<S> {
    /// Reads the image's root inode.
    ///
    /// # Errors
    /// `io` where the image is damaged.
    pub fn new(image: Image<S>) -> Result<Self> {
        let root = image.root().map_err(damaged)?;
        Ok(Self {
            image,
            root,
            parents: HashMap::new(),
        })
    }
}

fn damaged(_: ReadError) -> Errno {
    Errno::Io
}

impl<S: Source> Filesystem for ImageFs<S> {
    type Node = ImageNode;

    fn root(&self) -> ImageNode {
        ImageNode(self.root)
    }

    fn kind(&self, file: &ImageNode) -> Kind {
        file.0.kind
    }

    fn is_read_only(&self, _: &ImageNode) -> bool {
        true
    }

    fn lookup(&mut self, directory: &ImageNode, name: &str) -> Result<ImageNode> {
        let entry = self.image.lookup(&directory.0, name).map_err(damaged)?;
        let entry = entry.ok_or(Errno::NoEntry)?;
        let inode = self.image.inode(entry.inode).map_err(damaged)?;
        if inode.kind != entry.kind {
            return Err(Errno::Io);
        }
        if inode.kind == Kind::Directory {
            self.parents.insert(inode.number, directory.0);
        }
        Ok(ImageNode(inode))
    }

    fn parent(&mut self, directory: &ImageNode) -> Result<ImageNode> {
        // Whoever has a directory came to it through its parent.
        let parent = self.parents.get(&directory.0.number);
        Ok(ImageNode(parent.copied().unwrap_or(self.root)))
    }

    fn read_link(&mut self, link: &ImageNode) -> Result<String> {
        self.image.target(&link.0).map_err(damaged)
    }

    fn identity(&mut self, file: &ImageNode) -> Result<(u64, u64)> {
        Ok((DEVICE, file.0.number + 1))
    }

    fn stat(&mut self, file: &ImageNode) -> Result<Stat> {
        let inode = &file.0;
        let blocks = match inode.kind {
            Kind::Regular => inode.size.div_ceil(4096) * 8,
            _ => inode.size.div_ceil(512),
        };
        Ok(Stat {
            device: DEVICE,
            inode: inode.number + 1,
            kind: inode.kind,
            mode: inode.mode,
            links: u64::from(inode.links),
            user: inode.user,
            group: inode.group,
            device_number: inode.device(),
            size: inode.size,
            blocks,
            block_size: BLOCK_SIZE,
            times: Times {
                accessed: inode.modified,
                modified: inode.modified,
                changed: inode.modified,
            },
        })
    }

    fn set_attributes(&mut self, _: &ImageNode, _: &Attributes, _: Time) -> Result<()> {
        Err(Errno::ReadOnly)
    }

    fn create(&mut self, _: &ImageNode, _: &str, _: &New<'_>) -> Result<ImageNode> {
        Err(Errno::ReadOnly)
    }

    fn link(&mut self, _: &ImageNode, _: &ImageNode, _: &str) -> Result<()> {
        Err(Errno::ReadOnly)
    }

    fn remove(&mut self, _: &Entry<'_, ImageNode>) -> Result<()> {
        Err(Errno::ReadOnly)
    }

    fn rename(&mut self, _: &Entry<'_, ImageNode>, _: &Vacancy<'_, ImageNode>) -> Result<()> {
        Err(Errno::ReadOnly)
    }

    fn open(&mut self, file: &ImageNode, access: Access) -> Result<ImageNode> {
        match file.0.kind {
            Kind::Regular | Kind::Directory => Ok(*file),
            _ if access.path_only => Ok(*file),
            _ => Err(Errno::NoDeviceOrAddress),
        }
    }

    fn close(&mut self, _: ImageNode) {}

    fn read(&mut self, file: &ImageNode, offset: u64, length: u32) -> Result<Vec<u8>> {
        let read = self.image.read(&file.0, offset, length);
        read.map(Cow::into_owned).map_err(damaged)
    }

    fn write(&mut self, _: &ImageNode, _: u64, _: Cow<'_, [u8]>) -> Result<usize> {
        Err(Errno::ReadOnly)
    }

    fn size(&mut self, file: &ImageNode) -> Result<u64> {
        Ok(file.0.size)
    }

    fn set_size(&mut self, _: &ImageNode, _: u64) -> Result<()> {
        Err(Errno::ReadOnly)
    }

    fn allocate(&mut self, _: &ImageNode, _: Allocation, _: u64, _: u64) -> Result<()> {
        Err(Errno::ReadOnly)
    }

    /// Images have no holes.
    fn find_extent(&mut self, file: &ImageNode, what: Extent, offset: u64) -> Result<u64> {
        match what {
            Extent::Data => Ok(offset),
            Extent::Hole => Ok(file.0.size),
        }
    }

    fn read_directory(
        &mut self,
        directory: &ImageNode,
        cookie: u64,
        _until: u64,
        count: u32,
    ) -> Result<Vec<DirectoryEntry>> {
        let mut entries = Vec::new();
        self.image
            .read_directory(&directory.0, cookie, u64::from(count), |at, name, entry| {
                entries.push(DirectoryEntry {
                    name: name.to_owned(),
                    inode: entry.inode + 1,
                    kind: entry.kind,
                    next: at + 1,
                });
            })
            .map_err(damaged)?;
        Ok(entries)
    }

    fn filesystem_stat(&mut self, _: &ImageNode) -> Result<FilesystemStat> {
        Ok(FilesystemStat {
            block_size: BLOCK_SIZE,
            blocks: self.image.size().div_ceil(u64::from(BLOCK_SIZE)),
            blocks_free: 0,
            files: self.image.inodes(),
            files_free: 0,
            id: DEVICE,
            name_max: NAME_MAX as u32,
            read_only: true,
        })
    }

    fn xattr(&mut self, file: &ImageNode, name: &str) -> Result<Vec<u8>> {
        let xattrs = self.image.xattrs(&file.0).map_err(damaged)?;
        let found = xattrs.into_iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value).ok_or(Errno::NoData)
    }

    fn xattrs(&mut self, file: &ImageNode) -> Result<Vec<String>> {
        let xattrs = self.image.xattrs(&file.0).map_err(damaged)?;
        Ok(xattrs.into_iter().map(|(name, _)| name).collect())
    }
}
