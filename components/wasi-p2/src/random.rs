//! `wasi:random`: one source for all three interfaces, the `random` driver.
//!
//! Whether it is fit for keys, or deterministic, is the choice of the Boxfile.

use alloc::vec::Vec;

use crate::Personality;
use crate::bindings::exports::wasi::random::{insecure, insecure_seed, random as secure};
use crate::kernel::random;
use crate::trap::trap;

impl secure::Guest for Personality {
    fn get_random_bytes(len: u64) -> Vec<u8> {
        bytes(len)
    }

    fn get_random_u64() -> u64 {
        random::number()
    }
}

impl insecure::Guest for Personality {
    fn get_insecure_random_bytes(len: u64) -> Vec<u8> {
        bytes(len)
    }

    fn get_insecure_random_u64() -> u64 {
        random::number()
    }
}

impl insecure_seed::Guest for Personality {
    fn insecure_seed() -> (u64, u64) {
        (random::number(), random::number())
    }
}

fn bytes(len: u64) -> Vec<u8> {
    match u32::try_from(len) {
        Ok(len) => random::bytes(len),
        Err(_) => trap("more random bytes than a program has memory for"),
    }
}
