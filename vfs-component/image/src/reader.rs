//! Reading an image piece by piece.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::layout::{
    ENTRY_SIZE, HEADER_SIZE, Header, INODE_SIZE, Kind, MAGIC, NAME_MAX, RawEntry, RawInode,
    TARGET_MAX, Time, VERSION, XATTR_HEADER, is_name, u32_at,
};

/// A lookup stops halving and reads entries and names in two pieces from here on.
const FEW_ENTRIES: u64 = 32;

/// Where an image lies.
pub trait Source {
    /// Its size in bytes.
    fn size(&self) -> u64;
    /// Up to `length` bytes from `offset`; fewer only at the end.
    fn read(&self, offset: u64, length: u32) -> Cow<'_, [u8]>;
}

impl Source for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, offset: u64, length: u32) -> Cow<'_, [u8]> {
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(self.len());
        let end = start.saturating_add(length as usize).min(self.len());
        Cow::Borrowed(&self[start..end])
    }
}

impl Source for Vec<u8> {
    fn size(&self) -> u64 {
        self.as_slice().size()
    }

    fn read(&self, offset: u64, length: u32) -> Cow<'_, [u8]> {
        self.as_slice().read(offset, length)
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read(&self, offset: u64, length: u32) -> Cow<'_, [u8]> {
        (**self).read(offset, length)
    }
}

/// Why an image could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadError {
    /// It does not begin as an image does.
    NotAnImage,
    /// It has a layout that this reader does not know.
    Version(u32),
    /// It ends before it should.
    Truncated,
    /// It contradicts itself; says in what.
    Corrupt(&'static str),
    /// The call does not fit the file: a lookup in what is no directory, say.
    WrongKind,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnImage => f.write_str("not an image of files"),
            Self::Version(version) => write!(f, "an image of unknown version {version}"),
            Self::Truncated => f.write_str("the image ends too early"),
            Self::Corrupt(what) => write!(f, "the image is damaged: {what}"),
            Self::WrongKind => f.write_str("the file is not of the kind that the call needs"),
        }
    }
}

impl core::error::Error for ReadError {}

type Result<T> = core::result::Result<T, ReadError>;

/// A file's attributes, and where its content lies.
#[derive(Debug, Clone, Copy)]
pub struct Inode {
    /// Its number: its position in the inode table.
    pub number: u64,
    /// What it is.
    pub kind: Kind,
    /// The twelve permission bits.
    pub mode: u32,
    /// Number of names; of a directory 2 and one for each child directory.
    pub links: u32,
    /// Owner.
    pub user: u32,
    /// Group.
    pub group: u32,
    /// Time of modification.
    pub modified: Time,
    /// Of a regular file its size, of a symbolic link the length of its target,
    /// both in bytes; of a directory the space that its entries take.
    pub size: u64,
    /// Of a directory its entries, of a device major << 32 | minor, else 0.
    extra: u64,
    content: u64,
    xattrs: u64,
    xattrs_size: u32,
}

impl Inode {
    /// Of a directory: how many entries it has. 0 for all else.
    #[must_use]
    pub fn entries(&self) -> u64 {
        if self.kind == Kind::Directory {
            self.extra
        } else {
            0
        }
    }

    /// Of a device: major << 32 | minor. 0 for all else.
    #[must_use]
    pub fn device(&self) -> u64 {
        if self.kind.is_device() { self.extra } else { 0 }
    }

    /// Whether it has extended attributes.
    #[must_use]
    pub fn has_xattrs(&self) -> bool {
        self.xattrs_size > 0
    }
}

/// What a directory says of one of its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The child's inode.
    pub inode: u64,
    /// What the child is.
    pub kind: Kind,
}

/// The size in bytes that an image has by its header, the first [`HEADER_SIZE`] bytes of
/// it; `None` where they are no header.
#[must_use]
pub fn size(header: &[u8]) -> Option<u64> {
    let header: &[u8; HEADER_SIZE] = header.get(..HEADER_SIZE)?.try_into().ok()?;
    let known = header.starts_with(MAGIC) && u32_at(header, 8) == VERSION;
    known.then(|| Header::decode(header).size)
}

