//! Dates: the texts that V8 reads and the engine does not, and the name of the time zone
//! in the texts that it writes.
//!
//! Source of what is read: V8's comment on its date parser, by way of
//! <https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/Date/parse>.

use boa_engine::object::JsObject;
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsValue, js_string};

use crate::native::{self, HIDDEN, argument, define};

/// Milliseconds between 1970 and the farthest moment that a `Date` holds.
const FARTHEST: i64 = 8_640_000_000_000_000;

const ZONE: &str = " (Coordinated Universal Time)";

/// Puts a `Date` that reads more in the place of the engine's.
///
/// # Errors
/// None.
pub fn mend(context: &mut Context) -> JsResult<()> {
    let original = context.intrinsics().constructors().date().constructor();
    let prototype = context.intrinsics().constructors().date().prototype();
    for name in ["toString", "toTimeString"] {
        let method = native::get(&prototype, name, context)?;
        if let Some(method) = method.as_object() {
            let named = native::closure(name, 0, method, with_zone, context);
            define(&prototype, JsString::from(name), named, HIDDEN);
        }
    }
    let class = native::constructor("Date", 7, construct, context);
    for name in ["UTC", "now"] {
        let function = native::get(&original, name, context)?;
        define(&class, JsString::from(name), function, HIDDEN);
    }
    let parse = native::function("parse", 1, parse_text, context);
    define(&class, js_string!("parse"), parse, HIDDEN);
    define(
        &class,
        js_string!("prototype"),
        prototype.clone(),
        boa_engine::property::Attribute::empty(),
    );
    define(&prototype, js_string!("constructor"), class.clone(), HIDDEN);
    define(&context.global_object(), js_string!("Date"), class, HIDDEN);
    Ok(())
}

fn with_zone(
    this: &JsValue,
    args: &[JsValue],
    original: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    let text = original.call(this, args, context)?;
    let Some(text) = text.as_string() else {
        return Err(JsNativeError::typ()
            .with_message("a date has a text")
            .into());
    };
    if text == js_string!("Invalid Date") {
        return Ok(text.into());
    }
    Ok(js_string!(&text, &JsString::from(ZONE)).into())
}

/// `Date(…)` and `new Date(…)`. The engine passes the class that `new` names as `this`.
fn construct(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let original = context.intrinsics().constructors().date().constructor();
    let Some(class) = this.as_constructor() else {
        let now = original.construct(&[], None, context)?;
        return native::invoke(&now, "toString", &[], context);
    };
    let mut args = args.to_vec();
    if let [only] = args.as_slice()
        && let Some(text) = text_of(only, context)?
    {
        args = vec![read(&text, context)?.into()];
    }
    Ok(original.construct(&args, Some(&class), context)?.into())
}

/// The text that a single argument stands for, if it is to be parsed.
fn text_of(value: &JsValue, context: &mut Context) -> JsResult<Option<JsString>> {
    if let Some(object) = value.as_object() {
        if object.is::<boa_engine::builtins::date::Date>() {
            return Ok(None);
        }
        let primitive = value.to_primitive(context, boa_engine::value::PreferredType::Default)?;
        return Ok(primitive.as_string());
    }
    Ok(value.as_string())
}

fn parse_text(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = argument(args, 0).to_string(context)?;
    Ok(read(&text, context)?.into())
}

/// Milliseconds since 1970, NaN for text that is no date.
fn read(text: &JsString, context: &mut Context) -> JsResult<f64> {
    let original = context.intrinsics().constructors().date().constructor();
    let known = native::invoke(&original, "parse", &[text.clone().into()], context)?;
    let known = known.to_number(context)?;
    if !known.is_nan() {
        return Ok(known);
    }
    let text = native::lossy(text);
    let milliseconds = iso(&text).or_else(|| Reader::default().read(&text));
    Ok(milliseconds.map_or(f64::NAN, |time| time as f64))
}

