//! An overlay as a [`Filesystem`].

use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::chunk::PAGE;
use super::content::Content;
use super::directory::{Child, Directory};
use super::inodes::{Body, Inode};
use super::{MemNode, Overlay, ROOT, below};
use crate::errno::{Errno, Result};
use crate::filesystem::{Access, Entry, Filesystem, New, Vacancy};
use crate::lower::Lower;
use crate::types::{
    Allocation, AttributeMode, Attributes, DirectoryEntry, Extent, FilesystemStat, Kind, NAME_MAX,
    SetTime, Stamps, Stat, Time, Times,
};

/// `st_blksize` in bytes.
const BLOCK_SIZE: u32 = 4096;
/// How many entries a listing makes room for before it knows that there are more.
const LISTING: usize = 64;

impl<L: Lower> Filesystem for Overlay<L> {
    type Node = MemNode;

    fn root(&self) -> MemNode {
        MemNode(ROOT)
    }

    fn kind(&self, file: &MemNode) -> Kind {
        self.inode(*file).map_or(Kind::Regular, Inode::kind)
    }

    fn lookup(&mut self, directory: &MemNode, name: &str) -> Result<MemNode> {
        let entries = self.directory(directory.0)?;
        let at = entries.find(name).ok_or(Errno::NoEntry)?;
        match entries.child(at) {
            Child::Inode(inode) => Ok(MemNode(inode)),
            Child::Lower(lower) => self.bring_in(directory.0, at, lower).map(MemNode),
        }
    }

    fn parent(&mut self, directory: &MemNode) -> Result<MemNode> {
        Ok(MemNode(self.inode(*directory)?.directory()?.parent))
    }

    fn read_link(&mut self, link: &MemNode) -> Result<String> {
        match &self.inode(*link)?.body {
            Body::SymbolicLink(target) => Ok(target.as_ref().to_owned()),
            _ => Err(Errno::Invalid),
        }
    }

    fn identity(&mut self, file: &MemNode) -> Result<(u64, u64)> {
        Ok((self.device, self.inode(*file)?.number))
    }

    fn stat(&mut self, file: &MemNode) -> Result<Stat> {
        let inode = self.inode(*file)?;
        let (size, blocks) = match &inode.body {
            Body::Regular(content) => (content.size(), content.blocks()),
            Body::Directory(directory) => (directory.size(), directory.size().div_ceil(512)),
            Body::SymbolicLink(target) => (target.len() as u64, 0),
            Body::Node(..) | Body::Free(_) => (0, 0),
        };
        let links = match &inode.body {
            // Its name, its `.`, and the `..` of its children.
            Body::Directory(directory) if inode.links > 0 => 2 + directory.subdirectories,
            _ => inode.links,
        };
        let device_number = match inode.body {
            Body::Node(_, number) => number,
            _ => 0,
        };
        Ok(Stat {
            device: self.device,
            inode: inode.number,
            kind: inode.kind(),
            mode: u32::from(inode.mode),
            links: u64::from(links),
            user: inode.user,
            group: inode.group,
            device_number,
            size,
            blocks,
            block_size: BLOCK_SIZE,
            times: inode.times,
        })
    }

    fn times(&self, file: &MemNode) -> Option<Times> {
        self.inode(*file).ok().map(|inode| inode.times)
    }

    fn touch(&mut self, file: &MemNode, stamps: Stamps, now: Time) {
        let Ok(inode) = self.inodes.get_mut(file.0) else {
            return;
        };
        let times = &mut inode.times;
        if stamps.contains(Stamps::ACCESSED) {
            times.accessed = now;
        }
        if stamps.contains(Stamps::MODIFIED) {
            times.modified = now;
        }
        if stamps.contains(Stamps::CHANGED) {
            times.changed = now;
        }
    }

