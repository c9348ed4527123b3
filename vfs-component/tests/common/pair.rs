//! The same call on a filesystem of ours and on Linux, and whether they differ.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rustix::fs::{self as linux, AtFlags, Mode, OFlags};
use rustix::io::Errno as LinuxErrno;
use vfs_component::{
    Allocation, AttributeMode, Attributes, Errno, Extent, Filesystem, Handle, Kind, LockOperation,
    Lookup, OpenFlags, RenameMode, Stat,
};

use crate::common::Tree;
use crate::common::host::from_linux;

/// So deep below the root that no `..` of a test gets out.
pub const BASE: &str = "0/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f";
const SLOTS: usize = 4;

/// One call. Handles are named by their slot; paths are relative to a slot's directory
/// or, without one, to the base.
#[derive(Debug, Clone)]
pub enum Call {
    Open {
        at: Option<usize>,
        path: String,
        follow: bool,
        how: OpenFlags,
        mode: u32,
        slot: usize,
    },
    Close(usize),
    Flags(usize),
    Read {
        slot: usize,
        offset: u64,
        length: u32,
    },
    Write {
        slot: usize,
        offset: u64,
        length: usize,
        byte: u8,
    },
    Append {
        slot: usize,
        length: usize,
        byte: u8,
    },
    SetSize(usize, u64),
    Allocate {
        slot: usize,
        how: Allocation,
        offset: u64,
        length: u64,
    },
    Find(usize, Extent, u64),
    List(usize),
    Lock(usize, LockOperation),
    Fstat(usize),
    Fchmod(usize, u32),
    Stat {
        at: Option<usize>,
        path: String,
        follow: bool,
    },
    Chmod(String, u32),
    Chown {
        path: String,
        follow: bool,
        user: u32,
        group: u32,
    },
    Mkdir {
        at: Option<usize>,
        path: String,
        mode: u32,
    },
    Mkfifo(String, u32),
    Symlink(String, String),
    ReadLink(String),
    Link {
        old: String,
        follow: bool,
        new: String,
    },
    Rename {
        at: Option<usize>,
        old: String,
        new: String,
        mode: RenameMode,
    },
    Unlink {
        at: Option<usize>,
        path: String,
    },
    Rmdir {
        at: Option<usize>,
        path: String,
    },
    SetXattr(usize, String, Vec<u8>, AttributeMode),
    GetXattr(usize, String),
    RemoveXattr(usize, String),
    ListXattrs(usize),
}

impl Call {
    /// Whether no tree looks different afterwards.
    fn only_looks(&self) -> bool {
        matches!(
            self,
            Self::Flags(_)
                | Self::Read { .. }
                | Self::Find(..)
                | Self::List(_)
                | Self::Lock(..)
                | Self::Fstat(_)
                | Self::Stat { .. }
                | Self::ReadLink(_)
                | Self::SetXattr(..)
                | Self::GetXattr(..)
                | Self::RemoveXattr(..)
                | Self::ListXattrs(_)
        )
    }
}

/// What a filesystem can take part in.
#[derive(Debug, Clone, Copy)]
pub struct Abilities {
    /// Modes, owners, nodes, exact link counts, exchange, allocation, holes, xattrs:
    /// what WASI does not express.
    pub beyond_wasi: bool,
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        // Few names, so that calls meet.
        20 => prop_oneof![8 => Just("a"), 8 => Just("b"), 3 => Just("c"), 1 => Just("é")]
            .prop_map(String::from),
        1 => Just(String::from(".")),
        2 => Just(String::from("..")),
        1 => (254_usize..258).prop_map(|length| "n".repeat(length)),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let joined = (prop::collection::vec(name(), 1..4), 0_u32..16).prop_map(|(names, odd)| {
        let path = names.join(if odd == 0 { "//" } else { "/" });
        match odd {
            1..=2 => path + "/",
            3 => path + "/.",
            _ => path,
        }
    });
    prop_oneof![60 => joined, 1 => Just(String::new())]
}

fn target() -> impl Strategy<Value = String> {
    prop_oneof![8 => path(), 1 => Just(String::from("nowhere/at/all"))]
}

fn how(abilities: Abilities) -> impl Strategy<Value = OpenFlags> {
    let access = prop_oneof![
        4 => Just(OpenFlags::READ),
        1 => Just(OpenFlags::WRITE),
        4 => Just(OpenFlags::READ | OpenFlags::WRITE),
    ];
    let extra = prop_oneof![
        3 => Just(OpenFlags::empty()),
        6 => Just(OpenFlags::CREATE),
        2 => Just(OpenFlags::CREATE | OpenFlags::EXCLUSIVE),
        3 => Just(OpenFlags::DIRECTORY),
        1 => Just(OpenFlags::APPEND | OpenFlags::CREATE),
    ];
    (access, extra, any::<[bool; 3]>()).prop_map(move |(access, extra, [truncate, a, b])| {
        if abilities.beyond_wasi && a && b && !truncate {
            return OpenFlags::PATH_ONLY | (extra & OpenFlags::DIRECTORY);
        }
        let truncate = truncate && a && access.contains(OpenFlags::WRITE);
        let truncate = if truncate {
            OpenFlags::TRUNCATE
        } else {
            OpenFlags::empty()
        };
        // Linux before 6.4 does what it likes with both.
        let extra = if extra.contains(OpenFlags::DIRECTORY) {
            extra
        } else {
            extra | truncate
        };
        access | extra
    })
}

