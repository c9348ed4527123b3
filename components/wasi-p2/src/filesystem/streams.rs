//! Reading and writing a file from an offset on.
//!
//! One read is one call of the driver, and so is one write: nothing is kept here.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::Cell;

use super::convert;
use crate::io::poll::{self, Now, Waitable, Wakers};
use crate::kernel::vfs::File;
use crate::kernel::{Errno, Readiness, Token};

/// How much may be written to a file at once.
const PERMIT: u64 = 1 << 20;

/// A file being read.
pub(crate) struct FileReader {
    file: Rc<File>,
    offset: Cell<u64>,
}

impl FileReader {
    pub(crate) fn new(file: Rc<File>, offset: u64) -> Self {
        Self {
            file,
            offset: Cell::new(offset),
        }
    }

    pub(crate) fn read(&self, length: u32) -> Result<Vec<u8>, Errno> {
        let offset = convert::offset(self.offset.get())?;
        let bytes = self.file.read_at(offset, length)?;
        self.offset.set(offset + bytes.len() as u64);
        Ok(bytes)
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.file
            .ready()
            .intersects(Readiness::READABLE | Readiness::HANGUP | Readiness::ERROR)
    }

    pub(crate) fn token(&self) -> Option<Token> {
        self.file.wait_token(Readiness::READABLE)
    }
}

/// A file being written.
pub(crate) struct FileWriter {
    file: Rc<File>,
    place: Place,
    /// The last write had to wait: a device that is full. Ask before the next.
    congested: Cell<bool>,
}

enum Place {
    At(Cell<u64>),
    End,
}

impl FileWriter {
    pub(crate) fn at(file: Rc<File>, offset: u64) -> Self {
        Self {
            file,
            place: Place::At(Cell::new(offset)),
            congested: Cell::new(false),
        }
    }

    pub(crate) fn append(file: Rc<File>) -> Self {
        Self {
            file,
            place: Place::End,
            congested: Cell::new(false),
        }
    }

    pub(crate) fn permit(&self) -> u64 {
        if self.congested.get() && !self.is_ready() {
            0
        } else {
            PERMIT
        }
    }

    /// Writes all of `bytes`.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Errno> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.write_some(rest) {
                // Not allowed by the interface; trying again would not end.
                Ok(0) => return Err(Errno::Io),
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(Errno::Interrupted) => {}
                Err(Errno::Again) => {
                    self.congested.set(true);
                    poll::block(self);
                }
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    fn write_some(&self, bytes: &[u8]) -> Result<usize, Errno> {
        match &self.place {
            Place::At(place) => {
                let offset = convert::offset(place.get())?;
                let written = self.file.write_at(offset, bytes)?;
                place.set(offset + u64::from(written));
                Ok(written as usize)
            }
            Place::End => self.file.append(bytes).map(|(written, _)| written as usize),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.file
            .ready()
            .intersects(Readiness::WRITABLE | Readiness::ERROR)
    }

    pub(crate) fn token(&self) -> Option<Token> {
        self.file.wait_token(Readiness::WRITABLE)
    }
}

impl Waitable for FileWriter {
    fn is_ready(&self, _now: &mut Now) -> bool {
        FileWriter::is_ready(self)
    }

    fn wakers(&self, wakers: &mut Wakers) {
        wakers.token(self.token());
    }
}
