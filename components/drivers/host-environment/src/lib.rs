//! `boxer:host-environment`: the host's arguments behind those of the Boxfile, and
//! the Boxfile's variables with the granted ones of the host. Without settings it
//! passes the arguments on and no variable. The settings are those of
//! `driver_support::process`, which the composer derives.

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
            package boxer:host-environment;
            world module {
                import wasi:cli/environment@0.2.12;
                import boxer:kernel/config@0.1.0;
                export boxer:kernel/environment@0.1.0;
            }
        ",
        generate_all,
    });
    use super::HostEnvironment;
    export!(HostEnvironment);
}

use alloc::string::String;
use alloc::vec::Vec;

use bindings::boxer::kernel::config;
use bindings::exports::boxer::kernel::environment::Guest;
use bindings::wasi::cli::environment;
use driver_support::process::Process;

struct HostEnvironment;

impl Guest for HostEnvironment {
    fn arguments() -> Vec<String> {
        settings().arguments(environment::get_arguments())
    }

    fn variables() -> Vec<(String, String)> {
        let settings = settings();
        let host = if settings.grants_variables() {
            environment::get_environment()
        } else {
            Vec::new()
        };
        settings.variables(host)
    }

    fn initial_directory() -> String {
        settings().directory()
    }
}

fn settings() -> Process {
    Process::from_settings(config::entries())
}
