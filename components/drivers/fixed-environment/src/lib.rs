//! `boxer:fixed-environment`: the arguments, variables and working directory of
//! the Boxfile, nothing of the host's. The settings are those of
//! `driver_support::process`, which the composer derives; `grant.N` means nothing
//! here.

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
            package boxer:fixed-environment;
            world module {
                import boxer:kernel/config@0.1.0;
                export boxer:kernel/environment@0.1.0;
            }
        ",
        generate_all,
    });
    use super::FixedEnvironment;
    export!(FixedEnvironment);
}

use alloc::string::String;
use alloc::vec::Vec;

use bindings::boxer::kernel::config;
use bindings::exports::boxer::kernel::environment::Guest;
use driver_support::process::Process;

struct FixedEnvironment;

impl Guest for FixedEnvironment {
    fn arguments() -> Vec<String> {
        settings().arguments(Vec::new())
    }

    fn variables() -> Vec<(String, String)> {
        settings().variables(Vec::new())
    }

    fn initial_directory() -> String {
        settings().directory()
    }
}

fn settings() -> Process {
    Process::from_settings(config::entries())
}
