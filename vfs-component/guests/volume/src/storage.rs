//! The host's file that a volume lies in.

use alloc::vec::Vec;

use vfs_component::volume::Storage;
use vfs_component::{Errno, Result};

use crate::bindings::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags,
};

/// Its name in the directory that was granted.
const NAME: &str = "volume.img";
/// How many bytes the host is asked to move at once.
const PIECE: usize = 1 << 20;

/// A file of the host.
#[derive(Debug)]
pub struct HostStorage(Descriptor);

impl HostStorage {
    /// Opens it, or makes it where it may be written.
    pub fn open(directory: &Descriptor, read_only: bool) -> Result<Self> {
        let (how, flags) = if read_only {
            (OpenFlags::empty(), DescriptorFlags::READ)
        } else {
            let both = DescriptorFlags::READ | DescriptorFlags::WRITE;
            (OpenFlags::CREATE, both)
        };
        // A symbolic link could lead to a file that nobody granted.
        let file = directory.open_at(PathFlags::empty(), NAME, how, flags);
        file.map(Self).map_err(errno)
    }
}

impl Storage for HostStorage {
    fn size(&self) -> Result<u64> {
        Ok(self.0.stat().map_err(errno)?.size)
    }

    fn read_at(&self, offset: u64, length: u32) -> Result<Vec<u8>> {
        let mut bytes: Vec<u8> = Vec::new();
        while bytes.len() < length as usize {
            let wanted = (length as usize - bytes.len()).min(PIECE) as u64;
            let at = offset + bytes.len() as u64;
            let (piece, _) = self.0.read(wanted, at).map_err(errno)?;
            if piece.is_empty() {
                break;
            }
            if bytes.is_empty() {
                bytes = piece;
            } else {
                bytes.extend(piece);
            }
        }
        Ok(bytes)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut written = 0;
        while written < data.len() {
            let piece = &data[written..data.len().min(written + PIECE)];
            let taken = self.0.write(piece, offset + written as u64);
            match usize::try_from(taken.map_err(errno)?) {
                Ok(taken) if (1..=piece.len()).contains(&taken) => written += taken,
                _ => return Err(Errno::Io),
            }
        }
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        // Its length is part of what makes a volume durable.
        self.0.sync().map_err(errno)
    }
}

fn errno(error: ErrorCode) -> Errno {
    match error {
        ErrorCode::InsufficientSpace => Errno::NoSpace,
        ErrorCode::Quota => Errno::Quota,
        ErrorCode::FileTooLarge => Errno::FileTooLarge,
        ErrorCode::NoEntry => Errno::NoEntry,
        ErrorCode::ReadOnly => Errno::ReadOnly,
        ErrorCode::Access => Errno::Access,
        ErrorCode::NotPermitted => Errno::NotPermitted,
        ErrorCode::Loop => Errno::Loop,
        ErrorCode::IsDirectory => Errno::IsDirectory,
        _ => Errno::Io,
    }
}