/// Offsets and lengths close to the borders that matter.
fn near_border() -> impl Strategy<Value = u64> {
    let border = prop_oneof![
        Just(0_u64),
        Just(4096),
        Just(8192),
        Just(65536),
        Just(65536 * 2),
        Just(65536 * 20),
    ];
    (border, 0_u64..5000, any::<bool>()).prop_map(|(border, by, below)| {
        if below {
            border.saturating_sub(by % 3)
        } else {
            border + by
        }
    })
}

fn slot() -> impl Strategy<Value = usize> {
    0..SLOTS
}

fn at() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![3 => Just(None), 1 => slot().prop_map(Some)]
}

fn mode() -> impl Strategy<Value = u32> {
    // The owner keeps all rights, so that it needs no privilege to go on.
    (0_u32..0o1000).prop_map(|mode| mode | 0o700)
}

pub fn call(abilities: Abilities) -> BoxedStrategy<Call> {
    let open = (at(), path(), any::<bool>(), how(abilities), mode(), slot()).prop_map(
        |(at, path, follow, how, mode, slot)| Call::Open {
            at,
            path,
            follow,
            how,
            mode,
            slot,
        },
    );
    let byte = 1_u8..255;
    let length = prop_oneof![0_usize..100, 4000_usize..9000, 60_000_usize..140_000];
    let content = prop_oneof![
        (
            slot(),
            near_border(),
            prop_oneof![0_u32..100, Just(200_000)]
        )
            .prop_map(|(slot, offset, length)| Call::Read {
                slot,
                offset,
                length
            }),
        (slot(), near_border(), length.clone(), byte.clone()).prop_map(
            |(slot, offset, length, byte)| Call::Write {
                slot,
                offset,
                length,
                byte
            }
        ),
        (slot(), length, byte).prop_map(|(slot, length, byte)| Call::Append { slot, length, byte }),
        (slot(), near_border()).prop_map(|(slot, size)| Call::SetSize(slot, size)),
    ];
    let rename_mode = if abilities.beyond_wasi {
        prop_oneof![
            6 => Just(RenameMode::Replace),
            1 => Just(RenameMode::NoReplace),
            2 => Just(RenameMode::Exchange),
        ]
        .boxed()
    } else {
        prop_oneof![4 => Just(RenameMode::Replace), 1 => Just(RenameMode::NoReplace)].boxed()
    };
    let names = prop_oneof![
        2 => (at(), path(), any::<bool>())
            .prop_map(|(at, path, follow)| Call::Stat { at, path, follow }),
        4 => (at(), path(), mode()).prop_map(|(at, path, mode)| Call::Mkdir { at, path, mode }),
        3 => (target(), path()).prop_map(|(target, path)| Call::Symlink(target, path)),
        1 => path().prop_map(Call::ReadLink),
        3 => (path(), any::<bool>(), path())
            .prop_map(|(old, follow, new)| Call::Link { old, follow, new }),
        6 => (at(), path(), path(), rename_mode)
            .prop_map(|(at, old, new, mode)| Call::Rename { at, old, new, mode }),
        2 => (at(), path()).prop_map(|(at, path)| Call::Unlink { at, path }),
        2 => (at(), path()).prop_map(|(at, path)| Call::Rmdir { at, path }),
    ];
    let handles = prop_oneof![
        slot().prop_map(Call::Close),
        slot().prop_map(Call::Flags),
        slot().prop_map(Call::List),
        slot().prop_map(Call::Fstat),
        (
            slot(),
            prop_oneof![
                Just(LockOperation::Shared),
                Just(LockOperation::Exclusive),
                Just(LockOperation::Unlock),
            ]
        )
            .prop_map(|(slot, operation)| Call::Lock(slot, operation)),
    ];
    if !abilities.beyond_wasi {
        return prop_oneof![6 => open, 4 => content, 12 => names, 3 => handles].boxed();
    }
    let allocation = prop_oneof![
        Just(Allocation::Extend),
        Just(Allocation::KeepSize),
        Just(Allocation::PunchHole),
    ];
    let xattr = prop_oneof![
        Just("user.a"),
        Just("user.b"),
        Just("user."),
        Just("x"),
        Just("")
    ]
    .prop_map(String::from);
    let set_mode = prop_oneof![
        2 => Just(AttributeMode::Set),
        1 => Just(AttributeMode::Create),
        1 => Just(AttributeMode::Replace),
    ];
    let beyond = prop_oneof![
        3 => (slot(), allocation, near_border(), near_border()).prop_map(
            |(slot, how, offset, length)| Call::Allocate { slot, how, offset, length }
        ),
        2 => (slot(), prop_oneof![Just(Extent::Data), Just(Extent::Hole)], near_border())
            .prop_map(|(slot, what, offset)| Call::Find(slot, what, offset)),
        1 => (slot(), mode()).prop_map(|(slot, mode)| Call::Fchmod(slot, mode)),
        1 => (path(), mode()).prop_map(|(path, mode)| Call::Chmod(path, mode)),
        1 => (path(), any::<bool>(), 0_u32..5, 0_u32..5).prop_map(
            |(path, follow, user, group)| Call::Chown { path, follow, user, group }
        ),
        1 => (path(), mode()).prop_map(|(path, mode)| Call::Mkfifo(path, mode)),
        1 => (slot(), xattr.clone(), prop::collection::vec(any::<u8>(), 0..20), set_mode)
            .prop_map(|(slot, name, value, mode)| Call::SetXattr(slot, name, value, mode)),
        1 => (slot(), xattr.clone()).prop_map(|(slot, name)| Call::GetXattr(slot, name)),
        1 => (slot(), xattr).prop_map(|(slot, name)| Call::RemoveXattr(slot, name)),
        1 => slot().prop_map(Call::ListXattrs),
    ];
    prop_oneof![6 => open, 4 => content, 12 => names, 3 => handles, 6 => beyond].boxed()
}

