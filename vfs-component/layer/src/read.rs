//! From a tar to a layer.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use tar::{Archive, EntryType, Header};
use vfs_image::{Attributes, Kind, TARGET_MAX, Time, XATTR_VALUE_MAX};

use crate::data::Shared;
use crate::error::{LayerError, Result};
use crate::layer::{Entry, Layer, OPAQUE, RESERVED, WHITEOUT, join, normal, split};

/// What a compressed layer may become, in bytes: more fits no box.
const UNPACKED_MAX: u64 = 16 << 30;
/// The longest header of an entry in bytes.
const HEADER_MAX: u64 = 16 << 20;
/// More entries than any image has.
const ENTRIES_MAX: usize = 4 << 20;
/// In a pax header, before the name of an extended attribute (tar(5), star).
const XATTR: &str = "SCHILY.xattr.";

impl Layer {
    /// Opens a tar on the host, which may be compressed with gzip or zstd. An uncompressed one must
    /// stay as it is while the layer is used: contents are read from it.
    ///
    /// # Errors
    /// [`LayerError::Host`] where it can't be opened, and those of [`Layer::read`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut file = File::open(path).map_err(LayerError::host(path, "read"))?;
        let mut start = Vec::new();
        let read = file.by_ref().take(6).read_to_end(&mut start);
        read.map_err(LayerError::Read)?;
        file.seek(SeekFrom::Start(0)).map_err(LayerError::Read)?;
        if Packing::of(&start)? == Packing::None {
            Self::of_file(file)
        } else {
            Self::read(file)
        }
    }

    /// Reads a tar to its end. It may be compressed with gzip or zstd.
    ///
    /// # Errors
    /// [`LayerError::Read`] for what is no tar, or not all of one; [`LayerError::BadPath`],
    /// [`LayerError::BadKind`], [`LayerError::Compression`], [`LayerError::TooLarge`].
    pub fn read(mut tar: impl Read) -> Result<Self> {
        let mut start = Vec::new();
        let read = tar.by_ref().take(6).read_to_end(&mut start);
        read.map_err(LayerError::Read)?;
        let packing = Packing::of(&start)?;
        let all = io::Cursor::new(start).chain(tar);
        let mut file = tempfile::tempfile().map_err(LayerError::Read)?;
        let most = UNPACKED_MAX + 1;
        let copied = match packing {
            Packing::None => io::copy(&mut all.take(most), &mut file),
            Packing::Gzip => io::copy(&mut MultiGzDecoder::new(all).take(most), &mut file),
            Packing::Zstd => copy_zstd(all, &mut file, most),
        };
        if copied.map_err(LayerError::Read)? > UNPACKED_MAX {
            return Err(LayerError::TooLarge("16 GiB"));
        }
        file.seek(SeekFrom::Start(0)).map_err(LayerError::Read)?;
        Self::of_file(file)
    }

    fn of_file(file: File) -> Result<Self> {
        let file = Shared::new(file);
        let mut archive = Archive::new(file.cursor());
        let mut reader = Reader {
            layer: Self::new(),
            file,
            more: Extended::default(),
        };
        let entries = archive.entries_with_seek().map_err(LayerError::Read)?;
        // The crate splits pax headers at newlines, which values may have; so they are read here.
        for (count, entry) in entries.raw(true).enumerate() {
            if count >= ENTRIES_MAX {
                return Err(LayerError::TooLarge("4,194,304 entries"));
            }
            reader.entry(&mut entry.map_err(LayerError::Read)?)?;
        }
        Ok(reader.layer)
    }
}

/// A layer of which a part was read.
struct Reader {
    layer: Layer,
    file: Shared,
    more: Extended,
}

