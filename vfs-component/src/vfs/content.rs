//! What reads and changes contents: pread(2), pwrite(2), ftruncate(2), fallocate(2),
//! lseek(2) for holes, fsync(2), and the listing of directories.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{Handle, Vfs};
use crate::clock::Clock;
use crate::errno::{Errno, Result};
use crate::filesystem::Filesystem;
use crate::types::{Advice, Allocation, DirectoryEntry, Extent, Kind, OpenFlags, SIZE_MAX, Stamps};

/// What changes when a content does.
const CONTENT: Stamps = Stamps::MODIFIED.union(Stamps::CHANGED);

impl<F: Filesystem, C: Clock> Vfs<F, C> {
    /// pread(2)
    ///
    /// # Errors
    /// `bad-descriptor` unless open for reading; `is-directory`; `io`.
    pub fn read_at(&mut self, handle: Handle, offset: u64, length: u32) -> Result<Vec<u8>> {
        let file = self.content(handle, OpenFlags::READ)?;
        let offset = self.position(&file, offset);
        if length == 0 || offset >= SIZE_MAX {
            return Ok(Vec::new());
        }
        // No file goes further, and hosts refuse a range that does.
        let length = u64::from(length).min(SIZE_MAX - offset) as u32;
        let bytes = self.fs.read(&file, offset, length)?;
        self.accessed(handle)?;
        Ok(bytes)
    }

