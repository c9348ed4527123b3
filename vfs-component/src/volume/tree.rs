//! A volume as a filesystem.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::blocks::{BLOCK, Blocks};
use super::commit::{Thresholds, WriteBack};
use super::content::Content;
use super::disk::Disk;
use super::load::{Loaded, ROOT, load, put};
use super::log::{Head, Log};
use super::record::RecordWriter;
use super::storage::Storage;
use super::superblock;
use crate::errno::{Errno, Result};
use crate::filesystem::{Access, Entry, Filesystem, New, Vacancy};
use crate::limits::{Limits, Space};
use crate::lower::Nothing;
use crate::overlay::{MemNode, Overlay};
use crate::types::{
    Allocation, AttributeMode, Attributes, DirectoryEntry, Extent, FilesystemStat, Kind, Stamps,
    Stat, Time, Times,
};

/// A filesystem in a [`Storage`].
pub struct Volume<D> {
    pub(super) names: Overlay<Nothing>,
    /// Contents of regular files by node.
    pub(super) contents: Vec<Option<Box<Content>>>,
    pub(super) disk: Disk<D>,
    pub(super) log: Log,
    pub(super) head: Head,
    /// Bytes of the log's first batch.
    pub(super) log_begun: u64,
    /// Whether nothing was written since it was opened.
    pub(super) untouched: bool,
    /// Files that the log does not know as they are, by number.
    pub(super) changed: BTreeMap<u64, MemNode>,
    /// Names that the log does not know as they are, by the directory's number.
    pub(super) renamed: BTreeMap<(u64, Box<str>), MemNode>,
    pub(super) dirty_pages: usize,
    /// Memory for the records of a commit.
    pub(super) records: RecordWriter,
    /// Whether a content has changed since the last commit.
    pub(super) written: bool,
    /// Whether the call that is under way is one to commit after.
    due: bool,
    /// Superblocks that may or may not have been written: until one is known to have been,
    /// it is open which log will be found.
    pub(super) lost_superblocks: u64,
    space: Space,
    /// Whether the log has batches that do not count, so that nothing may be added to it.
    pub(super) abandoned: bool,
    write_back: WriteBack,
    pub(super) thresholds: Thresholds,
    pub(super) read_only: bool,
}

impl<D: Storage> Volume<D> {
    /// Opens a volume, or makes one where the storage is empty, as of `now`.
    ///
    /// # Errors
    /// `invalid` where the storage has something that is no volume, `not-supported` for a
    /// volume of a later version, `io` for one that is damaged; those of the storage.
    pub fn open(storage: D, now: Time) -> Result<Self> {
        let loaded = match load(storage)? {
            Ok(loaded) => loaded,
            Err(storage) => create(storage, now)?,
        };
        let Loaded {
            names,
            contents,
            disk,
            log,
            log_begun,
            head,
            abandoned,
        } = loaded;
        let mut space = Space::default();
        let mut dirty_pages = 0;
        for content in contents.iter().flatten() {
            space.moved(0, content.pages());
            dirty_pages += content.dirty_pages();
        }
        Ok(Self {
            names: names.on_device(DEVICE),
            contents,
            disk,
            log_begun,
            untouched: true,
            log,
            head,
            changed: BTreeMap::new(),
            renamed: BTreeMap::new(),
            dirty_pages,
            records: RecordWriter::default(),
            written: false,
            due: false,
            lost_superblocks: 0,
            space,
            abandoned,
            write_back: WriteBack::default(),
            thresholds: Thresholds::default(),
            read_only: false,
        })
    }

    /// With this `st_dev`.
    #[must_use]
    pub fn on_device(mut self, device: u64) -> Self {
        self.names = self.names.on_device(device);
        self
    }

    /// Holds no more than that from now on; what is too much already stays.
    #[must_use]
    pub fn limited(mut self, limits: Limits) -> Self {
        self.space.limit(limits);
        self.names = self.names.limited(Limits {
            inodes: limits.inodes,
            quota_inodes: limits.quota_inodes,
            ..Limits::default()
        });
        self
    }

    /// When changes are written to the host.
    #[must_use]
    pub fn with_write_back(mut self, write_back: WriteBack) -> Self {
        self.write_back = write_back;
        self
    }