/// A filesystem of ours and a directory of Linux, side by side.
pub struct Pair<F: Filesystem> {
    pub tree: Tree<F>,
    ours: Handle,
    theirs: OwnedFd,
    top: PathBuf,
    slots: [Option<(Handle, OwnedFd, OpenFlags)>; SLOTS],
    abilities: Abilities,
    privileged: bool,
    /// Whether space and holes are counted in pages of 4,096 bytes.
    pages: bool,
    /// Whether space was reserved: Linux finds it to be data or a hole as it likes.
    reserved: bool,
}

impl<F: Filesystem> Pair<F> {
    /// `top` is an empty directory of Linux that stands for the root.
    pub fn new(mut tree: Tree<F>, top: &Path, abilities: Abilities) -> Self {
        rustix::process::umask(Mode::empty());
        std::fs::create_dir_all(top.join(BASE)).unwrap();
        let mut path = String::new();
        for name in BASE.split('/') {
            path = format!("{path}/{name}");
            match tree.mkdir(&path) {
                Ok(()) | Err(Errno::Exist) => {}
                Err(errno) => panic!("{path}: {errno}"),
            }
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(top.join(&path[1..]), mode).unwrap();
        }
        let how = OpenFlags::PATH_ONLY | OpenFlags::DIRECTORY;
        let ours = tree
            .vfs
            .open_at(tree.root, BASE, Lookup::empty(), how, 0)
            .unwrap();
        let how = OFlags::PATH | OFlags::DIRECTORY;
        let theirs = linux::open(top.join(BASE), how, Mode::empty()).unwrap();
        let tmpfs = linux::statfs(top).unwrap().f_type == 0x0102_1994;
        let huge = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
        Self {
            tree,
            ours,
            theirs,
            top: top.to_owned(),
            slots: Default::default(),
            abilities,
            privileged: rustix::process::geteuid().is_root(),
            pages: tmpfs && huge.is_ok_and(|setting| setting.contains("[never]")),
            reserved: false,
        }
    }

    /// Bakes the files of Linux into an image and goes on with a filesystem over that.
    pub fn bake<G: Filesystem>(self, over: impl FnOnce(Vec<u8>) -> Tree<G>) -> Pair<G> {
        let image = self.image();
        // The image knows no holes.
        self.go_on(false, |_| over(image))
    }

    /// Goes on with another filesystem, which has the same files. Handles are closed.
    pub fn go_on<G: Filesystem>(
        self,
        pages: bool,
        with: impl FnOnce(Tree<F>) -> Tree<G>,
    ) -> Pair<G> {
        let mut tree = with(self.tree);
        let how = OpenFlags::PATH_ONLY | OpenFlags::DIRECTORY;
        let ours = tree
            .vfs
            .open_at(tree.root, BASE, Lookup::empty(), how, 0)
            .unwrap();
        Pair {
            tree,
            ours,
            theirs: self.theirs,
            top: self.top,
            slots: Default::default(),
            abilities: self.abilities,
            privileged: self.privileged,
            pages: pages && self.pages,
            reserved: self.reserved,
        }
    }

