//! Calls with paths, made on both sides.

use std::ffi::CString;
use std::os::fd::AsFd;

use rustix::fs::{self as linux, AtFlags, Mode, OFlags};
use rustix::io::Errno as LinuxErrno;
use vfs_component::{Attributes, Filesystem, Kind, Lookup, OpenFlags, RenameMode};

use crate::call::Call;
use crate::outcome::{Outcome, linux_flags, linux_outcome, outcome};
use crate::pair::Pair;

impl<F: Filesystem> Pair<F> {
    pub fn make_by_name(&mut self, call: &Call) -> (Outcome, Outcome) {
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
}
