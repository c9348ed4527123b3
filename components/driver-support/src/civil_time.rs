//! Reading a point in time from a setting.

/// A point in time as POSIX counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    pub seconds: i64,
    /// 0 to 999,999,999.
    pub nanoseconds: u32,
}

/// Reads a time: seconds since the epoch (`1700000000`, `-1.5`), or a date and
/// time of RFC 3339. As TOML allows, the offset may be missing and means UTC then,
/// the seconds may be missing, and so may the whole time of day. Digits behind the
/// ninth of a fraction are cut off. `None` where the text is none of these.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    // Bytes: what is read is ASCII, and slices of bytes need no Unicode tables.
    let text = text.as_bytes().trim_ascii();
    seconds_since_epoch(Cursor(text)).or_else(|| rfc_3339(Cursor(text)))
}

fn seconds_since_epoch(mut rest: Cursor<'_>) -> Option<Timestamp> {
    let negative = rest.skip(b"-").is_some();
    if !negative {
        rest.skip(b"+");
    }
    let whole = i64::try_from(number(rest.all_digits())?).ok()?;
    let nanoseconds = rest.fraction()?;
    rest.end()?;
    Some(match (negative, nanoseconds) {
        (false, _) => Timestamp {
            seconds: whole,
            nanoseconds,
        },
        (true, 0) => Timestamp {
            seconds: -whole,
            nanoseconds,
        },
        // -1.25 is 0.75 after -2.
        (true, _) => Timestamp {
            seconds: -whole - 1,
            nanoseconds: 1_000_000_000 - nanoseconds,
        },
    })
}

/// RFC 3339 section 5.6, with TOML's omissions.
fn rfc_3339(mut rest: Cursor<'_>) -> Option<Timestamp> {
    let year = rest.digits(4)?;
    rest.skip(b"-")?;
    let month = rest.digits(2)?;
    rest.skip(b"-")?;
    let day = rest.digits(2)?;
    let days = days_since_epoch(year, month, day)?;

    let (mut second_of_day, mut nanoseconds, mut offset) = (0, 0, 0);
    if rest.end().is_none() {
        rest.skip(b"Tt ")?;
        let hour = rest.digits(2)?;
        rest.skip(b":")?;
        let minute = rest.digits(2)?;
        let mut second = 0;
        if rest.skip(b":").is_some() {
            second = rest.digits(2)?;
            nanoseconds = rest.fraction()?;
        }
        // 60 is a leap second, which POSIX counts as the next second.
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        second_of_day = hour * 3600 + minute * 60 + second;
        offset = utc_offset(&mut rest)?;
    }
    rest.end()?;
    Some(Timestamp {
        seconds: days * 86_400 + second_of_day - offset,
        nanoseconds,
    })
}

/// Seconds by which local time is ahead of UTC.
fn utc_offset(rest: &mut Cursor<'_>) -> Option<i64> {
    if rest.end().is_some() || rest.skip(b"Zz").is_some() {
        return Some(0);
    }
    let sign = if rest.skip(b"+").is_some() {
        1
    } else {
        rest.skip(b"-")?;
        -1
    };
    let hours = rest.digits(2)?;
    rest.skip(b":")?;
    let minutes = rest.digits(2)?;
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, year 0 to
/// 9999; `None` for a date that the calendar does not have.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [
        31,
        if leap { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let month = usize::try_from(month.checked_sub(1)?).ok()?;
    let length = *lengths.get(month)?;
    if day < 1 || day > length {
        return None;
    }
    // Leap days before the year, counted from year 0, which is one itself.
    let leap_days = if year == 0 {
        0
    } else {
        let last = year - 1;
        last / 4 - last / 100 + last / 400 + 1
    };
    let days_before_month: i64 = lengths[..month].iter().sum();
    let from_year_0 = year * 365 + leap_days + days_before_month + day - 1;
    Some(from_year_0 - DAYS_FROM_YEAR_0_TO_EPOCH)
}

const DAYS_FROM_YEAR_0_TO_EPOCH: i64 = 719_528;

/// At least one decimal digit and nothing else; the value saturates.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |value, digit| {
        digit.is_ascii_digit().then(|| {
            value
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        })
    })
}