    /// Whether both sides have the same files.
    pub fn compare(&mut self) -> Result<(), TestCaseError> {
        let (ours, theirs) = (self.our_tree(), self.their_tree());
        prop_assert_eq!(ours, theirs);
        Ok(())
    }

    fn image(&self) -> Vec<u8> {
        use std::os::unix::fs::MetadataExt;
        let mut writer = vfs_image::Writer::new();
        let mut known: BTreeMap<u64, String> = BTreeMap::new();
        let mut open = vec![String::new()];
        while let Some(directory) = open.pop() {
            let metadata = self.top.join(&directory).symlink_metadata().unwrap();
            writer
                .directory(
                    &directory,
                    baked_attributes(&self.top.join(&directory), &metadata),
                )
                .unwrap();
            for entry in std::fs::read_dir(self.top.join(&directory)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let path = format!("{directory}{name}");
                let full = self.top.join(&path);
                let metadata = full.symlink_metadata().unwrap();
                let attributes = baked_attributes(&full, &metadata);
                if metadata.is_dir() {
                    open.push(format!("{path}/"));
                    continue;
                }
                if let Some(first) = known.get(&metadata.ino()) {
                    writer.hard_link(&path, first).unwrap();
                    continue;
                }
                known.insert(metadata.ino(), path.clone());
                if metadata.is_file() {
                    let content = vfs_image::Content::file(&full).unwrap();
                    writer.file(&path, attributes, content).unwrap();
                } else if metadata.is_symlink() {
                    let target = std::fs::read_link(&full).unwrap();
                    writer
                        .symlink(&path, target.to_str().unwrap(), attributes)
                        .unwrap();
                } else {
                    writer.node(&path, Kind::Fifo, 0, attributes).unwrap();
                }
            }
        }
        writer.into_bytes().unwrap()
    }

    /// Makes the call on both sides; fails where results or trees differ.
    pub fn check(&mut self, call: &Call) -> Result<(), TestCaseError> {
        let (ours, theirs) = self.make(call);
        prop_assert_eq!(&ours, &theirs, "ours and Linux's result of {:?}", call);
        if call.only_looks() {
            return Ok(());
        }
        let (ours, theirs) = (self.our_tree(), self.their_tree());
        for (path, theirs) in &theirs {
            prop_assert_eq!(ours.get(path), Some(theirs), "{} after {:?}", path, call);
        }
        for path in ours.keys() {
            prop_assert!(theirs.contains_key(path), "{path} is left after {call:?}");
        }
        Ok(())
    }

    fn base(&self, at: Option<usize>) -> Option<(Handle, BorrowedFd<'_>)> {
        let Some(at) = at else {
            return Some((self.ours, self.theirs.as_fd()));
        };
        let (ours, theirs, _) = self.slots[at].as_ref()?;
        Some((*ours, theirs.as_fd()))
    }

