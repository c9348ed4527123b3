//! `boxer:loopback`: the network of a box that has none but itself.

#![cfg_attr(target_arch = "wasm32", no_std)]

use net_component::Loopback;
use net_guest::{Adapter, Module};

struct TheLoopback;

bare_guest::local! {
    static STACK: Loopback = Loopback::new();
}

impl Module for TheLoopback {
    type Stack = Loopback;

    fn with<T>(use_it: impl FnOnce(&Loopback) -> T) -> T {
        STACK.with(use_it)
    }
}

type Guest = Adapter<TheLoopback>;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod exports {
    use super::Guest;
    net_guest::export!(Guest with_types_in net_guest::bindings);
}
