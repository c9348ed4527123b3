//! Writing files so that nobody ever sees half of one.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Names of files that are not finished begin with this.
pub const UNFINISHED: &str = ".box-unfinished-";

/// Writes `bytes` as [`replace_with`] does.
///
/// # Errors
///
/// Those of `open(2)`, `write(2)` and `rename(2)`; nothing is left behind then.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, |file| file.write_all(bytes))
}

/// Lets `write` write beside `path` and renames the result, so that a reader of `path`
/// finds the old content or the new, whatever happens. The file's mode follows the
/// umask, or stays what it was. A symbolic link is followed. What is no regular
/// file (a pipe, `/dev/stdout`) is written to as it is.
///
/// # Errors
///
/// Those of `write`, `open(2)`, `write(2)` and `rename(2)`; nothing is left behind then.
pub fn replace_with<T, E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<T, E> {
    let target = follow(path);
    let existing = fs::metadata(&target).ok();
    if existing
        .as_ref()
        .is_some_and(|metadata| !metadata.is_file())
    {
        // A directory fails here, with the right words.
        let mut file = fs::OpenOptions::new().write(true).open(&target)?;
        return write(&mut file);
    }
    let mode = existing.map_or(0o666, |metadata| metadata.permissions().mode() & 0o7777);
    let mut unfinished = beside(&target, mode)?;
    let written = write(&mut unfinished)?;
    if mode != 0o666 {
        // The umask took bits away that the old file had.
        unfinished
            .as_file()
            .set_permissions(Permissions::from_mode(mode))?;
    }
    unfinished
        .persist(&target)
        .map_err(|refused| refused.error)?;
    Ok(written)
}

/// A new file in `path`'s folder that is deleted unless it is given its name.
///
/// # Errors
///
/// Those of `open(2)`.
pub fn beside(path: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("/"),
    };
    Builder::new()
        .prefix(UNFINISHED)
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder)
        // The library adds the name of a file that nobody asked for.
        .map_err(|error| io::Error::from(error.kind()))
}

/// The file that `path` means, through symbolic links. One that leads nowhere is
/// taken as it is.
fn follow(path: &Path) -> PathBuf {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn replaces_and_keeps_the_mode() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        replace(&path, b"one").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        fs::set_permissions(&path, Permissions::from_mode(0o751)).unwrap();
        replace(&path, b"three").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
            0o751
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn follows_a_link_and_leaves_it_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        fs::write(&real, "old").unwrap();
        symlink("real", &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn leaves_nothing_behind_on_failure() {
        let dir = tempfile::tempdir().unwrap();
        assert!(replace(dir.path(), b"x").is_err());
        assert!(replace(&dir.path().join("no/such"), b"x").is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn writes_through_a_device() {
        replace(Path::new("/dev/null"), b"x").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
