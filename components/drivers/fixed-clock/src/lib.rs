//! `boxer:fixed-clock`: a clock that starts at a set time, takes a set step at
//! every reading, and jumps over the time that the box would sleep. No real time
//! enters it, so every run sees the same times.
//!
//! | setting | is | default |
//! | --- | --- | --- |
//! | `start` | the time of day at the start: RFC 3339, or seconds since 1970 | `2000-01-01T00:00:00Z` |
//! | `tick` | how far a reading moves the clock, in nanoseconds | 1000 |

#![cfg_attr(target_arch = "wasm32", no_std)]

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package boxer:fixed-clock;
            world module {
                import boxer:kernel/config@0.1.0;
                export boxer:kernel/clock@0.1.0;
            }
        ",
        generate_all,
    });
    use super::FixedClock;
    export!(FixedClock);
}

use core::cell::RefCell;

use bindings::boxer::kernel::config;
use bindings::exports::boxer::kernel::clock::{Duration, Guest, Instant, Timestamp};
use driver_support::clock::{ClockSetting, VirtualClock};

struct FixedClock;

bare_guest::local! {
    static CLOCK: RefCell<Option<VirtualClock>> = const { RefCell::new(None) };
}

driver_support::traps! {
    the_setting_start_is_neither_an_rfc_3339_time_nor_seconds_since_1970;
    the_setting_tick_is_not_a_number_of_nanoseconds;
    a_setting_other_than_start_and_tick;
}

impl Guest for FixedClock {
    fn monotonic_now() -> Instant {
        with_clock(VirtualClock::monotonic_now)
    }

    fn monotonic_resolution() -> Duration {
        with_clock(|clock| clock.resolution())
    }

    fn wall_now() -> Timestamp {
        let now = with_clock(VirtualClock::wall_now);
        Timestamp {
            seconds: now.seconds,
            nanoseconds: now.nanoseconds,
        }
    }

    fn wall_resolution() -> Timestamp {
        let resolution = with_clock(|clock| clock.resolution());
        Timestamp {
            seconds: (resolution / 1_000_000_000).cast_signed(),
            nanoseconds: (resolution % 1_000_000_000) as u32,
        }
    }

    fn sleep_until(deadline: Instant) -> Duration {
        with_clock(|clock| clock.advance_to(deadline));
        0
    }
}

fn with_clock<T>(use_it: impl FnOnce(&mut VirtualClock) -> T) -> T {
    CLOCK.with_borrow_mut(|clock| use_it(clock.get_or_insert_with(configured)))
}

fn configured() -> VirtualClock {
    match VirtualClock::from_settings(&config::entries()) {
        Ok(clock) => clock,
        Err(ClockSetting::Start) => {
            the_setting_start_is_neither_an_rfc_3339_time_nor_seconds_since_1970()
        }
        Err(ClockSetting::Tick) => the_setting_tick_is_not_a_number_of_nanoseconds(),
        Err(ClockSetting::Unknown) => a_setting_other_than_start_and_tick(),
    }
}
