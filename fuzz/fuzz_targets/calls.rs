//! Any bytes as calls of the guest interface, on memory and in a volume.
//! `vfs-component/tests/arbitrary_calls.rs` does the same by chance, on every driver.
#![no_main]

use libfuzzer_sys::fuzz_target;
use memory::{Memory, Stopped};
use vfs_component::{Clock, MemFs, Vfs, Volume};

#[path = "../../vfs-component/tests/common/calls.rs"]
mod calls;
mod memory;

fuzz_target!(|bytes: &[u8]| {
    let memory = MemFs::<Vec<u8>>::new().limited(calls::LIMITS);
    calls::make(&mut Vfs::new(memory, Stopped), bytes);
    let volume = Volume::open(Memory::default(), Stopped.now()).expect("a new volume");
    calls::make(&mut Vfs::new(volume.limited(calls::LIMITS), Stopped), bytes);
});
