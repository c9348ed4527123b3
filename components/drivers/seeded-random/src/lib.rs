//! `boxer:seeded-random`: the same random bytes in every run, from a seed, by
//! ChaCha with 12 rounds. **Deterministic: not fit for keys.**
//!
//! | setting | is | default |
//! | --- | --- | --- |
//! | `seed` | a number, or text that is hashed to one | 0 |

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package boxer:seeded-random;
            world module {
                import boxer:kernel/config@0.1.0;
                export boxer:kernel/random@0.1.0;
            }
        ",
        generate_all,
    });
    use super::SeededRandom;
    export!(SeededRandom);
}

use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use bindings::boxer::kernel::config;
use bindings::exports::boxer::kernel::random::Guest;
use driver_support::seed;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

struct SeededRandom;

bare_guest::local! {
    static GENERATOR: RefCell<Option<ChaCha12Rng>> = const { RefCell::new(None) };
}

driver_support::traps! {
    a_setting_other_than_seed;
}

impl Guest for SeededRandom {
    fn bytes(length: u32) -> Vec<u8> {
        let mut bytes = vec![0; length as usize];
        with_generator(|generator| generator.fill_bytes(&mut bytes));
        bytes
    }

    fn number() -> u64 {
        with_generator(Rng::next_u64)
    }
}

fn with_generator<T>(use_it: impl FnOnce(&mut ChaCha12Rng) -> T) -> T {
    GENERATOR.with_borrow_mut(|generator| use_it(generator.get_or_insert_with(seeded)))
}

fn seeded() -> ChaCha12Rng {
    let mut number = 0;
    for (name, value) in config::entries() {
        if name != "seed" {
            a_setting_other_than_seed();
        }
        number = seed::parse(&value);
    }
    ChaCha12Rng::seed_from_u64(number)
}
