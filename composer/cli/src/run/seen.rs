//! Whether a file is still the one that was read before, told by its metadata.
//!
//! Reading and hashing a box on every start would cost more than starting it, so
//! what was learnt from a file's content is kept beside what `stat(2)` said of it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A change so soon after the look may leave every time stamp as it was: clocks of
/// filesystems are coarse (4 ms on Linux, 2 s on FAT). What was learnt of a file that
/// was younger than this counts for nothing, which is what git does with its index.
const RACY: Duration = Duration::from_secs(2);

/// What `stat(2)` tells of a file's identity and content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds. A program can set this one.
    modified: (i64, i64),
    /// Seconds and nanoseconds. No program can set this one.
    changed: (i64, i64),
}

impl Fingerprint {
    /// The fingerprint of the file that `metadata` was read from.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// A look at a file: its fingerprint, and when it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    fingerprint: Fingerprint,
    /// Seconds and nanoseconds since 1970, before the content was read.
    at: (i64, i64),
}

impl Seen {
    /// Notes that the file with this metadata is about to be read.
    #[must_use]
    pub fn now(metadata: &Metadata) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            fingerprint: Fingerprint::of(metadata),
            at: (now.as_secs().cast_signed(), i64::from(now.subsec_nanos())),
        }
    }

    /// Whether a file with this metadata now surely has the content that it had then.
    #[must_use]
    pub fn still_holds(&self, metadata: &Metadata) -> bool {
        let last = self.fingerprint.modified.max(self.fingerprint.changed);
        let settled = (last.0 + RACY.as_secs().cast_signed(), last.1);
        settled <= self.at && self.fingerprint == Fingerprint::of(metadata)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn aged(metadata: &Metadata, seconds: i64) -> Seen {
        let mut seen = Seen::now(metadata);
        seen.at.0 += seconds;
        seen
    }

    #[test]
    fn a_young_file_proves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, "one").unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert!(!Seen::now(&metadata).still_holds(&metadata));
        assert!(aged(&metadata, 3).still_holds(&metadata));
    }

    #[test]
    fn a_restored_modification_time_does_not_hide_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, "one").unwrap();
        let before = fs::metadata(&path).unwrap();
        let seen = aged(&before, 3);
        std::thread::sleep(Duration::from_millis(20));
        fs::write(&path, "two").unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(before.modified().unwrap()).unwrap();
        let after = fs::metadata(&path).unwrap();
        assert_eq!(before.modified().unwrap(), after.modified().unwrap());
        assert!(!seen.still_holds(&after));
    }

    #[test]
    fn a_file_put_in_its_place_is_another_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, "one").unwrap();
        let seen = aged(&fs::metadata(&path).unwrap(), 3);
        fs::write(dir.path().join("g"), "two").unwrap();
        fs::rename(dir.path().join("g"), &path).unwrap();
        assert!(!seen.still_holds(&fs::metadata(&path).unwrap()));
    }
}
