//! The box, as the kernel's interfaces tell of it.

use alloc::string::String;
use alloc::vec::Vec;

use vfs_component::special::{Machine, Stream};
use vfs_component::{Errno, Readiness, Result};

use crate::bindings::boxer::kernel::console::{self, StandardStream};
use crate::bindings::boxer::kernel::types;
use crate::bindings::boxer::kernel::{clock, environment, random};

/// What this module imports.
#[derive(Debug)]
pub struct KernelMachine;

impl Machine for KernelMachine {
    fn arguments(&self) -> Vec<String> {
        environment::arguments()
    }

    fn variables(&self) -> Vec<(String, String)> {
        environment::variables()
    }

    fn directory(&self) -> String {
        environment::initial_directory()
    }

    fn monotonic(&self) -> u64 {
        clock::monotonic_now()
    }

    fn random(&self, length: u32) -> Vec<u8> {
        random::bytes(length)
    }

    fn read(&self, length: u32) -> Result<Vec<u8>> {
        console::read(length).map_err(errno)
    }

    fn write(&self, to: Stream, data: &[u8]) -> Result<usize> {
        let written = console::write(stream(to), data).map_err(errno)?;
        Ok(written as usize)
    }

    fn ready(&self, which: Stream) -> Readiness {
        let ready = console::ready(stream(which));
        let mut told = Readiness::empty();
        told.set(
            Readiness::READABLE,
            ready.contains(types::Readiness::READABLE),
        );
        told.set(
            Readiness::WRITABLE,
            ready.contains(types::Readiness::WRITABLE),
        );
        told.set(Readiness::HANGUP, ready.contains(types::Readiness::HANGUP));
        told.set(Readiness::ERROR, ready.contains(types::Readiness::ERROR));
        told
    }

    fn wait_token(&self, which: Stream) -> Option<u64> {
        console::wait_token(stream(which))
    }

    fn is_terminal(&self, which: Stream) -> bool {
        console::is_terminal(stream(which))
    }
}

fn stream(stream: Stream) -> StandardStream {
    match stream {
        Stream::Input => StandardStream::Input,
        Stream::Output => StandardStream::Output,
        Stream::Error => StandardStream::Error,
    }
}

/// Both have the same errors in the same order.
fn errno(errno: types::Errno) -> Errno {
    Errno::ALL.get(errno as usize).copied().unwrap_or(Errno::Io)
}