    /// pwrite(2): tells how many bytes were written.
    ///
    /// # Errors
    /// `bad-descriptor` unless open for writing; `file-too-large`, `no-space`, `io`.
    pub fn write_at<'d>(
        &mut self,
        handle: Handle,
        offset: u64,
        data: impl Into<Cow<'d, [u8]>>,
    ) -> Result<usize> {
        let file = self.content(handle, OpenFlags::WRITE)?;
        let offset = self.position(&file, offset);
        let data = cut(data.into(), offset)?;
        if data.is_empty() {
            return Ok(0);
        }
        let written = self.fs.write(&file, offset, data)?;
        self.written(handle, &file)?;
        Ok(written)
    }

    /// Writes at the end, whatever the flags say: tells how many bytes were written
    /// and the offset behind them.
    ///
    /// # Errors
    /// As [`Vfs::write_at`].
    pub fn append<'d>(
        &mut self,
        handle: Handle,
        data: impl Into<Cow<'d, [u8]>>,
    ) -> Result<(usize, u64)> {
        let file = self.content(handle, OpenFlags::WRITE)?;
        // Nothing comes between: drivers are called by one caller at a time.
        let end = match self.fs.kind(&file) {
            Kind::Regular => self.fs.size(&file)?,
            _ => 0,
        };
        let data = cut(data.into(), end)?;
        if data.is_empty() {
            return Ok((0, end));
        }
        let written = self.fs.write(&file, end, data)?;
        self.written(handle, &file)?;
        Ok((written, end + written as u64))
    }

    /// ftruncate(2)
    ///
    /// # Errors
    /// `invalid` unless open for writing, `file-too-large`, `no-space`.
    pub fn set_size(&mut self, handle: Handle, size: u64) -> Result<()> {
        self.used(handle)?;
        let not_writable = |errno| match errno {
            Errno::BadDescriptor => Errno::Invalid,
            other => other,
        };
        let file = self
            .regular(handle, OpenFlags::WRITE)
            .map_err(not_writable)?;
        if size > SIZE_MAX {
            return Err(Errno::FileTooLarge);
        }
        self.fs.set_size(&file, size)?;
        self.written(handle, &file)
    }

    /// fallocate(2)
    ///
    /// # Errors
    /// `bad-descriptor` unless open for writing; `invalid` for an empty range;
    /// `file-too-large`, `no-space`, `not-supported`; `no-device` for what is not a
    /// regular file.
    pub fn allocate(
        &mut self,
        handle: Handle,
        how: Allocation,
        offset: u64,
        length: u64,
    ) -> Result<()> {
        self.used(handle)?;
        if length == 0 {
            return Err(Errno::Invalid);
        }
        let file = match self.regular(handle, OpenFlags::WRITE) {
            Err(Errno::Invalid) => return Err(Errno::NoDevice),
            other => other?,
        };
        if offset.checked_add(length).is_none_or(|end| end > SIZE_MAX) {
            return Err(Errno::FileTooLarge);
        }
        self.fs.allocate(&file, how, offset, length)?;
        self.written(handle, &file)
    }

    /// lseek(2) with `SEEK_DATA` or `SEEK_HOLE`.
    ///
    /// # Errors
    /// `no-device-or-address` at or past the end, and where there is no data behind
    /// `offset`; `bad-descriptor` for `path-only`; `invalid` for what is no regular file.
    pub fn find_extent(&mut self, handle: Handle, what: Extent, offset: u64) -> Result<u64> {
        let file = self.used(handle)?;
        if self.fs.kind(&file) != Kind::Regular {
            return Err(Errno::Invalid);
        }
        if offset >= self.fs.size(&file)? {
            return Err(Errno::NoDeviceOrAddress);
        }
        self.fs.find_extent(&file, what, offset)
    }

    /// posix_fadvise(2)
    ///
    /// # Errors
    /// `bad-descriptor` for `path-only`.
    pub fn advise(
        &mut self,
        handle: Handle,
        offset: u64,
        length: u64,
        advice: Advice,
    ) -> Result<()> {
        let file = self.used(handle)?;
        if self.fs.kind(&file) != Kind::Regular {
            return Ok(());
        }
        self.fs.advise(&file, offset, length, advice)
    }

    /// fsync(2), or fdatasync(2) where `data_only`.
    ///
    /// # Errors
    /// `bad-descriptor` for `path-only`; `io`.
    pub fn sync(&mut self, handle: Handle, data_only: bool) -> Result<()> {
        let file = self.used(handle)?;
        self.fs.sync(&file, data_only)
    }

    /// Entries of a directory from `cookie` on, at most `count`, without `.` and `..`;
    /// none at the end. 0 starts over.
    ///
    /// # Errors
    /// `bad-descriptor` unless open for reading, `not-directory`, `no-entry` for a
    /// directory that was removed.
    pub fn read_directory(
        &mut self,
        handle: Handle,
        cookie: u64,
        count: u32,
    ) -> Result<Vec<DirectoryEntry>> {
        let file = self.file(handle)?;
        let (directory, flags) = (file.node.clone(), file.flags);
        let is_directory = self.fs.kind(&directory) == Kind::Directory;
        if !is_directory && !flags.contains(OpenFlags::PATH_ONLY) {
            return Err(Errno::NotDirectory);
        }
        if !flags.contains(OpenFlags::READ) {
            return Err(Errno::BadDescriptor);
        }
        if count == 0 {
            return Err(Errno::Invalid);
        }
        if cookie == 0 {
            let last = self.fs.last_cookie(&directory);
            self.file_mut(handle)?.listed_until = last;
        }
        let until = self.file(handle)?.listed_until;
        let entries = self.fs.read_directory(&directory, cookie, until, count)?;
        self.accessed(handle)?;
        Ok(entries)
    }

    /// The offset in a regular file; what is none has no offsets.
    fn position(&self, file: &F::Node, offset: u64) -> u64 {
        match self.fs.kind(file) {
            Kind::Regular => offset,
            _ => 0,
        }
    }

    /// After a content has changed: its times, and its durability where the handle
    /// was opened for that.
    fn written(&mut self, handle: Handle, file: &F::Node) -> Result<()> {
        let now = self.clock.now();
        self.fs.touch(file, CONTENT, now);
        self.fs.finish(file);
        let flags = self.file(handle)?.flags;
        if flags.intersects(OpenFlags::SYNC | OpenFlags::DATA_SYNC) {
            self.fs.sync(file, !flags.contains(OpenFlags::SYNC))?;
        }
        Ok(())
    }
}

/// The part of `data` that may be written at `offset`.
fn cut(data: Cow<'_, [u8]>, offset: u64) -> Result<Cow<'_, [u8]>> {
    if data.is_empty() {
        return Ok(data);
    }
    let room = SIZE_MAX.saturating_sub(offset);
    if room == 0 {
        return Err(Errno::FileTooLarge);
    }
    // What one call writes must fit the interface's count of 32 bits too.
    let room = usize::try_from(room)
        .unwrap_or(usize::MAX)
        .min(u32::MAX as usize);
    Ok(match data {
        data if data.len() <= room => data,
        Cow::Borrowed(data) => Cow::Borrowed(&data[..room]),
        Cow::Owned(mut data) => {
            data.truncate(room);
            Cow::Owned(data)
        }
    })
}
