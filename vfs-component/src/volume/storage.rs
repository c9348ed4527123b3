//! What a volume lies in.

use alloc::vec::Vec;

use crate::errno::Result;

/// One file of the host, or something like it.
///
/// What was written may be lost, in part and in any order, until `sync` returns. Errors are
/// the host's.
#[allow(
    clippy::missing_errors_doc,
    reason = "all are the host's, as said above"
)]
pub trait Storage {
    /// Its size in bytes.
    fn size(&self) -> Result<u64>;
    /// Up to `length` bytes from `offset`, fewer only at the end.
    fn read_at(&self, offset: u64, length: u32) -> Result<Vec<u8>>;
    /// Writes all of `data`; past the end it grows, and what is between reads as zeros.
    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()>;
    /// Returns when all that was written is durable.
    fn sync(&self) -> Result<()>;
}

impl<D: Storage + ?Sized> Storage for &D {
    fn size(&self) -> Result<u64> {
        (**self).size()
    }

    fn read_at(&self, offset: u64, length: u32) -> Result<Vec<u8>> {
        (**self).read_at(offset, length)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        (**self).write_at(offset, data)
    }

    fn sync(&self) -> Result<()> {
        (**self).sync()
    }
}
