//! The content of a regular file: which block each page is in, and pages that were changed.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use super::blocks::{BLOCK, LAST};
use super::checksum::checksum;
use super::disk::Disk;
use super::fresh::Fresh;
use super::record::RecordWriter;
use super::storage::Storage;
use crate::errno::{Errno, Result};
use crate::sorted::SortedMap;
use crate::types::Extent;

/// Slots that are kept together.
const GROUP: u64 = 16;
/// Pages that are read at once, at most.
const PIECE: usize = 256;

/// Where a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Slot {
    /// 0: nowhere, it is a hole.
    pub block: u32,
    /// Of the block's bytes.
    pub checksum: u32,
}

impl Slot {
    const HOLE: Self = Self {
        block: 0,
        checksum: 0,
    };
    /// A hole that has its space already.
    const RESERVED: Self = Self {
        block: u32::MAX,
        checksum: 0,
    };

    /// Whether there is a block.
    pub fn has_block(self) -> bool {
        self.block != 0 && self.block < LAST
    }
}

/// The content of a regular file.
#[derive(Debug, Default)]
pub(super) struct Content {
    size: u64,
    groups: SortedMap<u64, Box<[Slot; GROUP as usize]>>,
    /// Pages that are not in their block yet.
    dirty: BTreeMap<u64, Vec<u8>>,
    /// What of them is not in the log yet.
    fresh: Fresh,
    /// Pages whose slot is not in the log yet.
    changed: BTreeSet<u64>,
    /// Since the log was written last, all pages from here on were cut off once.
    cut: Option<u64>,
    /// Pages that take space.
    pages: u64,
}

impl Content {
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Pages that take space.
    pub fn pages(&self) -> u64 {
        self.pages
    }

    pub fn dirty_pages(&self) -> usize {
        self.dirty.len()
    }

    pub fn slot(&self, page: u64) -> Slot {
        let group = self.groups.get(&(page / GROUP));
        group.map_or(Slot::HOLE, |group| group[(page % GROUP) as usize])
    }

    /// # Errors
    /// `no-memory`.
    pub fn set_slot(&mut self, page: u64, slot: Slot) -> Result<()> {
        let taken = |slot| u64::from(slot != Slot::HOLE);
        let dirty = self.dirty.contains_key(&page);
        let group = match slot {
            Slot::HOLE => match self.groups.get_mut(&(page / GROUP)) {
                Some(group) => group,
                None => return Ok(()),
            },
            _ => {
                let group = self.groups.entry(page / GROUP, Box::default);
                group.ok_or(Errno::NoMemory)?
            }
        };
        let place = &mut group[(page % GROUP) as usize];
        let before = core::mem::replace(place, slot);
        if !dirty {
            self.pages = self.pages + taken(slot) - taken(before);
        }
        Ok(())
    }

    /// All slots that are no holes, with their page.
    pub fn slots(&self) -> impl Iterator<Item = (u64, Slot)> {
        self.slots_from(0)
    }

    fn slots_from(&self, first: u64) -> impl Iterator<Item = (u64, Slot)> {
        let groups = self.groups.from(first / GROUP);
        groups
            .flat_map(|(number, group)| (number * GROUP..).zip(group.iter().copied()))
            .filter(move |(page, slot)| *page >= first && *slot != Slot::HOLE)
    }

    /// As the log has it: cuts or grows without a look at what is in the pages.
    pub fn restore_size(&mut self, size: u64) {
        self.size = size;
    }

    /// As the log has it: no pages from here on.
    pub fn restore_cut(&mut self, page: u64) {
        self.pages -= self.slots_from(page).count() as u64;
        if let Some(group) = self.groups.get_mut(&(page / GROUP)) {
            group[(page % GROUP) as usize..].fill(Slot::HOLE);
        }
        self.groups.truncate(&page.div_ceil(GROUP));
    }

