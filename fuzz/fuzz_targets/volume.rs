//! Any bytes as the file of a volume: it opens or it does not, and whatever it says, to use it
//! ends. `vfs-component/tests/volume_damage.rs` does the same by chance; an empty file is a volume,
//! and one that it has written makes a good start.
#![no_main]

use std::cell::RefCell;
use std::rc::Rc;

use libfuzzer_sys::fuzz_target;
use vfs_component::volume::{self, Storage};
use vfs_component::{Clock, Errno, Kind, Lookup, OpenFlags, Result, Time, Vfs, Volume};

/// More than any case means to write.
const SIZE_MAX: u64 = 64 << 20;

#[derive(Clone)]
struct Memory(Rc<RefCell<Vec<u8>>>);

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

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Time {
        Time { seconds: 0, nanoseconds: 0 }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let storage = Memory(Rc::new(RefCell::new(bytes.to_vec())));
    let _ = volume::check(storage.clone());
    let Ok(volume) = Volume::open(storage, Stopped.now()) else { return };
    let mut vfs = Vfs::new(volume, Stopped);
    let root = vfs.root().expect("a root");
    let mut open = vec![(root, 0)];
    while let Some((directory, depth)) = open.pop() {
        let mut cookie = 0;
        while let Ok(entries) = vfs.read_directory(directory, cookie, 100) {
            let Some(last) = entries.last() else { break };
            cookie = last.next;
            for entry in entries {
                let how = OpenFlags::READ;
                let file = vfs.open_at(directory, &entry.name, Lookup::empty(), how, 0);
                let Ok(file) = file else { continue };
                let _ = vfs.read_at(file, 0, 1 << 16);
                if entry.kind == Kind::Directory && depth < 50 {
                    open.push((file, depth + 1));
                } else {
                    vfs.close(file);
                }
            }
        }
    }
    let how = OpenFlags::WRITE | OpenFlags::CREATE;
    if let Ok(file) = vfs.open_at(root, "new", Lookup::empty(), how, 0o644) {
        let _ = vfs.write_at(file, 0, vec![1; 10_000]);
        let _ = vfs.sync(file, false);
    }
});