/// The language's own format, with fractions of any length.
fn iso(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let mut fields = date.splitn(3, '-');
    let mut field = |length: usize| -> Option<i64> {
        let digits = fields.next()?;
        (digits.len() == length)
            .then(|| digits.parse().ok())
            .flatten()
    };
    let (year, month, day) = (field(4)?, field(2)?, field(2)?);
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, "Z"),
    };
    let offset = match zone.as_bytes() {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let minutes = zone[1..3].parse::<i64>().ok()? * 60 + zone[4..6].parse::<i64>().ok()?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut clock = clock.split(':');
    let mut part = || -> Option<i64> { clock.next().unwrap_or("00").parse().ok() };
    let clock = Clock {
        hour: part()?,
        minute: part()?,
        second: part()?,
        millisecond: thousandths(fraction)?,
    };
    Some(moment(year, month, day)? + clock.milliseconds()? - offset * 60_000)
}

/// The first three digits of a fraction, as milliseconds.
fn thousandths(digits: &str) -> Option<i64> {
    if !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<3}").get(..3)?.parse().ok()
}

#[derive(Debug, Default, Clone, Copy)]
struct Clock {
    hour: i64,
    minute: i64,
    second: i64,
    millisecond: i64,
}

impl Clock {
    fn milliseconds(self) -> Option<i64> {
        let end_of_day = self.hour == 24 && self.minute + self.second + self.millisecond == 0;
        let valid = (0..24).contains(&self.hour) || end_of_day;
        (valid && (0..60).contains(&self.minute) && (0..60).contains(&self.second)).then_some(
            ((self.hour * 60 + self.minute) * 60 + self.second) * 1000 + self.millisecond,
        )
    }
}

/// Midnight of a day. A day may be 31 in every month, and leads into the next then.
/// Source of the count: <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>.
fn moment(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    if year.abs() > 1_000_000 {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400_000)
}

/// Reads dates as people write them: numbers, names of months, times, zones, in many orders.
#[derive(Debug, Default)]
struct Reader {
    /// Day, month and year, in the order of the text.
    numbers: Vec<i64>,
    month: Option<i64>,
    clock: Vec<i64>,
    /// Whether the number that comes next goes on with the time.
    colon: bool,
    millisecond: i64,
    afternoon: Option<bool>,
    /// Minutes east of Greenwich.
    zone: Option<i64>,
}

