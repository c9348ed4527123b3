//! Files of Linux as a WASI host gives them: one name at a time, no link followed,
//! absolute links neither made nor told, and reads that are short.

use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self as linux, AtFlags, FileType, Mode, OFlags, Timespec};
use rustix::io::Errno as LinuxErrno;
use vfs_component::hostfs::{HostFile, HostOpen, HostStat};
use vfs_component::{Advice, Errno, Kind, Result, SetTime, Time, Times};

/// An open file of Linux.
#[derive(Debug)]
pub struct LinuxFile(OwnedFd);

/// A read gives no more than this, so that there are short ones.
const READ_MAX: usize = 50_000;

impl LinuxFile {
    pub fn directory(path: &Path) -> Self {
        let how = OFlags::DIRECTORY | OFlags::CLOEXEC;
        Self(linux::open(path, how, Mode::empty()).unwrap())
    }
}

impl HostFile for LinuxFile {
    fn open_at(&self, name: &str, how: HostOpen) -> Result<Self> {
        let mut flags = OFlags::NOFOLLOW | OFlags::CLOEXEC;
        flags |= match (how.read, how.write && !how.directory) {
            (_, false) => OFlags::RDONLY,
            (false, true) => OFlags::WRONLY,
            (true, true) => OFlags::RDWR,
        };
        if how.directory {
            flags |= OFlags::DIRECTORY;
        }
        if how.create_new {
            flags |= OFlags::CREATE | OFlags::EXCL;
        }
        let mode = Mode::from_raw_mode(0o666);
        one(name)?;
        linux::openat(&self.0, name, flags, mode)
            .map(Self)
            .map_err(from_linux)
    }

    fn stat(&self) -> Result<HostStat> {
        linux::fstat(&self.0)
            .map(|stat| host_stat(&stat))
            .map_err(from_linux)
    }

    fn stat_at(&self, name: &str) -> Result<HostStat> {
        one(name)?;
        let stat = linux::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW);
        stat.map(|stat| host_stat(&stat)).map_err(from_linux)
    }

    fn hash(&self) -> Result<u64> {
        linux::fstat(&self.0)
            .map(|stat| stat.st_ino)
            .map_err(from_linux)
    }

    fn hash_at(&self, name: &str) -> Result<u64> {
        one(name)?;
        let stat = linux::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW);
        stat.map(|stat| stat.st_ino).map_err(from_linux)
    }

    fn is_same(&self, other: &Self) -> bool {
        match (linux::fstat(&self.0), linux::fstat(&other.0)) {
            (Ok(one), Ok(other)) => (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino),
            _ => false,
        }
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        linux::futimens(&self.0, &timestamps(accessed, modified)).map_err(from_linux)
    }

    fn set_times_at(&self, name: &str, accessed: SetTime, modified: SetTime) -> Result<()> {
        one(name)?;
        let times = timestamps(accessed, modified);
        linux::utimensat(&self.0, name, &times, AtFlags::SYMLINK_NOFOLLOW).map_err(from_linux)
    }

    fn read(&self, offset: u64, length: u32) -> Result<Vec<u8>> {
        let mut buffer = vec![0; READ_MAX.min(length as usize)];
        let read = rustix::io::pread(&self.0, &mut buffer[..], offset).map_err(from_linux)?;
        buffer.truncate(read);
        Ok(buffer)
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<usize> {
        rustix::io::pwrite(&self.0, &data[..data.len().min(READ_MAX)], offset).map_err(from_linux)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        linux::ftruncate(&self.0, size).map_err(from_linux)
    }

    fn sync(&self, data_only: bool) -> Result<()> {
        let synced = if data_only {
            linux::fdatasync(&self.0)
        } else {
            linux::fsync(&self.0)
        };
        synced.map_err(from_linux)
    }

    fn advise(&self, _: u64, _: u64, _: Advice) -> Result<()> {
        Ok(())
    }

    fn list(&self) -> Result<Vec<(String, Kind)>> {
        let mut found = Vec::new();
        for entry in linux::Dir::read_from(&self.0).map_err(from_linux)? {
            let entry = entry.map_err(from_linux)?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if name != "." && name != ".." {
                found.push((name.to_owned(), kind(entry.file_type())));
            }
        }
        Ok(found)
    }

    fn make_directory(&self, name: &str) -> Result<()> {
        one(name)?;
        linux::mkdirat(&self.0, name, Mode::from_raw_mode(0o777)).map_err(from_linux)
    }

    fn symlink(&self, target: &str, name: &str) -> Result<()> {
        one(name)?;
        if target.starts_with('/') {
            return Err(Errno::NotPermitted);
        }
        linux::symlinkat(target, &self.0, name).map_err(from_linux)
    }

    fn read_link(&self, name: &str) -> Result<String> {
        one(name)?;
        let target: CString = linux::readlinkat(&self.0, name, Vec::new()).map_err(from_linux)?;
        let target = target.into_string().map_err(|_| Errno::IllegalSequence)?;
        if target.starts_with('/') {
            Err(Errno::NotPermitted)
        } else {
            Ok(target)
        }
    }

    fn link(&self, name: &str, to: &Self, new_name: &str) -> Result<()> {
        one(name)?;
        one(new_name)?;
        linux::linkat(&self.0, name, &to.0, new_name, AtFlags::empty()).map_err(from_linux)
    }

    fn rename(&self, name: &str, to: &Self, new_name: &str) -> Result<()> {
        one(name)?;
        one(new_name)?;
        linux::renameat(&self.0, name, &to.0, new_name).map_err(from_linux)
    }

    fn unlink(&self, name: &str) -> Result<()> {
        one(name)?;
        linux::unlinkat(self.0.as_fd(), name, AtFlags::empty()).map_err(from_linux)
    }

    fn remove_directory(&self, name: &str) -> Result<()> {
        one(name)?;
        linux::unlinkat(self.0.as_fd(), name, AtFlags::REMOVEDIR).map_err(from_linux)
    }
}