    fn make(&mut self, call: &Call) -> (Outcome, Outcome) {
        let skipped = (Outcome::Skipped, Outcome::Skipped);
        let slot = match call {
            Call::Close(slot)
            | Call::Flags(slot)
            | Call::Read { slot, .. }
            | Call::Write { slot, .. }
            | Call::Append { slot, .. }
            | Call::SetSize(slot, _)
            | Call::Allocate { slot, .. }
            | Call::Find(slot, ..)
            | Call::List(slot)
            | Call::Lock(slot, _)
            | Call::Fstat(slot)
            | Call::Fchmod(slot, _)
            | Call::SetXattr(slot, ..)
            | Call::GetXattr(slot, _)
            | Call::RemoveXattr(slot, _)
            | Call::ListXattrs(slot) => *slot,
            _ => return self.make_by_name(call),
        };
        let Some((ours, theirs, flags)) = &self.slots[slot] else {
            return skipped;
        };
        let (ours, theirs, flags) = (*ours, theirs.as_fd(), *flags);
        let vfs = &mut self.tree.vfs;
        match call {
            Call::Close(_) => {
                vfs.close(ours);
                self.slots[slot] = None;
                skipped
            }
            Call::Flags(_) => {
                let told = linux::fcntl_getfl(theirs).unwrap();
                let append = told.contains(OFlags::APPEND);
                let ours = vfs
                    .flags(ours)
                    .map(|flags| flags.contains(OpenFlags::APPEND));
                (outcome(ours), Outcome::Ok(format!("{append:?}")))
            }
            Call::Read { offset, length, .. } => {
                let mut buffer = vec![0; *length as usize];
                let read = rustix::io::pread(theirs, &mut buffer[..], *offset);
                let theirs = read.map(|read| digest(&buffer[..read]));
                let ours = vfs
                    .read_at(ours, *offset, *length)
                    .map(|bytes| digest(&bytes));
                (outcome(ours), linux_outcome(theirs))
            }
            Call::Write {
                offset,
                length,
                byte,
                ..
            } => {
                // Linux's pwrite appends to such a file whatever the offset: its man page
                // calls that a bug.
                if flags.contains(OpenFlags::APPEND) {
                    return skipped;
                }
                let data = vec![*byte; *length];
                let theirs = rustix::io::pwrite(theirs, &data, *offset);
                (
                    outcome(vfs.write_at(ours, *offset, data)),
                    linux_outcome(theirs),
                )
            }
            Call::Append { length, byte, .. } => {
                let data = vec![*byte; *length];
                let size = linux::fstat(theirs).map_or(0, |stat| stat.st_size as u64);
                let written = rustix::io::pwrite(theirs, &data, size);
                let theirs = written.map(|written| (written, size + written as u64));
                (outcome(vfs.append(ours, &data[..])), linux_outcome(theirs))
            }
            Call::SetSize(_, size) => (
                outcome(vfs.set_size(ours, *size)),
                linux_outcome(linux::ftruncate(theirs, *size)),
            ),
            Call::Allocate {
                how,
                offset,
                length,
                ..
            } => {
                use linux::FallocateFlags as Flags;
                let flags = match how {
                    Allocation::Extend => Flags::empty(),
                    Allocation::KeepSize => Flags::KEEP_SIZE,
                    Allocation::PunchHole => Flags::PUNCH_HOLE | Flags::KEEP_SIZE,
                    Allocation::Zero => Flags::ZERO_RANGE,
                };
                let theirs = linux::fallocate(theirs, flags, *offset, *length);
                self.reserved |= *how != Allocation::PunchHole;
                let ours = vfs.allocate(ours, *how, *offset, *length);
                (outcome(ours), linux_outcome(theirs))
            }
            Call::Find(_, what, offset) => {
                if !self.pages || self.reserved {
                    return skipped;
                }
                let from = match what {
                    Extent::Data => linux::SeekFrom::Data(*offset),
                    Extent::Hole => linux::SeekFrom::Hole(*offset),
                };
                let theirs = linux::seek(theirs, from);
                (
                    outcome(vfs.find_extent(ours, *what, *offset)),
                    linux_outcome(theirs),
                )
            }
            Call::List(_) => {
                let theirs = list(theirs);
                (outcome(self.tree.names_in(ours)), linux_outcome(theirs))
            }
            Call::Lock(_, operation) => {
                use linux::FlockOperation as Operation;
                let linux_operation = match operation {
                    LockOperation::Shared => Operation::NonBlockingLockShared,
                    LockOperation::Exclusive => Operation::NonBlockingLockExclusive,
                    LockOperation::Unlock => Operation::NonBlockingUnlock,
                };
                let theirs = linux::flock(theirs, linux_operation);
                (outcome(vfs.lock(ours, *operation)), linux_outcome(theirs))
            }
            Call::Fstat(_) => {
                let ours = vfs.stat(ours).map(|stat| self.seen(&stat));
                let theirs = linux::fstat(theirs).map(|stat| self.linux_seen(&stat));
                (outcome(ours), linux_outcome(theirs))
            }
            Call::Fchmod(_, mode) => {
                let change = Attributes {
                    mode: Some(*mode),
                    ..Attributes::default()
                };
                let theirs = linux::fchmod(theirs, Mode::from_raw_mode(*mode));
                (
                    outcome(vfs.set_attributes(ours, &change)),
                    linux_outcome(theirs),
                )
            }
            Call::SetXattr(_, name, value, mode) => {
                use linux::XattrFlags as Flags;
                let flags = match mode {
                    AttributeMode::Set => Flags::empty(),
                    AttributeMode::Create => Flags::CREATE,
                    AttributeMode::Replace => Flags::REPLACE,
                };
                let theirs = linux::fsetxattr(theirs, name.as_str(), value, flags);
                (
                    outcome(vfs.set_xattr(ours, name, value, *mode)),
                    xattr_outcome(theirs),
                )
            }
            Call::GetXattr(_, name) => {
                let mut value = [0; 64];
                let theirs = linux::fgetxattr(theirs, name.as_str(), &mut value[..])
                    .map(|length| value[..length].to_vec());
                (outcome(vfs.xattr(ours, name)), xattr_outcome(theirs))
            }
            Call::RemoveXattr(_, name) => {
                let theirs = linux::fremovexattr(theirs, name.as_str());
                (outcome(vfs.remove_xattr(ours, name)), xattr_outcome(theirs))
            }
            Call::ListXattrs(_) => {
                let mut names = [0; 256];
                let theirs = linux::flistxattr(theirs, &mut names[..]).map(|length| {
                    let names = names[..length].split(|&byte| byte == 0);
                    let names = names.map(|name| String::from_utf8_lossy(name).into_owned());
                    sorted(names.filter(|name| name.starts_with("user.")).collect())
                });
                (outcome(vfs.xattrs(ours).map(sorted)), xattr_outcome(theirs))
            }
            _ => unreachable!("calls by name were made already"),
        }
    }

