//! Any bytes as the file of a volume: it opens or it does not, and whatever it says, to use it
//! ends. `vfs-component/tests/volume_damage.rs` does the same by chance; an empty file is a volume,
//! and one that it has written makes a good start.
#![no_main]

use libfuzzer_sys::fuzz_target;
use memory::{Memory, Stopped};
use vfs_component::volume;
use vfs_component::{Clock, Kind, Lookup, OpenFlags, Vfs, Volume};

mod memory;

fuzz_target!(|bytes: &[u8]| {
    let storage = Memory::with(bytes.to_vec());
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
