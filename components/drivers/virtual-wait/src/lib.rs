//! `boxer:virtual-wait`: never sleeps. For a box in which no module faces the
//! host: its clock is virtual and jumps over the time that the box would sleep, and
//! there is nothing else to wait on.

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
            package boxer:virtual-wait;
            world module {
                export boxer:kernel/wait@0.1.0;
            }
        ",
        generate_all,
    });
    use super::VirtualWait;
    export!(VirtualWait);
}

use alloc::vec::Vec;

use bindings::exports::boxer::kernel::wait::Guest;

struct VirtualWait;

driver_support::traps! {
    /// `wait` was called without a timeout. No token can stand for anything here,
    /// since only `wait-host` makes tokens.
    the_box_waits_for_something_that_can_never_happen;
}

impl Guest for VirtualWait {
    fn wait(_tokens: Vec<u64>, timeout: Option<u64>) -> Vec<u32> {
        if timeout.is_none() {
            the_box_waits_for_something_that_can_never_happen();
        }
        Vec::new()
    }
}