impl Reader {
    fn read(mut self, text: &str) -> Option<i64> {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = match c {
                '(' => skip_parentheses(rest),
                _ if c.is_ascii_digit() => self.number(rest)?,
                _ if c.is_alphabetic() => self.word(rest)?,
                '+' | '-' if !self.clock.is_empty() || self.zone.is_some() => self.offset(rest)?,
                _ => &rest[c.len_utf8()..],
            };
        }
        self.finish()
    }

    fn number<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let (digits, rest) = split_while(text, |c| c.is_ascii_digit());
        let value: i64 = digits.parse().ok()?;
        if !self.clock.is_empty() && self.clock.len() < 3 && self.colon {
            self.clock.push(value);
        } else if rest.starts_with(':') {
            if !self.clock.is_empty() {
                return None;
            }
            self.clock.push(value);
        } else if self.numbers.len() < 3 {
            self.numbers.push(value);
        } else {
            return None;
        }
        self.colon = false;
        if let Some(rest) = rest.strip_prefix(':') {
            self.colon = true;
            return Some(rest);
        }
        if self.clock.len() == 3
            && let Some(fraction) = rest.strip_prefix('.')
        {
            let (digits, rest) = split_while(fraction, |c| c.is_ascii_digit());
            self.millisecond = thousandths(digits)?;
            return Some(rest);
        }
        Some(rest)
    }

    fn word<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        const MONTHS: [&str; 12] = [
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ];
        const ZONES: [(&str, i64); 12] = [
            ("z", 0),
            ("ut", 0),
            ("utc", 0),
            ("gmt", 0),
            ("est", -5),
            ("edt", -4),
            ("cst", -6),
            ("cdt", -5),
            ("mst", -7),
            ("mdt", -6),
            ("pst", -8),
            ("pdt", -7),
        ];
        let (word, rest) = split_while(text, char::is_alphabetic);
        let word = word.to_lowercase();
        let head: String = word.chars().take(3).collect();
        if word == "am" || word == "pm" {
            self.afternoon = Some(word == "pm");
        } else if let Some(month) = MONTHS.iter().position(|month| *month == head) {
            self.month = Some(month as i64 + 1);
        } else if let Some((_, hours)) = ZONES.iter().find(|(zone, _)| *zone == word) {
            self.zone = Some(hours * 60);
        } else if word != "t" && (!self.numbers.is_empty() || !self.clock.is_empty()) {
            // Before the first number any word may stand, such as a day's name.
            return None;
        }
        Some(rest)
    }

    /// `+0100`, `-05:30`, `+2`.
    fn offset<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let (digits, rest) = split_while(&text[1..], |c| c.is_ascii_digit());
        let value: i64 = digits.parse().ok()?;
        let (minutes, rest) = match rest.strip_prefix(':') {
            Some(rest) => {
                let (digits, rest) = split_while(rest, |c| c.is_ascii_digit());
                (value * 60 + digits.parse::<i64>().ok()?, rest)
            }
            None if digits.len() <= 2 => (value * 60, rest),
            None => (value / 100 * 60 + value % 100, rest),
        };
        self.zone = Some(sign * minutes);
        Some(rest)
    }

    fn finish(self) -> Option<i64> {
        /// The year of a date that names none.
        const YEAR: i64 = 1;
        let mut numbers = self.numbers;
        if numbers.is_empty() {
            return None;
        }
        numbers.resize(3, 1);
        let is_day = |number: i64| (1..=31).contains(&number);
        let [first, second, third] = numbers[..] else {
            return None;
        };
        let (year, month, day) = match self.month {
            Some(month) if is_day(first) => (second, month, first),
            Some(month) => (first, month, second),
            None if is_day(first) => (third, first, second),
            None => (first, second, third),
        };
        let year = match year {
            YEAR..=49 | 0 => year + 2000,
            50..=99 => year + 1900,
            other => other,
        };
        let mut clock = self.clock;
        clock.resize(3, 0);
        let [mut hour, minute, second] = clock[..] else {
            return None;
        };
        if let Some(afternoon) = self.afternoon {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if afternoon { 12 } else { 0 };
        }
        let clock = Clock {
            hour,
            minute,
            second,
            millisecond: self.millisecond,
        };
        let zone = self.zone.unwrap_or(0);
        let time = moment(year, month, day)? + clock.milliseconds()? - zone * 60_000;
        (time.abs() <= FARTHEST).then_some(time)
    }
}

fn split_while(text: &str, keep: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !keep(c)).unwrap_or(text.len()))
}

fn skip_parentheses(text: &str) -> &str {
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return &text[index + 1..];
                }
            }
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write() {
        let read = |text: &str| iso(text).or_else(|| Reader::default().read(text));
        let day = 86_400_000;
        for (text, expected) in [
            ("2024/01/15", moment(2024, 1, 15)),
            ("1/5/24", moment(2024, 1, 5)),
            ("Jan 1 2020", moment(2020, 1, 1)),
            ("1 January 2020", moment(2020, 1, 1)),
            (
                "January 5, 2020 10:30 PM",
                moment(2020, 1, 5).map(|t| t + day * 45 / 48),
            ),
            (
                "Mon, 25 Dec 1995 13:30:00 +0130",
                moment(1995, 12, 25).map(|t| t + day / 2),
            ),
            (
                "Tue Mar 01 2022 00:00:00 GMT+0100 (CET)",
                moment(2022, 3, 1).map(|t| t - day / 24),
            ),
            (
                "2020-01-01 00:00:00 EST",
                moment(2020, 1, 1).map(|t| t + day * 5 / 24),
            ),
            (
                "2024-01-01T00:00:00.123456Z",
                moment(2024, 1, 1).map(|t| t + 123),
            ),
            ("5 March", moment(2001, 3, 5)),
            ("June 31 2021", moment(2021, 7, 1)),
            ("12:30", None),
            ("garbage", None),
            ("", None),
            ("20240115", None),
            ("1e3", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
