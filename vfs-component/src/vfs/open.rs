//! open(2).

use super::walk::Last;
use super::{Handle, Vfs};
use crate::clock::Clock;
use crate::errno::{Errno, Result};
use crate::filesystem::{Access, Filesystem, New};
use crate::types::{Kind, Lookup, OpenFlags, Stamps};

/// How often a name may appear or vanish on the host between two looks at it before
/// an open gives up.
const RACES_MAX: u32 = 16;

impl<F: Filesystem, C: Clock> Vfs<F, C> {
    /// openat(2) relative to the directory `base`. `mode` is that of a file which is
    /// created.
    ///
    /// # Errors
    /// Those of open(2). `too-many-files` where as many are open as may be. `invalid` for `create` with `directory`, and for `truncate`
    /// without `write`.
    pub fn open_at(
        &mut self,
        base: Handle,
        path: &str,
        lookup: Lookup,
        how: OpenFlags,
        mode: u32,
    ) -> Result<Handle> {
        let mut how = effective(how)?;
        self.one_more()?;
        let exclusive = how.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE);
        let follow = lookup.contains(Lookup::FOLLOW) && !exclusive;
        let mut walk = self.walk(base, path, lookup)?;
        let mut races = 0;
        let file = loop {
            let name = match self.walk_to_last(&mut walk)? {
                Last::Name(name) => name,
                Last::Here(_) => break walk.at,
                Last::Up => {
                    self.up(&mut walk)?;
                    break walk.at;
                }
            };
            if name.slashes {
                if how.contains(OpenFlags::CREATE) {
                    return Err(Errno::IsDirectory);
                }
                how |= OpenFlags::DIRECTORY;
            }
            let found = self.child_or_free(&walk.at, walk.name(&name))?;
            match found {
                Some(link)
                    if self.fs.kind(&link) == Kind::SymbolicLink && (follow || name.slashes) =>
                {
                    self.follow(&mut walk, &link, &name)?;
                }
                Some(file) => break file,
                None if how.contains(OpenFlags::CREATE) => {
                    match self.create_and_open(&walk.at, walk.name(&name), how, mode) {
                        Err(Errno::Exist) if !exclusive && races < RACES_MAX => races += 1,
                        done => return done,
                    }
                }
                None => return Err(Errno::NoEntry),
            }
        };
        self.open_existing(&file, how)
    }

    fn create_and_open(
        &mut self,
        directory: &F::Node,
        name: &str,
        how: OpenFlags,
        mode: u32,
    ) -> Result<Handle> {
        if self.fs.is_read_only(directory) {
            return Err(Errno::ReadOnly);
        }
        let mode = mode & 0o7777;
        let new = New {
            kind: Kind::Regular,
            mode,
            device_number: 0,
            target: "",
        };
        let file = self.fs.create(directory, name, &new)?;
        let now = self.clock.now();
        self.fs.touch(&file, Stamps::all(), now);
        self.fs
            .touch(directory, Stamps::MODIFIED | Stamps::CHANGED, now);
        let opened = self.fs.open(&file, access(how));
        self.fs.finish(directory);
        Ok(self.insert(opened?, kept(how)))
    }

    fn open_existing(&mut self, file: &F::Node, how: OpenFlags) -> Result<Handle> {
        let kind = self.fs.kind(file);
        // The order in which Linux finds fault.
        if how.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE) {
            return Err(Errno::Exist);
        }
        if how.contains(OpenFlags::CREATE) && kind == Kind::Directory {
            return Err(Errno::IsDirectory);
        }
        if how.contains(OpenFlags::DIRECTORY) && kind != Kind::Directory {
            return Err(Errno::NotDirectory);
        }
        let mut how = how;
        if how.contains(OpenFlags::PATH_ONLY) {
            if kind != Kind::Directory {
                how.remove(OpenFlags::READ);
            }
        } else {
            let writes = how.contains(OpenFlags::WRITE);
            match kind {
                Kind::SymbolicLink => return Err(Errno::Loop),
                Kind::Directory if writes => return Err(Errno::IsDirectory),
                Kind::Regular if writes && self.fs.is_read_only(file) => {
                    return Err(Errno::ReadOnly);
                }
                Kind::Directory
                | Kind::Regular
                | Kind::CharacterDevice
                | Kind::BlockDevice
                | Kind::Fifo
                | Kind::Socket => {}
            }
        }
        let file = self.fs.open(file, access(how))?;
        if how.contains(OpenFlags::TRUNCATE) && kind == Kind::Regular {
            if let Err(errno) = self.fs.set_size(&file, 0) {
                self.fs.close(file);
                return Err(errno);
            }
            let now = self.clock.now();
            self.fs
                .touch(&file, Stamps::MODIFIED | Stamps::CHANGED, now);
            self.fs.finish(&file);
        }
        Ok(self.insert(file, kept(how)))
    }
}

/// The flags that count: those beside `O_PATH` are ignored as open(2) says.
fn effective(how: OpenFlags) -> Result<OpenFlags> {
    if how.contains(OpenFlags::PATH_ONLY) {
        return Ok(how & (OpenFlags::PATH_ONLY | OpenFlags::DIRECTORY | OpenFlags::READ));
    }
    if how.contains(OpenFlags::CREATE | OpenFlags::DIRECTORY) {
        return Err(Errno::Invalid);
    }
    if how.contains(OpenFlags::TRUNCATE) && !how.contains(OpenFlags::WRITE) {
        return Err(Errno::Invalid);
    }
    Ok(how)
}

fn access(how: OpenFlags) -> Access {
    Access {
        read: how.contains(OpenFlags::READ),
        write: how.contains(OpenFlags::WRITE),
        path_only: how.contains(OpenFlags::PATH_ONLY),
    }
}

/// The flags that `F_GETFL` tells.
fn kept(how: OpenFlags) -> OpenFlags {
    how.difference(OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE)
}
