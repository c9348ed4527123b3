//! Listing a directory.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use super::convert;
use crate::bindings::exports::wasi::filesystem::types::{
    DirectoryEntry, ErrorCode, GuestDirectoryEntryStream,
};
use crate::kernel::vfs::{self, File};

/// How many entries one call of the driver brings.
const BATCH: u32 = 128;

/// A `directory-entry-stream`. The driver's cookies make it tell every entry once,
/// whatever is created or removed meanwhile.
pub(crate) struct DirectoryEntryStream {
    directory: Rc<File>,
    entries: RefCell<vec::IntoIter<vfs::DirectoryEntry>>,
    cookie: Cell<u64>,
}

impl DirectoryEntryStream {
    /// Reads the first entries, so that what is no directory fails at once.
    pub(super) fn open(directory: Rc<File>) -> Result<Self, ErrorCode> {
        let stream = Self {
            directory,
            entries: RefCell::new(Vec::new().into_iter()),
            cookie: Cell::new(0),
        };
        stream.fill()?;
        Ok(stream)
    }

    fn fill(&self) -> Result<(), ErrorCode> {
        let batch = self
            .directory
            .read_directory(self.cookie.get(), BATCH)
            .map_err(convert::error_code)?;
        if let Some(last) = batch.last() {
            self.cookie.set(last.next);
        }
        *self.entries.borrow_mut() = batch.into_iter();
        Ok(())
    }
}

impl GuestDirectoryEntryStream for DirectoryEntryStream {
    fn read_directory_entry(&self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        let mut next = self.entries.borrow_mut().next();
        if next.is_none() {
            self.fill()?;
            next = self.entries.borrow_mut().next();
        }
        Ok(next.map(|entry| DirectoryEntry {
            type_: convert::descriptor_type(entry.kind),
            name: entry.name,
        }))
    }
}