    /// Up to `length` bytes from `offset`, fewer only at the end.
    pub fn read<D: Storage>(
        &self,
        disk: &mut Disk<D>,
        offset: u64,
        length: u32,
    ) -> Result<Vec<u8>> {
        let end = offset.saturating_add(u64::from(length)).min(self.size);
        if offset >= end {
            return Ok(Vec::new());
        }
        let (first, last) = (offset / BLOCK, (end - 1) / BLOCK);
        let mut bytes = Vec::new();
        let room = ((last - first + 1) * BLOCK) as usize;
        bytes.try_reserve_exact(room).map_err(|_| Errno::NoMemory)?;
        let mut page = first;
        while page <= last {
            if let Some(dirty) = self.dirty.get(&page) {
                bytes.extend_from_slice(dirty);
                page += 1;
                continue;
            }
            let run = self.run(page, last);
            if run.is_empty() {
                bytes.resize(bytes.len() + BLOCK as usize, 0);
                page += 1;
            } else {
                disk.read(&run, &mut bytes)?;
                page += run.len() as u64;
            }
        }
        bytes.truncate((end - first * BLOCK) as usize);
        let skipped = (offset % BLOCK) as usize;
        if skipped > 0 {
            bytes.drain(..skipped);
        }
        Ok(bytes)
    }

    /// Slots from this page on whose blocks lie one behind the other.
    fn run(&self, page: u64, last: u64) -> Vec<Slot> {
        let mut run: Vec<Slot> = Vec::new();
        for page in (page..=last).take(PIECE) {
            let slot = self.slot(page);
            let follows = run
                .last()
                .is_none_or(|before| before.block + 1 == slot.block);
            if !slot.has_block() || !follows || self.dirty.contains_key(&page) {
                break;
            }
            run.push(slot);
        }
        run
    }

    /// How many of `length` bytes from `offset` on can be written where there is room for
    /// so many more pages.
    pub fn fitting(&self, offset: u64, length: u64, mut room: u64) -> u64 {
        let end = offset + length;
        for page in offset / BLOCK..end.div_ceil(BLOCK) {
            if self.dirty.contains_key(&page) || self.slot(page) != Slot::HOLE {
                continue;
            }
            if room == 0 {
                return (page * BLOCK).max(offset) - offset;
            }
            room -= 1;
        }
        length
    }

    /// Writes at `offset`, in memory.
    pub fn write<D: Storage>(
        &mut self,
        disk: &mut Disk<D>,
        offset: u64,
        data: &[u8],
    ) -> Result<()> {
        let (mut at, mut rest) = (offset, data);
        while !rest.is_empty() {
            let (page, from) = (at / BLOCK, (at % BLOCK) as usize);
            let (piece, behind) = rest.split_at(rest.len().min(BLOCK as usize - from));
            if piece.len() == BLOCK as usize {
                self.put(page, piece.to_vec());
            } else {
                self.page_mut(disk, page)?[from..from + piece.len()].copy_from_slice(piece);
            }
            self.fresh.add(at, at + piece.len() as u64);
            at += piece.len() as u64;
            self.size = self.size.max(at);
            rest = behind;
        }
        Ok(())
    }

    fn put(&mut self, page: u64, bytes: Vec<u8>) {
        let hole = self.slot(page) == Slot::HOLE;
        if self.dirty.insert(page, bytes).is_none() && hole {
            self.pages += 1;
        }
    }

    /// A page in memory, to be changed.
    fn page_mut<D: Storage>(&mut self, disk: &mut Disk<D>, page: u64) -> Result<&mut Vec<u8>> {
        if !self.dirty.contains_key(&page) {
            let slot = self.slot(page);
            let mut bytes = Vec::new();
            if slot.has_block() {
                disk.read(&[slot], &mut bytes)?;
            } else {
                bytes = vec![0; BLOCK as usize];
            }
            self.put(page, bytes);
        }
        self.dirty.get_mut(&page).ok_or(Errno::Io)
    }

