//! Which bytes of a content the log does not know yet.

use alloc::vec::Vec;

use super::blocks::BLOCK;

/// Fewer bytes than this since the log was written last go into the log themselves: one write
/// of the host's then keeps what a program wrote, and the page follows some time later. More
/// go to their blocks at once, so that they are not written twice.
const SMALL: u64 = 2 * BLOCK;
/// More stretches than this are not worth a record each.
const RANGES: usize = 32;

/// Stretches of bytes that were written since the log was, of pages that are in memory.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    ranges: Vec<(u64, u64)>,
    bytes: u64,
}

impl Fresh {
    pub fn add(&mut self, from: u64, to: u64) {
        self.bytes = self.bytes.saturating_add(to - from);
        let many = self.ranges.len() > RANGES;
        match self.ranges.last_mut() {
            Some((_, end)) if *end == from => *end = to,
            // Too many already, and it stays so until the pages are in their blocks.
            _ if many => {}
            _ => self.ranges.push((from, to)),
        }
    }

    /// Whether the bytes go into the log.
    pub fn is_small(&self) -> bool {
        self.bytes < SMALL && self.ranges.len() <= RANGES
    }

    pub fn clear(&mut self) {
        self.ranges.clear();
        self.bytes = 0;
    }

    /// The stretches, cut where a page ends: the page, from where and to where in it.
    pub fn pieces(&self) -> impl Iterator<Item = (u64, usize, usize)> {
        self.ranges.iter().flat_map(|&(from, to)| {
            (from / BLOCK..to.div_ceil(BLOCK)).map(move |page| {
                let start = page * BLOCK;
                let within = |at: u64| at.clamp(start, start + BLOCK) - start;
                (page, within(from) as usize, within(to) as usize)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_cut_into_pages() {
        let mut fresh = Fresh::default();
        fresh.add(10, 20);
        fresh.add(20, 4100);
        fresh.add(8192, 8193);
        let pieces: Vec<_> = fresh.pieces().collect();
        assert_eq!(pieces, [(0, 10, 4096), (1, 0, 4), (2, 0, 1)]);
        assert!(fresh.is_small());
    }

    #[test]
    fn much_or_scattered_is_not_small() {
        let mut fresh = Fresh::default();
        fresh.add(0, 2 * BLOCK - 1);
        assert!(fresh.is_small());
        fresh.add(2 * BLOCK - 1, 2 * BLOCK);
        assert!(!fresh.is_small());
        fresh.clear();
        for at in 0..40 {
            fresh.add(2 * at, 2 * at + 1);
        }
        assert!(!fresh.is_small());
        fresh.clear();
        assert_eq!(fresh.pieces().count(), 0);
    }
}
