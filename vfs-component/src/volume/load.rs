//! From the log of a volume to its tree.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use hashbrown::HashMap;

use super::blocks::{BLOCK, Blocks, Run};
use super::content::{Content, Slot};
use super::disk::Disk;
use super::log::{self, Batch, Head, Log};
use super::record::{Record, RecordReader};
use super::storage::Storage;
use super::superblock::{self, Found};
use crate::errno::{Errno, Result};
use crate::lower::Nothing;
use crate::overlay::{Kept, MemNode, Overlay};
use crate::types::Kind;

/// `st_ino` of the root.
pub(super) const ROOT: u64 = 1;

/// So many blocks may be in use behind the end of the storage: those of the log's last
/// segments, and of files that a crash has cut off.
const LOST_MAX: u64 = 1 << 20;

/// So many states are tried before the one that was durable last is taken: a crash leaves a
/// few missing pages, a volume that somebody has made may have any number.
const TRIES: u32 = 64;

/// So many pages at most have bytes in the log, 256 MiB: somebody made a volume with more.
const PAGES_MAX: usize = 1 << 16;

/// A volume as it was left.
pub(super) struct Loaded<D> {
    pub names: Overlay<Nothing>,
    /// By node.
    pub contents: Vec<Option<Box<Content>>>,
    pub disk: Disk<D>,
    pub log: Log,
    /// Bytes of the log's first batch.
    pub log_begun: u64,
    pub head: Head,
    /// Whether there are batches behind those that count.
    pub abandoned: bool,
}

/// What the records say, before it is known to make sense.
#[derive(Default)]
struct Files<'b> {
    files: BTreeMap<u64, File<'b>>,
}

/// Pieces of a page, the later over the earlier: where they begin in it, and their bytes.
type Pieces<'b> = Vec<(usize, &'b [u8])>;

/// What has a name.
struct Tree<'b> {
    names: Overlay<Nothing>,
    /// Of regular files, by node.
    contents: Vec<Option<Box<Content>>>,
    /// What goes over them.
    pieces: Vec<(MemNode, BTreeMap<u64, Pieces<'b>>)>,
}

#[derive(Default)]
struct File<'b> {
    kept: Option<Kept>,
    content: Content,
    /// Bytes of pages that are in the log itself, over those of their block.
    pieces: BTreeMap<u64, Pieces<'b>>,
    /// Of a directory.
    names: BTreeMap<Box<str>, u64>,
}

impl<'b> Files<'b> {
    fn apply(&mut self, records: &'b [u8]) -> Result<()> {
        let mut reader = RecordReader(records);
        while let Some(record) = reader.next()? {
            match record {
                Record::Attributes(kept, size) => {
                    let file = self.files.entry(kept.number).or_default();
                    file.content.restore_size(size);
                    file.kept = Some(kept);
                }
                Record::Pages {
                    number,
                    first,
                    slots,
                } => {
                    let file = self.files.entry(number).or_default();
                    for (page, slot) in (first..).zip(slots.iter()) {
                        if slot.block != 0 && slot.block != u32::MAX && !slot.has_block() {
                            return Err(Errno::Io);
                        }
                        file.content.set_slot(page, slot)?;
                        file.pieces.remove(&page);
                    }
                }
                Record::Bytes {
                    number,
                    page,
                    from,
                    bytes,
                } => {
                    let file = self.files.entry(number).or_default();
                    file.pieces.entry(page).or_default().push((from, bytes));
                }
                Record::Cut { number, page } => {
                    let file = self.files.entry(number).or_default();
                    file.content.restore_cut(page);
                    file.pieces.split_off(&page);
                }
                Record::Name {
                    directory,
                    file,
                    name,
                } => {
                    let directory = self.files.entry(directory).or_default();
                    match file {
                        Some(file) => directory.names.insert(name.into(), file),
                        None => directory.names.remove(name),
                    };
                }
            }
        }
        Ok(())
    }