    fn make_by_name(&mut self, call: &Call) -> (Outcome, Outcome) {
        let skipped = (Outcome::Skipped, Outcome::Skipped);
        let at = match call {
            Call::Open { at, .. }
            | Call::Stat { at, .. }
            | Call::Mkdir { at, .. }
            | Call::Rename { at, .. }
            | Call::Unlink { at, .. }
            | Call::Rmdir { at, .. } => *at,
            _ => None,
        };
        let Some((ours, theirs)) = self.base(at) else {
            return skipped;
        };
        let theirs = theirs.try_clone_to_owned().unwrap();
        let theirs = theirs.as_fd();
        let base = self.ours;
        let vfs = &mut self.tree.vfs;
        let following = |follow: bool| {
            if follow {
                Lookup::FOLLOW
            } else {
                Lookup::empty()
            }
        };
        let not_following = |follow: bool| {
            if follow {
                AtFlags::empty()
            } else {
                AtFlags::SYMLINK_NOFOLLOW
            }
        };
        match call {
            Call::Open {
                path,
                follow,
                how,
                mode,
                slot,
                ..
            } => {
                let opened = vfs.open_at(ours, path, following(*follow), *how, *mode);
                let mut flags = linux_flags(*how);
                if !follow {
                    flags |= OFlags::NOFOLLOW;
                }
                // Opening a fifo would wait for its other end.
                flags |= OFlags::NONBLOCK;
                let theirs = linux::openat(theirs, path, flags, Mode::from_raw_mode(*mode));
                // A fifo in a box has no pipe behind it: none but its name can be opened.
                let theirs = theirs.and_then(|file| {
                    let kind = linux::FileType::from_raw_mode(linux::fstat(&file)?.st_mode);
                    let named = how.contains(OpenFlags::PATH_ONLY);
                    if kind == linux::FileType::Fifo && !named {
                        return Err(LinuxErrno::NXIO);
                    }
                    Ok(file)
                });
                let results = (
                    outcome(opened.map(|_| ())),
                    linux_outcome(theirs.as_ref().map(|_| ()).map_err(|errno| *errno)),
                );
                if let (Ok(ours), Ok(theirs)) = (opened, theirs) {
                    if let Some((old, ..)) = self.slots[*slot].take() {
                        vfs.close(old);
                    }
                    self.slots[*slot] = Some((ours, theirs, *how));
                } else if let Ok(ours) = opened {
                    vfs.close(ours);
                }
                results
            }
            Call::Stat { path, follow, .. } => {
                let stat = vfs.stat_at(ours, path, following(*follow));
                let ours = stat.map(|stat| self.seen(&stat));
                let theirs = linux::statat(theirs, path, not_following(*follow));
                (
                    outcome(ours),
                    linux_outcome(theirs.map(|stat| self.linux_seen(&stat))),
                )
            }
            Call::Chmod(path, mode) => {
                let change = Attributes {
                    mode: Some(*mode),
                    ..Attributes::default()
                };
                let ours = vfs.set_attributes_at(ours, path, Lookup::FOLLOW, &change);
                let mode = Mode::from_raw_mode(*mode);
                (
                    outcome(ours),
                    linux_outcome(linux::chmodat(theirs, path, mode, AtFlags::empty())),
                )
            }
            Call::Chown {
                path,
                follow,
                user,
                group,
            } => {
                if !self.privileged {
                    return skipped;
                }
                let change = Attributes {
                    user: Some(*user),
                    group: Some(*group),
                    ..Attributes::default()
                };
                let ours = vfs.set_attributes_at(ours, path, following(*follow), &change);
                let (user, group) = (linux::Uid::from_raw(*user), linux::Gid::from_raw(*group));
                let flags = not_following(*follow);
                let theirs = linux::chownat(theirs, path, Some(user), Some(group), flags);
                (outcome(ours), linux_outcome(theirs))
            }
            Call::Mkdir { path, mode, .. } => {
                let ours = vfs.make_directory_at(ours, path, Lookup::empty(), *mode);
                let theirs = linux::mkdirat(theirs, path, Mode::from_raw_mode(*mode));
                (outcome(ours), linux_outcome(theirs))
            }
            Call::Mkfifo(path, mode) => {
                let ours = vfs.make_node_at(ours, path, Lookup::empty(), Kind::Fifo, *mode, 0);
                let mode = Mode::from_raw_mode(*mode);
                let theirs = linux::mknodat(theirs, path, linux::FileType::Fifo, mode, 0);
                (outcome(ours), linux_outcome(theirs))
            }
            Call::Symlink(target, path) => {
                let ours = vfs.symlink_at(target, ours, path, Lookup::empty());
                (
                    outcome(ours),
                    linux_outcome(linux::symlinkat(target, theirs, path)),
                )
            }
            Call::ReadLink(path) => {
                let ours = vfs.read_link_at(ours, path, Lookup::empty());
                let theirs = linux::readlinkat(theirs, path, Vec::new());
                let theirs = theirs.map(|target: CString| target.into_string().unwrap());
                (outcome(ours), linux_outcome(theirs))
            }
            Call::Link { old, follow, new } => {
                let flags = if *follow {
                    AtFlags::SYMLINK_FOLLOW
                } else {
                    AtFlags::empty()
                };
                let ours = vfs.link_at(ours, old, following(*follow), base, new);
                (
                    outcome(ours),
                    linux_outcome(linux::linkat(theirs, old, &self.theirs, new, flags)),
                )
            }
            Call::Rename { old, new, mode, .. } => {
                use linux::RenameFlags as Flags;
                let flags = match mode {
                    RenameMode::Replace => Flags::empty(),
                    RenameMode::NoReplace => Flags::NOREPLACE,
                    RenameMode::Exchange => Flags::EXCHANGE,
                };
                let ours = vfs.rename_at(ours, old, Lookup::empty(), base, new, *mode);
                let theirs = linux::renameat_with(theirs, old, &self.theirs, new, flags);
                (outcome(ours), linux_outcome(theirs))
            }
            Call::Unlink { path, .. } => {
                let ours = vfs.unlink_at(ours, path, Lookup::empty());
                (
                    outcome(ours),
                    linux_outcome(linux::unlinkat(theirs, path, AtFlags::empty())),
                )
            }
            Call::Rmdir { path, .. } => {
                let ours = vfs.remove_directory_at(ours, path, Lookup::empty());
                (
                    outcome(ours),
                    linux_outcome(linux::unlinkat(theirs, path, AtFlags::REMOVEDIR)),
                )
            }
            _ => unreachable!("calls by handle were made elsewhere"),
        }
    }

