//! `{BOX}`: the files of `tree.rs` as a kernel module, in the words of `boxer:kernel/vfs`.
//!
//! What a filesystem does not have, it refuses: `read-only` for changes, `not-supported` for
//! the rest. `wit/vfs.wit` tells what each function must do.

#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

mod tree;

#[allow(clippy::all, missing_docs)]
mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        inline: "
            package local:driver;
            world driver {
                export boxer:kernel/vfs@0.1.0;
            }
        ",
        generate_all,
    });
}

use std::sync::LazyLock;

use bindings::boxer::kernel::types::{Errno, Readiness, Timestamp, Token};
use bindings::exports::boxer::kernel::vfs::{
    Advice, Allocation, AttributeMode, Attributes, DirectoryEntry, Extent, File, FileBorrow,
    FileKind, FilesystemStat, Guest, GuestFile, LockOperation, Lookup, OpenFlags, RenameMode, Stat,
};
use tree::{Content, Id, ROOT, Refusal, Tree};

/// Made when it is first used. A box has one filesystem and one thread.
static TREE: LazyLock<Tree> = LazyLock::new(Tree::example);

/// What a program that changes something is told.
const READ_ONLY: Errno = Errno::ReadOnly;

struct Driver;

/// An open file: which, and how it was opened.
struct Open {
    id: Id,
    flags: OpenFlags,
}

impl Guest for Driver {
    type File = Open;

    fn root() -> Result<File, Errno> {
        let flags = OpenFlags::READ | OpenFlags::PATH_ONLY | OpenFlags::DIRECTORY;
        Ok(File::new(Open { id: ROOT, flags }))
    }
}

impl From<Refusal> for Errno {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoEntry => Self::NoEntry,
            Refusal::NotDirectory => Self::NotDirectory,
            Refusal::NotPermitted => Self::NotPermitted,
        }
    }
}

impl Open {
    fn find(&self, path: &str, lookup: Lookup) -> Result<Id, Errno> {
        Ok(TREE.find(self.id, path, lookup.contains(Lookup::BENEATH))?)
    }
}

fn kind(id: Id) -> FileKind {
    match TREE.content(id) {
        Content::Bytes(_) => FileKind::Regular,
        Content::Directory(_) => FileKind::Directory,
    }
}

fn stat(id: Id) -> Stat {
    let epoch = Timestamp {
        seconds: 0,
        nanoseconds: 0,
    };
    let size = TREE.size(id);
    let directory = kind(id) == FileKind::Directory;
    Stat {
        device: 1,
        inode: id as u64 + 1,
        kind: kind(id),
        mode: if directory { 0o555 } else { 0o444 },
        links: if directory { 2 } else { 1 },
        user: 0,
        group: 0,
        device_number: 0,
        size,
        blocks: size.div_ceil(512),
        block_size: 4096,
        accessed: epoch,
        modified: epoch,
        changed: epoch,
    }
}

impl GuestFile for Open {
    fn open_at(&self, path: String, lookup: Lookup, how: OpenFlags, _: u32) -> Result<File, Errno> {
        let found = self.find(&path, lookup);
        if how.contains(OpenFlags::CREATE) {
            return Err(match found {
                Ok(_) if how.contains(OpenFlags::EXCLUSIVE) => Errno::Exist,
                Ok(_) | Err(Errno::NoEntry) => READ_ONLY,
                Err(other) => other,
            });
        }
        let id = found?;
        let directory = kind(id) == FileKind::Directory;
        if how.intersects(OpenFlags::WRITE | OpenFlags::TRUNCATE) {
            return Err(if directory {
                Errno::IsDirectory
            } else {
                READ_ONLY
            });
        }
        if how.contains(OpenFlags::DIRECTORY) && !directory {
            return Err(Errno::NotDirectory);
        }
        Ok(File::new(Open { id, flags: how }))
    }

    fn get_flags(&self) -> OpenFlags {
        self.flags
    }

    fn set_flags(&self, _: OpenFlags) -> Result<(), Errno> {
        // All of them are about writing.
        Ok(())
    }

    fn read_at(&self, offset: u64, length: u32) -> Result<Vec<u8>, Errno> {
        if !self.flags.contains(OpenFlags::READ) {
            return Err(Errno::BadDescriptor);
        }
        let bytes = TREE.read(self.id, offset, length);
        Ok(bytes.ok_or(Errno::IsDirectory)?.to_vec())
    }

