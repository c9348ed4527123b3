//! `wasi:clocks`.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;

use crate::Personality;
use crate::bindings::boxer::kernel::types::Timestamp;
use crate::bindings::exports::wasi::clocks::monotonic_clock::{self, Duration, Instant};
use crate::bindings::exports::wasi::clocks::timezone::{self, TimezoneDisplay};
use crate::bindings::exports::wasi::clocks::wall_clock::{self, Datetime};
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::io::poll::{Always, Timer, pollable};
use crate::kernel::clock;

impl monotonic_clock::Guest for Personality {
    fn now() -> Instant {
        clock::monotonic_now()
    }

    fn resolution() -> Duration {
        clock::monotonic_resolution()
    }

    fn subscribe_instant(when: Instant) -> Pollable {
        pollable(Rc::new(Timer(when)))
    }

    fn subscribe_duration(when: Duration) -> Pollable {
        if when == 0 {
            return pollable(Rc::new(Always));
        }
        pollable(Rc::new(Timer(clock::monotonic_now().saturating_add(when))))
    }
}

impl wall_clock::Guest for Personality {
    fn now() -> Datetime {
        datetime(clock::wall_now()).unwrap_or(EPOCH)
    }

    fn resolution() -> Datetime {
        datetime(clock::wall_resolution()).unwrap_or(EPOCH)
    }
}

/// A box has no time zone of its own.
impl timezone::Guest for Personality {
    fn display(_when: Datetime) -> TimezoneDisplay {
        TimezoneDisplay {
            utc_offset: 0,
            name: "UTC".to_owned(),
            in_daylight_saving_time: false,
        }
    }

    fn utc_offset(_when: Datetime) -> i32 {
        0
    }
}

const EPOCH: Datetime = Datetime {
    seconds: 0,
    nanoseconds: 0,
};

/// A POSIX time as WASI counts it; none before 1970, which WASI cannot say.
pub(crate) fn datetime(time: Timestamp) -> Option<Datetime> {
    let seconds = u64::try_from(time.seconds).ok()?;
    Some(Datetime {
        seconds,
        nanoseconds: time.nanoseconds,
    })
}
