//! One directory of the host and what is below it, as a [`Filesystem`].

use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use super::host::{HostFile, HostOpen, HostStat};
use super::node::{Directory, HostNode, Inner, Named};
use crate::errno::{Errno, Result};
use crate::filesystem::{Access, Entry, Filesystem, New, Vacancy};
use crate::types::{
    Advice, Attributes, DirectoryEntry, FilesystemStat, Kind, NAME_MAX, SetTime, Stat, Time,
};

/// How many bytes the host is asked to move at once: it makes room for all of them.
const PIECE: usize = 1 << 20;

/// A directory that the host gives, or should have given.
#[derive(Debug)]
pub struct HostTree<H> {
    root: Rc<Directory<H>>,
    device: u64,
    read_only: bool,
}

impl<H: HostFile> HostTree<H> {
    /// `root` is a directory; `device` tells its files from those of other filesystems.
    pub fn new(root: H, device: u64, read_only: bool) -> Self {
        Self {
            root: Directory::root(Some(root)),
            device,
            read_only,
        }
    }

    /// In place of a directory that was granted and that the host does not give: every
    /// use of it fails with `no-device`.
    #[must_use]
    pub fn missing(device: u64) -> Self {
        Self {
            root: Directory::root(None),
            device,
            read_only: true,
        }
    }

    fn open_directory(&self, directory: &Rc<Directory<H>>, name: &str) -> Result<Rc<Directory<H>>> {
        let write = !self.read_only;
        let how = HostOpen {
            read: true,
            write,
            directory: true,
            create_new: false,
        };
        let file = directory.file()?.open_at(name, how)?;
        if let Some(known) = directory.child(name)
            && known
                .file
                .as_ref()
                .is_some_and(|known| known.is_same(&file))
        {
            return Ok(known);
        }
        let place = RefCell::new(Some((Rc::clone(directory), name.into())));
        let child = Rc::new(Directory {
            file: Some(file),
            place,
            children: RefCell::default(),
        });
        directory
            .children
            .borrow_mut()
            .insert(name.into(), Rc::downgrade(&child));
        Ok(child)
    }

    /// The directory that a node names.
    fn directory(&self, node: &HostNode<H>) -> Result<Rc<Directory<H>>> {
        match &node.0 {
            Inner::Directory(directory) => Ok(Rc::clone(directory)),
            Inner::Listed(listed) => Ok(Rc::clone(&listed.0)),
            Inner::Named(named) => self.open_directory(&named.directory, &named.name),
            Inner::File(_) => Err(Errno::NotDirectory),
        }
    }

    fn host_stat(&self, node: &HostNode<H>) -> Result<HostStat> {
        match &node.0 {
            Inner::Directory(directory) => directory.file()?.stat(),
            Inner::Listed(listed) => listed.0.file()?.stat(),
            Inner::File(file) => file.stat(),
            Inner::Named(named) => match named.stat.take() {
                Some(stat) => Ok(stat),
                None => named.directory.file()?.stat_at(&named.name),
            },
        }
    }

    fn number(&self, node: &HostNode<H>) -> Result<u64> {
        match &node.0 {
            Inner::Directory(directory) => directory.file()?.hash(),
            Inner::Listed(listed) => listed.0.file()?.hash(),
            Inner::File(file) => file.hash(),
            Inner::Named(named) => named.directory.file()?.hash_at(&named.name),
        }
    }

    fn file<'n>(&self, node: &'n HostNode<H>) -> Result<&'n H> {
        match &node.0 {
            Inner::File(file) => Ok(file),
            Inner::Named(_) | Inner::Directory(_) | Inner::Listed(_) => Err(Errno::BadDescriptor),
        }
    }

    fn named(directory: &Rc<Directory<H>>, name: &str, kind: Kind) -> HostNode<H> {
        let directory = Rc::clone(directory);
        let stat = Cell::new(None);
        HostNode(Inner::Named(Rc::new(Named {
            directory,
            name: name.into(),
            kind,
            stat,
        })))
    }
}

/// What WASI does not tell: anybody may read, the owner may write.
fn mode(kind: Kind) -> u32 {
    match kind {
        Kind::Directory => 0o755,
        Kind::SymbolicLink => 0o777,
        Kind::Regular | Kind::CharacterDevice | Kind::BlockDevice | Kind::Fifo | Kind::Socket => {
            0o644
        }
    }
}

impl<H: HostFile> Filesystem for HostTree<H> {
    type Node = HostNode<H>;

    fn root(&self) -> HostNode<H> {
        HostNode(Inner::Directory(Rc::clone(&self.root)))
    }

    fn kind(&self, file: &HostNode<H>) -> Kind {
        match &file.0 {
            Inner::Directory(_) | Inner::Listed(_) => Kind::Directory,
            Inner::File(_) => Kind::Regular,
            Inner::Named(named) => named.kind,
        }
    }

    fn is_read_only(&self, _: &HostNode<H>) -> bool {
        self.read_only
    }

