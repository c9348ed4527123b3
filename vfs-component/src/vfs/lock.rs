//! flock(2): locks of open file descriptions.

use super::{Handle, Vfs};
use crate::clock::Clock;
use crate::errno::{Errno, Result};
use crate::filesystem::Filesystem;
use crate::sorted::SortedMap;
use crate::types::LockOperation;

/// Device and inode.
type Identity = (u64, u64);

/// Who holds what, over all files.
#[derive(Debug, Default)]
pub(super) struct Locks {
    files: SortedMap<Identity, Holders>,
}

#[derive(Debug, Clone, Copy)]
enum Holders {
    One,
    Sharing(u32),
}

/// What one open file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    file: Identity,
    exclusive: bool,
}

impl Locks {
    fn acquire(&mut self, file: Identity, exclusive: bool) -> Result<Held> {
        match self.files.get_mut(&file) {
            Some(Holders::Sharing(holders)) if !exclusive => *holders += 1,
            Some(_) => return Err(Errno::Again),
            None => {
                let holders = || {
                    if exclusive {
                        Holders::One
                    } else {
                        Holders::Sharing(1)
                    }
                };
                self.files.entry(file, holders).ok_or(Errno::NoLock)?;
            }
        }
        Ok(Held { file, exclusive })
    }

    pub fn release(&mut self, held: Held) {
        match self.files.get_mut(&held.file) {
            Some(Holders::Sharing(holders)) if *holders > 1 => *holders -= 1,
            _ => {
                self.files.remove(&held.file);
            }
        }
    }
}

impl<F: Filesystem, C: Clock> Vfs<F, C> {
    /// flock(2) with `LOCK_NB`. A change from shared to exclusive or back is not
    /// atomic: where it fails, the lock that was held is gone, as on Linux.
    ///
    /// # Errors
    /// `again` where another open file holds the lock; `bad-descriptor` for `path-only`.
    pub fn lock(&mut self, handle: Handle, operation: LockOperation) -> Result<()> {
        let node = self.used(handle)?;
        let exclusive = match operation {
            LockOperation::Shared => Some(false),
            LockOperation::Exclusive => Some(true),
            LockOperation::Unlock => None,
        };
        let held = self.file(handle)?.lock;
        if let (Some(held), Some(exclusive)) = (held, exclusive)
            && held.exclusive == exclusive
        {
            return Ok(());
        }
        if let Some(held) = held {
            self.locks.release(held);
            self.file_mut(handle)?.lock = None;
        }
        if let Some(exclusive) = exclusive {
            let identity = self.fs.identity(&node)?;
            let held = self.locks.acquire(identity, exclusive)?;
            self.file_mut(handle)?.lock = Some(held);
        }
        Ok(())
    }
}
