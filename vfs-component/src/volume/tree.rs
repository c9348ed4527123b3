//! A volume as a filesystem.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::blocks::{BLOCK, Blocks};
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

/// So many changed pages are written without being asked: 8 MiB.
const DIRTY_MAX: usize = 2048;
/// So many changed files and names are written without being asked.
const CHANGES_MAX: usize = 1024;
/// So many pinned blocks make a sync worth its time: 8 MiB.
const PINNED_MAX: u64 = 2048;
/// A log is never too long below this many bytes.
const LOG_MIN: u64 = 4 << 20;

/// When changes are written to the host where nobody asks for a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteBack {
    /// After each change of a name, and when a file that was written is closed: nothing of
    /// that is lost when the box ends or is killed.
    #[default]
    Soon,
    /// When some megabytes have come together: faster, for boxes that end with a sync.
    Late,
}

/// A filesystem in a [`Storage`].
pub struct Volume<D> {
    names: Overlay<Nothing>,
    /// Contents of regular files by node.
    contents: Vec<Option<Box<Content>>>,
    disk: Disk<D>,
    log: Log,
    head: Head,
    /// Bytes of the log's first batch.
    log_begun: u64,
    /// Whether nothing was written since it was opened.
    untouched: bool,
    /// Files that the log does not know as they are, by number.
    changed: BTreeMap<u64, MemNode>,
    /// Names that the log does not know as they are, by the directory's number.
    renamed: BTreeMap<(u64, Box<str>), MemNode>,
    dirty_pages: usize,
    /// Whether a content has changed since the last commit.
    written: bool,
    /// Whether the call that is under way is one to commit after.
    due: bool,
    /// Superblocks that may or may not have been written: until one is known to have been,
    /// it is open which log will be found.
    lost_superblocks: u64,
    space: Space,
    write_back: WriteBack,
    read_only: bool,
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
        for content in contents.iter().flatten() {
            space.moved(0, content.pages());
        }
        let mut volume = Self {
            names: names.on_device(DEVICE),
            contents,
            disk,
            log_begun,
            untouched: true,
            log,
            head,
            changed: BTreeMap::new(),
            renamed: BTreeMap::new(),
            dirty_pages: 0,
            written: false,
            due: false,
            lost_superblocks: 0,
            space,
            write_back: WriteBack::default(),
            read_only: false,
        };
        if abandoned {
            // What does not count now must not come to count by what is written later.
            volume.first_write()?;
            volume.begin_log()?;
        }
        Ok(volume)
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

    /// Changes nothing in the storage from now on.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Writes all that has changed; `durable` waits until it is so.
    ///
    /// # Errors
    /// Those of the storage; what could not be written is tried again with the next commit.
    pub fn commit(&mut self, durable: bool) -> Result<()> {
        if self.read_only {
            return Ok(());
        }
        let changed = !self.changed.is_empty() || !self.renamed.is_empty();
        if changed {
            self.first_write()?;
            self.flush()?;
        }
        if self.lost_superblocks > 0 {
            // Whatever is added to the old log may not be found again.
            self.begin_log()?;
        } else if changed {
            let records = self.changes()?;
            if !records.is_empty() {
                let (disk, log) = (&mut self.disk, &mut self.log);
                log.append(&disk.storage, &mut disk.blocks, &records)?;
            }
        }
        for node in self.changed.values() {
            if let Some(Some(content)) = self.contents.get_mut(node.0 as usize) {
                content.logged();
            }
        }
        self.changed.clear();
        self.renamed.clear();
        self.written = false;
        if durable || self.disk.blocks.pinned() > PINNED_MAX {
            self.sync_storage()?;
        }
        if self.log.bytes() > LOG_MIN.max(4 * self.log_begun) {
            self.first_write()?;
            self.begin_log()?;
        }
        Ok(())
    }

