//! When and how what has changed comes to the storage.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::content::Content;
use super::log::Log;
use super::record::RecordWriter;
use super::storage::Storage;
use super::superblock;
use super::tree::Volume;
use crate::errno::{Errno, Result};
use crate::overlay::MemNode;

/// Pages that are written at once, at most.
const PIECE: usize = 256;

/// When changes are written to the host where nobody asks for a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteBack {
    /// At the end of each call that changed something: whatever a call has done is there when
    /// the box ends or is killed, as it is with files of the host. A component is not told
    /// that its box ends, and C's `exit` closes nothing, so this is the default.
    #[default]
    Always,
    /// After each change of a name, and when a file that was written is closed: what was
    /// written to a file that is still open may be lost.
    Soon,
    /// When some megabytes have come together: faster, for boxes that end with a sync.
    Late,
}

impl WriteBack {
    /// As the setting `write-back` has it: `always`, `soon` or `late`.
    ///
    /// # Errors
    /// `invalid` for any other word.
    pub fn from_setting(word: &str) -> Result<Self> {
        match word {
            "always" => Ok(Self::Always),
            "soon" => Ok(Self::Soon),
            "late" => Ok(Self::Late),
            _ => Err(Errno::Invalid),
        }
    }
}

/// What makes a volume write, sync or begin a new log although nobody asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// More changed pages than this, of 4,096 bytes, are written.
    pub dirty_pages: usize,
    /// More changed files and names than this are written.
    pub changes: usize,
    /// More blocks that wait for a sync before they can be used again make one worth its time.
    pub pinned_blocks: u64,
    /// A log of more bytes than this, and four times those that it began with, is begun anew.
    pub log_bytes: u64,
}

impl Default for Thresholds {
    /// Pages and blocks of 32 MiB, 1,024 changes, and a log of 16 MiB.
    fn default() -> Self {
        Self {
            dirty_pages: 8192,
            changes: 1024,
            pinned_blocks: 8192,
            log_bytes: 16 << 20,
        }
    }
}

impl<D: Storage> Volume<D> {
    /// Writes all that has changed; `durable` waits until it is so.
    ///
    /// # Errors
    /// Those of the storage; what could not be written is tried again with the next commit.
    pub fn commit(&mut self, durable: bool) -> Result<()> {
        if self.read_only {
            return Ok(());
        }
        let changed = !self.changed.is_empty() || !self.renamed.is_empty();
        if changed || self.lost_superblocks > 0 {
            self.first_write()?;
        }
        let begun = self.begin_log_if_due(changed)?;
        if changed && !begun {
            self.flush(self.dirty_pages > self.thresholds.dirty_pages)?;
            let mut records = core::mem::take(&mut self.records);
            records.clear();
            self.changes(&mut records)?;
            if !records.0.is_empty() {
                let (disk, log) = (&mut self.disk, &mut self.log);
                log.append(&disk.storage, &mut disk.blocks, &records.0)?;
            }
            self.records = records;
        }
        for node in self.changed.values() {
            if let Some(Some(content)) = self.contents.get_mut(node.0 as usize) {
                content.logged();
            }
        }
        self.changed.clear();
        self.renamed.clear();
        self.written = false;
        if durable || self.disk.blocks.pinned() > self.thresholds.pinned_blocks {
            self.sync_storage()?;
        }
        Ok(())
    }

    /// Begins a new log where the old one is no longer good, or long. Returns whether it did.
    fn begin_log_if_due(&mut self, changed: bool) -> Result<bool> {
        // Whatever is added to the old log may not be found again, or with it what was given
        // up.
        let must = self.lost_superblocks > 0 || (changed && self.abandoned);
        let most = self.thresholds.log_bytes.max(4 * self.log_begun);
        let long = changed && self.log.bytes() > most;
        if !must && !long {
            return Ok(false);
        }
        match self.flush(true).and_then(|()| self.begin_log()) {
            Ok(()) => Ok(true),
            // There may still be space for what has changed.
            Err(Errno::NoSpace | Errno::Quota) if !must && self.lost_superblocks == 0 => Ok(false),
            Err(errno) => Err(errno),
        }
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
        if told && self.lost_superblocks == 0 && !self.abandoned {
            self.disk.blocks.unpin();
        }
        Ok(())
    }

    /// Writes changed pages to new blocks: those of files of which much has changed, or all.
    fn flush(&mut self, all: bool) -> Result<()> {
        let content = |node: usize| self.contents.get(node).and_then(Option::as_deref);
        let dirty = |node: usize| {
            let pages = content(node).map(Content::dirty).into_iter().flatten();
            pages.map(move |page| (node, page))
        };
        let pages: Vec<(usize, u64)> = if all {
            (0..self.contents.len()).flat_map(dirty).collect()
        } else {
            // The node of a file that is gone may be another's by now.
            let theirs = |number, node| {
                let known = self.names.number(node);
                known.is_some_and(|(known, _)| known == number)
            };
            let changed = self.changed.iter();
            let changed = changed.filter(|&(&number, &node)| theirs(number, node));
            let much = changed.map(|(_, node)| node.0 as usize);
            let much = much.filter(|&node| content(node).is_some_and(Content::has_bulk));
            much.flat_map(dirty).collect()
        };
        let mut rest = pages.as_slice();
        while !rest.is_empty() {
            let written = self.write_pages(&rest[..rest.len().min(PIECE)])?;
            rest = &rest[written..];
        }
        Ok(())
    }

    /// Writes these pages, by node, or so many of them as blocks lie one behind the other.
    fn write_pages(&mut self, pages: &[(usize, u64)]) -> Result<usize> {
        let bytes = pages.iter().map(|&(node, page)| {
            let content = self.contents.get(node).and_then(Option::as_deref);
            content.and_then(|content| content.dirty_page(page))
        });
        let bytes: Option<Vec<&[u8]>> = bytes.collect();
        let run = self.disk.write(&bytes.ok_or(Errno::Io)?)?;
        for (&(at, page), block) in pages.iter().zip(run.blocks()) {
            let node = MemNode(at as u32);
            if let Some(Some(content)) = self.contents.get_mut(at) {
                content.placed(&mut self.disk, page, block)?;
                self.dirty_pages -= 1;
            }
            if let Some((number, _)) = self.names.number(node) {
                self.changed.insert(number, node);
            }
        }
        Ok(run.length as usize)
    }

    /// All that the log does not know yet.
    fn changes(&self, records: &mut RecordWriter) -> Result<()> {
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
                    content.changes(number, records);
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
        Ok(())
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
        self.abandoned = false;
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
}
