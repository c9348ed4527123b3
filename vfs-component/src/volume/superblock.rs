//! The two superblocks, of which the younger one that is whole tells where the log begins.

use alloc::vec::Vec;

use super::blocks::{BLOCK, Run};
use super::checksum::checksum;
use super::log::{Head, u32_at, u64_at};
use super::storage::Storage;
use crate::errno::{Errno, Result};

const MAGIC: &[u8; 8] = b"BOXVOLUM";
const VERSION: u32 = 1;
const SIZE: usize = 64;
/// So many blocks are written at most before the first superblock is.
const CREATION: u64 = 32;

/// What the beginning of a storage says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing was ever kept here.
    Empty,
    /// A volume.
    Volume(Head),
}

/// Writes the superblock of a log, in the place that the one of the log before is not in.
pub(super) fn write(storage: &impl Storage, head: &Head) -> Result<()> {
    storage.write_at(head.generation % 2 * BLOCK, &encode(head))
}

/// # Errors
/// `invalid` for what is no volume, `not-supported` for one of a later version; those of
/// the storage.
pub(super) fn read(storage: &impl Storage) -> Result<Found> {
    let (mut best, mut raw) = (None::<Head>, Vec::new());
    for slot in 0..2 {
        let bytes = storage.read_at(slot * BLOCK, SIZE as u32)?;
        if let Some(head) = decode(&bytes)?
            && best.is_none_or(|best| best.generation < head.generation)
        {
            best = Some(head);
        }
        raw.push(bytes);
    }
    if let Some(head) = best {
        return Ok(Found::Volume(head));
    }
    // One that was being made has the beginning of its log and a piece of its superblock, if
    // anything. Whatever is more than that must not be overwritten.
    let blank = raw[0].iter().all(|&byte| byte == 0);
    let (start, rest) = raw[1].split_at(raw[1].len().min(MAGIC.len()));
    let started = MAGIC.starts_with(start) || start.iter().all(|&byte| byte == 0);
    let unfinished = rest
        .iter()
        .skip(SIZE - 4 - MAGIC.len())
        .all(|&byte| byte == 0);
    if blank && started && unfinished && storage.size()? <= CREATION * BLOCK {
        Ok(Found::Empty)
    } else {
        Err(Errno::Invalid)
    }
}

fn encode(head: &Head) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&(BLOCK as u32).to_le_bytes());
    bytes[16..24].copy_from_slice(&head.generation.to_le_bytes());
    bytes[24..28].copy_from_slice(&head.segment.start.to_le_bytes());
    bytes[28..32].copy_from_slice(&head.segment.length.to_le_bytes());
    bytes[32..40].copy_from_slice(&head.sequence.to_le_bytes());
    let sum = checksum(0, &bytes[..SIZE - 4]);
    bytes[SIZE - 4..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Result<Option<Head>> {
    if bytes.len() != SIZE || bytes[..8] != *MAGIC {
        return Ok(None);
    }
    if checksum(0, &bytes[..SIZE - 4]) != u32_at(bytes, SIZE - 4) {
        return Ok(None);
    }
    if u32_at(bytes, 8) != VERSION || u64::from(u32_at(bytes, 12)) != BLOCK {
        return Err(Errno::NotSupported);
    }
    let segment = Run {
        start: u32_at(bytes, 24),
        length: u32_at(bytes, 28),
    };
    Ok(Some(Head {
        generation: u64_at(bytes, 16),
        segment,
        sequence: u64_at(bytes, 32),
    }))
}