    /// What both sides must agree on.
    fn seen(&self, stat: &Stat) -> Seen {
        let sized = matches!(stat.kind, Kind::Regular | Kind::SymbolicLink);
        let beyond = self.abilities.beyond_wasi;
        Seen {
            kind: stat.kind,
            mode: if beyond { stat.mode } else { 0 },
            links: if beyond || stat.kind != Kind::Directory {
                stat.links
            } else {
                0
            },
            owner: if beyond && self.privileged {
                (stat.user, stat.group)
            } else {
                (0, 0)
            },
            size: if sized { stat.size } else { 0 },
            blocks: if self.pages && beyond && stat.kind == Kind::Regular {
                stat.blocks
            } else {
                0
            },
        }
    }

    fn linux_seen(&self, stat: &linux::Stat) -> Seen {
        let kind = match linux::FileType::from_raw_mode(stat.st_mode) {
            linux::FileType::RegularFile => Kind::Regular,
            linux::FileType::Directory => Kind::Directory,
            linux::FileType::Symlink => Kind::SymbolicLink,
            linux::FileType::Fifo => Kind::Fifo,
            other => panic!("Linux made a {other:?}"),
        };
        let times = vfs_component::Times::default();
        self.seen(&Stat {
            device: 0,
            inode: 0,
            kind,
            mode: stat.st_mode & 0o7777,
            links: stat.st_nlink,
            user: stat.st_uid,
            group: stat.st_gid,
            device_number: 0,
            size: stat.st_size as u64,
            blocks: stat.st_blocks as u64,
            block_size: 0,
            times,
        })
    }

    fn our_tree(&mut self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut inodes = BTreeMap::new();
        let mut open = vec![String::new()];
        while let Some(directory) = open.pop() {
            for name in self.tree.names(&format!("/{directory}")).unwrap() {
                let path = format!("{directory}{name}");
                let stat = self.tree.lstat(&path).unwrap();
                let what = match stat.kind {
                    Kind::Directory => {
                        open.push(format!("{path}/"));
                        String::new()
                    }
                    Kind::Regular => digest(&self.tree.read(&path).unwrap()),
                    Kind::SymbolicLink => self
                        .tree
                        .vfs
                        .read_link_at(self.tree.root, &path, Lookup::empty())
                        .unwrap(),
                    _ => String::new(),
                };
                inodes
                    .entry(stat.inode)
                    .or_insert_with(Vec::new)
                    .push(path.clone());
                found.insert(path, format!("{:?} {what}", self.seen(&stat)));
            }
        }
        with_links(found, inodes)
    }

