//! A file of the host: `wasi:filesystem` as `vfs-component` wants it.

use alloc::string::String;
use alloc::vec::Vec;

use vfs_component::hostfs::{HostFile, HostOpen, HostStat};
use vfs_component::{Advice, Errno, Kind, Result, SetTime, Time, Times};

use crate::bindings::wasi::clocks::wall_clock::Datetime;
use crate::bindings::wasi::filesystem::types as wasi;
use wasi::{Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags};

/// A descriptor of the host.
#[derive(Debug)]
pub struct HostDescriptor(Descriptor);

/// Symbolic links are walked in the box, never by the host.
const NO_FOLLOW: PathFlags = PathFlags::empty();

impl HostDescriptor {
    pub fn new(descriptor: Descriptor) -> Self {
        Self(descriptor)
    }

    /// What it may be used for; nothing where the host does not tell.
    pub fn flags(&self) -> DescriptorFlags {
        self.0.get_flags().unwrap_or(DescriptorFlags::empty())
    }
}

impl HostFile for HostDescriptor {
    fn open_at(&self, name: &str, how: HostOpen) -> Result<Self> {
        let mut open = OpenFlags::empty();
        open.set(OpenFlags::DIRECTORY, how.directory);
        open.set(OpenFlags::CREATE | OpenFlags::EXCLUSIVE, how.create_new);
        let mut flags = DescriptorFlags::empty();
        flags.set(DescriptorFlags::READ, how.read);
        flags.set(DescriptorFlags::WRITE, how.write && !how.directory);
        flags.set(
            DescriptorFlags::MUTATE_DIRECTORY,
            how.write && how.directory,
        );
        self.0
            .open_at(NO_FOLLOW, name, open, flags)
            .map(Self)
            .map_err(errno)
    }

    fn stat(&self) -> Result<HostStat> {
        self.0.stat().map(stat).map_err(errno)
    }

    fn stat_at(&self, name: &str) -> Result<HostStat> {
        self.0.stat_at(NO_FOLLOW, name).map(stat).map_err(errno)
    }

    fn hash(&self) -> Result<u64> {
        self.0.metadata_hash().map(number).map_err(errno)
    }

    fn hash_at(&self, name: &str) -> Result<u64> {
        self.0
            .metadata_hash_at(NO_FOLLOW, name)
            .map(number)
            .map_err(errno)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.0.is_same_object(&other.0)
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        self.0
            .set_times(new_time(accessed)?, new_time(modified)?)
            .map_err(errno)
    }

    fn set_times_at(&self, name: &str, accessed: SetTime, modified: SetTime) -> Result<()> {
        let (accessed, modified) = (new_time(accessed)?, new_time(modified)?);
        self.0
            .set_times_at(NO_FOLLOW, name, accessed, modified)
            .map_err(errno)
    }

