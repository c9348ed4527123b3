//! Between the types of the WIT and those of `vfs-component`, which mirror them.

use vfs_component as vfs;

use crate::bindings::exports::boxer::kernel::vfs as wit;

/// A function from an enum to another that has the same cases.
macro_rules! same_cases {
    ($($(#[$doc:meta])* $name:ident: $from:ty => $to:ty { $($case:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        pub fn $name(from: $from) -> $to {
            match from {
                $(<$from>::$case => <$to>::$case,)*
            }
        }
    )*};
}

/// A function from flags to others that have the same names.
macro_rules! same_flags {
    ($($name:ident: $from:ty => $to:ty { $($flag:ident),* $(,)? })*) => {$(
        pub fn $name(from: $from) -> $to {
            let mut to = <$to>::empty();
            $(to.set(<$to>::$flag, from.contains(<$from>::$flag));)*
            to
        }
    )*};
}

same_cases! {
    errno: vfs::Errno => wit::Errno {
        NotPermitted, NoEntry, Interrupted, Io, NoDeviceOrAddress, BadDescriptor, Again, NoMemory,
        Access, Busy, Exist, CrossDevice, NoDevice, NotDirectory, IsDirectory, Invalid,
        TooManyFilesInSystem, TooManyFiles, NotTerminal, TextBusy, FileTooLarge, NoSpace,
        IllegalSeek, ReadOnly, TooManyLinks, BrokenPipe, Deadlock, NameTooLong, NoLock,
        NoSystemCall, NotEmpty, Loop, Overflow, IllegalSequence, Quota, Stale, NoData,
        NotSupported, Cancelled, NotSocket, DestinationRequired, MessageTooLarge, Protocol,
        NoProtocolOption, ProtocolNotSupported, FamilyNotSupported, AddressInUse,
        AddressNotAvailable, NetworkDown, NetworkUnreachable, HostUnreachable, ConnectionAborted,
        ConnectionReset, ConnectionRefused, NoBuffers, Connected, NotConnected, TimedOut, Already,
        InProgress, NameUnresolvable, ResolverTemporary,
    }
    kind: wit::FileKind => vfs::Kind {
        Regular, Directory, SymbolicLink, CharacterDevice, BlockDevice, Fifo, Socket,
    }
    kind_to: vfs::Kind => wit::FileKind {
        Regular, Directory, SymbolicLink, CharacterDevice, BlockDevice, Fifo, Socket,
    }
    allocation: wit::Allocation => vfs::Allocation { Extend, KeepSize, PunchHole, Zero }
    extent: wit::Extent => vfs::Extent { Data, Hole }
    advice: wit::Advice => vfs::Advice {
        Normal, Sequential, Random, WillNeed, DontNeed, NoReuse,
    }
    lock_operation: wit::LockOperation => vfs::LockOperation { Shared, Exclusive, Unlock }
    rename_mode: wit::RenameMode => vfs::RenameMode { Replace, NoReplace, Exchange }
    attribute_mode: wit::AttributeMode => vfs::AttributeMode { Set, Create, Replace }
}

same_flags! {
    lookup: wit::Lookup => vfs::Lookup { FOLLOW, BENEATH }
    open_flags: wit::OpenFlags => vfs::OpenFlags {
        READ, WRITE, APPEND, CREATE, EXCLUSIVE, TRUNCATE, DIRECTORY, SYNC, DATA_SYNC, PATH_ONLY,
    }
    open_flags_to: vfs::OpenFlags => wit::OpenFlags {
        READ, WRITE, APPEND, CREATE, EXCLUSIVE, TRUNCATE, DIRECTORY, SYNC, DATA_SYNC, PATH_ONLY,
    }
    readiness: wit::Readiness => vfs::Readiness { READABLE, WRITABLE, HANGUP, ERROR }
    readiness_to: vfs::Readiness => wit::Readiness { READABLE, WRITABLE, HANGUP, ERROR }
}

fn time(time: vfs::Time) -> wit::Timestamp {
    wit::Timestamp {
        seconds: time.seconds,
        nanoseconds: time.nanoseconds,
    }
}

fn set_time(to: wit::SetTime) -> vfs::SetTime {
    match to {
        wit::SetTime::Keep => vfs::SetTime::Keep,
        wit::SetTime::Now => vfs::SetTime::Now,
        wit::SetTime::At(at) => vfs::SetTime::At(vfs::Time {
            seconds: at.seconds,
            nanoseconds: at.nanoseconds,
        }),
    }
}

pub fn attributes(to: wit::Attributes) -> vfs::Attributes {
    vfs::Attributes {
        mode: to.mode,
        user: to.user,
        group: to.group,
        accessed: set_time(to.accessed),
        modified: set_time(to.modified),
    }
}

pub fn stat(stat: vfs::Stat) -> wit::Stat {
    wit::Stat {
        device: stat.device,
        inode: stat.inode,
        kind: kind_to(stat.kind),
        mode: stat.mode,
        links: stat.links,
        user: stat.user,
        group: stat.group,
        device_number: stat.device_number,
        size: stat.size,
        blocks: stat.blocks,
        block_size: stat.block_size,
        accessed: time(stat.times.accessed),
        modified: time(stat.times.modified),
        changed: time(stat.times.changed),
    }
}

pub fn directory_entry(entry: vfs::DirectoryEntry) -> wit::DirectoryEntry {
    wit::DirectoryEntry {
        name: entry.name,
        inode: entry.inode,
        kind: kind_to(entry.kind),
        next: entry.next,
    }
}

pub fn filesystem_stat(stat: vfs::FilesystemStat) -> wit::FilesystemStat {
    wit::FilesystemStat {
        block_size: stat.block_size,
        blocks: stat.blocks,
        blocks_free: stat.blocks_free,
        files: stat.files,
        files_free: stat.files_free,
        id: stat.id,
        name_max: stat.name_max,
        read_only: stat.read_only,
    }
}
