//! The records that the log is made of, as bytes.
//!
//! Each says what is so from now on, so it does not matter how often it is read. Integers are
//! little-endian; a string has its length before it.
//!
//! | tag | record | fields |
//! | --- | --- | --- |
//! | 1 | attributes of a file | number, kind, mode, user, group, three times, device, size, target, xattrs |
//! | 2 | pages of a file | number, first page, count, and for each its block and checksum |
//! | 3 | a file has no pages from here on | number, page |
//! | 4 | a name | number of the directory, of the file or 0, name |
//! | 5 | bytes of a page, over what its block has | number, page, where in it, bytes |

use alloc::string::String;
use alloc::vec::Vec;

use super::blocks::BLOCK;
use super::content::Slot;
use crate::errno::{Errno, Result};
use crate::overlay::Kept;
use crate::types::{Kind, NAME_MAX, PATH_MAX, SIZE_MAX, Time, Times, XATTR_VALUE_MAX};

/// What a record says.
#[derive(Debug, Clone)]
pub(super) enum Record<'r> {
    Attributes(Kept, u64),
    Pages {
        number: u64,
        first: u64,
        slots: Slots<'r>,
    },
    Cut {
        number: u64,
        page: u64,
    },
    Bytes {
        number: u64,
        page: u64,
        /// Where in the page they begin, all of them being in it.
        from: usize,
        bytes: &'r [u8],
    },
    Name {
        directory: u64,
        /// `None` where the name is gone.
        file: Option<u64>,
        name: &'r str,
    },
}

/// Slots as they are in a record.
#[derive(Debug, Clone)]
pub(super) struct Slots<'r>(&'r [u8]);

impl Slots<'_> {
    pub fn iter(&self) -> impl Iterator<Item = Slot> {
        self.0.chunks_exact(8).map(|bytes| Slot {
            block: u32_at(bytes, 0),
            checksum: u32_at(bytes, 4),
        })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Puts records one behind the other.
#[derive(Debug, Default)]
pub(super) struct RecordWriter(pub Vec<u8>);

impl RecordWriter {
    /// Begins anew, with the memory that is there unless it is much.
    pub fn clear(&mut self) {
        const KEPT: usize = 64 << 10;
        self.0.clear();
        self.0.shrink_to(KEPT);
    }

    pub fn attributes(&mut self, kept: &Kept, size: u64) {
        self.u8(1);
        self.u64(kept.number);
        self.u8(kept.kind as u8);
        self.u32(kept.mode);
        self.u32(kept.user);
        self.u32(kept.group);
        for time in [kept.times.accessed, kept.times.modified, kept.times.changed] {
            self.u64(time.seconds.cast_unsigned());
            self.u32(time.nanoseconds);
        }
        self.u64(kept.device_number);
        self.u64(size);
        self.bytes(kept.target.as_bytes());
        self.u32(kept.xattrs.len() as u32);
        for (name, value) in &kept.xattrs {
            self.bytes(name.as_bytes());
            self.bytes(value);
        }
    }

    pub fn pages(&mut self, number: u64, first: u64, slots: impl ExactSizeIterator<Item = Slot>) {
        self.u8(2);
        self.u64(number);
        self.u64(first);
        self.u32(slots.len() as u32);
        for slot in slots {
            self.u32(slot.block);
            self.u32(slot.checksum);
        }
    }

    pub fn cut(&mut self, number: u64, page: u64) {
        self.u8(3);
        self.u64(number);
        self.u64(page);
    }

    pub fn page_bytes(&mut self, number: u64, page: u64, from: usize, bytes: &[u8]) {
        self.u8(5);
        self.u64(number);
        self.u64(page);
        self.u32(from as u32);
        self.bytes(bytes);
    }

    pub fn name(&mut self, directory: u64, name: &str, file: Option<u64>) {
        self.u8(4);
        self.u64(directory);
        self.u64(file.unwrap_or(0));
        self.bytes(name.as_bytes());
    }

    fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.u32(bytes.len() as u32);
        self.0.extend_from_slice(bytes);
    }
}

/// Reads records; whatever the bytes are, it ends.
pub(super) struct RecordReader<'r>(pub &'r [u8]);

