//! One piece of a file's content in memory.

use alloc::vec::Vec;

use crate::errno::{Errno, Result};

/// Size of a chunk in bytes: what most programs write at once, at most.
pub(super) const CHUNK: u64 = 64 << 10;
/// The unit in which space is counted and holes are found, in bytes.
pub(super) const PAGE: u64 = 4096;

/// Up to [`CHUNK`] bytes of a file.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// From the chunk's start; what is behind reads as zeros.
    data: Vec<u8>,
    /// Pages that have data, a bit each.
    pub written: u16,
    /// Pages that take space: those with data and those that are reserved.
    reserved: u16,
    /// Whether the lower file no longer shows through.
    pub own: bool,
}

impl Chunk {
    /// How many pages take space.
    pub fn allocated(&self) -> u64 {
        u64::from(self.reserved.count_ones())
    }

    /// Adds bytes `from..to` to `out`.
    pub fn read(&self, from: usize, to: usize, out: &mut Vec<u8>) {
        let there = self.data.len().clamp(from, to);
        if there > from {
            out.extend_from_slice(&self.data[from..there]);
        }
        out.resize(out.len() + (to - there), 0);
    }

    /// Puts bytes at `at`; `whole` where the chunk will probably be filled.
    pub fn write(&mut self, at: usize, bytes: &[u8], whole: bool) -> Result<()> {
        let end = at + bytes.len();
        self.make_room(end, whole)?;
        if at > self.data.len() {
            self.data.resize(at, 0);
        }
        let old = (self.data.len() - at).min(bytes.len());
        self.data[at..at + old].copy_from_slice(&bytes[..old]);
        self.data.extend_from_slice(&bytes[old..]);
        self.mark(pages_of(at, end));
        Ok(())
    }

    /// Takes a whole chunk's bytes as they are.
    pub fn adopt(&mut self, data: Vec<u8>) {
        self.data = data;
        self.own = true;
        self.mark(u16::MAX);
    }

    /// Takes over what the lower file had: `shown` bytes, of which `copy` has all or, where
    /// they are about to be overwritten, none.
    pub fn copy_up(&mut self, copy: Vec<u8>, shown: usize) {
        self.data = copy;
        self.own = true;
        self.mark(pages_of(0, shown));
    }

    /// Forgets everything from `at` on.
    pub fn cut(&mut self, at: usize) {
        self.data.truncate(at);
        if self.data.capacity() > 4 * at.max(64) {
            self.data.shrink_to_fit();
        }
        let kept = pages_of(0, at);
        self.written &= kept;
        self.reserved &= kept;
    }

    /// Makes `from..to` zeros; pages that lie in there wholly take no space any more.
    pub fn punch(&mut self, from: usize, to: usize) {
        let there = to.min(self.data.len());
        if from < there {
            self.data[from..there].fill(0);
        }
        let page = PAGE as usize;
        let (first, last) = (from.next_multiple_of(page), to / page * page);
        if first < last {
            let gone = pages_of(first, last);
            self.written &= !gone;
            self.reserved &= !gone;
        }
        if self.reserved == 0 {
            self.data = Vec::new();
        }
    }

    /// Pages that take space, a bit each: what [`Chunk::unreserve`] goes back to.
    pub fn reservation(&self) -> u16 {
        self.reserved
    }

    /// Takes memory for `from..to`.
    pub fn reserve(&mut self, from: usize, to: usize) -> Result<()> {
        let more = to.saturating_sub(self.data.len());
        self.data
            .try_reserve_exact(more)
            .map_err(|_| Errno::NoSpace)?;
        self.reserved |= pages_of(from, to);
        Ok(())
    }

    /// Undoes [`Chunk::reserve`].
    pub fn unreserve(&mut self, before: u16) {
        self.reserved = before;
        self.data.shrink_to_fit();
    }

    fn mark(&mut self, pages: u16) {
        self.written |= pages;
        self.reserved |= pages;
    }

    /// Grows by doubling while small, then to the whole chunk at once.
    fn make_room(&mut self, end: usize, whole: bool) -> Result<()> {
        let capacity = self.data.capacity();
        if end <= capacity {
            return Ok(());
        }
        let chunk = CHUNK as usize;
        let wanted = if whole || end > chunk / 2 {
            chunk
        } else {
            end.max(2 * capacity)
        };
        let more = wanted - self.data.len();
        self.data
            .try_reserve_exact(more)
            .map_err(|_| Errno::NoSpace)
    }
}

/// The pages that bytes `from..to` of a chunk touch, a bit each.
pub(super) fn pages_of(from: usize, to: usize) -> u16 {
    if from >= to {
        return 0;
    }
    let page = PAGE as usize;
    let (first, last) = (from / page, (to - 1) / page);
    let count = last - first + 1;
    (((1_u32 << count) - 1) << first) as u16
}
