//! The content of a regular file: sparse, in chunks, over what a lower tree has of it.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::chunk::{CHUNK, Chunk, PAGE, pages_of};
use crate::errno::{Errno, Result};
use crate::lower::{Lower, LowerInode};
use crate::sorted::SortedMap;
use crate::types::Extent;

/// The most that can be reserved at once, in bytes: more than a 32-bit memory has.
const RESERVATION_MAX: u64 = 4 << 30;

/// The content of a regular file.
///
/// Chunks near the start are in a table, so that finding one costs nothing; those that
/// lie beyond what the file's own space pays a table for are in a list, so that one
/// byte at 8 EiB costs one chunk. A chunk that is not [`Chunk::own`] shows the image.
#[derive(Debug)]
pub(super) struct Content<B> {
    size: u64,
    /// Pages that take space, those that show the lower file included.
    pages: u64,
    /// Pages that show the lower file, and so take no memory.
    borrowed: u64,
    /// Chunk 0 by itself: most files have no other.
    first: Chunk,
    /// The chunks from 1 on.
    near: Vec<Chunk>,
    /// The others, by their number: each is beyond those in `near`.
    far: SortedMap<u64, Chunk>,
    base: Option<Box<Base<B>>>,
}

impl<B> Default for Content<B> {
    fn default() -> Self {
        Self {
            size: 0,
            pages: 0,
            borrowed: 0,
            first: Chunk::default(),
            near: Vec::new(),
            far: SortedMap::default(),
            base: None,
        }
    }
}

/// What the lower tree has of a file.
#[derive(Debug)]
struct Base<B> {
    file: B,
    /// How many bytes from the start still show; less than the lower file has once the file
    /// was cut.
    length: u64,
}