    fn set_attributes(&mut self, file: &MemNode, to: &Attributes, now: Time) -> Result<()> {
        let inode = self.inodes.get_mut(file.0)?;
        if let Some(mode) = to.mode {
            inode.mode = mode as u16;
        }
        inode.user = to.user.unwrap_or(inode.user);
        inode.group = to.group.unwrap_or(inode.group);
        let set = |time: &mut Time, to| match to {
            SetTime::Keep => {}
            SetTime::Now => *time = now,
            SetTime::At(at) => *time = at,
        };
        set(&mut inode.times.accessed, to.accessed);
        set(&mut inode.times.modified, to.modified);
        Ok(())
    }

    fn create(&mut self, directory: &MemNode, name: &str, new: &New<'_>) -> Result<MemNode> {
        self.living_directory(directory.0)?;
        let body = match new.kind {
            Kind::Regular => Body::Regular(Content::default()),
            Kind::Directory => Body::Directory(Box::new(Directory::new(directory.0))),
            Kind::SymbolicLink => Body::SymbolicLink(new.target.into()),
            kind @ (Kind::CharacterDevice | Kind::BlockDevice | Kind::Fifo | Kind::Socket) => {
                Body::Node(kind, new.device_number)
            }
        };
        let at = self.new_inode(new.mode, body)?;
        let entries = self.directory(directory.0)?;
        if let Err(errno) = entries.insert(name, Child::Inode(at), new.kind) {
            self.discard(at);
            return Err(errno);
        }
        if new.kind == Kind::Directory {
            entries.subdirectories += 1;
        }
        Ok(MemNode(at))
    }

    fn link(&mut self, file: &MemNode, directory: &MemNode, name: &str) -> Result<()> {
        let inode = self.inode(*file)?;
        let kind = inode.kind();
        match inode.links {
            0 => return Err(Errno::NoEntry),
            u32::MAX => return Err(Errno::TooManyLinks),
            _ => {}
        }
        self.living_directory(directory.0)?
            .insert(name, Child::Inode(file.0), kind)?;
        self.inodes.get_mut(file.0)?.links += 1;
        Ok(())
    }

    fn remove(&mut self, from: &Entry<'_, MemNode>) -> Result<()> {
        if self.kind(from.file) == Kind::Directory {
            if !self.directory(from.file.0)?.is_empty() {
                return Err(Errno::NotEmpty);
            }
            self.remove_entry(from.directory.0, from.name)?;
            self.directory(from.directory.0)?.subdirectories -= 1;
        } else {
            self.remove_entry(from.directory.0, from.name)?;
        }
        self.unlink_inode(from.file.0)
    }

    fn rename(&mut self, from: &Entry<'_, MemNode>, to: &Vacancy<'_, MemNode>) -> Result<()> {
        let kind = self.kind(from.file);
        self.living_directory(to.directory.0)?;
        if let Some(target) = to.file {
            if kind == Kind::Directory && !self.directory(target.0)?.is_empty() {
                return Err(Errno::NotEmpty);
            }
            self.set_entry(to.directory.0, to.name, from.file.0, kind)?;
        } else {
            let entries = self.directory(to.directory.0)?;
            entries.insert(to.name, Child::Inode(from.file.0), kind)?;
        }
        self.remove_entry(from.directory.0, from.name)?;
        if kind == Kind::Directory {
            self.reparent(from.file.0, from.directory.0, to.directory.0)?;
            if to.file.is_some() {
                self.directory(to.directory.0)?.subdirectories -= 1;
            }
        }
        match to.file {
            Some(target) => self.unlink_inode(target.0),
            None => Ok(()),
        }
    }

    fn exchange(&mut self, one: &Entry<'_, MemNode>, other: &Entry<'_, MemNode>) -> Result<()> {
        let (kind, other_kind) = (self.kind(one.file), self.kind(other.file));
        self.set_entry(one.directory.0, one.name, other.file.0, other_kind)?;
        self.set_entry(other.directory.0, other.name, one.file.0, kind)?;
        if kind == Kind::Directory {
            self.reparent(one.file.0, one.directory.0, other.directory.0)?;
        }
        if other_kind == Kind::Directory {
            self.reparent(other.file.0, other.directory.0, one.directory.0)?;
        }
        Ok(())
    }

