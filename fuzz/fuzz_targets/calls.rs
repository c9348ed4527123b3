//! Any bytes as calls of the guest interface, on memory and in a volume.
//! `vfs-component/tests/arbitrary_calls.rs` does the same by chance, on every driver.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use vfs_component::volume::Storage;
use vfs_component::{Clock, Errno, Limits, MemFs, Result, Time, Vfs, Volume};

#[path = "../../vfs-component/tests/common/calls.rs"]
mod calls;

const LIMITS: Limits = Limits {
    size: Some(8 << 20),
    inodes: Some(40),
    quota_bytes: Some(6 << 20),
    quota_inodes: Some(30),
    open_files: Some(20),
};

#[derive(Default)]
struct Memory(RefCell<Vec<u8>>);

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
        const MOST: u64 = 64 << 20;
        let end = offset + data.len() as u64;
        if end > MOST {
            return Err(Errno::NoSpace);
        }
        let mut bytes = self.0.borrow_mut();
        let size = bytes.len().max(end as usize);
        bytes.resize(size, 0);
        bytes[offset as usize..end as usize].copy_from_slice(data);
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Time {
        Time { seconds: 0, nanoseconds: 0 }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let memory = MemFs::<Vec<u8>>::new().limited(LIMITS);
    calls::make(&mut Vfs::new(memory, Stopped), bytes);
    let volume = Volume::open(Memory::default(), Stopped.now()).expect("a new volume");
    calls::make(&mut Vfs::new(volume.limited(LIMITS), Stopped), bytes);
});
