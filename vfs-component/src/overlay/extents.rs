//! Where a content has data and where holes, and the space that it takes.

use super::chunk::{CHUNK, Chunk, PAGE, pages_of};
use super::content::Content;
use crate::types::Extent;

impl<B: Clone> Content<B> {
    /// How many of `length` bytes from `offset` on can be written where there is room for
    /// so many more pages.
    pub fn fitting(&self, offset: u64, length: usize, mut room: u64) -> usize {
        let end = offset + length as u64;
        for piece in pieces(offset, end) {
            // A chunk that shows the lower file is copied as a whole.
            let shown = self.shown(piece.number).div_ceil(PAGE);
            if shown > room {
                return (piece.start + piece.from - offset) as usize;
            }
            room -= shown;
            let written = self.reserved(piece.number);
            for page in piece.from / PAGE..piece.to.div_ceil(PAGE) {
                if written & (1 << page) != 0 {
                    continue;
                }
                if room == 0 {
                    let at = (piece.start + page * PAGE).max(offset);
                    return (at - offset) as usize;
                }
                room -= 1;
            }
        }
        length
    }

    /// The first data or hole at or behind `offset`, which is below the size.
    pub fn find(&self, what: Extent, offset: u64) -> Option<u64> {
        match what {
            Extent::Data => self.find_data(offset),
            Extent::Hole => Some(self.find_hole(offset)),
        }
    }

    fn find_data(&self, offset: u64) -> Option<u64> {
        let first = offset / CHUNK;
        let near = self.near.len() as u64 + 1;
        let base = self
            .base
            .as_ref()
            .map_or(0, |base| base.length.div_ceil(CHUNK));
        let close = first..near.max(base);
        let far = self.far.from(base.max(first)).map(|(number, _)| number);
        for number in close.chain(far) {
            let written = self.written(number);
            let skipped = if number == first {
                offset % CHUNK / PAGE
            } else {
                0
            };
            let behind = u32::from(written) >> skipped;
            if behind != 0 {
                let page = skipped + u64::from(behind.trailing_zeros());
                return Some((number * CHUNK + page * PAGE).max(offset));
            }
        }
        None
    }

    fn find_hole(&self, offset: u64) -> u64 {
        let mut number = offset / CHUNK;
        let mut skipped = offset % CHUNK / PAGE;
        loop {
            let written = u32::from(self.written(number)) >> skipped;
            let page = skipped + u64::from(written.trailing_ones());
            if page < CHUNK / PAGE {
                return (number * CHUNK + page * PAGE).max(offset).min(self.size);
            }
            number += 1;
            skipped = 0;
            if number * CHUNK >= self.size {
                return self.size;
            }
        }
    }

    /// How many bytes of this chunk show the image.
    pub(super) fn shown(&self, number: u64) -> u64 {
        let Some(base) = &self.base else { return 0 };
        match self.chunk(number) {
            Some(chunk) if chunk.own => 0,
            _ => base
                .length
                .saturating_sub(number.saturating_mul(CHUNK))
                .min(CHUNK),
        }
    }

    /// Pages of this chunk that have data.
    pub(super) fn written(&self, number: u64) -> u16 {
        match self.shown(number) {
            0 => self.chunk(number).map_or(0, |chunk| chunk.written),
            shown => pages_of(0, shown as usize),
        }
    }

    /// Pages of this chunk that take space.
    pub(super) fn reserved(&self, number: u64) -> u16 {
        match self.shown(number) {
            0 => self.chunk(number).map_or(0, Chunk::reservation),
            shown => pages_of(0, shown as usize),
        }
    }

    /// How many pages of this chunk take space.
    pub(super) fn allocated(&self, number: u64) -> u64 {
        match self.shown(number) {
            0 => self.chunk(number).map_or(0, Chunk::allocated),
            shown => shown.div_ceil(PAGE),
        }
    }

    pub(super) fn count_pages(&mut self) {
        let far = self.far.iter();
        let near = (1..).zip(&self.near);
        let chunks = core::iter::once((0, &self.first)).chain(near).chain(far);
        let base = self.base.as_ref().map_or(0, |base| base.length);
        let mut pages = base.div_ceil(PAGE);
        let mut borrowed = pages;
        for (number, chunk) in chunks.filter(|(_, chunk)| chunk.own) {
            let hidden = base.saturating_sub(number * CHUNK).min(CHUNK);
            pages = pages + chunk.allocated() - hidden.div_ceil(PAGE);
            borrowed -= hidden.div_ceil(PAGE);
        }
        (self.pages, self.borrowed) = (pages, borrowed);
    }
}

/// The part of a range that lies in one chunk.
pub(super) struct Piece {
    pub number: u64,
    /// Where the chunk begins in the file.
    pub start: u64,
    /// The part, from the chunk's start.
    pub from: u64,
    pub to: u64,
}

impl Piece {
    pub fn of(number: u64, offset: u64, end: u64) -> Self {
        let start = number * CHUNK;
        let from = offset.saturating_sub(start);
        Self {
            number,
            start,
            from,
            to: (end - start).min(CHUNK),
        }
    }
}

/// A range cut at the borders of chunks.
pub(super) fn pieces(offset: u64, end: u64) -> impl Iterator<Item = Piece> {
    let numbers = if offset < end {
        offset / CHUNK..(end - 1) / CHUNK + 1
    } else {
        0..0
    };
    numbers.map(move |number| Piece::of(number, offset, end))
}
