//! `boxer:host-exit`: ends the program on the host. Hosts of WASI before 0.2.12
//! know success and failure only, so any status but 0 arrives as failure;
//! `boxer:host-exit-code` passes the status on.

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
            package boxer:host-exit;
            world module {
                import wasi:cli/exit@0.2.12;
                export boxer:kernel/exit@0.1.0;
            }
        ",
        generate_all,
    });
    use super::HostExit;
    export!(HostExit);
}

use bindings::exports::boxer::kernel::exit::Guest;
use bindings::wasi::cli::exit;

struct HostExit;

impl Guest for HostExit {
    fn exit(status: u8) {
        exit::exit(if status == 0 { Ok(()) } else { Err(()) });
    }
}
