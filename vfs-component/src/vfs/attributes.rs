//! stat(2), chmod(2), chown(2), utimensat(2), statvfs(3), xattr(7), and the times that
//! reading moves.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Handle, Vfs};
use crate::clock::Clock;
use crate::errno::{Errno, Result};
use crate::filesystem::Filesystem;
use crate::types::{
    AttributeMode, Attributes, FilesystemStat, Kind, Lookup, SetTime, Stamps, Stat, Times,
    XATTR_VALUE_MAX,
};

/// After how many seconds an access counts anew although nothing was written since.
const ACCESS_PERIOD: i64 = 24 * 60 * 60;
/// The longest name of an extended attribute in bytes: `XATTR_NAME_MAX` of Linux.
const XATTR_NAME_MAX: usize = 255;

impl<F: Filesystem, C: Clock> Vfs<F, C> {
    /// fstat(2)
    ///
    /// # Errors
    /// `bad-descriptor`, `io`.
    pub fn stat(&mut self, handle: Handle) -> Result<Stat> {
        let file = self.node(handle)?;
        self.fs.stat(&file)
    }

    /// fstatat(2)
    ///
    /// # Errors
    /// Those of the walk.
    pub fn stat_at(&mut self, base: Handle, path: &str, lookup: Lookup) -> Result<Stat> {
        let file = self.resolve(base, path, lookup)?;
        self.fs.stat(&file)
    }

    /// fchmod(2), fchown(2), futimens(3)
    ///
    /// # Errors
    /// `bad-descriptor` for `path-only`, `read-only`, `invalid` for a time with too
    /// many nanoseconds, `not-supported`.
    pub fn set_attributes(&mut self, handle: Handle, to: &Attributes) -> Result<()> {
        let file = self.used(handle)?;
        self.change(&file, to)
    }

    /// fchmodat(2), fchownat(2), utimensat(2)
    ///
    /// # Errors
    /// As [`Vfs::set_attributes`], and those of the walk; `not-supported` for the mode
    /// of a symbolic link.
    pub fn set_attributes_at(
        &mut self,
        base: Handle,
        path: &str,
        lookup: Lookup,
        to: &Attributes,
    ) -> Result<()> {
        let file = self.resolve(base, path, lookup)?;
        self.change(&file, to)
    }

    /// fstatvfs(3)
    ///
    /// # Errors
    /// `bad-descriptor`, `io`.
    pub fn filesystem_stat(&mut self, handle: Handle) -> Result<FilesystemStat> {
        let file = self.node(handle)?;
        self.fs.filesystem_stat(&file)
    }

    /// fgetxattr(2)
    ///
    /// # Errors
    /// `no-data` where there is none; `not-supported`, also for a name outside of the
    /// namespaces of xattr(7); `bad-descriptor` for `path-only`.
    pub fn xattr(&mut self, handle: Handle, name: &str) -> Result<Vec<u8>> {
        check_xattr_name(name)?;
        let file = self.used(handle)?;
        if is_users(name)? && !self.has_user_xattrs(&file) {
            return Err(Errno::NoData);
        }
        self.fs.xattr(&file, name)
    }

    /// fsetxattr(2)
    ///
    /// # Errors
    /// `exist`, `no-data` as `mode` asks; `no-space` for a value over 64 KiB;
    /// `not-permitted` for a `user.` attribute of what is neither a regular file nor a
    /// directory; `read-only`, `not-supported`, `bad-descriptor`.
    pub fn set_xattr(
        &mut self,
        handle: Handle,
        name: &str,
        value: &[u8],
        mode: AttributeMode,
    ) -> Result<()> {
        let file = self.xattr_writable(handle, name)?;
        if value.len() > XATTR_VALUE_MAX {
            return Err(Errno::NoSpace);
        }
        self.fs.set_xattr(&file, name, value, mode)?;
        let now = self.clock.now();
        self.fs.touch(&file, Stamps::CHANGED, now);
        self.fs.finish(&file);
        Ok(())
    }

    /// flistxattr(2)
    ///
    /// # Errors
    /// `bad-descriptor` for `path-only`, `not-supported`.
    pub fn xattrs(&mut self, handle: Handle) -> Result<Vec<String>> {
        let file = self.used(handle)?;
        self.fs.xattrs(&file)
    }