    /// Makes a tree of all that has a name.
    fn build(&mut self, blocks: &mut Blocks, end: u64) -> Result<Tree<'b>> {
        let mut names: Overlay<Nothing> = Overlay::new();
        // Also the numbers of files that are gone are taken: what the log says of them would
        // be said of a new file of the same number.
        if let Some((&last, _)) = self.files.last_key_value() {
            names.restore_last_number(last);
        }
        let mut contents: Vec<Option<Box<Content>>> = Vec::new();
        let mut pieces = Vec::new();
        let mut known: HashMap<u64, MemNode> = HashMap::new();
        let root = self.files.get_mut(&ROOT).ok_or(Errno::Io)?;
        let kept = root.kept.take().ok_or(Errno::Io)?;
        if kept.kind != Kind::Directory {
            return Err(Errno::Io);
        }
        names.restore_root(&kept)?;
        let mut open = Vec::from([(MemNode(0), core::mem::take(&mut root.names))]);
        while let Some((directory, entries)) = open.pop() {
            for (name, number) in entries {
                if let Some(&node) = known.get(&number) {
                    // Only what is no directory has a second name.
                    names.restore_link(node, directory, &name)?;
                    continue;
                }
                let file = self.files.get_mut(&number).ok_or(Errno::Io)?;
                // The root has been taken, so that nothing can lead back to it.
                let kept = file.kept.take().ok_or(Errno::Io)?;
                let node = names.restore(directory, &name, &kept)?;
                match kept.kind {
                    Kind::Directory => open.push((node, core::mem::take(&mut file.names))),
                    Kind::Regular => {
                        known.insert(number, node);
                        let content = core::mem::take(&mut file.content);
                        claim(&content, blocks, end)?;
                        put(&mut contents, node, content);
                        if !file.pieces.is_empty() {
                            pieces.push((node, core::mem::take(&mut file.pieces)));
                        }
                    }
                    _ => {
                        known.insert(number, node);
                    }
                }
            }
        }
        Ok(Tree {
            names,
            contents,
            pieces,
        })
    }
}

/// Puts a content to its node.
pub(super) fn put(contents: &mut Vec<Option<Box<Content>>>, node: MemNode, content: Content) {
    let at = node.0 as usize;
    if contents.len() <= at {
        contents.resize_with(at + 1, || None);
    }
    contents[at] = Some(Box::new(content));
}

fn claim(content: &Content, blocks: &mut Blocks, end: u64) -> Result<()> {
    for (_, slot) in content.slots().filter(|(_, slot)| slot.has_block()) {
        let run = Run {
            start: slot.block,
            length: 1,
        };
        blocks.claim(run, end)?;
    }
    Ok(())
}

/// Opens what is in a storage; `None` where it is empty.
///
/// # Errors
/// `invalid` for what is no volume, `not-supported` for one of a later version, `io` for one
/// that is damaged; those of the storage.
pub(super) fn load<D: Storage>(storage: D) -> Result<core::result::Result<Loaded<D>, D>> {
    let head = match superblock::read(&storage)? {
        Found::Empty => return Ok(Err(storage)),
        Found::Volume(head) => head,
    };
    let batches = Log::read(&storage, &head)?;
    if batches.is_empty() {
        return Err(Errno::Io);
    }
    let log_begun = log::on_disk(batches[0].records.len()) as u64;
    // What a later batch says was durable is, and so is what a log begins with. Pages of the
    // batches behind that may be missing.
    let durable = batches.iter().map(|batch| batch.synced).max().unwrap_or(0);
    let certain = batches.iter().filter(|batch| batch.sequence <= durable);
    let certain = certain.count().max(1);
    let uncertain = introduced(&batches[certain..])?;
    let mut disk = Disk::new(storage, Blocks::new());
    // What was lost may have been behind the end; what is far behind it never was anything.
    let blocks_in_storage = disk.storage.size()?.div_ceil(BLOCK);
    let end = (blocks_in_storage + uncertain.len() as u64).saturating_add(LOST_MAX);
    let (mut count, mut tries) = (batches.len(), 0);
    loop {
        let last = &batches[count - 1];
        let mut files = Files::default();
        for batch in &batches[..count] {
            files.apply(&batch.records)?;
        }
        disk.blocks = Blocks::new();
        let runs = log::runs(&disk.storage, &head, last)?;
        let log = Log::resume(last, &runs);
        for run in log.runs() {
            disk.blocks.claim(run, end)?;
        }
        let tree = files.build(&mut disk.blocks, end)?;
        // Pages that a later batch replaced, or whose file is gone, are not missed: once
        // that was durable they may have been written again. So it is what a state is made
        // of in the end that has to be there.
        tries += 1;
        match first_broken(&tree.contents, &uncertain, &disk) {
            // A batch that was taken out already can only be named by a damaged volume.
            Some(batch) if count > certain => {
                let most = if tries < TRIES { count - 1 } else { certain };
                count = most.min(certain + batch);
            }
            _ => {
                let mut contents = tree.contents;
                restore_bytes(&mut contents, &tree.pieces, &mut disk)?;
                return Ok(Ok(Loaded {
                    names: tree.names,
                    contents,
                    disk,
                    log,
                    log_begun,
                    head,
                    abandoned: count < batches.len(),
                }));
            }
        }
    }
}

