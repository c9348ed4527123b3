//! Calls on what is open, made on both sides.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{self as linux, Mode, OFlags};
use rustix::io::Errno as LinuxErrno;
use vfs_component::{
    Allocation, AttributeMode, Attributes, Extent, Filesystem, LockOperation, OpenFlags,
};

use crate::call::Call;
use crate::outcome::{Outcome, linux_outcome, outcome, xattr_outcome};
use crate::pair::Pair;
use crate::seen::digest;

impl<F: Filesystem> Pair<F> {
    /// What it gave on both sides.
    pub fn make(&mut self, call: &Call) -> (Outcome, Outcome) {
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