impl<B: Clone> Content<B> {
    /// As it is below.
    pub fn lower(inode: &LowerInode<B>) -> Self {
        let size = inode.size;
        let base = (size > 0).then(|| {
            Box::new(Base {
                file: inode.file.clone(),
                length: size,
            })
        });
        Self {
            size,
            pages: size.div_ceil(PAGE),
            borrowed: size.div_ceil(PAGE),
            base,
            ..Self::default()
        }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Space used, in units of 512 bytes.
    pub fn blocks(&self) -> u64 {
        self.pages * (PAGE / 512)
    }

    /// Pages of 4,096 bytes that take memory.
    pub fn owned_pages(&self) -> u64 {
        self.pages - self.borrowed
    }

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

    /// Whether there is anything of it that is not the lower file's.
    pub fn is_changed(&self, lower_size: u64) -> bool {
        let shows_all = self.base.as_ref().map_or(0, |base| base.length) == lower_size;
        self.size != lower_size
            || !shows_all
            || self.owned_pages() > 0
            || self.borrowed < lower_size.div_ceil(PAGE)
    }

    /// Up to `length` bytes from `offset`, fewer only at the end.
    pub fn read<L: Lower<File = B>>(
        &self,
        lower: Option<&L>,
        offset: u64,
        length: u32,
    ) -> Result<Vec<u8>> {
        let end = offset.saturating_add(u64::from(length)).min(self.size);
        if offset >= end {
            return Ok(Vec::new());
        }
        let mut numbers = offset / CHUNK..=(end - 1) / CHUNK;
        if let Some(base) = self.base.as_ref().filter(|base| end <= base.length)
            && numbers.all(|number| self.shown(number) > 0)
        {
            return base
                .read(lower, offset, (end - offset) as u32)
                .map(Cow::into_owned);
        }
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact((end - offset) as usize)
            .map_err(|_| Errno::NoMemory)?;
        for piece in pieces(offset, end) {
            let shown = self.shown(piece.number).min(piece.to);
            if shown > piece.from {
                let base = self.base.as_ref().ok_or(Errno::Io)?;
                let length = (shown - piece.from) as u32;
                bytes.extend_from_slice(&base.read(lower, piece.start + piece.from, length)?);
            }
            let (from, to) = (piece.from.max(shown) as usize, piece.to as usize);
            match self.chunk(piece.number) {
                Some(chunk) => chunk.read(from, to, &mut bytes),
                None => bytes.resize(bytes.len() + (to - from), 0),
            }
        }
        Ok(bytes)
    }

    /// Writes at `offset`; fewer bytes than given only where memory ran out.
    pub fn write<L: Lower<File = B>>(
        &mut self,
        lower: Option<&L>,
        offset: u64,
        data: Cow<'_, [u8]>,
    ) -> Result<usize> {
        let end = offset + data.len() as u64;
        if let Cow::Owned(data) = data {
            let is_chunk = data.len() as u64 == CHUNK && data.capacity() == data.len();
            if is_chunk && offset.is_multiple_of(CHUNK) {
                // A whole chunk that nobody else wants is kept as it is.
                let number = offset / CHUNK;
                let (before, shown) = (self.allocated(number), self.shown(number));
                self.chunk_mut(number)?.adopt(data);
                self.borrowed -= shown.div_ceil(PAGE);
                self.pages += (CHUNK / PAGE) - before;
                self.size = self.size.max(end);
                return Ok(CHUNK as usize);
            }
            return self.write_pieces(lower, offset, &data);
        }
        self.write_pieces(lower, offset, &data)
    }

    fn write_pieces<L: Lower<File = B>>(
        &mut self,
        lower: Option<&L>,
        offset: u64,
        data: &[u8],
    ) -> Result<usize> {
        let mut written = 0;
        for piece in pieces(offset, offset + data.len() as u64) {
            let bytes = &data[written..written + (piece.to - piece.from) as usize];
            let done = self.write_piece(lower, &piece, bytes);
            match done {
                Ok(()) => written += bytes.len(),
                Err(_) if written > 0 => break,
                Err(errno) => return Err(errno),
            }
        }
        self.size = self.size.max(offset + written as u64);
        Ok(written)
    }

    fn write_piece<L: Lower<File = B>>(
        &mut self,
        lower: Option<&L>,
        piece: &Piece,
        bytes: &[u8],
    ) -> Result<()> {
        // No need to copy from the image what is overwritten at once.
        let covers = piece.from == 0 && piece.to >= self.shown(piece.number);
        let chunk = if covers {
            self.own_without_copy(piece.number)?
        } else {
            self.own(lower, piece.number)?
        };
        let before = chunk.allocated();
        chunk.write(piece.from as usize, bytes, piece.number > 0)?;
        let after = chunk.allocated();
        self.pages = self.pages + after - before;
        Ok(())
    }

    /// Cuts, or grows by a hole.
    pub fn set_size(&mut self, size: u64) {
        if size <= self.size {
            self.cut(size);
        }
        self.size = size;
    }

    fn cut(&mut self, size: u64) {
        if size == 0 {
            *self = Self::default();
            return;
        }
        // Chunks from here on go; the one before may be cut.
        let kept = size.div_ceil(CHUNK);
        let in_near = usize::try_from(kept - 1).unwrap_or(usize::MAX);
        if in_near < self.near.len() {
            self.near.truncate(in_near);
            self.near.shrink_to(in_near.saturating_mul(2));
        }
        self.far.truncate(&kept);
        if let Some(chunk) = self.chunk_if_there(kept - 1) {
            chunk.cut((size - (kept - 1) * CHUNK) as usize);
        }
        if let Some(base) = &mut self.base {
            base.length = base.length.min(size);
        }
        self.count_pages();
    }

    /// Makes a range read as zeros and take no space.
    pub fn punch<L: Lower<File = B>>(
        &mut self,
        lower: Option<&L>,
        offset: u64,
        end: u64,
    ) -> Result<()> {
        let near = self.near.len() as u64 + 1;
        let base = self
            .base
            .as_ref()
            .map_or(0, |base| base.length.div_ceil(CHUNK));
        let full = pieces(offset, end.min(near.max(base) * CHUNK));
        let last = (end - 1) / CHUNK;
        let far = self
            .far
            .from(base.max(offset / CHUNK))
            .map(|(number, _)| number);
        let far: Vec<u64> = far.take_while(|&number| number <= last).collect();
        let far = far.into_iter().map(|number| Piece::of(number, offset, end));
        for piece in full.chain(far) {
            let there = self.chunk(piece.number).is_some() || self.shown(piece.number) > 0;
            if !there {
                continue;
            }
            let whole = piece.from == 0 && piece.to == CHUNK;
            let chunk = if whole {
                self.own_without_copy(piece.number)?
            } else {
                self.own(lower, piece.number)?
            };
            chunk.punch(piece.from as usize, piece.to as usize);
        }
        self.far
            .retain(|&number, chunk| number < base || chunk.allocated() > 0);
        self.count_pages();
        Ok(())
    }

    /// Takes memory for a range now, so that writing there can't fail for want of it.
    pub fn reserve<L: Lower<File = B>>(
        &mut self,
        lower: Option<&L>,
        offset: u64,
        end: u64,
    ) -> Result<()> {
        // What can't fit is refused before memory is taken: that of a box never shrinks.
        if end - offset > RESERVATION_MAX {
            return Err(Errno::NoSpace);
        }
        let mut undo = Vec::new();
        for piece in pieces(offset, end) {
            let reserved = self.own(lower, piece.number).and_then(|chunk| {
                let before = chunk.reservation();
                chunk.reserve(piece.from as usize, piece.to as usize)?;
                Ok(before)
            });
            match reserved {
                Ok(before) => undo.push((piece.number, before)),
                Err(errno) => {
                    for (number, before) in undo {
                        if let Some(chunk) = self.chunk_if_there(number) {
                            chunk.unreserve(before);
                        }
                    }
                    self.count_pages();
                    return Err(errno);
                }
            }
        }
        self.count_pages();
        Ok(())
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
    fn shown(&self, number: u64) -> u64 {
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
    fn written(&self, number: u64) -> u16 {
        match self.shown(number) {
            0 => self.chunk(number).map_or(0, |chunk| chunk.written),
            shown => pages_of(0, shown as usize),
        }
    }

    /// Pages of this chunk that take space.
    fn reserved(&self, number: u64) -> u16 {
        match self.shown(number) {
            0 => self.chunk(number).map_or(0, Chunk::reservation),
            shown => pages_of(0, shown as usize),
        }
    }

    /// How many pages of this chunk take space.
    fn allocated(&self, number: u64) -> u64 {
        match self.shown(number) {
            0 => self.chunk(number).map_or(0, Chunk::allocated),
            shown => shown.div_ceil(PAGE),
        }
    }

    fn count_pages(&mut self) {
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

    fn chunk(&self, number: u64) -> Option<&Chunk> {
        if number == 0 {
            return Some(&self.first);
        }
        let near = usize::try_from(number - 1)
            .ok()
            .and_then(|number| self.near.get(number));
        near.or_else(|| self.far.get(&number))
    }

    fn chunk_if_there(&mut self, number: u64) -> Option<&mut Chunk> {
        if number == 0 {
            return Some(&mut self.first);
        }
        let position = usize::try_from(number - 1).unwrap_or(usize::MAX);
        if position < self.near.len() {
            return self.near.get_mut(position);
        }
        self.far.get_mut(&number)
    }

    fn chunk_mut(&mut self, number: u64) -> Result<&mut Chunk> {
        if number == 0 {
            return Ok(&mut self.first);
        }
        // What the file's pages pay for goes into the table.
        const FREE: u64 = 16;
        let near = self.near.len() as u64;
        if number > near && number <= self.pages + FREE {
            let more = (number - near) as usize;
            self.near.try_reserve(more).map_err(|_| Errno::NoSpace)?;
            self.near.resize_with(number as usize, Chunk::default);
            for (number, chunk) in self.far.take_through(&number) {
                self.near[number as usize - 1] = chunk;
            }
        }
        if number <= self.near.len() as u64 {
            return Ok(&mut self.near[number as usize - 1]);
        }
        self.far.entry(number, Chunk::default).ok_or(Errno::NoSpace)
    }

    /// A chunk that no longer shows the lower, with a copy of what it showed.
    fn own<L: Lower<File = B>>(&mut self, lower: Option<&L>, number: u64) -> Result<&mut Chunk> {
        let shown = self.shown(number);
        let copy = match &self.base {
            Some(base) if shown > 0 => base.read(lower, number * CHUNK, shown as u32)?.into_owned(),
            _ => Vec::new(),
        };
        self.take_over(number, shown, copy)
    }

    /// The same where the caller replaces all that showed.
    fn own_without_copy(&mut self, number: u64) -> Result<&mut Chunk> {
        let shown = self.shown(number);
        self.take_over(number, shown, Vec::new())
    }

    fn take_over(&mut self, number: u64, shown: u64, copy: Vec<u8>) -> Result<&mut Chunk> {
        self.chunk_mut(number)?;
        self.borrowed -= shown.div_ceil(PAGE);
        let chunk = self.chunk_mut(number)?;
        if shown > 0 {
            chunk.copy_up(copy, shown as usize);
        }
        chunk.own = true;
        Ok(chunk)
    }
}

impl<B> Base<B> {
    fn read<'i, L: Lower<File = B>>(
        &self,
        lower: Option<&'i L>,
        offset: u64,
        length: u32,
    ) -> Result<Cow<'i, [u8]>> {
        let lower = lower.ok_or(Errno::Io)?;
        let bytes = lower.read(&self.file, offset, length)?;
        if bytes.len() == length as usize {
            Ok(bytes)
        } else {
            Err(Errno::Io)
        }
    }
}

/// The part of a range that lies in one chunk.
struct Piece {
    number: u64,
    /// Where the chunk begins in the file.
    start: u64,
    /// The part, from the chunk's start.
    from: u64,
    to: u64,
}

impl Piece {
    fn of(number: u64, offset: u64, end: u64) -> Self {
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
fn pieces(offset: u64, end: u64) -> impl Iterator<Item = Piece> {
    let numbers = if offset < end {
        offset / CHUNK..(end - 1) / CHUNK + 1
    } else {
        0..0
    };
    numbers.map(move |number| Piece::of(number, offset, end))
}
