//! Strings, numbers and widths.

use boa_engine::JsString;
use unicode_width::UnicodeWidthStr as _;

use super::style::unpainted;

/// The length in UTF-16 code units, which is what JavaScript counts.
pub fn units(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

/// The columns that `text` takes in a terminal.
pub fn columns(text: &str, painted: bool) -> usize {
    if text.is_ascii() && !painted {
        return text
            .bytes()
            .filter(|byte| (b' '..0x7f).contains(byte))
            .count();
    }
    if painted {
        unpainted(text).width()
    } else {
        text.width()
    }
}

/// A string literal for `value`, in the quotes that need the fewest escapes.
pub fn quote(value: &JsString) -> String {
    let has = |wanted: u8| value.iter().any(|unit| unit == u16::from(wanted));
    let quote = if !has(b'\'') {
        '\''
    } else if !has(b'"') {
        '"'
    } else if !has(b'`') && !opens_placeholder(value) {
        '`'
    } else {
        '\''
    };
    let mut literal = String::with_capacity(value.len() + 2);
    literal.push(quote);
    escape_into(&mut literal, value, quote == '\'');
    literal.push(quote);
    literal
}

fn opens_placeholder(value: &JsString) -> bool {
    let mut previous = 0;
    value.iter().any(|unit| {
        let opens = previous == u16::from(b'$') && unit == u16::from(b'{');
        previous = unit;
        opens
    })
}

/// `value` with control characters, backslashes, lone surrogates and single quotes escaped.
pub fn escape(value: &JsString) -> String {
    let mut escaped = String::with_capacity(value.len());
    escape_into(&mut escaped, value, true);
    escaped
}

fn escape_into(out: &mut String, value: &JsString, single_quotes: bool) {
    use std::fmt::Write as _;
    for unit in char::decode_utf16(value.iter()) {
        match unit {
            Ok('\'') if single_quotes => out.push_str("\\'"),
            Ok('\\') => out.push_str("\\\\"),
            Ok('\u{8}') => out.push_str("\\b"),
            Ok('\t') => out.push_str("\\t"),
            Ok('\n') => out.push_str("\\n"),
            Ok('\u{c}') => out.push_str("\\f"),
            Ok('\r') => out.push_str("\\r"),
            Ok(c @ ('\0'..='\u{1f}' | '\u{7f}'..='\u{9f}')) => {
                let _ = write!(out, "\\x{:02X}", u32::from(c));
            }
            Ok(c) => out.push(c),
            Err(lone) => {
                let _ = write!(out, "\\u{:x}", lone.unpaired_surrogate());
            }
        }
    }
}

/// Whether a key can stand without quotes.
pub fn is_identifier(key: &JsString) -> bool {
    let mut units = key.iter();
    let is_letter =
        |unit: u16| u8::try_from(unit).is_ok_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let is_digit = |unit: u16| u8::try_from(unit).is_ok_and(|byte| byte.is_ascii_digit());
    units.next().is_some_and(is_letter) && units.all(|unit| is_letter(unit) || is_digit(unit))
}

/// `1234567.8910` as `1_234_567.891_0`; exponents and non-numbers stay as they are.
pub fn separate_thousands(number: &str) -> String {
    if number.contains('e') || !number.ends_with(|c: char| c.is_ascii_digit()) {
        return number.to_owned();
    }
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut separated = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            separated.push('_');
        }
        separated.push(digit);
    }
    if !fraction.is_empty() {
        separated.push('.');
        for (index, digit) in fraction.chars().enumerate() {
            if index > 0 && index % 3 == 0 {
                separated.push('_');
            }
            separated.push(digit);
        }
    }
    separated
}

/// `... 3 more items`.
pub fn more(count: f64, what: &str) -> String {
    let plural = if count > 1.0 { "s" } else { "" };
    format!("... {count} more {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_avoid_escapes() {
        let quoted = |text: &str| quote(&JsString::from(text));
        assert_eq!(quoted("a"), "'a'");
        assert_eq!(quoted("it's"), "\"it's\"");
        assert_eq!(quoted("it's \"it\""), "`it's \"it\"`");
        assert_eq!(quoted("'\"${}`"), "'\\'\"${}`'");
        assert_eq!(quoted("a\n\u{1}\u{9f}\\"), "'a\\n\\x01\\x9F\\\\'");
    }

    #[test]
    fn lone_surrogates_are_escaped() {
        let lone = JsString::from(&[0xD83D_u16, 0x61][..]);
        assert_eq!(quote(&lone), "'\\ud83da'");
    }

    #[test]
    fn thousands() {
        assert_eq!(separate_thousands("1234567.8910"), "1_234_567.891_0");
        assert_eq!(separate_thousands("-123"), "-123");
        assert_eq!(separate_thousands("1e+21"), "1e+21");
        assert_eq!(separate_thousands("NaN"), "NaN");
    }

    #[test]
    fn widths() {
        assert_eq!(columns("abc", false), 3);
        assert_eq!(columns("日本", false), 4);
        assert_eq!(columns("\u{1b}[33m1\u{1b}[39m", true), 1);
    }
}