    /// What makes it write although nobody asked.
    #[must_use]
    pub fn with_thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// Changes nothing in the storage from now on.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    fn mark(&mut self, node: MemNode) {
        if let Some((number, _)) = self.names.number(node) {
            self.changed.insert(number, node);
        }
    }

    fn mark_name(&mut self, directory: MemNode, name: &str) {
        if let Some((number, _)) = self.names.number(directory) {
            self.renamed.insert((number, name.into()), directory);
        }
    }

    fn is_much(&self) -> bool {
        let most = self.thresholds;
        self.changed.len() + self.renamed.len() > most.changes
            || self.dirty_pages > most.dirty_pages
    }

    /// Gives up the content of a file that is gone.
    fn release_if_gone(&mut self, node: MemNode) {
        if self.names.number(node).is_some() {
            return;
        }
        if let Some(content) = self
            .contents
            .get_mut(node.0 as usize)
            .and_then(Option::take)
        {
            self.dirty_pages -= content.dirty_pages();
            self.space.moved(content.pages(), 0);
            content.release(&mut self.disk);
        }
    }

    fn content(&self, node: MemNode) -> Result<&Content> {
        let content = self.contents.get(node.0 as usize);
        content.and_then(Option::as_deref).ok_or(Errno::Invalid)
    }

    /// Changes a content and counts what it takes.
    fn change<T>(
        &mut self,
        node: MemNode,
        change: impl FnOnce(&mut Content, &mut Disk<D>) -> Result<T>,
    ) -> Result<T> {
        let content = self.contents.get_mut(node.0 as usize);
        let content = content
            .and_then(Option::as_deref_mut)
            .ok_or(Errno::Invalid)?;
        let (pages, dirty) = (content.pages(), content.dirty_pages());
        let result = change(content, &mut self.disk);
        self.space.moved(pages, content.pages());
        self.dirty_pages = self.dirty_pages + content.dirty_pages() - dirty;
        self.written = true;
        self.due |= self.write_back == WriteBack::Always;
        self.mark(node);
        result
    }
}

/// `st_dev` unless it is said.
const DEVICE: u64 = 1;

fn create<D: Storage>(storage: D, now: Time) -> Result<Loaded<D>> {
    let mut names: Overlay<Nothing> = Overlay::new();
    let root = names.root();
    names.touch(&root, Stamps::all(), now);
    let mut records = RecordWriter::default();
    let kept = names.kept(root)?;
    debug_assert_eq!(kept.number, ROOT);
    records.attributes(&kept, 0);
    let mut disk = Disk::new(storage, Blocks::new());
    let (mut log, head) = Log::begin(&disk.storage, &mut disk.blocks, 1, 0, &records.0)?;
    let log_begun = log.bytes();
    disk.storage.sync()?;
    superblock::write(&disk.storage, &head)?;
    disk.storage.sync()?;
    log.synced();
    Ok(Loaded {
        names,
        contents: Vec::new(),
        disk,
        log,
        log_begun,
        head,
        abandoned: false,
    })
}

impl<D: Storage> Filesystem for Volume<D> {
    type Node = MemNode;

    fn root(&self) -> MemNode {
        self.names.root()
    }

    fn kind(&self, file: &MemNode) -> Kind {
        self.names.kind(file)
    }

    fn is_read_only(&self, _: &MemNode) -> bool {
        self.read_only
    }

    fn lookup(&mut self, directory: &MemNode, name: &str) -> Result<MemNode> {
        self.names.lookup(directory, name)
    }

    fn parent(&mut self, directory: &MemNode) -> Result<MemNode> {
        self.names.parent(directory)
    }

    fn read_link(&mut self, link: &MemNode) -> Result<String> {
        self.names.read_link(link)
    }

    fn identity(&mut self, file: &MemNode) -> Result<(u64, u64)> {
        self.names.identity(file)
    }

    fn stat(&mut self, file: &MemNode) -> Result<Stat> {
        let mut stat = self.names.stat(file)?;
        if stat.kind == Kind::Regular {
            let content = self.content(*file)?;
            stat.size = content.size();
            stat.blocks = content.pages() * (BLOCK / 512);
        }
        Ok(stat)
    }

    fn times(&self, file: &MemNode) -> Option<Times> {
        self.names.times(file)
    }

    fn touch(&mut self, file: &MemNode, stamps: Stamps, now: Time) {
        // Of a read-only volume not even that anybody looked is kept.
        if !self.read_only {
            self.names.touch(file, stamps, now);
            self.mark(*file);
        }
    }

    fn finish(&mut self, _: &MemNode) {
        let due = core::mem::take(&mut self.due);
        if (due && self.write_back != WriteBack::Late) || self.is_much() {
            // What fails now is still to be done, and fails again where somebody asks for it.
            let _ = self.commit(false);
        }
    }

    fn set_attributes(&mut self, file: &MemNode, to: &Attributes, now: Time) -> Result<()> {
        self.names.set_attributes(file, to, now)?;
        self.mark(*file);
        self.due = true;
        Ok(())
    }

    fn create(&mut self, directory: &MemNode, name: &str, new: &New<'_>) -> Result<MemNode> {
        let node = self.names.create(directory, name, new)?;
        if new.kind == Kind::Regular {
            put(&mut self.contents, node, Content::default());
        }
        self.mark(node);
        self.mark(*directory);
        self.mark_name(*directory, name);
        self.due = true;
        Ok(node)
    }

    fn link(&mut self, file: &MemNode, directory: &MemNode, name: &str) -> Result<()> {
        self.names.link(file, directory, name)?;
        self.mark(*file);
        self.mark_name(*directory, name);
        self.due = true;
        Ok(())
    }

    fn remove(&mut self, from: &Entry<'_, MemNode>) -> Result<()> {
        self.names.remove(from)?;
        self.mark_name(*from.directory, from.name);
        self.release_if_gone(*from.file);
        self.due = true;
        Ok(())
    }

