//! What is expensive to make and is kept below the target folder: built programs,
//! toolchains from package registries, other hosts.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// `target/tmp`, which cargo sets apart for integration tests.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// The workspace's root.
pub fn workspace() -> PathBuf {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = ours
        .ancestors()
        .find(|path| path.join("Cargo.lock").exists());
    root.expect("the package is in the workspace").into()
}

/// The folder `name`, made by `make` unless it was made before by the same
/// `recipe`.
///
/// One maker at a time, whatever threads and processes ask; the others wait. What
/// an interrupted maker left is thrown away.
///
/// # Panics
///
/// If the folder cannot be written, or `make` panics.
pub fn kept(name: &str, recipe: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let path = folder().join(name);
    fs::create_dir_all(path.parent().expect("it is below the target folder"))
        .unwrap_or_else(|error| panic!("cannot make the folder of {}: {error}", path.display()));
    let lock = File::create(path.with_added_extension("lock"))
        .unwrap_or_else(|error| panic!("cannot make the lock of {}: {error}", path.display()));
    lock.lock()
        .unwrap_or_else(|error| panic!("cannot lock {}: {error}", path.display()));
    let stamp = path.join(".recipe");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == recipe) {
        return path;
    }
    println!("making {}", path.display());
    if path.exists() {
        fs::remove_dir_all(&path)
            .unwrap_or_else(|error| panic!("cannot remove {}: {error}", path.display()));
    }
    fs::create_dir_all(&path)
        .unwrap_or_else(|error| panic!("cannot make {}: {error}", path.display()));
    make(&path);
    fs::write(&stamp, recipe)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", stamp.display()));
    path
}

/// A folder in memory, where the machine has one in its usual place; gone at the end of the test.
///
/// # Panics
///
/// If it cannot be made.
pub fn memory() -> TempDir {
    let tmpfs = Path::new("/dev/shm");
    if tmpfs.is_dir() {
        TempDir::new_in(tmpfs)
    } else {
        TempDir::new()
    }
    .expect("a temporary folder can be made")
}
