//! What `wasi:filesystem` and `boxer:kernel/vfs` say, in each other's words.

use crate::bindings::boxer::kernel::types::Timestamp;
use crate::bindings::exports::wasi::clocks::wall_clock::Datetime;
use crate::bindings::exports::wasi::filesystem::types::{
    Advice, DescriptorStat, DescriptorType, ErrorCode, MetadataHashValue, NewTimestamp, PathFlags,
};
use crate::clocks::datetime;
use crate::kernel::Errno;
use crate::kernel::vfs::{self, FileKind, Lookup, SetTime, Stat};

/// The code for an errno. Those of sockets, which no filesystem reports, are `io`.
pub(super) fn error_code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::Access => ErrorCode::Access,
        Errno::Again => ErrorCode::WouldBlock,
        Errno::Already => ErrorCode::Already,
        Errno::BadDescriptor | Errno::Stale => ErrorCode::BadDescriptor,
        Errno::Busy => ErrorCode::Busy,
        Errno::Deadlock => ErrorCode::Deadlock,
        Errno::Quota => ErrorCode::Quota,
        Errno::Exist => ErrorCode::Exist,
        Errno::FileTooLarge => ErrorCode::FileTooLarge,
        Errno::IllegalSequence => ErrorCode::IllegalByteSequence,
        Errno::InProgress => ErrorCode::InProgress,
        Errno::Interrupted => ErrorCode::Interrupted,
        Errno::Invalid => ErrorCode::Invalid,
        Errno::IsDirectory => ErrorCode::IsDirectory,
        Errno::Loop => ErrorCode::Loop,
        Errno::TooManyLinks => ErrorCode::TooManyLinks,
        Errno::MessageTooLarge => ErrorCode::MessageSize,
        Errno::NameTooLong => ErrorCode::NameTooLong,
        Errno::NoDevice => ErrorCode::NoDevice,
        Errno::NoEntry => ErrorCode::NoEntry,
        Errno::NoLock => ErrorCode::NoLock,
        Errno::NoMemory | Errno::NoBuffers | Errno::TooManyFiles | Errno::TooManyFilesInSystem => {
            ErrorCode::InsufficientMemory
        }
        Errno::NoSpace => ErrorCode::InsufficientSpace,
        Errno::NotDirectory => ErrorCode::NotDirectory,
        Errno::NotEmpty => ErrorCode::NotEmpty,
        Errno::NotSupported | Errno::NoSystemCall => ErrorCode::Unsupported,
        Errno::NotTerminal => ErrorCode::NoTty,
        Errno::NoDeviceOrAddress => ErrorCode::NoSuchDevice,
        Errno::Overflow => ErrorCode::Overflow,
        Errno::NotPermitted => ErrorCode::NotPermitted,
        Errno::BrokenPipe => ErrorCode::Pipe,
        Errno::ReadOnly => ErrorCode::ReadOnly,
        Errno::IllegalSeek => ErrorCode::InvalidSeek,
        Errno::TextBusy => ErrorCode::TextFileBusy,
        Errno::CrossDevice => ErrorCode::CrossDevice,
        Errno::Io
        | Errno::NoData
        | Errno::Cancelled
        | Errno::NotSocket
        | Errno::DestinationRequired
        | Errno::Protocol
        | Errno::NoProtocolOption
        | Errno::ProtocolNotSupported
        | Errno::FamilyNotSupported
        | Errno::AddressInUse
        | Errno::AddressNotAvailable
        | Errno::NetworkDown
        | Errno::NetworkUnreachable
        | Errno::HostUnreachable
        | Errno::ConnectionAborted
        | Errno::ConnectionReset
        | Errno::ConnectionRefused
        | Errno::Connected
        | Errno::NotConnected
        | Errno::TimedOut
        | Errno::NameUnresolvable
        | Errno::ResolverTemporary => ErrorCode::Io,
    }
}

pub(super) fn descriptor_type(kind: FileKind) -> DescriptorType {
    match kind {
        FileKind::Regular => DescriptorType::RegularFile,
        FileKind::Directory => DescriptorType::Directory,
        FileKind::SymbolicLink => DescriptorType::SymbolicLink,
        FileKind::CharacterDevice => DescriptorType::CharacterDevice,
        FileKind::BlockDevice => DescriptorType::BlockDevice,
        FileKind::Fifo => DescriptorType::Fifo,
        FileKind::Socket => DescriptorType::Socket,
    }
}

pub(super) fn descriptor_stat(stat: &Stat) -> DescriptorStat {
    DescriptorStat {
        type_: descriptor_type(stat.kind),
        link_count: stat.links,
        size: stat.size,
        data_access_timestamp: datetime(stat.accessed),
        data_modification_timestamp: datetime(stat.modified),
        status_change_timestamp: datetime(stat.changed),
    }
}

