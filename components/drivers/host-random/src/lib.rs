//! `boxer:host-random`: the host's random bytes, passed through.

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
            package boxer:host-random;
            world module {
                import wasi:random/random@0.2.12;
                export boxer:kernel/random@0.1.0;
            }
        ",
        generate_all,
    });
    use super::HostRandom;
    export!(HostRandom);
}

use alloc::vec::Vec;

use bindings::exports::boxer::kernel::random::Guest;
use bindings::wasi::random::random;

/// Hosts may trap on a request for more than they care to make at once.
const AT_ONCE: usize = 1 << 20;

struct HostRandom;

impl Guest for HostRandom {
    fn bytes(length: u32) -> Vec<u8> {
        let length = length as usize;
        let mut bytes = random::get_random_bytes(length.min(AT_ONCE) as u64);
        while bytes.len() < length {
            let missing = length - bytes.len();
            bytes.extend(random::get_random_bytes(missing.min(AT_ONCE) as u64));
        }
        bytes
    }

    fn number() -> u64 {
        random::get_random_u64()
    }
}