    fn open(&mut self, file: &MemNode, access: Access) -> Result<MemNode> {
        let inode = self.inodes.get_mut(file.0)?;
        let has_content = matches!(inode.kind(), Kind::Regular | Kind::Directory);
        if !has_content && !access.path_only {
            return Err(Errno::NoDeviceOrAddress);
        }
        inode.opens += 1;
        Ok(*file)
    }

    fn close(&mut self, file: MemNode) {
        if let Ok(inode) = self.inodes.get_mut(file.0) {
            inode.opens = inode.opens.saturating_sub(1);
            self.drop_unused(file.0);
        }
    }

    fn read(&mut self, file: &MemNode, offset: u64, length: u32) -> Result<Vec<u8>> {
        self.content(*file)?
            .read(self.lower.as_ref(), offset, length)
    }

    fn write(&mut self, file: &MemNode, offset: u64, data: Cow<'_, [u8]>) -> Result<usize> {
        let content = self.inodes.get_mut(file.0)?.content_mut()?;
        let (room, errno) = self.space.room();
        let data = fitting(content, offset, data, room).ok_or(errno)?;
        let before = content.owned_pages();
        let written = content.write(self.lower.as_ref(), offset, data);
        self.space.moved(before, content.owned_pages());
        written
    }

    fn size(&mut self, file: &MemNode) -> Result<u64> {
        Ok(self.content(*file)?.size())
    }

    fn set_size(&mut self, file: &MemNode, size: u64) -> Result<()> {
        let content = self.inodes.get_mut(file.0)?.content_mut()?;
        let before = content.owned_pages();
        content.set_size(size);
        self.space.moved(before, content.owned_pages());
        Ok(())
    }

    fn allocate(
        &mut self,
        file: &MemNode,
        how: Allocation,
        offset: u64,
        length: u64,
    ) -> Result<()> {
        let lower = self.lower.as_ref();
        let content = self.inodes.get_mut(file.0)?.content_mut()?;
        let end = offset + length;
        let (room, errno) = self.space.room();
        let before = content.owned_pages();
        let reserve = |content: &mut Content<L::File>| {
            // What can't fit is refused before it is looked at page by page.
            if room < length / PAGE {
                return Err(errno);
            }
            if room < u64::MAX {
                let length = usize::try_from(length).map_err(|_| Errno::NoSpace)?;
                if content.fitting(offset, length, room) < length {
                    return Err(errno);
                }
            }
            content.reserve(lower, offset, end)
        };
        let allocated = match how {
            Allocation::Extend | Allocation::KeepSize => reserve(content),
            Allocation::PunchHole => content.punch(lower, offset, end),
            Allocation::Zero => content
                .punch(lower, offset, end)
                .and_then(|()| reserve(content)),
        };
        self.space.moved(before, content.owned_pages());
        allocated?;
        let grows = matches!(how, Allocation::Extend | Allocation::Zero);
        if grows && end > content.size() {
            content.set_size(end);
        }
        Ok(())
    }

    fn find_extent(&mut self, file: &MemNode, what: Extent, offset: u64) -> Result<u64> {
        self.content(*file)?
            .find(what, offset)
            .ok_or(Errno::NoDeviceOrAddress)
    }

    fn last_cookie(&mut self, directory: &MemNode) -> u64 {
        let read = self.directory(directory.0).is_ok();
        let listed = self.inode(*directory).and_then(|inode| inode.directory());
        listed
            .ok()
            .filter(|_| read)
            .map_or(u64::MAX, Directory::last_cookie)
    }

