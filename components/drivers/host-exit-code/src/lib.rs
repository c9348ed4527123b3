//! `boxer:host-exit-code`: ends the program on the host with its status. Needs a
//! host that has `exit-with-code`; for one that has not there is `boxer:host-exit`.

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
            package boxer:host-exit-code;
            world module {
                import wasi:cli/exit@0.2.12;
                export boxer:kernel/exit@0.1.0;
            }
        ",
        generate_all,
    });
    use super::HostExitCode;
    export!(HostExitCode);
}

use bindings::exports::boxer::kernel::exit::Guest;
use bindings::wasi::cli::exit;

struct HostExitCode;

impl Guest for HostExitCode {
    fn exit(status: u8) {
        exit::exit_with_code(status);
    }
}
