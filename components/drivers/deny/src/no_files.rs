//! `boxer:kernel/vfs`: one empty read-only directory.

use alloc::string::String;
use alloc::vec::Vec;

use driver_support::empty_root::{self, Open, Refusal, Target};

use crate::Deny;
use crate::bindings::exports::boxer::kernel::vfs::{
    Advice, Allocation, AttributeMode, Attributes, DirectoryEntry, Errno, Extent, File, FileBorrow,
    FileKind, FilesystemStat, Guest, GuestFile, LockOperation, Lookup, OpenFlags, Readiness,
    RenameMode, Stat, Timestamp,
};

/// A handle to the root.
pub(crate) struct Root {
    flags: OpenFlags,
}

impl Guest for Deny {
    type File = Root;

    fn root() -> Result<File, Errno> {
        let flags = OpenFlags::READ | OpenFlags::PATH_ONLY | OpenFlags::DIRECTORY;
        Ok(File::new(Root { flags }))
    }
}

impl Root {
    /// Calls that need more than a name: all but `path-only` may.
    fn opened(&self) -> Result<(), Errno> {
        if self.flags.contains(OpenFlags::PATH_ONLY) {
            Err(Errno::BadDescriptor)
        } else {
            Ok(())
        }
    }
}

impl GuestFile for Root {
    fn open_at(
        &self,
        path: String,
        lookup: Lookup,
        how: OpenFlags,
        _mode: u32,
    ) -> Result<File, Errno> {
        let asked = Open {
            write: how.intersects(OpenFlags::WRITE | OpenFlags::APPEND),
            create: how.contains(OpenFlags::CREATE),
            exclusive: how.contains(OpenFlags::EXCLUSIVE),
            truncate: how.contains(OpenFlags::TRUNCATE),
            directory: how.contains(OpenFlags::DIRECTORY),
        };
        empty_root::open(resolve(&path, lookup)?, asked).map_err(errno)?;
        let kept = OpenFlags::READ | OpenFlags::PATH_ONLY | OpenFlags::SYNC | OpenFlags::DATA_SYNC;
        let flags = how & kept | OpenFlags::DIRECTORY;
        Ok(File::new(Root { flags }))
    }

    fn get_flags(&self) -> OpenFlags {
        self.flags
    }

    fn set_flags(&self, _how: OpenFlags) -> Result<(), Errno> {
        self.opened()
    }

    fn read_at(&self, _offset: u64, _length: u32) -> Result<Vec<u8>, Errno> {
        self.opened()?;
        Err(Errno::IsDirectory)
    }

    fn write_at(&self, _offset: u64, _data: Vec<u8>) -> Result<u32, Errno> {
        Err(Errno::BadDescriptor)
    }

    fn append(&self, _data: Vec<u8>) -> Result<(u32, u64), Errno> {
        Err(Errno::BadDescriptor)
    }

    fn set_size(&self, _size: u64) -> Result<(), Errno> {
        Err(Errno::Invalid)
    }

    fn allocate(&self, _how: Allocation, _offset: u64, _length: u64) -> Result<(), Errno> {
        Err(Errno::BadDescriptor)
    }

    fn find_extent(&self, _what: Extent, _offset: u64) -> Result<u64, Errno> {
        self.opened()?;
        Err(Errno::Invalid)
    }

    fn advise(&self, _offset: u64, _length: u64, _advice: Advice) -> Result<(), Errno> {
        self.opened()
    }

    fn sync(&self, _data_only: bool) -> Result<(), Errno> {
        self.opened()
    }

    fn lock(&self, _operation: LockOperation) -> Result<(), Errno> {
        self.opened()?;
        Err(Errno::NotSupported)
    }

    fn read_directory(&self, _cookie: u64, _count: u32) -> Result<Vec<DirectoryEntry>, Errno> {
        if self.flags.contains(OpenFlags::READ) {
            Ok(Vec::new())
        } else {
            Err(Errno::BadDescriptor)
        }
    }

    fn stat(&self) -> Result<Stat, Errno> {
        let never = Timestamp {
            seconds: 0,
            nanoseconds: 0,
        };
        Ok(Stat {
            device: 1,
            inode: 1,
            kind: FileKind::Directory,
            mode: 0o555,
            links: 2,
            user: 0,
            group: 0,
            device_number: 0,
            size: 0,
            blocks: 0,
            block_size: BLOCK_SIZE,
            accessed: never,
            modified: never,
            changed: never,
        })
    }

    fn stat_at(&self, path: String, lookup: Lookup) -> Result<Stat, Errno> {
        existing(&path, lookup)?;
        self.stat()
    }

