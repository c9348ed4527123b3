//! Which blocks of the storage are in use.

use alloc::vec::Vec;

use crate::errno::{Errno, Result};

/// Size of a block in bytes, and of a page of a file.
pub(super) const BLOCK: u64 = 4096;
/// The superblocks' blocks are never given out.
pub(super) const FIRST: u32 = 2;
/// Blocks are numbered below this: some 16 TiB. Higher numbers mean something else.
pub(super) const LAST: u32 = u32::MAX - 16;

/// Blocks that lie one behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub start: u32,
    pub length: u32,
}

/// A bit for each block, and the blocks that nobody uses any more but that what is durable
/// still refers to.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    words: Vec<u64>,
    used: u64,
    /// Where to look for free blocks next.
    cursor: u32,
    pinned: Vec<Run>,
    pinned_blocks: u64,
}

impl Run {
    pub fn blocks(self) -> core::ops::Range<u32> {
        self.start..self.start + self.length
    }
}

impl Blocks {
    pub fn new() -> Self {
        Self {
            cursor: FIRST,
            ..Self::default()
        }
    }

    /// How many are in use or pinned.
    pub fn used(&self) -> u64 {
        self.used
    }

    pub fn pinned(&self) -> u64 {
        self.pinned_blocks
    }

    /// Marks a run that is known to be in use, of so many blocks that there can be.
    ///
    /// # Errors
    /// `io` where a block of it can't be, or is used already.
    pub fn claim(&mut self, run: Run, blocks: u64) -> Result<()> {
        let end = u64::from(run.start) + u64::from(run.length);
        if run.start < FIRST || end > blocks.min(u64::from(LAST)) {
            return Err(Errno::Io);
        }
        for block in run.blocks() {
            if self.is_used(block) {
                return Err(Errno::Io);
            }
            self.set(block)?;
        }
        Ok(())
    }

    /// Takes up to `most` blocks that lie one behind the other, at least one.
    ///
    /// # Errors
    /// `no-space` where all are in use.
    pub fn allocate(&mut self, most: u32) -> Result<Run> {
        let end = (self.words.len() * 64) as u32;
        let start = self
            .free_from(self.cursor, end)
            .or_else(|| self.free_from(FIRST, self.cursor.min(end)))
            .unwrap_or(end.max(FIRST));
        let mut run = Run { start, length: 0 };
        while run.length < most && start + run.length < LAST && !self.is_used(start + run.length) {
            self.set(start + run.length)?;
            run.length += 1;
        }
        if run.length == 0 {
            return Err(Errno::NoSpace);
        }
        self.cursor = start + run.length;
        Ok(run)
    }

    /// Gives blocks back that nothing durable refers to.
    pub fn free(&mut self, run: Run) {
        for block in run.blocks() {
            if self.is_used(block) {
                self.words[block as usize / 64] &= !(1 << (block % 64));
                self.used -= 1;
            }
        }
        self.cursor = self.cursor.min(run.start);
    }

    /// Gives a block back once what refers to it is no longer what is durable.
    pub fn pin(&mut self, block: u32) {
        self.pinned_blocks += 1;
        match self.pinned.last_mut() {
            Some(run) if run.start + run.length == block => run.length += 1,
            _ => self.pinned.push(Run {
                start: block,
                length: 1,
            }),
        }
    }

    /// After all that was changed has become durable.
    pub fn unpin(&mut self) {
        for run in core::mem::take(&mut self.pinned) {
            self.free(run);
        }
        self.pinned_blocks = 0;
    }

    fn is_used(&self, block: u32) -> bool {
        let word = self.words.get(block as usize / 64);
        word.is_some_and(|word| word & 1 << (block % 64) != 0)
    }

    fn set(&mut self, block: u32) -> Result<()> {
        let word = block as usize / 64;
        if word >= self.words.len() {
            let more = word + 1 - self.words.len();
            self.words.try_reserve(more).map_err(|_| Errno::NoMemory)?;
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (block % 64);
        self.used += 1;
        Ok(())
    }

    /// The first free block in `from..to`.
    fn free_from(&self, from: u32, to: u32) -> Option<u32> {
        let mut at = from.max(FIRST);
        while at < to {
            let word = self.words[at as usize / 64] | ((1 << (at % 64)) - 1);
            if word != u64::MAX {
                let found = at / 64 * 64 + word.trailing_ones();
                return Some(found).filter(|&found| found < to);
            }
            at = (at / 64 + 1) * 64;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_in_runs_and_come_back() {
        let mut blocks = Blocks::new();
        let run = |start, length| Run { start, length };
        assert_eq!(blocks.allocate(3), Ok(run(2, 3)));
        assert_eq!(blocks.allocate(100), Ok(run(5, 100)));
        blocks.free(run(3, 1));
        assert_eq!(blocks.allocate(5), Ok(run(3, 1)));
        assert_eq!(blocks.allocate(1), Ok(run(105, 1)));
        assert_eq!(blocks.used(), 104);
        blocks.pin(50);
        blocks.pin(51);
        assert_eq!(blocks.allocate(1), Ok(run(106, 1)));
        blocks.unpin();
        assert_eq!((blocks.allocate(9), blocks.pinned()), (Ok(run(50, 2)), 0));
    }

    #[test]
    fn only_blocks_that_are_there_and_free_are_claimed() {
        let mut blocks = Blocks::new();
        let run = |start, length| Run { start, length };
        assert_eq!(blocks.claim(run(1, 1), 100), Err(Errno::Io));
        assert_eq!(blocks.claim(run(99, 2), 100), Err(Errno::Io));
        assert_eq!(
            blocks.claim(run(u32::MAX, u32::MAX), u64::MAX),
            Err(Errno::Io)
        );
        assert_eq!(blocks.claim(run(10, 5), 100), Ok(()));
        assert_eq!(blocks.claim(run(14, 1), 100), Err(Errno::Io));
        assert_eq!(blocks.allocate(100), Ok(run(2, 8)));
    }
}
