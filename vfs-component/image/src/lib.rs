//! The files that a Boxfile bakes into a box, as one read-only run of bytes.
//!
//! The composer makes an image with [`Writer`]; a filesystem driver reads it
//! through [`Image`] from wherever it lies, a [`Source`].
//!
//! ```
//! use vfs_image::{Attributes, Content, Image, Writer};
//!
//! let mut writer = Writer::new();
//! writer.file("/etc/motd", Attributes::new(0o644), Content::from(b"hello\n"))?;
//! writer.symlink("/motd", "etc/motd", Attributes::new(0o777))?;
//! let bytes = writer.into_bytes()?;
//!
//! let image = Image::open(&bytes[..])?;
//! let etc = image.lookup(&image.root()?, "etc")?.expect("it was baked in");
//! let motd = image.lookup(&image.inode(etc.inode)?, "motd")?.expect("it was baked in");
//! let motd = image.inode(motd.inode)?;
//! assert_eq!(&*image.read(&motd, 0, 100)?, b"hello\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layout, version 1
//!
//! Integers are little-endian and unsigned unless told otherwise; offsets count
//! from the start of the image. Reserved bytes are zero.
//!
//! ```text
//! ┌────────┬─────────────┬───────────────────────────────┬──────────────────────┐
//! │ header │ inode table │ directories, links, xattrs    │ contents of files    │
//! └────────┴─────────────┴───────────────────────────────┴──────────────────────┘
//!   64 B     64 B each     one run of bytes for each       page-aligned from 4 KiB
//! ```
//!
//! **Header** (64 bytes): the only thing that opening reads.
//!
//! | at | size | meaning |
//! | --- | --- | --- |
//! | 0 | 8 | `BOXIMAGE` |
//! | 8 | 4 | version: 1 |
//! | 12 | 4 | reserved |
//! | 16 | 8 | size of the image in bytes |
//! | 24 | 8 | number of inodes, at least one |
//! | 32 | 8 | offset of the inode table |
//! | 40 | 8 | sum of the sizes of the regular files, in bytes |
//! | 48 | 16 | reserved |
//!
//! **Inode** (64 bytes): a file is named by its position in the inode table. Inode 0
//! is the root directory.
//!
//! | at | size | meaning |
//! | --- | --- | --- |
//! | 0 | 2 | `st_mode` of stat(2): the kind in the upper four bits, twelve permission bits |
//! | 2 | 2 | reserved |
//! | 4 | 4 | links: names of the file; of a directory 2 and one for each child directory |
//! | 8 | 4 | owner |
//! | 12 | 4 | group |
//! | 16 | 8 | time of modification: seconds since 1970-01-01T00:00:00Z, signed |
//! | 24 | 4 | and nanoseconds below 1,000,000,000 |
//! | 28 | 4 | size of the extended attributes in bytes |
//! | 32 | 8 | size of the content: of a file its bytes, of a symbolic link its target, of a directory its entries and names |
//! | 40 | 8 | offset of the content |
//! | 48 | 8 | offset of the extended attributes |
//! | 56 | 8 | of a directory the number of entries, of a device major << 32 \| minor |
//!
//! **Directory**: its entries, ordered by name as bytes, then the names in the same
//! order without anything between them. So any run of entries has its names in one
//! run as well, and a lookup in a large directory halves its way with small reads.
//! An entry is 16 bytes:
//!
//! | at | size | meaning |
//! | --- | --- | --- |
//! | 0 | 7 | inode |
//! | 7 | 1 | kind: the upper four bits of its `st_mode` |
//! | 8 | 7 | offset of the name from the start of the directory's content |
//! | 15 | 1 | length of the name, 1 to 255 |
//!
//! Inodes are numbered breadth first, so a child directory has a greater number than
//! its parent. A reader holds an image to that: directories can't form a cycle.
//!
//! **Extended attributes**: for each, ordered by name, one byte with the length of
//! the name, four with that of the value, the name, the value.
//!
//! **Contents** of 4,096 bytes and more begin at a multiple of 4,096; smaller ones
//! are packed so that none lies on two pages. Files may have the same place. Names, link targets and attribute
//! names are UTF-8 without NUL.
//!
//! There are no compression and no checksum: the component around the image is
//! compressed in transport and digested as a whole. A damaged image is an error where
//! the damage is met, never a panic, an endless loop or an allocation larger than the
//! image.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[cfg_attr(
    target_os = "unknown",
    allow(dead_code, reason = "encoding is the writer's")
)]
mod layout;
mod reader;

// Making images is the host's.
#[cfg(not(target_os = "unknown"))]
mod content;
#[cfg(not(target_os = "unknown"))]
mod error;
#[cfg(not(target_os = "unknown"))]
mod plan;
#[cfg(not(target_os = "unknown"))]
mod writer;

#[cfg(not(target_os = "unknown"))]
pub use content::{Attributes, Content, Key};
#[cfg(not(target_os = "unknown"))]
pub use error::WriteError;

pub use layout::{HEADER_SIZE, Kind, NAME_MAX, TARGET_MAX, Time, XATTR_VALUE_MAX};
pub use reader::{Entry, Image, Inode, ReadError, Source, size};
#[cfg(not(target_os = "unknown"))]
pub use writer::Writer;
