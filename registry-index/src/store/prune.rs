//! What a store holds, and what of it to throw away.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use boxfile_spec::Digest;

use super::{Store, StoreError, TEMPORARY};

/// A file that is not whole after this long was left by a writer that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Bytes that a store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What names them.
    pub digest: Digest,
    /// How many they are, in bytes.
    pub size: u64,
    /// When they were last used, to the hour.
    pub used: SystemTime,
}

/// What to throw away. An entry goes where any of these says so, unless it is kept.
#[derive(Debug, Clone)]
pub struct Prune {
    /// The time to count from.
    pub now: SystemTime,
    /// Entries that were not used for this long go.
    pub unused_for: Option<Duration>,
    /// So many bytes may stay; those that were not used for longest go first.
    pub max_bytes: Option<u64>,
    /// What stays whatever else is said: the digests of a lock, say.
    pub keep: BTreeSet<Digest>,
}

/// What was thrown away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Entries that went.
    pub entries: Vec<Entry>,
    /// Files that writers left unfinished.
    pub unfinished: usize,
    /// What that freed, in bytes.
    pub bytes: u64,
}

impl Store {
    /// What is there, sorted by digest. Nothing is read but names and sizes.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read; one that is not there is empty.
    pub fn entries(&self) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for (path, metadata) in self.files()? {
            let hex = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            // Files that are not ours may lie about.
            let Ok(digest) = format!("sha256:{hex}").parse::<Digest>() else {
                continue;
            };
            entries.push(Entry {
                digest,
                size: metadata.len(),
                used: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            });
        }
        entries.sort_by_key(|entry| entry.digest.to_hex());
        Ok(entries)
    }

    /// Throws entries away. Other processes may use the store meanwhile: whoever reads
    /// an entry keeps its bytes, and whoever comes later fetches them again.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read, or an entry not be removed.
    pub fn prune(&self, what: &Prune) -> Result<Pruned, StoreError> {
        let mut pruned = Pruned::default();
        for (path, metadata) in self.files()? {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let age = metadata
                .modified()
                .ok()
                .and_then(|at| what.now.duration_since(at).ok());
            if name.starts_with(TEMPORARY) && age.is_some_and(|age| age > ABANDONED) {
                remove(&path)?;
                pruned.unfinished += 1;
                pruned.bytes += metadata.len();
            }
        }
        let mut entries = self.entries()?;
        entries.sort_by_key(|entry| entry.used);
        let mut left: u64 = entries.iter().map(|entry| entry.size).sum();
        for entry in entries {
            let unused = what.now.duration_since(entry.used).unwrap_or_default();
            let old = what.unused_for.is_some_and(|limit| unused > limit);
            let full = what.max_bytes.is_some_and(|limit| left > limit);
            if !(old || full) || what.keep.contains(&entry.digest) {
                continue;
            }
            remove(&self.path_of(&entry.digest))?;
            left -= entry.size;
            pruned.bytes += entry.size;
            pruned.entries.push(entry);
        }
        Ok(pruned)
    }

    fn files(&self) -> Result<Vec<(PathBuf, fs::Metadata)>, StoreError> {
        let mut files = Vec::new();
        let root = self.root().join("sha256");
        for shelf in read_folder(&root)? {
            for path in read_folder(&shelf)? {
                // It may be gone by now.
                if let Ok(metadata) = fs::metadata(&path)
                    && metadata.is_file()
                {
                    files.push((path, metadata));
                }
            }
        }
        Ok(files)
    }
}

fn read_folder(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect()),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(Vec::new())
        }
        Err(reason) => Err(StoreError {
            action: "read",
            path: folder.to_owned(),
            reason,
        }),
    }
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(StoreError {
            action: "remove",
            path: path.to_owned(),
            reason,
        }),
        // Someone else may have removed it.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::time::{Duration, SystemTime};

    use super::{Prune, Store};
    use crate::digest::digest_of;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// A store with entries of 10 bytes that were used so many days ago.
    fn store(folder: &std::path::Path, days: &[u32]) -> Store {
        let store = Store::new(folder);
        for day in days {
            let digest = store.put(format!("{day:010}").as_bytes()).unwrap();
            let file = fs::File::options()
                .append(true)
                .open(store.path_of(&digest))
                .unwrap();
            file.set_modified(SystemTime::now() - DAY * *day).unwrap();
        }
        store
    }

    fn left(store: &Store) -> Vec<u32> {
        let mut left: Vec<u32> = store
            .entries()
            .unwrap()
            .iter()
            .map(|entry| {
                let bytes = fs::read(store.path_of(&entry.digest)).unwrap();
                String::from_utf8(bytes).unwrap().parse().unwrap()
            })
            .collect();
        left.sort_unstable();
        left
    }

    fn prune() -> Prune {
        Prune {
            now: SystemTime::now(),
            unused_for: None,
            max_bytes: None,
            keep: BTreeSet::new(),
        }
    }

    #[test]
    fn what_was_not_used_for_long_goes() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), &[1, 5, 40, 90]);
        let pruned = store.prune(&prune()).unwrap();
        assert_eq!((pruned.entries.len(), pruned.bytes), (0, 0));
        let pruned = store
            .prune(&Prune {
                unused_for: Some(DAY * 30),
                keep: [digest_of(b"0000000090")].into(),
                ..prune()
            })
            .unwrap();
        assert_eq!(pruned.bytes, 10);
        assert_eq!(left(&store), [1, 5, 90]);
    }

    #[test]
    fn the_oldest_make_room() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), &[1, 5, 40, 90]);
        let limit = |max_bytes| Prune {
            max_bytes: Some(max_bytes),
            ..prune()
        };
        store.prune(&limit(25)).unwrap();
        assert_eq!(left(&store), [1, 5]);
        store.prune(&limit(0)).unwrap();
        assert_eq!(left(&store), [0; 0]);
    }

    #[test]
    fn a_use_counts() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), &[40, 41]);
        store.get(&digest_of(b"0000000041")).unwrap().unwrap();
        store
            .prune(&Prune {
                unused_for: Some(DAY),
                ..prune()
            })
            .unwrap();
        assert_eq!(left(&store), [41]);
    }

    #[test]
    fn unfinished_files_go_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), &[1]);
        let shelf = store.path_of(&digest_of(b"0000000001"));
        let shelf = shelf.parent().unwrap();
        for (name, age) in [(".new-old", DAY * 2), (".new-now", Duration::ZERO)] {
            let file = fs::File::create(shelf.join(name)).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        assert_eq!(store.entries().unwrap().len(), 1);
        let pruned = store.prune(&prune()).unwrap();
        assert_eq!(pruned.unfinished, 1);
        assert!(shelf.join(".new-now").exists());
        assert!(!shelf.join(".new-old").exists());
    }

    #[test]
    fn a_store_that_is_not_there_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("none"));
        assert_eq!(store.entries().unwrap(), []);
        assert_eq!(store.prune(&prune()).unwrap(), super::Pruned::default());
    }
}
