//! Random calls.

use proptest::prelude::*;
use vfs_component::{Allocation, AttributeMode, Extent, LockOperation, OpenFlags, RenameMode};

use crate::pair::SLOTS;

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
    pub fn only_looks(&self) -> bool {
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