/// The lower half tells which file it is, and only that: C libraries make `st_ino`
/// of it, which a write must not change. The upper half tells its state as well,
/// so that the whole changes when the file does.
pub(super) fn metadata_hash(stat: &Stat) -> MetadataHashValue {
    let lower = mix(mix(stat.device) ^ stat.inode);
    let modified = (stat.modified.seconds.cast_unsigned())
        .wrapping_mul(1_000_000_000)
        .wrapping_add(u64::from(stat.modified.nanoseconds));
    MetadataHashValue {
        lower,
        upper: mix(mix(lower ^ stat.size) ^ modified),
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood, 2014): a bijection, so
/// files of one device never share a lower half.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Nothing that an application names may leave the directory it starts from.
pub(super) fn lookup(flags: PathFlags) -> Lookup {
    if flags.contains(PathFlags::SYMLINK_FOLLOW) {
        Lookup::BENEATH | Lookup::FOLLOW
    } else {
        Lookup::BENEATH
    }
}

pub(super) fn set_time(new: NewTimestamp) -> Result<SetTime, ErrorCode> {
    Ok(match new {
        NewTimestamp::NoChange => SetTime::Keep,
        NewTimestamp::Now => SetTime::Now,
        NewTimestamp::Timestamp(time) => SetTime::At(timestamp(time)?),
    })
}

/// `EINVAL` where the nanoseconds make a second and more, as in utimensat(2).
fn timestamp(time: Datetime) -> Result<Timestamp, ErrorCode> {
    if time.nanoseconds >= 1_000_000_000 {
        return Err(ErrorCode::Invalid);
    }
    let seconds = i64::try_from(time.seconds).map_err(|_| ErrorCode::Overflow)?;
    Ok(Timestamp {
        seconds,
        nanoseconds: time.nanoseconds,
    })
}

pub(super) fn advice(advice: Advice) -> vfs::Advice {
    match advice {
        Advice::Normal => vfs::Advice::Normal,
        Advice::Sequential => vfs::Advice::Sequential,
        Advice::Random => vfs::Advice::Random,
        Advice::WillNeed => vfs::Advice::WillNeed,
        Advice::DontNeed => vfs::Advice::DontNeed,
        Advice::NoReuse => vfs::Advice::NoReuse,
    }
}

/// An offset that POSIX can say: `off_t` is signed.
pub(super) fn offset(offset: u64) -> Result<u64, Errno> {
    if i64::try_from(offset).is_ok() {
        Ok(offset)
    } else {
        Err(Errno::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(device: u64, inode: u64, size: u64, seconds: i64) -> Stat {
        let time = Timestamp {
            seconds,
            nanoseconds: 7,
        };
        Stat {
            device,
            inode,
            kind: FileKind::Regular,
            mode: 0o644,
            links: 1,
            user: 0,
            group: 0,
            device_number: 0,
            size,
            blocks: 0,
            block_size: 4096,
            accessed: time,
            modified: time,
            changed: time,
        }
    }

    #[test]
    fn a_write_changes_the_hash_but_not_its_lower_half() {
        let before = metadata_hash(&stat(1, 2, 3, 4));
        let after = metadata_hash(&stat(1, 2, 30, 40));
        assert_eq!(before.lower, after.lower);
        assert_ne!(before.upper, after.upper);
        let same = metadata_hash(&stat(1, 2, 3, 4));
        assert_eq!((before.lower, before.upper), (same.lower, same.upper));
    }

    #[test]
    fn files_differ_in_the_lower_half() {
        let mut seen = std::collections::HashSet::new();
        for device in 0..20 {
            for inode in 0..500 {
                assert!(seen.insert(metadata_hash(&stat(device, inode, 0, 0)).lower));
            }
        }
    }

    #[test]
    fn times_out_of_domain_are_refused() {
        let time = |seconds, nanoseconds| {
            set_time(NewTimestamp::Timestamp(Datetime {
                seconds,
                nanoseconds,
            }))
            .err()
        };
        assert_eq!(time(1, 999_999_999), None);
        assert_eq!(time(1, 1_000_000_000), Some(ErrorCode::Invalid));
        assert_eq!(time(u64::MAX, 0), Some(ErrorCode::Overflow));
    }

    #[test]
    fn a_time_before_1970_is_no_time() {
        assert!(
            descriptor_stat(&stat(1, 1, 0, -1))
                .data_access_timestamp
                .is_none()
        );
        assert!(
            descriptor_stat(&stat(1, 1, 0, 0))
                .data_access_timestamp
                .is_some()
        );
    }

    #[test]
    fn offsets_beyond_off_t_are_invalid() {
        assert_eq!(
            offset(i64::MAX.cast_unsigned()),
            Ok(i64::MAX.cast_unsigned())
        );
        assert_eq!(offset(1 << 63), Err(Errno::Invalid));
    }
}