impl<'r> RecordReader<'r> {
    /// The next record, `None` at the end.
    ///
    /// # Errors
    /// `io` for what is no record.
    pub fn next(&mut self) -> Result<Option<Record<'r>>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let record = match self.u8()? {
            1 => self.attributes()?,
            2 => {
                let (number, first) = (self.number()?, self.page()?);
                let count = self.u32()?;
                let slots = self.take((count as usize).checked_mul(8).ok_or(Errno::Io)?)?;
                if first + u64::from(count) > PAGES_MAX {
                    return Err(Errno::Io);
                }
                Record::Pages {
                    number,
                    first,
                    slots: Slots(slots),
                }
            }
            3 => Record::Cut {
                number: self.number()?,
                page: self.page()?,
            },
            4 => {
                let directory = self.number()?;
                let file = Some(self.u64()?).filter(|&file| file != 0);
                let name = self.text(NAME_MAX)?;
                let is_name = !name.is_empty() && name != "." && name != "..";
                if !is_name || name.contains('/') {
                    return Err(Errno::Io);
                }
                Record::Name {
                    directory,
                    file,
                    name,
                }
            }
            5 => {
                let (number, page, from) = (self.number()?, self.page()?, self.u32()? as usize);
                let room = PAGE.checked_sub(from).ok_or(Errno::Io)?;
                Record::Bytes {
                    number,
                    page,
                    from,
                    bytes: self.bytes(room)?,
                }
            }
            _ => return Err(Errno::Io),
        };
        Ok(Some(record))
    }

    fn attributes(&mut self) -> Result<Record<'r>> {
        let number = self.number()?;
        let kind = kind(self.u8()?).ok_or(Errno::Io)?;
        let (mode, user, group) = (self.u32()?, self.u32()?, self.u32()?);
        let times = Times {
            accessed: self.time()?,
            modified: self.time()?,
            changed: self.time()?,
        };
        let (device_number, size) = (self.u64()?, self.u64()?);
        let target: String = self.text(PATH_MAX)?.into();
        if size > SIZE_MAX || (kind == Kind::SymbolicLink) == target.is_empty() {
            return Err(Errno::Io);
        }
        let count = self.u32()?;
        let mut xattrs: Vec<(String, Vec<u8>)> = Vec::new();
        for _ in 0..count {
            let name: String = self.text(NAME_MAX)?.into();
            let value = self.bytes(XATTR_VALUE_MAX)?.into();
            if name.is_empty() {
                return Err(Errno::Io);
            }
            xattrs.push((name, value));
        }
        let kept = Kept {
            number,
            kind,
            mode: mode & 0o7777,
            user,
            group,
            times,
            device_number,
            target,
            xattrs,
        };
        Ok(Record::Attributes(kept, size))
    }

    fn take(&mut self, length: usize) -> Result<&'r [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Errno::Io)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(u32_at(self.take(4)?, 0))
    }

    fn u64(&mut self) -> Result<u64> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.take(8)?);
        Ok(u64::from_le_bytes(bytes))
    }

    fn number(&mut self) -> Result<u64> {
        // So many files that counting goes on for ever.
        const NUMBER_MAX: u64 = 1 << 62;
        let number = self.u64()?;
        if number == 0 || number > NUMBER_MAX {
            return Err(Errno::Io);
        }
        Ok(number)
    }

    fn page(&mut self) -> Result<u64> {
        let page = self.u64()?;
        if page > PAGES_MAX {
            return Err(Errno::Io);
        }
        Ok(page)
    }

    fn time(&mut self) -> Result<Time> {
        let (seconds, nanoseconds) = (self.u64()?.cast_signed(), self.u32()?);
        if nanoseconds >= 1_000_000_000 {
            return Err(Errno::Io);
        }
        Ok(Time {
            seconds,
            nanoseconds,
        })
    }

    fn bytes(&mut self, most: usize) -> Result<&'r [u8]> {
        let length = self.u32()? as usize;
        if length > most {
            return Err(Errno::Io);
        }
        self.take(length)
    }

    fn text(&mut self, most: usize) -> Result<&'r str> {
        let text = str::from_utf8(self.bytes(most)?).map_err(|_| Errno::Io)?;
        if text.contains('\0') {
            return Err(Errno::Io);
        }
        Ok(text)
    }
}

/// Size of a page in bytes.
const PAGE: usize = BLOCK as usize;
/// Pages of the largest file.
const PAGES_MAX: u64 = SIZE_MAX / BLOCK + 1;

fn kind(bits: u8) -> Option<Kind> {
    const KINDS: [Kind; 7] = [
        Kind::Fifo,
        Kind::CharacterDevice,
        Kind::Directory,
        Kind::BlockDevice,
        Kind::Regular,
        Kind::SymbolicLink,
        Kind::Socket,
    ];
    KINDS.into_iter().find(|&kind| kind as u8 == bits)
}