/// What is left to read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// Exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let value = number(digits)?;
        self.0 = rest;
        i64::try_from(value).ok()
    }

    /// As many digits as there are.
    fn all_digits(&mut self) -> &'a [u8] {
        let end = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        digits
    }

    /// A point and the digits of a fraction, as nanoseconds; 0 where there is no
    /// point.
    fn fraction(&mut self) -> Option<u32> {
        if self.skip(b".").is_none() {
            return Some(0);
        }
        let digits = self.all_digits();
        if digits.is_empty() {
            return None;
        }
        let padded = digits.iter().chain(&[b'0'; 8]).take(9);
        Some(padded.fold(0, |value, digit| value * 10 + u32::from(digit - b'0')))
    }

    /// One byte out of `any`.
    fn skip(&mut self, any: &[u8]) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        any.contains(first).then(|| self.0 = rest)
    }

    /// That nothing is left.
    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64, nanoseconds: u32) -> Option<Timestamp> {
        Some(Timestamp {
            seconds,
            nanoseconds,
        })
    }

    #[test]
    fn seconds_since_the_epoch() {
        assert_eq!(parse("0"), at(0, 0));
        assert_eq!(parse("1700000000"), at(1_700_000_000, 0));
        assert_eq!(parse("+5"), at(5, 0));
        assert_eq!(parse("-5"), at(-5, 0));
        assert_eq!(parse("1.25"), at(1, 250_000_000));
        assert_eq!(parse("-1.25"), at(-2, 750_000_000));
        assert_eq!(parse("-0.0"), at(0, 0));
        assert_eq!(parse("0.0000000019"), at(0, 1));
        assert_eq!(parse("99999999999999999999"), None);
    }

    #[test]
    fn examples_of_rfc_3339_section_5_8() {
        assert_eq!(
            parse("1985-04-12T23:20:50.52Z"),
            at(482_196_050, 520_000_000)
        );
        assert_eq!(parse("1996-12-19T16:39:57-08:00"), at(851_042_397, 0));
        assert_eq!(parse("1990-12-31T23:59:60Z"), at(662_688_000, 0));
        assert_eq!(parse("1990-12-31T15:59:60-08:00"), at(662_688_000, 0));
        assert_eq!(
            parse("1937-01-01T12:00:27.87+00:20"),
            at(-1_041_337_173, 870_000_000)
        );
    }

    #[test]
    fn toml_omits_offset_seconds_and_time() {
        assert_eq!(parse("2000-01-01"), at(946_684_800, 0));
        assert_eq!(parse("2000-01-01 00:00"), at(946_684_800, 0));
        assert_eq!(parse("2000-01-01T00:00:01"), at(946_684_801, 0));
        assert_eq!(parse("2000-01-01t00:00:01z"), at(946_684_801, 0));
    }

    #[test]
    fn every_day_follows_the_day_before() {
        let mut expected = days_since_epoch(0, 1, 1).unwrap();
        assert_eq!(expected, -719_528);
        for year in 0..=9999 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(days) = days_since_epoch(year, month, day) {
                        assert_eq!(days, expected, "{year}-{month}-{day}");
                        expected += 1;
                    }
                }
            }
        }
        assert_eq!(days_since_epoch(1970, 1, 1), Some(0));
        // 9999-12-31 is followed by day 2,932,897, as every calendar table has it.
        assert_eq!(expected, 2_932_897);
    }

    #[test]
    fn no_times() {
        for text in [
            "",
            " ",
            ".",
            "-",
            "1.",
            ".5",
            "1e3",
            "0x10",
            "1-1-1",
            "soon",
            "2001-02-29",
            "1900-02-29",
            "2000-13-01",
            "2000-00-01",
            "2000-01-00",
            "2000-04-31",
            "2000-01-01T",
            "2000-01-01T24:00:00Z",
            "2000-01-01T00:60:00Z",
            "2000-01-01T00:00:61Z",
            "2000-01-01T00:00:00.Z",
            "2000-01-01T00:00:00+24:00",
            "2000-01-01T00:00:00+0100",
            "2000-01-01T00:00:00Zulu",
            "2000-01-01X00:00:00Z",
            "2000-01-01Z",
            "２０００-01-01",
            "2000-01-0é",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