    fn rename(&mut self, from: &Entry<'_, MemNode>, to: &Vacancy<'_, MemNode>) -> Result<()> {
        self.names.rename(from, to)?;
        self.mark_name(*from.directory, from.name);
        self.mark_name(*to.directory, to.name);
        if let Some(&target) = to.file {
            self.release_if_gone(target);
        }
        self.due = true;
        Ok(())
    }

    fn exchange(&mut self, one: &Entry<'_, MemNode>, other: &Entry<'_, MemNode>) -> Result<()> {
        self.names.exchange(one, other)?;
        self.mark_name(*one.directory, one.name);
        self.mark_name(*other.directory, other.name);
        self.due = true;
        Ok(())
    }

    fn open(&mut self, file: &MemNode, access: Access) -> Result<MemNode> {
        self.names.open(file, access)
    }

    fn close(&mut self, file: MemNode) {
        let regular = self.names.kind(&file) == Kind::Regular;
        self.names.close(file);
        self.release_if_gone(file);
        self.due |= regular && self.written;
    }

    fn read(&mut self, file: &MemNode, offset: u64, length: u32) -> Result<Vec<u8>> {
        let content = self.contents.get(file.0 as usize);
        let content = content.and_then(Option::as_deref).ok_or(Errno::Invalid)?;
        content.read(&mut self.disk, offset, length)
    }

    fn write(&mut self, file: &MemNode, offset: u64, data: Cow<'_, [u8]>) -> Result<usize> {
        let (room, errno) = self.space.room();
        let mut length = data.len() as u64;
        if room < u64::MAX {
            length = self.content(*file)?.fitting(offset, length, room);
        }
        if length == 0 {
            return Err(errno);
        }
        if self.dirty_pages > 2 * self.thresholds.dirty_pages {
            // Nothing can be written for long now: before memory runs out somebody has to know.
            self.commit(false)?;
        }
        let data = &data[..length as usize];
        self.change(*file, |content, disk| content.write(disk, offset, data))?;
        Ok(data.len())
    }

    fn size(&mut self, file: &MemNode) -> Result<u64> {
        Ok(self.content(*file)?.size())
    }

    fn set_size(&mut self, file: &MemNode, size: u64) -> Result<()> {
        self.change(*file, |content, disk| content.set_size(disk, size))
    }

    fn allocate(
        &mut self,
        file: &MemNode,
        how: Allocation,
        offset: u64,
        length: u64,
    ) -> Result<()> {
        let end = offset + length;
        let (room, errno) = self.space.room();
        let reserve = |content: &mut Content| {
            if room < u64::MAX && content.fitting(offset, length, room) < length {
                return Err(errno);
            }
            content.reserve(offset, end)
        };
        self.change(*file, |content, disk| {
            match how {
                Allocation::Extend | Allocation::KeepSize => reserve(content)?,
                Allocation::PunchHole => content.punch(disk, offset, end)?,
                Allocation::Zero => {
                    content.punch(disk, offset, end)?;
                    reserve(content)?;
                }
            }
            let grows = matches!(how, Allocation::Extend | Allocation::Zero);
            if grows && end > content.size() {
                content.set_size(disk, end)?;
            }
            Ok(())
        })
    }

    fn find_extent(&mut self, file: &MemNode, what: Extent, offset: u64) -> Result<u64> {
        let found = self.content(*file)?.find(what, offset);
        found.ok_or(Errno::NoDeviceOrAddress)
    }

    fn sync(&mut self, _: &MemNode, _: bool) -> Result<()> {
        self.commit(true)
    }

    fn last_cookie(&mut self, directory: &MemNode) -> u64 {
        self.names.last_cookie(directory)
    }

    fn read_directory(
        &mut self,
        directory: &MemNode,
        cookie: u64,
        until: u64,
        count: u32,
    ) -> Result<Vec<DirectoryEntry>> {
        self.names.read_directory(directory, cookie, until, count)
    }

    fn filesystem_stat(&mut self, file: &MemNode) -> Result<FilesystemStat> {
        let (blocks, blocks_free, ..) = self.space.totals();
        Ok(FilesystemStat {
            blocks,
            blocks_free,
            read_only: self.read_only,
            ..self.names.filesystem_stat(file)?
        })
    }

    fn xattr(&mut self, file: &MemNode, name: &str) -> Result<Vec<u8>> {
        self.names.xattr(file, name)
    }

    fn set_xattr(
        &mut self,
        file: &MemNode,
        name: &str,
        value: &[u8],
        mode: AttributeMode,
    ) -> Result<()> {
        self.names.set_xattr(file, name, value, mode)?;
        self.mark(*file);
        self.due = true;
        Ok(())
    }

    fn xattrs(&mut self, file: &MemNode) -> Result<Vec<String>> {
        self.names.xattrs(file)
    }

    fn remove_xattr(&mut self, file: &MemNode, name: &str) -> Result<()> {
        self.names.remove_xattr(file, name)?;
        self.mark(*file);
        self.due = true;
        Ok(())
    }
}