/// What the whole guarantee rests on: hosts are asked for single names only.
#[track_caller]
fn one(name: &str) -> Result<()> {
    assert!(
        !name.is_empty() && !name.contains('/') && name != "." && name != "..",
        "{name}"
    );
    Ok(())
}

fn host_stat(stat: &linux::Stat) -> HostStat {
    let time = |seconds: i64, nanoseconds: u64| Time {
        seconds,
        nanoseconds: nanoseconds as u32,
    };
    HostStat {
        kind: kind(FileType::from_raw_mode(stat.st_mode)),
        links: stat.st_nlink,
        size: stat.st_size as u64,
        times: Times {
            accessed: time(stat.st_atime, stat.st_atime_nsec),
            modified: time(stat.st_mtime, stat.st_mtime_nsec),
            changed: time(stat.st_ctime, stat.st_ctime_nsec),
        },
    }
}

fn kind(kind: FileType) -> Kind {
    match kind {
        FileType::RegularFile => Kind::Regular,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::SymbolicLink,
        FileType::Fifo => Kind::Fifo,
        FileType::Socket => Kind::Socket,
        FileType::BlockDevice => Kind::BlockDevice,
        FileType::CharacterDevice | FileType::Unknown => Kind::CharacterDevice,
    }
}

fn timestamps(accessed: SetTime, modified: SetTime) -> linux::Timestamps {
    let time = |to| match to {
        SetTime::Keep => Timespec {
            tv_sec: 0,
            tv_nsec: linux::UTIME_OMIT,
        },
        SetTime::Now => Timespec {
            tv_sec: 0,
            tv_nsec: linux::UTIME_NOW,
        },
        SetTime::At(at) => Timespec {
            tv_sec: at.seconds,
            tv_nsec: at.nanoseconds.into(),
        },
    };
    linux::Timestamps {
        last_access: time(accessed),
        last_modification: time(modified),
    }
}

/// Our name for an error of Linux.
pub fn from_linux(errno: LinuxErrno) -> Errno {
    match errno {
        LinuxErrno::PERM => Errno::NotPermitted,
        LinuxErrno::NOENT => Errno::NoEntry,
        LinuxErrno::IO => Errno::Io,
        LinuxErrno::NXIO => Errno::NoDeviceOrAddress,
        LinuxErrno::BADF => Errno::BadDescriptor,
        LinuxErrno::AGAIN => Errno::Again,
        LinuxErrno::ACCESS => Errno::Access,
        LinuxErrno::BUSY => Errno::Busy,
        LinuxErrno::EXIST => Errno::Exist,
        LinuxErrno::XDEV => Errno::CrossDevice,
        LinuxErrno::NODEV => Errno::NoDevice,
        LinuxErrno::NOTDIR => Errno::NotDirectory,
        LinuxErrno::ISDIR => Errno::IsDirectory,
        LinuxErrno::INVAL => Errno::Invalid,
        LinuxErrno::FBIG => Errno::FileTooLarge,
        LinuxErrno::SPIPE => Errno::IllegalSeek,
        LinuxErrno::NAMETOOLONG => Errno::NameTooLong,
        LinuxErrno::NOTEMPTY => Errno::NotEmpty,
        LinuxErrno::LOOP => Errno::Loop,
        LinuxErrno::NODATA => Errno::NoData,
        LinuxErrno::OPNOTSUPP => Errno::NotSupported,
        other => panic!("Linux failed with {other}"),
    }
}
