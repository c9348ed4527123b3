//! From a layer to a tar.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};
use vfs_image::{Attributes, Kind};

use crate::error::{LayerError, Result};
use crate::layer::{Entry, Layer, OPAQUE, WHITEOUT, join, split};

impl Layer {
    /// Writes the layer as an uncompressed tar (POSIX.1-2024, pax) and tells its SHA-256, which
    /// OCI images call the layer's diff ID. The same layer is the same bytes: entries are in
    /// the order of their paths, whiteouts before their siblings, hard links behind all files.
    ///
    /// # Errors
    /// [`LayerError::Write`] where `out` or a content fails.
    pub fn write(&self, out: impl Write) -> Result<[u8; 32]> {
        let mut out = Builder::new(Hashed {
            out,
            hasher: Sha256::new(),
        });
        self.write_entries(&mut out).map_err(LayerError::Write)?;
        let out = out.into_inner().map_err(LayerError::Write)?;
        Ok(out.hasher.finalize().into())
    }

    fn write_entries(&self, out: &mut Builder<impl Write>) -> io::Result<()> {
        let mut links = Vec::new();
        for (path, entry) in self.in_order() {
            let (directory, name) = split(path);
            match entry {
                Entry::Removed => {
                    let path = join(directory, &format!("{WHITEOUT}{name}"));
                    append(out, &path, EntryType::Regular, &whiteout(), "", None)?;
                }
                Entry::Directory { attributes, opaque } => {
                    if let Some(attributes) = attributes {
                        let path = if path.is_empty() { "." } else { path };
                        let path = format!("{path}/");
                        append(out, &path, EntryType::Directory, attributes, "", None)?;
                    }
                    if *opaque {
                        let path = join(path, OPAQUE);
                        append(out, &path, EntryType::Regular, &whiteout(), "", None)?;
                    }
                }
                Entry::Regular {
                    attributes,
                    content,
                } => {
                    let (size, mut reader) = (content.size(), content.reader());
                    let content = Some((size, &mut reader as &mut dyn Read));
                    append(out, path, EntryType::Regular, attributes, "", content)?;
                }
                Entry::SymbolicLink { attributes, target } => {
                    append(out, path, EntryType::Symlink, attributes, target, None)?;
                }
                Entry::Node {
                    attributes,
                    kind,
                    device,
                } => node(out, path, attributes, *kind, *device)?,
                Entry::HardLink(existing) => links.push((path, existing)),
            }
        }
        for (path, existing) in links {
            let attributes = Attributes::default();
            append(out, path, EntryType::Link, &attributes, existing, None)?;
        }
        Ok(())
    }

    /// Directories before what is in them, whiteouts before their siblings.
    fn in_order(&self) -> Vec<(&str, &Entry)> {
        let mut entries: Vec<(&str, &Entry)> = self.entries().collect();
        entries.sort_by_cached_key(|(path, entry)| {
            let names = path.split('/').filter(|name| !name.is_empty());
            let mut names: Vec<(bool, &str)> = names.map(|name| (true, name)).collect();
            if let Some(last) = names.last_mut() {
                last.0 = !matches!(entry, Entry::Removed);
            }
            names
        });
        entries
    }
}

fn whiteout() -> Attributes {
    Attributes::new(0)
}

fn node(
    out: &mut Builder<impl Write>,
    path: &str,
    attributes: &Attributes,
    kind: Kind,
    device: u64,
) -> io::Result<()> {
    let entry = match kind {
        Kind::CharacterDevice => EntryType::Char,
        Kind::BlockDevice => EntryType::Block,
        Kind::Fifo => EntryType::Fifo,
        // A tar has no sockets, and a socket is of no use to whoever unpacks it.
        Kind::Socket | Kind::Regular | Kind::Directory | Kind::SymbolicLink => return Ok(()),
    };
    let mut header = extended(out, path, entry, attributes, "", 0)?;
    header.set_device_major((device >> 32) as u32)?;
    header.set_device_minor(device as u32)?;
    header.set_cksum();
    out.append(&header, io::empty())
}

fn append(
    out: &mut Builder<impl Write>,
    path: &str,
    kind: EntryType,
    attributes: &Attributes,
    target: &str,
    content: Option<(u64, &mut dyn Read)>,
) -> io::Result<()> {
    let size = content.as_ref().map_or(0, |(size, _)| *size);
    let mut header = extended(out, path, kind, attributes, target, size)?;
    header.set_cksum();
    let Some((size, reader)) = content else {
        return out.append(&header, io::empty());
    };
    let mut counted = Counted { reader, read: 0 };
    out.append(&header, &mut counted)?;
    if counted.read == size {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// The header of an entry, and before it in the tar a pax header with what has no room there.
fn extended(
    out: &mut Builder<impl Write>,
    path: &str,
    kind: EntryType,
    attributes: &Attributes,
    target: &str,
    size: u64,
) -> io::Result<Header> {
    // What an octal field of eight and of twelve bytes holds.
    const SHORT: u64 = 0o777_7777;
    const LONG: u64 = 0o777_7777_7777;
    let mut more: Vec<(String, Vec<u8>)> = Vec::new();
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    if header.set_path(path).is_err() || path.starts_with('/') {
        more.push(("path".into(), path.into()));
        let start: String = path.chars().filter(char::is_ascii).take(90).collect();
        header.set_path(start.trim_matches('/'))?;
    }
    if !target.is_empty() && header.set_link_name_literal(target).is_err() {
        more.push(("linkpath".into(), target.into()));
    }
    let (modified, mode) = (attributes.modified, attributes.mode & 0o7777);
    header.set_mode(mode);
    let mut number = |name: &str, value: u64, most: u64| {
        if value > most {
            more.push((name.into(), value.to_string().into()));
        }
        value.min(most)
    };
    header.set_size(number("size", size, LONG));
    header.set_uid(number("uid", attributes.user.into(), SHORT));
    header.set_gid(number("gid", attributes.group.into(), SHORT));
    let seconds = u64::try_from(modified.seconds).unwrap_or(0).min(LONG);
    header.set_mtime(seconds);
    if modified.nanoseconds > 0 || seconds.cast_signed() != modified.seconds {
        let time = pax_time(modified.seconds, modified.nanoseconds);
        more.push(("mtime".into(), time.into()));
    }
    for (name, value) in &attributes.xattrs {
        more.push((format!("SCHILY.xattr.{name}"), value.clone()));
    }
    if !more.is_empty() {
        let more = more
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_slice()));
        out.append_pax_extensions(more)?;
    }
    Ok(header)
}

/// Seconds with a fraction that goes away from zero.
fn pax_time(seconds: i64, nanoseconds: u32) -> String {
    if nanoseconds == 0 {
        return seconds.to_string();
    }
    let (sign, seconds, nanoseconds) = if seconds < 0 {
        (
            "-",
            (seconds + 1).unsigned_abs(),
            1_000_000_000 - nanoseconds,
        )
    } else {
        ("", seconds.unsigned_abs(), nanoseconds)
    };
    format!("{sign}{seconds}.{nanoseconds:09}")
}

struct Counted<'r> {
    reader: &'r mut dyn Read,
    read: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

/// An output that knows the digest of what went there.
struct Hashed<W> {
    out: W,
    hasher: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
