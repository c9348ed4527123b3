//! The content of a regular file: sparse, in chunks, over what a lower tree has of it.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::chunk::{CHUNK, Chunk, PAGE};
use super::extents::{Piece, pieces};
use crate::errno::{Errno, Result};
use crate::lower::{Lower, LowerInode};
use crate::sorted::SortedMap;

/// The most that can be reserved at once, in bytes: more than a 32-bit memory has.
const RESERVATION_MAX: u64 = 4 << 30;

/// The content of a regular file.
///
/// Chunks near the start are in a table, so that finding one costs nothing; those that
/// lie beyond what the file's own space pays a table for are in a list, so that one
/// byte at 8 EiB costs one chunk. A chunk that is not [`Chunk::own`] shows the image.
#[derive(Debug)]
pub(super) struct Content<B> {
    pub(super) size: u64,
    /// Pages that take space, those that show the lower file included.
    pub(super) pages: u64,
    /// Pages that show the lower file, and so take no memory.
    pub(super) borrowed: u64,
    /// Chunk 0 by itself: most files have no other.
    pub(super) first: Chunk,
    /// The chunks from 1 on.
    pub(super) near: Vec<Chunk>,
    /// The others, by their number: each is beyond those in `near`.
    pub(super) far: SortedMap<u64, Chunk>,
    pub(super) base: Option<Box<Base<B>>>,
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
pub(super) struct Base<B> {
    file: B,
    /// How many bytes from the start still show; less than the lower file has once the file
    /// was cut.
    pub length: u64,
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

    pub(super) fn chunk(&self, number: u64) -> Option<&Chunk> {
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
