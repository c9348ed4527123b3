//! What tells whether bytes are those that were written.

use twox_hash::XxHash64;

/// The lower half of their [XXH64](https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md):
/// a few times faster than a CRC where there is no instruction for it.
///
/// `before` is what they follow, or 0.
pub(super) fn checksum(before: u32, bytes: &[u8]) -> u32 {
    XxHash64::oneshot(u64::from(before), bytes) as u32
}
