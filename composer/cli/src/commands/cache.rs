//! `box cache`: what is kept for another time.
//!
//! ```text
//! $BOX_CACHE_DIR/store/    packages and parts of boxes, by their digest
//! $BOX_CACHE_DIR/index/    what sources told of their packages
//! $BOX_CACHE_DIR/run/      compiled code
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use registry_index::{Prune, Store};
use serde_json::json;

use crate::args::{Cache, CacheAction};
use crate::dirs;
use crate::errors::{CliError, PackageError};
use crate::terminal::{Terminal, bytes};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What was not used for so long goes, if nobody says otherwise.
const UNUSED_FOR: u32 = 30;

/// The folders, and what is in them.
const FOLDERS: [(&str, &str); 3] = [
    ("store", "packages and parts of boxes"),
    ("index", "what sources told"),
    ("run", "compiled code"),
];

/// Shows or prunes the cache. Other processes may use it meanwhile.
///
/// # Errors
///
/// If it cannot be read or changed.
pub fn cache(args: &Cache, terminal: Terminal) -> Result<(), CliError> {
    let root = dirs::cache().ok_or(PackageError::NoCache)?;
    match args.action {
        None => show(&root, false, terminal),
        Some(CacheAction::Show { json }) => show(&root, json, terminal),
        Some(CacheAction::Prune { all: true, .. }) => clear(&root, terminal),
        Some(CacheAction::Prune {
            unused_for,
            max_size,
            ..
        }) => prune(&root, unused_for, max_size, terminal),
    }
}

fn show(root: &Path, as_json: bool, terminal: Terminal) -> Result<(), CliError> {
    let mut rows = Vec::new();
    for (folder, what) in FOLDERS {
        let path = root.join(folder);
        let (files, size) = weigh(&path).map_err(|source| CliError::Read { path, source })?;
        rows.push((folder, what, files, size));
    }
    let shown = if as_json {
        let row = |(folder, _, files, size): &(&str, &str, u64, u64)| json!({ "folder": folder, "files": files, "size": size });
        terminal.print_json(&json!({
            "path": root,
            "folders": rows.iter().map(row).collect::<Vec<_>>(),
        }))
    } else {
        let mut text = format!("{}\n", root.display());
        for (folder, what, files, size) in rows {
            text += &format!(
                "  {folder:<6} {:>8}  {files:>6} files  {what}\n",
                bytes(size)
            );
        }
        terminal.print(text)
    };
    shown.map_err(CliError::Output)
}

fn prune(
    root: &Path,
    unused_for: Option<u32>,
    max_size: Option<u64>,
    terminal: Terminal,
) -> Result<(), CliError> {
    let days = unused_for.or_else(|| max_size.is_none().then_some(UNUSED_FOR));
    let store = Store::new(root.join("store"));
    let pruned = store.prune(&Prune {
        now: SystemTime::now(),
        unused_for: days.map(|days| DAY * days),
        max_bytes: max_size,
        keep: [].into(),
    })?;
    terminal.status(format_args!(
        "threw away {} of the store, {}",
        counted(pruned.entries.len() + pruned.unfinished, "entry", "entries"),
        bytes(pruned.bytes),
    ));
    Ok(())
}

/// Nothing in the cache is the only one of its kind.
fn clear(root: &Path, terminal: Terminal) -> Result<(), CliError> {
    let mut freed = 0;
    for (folder, _) in FOLDERS {
        let path = root.join(folder);
        freed += weigh(&path).map_or(0, |(_, size)| size);
        match fs::remove_dir_all(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(CliError::Write { path, source });
            }
            _ => {}
        }
    }
    terminal.status(format_args!("threw away all of it, {}", bytes(freed)));
    Ok(())
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How many files are below a folder, and how many bytes. Those that go meanwhile do not
/// count.
fn weigh(folder: &Path) -> io::Result<(u64, u64)> {
    let (mut files, mut size) = (0, 0);
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        for entry in entries {
            let entry = entry?;
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_dir() {
                open.push(entry.path());
            } else {
                files += 1;
                size += metadata.len();
            }
        }
    }
    Ok((files, size))
}
