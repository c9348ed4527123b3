//! Compiled code on disk, and what was learnt about files, so that a second start is cheap.
//!
//! ```text
//! $BOX_CACHE_DIR/run/<engine>/     mode 0700; <engine> names what compiled code depends on
//!     paths/<hash of a path>       what the file there was: its digest
//!     boxes/<digest>               what that component may do, and which code is its own
//!     code/<sha256>.cwasm          machine code, mapped into memory at start
//!     locks/<xx>                   held while one process compiles and others wait
//! ```
//!
//! **Trust.** Loading machine code is running it, so whoever can write here can run
//! anything as the user. The folder is the user's own, closed to others, and is not
//! used if it belongs to or may be written by somebody else; the user is as able to
//! harm themselves here as in `~/.bashrc`. What the checks are for is accidents: torn
//! writes, full disks, failing ones, an editor gone astray. Every record carries the
//! SHA-256 of its content, code is named by its own, and a code file whose metadata is
//! not what it was when last verified is hashed again before it is loaded.
//!
//! **Races.** Files are written beside and renamed, and never changed afterwards. Two
//! processes that store the same thing store the same thing.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::plan::Plan;
use super::seen::Seen;
use crate::files;

/// How long a file that was never finished is left alone.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Why the cache is not used.
#[derive(Debug, Error)]
pub enum Unusable {
    /// The folder cannot be made or read.
    #[error("the cache folder `{}` cannot be used", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else could put code in it.
    #[error("the cache folder `{}` belongs to or may be written by another user", path.display())]
    Shared {
        /// Which.
        path: PathBuf,
    },
}

/// A folder of compiled code for one engine.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

/// A component that has been compiled before.
#[derive(Debug)]
pub struct Entry {
    /// What it may do.
    pub plan: Plan,
    /// The file with its code, verified.
    pub code: PathBuf,
}

/// What stands in `boxes/<digest>`.
#[derive(Debug, Serialize, Deserialize)]
struct BoxRecord {
    plan: Plan,
    code: String,
    seen: Seen,
}

/// What stands in `paths/<hash>`.
#[derive(Debug, Serialize, Deserialize)]
struct PathRecord {
    path: PathBuf,
    digest: String,
    seen: Seen,
}

/// Held while its owner compiles; released when dropped, or when the process ends.
#[derive(Debug)]
pub struct Turn {
    _file: File,
}