    fn read(&self, offset: u64, length: u32) -> Result<Vec<u8>> {
        let (bytes, _) = self.0.read(length.into(), offset).map_err(errno)?;
        Ok(bytes)
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<usize> {
        let written = self.0.write(data, offset).map_err(errno)?;
        usize::try_from(written).map_err(|_| Errno::Io)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.0.set_size(size).map_err(errno)
    }

    fn sync(&self, data_only: bool) -> Result<()> {
        let synced = if data_only {
            self.0.sync_data()
        } else {
            self.0.sync()
        };
        synced.map_err(errno)
    }

    fn advise(&self, offset: u64, length: u64, advice: Advice) -> Result<()> {
        let advice = match advice {
            Advice::Normal => wasi::Advice::Normal,
            Advice::Sequential => wasi::Advice::Sequential,
            Advice::Random => wasi::Advice::Random,
            Advice::WillNeed => wasi::Advice::WillNeed,
            Advice::DontNeed => wasi::Advice::DontNeed,
            Advice::NoReuse => wasi::Advice::NoReuse,
        };
        self.0.advise(offset, length, advice).map_err(errno)
    }

    fn list(&self) -> Result<Vec<(String, Kind)>> {
        let entries = self.0.read_directory().map_err(errno)?;
        let mut found = Vec::new();
        loop {
            match entries.read_directory_entry() {
                Ok(Some(entry)) => found.push((entry.name, kind(entry.type_))),
                Ok(None) => return Ok(found),
                // A name that is not text; the stream is behind it now.
                Err(ErrorCode::IllegalByteSequence) => {}
                Err(error) => return Err(errno(error)),
            }
        }
    }

    fn make_directory(&self, name: &str) -> Result<()> {
        self.0.create_directory_at(name).map_err(errno)
    }

    fn symlink(&self, target: &str, name: &str) -> Result<()> {
        self.0.symlink_at(target, name).map_err(errno)
    }

    fn read_link(&self, name: &str) -> Result<String> {
        self.0.readlink_at(name).map_err(errno)
    }

    fn link(&self, name: &str, to: &Self, new_name: &str) -> Result<()> {
        self.0
            .link_at(NO_FOLLOW, name, &to.0, new_name)
            .map_err(errno)
    }

    fn rename(&self, name: &str, to: &Self, new_name: &str) -> Result<()> {
        self.0.rename_at(name, &to.0, new_name).map_err(errno)
    }

    fn unlink(&self, name: &str) -> Result<()> {
        self.0.unlink_file_at(name).map_err(errno)
    }

    fn remove_directory(&self, name: &str) -> Result<()> {
        self.0.remove_directory_at(name).map_err(errno)
    }
}

/// One half of the hash: wasmtime's other half says nothing new.
fn number(hash: wasi::MetadataHashValue) -> u64 {
    hash.lower
}

fn stat(stat: wasi::DescriptorStat) -> HostStat {
    let time = |time: Option<Datetime>| match time {
        Some(Datetime {
            seconds,
            nanoseconds,
        }) => Time {
            seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
            nanoseconds,
        },
        None => Time::default(),
    };
    HostStat {
        kind: kind(stat.type_),
        links: stat.link_count,
        size: stat.size,
        times: Times {
            accessed: time(stat.data_access_timestamp),
            modified: time(stat.data_modification_timestamp),
            changed: time(stat.status_change_timestamp),
        },
    }
}

fn kind(kind: DescriptorType) -> Kind {
    match kind {
        DescriptorType::RegularFile => Kind::Regular,
        DescriptorType::Directory => Kind::Directory,
        DescriptorType::SymbolicLink => Kind::SymbolicLink,
        DescriptorType::BlockDevice => Kind::BlockDevice,
        DescriptorType::Fifo => Kind::Fifo,
        DescriptorType::Socket => Kind::Socket,
        // What even the host can't name is not for reading and writing.
        DescriptorType::CharacterDevice | DescriptorType::Unknown => Kind::CharacterDevice,
    }
}

fn new_time(to: SetTime) -> Result<wasi::NewTimestamp> {
    Ok(match to {
        SetTime::Keep => wasi::NewTimestamp::NoChange,
        SetTime::Now => wasi::NewTimestamp::Now,
        SetTime::At(Time {
            seconds,
            nanoseconds,
        }) => {
            // WASI has no time before 1970.
            let seconds = u64::try_from(seconds).map_err(|_| Errno::Invalid)?;
            wasi::NewTimestamp::Timestamp(Datetime {
                seconds,
                nanoseconds,
            })
        }
    })
}

fn errno(error: ErrorCode) -> Errno {
    match error {
        ErrorCode::Access => Errno::Access,
        ErrorCode::WouldBlock => Errno::Again,
        ErrorCode::Already => Errno::Already,
        ErrorCode::BadDescriptor => Errno::BadDescriptor,
        ErrorCode::Busy => Errno::Busy,
        ErrorCode::Deadlock => Errno::Deadlock,
        ErrorCode::Quota => Errno::Quota,
        ErrorCode::Exist => Errno::Exist,
        ErrorCode::FileTooLarge => Errno::FileTooLarge,
        ErrorCode::IllegalByteSequence => Errno::IllegalSequence,
        ErrorCode::InProgress => Errno::InProgress,
        ErrorCode::Interrupted => Errno::Interrupted,
        ErrorCode::Invalid => Errno::Invalid,
        ErrorCode::Io => Errno::Io,
        ErrorCode::IsDirectory => Errno::IsDirectory,
        ErrorCode::Loop => Errno::Loop,
        ErrorCode::TooManyLinks => Errno::TooManyLinks,
        ErrorCode::MessageSize => Errno::MessageTooLarge,
        ErrorCode::NameTooLong => Errno::NameTooLong,
        ErrorCode::NoDevice => Errno::NoDevice,
        ErrorCode::NoEntry => Errno::NoEntry,
        ErrorCode::NoLock => Errno::NoLock,
        ErrorCode::InsufficientMemory => Errno::NoMemory,
        ErrorCode::InsufficientSpace => Errno::NoSpace,
        ErrorCode::NotDirectory => Errno::NotDirectory,
        ErrorCode::NotEmpty => Errno::NotEmpty,
        // `ENOTRECOVERABLE` is of locks that filesystems do not have.
        ErrorCode::NotRecoverable => Errno::Io,
        ErrorCode::Unsupported => Errno::NotSupported,
        ErrorCode::NoTty => Errno::NotTerminal,
        ErrorCode::NoSuchDevice => Errno::NoDeviceOrAddress,
        ErrorCode::Overflow => Errno::Overflow,
        ErrorCode::NotPermitted => Errno::NotPermitted,
        ErrorCode::Pipe => Errno::BrokenPipe,
        ErrorCode::ReadOnly => Errno::ReadOnly,
        ErrorCode::InvalidSeek => Errno::IllegalSeek,
        ErrorCode::TextFileBusy => Errno::TextBusy,
        ErrorCode::CrossDevice => Errno::CrossDevice,
    }
}
