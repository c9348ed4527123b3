//! The log: batches of records, one behind the other, in segments that lie anywhere.
//!
//! A batch holds or it does not: it is cut into frames, each with a checksum that goes on from
//! the frame before, and counts once the frame that is marked as its last is there. After a
//! sync the next frame begins at a sector, so that no write touches a sector of a batch that
//! was durable before; until then one frame follows the other.
//! Since checksums are chained, what an earlier log left in a segment can't be mistaken for
//! a frame of this one.
//!
//! ```text
//! segment  ┌ sector ──────────┬──────────────────┬──────────────────┬─
//!          │ checksum, where  │ frame: checksum, │ frame            │
//!          │ the next one is  │ header, records  │                  │
//!          └──────────────────┴──────────────────┴──────────────────┴─
//! ```

use alloc::vec;
use alloc::vec::Vec;

use super::blocks::{BLOCK, Blocks, Run};
use super::checksum::checksum;
use super::storage::Storage;
use crate::errno::{Errno, Result};

/// What a disk writes at once, in bytes.
pub(super) const SECTOR: usize = 512;
const HEADER: usize = 32;
/// Frames begin at multiples of this.
const ALIGNMENT: usize = 8;
/// Blocks in a segment: few while the log is short.
const SMALL: u32 = 16;
const LARGE: u32 = 256;
/// A segment with more blocks is no segment.
const SEGMENT_MAX: u32 = 4096;

/// Where a log ends.
#[derive(Debug, Clone)]
struct End {
    segment: Run,
    /// Bytes of it that are in use.
    offset: usize,
    chain: u32,
    /// The segment after it.
    next: Option<Run>,
}

/// A log under way.
#[derive(Debug)]
pub(super) struct Log {
    end: End,
    /// All segments but the next one.
    segments: Vec<Run>,
    /// Number of the last frame.
    sequence: u64,
    /// The last frame that is known to be durable.
    synced: u64,
    /// Bytes that all batches take.
    bytes: u64,
}

/// A batch that was found.
pub(super) struct Batch {
    pub records: Vec<u8>,
    /// Number of its last frame.
    pub sequence: u64,
    /// Frames up to this one were durable when it was written.
    pub synced: u64,
    end: End,
    segments: usize,
    bytes: u64,
}

/// Where a log begins: what the superblock tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Of each new log one more.
    pub generation: u64,
    pub segment: Run,
    /// Number of the frame before the first.
    pub sequence: u64,
}

impl Head {
    fn seed(&self) -> u32 {
        checksum(checksum(0, b"log"), &self.generation.to_le_bytes())
    }
}

impl Log {
    /// Begins a new log with one batch. `sequence` goes on from the log before.
    ///
    /// # Errors
    /// `no-space`, those of the storage.
    pub fn begin(
        storage: &impl Storage,
        blocks: &mut Blocks,
        generation: u64,
        sequence: u64,
        records: &[u8],
    ) -> Result<(Self, Head)> {
        let large = records.len() as u64 > u64::from(SMALL) * BLOCK;
        let segment = blocks.allocate(if large { LARGE } else { SMALL })?;
        let head = Head {
            generation,
            segment,
            sequence,
        };
        let end = End {
            segment,
            offset: 0,
            chain: head.seed(),
            next: None,
        };
        let mut log = Self {
            end,
            segments: vec![segment],
            sequence,
            synced: sequence,
            bytes: 0,
        };
        match log.append(storage, blocks, records) {
            Ok(()) => Ok((log, head)),
            Err(errno) => {
                blocks.free(segment);
                Err(errno)
            }
        }
    }

    /// Adds a batch. Where it fails, the log is as before.
    ///
    /// # Errors
    /// `no-space`, those of the storage.
    pub fn append(
        &mut self,
        storage: &impl Storage,
        blocks: &mut Blocks,
        records: &[u8],
    ) -> Result<()> {
        let mut taken = Vec::new();
        match self.write(storage, blocks, records, &mut taken) {
            Ok((end, sequence, segments)) => {
                (self.end, self.sequence) = (end, sequence);
                self.segments.extend(segments);
                self.bytes += on_disk(records.len()) as u64;
                Ok(())
            }
            Err(errno) => {
                for run in taken {
                    blocks.free(run);
                }
                Err(errno)
            }
        }
    }

