//! `descriptor`: an open file or directory.
//!
//! Decisions where the WIT leaves room, or asks for what its users cannot bear:
//!
//! - **Symbolic links to absolute paths** may be made and read where the base is
//!   the root of the tree, because there they lead nowhere outside it; Linux's
//!   programs make them. On any other directory they are `not-permitted`.
//! - **`mutate-directory`** is reported, not enforced, as in wasmtime: C libraries
//!   open directories without it and change files below them.
//! - **Creating** or truncating a file opens it for writing, whatever the flags.
//! - **Synchronised writes** are a request: a driver that has none writes all the
//!   same.
//! - **The umask** is 022, as on most systems.

use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

use super::convert::{self, descriptor_stat, error_code};
use super::cwd;
use super::directory::DirectoryEntryStream;
use super::streams::{FileReader, FileWriter};
use crate::bindings::exports::wasi::filesystem::types::{
    self, Advice, DescriptorBorrow, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode,
    GuestDescriptor, InputStream, MetadataHashValue, NewTimestamp, OpenFlags, OutputStream,
    PathFlags,
};
use crate::io::streams::{Sink, Source, input_stream, output_stream};
use crate::kernel::Errno;
use crate::kernel::vfs::{self, Attributes, File, FileKind, Lookup, RenameMode};

/// The permission bits of a new file: 0o666 without the umask's.
const FILE_MODE: u32 = 0o644;
/// The permission bits of a new directory: 0o777 without the umask's.
const DIRECTORY_MODE: u32 = 0o755;

/// The most bytes that one `read` returns.
const LONGEST_READ: u64 = 1 << 20;

/// A `descriptor`.
pub(crate) struct Descriptor {
    file: Rc<File>,
    flags: DescriptorFlags,
    /// What it is, once somebody has asked.
    kind: Cell<Option<FileKind>>,
    /// The preopened root: paths on it obey [`cwd`].
    preopened: bool,
}

impl Descriptor {
    /// The one that a program gets at start.
    pub(super) fn preopened(root: File) -> Self {
        Self {
            file: Rc::new(root),
            flags: DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY,
            kind: Cell::new(Some(FileKind::Directory)),
            preopened: true,
        }
    }

    fn kind(&self) -> Result<FileKind, ErrorCode> {
        match self.kind.get() {
            Some(kind) => Ok(kind),
            None => self.file_stat().map(|stat| stat.kind),
        }
    }

    fn file_stat(&self) -> Result<vfs::Stat, ErrorCode> {
        let stat = self.file.stat().map_err(error_code)?;
        self.kind.set(Some(stat.kind));
        Ok(stat)
    }

    /// A path of the application's, fit for the driver.
    fn path<'a>(&self, path: &'a str) -> Result<Cow<'a, str>, ErrorCode> {
        if path.starts_with('/') {
            return Err(ErrorCode::NotPermitted);
        }
        if has_nul(path) {
            return Err(ErrorCode::Invalid);
        }
        if !self.preopened {
            return Ok(Cow::Borrowed(path));
        }
        Ok(cwd::resolve(path, |path| {
            self.file.stat_at(path, Lookup::BENEATH).is_ok()
        }))
    }

    /// Whether this is the root of the tree, which an absolute path cannot leave.
    fn is_root(&self) -> bool {
        self.preopened || vfs::root().is_ok_and(|root| self.file.is_same(&root))
    }

    fn open_for_writing(&self) -> Result<Rc<File>, ErrorCode> {
        if self.flags.contains(DescriptorFlags::WRITE) {
            Ok(self.file.clone())
        } else {
            Err(ErrorCode::BadDescriptor)
        }
    }

    fn synchronise(&self, data_only: bool) -> Result<(), ErrorCode> {
        if self
            .flags
            .intersects(DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY)
        {
            self.file.sync(data_only).map_err(error_code)
        } else {
            Ok(())
        }
    }
}

impl GuestDescriptor for Descriptor {
    fn read_via_stream(&self, offset: u64) -> Result<InputStream, ErrorCode> {
        if !self.flags.contains(DescriptorFlags::READ) {
            return Err(ErrorCode::BadDescriptor);
        }
        // A directory is never open for writing: no need to ask.
        if !self.flags.contains(DescriptorFlags::WRITE) && self.kind()? == FileKind::Directory {
            return Err(ErrorCode::IsDirectory);
        }
        Ok(input_stream(Source::File(FileReader::new(
            self.file.clone(),
            offset,
        ))))
    }

    fn write_via_stream(&self, offset: u64) -> Result<OutputStream, ErrorCode> {
        Ok(output_stream(Sink::File(FileWriter::at(
            self.open_for_writing()?,
            offset,
        ))))
    }

    fn append_via_stream(&self) -> Result<OutputStream, ErrorCode> {
        Ok(output_stream(Sink::File(FileWriter::append(
            self.open_for_writing()?,
        ))))
    }

    fn advise(&self, offset: u64, length: u64, advice: Advice) -> Result<(), ErrorCode> {
        if self.kind()? == FileKind::Directory {
            return Err(ErrorCode::BadDescriptor);
        }
        self.file
            .advise(offset, length, convert::advice(advice))
            .map_err(error_code)
    }

