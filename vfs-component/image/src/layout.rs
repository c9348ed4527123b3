//! What writer and reader must agree on: sizes, field positions, limits.

/// Size of the header in bytes: what [`Image::open`](crate::Image::open) reads.
pub const HEADER_SIZE: usize = 64;
/// The longest name in bytes: `NAME_MAX` of `limits.h`.
pub const NAME_MAX: usize = 255;
/// The longest target of a symbolic link in bytes: `PATH_MAX` of `limits.h` less its NUL.
pub const TARGET_MAX: usize = 4095;
/// The largest value of an extended attribute in bytes: `XATTR_SIZE_MAX` of Linux.
pub const XATTR_VALUE_MAX: usize = 65536;

pub(crate) const MAGIC: &[u8; 8] = b"BOXIMAGE";
pub(crate) const VERSION: u32 = 1;
pub(crate) const PAGE: u64 = 4096;
pub(crate) const INODE_SIZE: usize = 64;
pub(crate) const ENTRY_SIZE: usize = 16;
/// Length of name and of value before each extended attribute.
pub(crate) const XATTR_HEADER: usize = 5;
/// Positions and inodes in a directory entry have seven bytes.
pub(crate) const PACKED_MAX: u64 = (1 << 56) - 1;

/// What a file is: the type bits of `st_mode` in stat(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// `S_IFIFO`
    Fifo = 1,
    /// `S_IFCHR`
    CharacterDevice = 2,
    /// `S_IFDIR`
    Directory = 4,
    /// `S_IFBLK`
    BlockDevice = 6,
    /// `S_IFREG`
    Regular = 8,
    /// `S_IFLNK`
    SymbolicLink = 10,
    /// `S_IFSOCK`
    Socket = 12,
}

impl Kind {
    /// From the upper four bits of `st_mode`.
    pub(crate) fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            1 => Self::Fifo,
            2 => Self::CharacterDevice,
            4 => Self::Directory,
            6 => Self::BlockDevice,
            8 => Self::Regular,
            10 => Self::SymbolicLink,
            12 => Self::Socket,
            _ => return None,
        })
    }

    pub(crate) fn is_device(self) -> bool {
        matches!(self, Self::CharacterDevice | Self::BlockDevice)
    }
}

/// A point in time: seconds since 1970-01-01T00:00:00Z and nanoseconds below 1,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time {
    /// Whole seconds, negative before 1970.
    pub seconds: i64,
    /// Nanoseconds behind them.
    pub nanoseconds: u32,
}

/// The header's fields, see the crate's front page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub size: u64,
    pub inodes: u64,
    pub inode_table: u64,
    pub content_bytes: u64,
}

impl Header {
    pub fn encode(&self) -> [u8; HEADER_SIZE] {
        let mut bytes = [0; HEADER_SIZE];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.size.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.inodes.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.inode_table.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.content_bytes.to_le_bytes());
        bytes
    }

    pub fn decode(bytes: &[u8; HEADER_SIZE]) -> Self {
        Self {
            size: u64_at(bytes, 16),
            inodes: u64_at(bytes, 24),
            inode_table: u64_at(bytes, 32),
            content_bytes: u64_at(bytes, 40),
        }
    }
}

/// An inode's fields, see the crate's front page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawInode {
    pub mode: u16,
    pub links: u32,
    pub user: u32,
    pub group: u32,
    pub modified: Time,
    pub xattrs_size: u32,
    pub size: u64,
    pub content: u64,
    pub xattrs: u64,
    pub extra: u64,
}

impl RawInode {
    pub fn encode(&self) -> [u8; INODE_SIZE] {
        let mut bytes = [0; INODE_SIZE];
        bytes[..2].copy_from_slice(&self.mode.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.links.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.user.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.group.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.modified.seconds.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.modified.nanoseconds.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.xattrs_size.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.size.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.content.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.xattrs.to_le_bytes());
        bytes[56..64].copy_from_slice(&self.extra.to_le_bytes());
        bytes
    }

    pub fn decode(bytes: &[u8; INODE_SIZE]) -> Self {
        Self {
            mode: u16::from_le_bytes([bytes[0], bytes[1]]),
            links: u32_at(bytes, 4),
            user: u32_at(bytes, 8),
            group: u32_at(bytes, 12),
            modified: Time {
                seconds: u64_at(bytes, 16).cast_signed(),
                nanoseconds: u32_at(bytes, 24),
            },
            xattrs_size: u32_at(bytes, 28),
            size: u64_at(bytes, 32),
            content: u64_at(bytes, 40),
            xattrs: u64_at(bytes, 48),
            extra: u64_at(bytes, 56),
        }
    }
}

/// A directory entry's fields, see the crate's front page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawEntry {
    pub inode: u64,
    pub kind: u8,
    pub name: u64,
    pub name_length: u8,
}

impl RawEntry {
    pub fn encode(&self) -> [u8; ENTRY_SIZE] {
        let mut bytes = [0; ENTRY_SIZE];
        bytes[..8].copy_from_slice(&self.inode.to_le_bytes());
        bytes[7] = self.kind;
        bytes[8..].copy_from_slice(&self.name.to_le_bytes());
        bytes[15] = self.name_length;
        bytes
    }

    /// `bytes` must have [`ENTRY_SIZE`] bytes.
    pub fn decode(bytes: &[u8]) -> Self {
        Self {
            inode: u64_at(bytes, 0) & PACKED_MAX,
            kind: bytes[7],
            name: u64_at(bytes, 8) & PACKED_MAX,
            name_length: bytes[15],
        }
    }
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut field = [0; 4];
    field.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(field)
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut field = [0; 8];
    field.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(field)
}

/// Whether a directory may have an entry of this name.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_MAX
        && name != "."
        && name != ".."
        && !name.bytes().any(|byte| byte == b'/' || byte == 0)
}
