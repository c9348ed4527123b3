//! From a stack to a directory of the host.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use vfs_image::{Attributes, Time};

use crate::error::{LayerError, Result};
use crate::stack::{self, Node, Stack, What};

/// What [`Stack::extract`] did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extracted {
    /// Names that were made.
    pub made: u64,
    /// Paths of devices and fifos, which were not: who unpacks a layer seldom may, and nobody
    /// should where others wrote it.
    pub left_out: Vec<String>,
}

impl Stack {
    /// Writes all into a directory of the host, which is made, or is there and empty: so all
    /// that anything goes through was made by this call, and no link is followed. Owners stay
    /// whoever calls; set-user-ID, set-group-ID and sticky bits are not set.
    ///
    /// # Errors
    /// [`LayerError::NotEmpty`], [`LayerError::Host`]; then a part may be there.
    pub fn extract(&self, to: impl AsRef<Path>) -> Result<Extracted> {
        let top = to.as_ref();
        match fs::create_dir(top) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let mut there = fs::read_dir(top).map_err(LayerError::host(top, "read"))?;
                if there.next().is_some() {
                    let path = top.to_owned();
                    return Err(LayerError::NotEmpty { path });
                }
            }
            made => made.map_err(LayerError::host(top, "made"))?,
        }
        let mut extracted = Extracted::default();
        let mut known: BTreeMap<*const stack::File, PathBuf> = BTreeMap::new();
        let mut directories = vec![(top.to_owned(), &self.root)];
        for (path, node) in &self.nodes {
            // Names are checked when a layer is read, and parents come first.
            let host = top.join(path);
            let file = match node {
                Node::Directory(attributes) => {
                    DirBuilder::new()
                        .create(&host)
                        .map_err(LayerError::host(&host, "made"))?;
                    directories.push((host, attributes));
                    extracted.made += 1;
                    continue;
                }
                Node::File(file) => file,
            };
            if let Some(first) = known.get(&Arc::as_ptr(file)) {
                fs::hard_link(first, &host).map_err(LayerError::host(&host, "made"))?;
                extracted.made += 1;
                continue;
            }
            match &file.what {
                What::Regular(content) => {
                    let mut options = OpenOptions::new();
                    let made = options.write(true).create_new(true).open(&host);
                    let mut out = made.map_err(LayerError::host(&host, "made"))?;
                    let copied = io::copy(&mut content.reader(), &mut out);
                    if copied.map_err(LayerError::host(&host, "written"))? != content.size() {
                        return Err(LayerError::Read(io::ErrorKind::UnexpectedEof.into()));
                    }
                    finish(&host, &out, &file.attributes)?;
                }
                What::SymbolicLink(target) => {
                    let made = symlink(target, &host, file.attributes.modified);
                    made.map_err(LayerError::host(&host, "made"))?;
                }
                What::Node(..) => {
                    extracted.left_out.push(path.clone());
                    continue;
                }
            }
            extracted.made += 1;
            if Arc::strong_count(file) > 1 {
                known.insert(Arc::as_ptr(file), host);
            }
        }
        // Last, since one may be read-only, and what is made in it moves its time.
        for (host, attributes) in directories.into_iter().rev() {
            let directory = File::open(&host).map_err(LayerError::host(&host, "read"))?;
            finish(&host, &directory, attributes)?;
        }
        Ok(extracted)
    }
}

fn finish(host: &Path, file: &File, attributes: &Attributes) -> Result<()> {
    if let Some(modified) = time(attributes.modified) {
        let set = file.set_modified(modified);
        set.map_err(LayerError::host(host, "given its time"))?;
    }
    permit(file, attributes.mode).map_err(LayerError::host(host, "given its permissions"))
}

fn time(time: Time) -> Option<SystemTime> {
    let seconds = Duration::from_secs(time.seconds.unsigned_abs());
    let whole = if time.seconds < 0 {
        UNIX_EPOCH.checked_sub(seconds)
    } else {
        UNIX_EPOCH.checked_add(seconds)
    };
    whole?.checked_add(Duration::from_nanos(time.nanoseconds.into()))
}

#[cfg(unix)]
fn permit(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(mode & 0o777))
}

#[cfg(not(unix))]
fn permit(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn symlink(target: &str, host: &Path, modified: Time) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_OMIT, utimensat};
    std::os::unix::fs::symlink(target, host)?;
    let times = Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: modified.seconds,
            tv_nsec: modified.nanoseconds.into(),
        },
    };
    Ok(utimensat(CWD, host, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

#[cfg(not(unix))]
fn symlink(_: &str, _: &Path, _: Time) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