    fn read_directory(
        &mut self,
        directory: &MemNode,
        cookie: u64,
        until: u64,
        count: u32,
    ) -> Result<Vec<DirectoryEntry>> {
        if self.inode(*directory)?.links == 0 {
            return Err(Errno::NoEntry);
        }
        self.directory(directory.0)?;
        let entries = self.inode(*directory)?.directory()?;
        let mut listing = Vec::with_capacity(LISTING.min(count as usize));
        let told = entries
            .after(cookie)
            .take_while(|entry| entry.cookie <= until);
        for entry in told.take(count as usize) {
            let inode = match entry.child {
                Child::Lower(lower) => below::inode_number(lower),
                Child::Inode(at) => self.inodes.get(at)?.number,
            };
            let (name, kind, next) = (entry.name.to_owned(), entry.kind, entry.cookie);
            listing.push(DirectoryEntry {
                name,
                inode,
                kind,
                next,
            });
        }
        Ok(listing)
    }

    fn filesystem_stat(&mut self, _: &MemNode) -> Result<FilesystemStat> {
        let (blocks, blocks_free, files, files_free) = self.space.totals();
        Ok(FilesystemStat {
            block_size: BLOCK_SIZE,
            blocks,
            blocks_free,
            files,
            files_free,
            id: self.device,
            name_max: NAME_MAX as u32,
            read_only: false,
        })
    }

    fn xattr(&mut self, file: &MemNode, name: &str) -> Result<Vec<u8>> {
        let xattrs = self.inode(*file)?.xattrs.as_ref().ok_or(Errno::NoData)?;
        let found = xattrs.iter().find(|(known, _)| **known == *name);
        found.map(|(_, value)| value.to_vec()).ok_or(Errno::NoData)
    }

    fn set_xattr(
        &mut self,
        file: &MemNode,
        name: &str,
        value: &[u8],
        mode: AttributeMode,
    ) -> Result<()> {
        let known = self.inode(*file)?.xattrs.as_ref();
        let at = known.and_then(|xattrs| xattrs.iter().position(|(known, _)| **known == *name));
        match (at, mode) {
            (Some(_), AttributeMode::Create) => Err(Errno::Exist),
            (None, AttributeMode::Replace) => Err(Errno::NoData),
            (Some(at), _) => {
                self.xattrs_mut(*file)?[at].1 = value.into();
                Ok(())
            }
            (None, _) => {
                self.xattrs_mut(*file)?.push((name.into(), value.into()));
                Ok(())
            }
        }
    }

    fn xattrs(&mut self, file: &MemNode) -> Result<Vec<String>> {
        let xattrs = self
            .inode(*file)?
            .xattrs
            .iter()
            .flat_map(|xattrs| xattrs.iter());
        Ok(xattrs.map(|(name, _)| name.as_ref().to_owned()).collect())
    }

    fn remove_xattr(&mut self, file: &MemNode, name: &str) -> Result<()> {
        let xattrs = self
            .inodes
            .get_mut(file.0)?
            .xattrs
            .as_mut()
            .ok_or(Errno::NoData)?;
        let at = xattrs
            .iter()
            .position(|(known, _)| **known == *name)
            .ok_or(Errno::NoData)?;
        xattrs.remove(at);
        Ok(())
    }
}

/// The part of `data` that there is room for; `None` where that is not a byte.
fn fitting<'d, B: Clone>(
    content: &Content<B>,
    offset: u64,
    data: Cow<'d, [u8]>,
    room: u64,
) -> Option<Cow<'d, [u8]>> {
    // Without a limit nothing is counted.
    if room == u64::MAX {
        return Some(data);
    }
    let fits = content.fitting(offset, data.len(), room);
    if fits == 0 {
        return None;
    }
    Some(match data {
        data if fits == data.len() => data,
        Cow::Borrowed(data) => Cow::Borrowed(&data[..fits]),
        Cow::Owned(mut data) => {
            data.truncate(fits);
            Cow::Owned(data)
        }
    })
}