    fn lookup(&mut self, directory: &HostNode<H>, name: &str) -> Result<HostNode<H>> {
        let directory = self.directory(directory)?;
        let stat = directory.file()?.stat_at(name)?;
        let (name, kind) = (name.into(), stat.kind);
        let stat = Cell::new(Some(stat));
        Ok(HostNode(Inner::Named(Rc::new(Named {
            directory,
            name,
            kind,
            stat,
        }))))
    }

    /// Opens it at once, which most of the time is right and saves a question.
    fn lookup_directory(&mut self, directory: &HostNode<H>, name: &str) -> Result<HostNode<H>> {
        let parent = self.directory(directory)?;
        match self.open_directory(&parent, name) {
            Ok(directory) => Ok(HostNode(Inner::Directory(directory))),
            Err(_) => self.lookup(&HostNode(Inner::Directory(parent)), name),
        }
    }

    fn parent(&mut self, directory: &HostNode<H>) -> Result<HostNode<H>> {
        let parent = match &directory.0 {
            Inner::Named(named) => Rc::clone(&named.directory),
            _ => {
                let directory = self.directory(directory)?;
                let place = directory.place.borrow();
                place
                    .as_ref()
                    .map_or_else(|| Rc::clone(&directory), |(parent, _)| Rc::clone(parent))
            }
        };
        Ok(HostNode(Inner::Directory(parent)))
    }

    fn read_link(&mut self, link: &HostNode<H>) -> Result<String> {
        match &link.0 {
            Inner::Named(named) => named.directory.file()?.read_link(&named.name),
            _ => Err(Errno::Invalid),
        }
    }

    fn identity(&mut self, file: &HostNode<H>) -> Result<(u64, u64)> {
        Ok((self.device, self.number(file)?))
    }

    fn stat(&mut self, file: &HostNode<H>) -> Result<Stat> {
        let stat = self.host_stat(file)?;
        Ok(Stat {
            device: self.device,
            inode: self.number(file)?,
            kind: stat.kind,
            mode: mode(stat.kind),
            links: stat.links,
            user: 0,
            group: 0,
            device_number: 0,
            size: stat.size,
            blocks: stat.size.div_ceil(512),
            block_size: 4096,
            times: stat.times,
        })
    }

    fn set_attributes(&mut self, file: &HostNode<H>, to: &Attributes, _: Time) -> Result<()> {
        // What can't be changed may stay as it is.
        let stays = |wanted: Option<u32>, is| wanted.is_none_or(|wanted| wanted == is);
        if !stays(to.mode, mode(self.kind(file))) || !stays(to.user, 0) || !stays(to.group, 0) {
            return Err(Errno::NotSupported);
        }
        if to.accessed == SetTime::Keep && to.modified == SetTime::Keep {
            return Ok(());
        }
        match &file.0 {
            Inner::Directory(directory) => directory.file()?.set_times(to.accessed, to.modified),
            Inner::Listed(listed) => listed.0.file()?.set_times(to.accessed, to.modified),
            Inner::File(file) => file.set_times(to.accessed, to.modified),
            Inner::Named(named) => {
                let directory = named.directory.file()?;
                directory.set_times_at(&named.name, to.accessed, to.modified)
            }
        }
    }

    fn create(
        &mut self,
        directory: &HostNode<H>,
        name: &str,
        new: &New<'_>,
    ) -> Result<HostNode<H>> {
        let directory = self.directory(directory)?;
        let host = directory.file()?;
        match new.kind {
            Kind::Regular => {
                let how = HostOpen {
                    read: true,
                    write: true,
                    directory: false,
                    create_new: true,
                };
                return Ok(HostNode(Inner::File(Rc::new(host.open_at(name, how)?))));
            }
            Kind::Directory => host.make_directory(name)?,
            Kind::SymbolicLink => host.symlink(new.target, name)?,
            Kind::CharacterDevice | Kind::BlockDevice | Kind::Fifo | Kind::Socket => {
                return Err(Errno::NotSupported);
            }
        }
        Ok(Self::named(&directory, name, new.kind))
    }

    fn link(&mut self, file: &HostNode<H>, directory: &HostNode<H>, name: &str) -> Result<()> {
        let Inner::Named(named) = &file.0 else {
            return Err(Errno::NotSupported);
        };
        let to = self.directory(directory)?;
        named.directory.file()?.link(&named.name, to.file()?, name)
    }

    fn remove(&mut self, from: &Entry<'_, HostNode<H>>) -> Result<()> {
        let directory = self.directory(from.directory)?;
        if self.kind(from.file) == Kind::Directory {
            directory.file()?.remove_directory(from.name)?;
            directory.forget(from.name);
            Ok(())
        } else {
            directory.file()?.unlink(from.name)
        }
    }

    fn rename(
        &mut self,
        from: &Entry<'_, HostNode<H>>,
        to: &Vacancy<'_, HostNode<H>>,
    ) -> Result<()> {
        let (old, new) = (
            self.directory(from.directory)?,
            self.directory(to.directory)?,
        );
        old.file()?.rename(from.name, new.file()?, to.name)?;
        new.forget(to.name);
        if let Some(moved) = old.child(from.name) {
            old.children.borrow_mut().remove(from.name);
            new.children
                .borrow_mut()
                .insert(to.name.into(), Rc::downgrade(&moved));
            *moved.place.borrow_mut() = Some((new, to.name.into()));
        }
        Ok(())
    }

