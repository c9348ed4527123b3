//! `boxer:host-clock`: the host's clocks, passed through.

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
            package boxer:host-clock;
            world module {
                import wasi:clocks/monotonic-clock@0.2.12;
                import wasi:clocks/wall-clock@0.2.12;
                export boxer:kernel/clock@0.1.0;
            }
        ",
        generate_all,
    });
    use super::HostClock;
    export!(HostClock);
}

use bindings::exports::boxer::kernel::clock::{Duration, Guest, Instant, Timestamp};
use bindings::wasi::clocks::{monotonic_clock, wall_clock};

struct HostClock;

impl Guest for HostClock {
    fn monotonic_now() -> Instant {
        monotonic_clock::now()
    }

    fn monotonic_resolution() -> Duration {
        monotonic_clock::resolution()
    }

    fn wall_now() -> Timestamp {
        timestamp(wall_clock::now())
    }

    fn wall_resolution() -> Timestamp {
        timestamp(wall_clock::resolution())
    }

    fn sleep_until(deadline: Instant) -> Duration {
        deadline.saturating_sub(monotonic_clock::now())
    }
}

fn timestamp(host: wall_clock::Datetime) -> Timestamp {
    Timestamp {
        seconds: host.seconds.cast_signed(),
        nanoseconds: host.nanoseconds,
    }
}
