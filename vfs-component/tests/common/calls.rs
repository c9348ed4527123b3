//! Any bytes as calls of the guest interface, also such as no program would make.

use vfs_component::{
    Advice, Allocation, AttributeMode, Attributes, Clock, Extent, Filesystem, Handle, Kind, Limits,
    LockOperation, Lookup, OpenFlags, Readiness, RenameMode, SetTime, Time, Vfs,
};

/// So much that the errors for what is full are met as well.
pub const LIMITS: Limits = Limits {
    size: Some(8 << 20),
    inodes: Some(40),
    quota_bytes: Some(6 << 20),
    quota_inodes: Some(30),
    open_files: Some(20),
};

/// Where calls are drawn from; at the end come zeros.
struct Source<'b>(&'b [u8]);

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        byte
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()].clone()
    }

    /// An offset, a length, a time: numbers where something begins or ends.
    fn number(&mut self) -> u64 {
        let near = [
            0,
            4096,
            1 << 20,
            1 << 31,
            1 << 32,
            i64::MAX as u64,
            u64::MAX - 2,
        ];
        self.one(&near).wrapping_add(u64::from(self.byte() % 5))
    }

    fn path(&mut self) -> String {
        let long = "x".repeat(255 + usize::from(self.byte() % 2));
        let names = ["a", "b", "c", ".", "..", "", "ü", "a\0b", &long];
        let mut path = String::from(self.one(&["", "/", "//"]));
        for _ in 0..self.byte() % 5 {
            path += self.one(&names);
            path += self.one(&["", "/", "/", "//"]);
        }
        // PATH_MAX and more.
        if self.byte() == 255 {
            path = path.repeat(200);
        }
        path
    }

    fn lookup(&mut self) -> Lookup {
        Lookup::from_bits_truncate(self.byte())
    }

    fn mode(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), 0, self.byte()])
    }

    fn time(&mut self) -> SetTime {
        let time = Time {
            seconds: self.number().cast_signed(),
            nanoseconds: self.one(&[0, 999_999_999]),
        };
        self.one(&[SetTime::Keep, SetTime::Now, SetTime::At(time)])
    }

    fn attributes(&mut self) -> Attributes {
        let (mode, user) = (self.mode(), self.mode());
        Attributes {
            mode: self.one(&[None, Some(mode)]),
            user: self.one(&[None, Some(user)]),
            group: self.one(&[None, Some(user)]),
            accessed: self.time(),
            modified: self.time(),
        }
    }
}

/// Makes the calls that `bytes` say, with open, closed and other handles; what they answer is
/// of no interest. Returns when the bytes are at their end.
pub fn make<F: Filesystem, C: Clock>(vfs: &mut Vfs<F, C>, bytes: &[u8]) {
    let Ok(root) = vfs.root() else { return };
    let mut source = Source(bytes);
    let mut handles = vec![root];
    while !source.0.is_empty() {
        if let Some(opened) = call(vfs, &mut source, &handles) {
            handles.push(opened);
        }
    }
}

/// Makes one call. What is closed stays among the handles.
fn call<F: Filesystem, C: Clock>(
    vfs: &mut Vfs<F, C>,
    source: &mut Source<'_>,
    handles: &[Handle],
) -> Option<Handle> {
    let (at, other) = (source.one(handles), source.one(handles));
    // More than a host moves at once is not asked for.
    let length = source.number().min(1 << 20) as u32;
    match source.byte() % 30 {
        0..4 => {
            let (path, lookup) = (source.path(), source.lookup());
            let flags = u16::from_le_bytes([source.byte(), source.byte()]);
            let flags = OpenFlags::from_bits_truncate(flags);
            return vfs.open_at(at, &path, lookup, flags, source.mode()).ok();
        }
        4 => vfs.close(at),
        5 => ignore(vfs.make_directory_at(at, &source.path(), source.lookup(), source.mode())),
        6 => {
            let kind = source.one(&[Kind::Fifo, Kind::Socket, Kind::Regular, Kind::BlockDevice]);
            let (path, lookup) = (source.path(), source.lookup());
            let _ = vfs.make_node_at(at, &path, lookup, kind, source.mode(), source.number());
        }
        7 => ignore(vfs.symlink_at(&source.path(), at, &source.path(), source.lookup())),
        8 => ignore(vfs.read_link_at(at, &source.path(), source.lookup())),
        9 => {
            let (path, lookup) = (source.path(), source.lookup());
            let _ = vfs.link_at(at, &path, lookup, other, &source.path());
        }
        10 => ignore(vfs.unlink_at(at, &source.path(), source.lookup())),
        11 => ignore(vfs.remove_directory_at(at, &source.path(), source.lookup())),
        12 | 13 => {
            let how = [
                RenameMode::Replace,
                RenameMode::NoReplace,
                RenameMode::Exchange,
            ];
            let (path, lookup, how) = (source.path(), source.lookup(), source.one(&how));
            let _ = vfs.rename_at(at, &path, lookup, other, &source.path(), how);
        }
        14 => ignore(vfs.read_at(at, source.number(), length)),
        15 | 16 => ignore(vfs.write_at(at, source.number(), vec![1; length as usize >> 8])),
        17 => ignore(vfs.append(at, vec![2; length as usize >> 8])),
        18 => ignore(vfs.set_size(at, source.number())),
        19 => {
            let how = [
                Allocation::Extend,
                Allocation::KeepSize,
                Allocation::PunchHole,
                Allocation::Zero,
            ];
            let _ = vfs.allocate(at, source.one(&how), source.number(), source.number());
        }
        20 => {
            let what = source.one(&[Extent::Data, Extent::Hole]);
            let _ = vfs.find_extent(at, what, source.number());
        }
        21 => {
            let advice = source.one(&[Advice::WillNeed, Advice::DontNeed]);
            let _ = vfs.advise(at, source.number(), source.number(), advice);
        }
        22 => ignore(vfs.sync(at, source.byte().is_multiple_of(2))),
        23 => ignore(vfs.read_directory(at, source.number(), length)),
        24 => ignore(vfs.stat_at(at, &source.path(), source.lookup())),
        25 => {
            ignore(vfs.set_attributes_at(
                at,
                &source.path(),
                source.lookup(),
                &source.attributes(),
            ));
        }
        26 => {
            let how = [
                AttributeMode::Set,
                AttributeMode::Create,
                AttributeMode::Replace,
            ];
            let (name, how) = (source.path(), source.one(&how));
            let _ = vfs.set_xattr(at, &format!("user.{name}"), &vec![3; length as usize], how);
            let _ = vfs.xattr(at, &name);
            let _ = vfs.xattrs(at);
            let _ = vfs.remove_xattr(at, &name);
        }
        27 => {
            let how = [
                LockOperation::Shared,
                LockOperation::Exclusive,
                LockOperation::Unlock,
            ];
            let _ = vfs.lock(at, source.one(&how));
        }
        28 => {
            let flags = OpenFlags::from_bits_truncate(u16::from(source.byte()));
            let _ = vfs.set_flags(at, flags);
            let _ = vfs.is_same(at, other);
        }
        _ => {
            let _ = vfs.filesystem_stat(at);
            let _ = vfs.ready(at);
            let _ = vfs.wait_token(at, Readiness::all());
            let _ = vfs.set_attributes(at, &source.attributes());
        }
    }
    None
}

fn ignore<T>(_: T) {}
