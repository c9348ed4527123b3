//! A clock that no real time drives.

use alloc::string::String;

use crate::civil_time::{self, Timestamp};

/// 2000-01-01T00:00:00Z. Not the epoch itself: programs take a time of 0 for
/// "unset", and archive formats cannot hold one before 1980.
const DEFAULT_START: Timestamp = Timestamp {
    seconds: 946_684_800,
    nanoseconds: 0,
};

/// In nanoseconds.
const DEFAULT_TICK: u64 = 1_000;

/// What the monotonic clock says at the start, in nanoseconds: an hour. At 0 a
/// program that looks a minute back would fall off the clock, and Go's runtime
/// refuses to start.
const MONOTONIC_START: u64 = 3_600_000_000_000;

const NANOSECONDS: u64 = 1_000_000_000;

/// The clock of `boxer:fixed-clock`: every reading is a set step behind the one
/// before, so that a program that spins until some time ends, and the same program
/// sees the same times in every run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualClock {
    start: Timestamp,
    tick: u64,
    /// Nanoseconds since the start.
    elapsed: u64,
}

/// Which setting is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockSetting {
    /// `start` is neither a number of seconds nor a time of RFC 3339.
    Start,
    /// `tick` is not a number of nanoseconds.
    Tick,
    /// There is no setting of this name.
    Unknown,
}

impl VirtualClock {
    /// A clock from a module's settings: `start` is the time of day at the start
    /// (see [`civil_time::parse`]; 2000-01-01T00:00:00Z by default), `tick` the
    /// nanoseconds that a reading takes (1,000 by default; 0 stops the clock but
    /// for sleeping). The last of several settings of one name counts.
    ///
    /// # Errors
    ///
    /// Names the first setting that is unknown or out of its domain.
    pub fn from_settings(settings: &[(String, String)]) -> Result<Self, ClockSetting> {
        let mut clock = Self {
            start: DEFAULT_START,
            tick: DEFAULT_TICK,
            elapsed: 0,
        };
        for (name, value) in settings {
            match name.as_str() {
                "start" => clock.start = civil_time::parse(value).ok_or(ClockSetting::Start)?,
                "tick" => clock.tick = value.parse().map_err(|_| ClockSetting::Tick)?,
                _ => return Err(ClockSetting::Unknown),
            }
        }
        Ok(clock)
    }

    /// Reads the monotonic clock, in nanoseconds.
    pub fn monotonic_now(&mut self) -> u64 {
        MONOTONIC_START.saturating_add(self.read())
    }

    /// Reads the time of day.
    pub fn wall_now(&mut self) -> Timestamp {
        let elapsed = self.read();
        let nanoseconds = u64::from(self.start.nanoseconds) + elapsed % NANOSECONDS;
        let seconds = elapsed / NANOSECONDS + nanoseconds / NANOSECONDS;
        Timestamp {
            seconds: self.start.seconds.saturating_add_unsigned(seconds),
            nanoseconds: u32::try_from(nanoseconds % NANOSECONDS).unwrap_or_default(),
        }
    }

    /// The step between two readings, in nanoseconds; 1 where the clock stands.
    #[must_use]
    pub fn resolution(&self) -> u64 {
        self.tick.max(1)
    }

    /// Goes forward to `deadline` of the monotonic clock; never back.
    pub fn advance_to(&mut self, deadline: u64) {
        self.elapsed = self.elapsed.max(deadline.saturating_sub(MONOTONIC_START));
    }

    fn read(&mut self) -> u64 {
        let now = self.elapsed;
        self.elapsed = now.saturating_add(self.tick);
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn clock(pairs: &[(&str, &str)]) -> VirtualClock {
        VirtualClock::from_settings(&settings(pairs)).unwrap()
    }

    #[test]
    fn two_clocks_agree_and_every_reading_is_later() {
        let (mut one, mut other) = (clock(&[]), clock(&[]));
        let mut last = 0;
        for _ in 0..100 {
            let now = one.monotonic_now();
            assert_eq!(now, other.monotonic_now());
            assert!(now > last);
            last = now;
        }
    }

    #[test]
    fn starts_where_it_is_told() {
        let mut clock = clock(&[("start", "1999-12-31T23:59:59.999999Z"), ("tick", "1000")]);
        assert_eq!(
            clock.wall_now(),
            Timestamp {
                seconds: 946_684_799,
                nanoseconds: 999_999_000
            }
        );
        assert_eq!(
            clock.wall_now(),
            Timestamp {
                seconds: 946_684_800,
                nanoseconds: 0
            }
        );
    }

    #[test]
    fn sleeping_moves_both_clocks_and_never_back() {
        let mut clock = clock(&[("start", "0"), ("tick", "0")]);
        let start = clock.monotonic_now();
        clock.advance_to(start + 1_500_000_000);
        assert_eq!(clock.monotonic_now(), start + 1_500_000_000);
        assert_eq!(
            clock.wall_now(),
            Timestamp {
                seconds: 1,
                nanoseconds: 500_000_000
            }
        );
        clock.advance_to(start);
        assert_eq!(clock.monotonic_now(), start + 1_500_000_000);
    }

    #[test]
    fn the_end_of_time_is_no_panic() {
        let mut clock = clock(&[
            ("start", "9223372036854775807"),
            ("tick", "18446744073709551615"),
        ]);
        clock.advance_to(u64::MAX);
        clock.monotonic_now();
        assert_eq!(clock.wall_now().seconds, i64::MAX);
        assert_eq!(clock.monotonic_now(), u64::MAX);
    }

    #[test]
    fn a_standing_clock_has_a_resolution() {
        assert_eq!(clock(&[("tick", "0")]).resolution(), 1);
        assert_eq!(clock(&[("tick", "250")]).resolution(), 250);
    }

    #[test]
    fn wrong_settings_are_named() {
        let wrong = |name, value| VirtualClock::from_settings(&settings(&[(name, value)]));
        assert_eq!(wrong("start", "tomorrow"), Err(ClockSetting::Start));
        assert_eq!(wrong("tick", "-1"), Err(ClockSetting::Tick));
        assert_eq!(wrong("tock", "1"), Err(ClockSetting::Unknown));
    }
}