    fn sync_data(&self) -> Result<(), ErrorCode> {
        self.synchronise(true)
    }

    fn get_flags(&self) -> Result<DescriptorFlags, ErrorCode> {
        if self.flags.contains(DescriptorFlags::MUTATE_DIRECTORY)
            && self.kind()? != FileKind::Directory
        {
            return Ok(self.flags - DescriptorFlags::MUTATE_DIRECTORY);
        }
        Ok(self.flags)
    }

    fn get_type(&self) -> Result<DescriptorType, ErrorCode> {
        self.kind().map(convert::descriptor_type)
    }

    fn set_size(&self, size: u64) -> Result<(), ErrorCode> {
        convert::offset(size)
            .and_then(|size| self.file.set_size(size))
            .map_err(error_code)
    }

    fn set_times(&self, accessed: NewTimestamp, modified: NewTimestamp) -> Result<(), ErrorCode> {
        self.file
            .set_attributes(times(accessed, modified)?)
            .map_err(error_code)
    }

    fn read(&self, length: u64, offset: u64) -> Result<(Vec<u8>, bool), ErrorCode> {
        let wanted = length.min(LONGEST_READ);
        let bytes = convert::offset(offset)
            .and_then(|offset| self.file.read_at(offset, wanted as u32))
            .map_err(error_code)?;
        let ended = bytes.is_empty() && wanted > 0;
        Ok((bytes, ended))
    }

    fn write(&self, buffer: Vec<u8>, offset: u64) -> Result<u64, ErrorCode> {
        convert::offset(offset)
            .and_then(|offset| self.file.write_at(offset, &buffer))
            .map(u64::from)
            .map_err(error_code)
    }

    fn read_directory(&self) -> Result<types::DirectoryEntryStream, ErrorCode> {
        DirectoryEntryStream::open(self.file.clone()).map(types::DirectoryEntryStream::new)
    }

    fn sync(&self) -> Result<(), ErrorCode> {
        self.synchronise(false)
    }

    fn create_directory_at(&self, path: String) -> Result<(), ErrorCode> {
        let path = self.path(&path)?;
        self.file
            .make_directory_at(&path, Lookup::BENEATH, DIRECTORY_MODE)
            .map_err(error_code)
    }

    fn stat(&self) -> Result<DescriptorStat, ErrorCode> {
        self.file_stat().map(|stat| descriptor_stat(&stat))
    }

    fn stat_at(&self, path_flags: PathFlags, path: String) -> Result<DescriptorStat, ErrorCode> {
        let path = self.path(&path)?;
        let stat = self
            .file
            .stat_at(&path, convert::lookup(path_flags))
            .map_err(error_code)?;
        Ok(descriptor_stat(&stat))
    }

