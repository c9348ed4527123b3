//! A storage in memory, and a clock that stands.

use std::cell::RefCell;
use std::rc::Rc;

use vfs_component::volume::Storage;
use vfs_component::{Clock, Errno, Result, Time};

/// More than any case means to write.
const SIZE_MAX: u64 = 64 << 20;

#[derive(Clone, Default)]
pub struct Memory(Rc<RefCell<Vec<u8>>>);

impl Memory {
    pub fn with(bytes: Vec<u8>) -> Self {
        Self(Rc::new(RefCell::new(bytes)))
    }
}

impl Storage for Memory {
    fn size(&self) -> Result<u64> {
        Ok(self.0.borrow().len() as u64)
    }

    fn read_at(&self, offset: u64, length: u32) -> Result<Vec<u8>> {
        let bytes = self.0.borrow();
        let start = (offset.min(bytes.len() as u64)) as usize;
        let end = start.saturating_add(length as usize).min(bytes.len());
        Ok(bytes[start..end].to_vec())
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        let end = offset + data.len() as u64;
        if end > SIZE_MAX {
            return Err(Errno::NoSpace);
        }
        let mut bytes = self.0.borrow_mut();
        if (bytes.len() as u64) < end {
            bytes.resize(end as usize, 0);
        }
        bytes[offset as usize..end as usize].copy_from_slice(data);
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }
}

pub struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Time {
        Time { seconds: 0, nanoseconds: 0 }
    }
}
