//! `boxer:null-console`: like `< /dev/null > /dev/null 2> /dev/null`.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use bare_guest as _;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package boxer:null-console;
            world module {
                export boxer:kernel/console@0.1.0;
            }
        ",
        generate_all,
    });
    use super::NullConsole;
    export!(NullConsole);
}

use alloc::vec::Vec;

use bindings::exports::boxer::kernel::console::{Errno, Guest, Readiness, StandardStream};

struct NullConsole;

impl Guest for NullConsole {
    fn read(_length: u32) -> Result<Vec<u8>, Errno> {
        Ok(Vec::new())
    }

    fn write(to: StandardStream, data: Vec<u8>) -> Result<u32, Errno> {
        Self::flush(to).map(|()| data.len() as u32)
    }

    fn flush(to: StandardStream) -> Result<(), Errno> {
        match to {
            StandardStream::Input => Err(Errno::BadDescriptor),
            StandardStream::Output | StandardStream::Error => Ok(()),
        }
    }

    fn ready(which: StandardStream) -> Readiness {
        match which {
            StandardStream::Input => Readiness::READABLE | Readiness::HANGUP,
            StandardStream::Output | StandardStream::Error => Readiness::WRITABLE,
        }
    }

    fn wait_token(_which: StandardStream) -> Option<u64> {
        None
    }

    fn is_terminal(_which: StandardStream) -> bool {
        false
    }
}
