//! `boxer:trap-exit`: ends the program with a trap, for a box that imports nothing
//! and so has no other way to stop where it is. **A status of 0 traps as well**: a
//! program that is to end well in such a box returns from `run`.

#![cfg_attr(target_arch = "wasm32", no_std)]

use bare_guest as _;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package boxer:trap-exit;
            world module {
                export boxer:kernel/exit@0.1.0;
            }
        ",
        generate_all,
    });
    use super::TrapExit;
    export!(TrapExit);
}

use bindings::exports::boxer::kernel::exit::Guest;

struct TrapExit;

driver_support::traps! {
    the_program_exited_with_success;
    the_program_exited_with_failure;
}

impl Guest for TrapExit {
    fn exit(status: u8) {
        if status == 0 {
            the_program_exited_with_success();
        }
        the_program_exited_with_failure();
    }
}
