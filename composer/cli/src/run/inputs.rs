//! What a project's box was made from, so that a start can tell that nothing changed.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::cache::{Cache, hash};

/// A file that changed this shortly before a build began may have changed again during
/// it with the same time stamp: see `seen::RACY`.
const RACY: Duration = Duration::from_secs(2);

/// What was built from what. Kept for each Boxfile under `projects/`.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    boxfile: PathBuf,
    /// Anything but files that the result depends on.
    circumstances: String,
    inputs: Vec<PathBuf>,
    /// Over the metadata of the inputs.
    sum: String,
    /// The component that came out.
    digest: String,
}

/// A build that has begun.
#[derive(Debug)]
pub struct Begun {
    at: SystemTime,
}

impl Begun {
    /// Now, before anything is read.
    #[must_use]
    pub fn now() -> Self {
        Self {
            at: SystemTime::now(),
        }
    }
}

/// The digest of the component that this Boxfile gave when it was last built, where
/// none of its inputs has changed since.
#[must_use]
pub fn unchanged(cache: &Cache, boxfile: &Path, circumstances: &str) -> Option<String> {
    let record: Record = cache.read("projects", &key(boxfile))?;
    let same = record.boxfile == boxfile
        && record.circumstances == circumstances
        && sum(&record.inputs, None)? == record.sum;
    same.then_some(record.digest)
}

/// Notes what a build gave. Nothing is noted where an input is so young that it may
/// have changed while it was read.
///
/// # Errors
///
/// If the cache cannot be written.
pub fn note(
    cache: &Cache,
    begun: &Begun,
    boxfile: &Path,
    circumstances: &str,
    mut inputs: Vec<PathBuf>,
    digest: &str,
) -> io::Result<()> {
    inputs.sort();
    inputs.dedup();
    let Some(sum) = sum(&inputs, Some(begun.at)) else {
        return Ok(());
    };
    let record = Record {
        boxfile: boxfile.to_owned(),
        circumstances: circumstances.to_owned(),
        inputs,
        sum,
        digest: digest.to_owned(),
    };
    cache.write("projects", &key(boxfile), &record)
}

fn key(boxfile: &Path) -> String {
    hash(boxfile.as_os_str().as_encoded_bytes())
}

/// A hash over the metadata of all inputs, those that are not there among them; `None`
/// where one is younger than `begun` allows.
fn sum(inputs: &[PathBuf], begun: Option<SystemTime>) -> Option<String> {
    let settled = begun.map(|at| {
        let limit = at.checked_sub(RACY).unwrap_or(UNIX_EPOCH);
        let since = limit.duration_since(UNIX_EPOCH).unwrap_or_default();
        (
            since.as_secs().cast_signed(),
            i64::from(since.subsec_nanos()),
        )
    });
    let mut sha = Sha256::new();
    let mut add = |metadata: io::Result<fs::Metadata>| {
        let Ok(metadata) = metadata else {
            sha.update([0]);
            return Some(false);
        };
        let modified = (metadata.mtime(), metadata.mtime_nsec());
        let changed = (metadata.ctime(), metadata.ctime_nsec());
        if settled.is_some_and(|limit| modified.max(changed) >= limit) {
            return None;
        }
        sha.update([1]);
        for number in [
            metadata.dev(),
            metadata.ino(),
            metadata.size(),
            u64::from(metadata.mode()),
        ] {
            sha.update(number.to_le_bytes());
        }
        for (seconds, nanoseconds) in [modified, changed] {
            sha.update(seconds.to_le_bytes());
            sha.update(nanoseconds.to_le_bytes());
        }
        Some(metadata.is_symlink())
    };
    for input in inputs {
        // Of a link both itself and what it leads to.
        if add(fs::symlink_metadata(input))? {
            add(fs::metadata(input))?;
        }
    }
    Some(super::cache::hex(&sha.finalize()))
}
