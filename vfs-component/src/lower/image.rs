//! The baked image as a lower tree.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;

use vfs_image::{Image, Inode, ReadError, Source};

use super::{Lower, LowerInode, Visit};
use crate::errno::{Errno, Result};
use crate::types::Times;

impl<S: Source> Lower for Image<S> {
    type File = Inode;

    fn numbers(&self) -> u64 {
        self.inodes()
    }

    fn inode(&self, number: u32) -> Result<LowerInode<Inode>> {
        let inode = Image::inode(self, u64::from(number)).map_err(damaged)?;
        Ok(LowerInode {
            kind: inode.kind,
            mode: inode.mode,
            links: inode.links,
            user: inode.user,
            group: inode.group,
            // An image keeps one time.
            times: Times {
                accessed: inode.modified,
                modified: inode.modified,
                changed: inode.modified,
            },
            size: inode.size,
            device_number: inode.device(),
            has_xattrs: inode.has_xattrs(),
            file: inode,
        })
    }

    fn entries(&self, directory: u32, visit: &mut Visit<'_>) -> Result<()> {
        let directory = Image::inode(self, u64::from(directory)).map_err(damaged)?;
        let mut previous = String::new();
        let mut failure = None;
        let read = self.read_directory(&directory, 0, u64::MAX, |_, name, entry| {
            if failure.is_some() {
                return;
            }
            // Names in order are names that come once.
            if *name <= *previous {
                failure = Some(Errno::Io);
                return;
            }
            name.clone_into(&mut previous);
            let visited = u32::try_from(entry.inode)
                .map_err(|_| Errno::Io)
                .and_then(|number| visit(name, number, entry.kind));
            failure = visited.err();
        });
        match failure {
            Some(errno) => Err(errno),
            None => read.map(|_| ()).map_err(damaged),
        }
    }

    fn target(&self, link: &Inode) -> Result<String> {
        Image::target(self, link).map_err(damaged)
    }

    fn xattrs(&self, file: &Inode) -> Result<Vec<(String, Vec<u8>)>> {
        Image::xattrs(self, file).map_err(damaged)
    }

    fn read(&self, file: &Inode, offset: u64, length: u32) -> Result<Cow<'_, [u8]>> {
        let bytes = Image::read(self, file, offset, length).map_err(damaged)?;
        if bytes.len() == length as usize {
            Ok(bytes)
        } else {
            Err(Errno::Io)
        }
    }
}

fn damaged(_: ReadError) -> Errno {
    Errno::Io
}