    /// Cuts, or grows by a hole.
    pub fn set_size<D: Storage>(&mut self, disk: &mut Disk<D>, size: u64) -> Result<()> {
        if size < self.size {
            let last = size / BLOCK;
            let kept = (size % BLOCK) as usize;
            // What is behind the end reads as zeros should the file grow again.
            if kept > 0 && (self.dirty.contains_key(&last) || self.slot(last).has_block()) {
                self.page_mut(disk, last)?[kept..].fill(0);
                self.fresh.add(size, (last + 1) * BLOCK);
            }
        }
        let end = size.div_ceil(BLOCK);
        // Also where the size stays: space that was reserved behind the end is given back.
        if size <= self.size && self.has_any_from(end) {
            self.cut(disk, end);
        }
        self.size = size;
        Ok(())
    }

    /// Whether there are pages from here on, or were since the log was written last.
    fn has_any_from(&self, page: u64) -> bool {
        self.slots_from(page).next().is_some()
            || self.dirty.range(page..).next().is_some()
            || self.changed.range(page..).next().is_some()
    }

    fn cut<D>(&mut self, disk: &mut Disk<D>, page: u64) {
        for at in self.dirty.split_off(&page).into_keys() {
            self.pages -= u64::from(self.slot(at) == Slot::HOLE);
        }
        for (_, slot) in self.slots_from(page) {
            if slot.has_block() {
                disk.blocks.pin(slot.block);
            }
        }
        self.changed.split_off(&page);
        self.restore_cut(page);
        self.cut = Some(self.cut.map_or(page, |cut| cut.min(page)));
    }

    /// Makes a range read as zeros and take no space.
    pub fn punch<D: Storage>(&mut self, disk: &mut Disk<D>, offset: u64, end: u64) -> Result<()> {
        let (first, last) = (offset.div_ceil(BLOCK), end / BLOCK);
        // The parts of pages at both ends.
        for (page, from, to) in [
            (
                offset / BLOCK,
                offset,
                end.min(offset.next_multiple_of(BLOCK)),
            ),
            (last, (last * BLOCK).max(offset), end),
        ] {
            let there = self.dirty.contains_key(&page) || self.slot(page).has_block();
            if from < to && there {
                let start = page * BLOCK;
                let part = (from - start) as usize..(to - start) as usize;
                self.page_mut(disk, page)?[part].fill(0);
                self.fresh.add(from, to);
            }
        }
        let mapped = self.slots_from(first).map(|(page, _)| page);
        let dirty = self.dirty.range(first..).map(|(page, _)| *page);
        let pages: BTreeSet<u64> = mapped
            .take_while(|page| *page < last)
            .chain(dirty.take_while(|page| *page < last))
            .collect();
        for page in pages {
            let slot = self.slot(page);
            if self.dirty.remove(&page).is_some() && slot == Slot::HOLE {
                self.pages -= 1;
            }
            if slot.has_block() {
                disk.blocks.pin(slot.block);
            }
            self.set_slot(page, Slot::HOLE)?;
            self.changed.insert(page);
        }
        Ok(())
    }

    /// Counts the space of a range as taken.
    pub fn reserve(&mut self, offset: u64, end: u64) -> Result<()> {
        // More than anybody means is refused before it takes memory.
        const RESERVATION_MAX: u64 = 16 << 30;
        if end - offset > RESERVATION_MAX {
            return Err(Errno::NoSpace);
        }
        for page in offset / BLOCK..end.div_ceil(BLOCK) {
            if !self.dirty.contains_key(&page) && self.slot(page) == Slot::HOLE {
                self.set_slot(page, Slot::RESERVED)?;
                self.changed.insert(page);
            }
        }
        Ok(())
    }

    /// The first data or hole at or behind `offset`, which is below the size.
    pub fn find(&self, what: Extent, offset: u64) -> Option<u64> {
        let first = offset / BLOCK;
        if what == Extent::Data {
            let mut groups = self.groups.from(first / GROUP);
            let mapped = groups.find_map(|(number, group)| {
                let slots = (number * GROUP..).zip(group.iter());
                let mut data = slots.filter(|(page, slot)| *page >= first && slot.has_block());
                data.next().map(|(page, _)| page)
            });
            let dirty = self.dirty.range(first..).next().map(|(&page, _)| page);
            let page = mapped.into_iter().chain(dirty).min()?;
            return Some((page * BLOCK).max(offset)).filter(|&found| found < self.size);
        }
        let mut page = first;
        while self.dirty.contains_key(&page) || self.slot(page).has_block() {
            page += 1;
        }
        Some((page * BLOCK).max(offset).min(self.size))
    }

