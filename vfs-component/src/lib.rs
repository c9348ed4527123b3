//! Filesystem drivers for boxes, apart from their bindings.
//!
//! A driver of `boxer:kernel/vfs` is made of two parts, and a third that is the same for all:
//!
//! ```text
//!  boxer:kernel/vfs         vfs-guest       a resource for each handle, errors as enums
//!        │
//!  paths, flags, handles       Vfs          POSIX, once: what may be opened, what a
//!        │                                  rename may do, which call moves which time
//!  single steps             Filesystem      look up, create, remove, read, write …
//!        │
//!  ┌─────┴────┬─────────┬────────┬──────────┬─────────┐
//!  Overlay  ImageFs   Mounts  HostTree   SpecialFs  Volume
//! ```
//!
//! | module | is | over |
//! | --- | --- | --- |
//! | `boxer:memfs` | [`MemFs`], an [`Overlay`] | the baked image |
//! | `boxer:overlay` | [`Overlay`] | [`lower::Layers`], directories of the image |
//! | `boxer:imagefs` | [`ImageFs`] | the baked image, read-only |
//! | `boxer:mount` | [`MountFs`]: [`Mounts`] of [`special`] files and memory | [`MemFs`] |
//! | `boxer:hostfs` | [`hostfs::HostFs`]: [`Mounts`] of [`hostfs::HostTree`] | [`MemFs`] |
//! | `boxer:volume` | [`Mounts`] of [`Volume`] | [`MemFs`] |
//!
//! The image, its writer and its reader are `vfs-image`; layers as tars are `vfs-layer`. All
//! modules take the limits that [`Limits::from_settings`] reads.
//!
//! ```
//! use vfs_component::{Clock, Errno, Lookup, MemFs, OpenFlags, Time, Vfs};
//!
//! struct Stopped;
//! impl Clock for Stopped {
//!     fn now(&self) -> Time {
//!         Time { seconds: 1_000_000_000, nanoseconds: 0 }
//!     }
//! }
//!
//! let mut vfs = Vfs::new(MemFs::<Vec<u8>>::new(), Stopped);
//! let root = vfs.root()?;
//! vfs.make_directory_at(root, "tmp", Lookup::empty(), 0o755)?;
//! let how = OpenFlags::WRITE | OpenFlags::CREATE;
//! let file = vfs.open_at(root, "tmp/a", Lookup::FOLLOW, how, 0o644)?;
//! vfs.write_at(file, 4, b"hello")?;
//! assert_eq!(vfs.stat_at(root, "/tmp/../tmp/a", Lookup::FOLLOW)?.size, 9);
//! assert_eq!(vfs.rename_at(root, "tmp", Lookup::empty(), root, "tmp/b",
//!     vfs_component::RenameMode::Replace), Err(Errno::Invalid));
//! # Ok::<(), Errno>(())
//! ```
//!
//! The crate `vfs-guest` makes a kernel module of any such filesystem. A new driver is
//! an implementation of [`Filesystem`] and a guest crate of some twenty lines.
//!
//! # How it is known to be right
//!
//! `tests/tmpfs.rs` makes the same random calls on each driver and on Linux's tmpfs, and holds
//! results, errors, contents and metadata against each other; `tests/posix` has a test for each
//! rule by its name, on all drivers; `tests/volume_crash.rs` crashes a volume after any write
//! with any part of what was not synced lost, `tests/volume_kill.rs` kills the process.
//!
//! ```text
//! BOXER_CALLS=1000000   cargo test --release -p vfs-component --test tmpfs
//! BOXER_CRASHES=100000  cargo test --release -p vfs-component --test volume_crash
//! BOXER_KILLS=5000      cargo test --release -p vfs-component --test volume_kill
//! ```

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod clock;
mod either;
mod errno;
mod filesystem;
pub mod hostfs;
mod imagefs;
mod limits;
pub mod lower;
mod mount;
mod mounts;
mod overlay;
mod sorted;
pub mod special;
mod types;
mod vfs;
pub mod volume;

pub use clock::Clock;
pub use either::Either;
pub use errno::{Errno, Result};
pub use filesystem::{Access, Entry, Filesystem, New, Vacancy};
pub use imagefs::{ImageFs, ImageNode};
pub use limits::Limits;
pub use mount::{MountFs, Mounted, mount_table};
pub use mounts::{MountNode, Mounts};
pub use overlay::{Change, MemFs, MemNode, Overlay};
pub use types::*;
pub use vfs::{Handle, Vfs};
pub use volume::Volume;
