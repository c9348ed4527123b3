//! Blocks of the storage, and those that were read or written lately.

use alloc::vec::Vec;

use hashbrown::HashMap;

use super::blocks::{BLOCK, Blocks, Run};
use super::checksum::checksum;
use super::content::Slot;
use super::storage::Storage;
use crate::errno::{Errno, Result};

/// How many blocks are kept in memory: 16 MiB.
const CACHED: usize = 4096;
/// A read of so many blocks at once is not worth keeping.
const LONG: u32 = 16;

/// The storage with its blocks.
#[derive(Debug)]
pub(super) struct Disk<D> {
    pub storage: D,
    pub blocks: Blocks,
    cache: Cache,
}

/// Blocks in memory; the oldest goes first.
#[derive(Debug, Default)]
struct Cache {
    places: HashMap<u32, usize>,
    pages: Vec<(u32, Vec<u8>)>,
    /// What goes next.
    oldest: usize,
}

impl<D: Storage> Disk<D> {
    pub fn new(storage: D, blocks: Blocks) -> Self {
        Self {
            storage,
            blocks,
            cache: Cache::default(),
        }
    }

    /// Adds what is in these blocks, which lie one behind the other, to `out`.
    ///
    /// # Errors
    /// `io` where a checksum is wrong; those of the storage.
    pub fn read(&mut self, slots: &[Slot], out: &mut Vec<u8>) -> Result<()> {
        let mut rest = slots;
        while let Some(first) = rest.first() {
            if let Some(page) = self.cache.get(first.block) {
                out.extend_from_slice(page);
                rest = &rest[1..];
                continue;
            }
            let missing = rest
                .iter()
                .position(|slot| self.cache.get(slot.block).is_some());
            let (read, behind) = rest.split_at(missing.unwrap_or(rest.len()));
            let bytes = self.read_run(first.block, read)?;
            out.extend_from_slice(&bytes);
            if (read.len() as u32) < LONG {
                for (slot, page) in read.iter().zip(bytes.chunks_exact(BLOCK as usize)) {
                    self.cache.put(slot.block, page.to_vec());
                }
            }
            rest = behind;
        }
        Ok(())
    }

    fn read_run(&self, start: u32, slots: &[Slot]) -> Result<Vec<u8>> {
        let length = slots.len() * BLOCK as usize;
        let bytes = self
            .storage
            .read_at(u64::from(start) * BLOCK, length as u32)?;
        if bytes.len() != length {
            return Err(Errno::Io);
        }
        for (slot, page) in slots.iter().zip(bytes.chunks_exact(BLOCK as usize)) {
            if checksum(0, page) != slot.checksum {
                return Err(Errno::Io);
            }
        }
        Ok(bytes)
    }

    /// Whether a block has what it should have.
    pub fn is_whole(&self, slot: Slot) -> bool {
        self.read_run(slot.block, &[slot]).is_ok()
    }

    /// Writes pages to new blocks, as many as lie one behind the other, at least one.
    ///
    /// # Errors
    /// `no-space`, those of the storage.
    pub fn write(&mut self, pages: &[&[u8]]) -> Result<Run> {
        let run = self.blocks.allocate(pages.len() as u32)?;
        let pages = &pages[..run.length as usize];
        let at = u64::from(run.start) * BLOCK;
        let written = match pages {
            [page] => self.storage.write_at(at, page),
            pages => self.storage.write_at(at, &pages.concat()),
        };
        match written {
            Ok(()) => Ok(run),
            Err(errno) => {
                self.blocks.free(run);
                Err(errno)
            }
        }
    }

    /// Keeps what was just written to a block.
    pub fn keep(&mut self, block: u32, page: Vec<u8>) {
        self.cache.put(block, page);
    }
}

impl Cache {
    fn get(&self, block: u32) -> Option<&[u8]> {
        let place = *self.places.get(&block)?;
        Some(&self.pages[place].1)
    }

    fn put(&mut self, block: u32, page: Vec<u8>) {
        if let Some(&place) = self.places.get(&block) {
            self.pages[place].1 = page;
        } else if self.pages.len() < CACHED {
            self.places.insert(block, self.pages.len());
            self.pages.push((block, page));
        } else {
            let place = self.oldest;
            self.oldest = (place + 1) % CACHED;
            self.places.remove(&self.pages[place].0);
            self.pages[place] = (block, page);
            self.places.insert(block, place);
        }
    }
}