    /// fremovexattr(2)
    ///
    /// # Errors
    /// As [`Vfs::set_xattr`]; `no-data` where there is none.
    pub fn remove_xattr(&mut self, handle: Handle, name: &str) -> Result<()> {
        let file = self.xattr_writable(handle, name)?;
        self.fs.remove_xattr(&file, name)?;
        let now = self.clock.now();
        self.fs.touch(&file, Stamps::CHANGED, now);
        self.fs.finish(&file);
        Ok(())
    }

    fn change(&mut self, file: &F::Node, to: &Attributes) -> Result<()> {
        if *to == Attributes::default() {
            return Ok(());
        }
        for time in [to.accessed, to.modified] {
            if let SetTime::At(time) = time
                && time.nanoseconds >= 1_000_000_000
            {
                return Err(Errno::Invalid);
            }
        }
        if self.fs.is_read_only(file) {
            return Err(Errno::ReadOnly);
        }
        if to.mode.is_some() && self.fs.kind(file) == Kind::SymbolicLink {
            return Err(Errno::NotSupported);
        }
        let mode = to.mode.map(|mode| mode & 0o7777);
        let now = self.clock.now();
        self.fs
            .set_attributes(file, &Attributes { mode, ..*to }, now)?;
        self.fs.touch(file, Stamps::CHANGED, now);
        self.fs.finish(file);
        Ok(())
    }

    /// After a read through a handle: moves the time of access as `relatime` of
    /// mount(8) has it. The clock is asked once a handle whether a day has passed, so
    /// that reads in a row do not pay for it.
    pub(super) fn accessed(&mut self, handle: Handle) -> Result<()> {
        let file = self.file_mut(handle)?;
        let checked = core::mem::replace(&mut file.access_checked, true);
        let node = file.node.clone();
        match self.fs.times(&node) {
            Some(times) if is_unseen(&times) => {
                let now = self.clock.now();
                self.fs.touch(&node, Stamps::ACCESSED, now);
            }
            Some(_) if !checked => self.accessed_node(&node),
            _ => {}
        }
        Ok(())
    }

    /// After a read of a file by its name.
    pub(super) fn accessed_node(&mut self, file: &F::Node) {
        let Some(times) = self.fs.times(file) else {
            return;
        };
        let now = self.clock.now();
        let age = now.seconds.saturating_sub(times.accessed.seconds);
        if (is_unseen(&times) || age >= ACCESS_PERIOD) && !self.fs.is_read_only(file) {
            self.fs.touch(file, Stamps::ACCESSED, now);
        }
    }

    fn xattr_writable(&self, handle: Handle, name: &str) -> Result<F::Node> {
        check_xattr_name(name)?;
        let file = self.used(handle)?;
        if self.fs.is_read_only(&file) {
            return Err(Errno::ReadOnly);
        }
        if is_users(name)? && !self.has_user_xattrs(&file) {
            return Err(Errno::NotPermitted);
        }
        Ok(file)
    }

    fn has_user_xattrs(&self, file: &F::Node) -> bool {
        matches!(self.fs.kind(file), Kind::Regular | Kind::Directory)
    }
}

/// Whether nobody has read the file since it changed.
fn is_unseen(times: &Times) -> bool {
    times.accessed <= times.modified || times.accessed <= times.changed
}

fn check_xattr_name(name: &str) -> Result<()> {
    if name.is_empty() || name.as_bytes().contains(&0) {
        return Err(Errno::Invalid);
    }
    if name.len() > XATTR_NAME_MAX {
        return Err(Errno::NameTooLong);
    }
    Ok(())
}

/// Whether the name is in the namespace `user`; others that xattr(7) knows are kept too.
fn is_users(name: &str) -> Result<bool> {
    for namespace in ["user.", "trusted.", "security."] {
        if let Some(rest) = name.strip_prefix(namespace) {
            let is_users = namespace == "user.";
            return if rest.is_empty() {
                Err(Errno::Invalid)
            } else {
                Ok(is_users)
            };
        }
    }
    Err(Errno::NotSupported)
}