    /// Puts bytes that the log has over those of a page.
    ///
    /// # Errors
    /// As for reading the page.
    pub fn restore_bytes<D: Storage>(
        &mut self,
        disk: &mut Disk<D>,
        page: u64,
        pieces: &[(usize, &[u8])],
    ) -> Result<()> {
        let whole = pieces
            .iter()
            .any(|(_, bytes)| bytes.len() == BLOCK as usize);
        if whole {
            // Nothing is left of what was there.
            self.put(page, vec![0; BLOCK as usize]);
        }
        let content = self.page_mut(disk, page)?;
        for (from, bytes) in pieces {
            content[*from..from + bytes.len()].copy_from_slice(bytes);
        }
        Ok(())
    }

    /// Whether what has changed goes to blocks before the log is written, as it is too much
    /// for the log itself.
    pub fn has_bulk(&self) -> bool {
        !self.fresh.is_small()
    }

    /// Pages that are not in their block yet.
    pub fn dirty(&self) -> impl Iterator<Item = u64> {
        self.dirty.keys().copied()
    }

    /// One of these.
    pub fn dirty_page(&self, page: u64) -> Option<&[u8]> {
        self.dirty.get(&page).map(Vec::as_slice)
    }

    /// After a changed page was written to a new block.
    ///
    /// # Errors
    /// `no-memory`.
    pub fn placed<D: Storage>(&mut self, disk: &mut Disk<D>, page: u64, block: u32) -> Result<()> {
        let Some(bytes) = self.dirty.get(&page) else {
            return Ok(());
        };
        let (before, checksum) = (self.slot(page), checksum(0, bytes));
        // Still dirty, so that its space is not counted twice.
        self.set_slot(page, Slot { block, checksum })?;
        if let Some(bytes) = self.dirty.remove(&page) {
            disk.keep(block, bytes);
        }
        if before.has_block() {
            disk.blocks.pin(before.block);
        }
        self.changed.insert(page);
        if self.dirty.is_empty() {
            self.fresh.clear();
        }
        Ok(())
    }

    /// What the log has to know since it was written last.
    pub fn changes(&self, number: u64, records: &mut RecordWriter) {
        if let Some(cut) = self.cut {
            records.cut(number, cut);
        }
        let pages: Vec<u64> = self.changed.iter().copied().collect();
        self.runs(number, &pages, records);
        for (page, from, to) in self.fresh.pieces() {
            // One that is no longer dirty was cut off, or is in its block.
            if let Some(bytes) = self.dirty.get(&page) {
                records.page_bytes(number, page, from, &bytes[from..to]);
            }
        }
    }

    /// All that a new log has to know, once all pages are in their blocks.
    pub fn all(&self, number: u64, records: &mut RecordWriter) {
        let pages: Vec<u64> = self.slots().map(|(page, _)| page).collect();
        self.runs(number, &pages, records);
    }

    fn runs(&self, number: u64, pages: &[u64], records: &mut RecordWriter) {
        for run in pages.chunk_by(|one, next| one + 1 == *next) {
            records.pages(number, run[0], run.iter().map(|&page| self.slot(page)));
        }
    }

    /// After the log has all changes.
    pub fn logged(&mut self) {
        self.changed.clear();
        self.fresh.clear();
        self.cut = None;
    }

    /// Gives up all blocks.
    pub fn release<D>(&self, disk: &mut Disk<D>) {
        for (_, slot) in self.slots().filter(|(_, slot)| slot.has_block()) {
            disk.blocks.pin(slot.block);
        }
    }
}