    fn set_times_at(
        &self,
        path_flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Result<(), ErrorCode> {
        let path = self.path(&path)?;
        let times = times(accessed, modified)?;
        self.file
            .set_attributes_at(&path, convert::lookup(path_flags), times)
            .map_err(error_code)
    }

    fn link_at(
        &self,
        old_path_flags: PathFlags,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<(), ErrorCode> {
        let new: &Descriptor = new_descriptor.get();
        let old_path = self.path(&old_path)?;
        let new_path = new.path(&new_path)?;
        self.file
            .link_at(
                &old_path,
                convert::lookup(old_path_flags),
                &new.file,
                &new_path,
            )
            .map_err(error_code)
    }

    fn open_at(
        &self,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<types::Descriptor, ErrorCode> {
        let alone = OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE;
        if open_flags.contains(OpenFlags::DIRECTORY) && open_flags.intersects(alone) {
            return Err(ErrorCode::Invalid);
        }
        let path = self.path(&path)?;
        let flags = granted(open_flags, flags);
        let how = how(open_flags, flags);
        let lookup = convert::lookup(path_flags);
        let synchronised = vfs::OpenFlags::SYNC | vfs::OpenFlags::DATA_SYNC;
        let file = match self.file.open_at(&path, lookup, how, FILE_MODE) {
            Err(Errno::NotSupported) if how.intersects(synchronised) => {
                self.file
                    .open_at(&path, lookup, how - synchronised, FILE_MODE)
            }
            opened => opened,
        }
        .map_err(error_code)?;
        Ok(types::Descriptor::new(Descriptor {
            file: Rc::new(file),
            flags,
            kind: Cell::new(None),
            preopened: false,
        }))
    }

    fn readlink_at(&self, path: String) -> Result<String, ErrorCode> {
        let path = self.path(&path)?;
        let target = self
            .file
            .read_link_at(&path, Lookup::BENEATH)
            .map_err(error_code)?;
        if target.starts_with('/') && !self.is_root() {
            return Err(ErrorCode::NotPermitted);
        }
        Ok(target)
    }

    fn remove_directory_at(&self, path: String) -> Result<(), ErrorCode> {
        let path = self.path(&path)?;
        self.file
            .remove_directory_at(&path, Lookup::BENEATH)
            .map_err(error_code)
    }

    fn rename_at(
        &self,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<(), ErrorCode> {
        let new: &Descriptor = new_descriptor.get();
        let old_path = self.path(&old_path)?;
        let new_path = new.path(&new_path)?;
        self.file
            .rename_at(
                &old_path,
                Lookup::BENEATH,
                &new.file,
                &new_path,
                RenameMode::Replace,
            )
            .map_err(error_code)
    }

    fn symlink_at(&self, old_path: String, new_path: String) -> Result<(), ErrorCode> {
        if old_path.starts_with('/') && !self.is_root() {
            return Err(ErrorCode::NotPermitted);
        }
        if has_nul(&old_path) {
            return Err(ErrorCode::Invalid);
        }
        let new_path = self.path(&new_path)?;
        self.file
            .symlink_at(&old_path, &new_path, Lookup::BENEATH)
            .map_err(error_code)
    }

    fn unlink_file_at(&self, path: String) -> Result<(), ErrorCode> {
        let path = self.path(&path)?;
        self.file
            .unlink_at(&path, Lookup::BENEATH)
            .map_err(error_code)
    }

    fn is_same_object(&self, other: DescriptorBorrow<'_>) -> bool {
        let other: &Descriptor = other.get();
        self.file.is_same(&other.file)
    }

    fn metadata_hash(&self) -> Result<MetadataHashValue, ErrorCode> {
        self.file_stat().map(|stat| convert::metadata_hash(&stat))
    }

    fn metadata_hash_at(
        &self,
        path_flags: PathFlags,
        path: String,
    ) -> Result<MetadataHashValue, ErrorCode> {
        let path = self.path(&path)?;
        let stat = self
            .file
            .stat_at(&path, convert::lookup(path_flags))
            .map_err(error_code)?;
        Ok(convert::metadata_hash(&stat))
    }
}

/// Drivers are promised paths without it.
fn has_nul(path: &str) -> bool {
    path.as_bytes().contains(&0)
}

/// What a new descriptor may do: what was asked, writing where the file is made or
/// cut, and reading where nothing was asked.
fn granted(open_flags: OpenFlags, asked: DescriptorFlags) -> DescriptorFlags {
    let mut flags = asked;
    if !asked.contains(DescriptorFlags::WRITE) {
        flags |= DescriptorFlags::READ;
    }
    if open_flags.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE) {
        flags |= DescriptorFlags::WRITE;
    }
    flags
}

/// The driver's flags for an `open-at`.
fn how(open_flags: OpenFlags, flags: DescriptorFlags) -> vfs::OpenFlags {
    use vfs::OpenFlags as How;
    let mut how = How::empty();
    how.set(How::READ, flags.contains(DescriptorFlags::READ));
    how.set(How::WRITE, flags.contains(DescriptorFlags::WRITE));
    how.set(
        How::SYNC,
        flags.contains(DescriptorFlags::FILE_INTEGRITY_SYNC),
    );
    how.set(
        How::DATA_SYNC,
        flags.contains(DescriptorFlags::DATA_INTEGRITY_SYNC),
    );
    how.set(How::CREATE, open_flags.contains(OpenFlags::CREATE));
    how.set(How::EXCLUSIVE, open_flags.contains(OpenFlags::EXCLUSIVE));
    how.set(How::TRUNCATE, open_flags.contains(OpenFlags::TRUNCATE));
    how.set(How::DIRECTORY, open_flags.contains(OpenFlags::DIRECTORY));
    how
}

/// A change of times only.
fn times(accessed: NewTimestamp, modified: NewTimestamp) -> Result<Attributes, ErrorCode> {
    Ok(Attributes {
        mode: None,
        user: None,
        group: None,
        accessed: convert::set_time(accessed)?,
        modified: convert::set_time(modified)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: DescriptorFlags = DescriptorFlags::READ;
    const WRITE: DescriptorFlags = DescriptorFlags::WRITE;

    #[test]
    fn flags_of_a_new_descriptor_are_wasmtimes() {
        let nothing = DescriptorFlags::empty();
        let create = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
        assert_eq!(granted(OpenFlags::empty(), nothing), READ);
        assert_eq!(granted(OpenFlags::EXCLUSIVE, nothing), READ);
        assert_eq!(granted(OpenFlags::empty(), WRITE), WRITE);
        assert_eq!(granted(create, nothing), READ | WRITE);
        assert_eq!(granted(create, READ), READ | WRITE);
        assert_eq!(granted(create, WRITE), WRITE);
        assert_eq!(granted(OpenFlags::TRUNCATE, READ), READ | WRITE);
    }

    #[test]
    fn every_flag_reaches_the_driver() {
        let all = how(OpenFlags::all(), DescriptorFlags::all());
        assert_eq!(
            all,
            vfs::OpenFlags::all() - vfs::OpenFlags::APPEND - vfs::OpenFlags::PATH_ONLY
        );
        assert_eq!(
            how(OpenFlags::empty(), DescriptorFlags::empty()),
            vfs::OpenFlags::empty()
        );
    }
}