    fn read_directory(&self, cookie: u64, count: u32) -> Result<Vec<DirectoryEntry>, Errno> {
        let Content::Directory(entries) = TREE.content(self.id) else {
            return Err(Errno::NotDirectory);
        };
        let from = usize::try_from(cookie).unwrap_or(usize::MAX);
        let rows = entries.iter().enumerate().skip(from).take(count as usize);
        Ok(rows
            .map(|(place, (name, id))| DirectoryEntry {
                name: name.clone(),
                inode: *id as u64 + 1,
                kind: kind(*id),
                next: place as u64 + 1,
            })
            .collect())
    }

    fn stat(&self) -> Result<Stat, Errno> {
        Ok(stat(self.id))
    }

    fn stat_at(&self, path: String, lookup: Lookup) -> Result<Stat, Errno> {
        Ok(stat(self.find(&path, lookup)?))
    }

    fn read_link_at(&self, path: String, lookup: Lookup) -> Result<String, Errno> {
        self.find(&path, lookup)?;
        Err(Errno::Invalid)
    }

    fn find_extent(&self, what: Extent, offset: u64) -> Result<u64, Errno> {
        let size = TREE.size(self.id);
        match what {
            _ if offset >= size => Err(Errno::NoDeviceOrAddress),
            Extent::Data => Ok(offset),
            Extent::Hole => Ok(size),
        }
    }

    fn filesystem_stat(&self) -> Result<FilesystemStat, Errno> {
        Ok(FilesystemStat {
            block_size: 4096,
            blocks: 0,
            blocks_free: 0,
            files: 0,
            files_free: 0,
            id: 1,
            name_max: 255,
            read_only: true,
        })
    }

    fn advise(&self, _: u64, _: u64, _: Advice) -> Result<(), Errno> {
        Ok(())
    }

    fn sync(&self, _: bool) -> Result<(), Errno> {
        Ok(())
    }

    fn lock(&self, _: LockOperation) -> Result<(), Errno> {
        Err(Errno::NotSupported)
    }

    fn ready(&self) -> Readiness {
        Readiness::READABLE | Readiness::WRITABLE
    }

    fn wait_token(&self, _: Readiness) -> Option<Token> {
        None
    }

    fn is_same(&self, other: FileBorrow<'_>) -> bool {
        self.id == other.get::<Open>().id
    }

    // Whatever changes something:

    fn write_at(&self, _: u64, _: Vec<u8>) -> Result<u32, Errno> {
        Err(Errno::BadDescriptor)
    }

    fn append(&self, _: Vec<u8>) -> Result<(u32, u64), Errno> {
        Err(Errno::BadDescriptor)
    }

    fn set_size(&self, _: u64) -> Result<(), Errno> {
        Err(Errno::Invalid)
    }

    fn allocate(&self, _: Allocation, _: u64, _: u64) -> Result<(), Errno> {
        Err(Errno::BadDescriptor)
    }

    fn set_attributes(&self, _: Attributes) -> Result<(), Errno> {
        Err(READ_ONLY)
    }

    fn set_attributes_at(&self, _: String, _: Lookup, _: Attributes) -> Result<(), Errno> {
        Err(READ_ONLY)
    }

    fn make_directory_at(&self, _: String, _: Lookup, _: u32) -> Result<(), Errno> {
        Err(READ_ONLY)
    }

    fn make_node_at(&self, _: String, _: Lookup, _: FileKind, _: u32, _: u64) -> Result<(), Errno> {
        Err(READ_ONLY)
    }

    fn symlink_at(&self, _: String, _: String, _: Lookup) -> Result<(), Errno> {
        Err(READ_ONLY)
    }

    fn link_at(&self, _: String, _: Lookup, _: FileBorrow<'_>, _: String) -> Result<(), Errno> {
        Err(READ_ONLY)
    }

    fn rename_at(
        &self,
        _: String,
        _: Lookup,
        _: FileBorrow<'_>,
        _: String,
        _: RenameMode,
    ) -> Result<(), Errno> {
        Err(READ_ONLY)
    }

    fn unlink_at(&self, _: String, _: Lookup) -> Result<(), Errno> {
        Err(READ_ONLY)
    }

    fn remove_directory_at(&self, _: String, _: Lookup) -> Result<(), Errno> {
        Err(READ_ONLY)
    }

    fn get_extended_attribute(&self, _: String) -> Result<Vec<u8>, Errno> {
        Err(Errno::NoData)
    }

    fn set_extended_attribute(&self, _: String, _: Vec<u8>, _: AttributeMode) -> Result<(), Errno> {
        Err(READ_ONLY)
    }

    fn list_extended_attributes(&self) -> Result<Vec<String>, Errno> {
        Ok(Vec::new())
    }

    fn remove_extended_attribute(&self, _: String) -> Result<(), Errno> {
        Err(Errno::NoData)
    }
}

#[cfg(target_arch = "wasm32")]
bindings::export!(Driver with_types_in bindings);
