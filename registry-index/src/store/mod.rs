//! Bytes by their digest, on disk.
//!
//! ```text
//! ROOT/sha256/2c/2cf24dba…b9824     the bytes, named by their digest
//! ```

mod prune;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use boxfile_spec::Digest;
use bytes::Bytes;

pub use prune::{Entry, Prune, Pruned};

use crate::digest::digest_of;

/// How long a use goes unnoticed: marking each would write to the disk for every read.
const MARK_EVERY: Duration = Duration::from_secs(60 * 60);

/// A folder that keeps bytes by their digest.
///
/// Any number of processes may use one folder at a time: an entry appears whole
/// or not at all (written beside, then renamed), and two writers of one digest
/// write the same bytes. Every read is checked; an entry with other bytes than its
/// name says counts as absent and is removed.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// A store that the system did not let us use.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("cannot {action} `{}` in the store: {reason}", path.display())]
#[diagnostic(
    code(store::io),
    help(
        "check the folder's permissions and the space left, or choose another with `BOX_CACHE_DIR`"
    )
)]
pub struct StoreError {
    /// What was tried.
    pub action: &'static str,
    /// Where.
    pub path: PathBuf,
    /// The system's words.
    pub reason: io::Error,
}

impl Store {
    /// A store in this folder, which is made when something is first written.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The user's own folder: `$BOX_CACHE_DIR/store`, else `$XDG_CACHE_HOME/box/store`,
    /// else `$HOME/.cache/box/store`; none where no variable tells. Relative paths in
    /// `XDG_CACHE_HOME` are ignored, as the XDG base directory specification asks.
    #[must_use]
    pub fn default_root(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
        let set = |name: &str| variable(name).filter(|path| !path.as_os_str().is_empty());
        set("BOX_CACHE_DIR")
            .or_else(|| {
                set("XDG_CACHE_HOME")
                    .filter(|path| path.is_absolute())
                    .map(|path| path.join("box"))
            })
            .or_else(|| set("HOME").map(|home| home.join(".cache").join("box")))
            .map(|path| path.join("store"))
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the bytes of a digest are, if they are there.
    #[must_use]
    pub fn path_of(&self, digest: &Digest) -> PathBuf {
        let hex = digest.to_hex();
        self.root.join("sha256").join(&hex[..2]).join(hex)
    }

    /// The bytes of a digest; none where they are absent or damaged.
    ///
    /// # Errors
    ///
    /// Where the entry is there and cannot be read.
    pub fn get(&self, digest: &Digest) -> Result<Option<Bytes>, StoreError> {
        let path = self.path_of(digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(reason) => {
                return Err(StoreError {
                    action: "read",
                    path,
                    reason,
                });
            }
        };
        if digest_of(&bytes) == *digest {
            mark_used(&path);
            return Ok(Some(bytes.into()));
        }
        // Where it cannot be removed, writing the right bytes over it still can.
        let _ = fs::remove_file(&path);
        Ok(None)
    }

    /// Keeps bytes and tells their digest.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = digest_of(bytes);
        let path = self.path_of(&digest);
        // An entry of the right size may still be damaged: that is for `get` to find,
        // and writing again is cheap beside hashing.
        write_whole(&path, bytes).map_err(|reason| StoreError {
            action: "write",
            path,
            reason,
        })?;
        Ok(digest)
    }

    /// The bytes of a digest, from here or else from `fetch`, whose bytes are kept.
    /// A store that cannot be read or written does not stand in the way of bytes
    /// that were fetched.
    ///
    /// # Errors
    ///
    /// What `fetch` says. It must return the bytes of that digest: an
    /// [`Index`](crate::Index) does.
    pub fn get_or_fetch<E>(
        &self,
        digest: &Digest,
        fetch: impl FnOnce() -> Result<Bytes, E>,
    ) -> Result<Bytes, E> {
        if let Ok(Some(bytes)) = self.get(digest) {
            return Ok(bytes);
        }
        let bytes = fetch()?;
        // A cache that is full or read-only makes the next run slower, not this one wrong.
        let _ = self.put(&bytes);
        Ok(bytes)
    }
}

/// Notes the use of an entry in its modification time, which nothing else needs.
fn mark_used(path: &Path) {
    let stale = |at: SystemTime| at.elapsed().is_ok_and(|age| age > MARK_EVERY);
    if fs::metadata(path)
        .and_then(|m| m.modified())
        .is_ok_and(stale)
        && let Ok(file) = fs::File::options().append(true).open(path)
    {
        // A store that may only be read works all the same.
        let _ = file.set_modified(SystemTime::now());
    }
}

/// How the name of a file begins that is not whole yet.
pub(crate) const TEMPORARY: &str = ".new-";

/// Writes a file so that it is there whole or not at all: beside, then renamed.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    #[cfg(unix)]
    {
        // Temporary files are private; what is in an index or a store is not.
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file()
            .set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::thread;

    use super::Store;
    use crate::digest::digest_of;

    #[test]
    fn keeps_bytes_by_digest() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        assert_eq!(store.get(&digest_of(b"x")).unwrap(), None);
        let digest = store.put(b"x").unwrap();
        assert_eq!(digest, digest_of(b"x"));
        assert_eq!(store.get(&digest).unwrap().as_deref(), Some(&b"x"[..]));
    }

    #[test]
    fn fetches_again_what_was_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let digest = store.put(b"right").unwrap();
        fs::write(store.path_of(&digest), b"wrong").unwrap();
        let mut fetched = 0;
        for _ in 0..2 {
            let bytes = store.get_or_fetch(&digest, || {
                fetched += 1;
                Ok::<_, std::convert::Infallible>("right".into())
            });
            assert_eq!(bytes.unwrap(), "right");
        }
        assert_eq!(fetched, 1);
    }

    #[test]
    fn a_store_that_cannot_be_written_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let store = Store::new(file.join("store"));
        let bytes = store.get_or_fetch(&digest_of(b"x"), || {
            Ok::<_, std::convert::Infallible>("x".into())
        });
        assert_eq!(bytes.unwrap(), "x");
        assert!(store.put(b"x").is_err());
    }

    #[test]
    fn writers_may_race() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let bytes = vec![7; 1 << 16];
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let digest = store.put(&bytes).unwrap();
                    assert_eq!(
                        store.get(&digest).unwrap().as_deref(),
                        Some(bytes.as_slice())
                    );
                });
            }
        });
        let shelf = store.path_of(&digest_of(&bytes));
        let left = fs::read_dir(shelf.parent().unwrap()).unwrap().count();
        assert_eq!(left, 1, "temporary files stay behind");
    }

    #[test]
    fn finds_the_users_folder() {
        let root = |variables: &[(&str, &str)]| {
            Store::default_root(|name| {
                variables
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| PathBuf::from(value))
            })
        };
        assert_eq!(root(&[]), None);
        assert_eq!(root(&[("HOME", "/h")]), Some("/h/.cache/box/store".into()));
        assert_eq!(
            root(&[("HOME", "/h"), ("XDG_CACHE_HOME", "rel")]),
            Some("/h/.cache/box/store".into())
        );
        assert_eq!(
            root(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/c")]),
            Some("/c/box/store".into())
        );
        assert_eq!(
            root(&[("BOX_CACHE_DIR", "/b"), ("XDG_CACHE_HOME", "/c")]),
            Some("/b/store".into())
        );
    }
}