/// Puts the bytes that are in the log over those that are in blocks.
fn restore_bytes<D: Storage>(
    contents: &mut [Option<Box<Content>>],
    pieces: &[(MemNode, BTreeMap<u64, Pieces<'_>>)],
    disk: &mut Disk<D>,
) -> Result<()> {
    let pages: usize = pieces.iter().map(|(_, pages)| pages.len()).sum();
    if pages > PAGES_MAX {
        return Err(Errno::Io);
    }
    for (node, pages) in pieces {
        let Some(Some(content)) = contents.get_mut(node.0 as usize) else {
            continue;
        };
        for (&page, pieces) in pages {
            match content.restore_bytes(disk, page, pieces) {
                // A damaged block makes its page unreadable, not the volume.
                Ok(()) | Err(Errno::Io) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
    Ok(())
}

/// In which of these batches each slot comes up first.
fn introduced(batches: &[Batch]) -> Result<HashMap<Slot, usize>> {
    let mut introduced = HashMap::new();
    for (at, batch) in batches.iter().enumerate() {
        let mut reader = RecordReader(&batch.records);
        while let Some(record) = reader.next()? {
            if let Record::Pages { slots, .. } = record {
                for slot in slots.iter() {
                    introduced.entry(slot).or_insert(at);
                }
            }
        }
    }
    Ok(introduced)
}

/// The first batch of which a page is missing.
fn first_broken<D: Storage>(
    contents: &[Option<Box<Content>>],
    uncertain: &HashMap<Slot, usize>,
    disk: &Disk<D>,
) -> Option<usize> {
    if uncertain.is_empty() {
        return None;
    }
    let slots = contents
        .iter()
        .flatten()
        .flat_map(|content| content.slots());
    let slots = slots.filter(|(_, slot)| slot.has_block());
    let slots = slots.filter_map(|(_, slot)| Some((slot, *uncertain.get(&slot)?)));
    let broken = slots.filter(|(slot, _)| !disk.is_whole(*slot));
    broken.map(|(_, batch)| batch).min()
}

/// What [`check`] has found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Files that are no directories, each once.
    pub files: u64,
    /// Directories, the root included.
    pub directories: u64,
    /// Blocks of 4,096 bytes in use, those of the log included.
    pub blocks: u64,
    /// Bytes of the log.
    pub log_bytes: u64,
    /// Contents that are not what was written: path and page.
    pub damaged: Vec<(String, u64)>,
}

/// Reads all of a volume and changes nothing: fsck(8).
///
/// # Errors
/// `invalid` for what is no volume, `io` where its tree can't be read; damaged contents are
/// in the report.
pub fn check(storage: impl Storage) -> Result<Report> {
    let Ok(loaded) = load(storage)? else {
        return Ok(Report::default());
    };
    let Loaded {
        names,
        contents,
        disk,
        log,
        ..
    } = loaded;
    let mut report = Report {
        directories: 1,
        blocks: disk.blocks.used(),
        log_bytes: log.bytes(),
        ..Report::default()
    };
    let mut paths: BTreeMap<u32, String> = BTreeMap::new();
    let mut seen: BTreeSet<u32> = BTreeSet::new();
    names.each_name(|directory, name, node| {
        let parent = paths.get(&directory.0).map_or("", String::as_str);
        let path = format!("{parent}/{name}");
        if !seen.insert(node.0) {
            return Ok(());
        }
        match contents.get(node.0 as usize) {
            Some(Some(content)) => {
                report.files += 1;
                let slots = content.slots().filter(|(_, slot)| slot.has_block());
                let damaged = slots.filter(|(_, slot)| !disk.is_whole(*slot));
                let damaged = damaged.map(|(page, _)| (path.clone(), page));
                report.damaged.extend(damaged);
            }
            _ if names.kept(node)?.kind == Kind::Directory => {
                report.directories += 1;
                paths.insert(node.0, path);
            }
            _ => report.files += 1,
        }
        Ok(())
    })?;
    Ok(report)
}