    /// What the volume was opened with may not be durable although it is there. It has to be
    /// before anything that it replaced is written again.
    fn first_write(&mut self) -> Result<()> {
        if core::mem::take(&mut self.untouched) && !self.log.is_synced() {
            let synced = self.disk.storage.sync();
            self.untouched = synced.is_err();
            synced?;
            self.log.synced();
        }
        Ok(())
    }

    fn sync_storage(&mut self) -> Result<()> {
        if self.log.is_synced() && self.disk.blocks.pinned() == 0 {
            return Ok(());
        }
        self.disk.storage.sync()?;
        self.log.synced();
        // Blocks of changes that no batch tells of yet stay.
        let told = self.changed.is_empty() && self.renamed.is_empty();
        if told && self.lost_superblocks == 0 {
            self.disk.blocks.unpin();
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        for node in self.changed.values() {
            if let Some(Some(content)) = self.contents.get_mut(node.0 as usize) {
                self.dirty_pages -= content.dirty_pages();
                let flushed = content.flush(&mut self.disk);
                self.dirty_pages += content.dirty_pages();
                flushed?;
            }
        }
        Ok(())
    }

    /// All that the log does not know yet.
    fn changes(&self) -> Result<Vec<u8>> {
        let mut records = RecordWriter::default();
        for (&number, &node) in &self.changed {
            match self.names.number(node) {
                Some((known, links)) if known == number && links > 0 => {}
                // It is gone, or nobody will find it again.
                _ => continue,
            }
            let kept = self.names.kept(node)?;
            match self.contents.get(node.0 as usize) {
                Some(Some(content)) => {
                    records.attributes(&kept, content.size());
                    content.changes(number, &mut records);
                }
                _ => records.attributes(&kept, 0),
            }
        }
        for ((directory, name), &node) in &self.renamed {
            if self
                .names
                .number(node)
                .is_some_and(|(known, links)| known == *directory && links > 0)
            {
                records.name(*directory, name, self.names.child_number(node, name));
            }
        }
        Ok(records.0)
    }

    /// Begins a new log that says all there is in one batch, and gives up the old one.
    fn begin_log(&mut self) -> Result<()> {
        let mut records = RecordWriter::default();
        records.attributes(&self.names.kept(MemNode(0))?, 0);
        let mut told: BTreeSet<u32> = BTreeSet::new();
        let (names, contents) = (&self.names, &self.contents);
        names.each_name(|directory, name, node| {
            let (number, _) = names.number(node).ok_or(Errno::Io)?;
            let (parent, _) = names.number(directory).ok_or(Errno::Io)?;
            records.name(parent, name, Some(number));
            if told.insert(node.0) {
                let kept = names.kept(node)?;
                match contents.get(node.0 as usize) {
                    Some(Some(content)) => {
                        records.attributes(&kept, content.size());
                        content.all(number, &mut records);
                    }
                    _ => records.attributes(&kept, 0),
                }
            }
            Ok(())
        })?;
        let disk = &mut self.disk;
        // One that was lost may be in its place: not that of the one that counts.
        let generation = self.head.generation + 1 + 2 * self.lost_superblocks;
        let sequence = self.log.sequence();
        let (mut log, head) = Log::begin(
            &disk.storage,
            &mut disk.blocks,
            generation,
            sequence,
            &records.0,
        )?;
        // Until the superblock is durable either log may be the one that is found, so both
        // stay where they are, whatever fails.
        disk.storage.sync()?;
        self.lost_superblocks += 1;
        superblock::write(&disk.storage, &head)?;
        disk.storage.sync()?;
        self.lost_superblocks = 0;
        log.synced();
        let old = core::mem::replace(&mut self.log, log);
        for run in old.runs() {
            disk.blocks.free(run);
        }
        disk.blocks.unpin();
        self.head = head;
        self.log_begun = self.log.bytes();
        Ok(())
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
        self.changed.len() + self.renamed.len() > CHANGES_MAX || self.dirty_pages > DIRTY_MAX
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
        if (due && self.write_back == WriteBack::Soon) || self.is_much() {
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
        if self.dirty_pages > 2 * DIRTY_MAX {
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