/// What headers of their own say of the entry that follows them.
#[derive(Default)]
struct Extended {
    path: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    records: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Extended {
    /// Takes a header in; `false` where it is an entry.
    fn take(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> Result<bool> {
        let kind = entry.header().entry_type();
        let is_header = kind.is_pax_local_extensions()
            || kind.is_gnu_longname()
            || kind.is_gnu_longlink()
            || kind.is_pax_global_extensions();
        if !is_header {
            return Ok(false);
        }
        let mut bytes = Vec::new();
        let read = entry.take(HEADER_MAX + 1).read_to_end(&mut bytes);
        if read.map_err(LayerError::Read)? as u64 > HEADER_MAX {
            return Err(LayerError::TooLarge("16 MiB of attributes"));
        }
        if kind.is_pax_local_extensions() {
            self.records.extend(records(&bytes).ok_or_else(malformed)?);
        } else if !kind.is_pax_global_extensions() {
            let end = bytes.iter().position(|&byte| byte == 0);
            bytes.truncate(end.unwrap_or(bytes.len()));
            let place = if kind.is_gnu_longname() {
                &mut self.path
            } else {
                &mut self.target
            };
            *place = Some(bytes);
        }
        Ok(true)
    }

    fn record(&self, key: &str) -> Option<&[u8]> {
        let mut found = self.records.iter().rev();
        let found = found.find(|(known, _)| known == key.as_bytes());
        found.map(|(_, value)| value.as_slice())
    }
}

/// The records of a pax header: each its length, a space, a key, `=`, a value and a newline
/// (POSIX.1-2024, pax, "pax Header Block").
fn records(mut bytes: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let digits = bytes.iter().position(|&byte| byte == b' ')?;
        let length: usize = str::from_utf8(&bytes[..digits]).ok()?.parse().ok()?;
        let (record, rest) = bytes.split_at_checked(length)?;
        let record = record.get(digits + 1..)?.strip_suffix(b"\n")?;
        let equals = record.iter().position(|&byte| byte == b'=')?;
        records.push((record[..equals].to_vec(), record[equals + 1..].to_vec()));
        bytes = rest;
    }
    Some(records)
}

fn malformed() -> LayerError {
    let error = io::Error::new(io::ErrorKind::InvalidData, "a pax header makes no sense");
    LayerError::Read(error)
}

impl Reader {
    fn entry(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> Result<()> {
        if self.more.take(entry)? {
            return Ok(());
        }
        let more = std::mem::take(&mut self.more);
        let kind = entry.header().entry_type();
        let path = more.record("path").or(more.path.as_deref());
        let given = match path {
            Some(path) => text(path)?,
            None => text(&entry.header().path_bytes())?,
        };
        let path = normal(&given)?;
        let (directory, name) = split(&path);
        if name.starts_with(RESERVED) {
            // The others are notes of aufs to itself.
            if name == OPAQUE {
                self.layer.opaque(directory.to_owned());
            }
            return Ok(());
        }
        if let Some(hidden) = name.strip_prefix(WHITEOUT) {
            if matches!(hidden, "" | "." | "..") {
                return Err(LayerError::BadPath { path });
            }
            self.layer.whiteout(join(directory, hidden));
            return Ok(());
        }
        let attributes = attributes(entry.header(), &more, &path)?;
        let read = match kind {
            // Before there was a kind for them, directories were files with a slash.
            EntryType::Regular | EntryType::Continuous if given.ends_with('/') => {
                directory_of(attributes)
            }
            EntryType::Directory => directory_of(attributes),
            EntryType::Regular | EntryType::Continuous => {
                // A size that its field does not hold, or a sparse file.
                let others = more.record("size").is_some_and(|size| {
                    str::from_utf8(size).ok().and_then(|size| size.parse().ok())
                        != Some(entry.size())
                });
                if others {
                    return Err(LayerError::TooLarge("8 GiB in a file"));
                }
                if more.record("GNU.sparse.major").is_some()
                    || more.record("GNU.sparse.size").is_some()
                {
                    return Err(LayerError::BadKind { path, kind: 'S' });
                }
                let content = self.file.content(entry.raw_file_position(), entry.size());
                Entry::Regular {
                    attributes,
                    content: content.map_err(LayerError::Read)?,
                }
            }
            EntryType::Link => Entry::HardLink(normal(&target(entry.header(), &more, &path)?)?),
            EntryType::Symlink => Entry::SymbolicLink {
                attributes,
                target: target(entry.header(), &more, &path)?,
            },
            EntryType::Char | EntryType::Block | EntryType::Fifo => {
                let header = entry.header();
                let part = |part: io::Result<Option<u32>>| {
                    part.map(Option::unwrap_or_default)
                        .map_err(LayerError::Read)
                };
                let (major, minor) = (part(header.device_major())?, part(header.device_minor())?);
                let (kind, device) = match kind {
                    EntryType::Char => (Kind::CharacterDevice, (major, minor)),
                    EntryType::Block => (Kind::BlockDevice, (major, minor)),
                    _ => (Kind::Fifo, (0, 0)),
                };
                Entry::Node {
                    attributes,
                    kind,
                    device: u64::from(device.0) << 32 | u64::from(device.1),
                }
            }
            other => {
                return Err(LayerError::BadKind {
                    path,
                    kind: char::from(other.as_byte()),
                });
            }
        };
        if path.is_empty() && !matches!(read, Entry::Directory { .. }) {
            return Err(LayerError::BadPath { path: given });
        }
        self.layer.merge(path, read);
        Ok(())
    }
}

fn directory_of(attributes: Attributes) -> Entry {
    Entry::Directory {
        attributes: Some(attributes),
        opaque: false,
    }
}

/// What the header says, and the pax header before it where that says something else.
fn attributes(header: &Header, more: &Extended, path: &str) -> Result<Attributes> {
    let number =
        |key: &str| -> Option<u64> { str::from_utf8(more.record(key)?).ok()?.parse().ok() };
    let old = header.as_old();
    let id = |key: &str, bytes: &[u8], field: io::Result<u64>| -> Result<u32> {
        let id = match number(key) {
            Some(id) => id,
            None => written(bytes, field)?,
        };
        u32::try_from(id).map_err(|_| LayerError::TooLarge("4,294,967,295 users"))
    };
    let modified = more
        .record("mtime")
        .and_then(|value| time(str::from_utf8(value).ok()?));
    let modified = match modified {
        Some(modified) => modified,
        None => Time {
            seconds: written(&old.mtime, header.mtime())?.cast_signed(),
            nanoseconds: 0,
        },
    };
    let mut attributes = Attributes {
        mode: written(&old.mode, header.mode())? & 0o7777,
        user: id("uid", &old.uid, header.uid())?,
        group: id("gid", &old.gid, header.gid())?,
        modified,
        ..Attributes::default()
    };
    for (key, value) in &more.records {
        let Some(name) = str::from_utf8(key)
            .ok()
            .and_then(|key| key.strip_prefix(XATTR))
        else {
            continue;
        };
        if !(1..=255).contains(&name.len()) || name.contains('\0') || value.len() > XATTR_VALUE_MAX
        {
            return Err(LayerError::Image(vfs_image::WriteError::BadXattr {
                path: path.to_owned(),
            }));
        }
        attributes.xattrs.insert(name.to_owned(), value.clone());
    }
    Ok(attributes)
}

/// A number in a header, 0 where its field was left blank.
fn written<T: Default>(bytes: &[u8], number: io::Result<T>) -> Result<T> {
    if bytes.iter().all(|byte| matches!(byte, 0 | b' ')) {
        return Ok(T::default());
    }
    number.map_err(LayerError::Read)
}

/// Seconds with a fraction, as pax headers have them (POSIX.1-2024, pax, "mtime").
fn time(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().ok()?;
    let digits: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    let nanoseconds: u32 = digits.parse().ok()?;
    if whole.starts_with('-') && nanoseconds > 0 {
        // A fraction goes away from zero.
        let (seconds, nanoseconds) = (seconds.checked_sub(1)?, 1_000_000_000 - nanoseconds);
        return Some(Time {
            seconds,
            nanoseconds,
        });
    }
    Some(Time {
        seconds,
        nanoseconds,
    })
}

fn target(header: &Header, more: &Extended, path: &str) -> Result<String> {
    let target = more.record("linkpath").or(more.target.as_deref());
    let target = match target {
        Some(target) => text(target)?,
        None => text(&header.link_name_bytes().unwrap_or_default())?,
    };
    if target.is_empty() || target.len() > TARGET_MAX || target.contains('\0') {
        return Err(LayerError::Image(vfs_image::WriteError::BadTarget {
            path: path.to_owned(),
        }));
    }
    Ok(target)
}

fn text(bytes: &[u8]) -> Result<String> {
    let text = str::from_utf8(bytes).map_err(|_| LayerError::BadPath {
        path: String::from_utf8_lossy(bytes).into_owned(),
    })?;
    Ok(text.to_owned())
}

/// How a tar may be packed: what the media types of OCI layers end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    /// Tells it by the first bytes.
    fn of(start: &[u8]) -> Result<Self> {
        match start {
            [0x1f, 0x8b, ..] => Ok(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Self::Zstd),
            [b'B', b'Z', b'h', ..] => Err(LayerError::Compression("bzip2")),
            [0xfd, b'7', b'z', b'X', b'Z', 0] => Err(LayerError::Compression("xz")),
            _ => Ok(Self::None),
        }
    }
}

/// Unpacks frames of zstd, `most` bytes of them: several are one after the other, and some are
/// to be skipped (RFC 8878, "Frames").
fn copy_zstd(from: impl Read, to: &mut impl io::Write, most: u64) -> io::Result<u64> {
    let mut from = BufReader::new(from);
    let mut copied = 0;
    while copied < most && !from.fill_buf()?.is_empty() {
        match StreamingDecoder::new(&mut from) {
            Ok(frame) => copied += io::copy(&mut frame.take(most - copied), to)?,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                io::copy(&mut from.by_ref().take(length.into()), &mut io::sink())?;
            }
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        }
    }
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_fractions() {
        let at = |seconds, nanoseconds| {
            Some(Time {
                seconds,
                nanoseconds,
            })
        };
        assert_eq!(time("5"), at(5, 0));
        assert_eq!(time("5.25"), at(5, 250_000_000));
        assert_eq!(time("5.1234567891"), at(5, 123_456_789));
        assert_eq!(time("-1.5"), at(-2, 500_000_000));
        assert_eq!(time("-0.5"), at(-1, 500_000_000));
        for wrong in ["", "x", "1.x", "9223372036854775808"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }
}