    fn their_tree(&self) -> BTreeMap<String, String> {
        use std::os::unix::fs::MetadataExt;
        let mut found = BTreeMap::new();
        let mut inodes = BTreeMap::new();
        let mut open = vec![String::new()];
        while let Some(directory) = open.pop() {
            for entry in std::fs::read_dir(self.top.join(&directory)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let path = format!("{directory}{name}");
                let full = self.top.join(&path);
                let metadata = full.symlink_metadata().unwrap();
                let what = if metadata.is_dir() {
                    open.push(format!("{path}/"));
                    String::new()
                } else if metadata.is_file() {
                    digest(&std::fs::read(&full).unwrap())
                } else if metadata.is_symlink() {
                    std::fs::read_link(&full)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned()
                } else {
                    String::new()
                };
                let stat = linux::lstat(&full).unwrap();
                inodes
                    .entry(metadata.ino())
                    .or_insert_with(Vec::new)
                    .push(path.clone());
                found.insert(path, format!("{:?} {what}", self.linux_seen(&stat)));
            }
        }
        with_links(found, inodes)
    }
}

fn baked_attributes(path: &Path, metadata: &std::fs::Metadata) -> vfs_image::Attributes {
    use std::os::unix::fs::MetadataExt;
    let mut names = [0; 1024];
    // Some tmpfs have no extended attributes; then no call has set one.
    let length = linux::llistxattr(path, &mut names[..]).unwrap_or(0);
    let names = names[..length].split(|byte| *byte == 0);
    let xattrs = names
        .filter_map(|name| std::str::from_utf8(name).ok())
        .filter(|name| name.starts_with("user."))
        .map(|name| {
            let mut value = [0; 64];
            let length = linux::lgetxattr(path, name, &mut value[..]).unwrap();
            (name.to_owned(), value[..length].to_vec())
        });
    vfs_image::Attributes {
        user: metadata.uid(),
        group: metadata.gid(),
        xattrs: xattrs.collect(),
        ..vfs_image::Attributes::new(metadata.mode())
    }
}

/// Adds to each file under which other names it is known.
fn with_links(
    mut found: BTreeMap<String, String>,
    inodes: BTreeMap<u64, Vec<String>>,
) -> BTreeMap<String, String> {
    for mut paths in inodes.into_values().filter(|paths| paths.len() > 1) {
        paths.sort();
        for path in &paths {
            found
                .get_mut(path)
                .unwrap()
                .push_str(&format!(" {paths:?}"));
        }
    }
    found
}

#[derive(Debug, PartialEq)]
struct Seen {
    kind: Kind,
    mode: u32,
    links: u64,
    owner: (u32, u32),
    size: u64,
    blocks: u64,
}

/// What a call gave, in a form that both sides have.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Skipped,
    Ok(String),
    Failed(&'static str),
}

fn outcome<T: std::fmt::Debug>(result: Result<T, Errno>) -> Outcome {
    match result {
        Ok(value) => Outcome::Ok(format!("{value:?}")),
        Err(errno) => Outcome::Failed(errno.symbol()),
    }
}

fn linux_outcome<T: std::fmt::Debug>(result: Result<T, LinuxErrno>) -> Outcome {
    outcome(result.map_err(from_linux))
}

/// `ERANGE` for an empty or long name has no symbol in `boxer:kernel`.
fn xattr_outcome<T: std::fmt::Debug>(result: Result<T, LinuxErrno>) -> Outcome {
    match result {
        Err(LinuxErrno::RANGE) => Outcome::Failed("EINVAL"),
        other => linux_outcome(other),
    }
}

fn linux_flags(how: OpenFlags) -> OFlags {
    let mut flags = match (
        how.contains(OpenFlags::READ),
        how.contains(OpenFlags::WRITE),
    ) {
        (_, false) => OFlags::RDONLY,
        (false, true) => OFlags::WRONLY,
        (true, true) => OFlags::RDWR,
    };
    for (ours, theirs) in [
        (OpenFlags::APPEND, OFlags::APPEND),
        (OpenFlags::CREATE, OFlags::CREATE),
        (OpenFlags::EXCLUSIVE, OFlags::EXCL),
        (OpenFlags::TRUNCATE, OFlags::TRUNC),
        (OpenFlags::DIRECTORY, OFlags::DIRECTORY),
        (OpenFlags::PATH_ONLY, OFlags::PATH),
    ] {
        if how.contains(ours) {
            flags |= theirs;
        }
    }
    flags
}

fn list(directory: BorrowedFd<'_>) -> Result<Vec<String>, LinuxErrno> {
    let mut names = Vec::new();
    let mut buffer = Vec::with_capacity(8192);
    linux::seek(directory, linux::SeekFrom::Start(0))?;
    let mut entries = linux::RawDir::new(directory, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let name = entry?.file_name().to_str().unwrap().to_owned();
        if name != "." && name != ".." {
            names.push(name);
        }
    }
    Ok(sorted(names))
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// Runs of equal bytes: short to print, and it says where two differ.
fn digest(bytes: &[u8]) -> String {
    let runs = bytes.chunk_by(|one, other| one == other);
    runs.map(|run| format!("{}*{:02x}", run.len(), run[0]))
        .collect::<Vec<_>>()
        .join(" ")
}