    fn open(&mut self, file: &HostNode<H>, access: Access) -> Result<HostNode<H>> {
        match (self.kind(file), &file.0) {
            (Kind::Directory, _) => {
                let directory = self.directory(file)?;
                if !access.read {
                    return Ok(HostNode(Inner::Directory(directory)));
                }
                Ok(HostNode(Inner::Listed(Rc::new((
                    directory,
                    RefCell::default(),
                )))))
            }
            // Just created, and open for all that a handle may want.
            (_, Inner::File(file)) => Ok(HostNode(Inner::File(Rc::clone(file)))),
            (kind, Inner::Named(named)) if access.path_only => {
                Ok(Self::named(&named.directory, &named.name, kind))
            }
            (Kind::Regular, Inner::Named(named)) => {
                let how = HostOpen {
                    read: access.read || !access.write,
                    write: access.write,
                    ..HostOpen::default()
                };
                let file = named.directory.file()?.open_at(&named.name, how)?;
                Ok(HostNode(Inner::File(Rc::new(file))))
            }
            // Opening a device, a fifo or a socket may wait, and nothing here may.
            _ => Err(Errno::NoDeviceOrAddress),
        }
    }

    fn close(&mut self, _: HostNode<H>) {}

    fn read(&mut self, file: &HostNode<H>, offset: u64, length: u32) -> Result<Vec<u8>> {
        let file = self.file(file)?;
        let mut bytes = Vec::new();
        while bytes.len() < length as usize {
            let wanted = (length as usize - bytes.len()).min(PIECE);
            match file.read(offset.saturating_add(bytes.len() as u64), wanted as u32) {
                Ok(piece) if piece.is_empty() => break,
                // Most reads are one piece, which is handed on as it is.
                Ok(piece) if bytes.is_empty() => bytes = piece,
                Ok(piece) => bytes.extend(piece),
                Err(errno) if bytes.is_empty() => return Err(errno),
                Err(_) => break,
            }
        }
        bytes.truncate(length as usize);
        Ok(bytes)
    }

    fn write(&mut self, file: &HostNode<H>, offset: u64, data: Cow<'_, [u8]>) -> Result<usize> {
        let file = self.file(file)?;
        let mut written = 0;
        while written < data.len() {
            let piece = &data[written..data.len().min(written + PIECE)];
            match file.write(offset + written as u64, piece) {
                Ok(0) => break,
                Ok(taken) => written += taken.min(piece.len()),
                Err(errno) if written == 0 => return Err(errno),
                Err(_) => break,
            }
        }
        if written == 0 {
            Err(Errno::Io)
        } else {
            Ok(written)
        }
    }

    fn size(&mut self, file: &HostNode<H>) -> Result<u64> {
        Ok(self.file(file)?.stat()?.size)
    }

    fn set_size(&mut self, file: &HostNode<H>, size: u64) -> Result<()> {
        self.file(file)?.set_size(size)
    }

    fn advise(
        &mut self,
        file: &HostNode<H>,
        offset: u64,
        length: u64,
        advice: Advice,
    ) -> Result<()> {
        self.file(file)?.advise(offset, length, advice)
    }

    fn sync(&mut self, file: &HostNode<H>, data_only: bool) -> Result<()> {
        match &file.0 {
            Inner::File(file) => file.sync(data_only),
            // Hosts differ in whether a directory can be synced; WASI does not ask for it.
            Inner::Named(_) | Inner::Directory(_) | Inner::Listed(_) => Ok(()),
        }
    }

    fn read_directory(
        &mut self,
        directory: &HostNode<H>,
        cookie: u64,
        _until: u64,
        count: u32,
    ) -> Result<Vec<DirectoryEntry>> {
        let Inner::Listed(listed) = &directory.0 else {
            return Err(Errno::BadDescriptor);
        };
        let (directory, listing) = &**listed;
        let host = directory.file()?;
        let mut listing = listing.borrow_mut();
        if listing.is_due(cookie) {
            let found = host.list()?;
            // Hosts tell of a directory that was removed as of an empty one.
            if found.is_empty() && host.stat()?.links == 0 {
                return Err(Errno::NoEntry);
            }
            listing.update(found);
        }
        let mut entries = Vec::new();
        for (listed, next) in listing.after(cookie) {
            if entries.len() == count as usize {
                break;
            }
            // What is gone by now need not be told.
            let Ok(inode) = host.hash_at(&listed.name) else {
                continue;
            };
            let (name, kind) = (listed.name.clone(), listed.kind);
            entries.push(DirectoryEntry {
                name,
                inode,
                kind,
                next,
            });
        }
        Ok(entries)
    }

    fn filesystem_stat(&mut self, _: &HostNode<H>) -> Result<FilesystemStat> {
        // WASI has no statvfs(3).
        Ok(FilesystemStat {
            block_size: 4096,
            blocks: 0,
            blocks_free: 0,
            files: 0,
            files_free: 0,
            id: self.device,
            name_max: NAME_MAX as u32,
            read_only: self.read_only,
        })
    }
}