    fn write(
        &self,
        storage: &impl Storage,
        blocks: &mut Blocks,
        records: &[u8],
        taken: &mut Vec<Run>,
    ) -> Result<(End, u64, Vec<Run>)> {
        let (mut end, mut sequence) = (self.end.clone(), self.sequence);
        let (mut rest, mut segments) = (records, Vec::new());
        if self.is_synced() {
            end.offset = end.offset.next_multiple_of(SECTOR);
        }
        let mut bytes = Vec::new();
        // Where in the segment `bytes` go.
        let mut start = end.offset;
        loop {
            let size = end.segment.length as usize * BLOCK as usize;
            if end.offset == 0 {
                let many = self.bytes > u64::from(LARGE) * BLOCK || rest.len() > 1 << 20;
                end.next = blocks.allocate(if many { LARGE } else { SMALL }).ok();
                taken.extend(end.next);
                bytes.extend_from_slice(&segment_header(&mut end));
                end.offset = SECTOR;
                continue;
            }
            if size - end.offset < SECTOR {
                write_to(storage, end.segment, start, &bytes)?;
                bytes.clear();
                let segment = end.next.take().ok_or(Errno::NoSpace)?;
                segments.push(segment);
                (end.segment, end.offset, start) = (segment, 0, 0);
                continue;
            }
            let (piece, behind) = rest.split_at(rest.len().min(size - end.offset - HEADER));
            sequence += 1;
            let size = on_disk(piece.len());
            bytes.reserve_exact(size);
            let frame = bytes.len();
            end.chain = self.frame(end.chain, sequence, piece, behind.is_empty(), &mut bytes);
            bytes.resize(frame + size, 0);
            end.offset += size;
            rest = behind;
            if rest.is_empty() {
                write_to(storage, end.segment, start, &bytes)?;
                return Ok((end, sequence, segments));
            }
        }
    }

    /// Adds a frame to `out`, and tells what the next one is chained to.
    fn frame(&self, chain: u32, sequence: u64, piece: &[u8], last: bool, out: &mut Vec<u8>) -> u32 {
        let mut header = [0; HEADER];
        header[4..8].copy_from_slice(&(piece.len() as u32).to_le_bytes());
        header[8..16].copy_from_slice(&sequence.to_le_bytes());
        header[16..24].copy_from_slice(&self.synced.to_le_bytes());
        header[24] = u8::from(last);
        let start = out.len();
        out.extend_from_slice(&header);
        out.extend_from_slice(piece);
        let chain = checksum(chain, &out[start + 4..]);
        out[start..start + 4].copy_from_slice(&chain.to_le_bytes());
        chain
    }

    /// Reads all batches of a log. What is behind the last of them was never finished.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn read(storage: &impl Storage, head: &Head) -> Result<Vec<Batch>> {
        let blocks_in_storage = storage.size()?.div_ceil(BLOCK);
        let mut batches = Vec::new();
        let mut end = End {
            segment: head.segment,
            offset: 0,
            chain: head.seed(),
            next: None,
        };
        let mut sequence = head.sequence;
        let (mut segments, mut blocks_seen, mut bytes) = (1, 0, 0);
        let mut records = Vec::new();
        loop {
            let segment = end.segment;
            blocks_seen += u64::from(segment.length);
            // More than there is can't be a chain without a ring.
            if blocks_seen > blocks_in_storage.saturating_add(u64::from(SEGMENT_MAX)) {
                return Ok(batches);
            }
            let content = read_segment(storage, segment)?;
            if !read_segment_header(&content, &mut end) {
                return Ok(batches);
            }
            end.offset = SECTOR;
            while let Some((at, frame)) = [end.offset, end.offset.next_multiple_of(SECTOR)]
                .into_iter()
                .find_map(|at| Some((at, read_frame(&content, at, end.chain, sequence + 1)?)))
            {
                let (piece, synced, last) = frame;
                end.chain = u32_at(&content, at);
                end.offset = at + on_disk(piece.len());
                sequence += 1;
                records.extend_from_slice(piece);
                if last {
                    bytes += on_disk(records.len()) as u64;
                    batches.push(Batch {
                        records: core::mem::take(&mut records),
                        sequence,
                        synced,
                        end: end.clone(),
                        segments,
                        bytes,
                    });
                }
            }
            // A segment is left when no frame fits any more.
            let size = segment.length as usize * BLOCK as usize;
            let left = size.saturating_sub(end.offset);
            match end.next {
                Some(next) if left < SECTOR => {
                    (end.segment, end.offset) = (next, 0);
                    segments += 1;
                }
                _ => return Ok(batches),
            }
        }
    }

    /// Goes on behind a batch, the last one that counts. `runs` are the log's segments from
    /// its head on.
    pub fn resume(batch: &Batch, runs: &[Run]) -> Self {
        Self {
            end: batch.end.clone(),
            segments: runs[..batch.segments].to_vec(),
            sequence: batch.sequence,
            synced: batch.synced,
            bytes: batch.bytes,
        }
    }

    /// After a sync of the storage.
    pub fn synced(&mut self) {
        self.synced = self.sequence;
    }

    pub fn is_synced(&self) -> bool {
        self.synced == self.sequence
    }

    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Bytes that all batches take.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// All its segments.
    pub fn runs(&self) -> impl Iterator<Item = Run> {
        self.segments.iter().copied().chain(self.end.next)
    }
}