/// An image over its source. Copies nothing and keeps nothing but the header.
#[derive(Debug, Clone)]
pub struct Image<S> {
    source: S,
    header: Header,
}

impl<S: Source> Image<S> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`ReadError::NotAnImage`], [`ReadError::Version`], or
    /// [`ReadError::Truncated`] where the source is shorter than the header says.
    pub fn open(source: S) -> Result<Self> {
        let header = {
            let bytes = source.read(0, HEADER_SIZE as u32);
            if bytes.get(..MAGIC.len()) != Some(MAGIC) {
                return Err(ReadError::NotAnImage);
            }
            let bytes: &[u8; HEADER_SIZE] =
                (*bytes).try_into().map_err(|_| ReadError::Truncated)?;
            let version = u32_at(bytes, 8);
            if version != VERSION {
                return Err(ReadError::Version(version));
            }
            Header::decode(bytes)
        };
        if header.size > source.size() {
            return Err(ReadError::Truncated);
        }
        let table = header.inodes.checked_mul(INODE_SIZE as u64);
        let end = table.and_then(|size| size.checked_add(header.inode_table));
        if header.inodes == 0 || end.is_none_or(|end| end > header.size) {
            return Err(ReadError::Corrupt("the inode table lies outside"));
        }
        Ok(Self { source, header })
    }

    /// Size of the image in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.header.size
    }

    /// How many inodes it has.
    #[must_use]
    pub fn inodes(&self) -> u64 {
        self.header.inodes
    }

    /// Sum of the sizes of its regular files, in bytes.
    #[must_use]
    pub fn content_bytes(&self) -> u64 {
        self.header.content_bytes
    }

    /// The source, for whoever knows more about it.
    #[must_use]
    pub fn source(&self) -> &S {
        &self.source
    }

    /// The root directory.
    ///
    /// # Errors
    /// As [`Image::inode`]; [`ReadError::Corrupt`] where it is no directory.
    pub fn root(&self) -> Result<Inode> {
        let root = self.inode(0)?;
        if root.kind != Kind::Directory {
            return Err(ReadError::Corrupt("the root is not a directory"));
        }
        Ok(root)
    }

    /// The file of this number.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] where there is no such inode or it makes no sense.
    pub fn inode(&self, number: u64) -> Result<Inode> {
        if number >= self.header.inodes {
            return Err(ReadError::Corrupt("no such inode"));
        }
        let at = self.header.inode_table + number * INODE_SIZE as u64;
        let bytes = self.exactly(at, INODE_SIZE as u64)?;
        let bytes: &[u8; INODE_SIZE] = (*bytes).try_into().map_err(|_| ReadError::Truncated)?;
        let raw = RawInode::decode(bytes);
        let kind = Kind::from_bits((raw.mode >> 12) as u8)
            .ok_or(ReadError::Corrupt("an inode of no kind"))?;
        if raw.modified.nanoseconds >= 1_000_000_000 {
            return Err(ReadError::Corrupt("a time with too many nanoseconds"));
        }
        self.inside(raw.content, raw.size)?;
        self.inside(raw.xattrs, u64::from(raw.xattrs_size))?;
        let fits = match kind {
            Kind::Directory => raw
                .extra
                .checked_mul(ENTRY_SIZE as u64)
                .is_some_and(|entries| entries <= raw.size),
            Kind::SymbolicLink => (1..=TARGET_MAX as u64).contains(&raw.size),
            Kind::Regular => true,
            Kind::CharacterDevice | Kind::BlockDevice | Kind::Fifo | Kind::Socket => raw.size == 0,
        };
        if !fits {
            return Err(ReadError::Corrupt("a size that does not fit the kind"));
        }
        Ok(Inode {
            number,
            kind,
            mode: u32::from(raw.mode & 0o7777),
            links: raw.links,
            user: raw.user,
            group: raw.group,
            modified: raw.modified,
            size: raw.size,
            extra: raw.extra,
            content: raw.content,
            xattrs: raw.xattrs,
            xattrs_size: raw.xattrs_size,
        })
    }

    /// The child of this name, if there is one. Reads some KiB, however large the
    /// directory is.
    ///
    /// # Errors
    /// [`ReadError::WrongKind`] where `directory` is none; [`ReadError::Corrupt`].
    pub fn lookup(&self, directory: &Inode, name: &str) -> Result<Option<Entry>> {
        let mut low = 0;
        let mut high = self.entry_count(directory)?;
        while high - low > FEW_ENTRIES {
            let middle = low + (high - low) / 2;
            let at = directory.content + middle * ENTRY_SIZE as u64;
            let entry = RawEntry::decode(&self.exactly(at, ENTRY_SIZE as u64)?);
            let found = self.names(directory, entry.name, u64::from(entry.name_length))?;
            match (*found).cmp(name.as_bytes()) {
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Greater => high = middle,
                core::cmp::Ordering::Equal => return self.entry(directory, entry).map(Some),
            }
        }
        let mut found = None;
        self.run(directory, low, high - low, &mut |_, entry_name, entry| {
            if entry_name == name {
                found = Some(entry);
            }
        })?;
        Ok(found)
    }

    /// Tells entries of a directory in the order of their names, from position
    /// `first` on, at most `count`: calls `visit` with each one's position, name
    /// and entry, and returns how many there were.
    ///
    /// # Errors
    /// [`ReadError::WrongKind`] where `directory` is none; [`ReadError::Corrupt`].
    pub fn read_directory(
        &self,
        directory: &Inode,
        first: u64,
        count: u64,
        mut visit: impl FnMut(u64, &str, Entry),
    ) -> Result<u64> {
        // Pieces bound what is held at once to some 70 KiB.
        const PIECE: u64 = 256;
        let end = first
            .saturating_add(count)
            .min(self.entry_count(directory)?);
        let mut position = first;
        while position < end {
            let piece = (end - position).min(PIECE);
            self.run(directory, position, piece, &mut visit)?;
            position += piece;
        }
        Ok(end.saturating_sub(first))
    }

    /// The target of a symbolic link.
    ///
    /// # Errors
    /// [`ReadError::WrongKind`] where `link` is none; [`ReadError::Corrupt`].
    pub fn target(&self, link: &Inode) -> Result<String> {
        if link.kind != Kind::SymbolicLink {
            return Err(ReadError::WrongKind);
        }
        let bytes = self.exactly(link.content, link.size)?.into_owned();
        match String::from_utf8(bytes) {
            Ok(target) if !target.contains('\0') => Ok(target),
            _ => Err(ReadError::Corrupt("a link target that is not text")),
        }
    }

    /// Up to `length` bytes of a regular file from `offset`; fewer only at its end,
    /// none at or past it.
    ///
    /// # Errors
    /// [`ReadError::WrongKind`] where `file` is not a regular one;
    /// [`ReadError::Truncated`].
    pub fn read(&self, file: &Inode, offset: u64, length: u32) -> Result<Cow<'_, [u8]>> {
        if file.kind != Kind::Regular {
            return Err(ReadError::WrongKind);
        }
        let length = u64::from(length).min(file.size.saturating_sub(offset));
        if length == 0 {
            return Ok(Cow::Borrowed(&[]));
        }
        self.exactly(file.content + offset, length)
    }

    /// The extended attributes of a file in the order of their names.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`].
    pub fn xattrs(&self, file: &Inode) -> Result<Vec<(String, Vec<u8>)>> {
        const DAMAGED: ReadError = ReadError::Corrupt("an extended attribute");
        let bytes = self.exactly(file.xattrs, u64::from(file.xattrs_size))?;
        let mut rest: &[u8] = &bytes;
        let mut found = Vec::new();
        while !rest.is_empty() {
            let (head, tail) = rest.split_at_checked(XATTR_HEADER).ok_or(DAMAGED)?;
            let (name, tail) = tail.split_at_checked(usize::from(head[0])).ok_or(DAMAGED)?;
            let (value, tail) = tail
                .split_at_checked(u32_at(head, 1) as usize)
                .ok_or(DAMAGED)?;
            let name = str::from_utf8(name).map_err(|_| DAMAGED)?;
            if name.is_empty() || name.contains('\0') {
                return Err(DAMAGED);
            }
            found.push((name.to_owned(), value.to_owned()));
            rest = tail;
        }
        Ok(found)
    }

    fn entry_count(&self, directory: &Inode) -> Result<u64> {
        if directory.kind == Kind::Directory {
            Ok(directory.extra)
        } else {
            Err(ReadError::WrongKind)
        }
    }

    /// Visits a few entries that lie next to each other: two reads.
    fn run(
        &self,
        directory: &Inode,
        first: u64,
        count: u64,
        visit: &mut impl FnMut(u64, &str, Entry),
    ) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let size = ENTRY_SIZE as u64;
        let entries = self.exactly(directory.content + first * size, count * size)?;
        let start = RawEntry::decode(&entries).name;
        let last = RawEntry::decode(&entries[entries.len() - ENTRY_SIZE..]);
        let span = (last.name + u64::from(last.name_length)).checked_sub(start);
        let span = span
            .filter(|&span| span <= count * NAME_MAX as u64)
            .ok_or(ReadError::Corrupt("names out of order"))?;
        let names = self.names(directory, start, span)?;
        for (position, bytes) in (first..).zip(entries.chunks_exact(ENTRY_SIZE)) {
            let raw = RawEntry::decode(bytes);
            let at = raw
                .name
                .checked_sub(start)
                .and_then(|at| usize::try_from(at).ok());
            let name = at
                .and_then(|at| names.get(at..)?.get(..usize::from(raw.name_length)))
                .and_then(|name| str::from_utf8(name).ok())
                .filter(|name| is_name(name))
                .ok_or(ReadError::Corrupt("the name of a directory entry"))?;
            visit(position, name, self.entry(directory, raw)?);
        }
        Ok(())
    }

    fn names(&self, directory: &Inode, at: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        if at
            .checked_add(length)
            .is_none_or(|end| end > directory.size)
        {
            return Err(ReadError::Corrupt("a name outside its directory"));
        }
        self.exactly(directory.content + at, length)
    }

    fn entry(&self, directory: &Inode, raw: RawEntry) -> Result<Entry> {
        let kind = Kind::from_bits(raw.kind).ok_or(ReadError::Corrupt("an entry of no kind"))?;
        if raw.inode >= self.header.inodes {
            return Err(ReadError::Corrupt("an entry without an inode"));
        }
        if kind == Kind::Directory && raw.inode <= directory.number {
            return Err(ReadError::Corrupt("a directory inside itself"));
        }
        Ok(Entry {
            inode: raw.inode,
            kind,
        })
    }

    fn inside(&self, offset: u64, length: u64) -> Result<()> {
        match offset.checked_add(length) {
            Some(end) if end <= self.header.size => Ok(()),
            _ => Err(ReadError::Corrupt("content outside the image")),
        }
    }

    /// Reads a piece that must be there. What the source has bounds the allocation.
    fn exactly(&self, offset: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        self.inside(offset, length)?;
        let length = u32::try_from(length).map_err(|_| ReadError::Corrupt("too large a piece"))?;
        if length == 0 {
            return Ok(Cow::Borrowed(&[]));
        }
        let bytes = self.source.read(offset, length);
        if bytes.len() == length as usize {
            Ok(bytes)
        } else {
            Err(ReadError::Truncated)
        }
    }
}