    fn set_attributes(&self, _changes: Attributes) -> Result<(), Errno> {
        self.opened()?;
        Err(Errno::ReadOnly)
    }

    fn set_attributes_at(
        &self,
        path: String,
        lookup: Lookup,
        _changes: Attributes,
    ) -> Result<(), Errno> {
        existing(&path, lookup)?;
        Err(Errno::ReadOnly)
    }

    fn make_directory_at(&self, path: String, lookup: Lookup, _mode: u32) -> Result<(), Errno> {
        Err(errno(empty_root::make_directory(resolve(&path, lookup)?)))
    }

    fn make_node_at(
        &self,
        path: String,
        lookup: Lookup,
        _kind: FileKind,
        _mode: u32,
        _device_number: u64,
    ) -> Result<(), Errno> {
        Err(errno(empty_root::make(resolve(&path, lookup)?)))
    }

    fn symlink_at(&self, target: String, path: String, lookup: Lookup) -> Result<(), Errno> {
        if target.is_empty() {
            return Err(Errno::NoEntry);
        }
        Err(errno(empty_root::make(resolve(&path, lookup)?)))
    }

    fn read_link_at(&self, path: String, lookup: Lookup) -> Result<String, Errno> {
        existing(&path, lookup)?;
        Err(Errno::Invalid)
    }

    fn link_at(
        &self,
        old_path: String,
        lookup: Lookup,
        _new_directory: FileBorrow<'_>,
        _new_path: String,
    ) -> Result<(), Errno> {
        existing(&old_path, lookup)?;
        Err(Errno::NotPermitted)
    }

    fn rename_at(
        &self,
        old_path: String,
        lookup: Lookup,
        _new_directory: FileBorrow<'_>,
        _new_path: String,
        _mode: RenameMode,
    ) -> Result<(), Errno> {
        Err(errno(empty_root::rename(resolve(&old_path, lookup)?)))
    }

    fn unlink_at(&self, path: String, lookup: Lookup) -> Result<(), Errno> {
        Err(errno(empty_root::unlink(resolve(&path, lookup)?)))
    }

    fn remove_directory_at(&self, path: String, lookup: Lookup) -> Result<(), Errno> {
        Err(errno(empty_root::remove_directory(resolve(&path, lookup)?)))
    }

    fn filesystem_stat(&self) -> Result<FilesystemStat, Errno> {
        // One block and one inode, both in use: 0 blocks would mean "unlimited".
        Ok(FilesystemStat {
            block_size: BLOCK_SIZE,
            blocks: 1,
            blocks_free: 0,
            files: 1,
            files_free: 0,
            id: 1,
            name_max: 255,
            read_only: true,
        })
    }

    fn get_extended_attribute(&self, _name: String) -> Result<Vec<u8>, Errno> {
        self.opened()?;
        Err(Errno::NoData)
    }

    fn set_extended_attribute(
        &self,
        _name: String,
        _value: Vec<u8>,
        _mode: AttributeMode,
    ) -> Result<(), Errno> {
        self.opened()?;
        Err(Errno::ReadOnly)
    }

    fn list_extended_attributes(&self) -> Result<Vec<String>, Errno> {
        self.opened()?;
        Ok(Vec::new())
    }

    fn remove_extended_attribute(&self, _name: String) -> Result<(), Errno> {
        self.opened()?;
        Err(Errno::ReadOnly)
    }

    fn ready(&self) -> Readiness {
        Readiness::READABLE | Readiness::WRITABLE
    }

    fn wait_token(&self, _interest: Readiness) -> Option<u64> {
        None
    }

    fn is_same(&self, _other: FileBorrow<'_>) -> bool {
        true
    }
}

const BLOCK_SIZE: u32 = 4_096;

fn resolve(path: &str, lookup: Lookup) -> Result<Target, Errno> {
    empty_root::resolve(path, lookup.contains(Lookup::BENEATH)).map_err(errno)
}

fn existing(path: &str, lookup: Lookup) -> Result<(), Errno> {
    empty_root::existing(resolve(path, lookup)?).map_err(errno)
}

fn errno(refusal: Refusal) -> Errno {
    match refusal {
        Refusal::NotPermitted => Errno::NotPermitted,
        Refusal::NoEntry => Errno::NoEntry,
        Refusal::Busy => Errno::Busy,
        Refusal::Exist => Errno::Exist,
        Refusal::IsDirectory => Errno::IsDirectory,
        Refusal::Invalid => Errno::Invalid,
        Refusal::ReadOnly => Errno::ReadOnly,
        Refusal::NameTooLong => Errno::NameTooLong,
        Refusal::NotEmpty => Errno::NotEmpty,
    }
}