impl Cache {
    /// Opens the cache below `folder`, making it if need be.
    ///
    /// # Errors
    ///
    /// If it cannot be made, or if others could write to it.
    pub fn open(folder: &Path, engine: &str) -> Result<Self, Unusable> {
        let root = folder.join("run").join(engine);
        let metadata = match fs::metadata(&root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&root)
                .and_then(|()| fs::metadata(&root)),
            other => other,
        };
        let metadata = metadata.map_err(|source| Unusable::Folder {
            path: root.clone(),
            source,
        })?;
        let ours = metadata.uid() == rustix::process::geteuid().as_raw();
        if !ours || metadata.mode() & 0o022 != 0 {
            return Err(Unusable::Shared { path: root });
        }
        Ok(Self { root })
    }

    /// The digest of the file at `path`, where it is known and the file has not changed.
    #[must_use]
    pub fn digest_of(&self, path: &Path, metadata: &fs::Metadata) -> Option<String> {
        let record: PathRecord = self.read("paths", &hash(path.as_os_str().as_encoded_bytes()))?;
        (record.path == path && record.seen.still_holds(metadata)).then_some(record.digest)
    }

    /// Notes the digest of the file at `path`, which had `seen` before it was read.
    ///
    /// # Errors
    ///
    /// If the cache cannot be written.
    pub fn note_digest(&self, path: &Path, seen: Seen, digest: &str) -> io::Result<()> {
        let record = PathRecord {
            path: path.to_owned(),
            digest: digest.to_owned(),
            seen,
        };
        self.write("paths", &hash(path.as_os_str().as_encoded_bytes()), &record)
    }

    /// The compiled form of the component with this digest, where it is here and whole.
    #[must_use]
    pub fn entry(&self, digest: &str) -> Option<Entry> {
        let record: BoxRecord = self.read("boxes", digest)?;
        let code = self.code_path(&record.code);
        let metadata = fs::metadata(&code).ok()?;
        if record.seen.still_holds(&metadata) {
            return Some(Entry {
                plan: record.plan,
                code,
            });
        }
        let seen = Seen::now(&metadata);
        if hash_file(&code).ok()? != record.code {
            // Whether it can be removed or not, the component is compiled anew.
            let _ = fs::remove_file(&code);
            return None;
        }
        let record = BoxRecord { seen, ..record };
        // Where this fails the next start verifies once more.
        let _ = self.write("boxes", digest, &record);
        Some(Entry {
            plan: record.plan,
            code,
        })
    }

    /// Keeps `code` as the compiled form of the component with this digest.
    ///
    /// # Errors
    ///
    /// If the cache cannot be written.
    pub fn store(&self, digest: &str, plan: &Plan, code: &[u8]) -> io::Result<Entry> {
        self.sweep();
        let name = hash(code);
        let path = self.code_path(&name);
        self.make_folder("code")?;
        let mut unfinished = files::beside(&path, 0o600)?;
        unfinished.write_all(code)?;
        // Else a crash of the machine could leave a name without its content.
        unfinished.as_file().sync_all()?;
        let written = unfinished.persist(&path).map_err(|refused| refused.error)?;
        let record = BoxRecord {
            plan: plan.clone(),
            code: name,
            seen: Seen::now(&written.metadata()?),
        };
        self.write("boxes", digest, &record)?;
        Ok(Entry {
            plan: record.plan,
            code: path,
        })
    }

    /// Forgets the compiled form of a component, because it could not be loaded.
    pub fn forget(&self, digest: &str) {
        let _ = fs::remove_file(self.root.join("boxes").join(digest));
    }

    /// Waits until no other process compiles this component, calling `waiting` first
    /// if one does. `None` where the filesystem has no locks: then both compile.
    pub fn take_turn(&self, digest: &str, waiting: impl FnOnce()) -> Option<Turn> {
        self.make_folder("locks").ok()?;
        // One file for every 256th component, so that they stay few.
        let path = self.root.join("locks").join(digest.get(..2)?);
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .ok()?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                waiting();
                file.lock().ok()?;
            }
            Err(fs::TryLockError::Error(_)) => return None,
        }
        Some(Turn { _file: file })
    }

    /// Reads a record, if it is there and whole.
    pub(crate) fn read<T: DeserializeOwned>(&self, kind: &str, key: &str) -> Option<T> {
        let text = fs::read_to_string(self.root.join(kind).join(key)).ok()?;
        let (sum, json) = text.split_once('\n')?;
        (sum == hash(json.as_bytes())).then_some(())?;
        serde_json::from_str(json).ok()
    }

    /// Writes a record.
    pub(crate) fn write<T: Serialize>(&self, kind: &str, key: &str, record: &T) -> io::Result<()> {
        let json = serde_json::to_string(record)?;
        self.make_folder(kind)?;
        let path = self.root.join(kind).join(key);
        let mut unfinished = files::beside(&path, 0o600)?;
        write!(unfinished, "{}\n{json}", hash(json.as_bytes()))?;
        unfinished.persist(path).map_err(|refused| refused.error)?;
        Ok(())
    }

    fn code_path(&self, name: &str) -> PathBuf {
        self.root.join("code").join(format!("{name}.cwasm"))
    }

    fn make_folder(&self, kind: &str) -> io::Result<()> {
        let folder = self.root.join(kind);
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    /// Deletes what a killed process left unfinished.
    fn sweep(&self) {
        for kind in ["paths", "boxes", "code", "projects"] {
            let Ok(entries) = fs::read_dir(self.root.join(kind)) else {
                continue;
            };
            for entry in entries.flatten() {
                let abandoned = entry
                    .file_name()
                    .as_encoded_bytes()
                    .starts_with(files::UNFINISHED.as_bytes())
                    && entry
                        .metadata()
                        .and_then(|metadata| metadata.modified())
                        .is_ok_and(|at| {
                            SystemTime::now()
                                .duration_since(at)
                                .is_ok_and(|age| age > ABANDONED)
                        });
                if abandoned {
                    let _ = fs::remove_file(entry.path());
                }
            }
        }
    }
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hash_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&sha.finalize())),
            read => sha.update(&buffer[..read]),
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
