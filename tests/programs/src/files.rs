//! Raw access to files: shorter forms of `wasi:filesystem` calls.

use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

/// No flags: the last symbolic link is not followed.
#[must_use]
pub fn nofollow() -> PathFlags {
    PathFlags::empty()
}

/// Follow the last symbolic link.
pub const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;

/// The preopened directory `/`.
#[must_use]
pub fn root() -> Descriptor {
    let (root, name) = get_directories().pop().expect("a preopened directory");
    assert_eq!(name, "/");
    root
}

/// A new, empty directory of this name in the root, open for changes.
///
/// # Panics
/// Where it cannot be made.
#[must_use]
pub fn fresh(name: &str) -> Descriptor {
    let root = root();
    root.create_directory_at(name).expect("a new directory");
    let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    root.open_at(nofollow(), name, OpenFlags::DIRECTORY, flags)
        .expect("the new directory")
}

/// Opens an existing file for reading.
///
/// # Errors
/// As `open-at`.
pub fn open(dir: &Descriptor, path: &str) -> Result<Descriptor, ErrorCode> {
    dir.open_at(nofollow(), path, OpenFlags::empty(), DescriptorFlags::READ)
}

/// Makes a file that was not there, for reading and writing.
///
/// # Errors
/// As `open-at`.
pub fn create(dir: &Descriptor, path: &str) -> Result<Descriptor, ErrorCode> {
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    dir.open_at(
        nofollow(),
        path,
        OpenFlags::CREATE | OpenFlags::EXCLUSIVE,
        flags,
    )
}

/// Makes a file with this content.
///
/// # Panics
/// Where that fails.
pub fn put(dir: &Descriptor, path: &str, content: &[u8]) {
    let file = create(dir, path).expect("a new file");
    let mut written = 0;
    while written < content.len() {
        let count = file
            .write(&content[written..], written as u64)
            .expect("a write");
        written += usize::try_from(count).expect("a count of bytes");
    }
}

/// A file's whole content.
///
/// # Panics
/// Where it cannot be read.
#[must_use]
pub fn content(dir: &Descriptor, path: &str) -> Vec<u8> {
    let file = open(dir, path).expect("a file");
    let mut content = Vec::new();
    loop {
        let (bytes, end) = file.read(1 << 16, content.len() as u64).expect("a read");
        content.extend_from_slice(&bytes);
        if end || bytes.is_empty() {
            return content;
        }
    }
}

/// The names in a directory, sorted.
///
/// # Panics
/// Where it cannot be listed.
#[must_use]
pub fn names(dir: &Descriptor) -> Vec<String> {
    let stream = dir.read_directory().expect("a directory");
    let mut names = Vec::new();
    while let Some(entry) = stream.read_directory_entry().expect("an entry") {
        names.push(entry.name);
    }
    names.sort();
    names
}