/// What a frame with so many bytes takes of its segment, in bytes.
pub(super) fn on_disk(records: usize) -> usize {
    (HEADER + records).next_multiple_of(ALIGNMENT)
}

/// The segments of a log from its head on, as far as batches need them.
pub(super) fn runs(storage: &impl Storage, head: &Head, batch: &Batch) -> Result<Vec<Run>> {
    let mut runs = vec![head.segment];
    while runs.len() < batch.segments {
        let last = runs[runs.len() - 1];
        let header = storage.read_at(u64::from(last.start) * BLOCK, SECTOR as u32)?;
        runs.push(next_segment(&header).ok_or(Errno::Io)?);
    }
    Ok(runs)
}

fn segment_header(end: &mut End) -> [u8; SECTOR] {
    let mut header = [0; SECTOR];
    let next = end.next.unwrap_or(Run {
        start: 0,
        length: 0,
    });
    header[4..8].copy_from_slice(&next.start.to_le_bytes());
    header[8..12].copy_from_slice(&next.length.to_le_bytes());
    header[12..16].copy_from_slice(&end.segment.length.to_le_bytes());
    end.chain = checksum(end.chain, &header[4..HEADER]);
    header[..4].copy_from_slice(&end.chain.to_le_bytes());
    header
}

/// Takes a segment's header into account, if there is a right one.
fn read_segment_header(content: &[u8], end: &mut End) -> bool {
    let Some(header) = content.get(..HEADER) else {
        return false;
    };
    let chain = checksum(end.chain, &header[4..]);
    if u32_at(header, 0) != chain || u32_at(header, 12) != end.segment.length {
        return false;
    }
    end.chain = chain;
    end.next = next_segment(header);
    true
}

fn next_segment(header: &[u8]) -> Option<Run> {
    let header = header.get(..HEADER)?;
    let (start, length) = (u32_at(header, 4), u32_at(header, 8));
    let fits = (1..=SEGMENT_MAX).contains(&length);
    fits.then_some(Run { start, length })
}

fn read_frame(content: &[u8], at: usize, chain: u32, expected: u64) -> Option<(&[u8], u64, bool)> {
    let rest = content.get(at..)?;
    let length = u32_at(rest.get(..HEADER)?, 4) as usize;
    let frame = rest.get(..HEADER.checked_add(length)?)?;
    let (header, piece) = frame.split_at(HEADER);
    let is_it = u64_at(header, 8) == expected && checksum(chain, &frame[4..]) == u32_at(header, 0);
    is_it.then(|| (piece, u64_at(header, 16), header[24] != 0))
}

fn read_segment(storage: &impl Storage, segment: Run) -> Result<Vec<u8>> {
    if !(1..=SEGMENT_MAX).contains(&segment.length) {
        return Ok(Vec::new());
    }
    let length = segment.length * BLOCK as u32;
    storage.read_at(u64::from(segment.start) * BLOCK, length)
}

fn write_to(storage: &impl Storage, segment: Run, offset: usize, bytes: &[u8]) -> Result<()> {
    // A batch ended right at the end of the segment.
    if bytes.is_empty() {
        return Ok(());
    }
    storage.write_at(u64::from(segment.start) * BLOCK + offset as u64, bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut field = [0; 4];
    field.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(field)
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut field = [0; 8];
    field.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(field)
}
