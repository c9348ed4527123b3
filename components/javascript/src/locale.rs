//! What depends on language, for the one language that is built in: American English.
//!
//! The engine is built without its locale data, 6 MB of it. Numbers and dates are shaped in
//! `js/locale.js`; comparing is here, because sorting calls it often.

use std::cmp::Ordering;

use boa_engine::object::JsObject;
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsValue, js_string};

use crate::builtins::lazy;
use crate::host::Host;
use crate::native::{self, HIDDEN, argument, define};

/// Gives the language's classes methods that know the locale.
///
/// # Errors
/// None.
pub fn install(context: &mut Context) -> JsResult<()> {
    let string = context.intrinsics().constructors().string().prototype();
    let compare = native::function("localeCompare", 1, locale_compare, context);
    define(&string, js_string!("localeCompare"), compare, HIDDEN);
    let classes = context.intrinsics().constructors();
    let (number, bigint, date) = (
        classes.number().prototype(),
        classes.bigint().prototype(),
        classes.date().prototype(),
    );
    later(&number, "toLocaleString", "numberToLocaleString", context);
    later(&bigint, "toLocaleString", "numberToLocaleString", context);
    for name in ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"] {
        later(&date, name, &format!("date{}", capitalized(name)), context);
    }
    let global = context.global_object();
    lazy(
        &global,
        js_string!("Intl"),
        false,
        |context| {
            let exports = Host::of(context).builtin_object("internal/locale", context)?;
            native::get(&exports, "Intl", context)
        },
        context,
    );
    Ok(())
}

fn capitalized(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(chars)
        .collect()
}

/// Defines a method whose body is a function of `js/locale.js`.
fn later(prototype: &JsObject, name: &str, export: &str, context: &Context) {
    let export = JsString::from(export);
    let method = native::closure(name, 0, export, call_later, context);
    define(prototype, JsString::from(name), method, HIDDEN);
}

fn call_later(
    this: &JsValue,
    args: &[JsValue],
    export: &JsString,
    context: &mut Context,
) -> JsResult<JsValue> {
    let exports = Host::of(context).builtin_object("internal/locale", context)?;
    match exports.get(export.clone(), context)?.as_callable() {
        Some(function) => function.call(this, args, context),
        None => Err(JsNativeError::typ()
            .with_message("no such locale function")
            .into()),
    }
}

fn locale_compare(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    if this.is_null_or_undefined() {
        return Err(JsNativeError::typ()
            .with_message("String.prototype.localeCompare called on null or undefined")
            .into());
    }
    let a = native::lossy(&this.to_string(context)?);
    let b = native::to_text(&argument(args, 0), context)?;
    let mut rules = Rules::default();
    if let Some(options) = argument(args, 2).as_object() {
        let numeric = native::get(&options, "numeric", context)?;
        rules.numeric = numeric.to_boolean();
        let sensitivity = native::get(&options, "sensitivity", context)?;
        if let Some(sensitivity) = sensitivity.as_string() {
            rules.sensitivity = Sensitivity::named(&native::lossy(&sensitivity));
        }
        let first = native::get(&options, "caseFirst", context)?;
        rules.upper_first = first.as_string() == Some(js_string!("upper"));
    }
    let order = compare(&a, &b, rules);
    Ok((order as i32).into())
}

/// Which differences count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sensitivity {
    /// Letters only: `a` = `A` = `á`.
    Base,
    /// Letters and accents: `a` = `A` ≠ `á`.
    Accent,
    /// Letters and case: `a` = `á` ≠ `A`.
    Case,
    /// All.
    #[default]
    Variant,
}

impl Sensitivity {
    fn named(name: &str) -> Self {
        match name {
            "base" => Self::Base,
            "accent" => Self::Accent,
            "case" => Self::Case,
            _ => Self::Variant,
        }
    }
}

/// How strings are ordered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// `2` before `10`.
    pub numeric: bool,
    /// Which differences count.
    pub sensitivity: Sensitivity,
    /// Capitals before small letters.
    pub upper_first: bool,
}

/// Orders strings as the root of Unicode's collation does for Latin text: spaces and
/// signs, digits, letters without regard to case and accents; then accents, then case.
/// Source: <https://www.unicode.org/reports/tr10/>, with the root's order of ASCII.
pub fn compare(a: &str, b: &str, rules: Rules) -> Ordering {
    let (mut keys_a, mut keys_b) = (keys(a), keys(b));
    if rules.numeric {
        drop_leading_zeros(&mut keys_a);
        drop_leading_zeros(&mut keys_b);
    }
    let primary = if rules.numeric {
        compare_numeric(&keys_a, &keys_b)
    } else {
        let primaries = |keys: &[Key]| keys.iter().map(|key| key.primary).collect::<Vec<_>>();
        primaries(&keys_a).cmp(&primaries(&keys_b))
    };
    if primary != Ordering::Equal {
        return primary;
    }
    if matches!(
        rules.sensitivity,
        Sensitivity::Accent | Sensitivity::Variant
    ) {
        let accents = |keys: &[Key]| keys.iter().map(|key| key.accent).collect::<Vec<_>>();
        let order = accents(&keys_a).cmp(&accents(&keys_b));
        if order != Ordering::Equal {
            return order;
        }
    }
    if matches!(rules.sensitivity, Sensitivity::Case | Sensitivity::Variant) {
        let cases = |keys: &[Key]| {
            keys.iter()
                .map(|key| key.upper != rules.upper_first)
                .collect::<Vec<_>>()
        };
        return cases(&keys_a).cmp(&cases(&keys_b));
    }
    Ordering::Equal
}

#[derive(Debug, Clone, Copy)]
struct Key {
    primary: (u8, u32),
    accent: u32,
    upper: bool,
}

/// The order of ASCII's signs in the root collation.
const SIGNS: &str = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

fn keys(text: &str) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::with_capacity(text.len());
    for c in text.chars() {
        let (base, mark) = decompose(c);
        if let (None, Some(mark)) = (base, mark) {
            // A mark of its own belongs to the letter before it.
            if let Some(last) = keys.last_mut() {
                last.accent = last.accent * 0x200 + mark;
            }
            continue;
        }
        let Some(base) = base else {
            continue;
        };
        for (index, base) in base.chars().enumerate() {
            keys.push(Key {
                primary: primary(base),
                accent: if index == 0 { mark.unwrap_or(0) } else { 0 },
                upper: base.is_uppercase(),
            });
        }
    }
    keys
}

/// The class of digits among primary keys.
const DIGIT: u8 = 3;

fn primary(c: char) -> (u8, u32) {
    if c.is_whitespace() {
        return (0, u32::from(c));
    }
    if let Some(at) = SIGNS.find(c) {
        return (1, at as u32);
    }
    if c.is_ascii_digit() {
        return (DIGIT, u32::from(c));
    }
    if c.is_alphabetic() {
        let lower = c.to_lowercase().next().unwrap_or(c);
        return (4, u32::from(lower));
    }
    (2, u32::from(c))
}

/// A letter of the Latin blocks without its mark, and the mark. Control characters and
/// marks of their own have no letter.
fn decompose(c: char) -> (Option<Base>, Option<u32>) {
    const TABLE: &[(&str, char, u32)] = &[
        ("ÀÈÌÒÙǸàèìòùǹ", '\u{300}', 1),
        ("ÁÉÍÓÚÝĆĹŃŔŚŹáéíóúýćĺńŕśź", '\u{301}', 2),
        ("ÂÊÎÔÛĈĜĤĴŜŴŶâêîôûĉĝĥĵŝŵŷ", '\u{302}', 3),
        ("ÃÑÕĨŨãñõĩũ", '\u{303}', 4),
        ("ĀĒĪŌŪāēīōū", '\u{304}', 5),
        ("ĂĔĞĬŎŬăĕğĭŏŭ", '\u{306}', 6),
        ("ĊĖĠİŻċėġż", '\u{307}', 7),
        ("ÄËÏÖÜŸäëïöüÿ", '\u{308}', 8),
        ("ÅŮåů", '\u{30a}', 9),
        ("ŐŰőű", '\u{30b}', 10),
        ("ČĎĚŇŘŠŤŽčďěňřšťž", '\u{30c}', 11),
        ("ÇĢĶĻŅŖŞŢçģķļņŗşţ", '\u{327}', 12),
        ("ĄĘĮŲąęįų", '\u{328}', 13),
    ];
    const PLAIN: &[(&str, &str)] = &[
        ("ÀÁÂÃĀĂÄÅĄ", "A"),
        ("àáâãāăäåą", "a"),
        ("ĆĈĊČÇ", "C"),
        ("ćĉċčç", "c"),
        ("Ď", "D"),
        ("ď", "d"),
        ("ÈÉÊĒĔĖËĚĘ", "E"),
        ("èéêēĕėëěę", "e"),
        ("ĜĞĠĢ", "G"),
        ("ĝğġģ", "g"),
        ("Ĥ", "H"),
        ("ĥ", "h"),
        ("ÌÍÎĨĪĬİÏĮ", "I"),
        ("ìíîĩīĭïį", "i"),
        ("Ĵ", "J"),
        ("ĵ", "j"),
        ("Ķ", "K"),
        ("ķ", "k"),
        ("ĹĻ", "L"),
        ("ĺļ", "l"),
        ("ÑŃŇŅǸ", "N"),
        ("ñńňņǹ", "n"),
        ("ÒÓÔÕŌŎÖŐ", "O"),
        ("òóôõōŏöő", "o"),
        ("ŔŘŖ", "R"),
        ("ŕřŗ", "r"),
        ("ŚŜŠŞ", "S"),
        ("śŝšş", "s"),
        ("ŤŢ", "T"),
        ("ťţ", "t"),
        ("ÙÚÛŨŪŬÜŮŰŲ", "U"),
        ("ùúûũūŭüůűų", "u"),
        ("Ŵ", "W"),
        ("ŵ", "w"),
        ("ÝŶŸ", "Y"),
        ("ýŷÿ", "y"),
        ("ŹŻŽ", "Z"),
        ("źżž", "z"),
        ("ß", "ss"),
        ("Æ", "AE"),
        ("æ", "ae"),
        ("Œ", "OE"),
        ("œ", "oe"),
        ("Ø", "O"),
        ("ø", "o"),
        ("Ł", "L"),
        ("ł", "l"),
        ("Đ", "D"),
        ("đ", "d"),
        ("Þ", "TH"),
        ("þ", "th"),
    ];
    if c.is_ascii() {
        let visible = !c.is_ascii_control() || c.is_ascii_whitespace();
        return (visible.then_some(Base::One(c)), None);
    }
    if ('\u{300}'..='\u{36f}').contains(&c) {
        let known = TABLE.iter().find(|(_, mark, _)| *mark == c);
        return (
            None,
            Some(known.map_or(u32::from(c), |(_, _, weight)| *weight)),
        );
    }
    match PLAIN.iter().find(|(letters, _)| letters.contains(c)) {
        Some((_, plain)) => {
            let mark = TABLE.iter().find(|(letters, _, _)| letters.contains(c));
            (
                Some(Base::Several(plain)),
                Some(mark.map_or(0x100, |(_, _, weight)| *weight)),
            )
        }
        None => (Some(Base::One(c)), None),
    }
}

#[derive(Debug, Clone, Copy)]
enum Base {
    One(char),
    Several(&'static str),
}

impl Base {
    fn chars(self) -> impl Iterator<Item = char> {
        let (one, several) = match self {
            Self::One(c) => (Some(c), ""),
            Self::Several(text) => (None, text),
        };
        one.into_iter().chain(several.chars())
    }
}

fn is_digit(key: &Key) -> bool {
    key.primary.0 == DIGIT
}

/// Leading zeros of a number count for nothing, not even at the later levels.
fn drop_leading_zeros(keys: &mut Vec<Key>) {
    let mut kept = Vec::with_capacity(keys.len());
    for (index, key) in keys.iter().enumerate() {
        let zero = key.primary == (DIGIT, u32::from('0'));
        let leads = !kept.last().is_some_and(is_digit);
        if !(zero && leads && keys.get(index + 1).is_some_and(is_digit)) {
            kept.push(*key);
        }
    }
    *keys = kept;
}

/// As by primary keys, but runs of digits, without leading zeros, count as numbers.
fn compare_numeric(a: &[Key], b: &[Key]) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (Some(first_a), Some(first_b)) = (a.first(), b.first()) else {
            return a.len().cmp(&b.len());
        };
        let taken = if is_digit(first_a) && is_digit(first_b) {
            let run = |keys: &[Key]| keys.iter().take_while(|key| is_digit(key)).count();
            let order = run(a).cmp(&run(b));
            if order != Ordering::Equal {
                return order;
            }
            run(a)
        } else {
            1
        };
        let primaries = |keys: &[Key]| {
            keys.iter()
                .take(taken)
                .map(|key| key.primary)
                .collect::<Vec<_>>()
        };
        let order = primaries(a).cmp(&primaries(b));
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (&a[taken..], &b[taken..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(words: &[&str]) -> Vec<String> {
        let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        words.sort_by(|a, b| compare(a, b, Rules::default()));
        words
    }

    #[test]
    fn letters_then_accents_then_case() {
        assert_eq!(
            sorted(&["b", "A", "a", "B", "á"]),
            ["a", "A", "á", "b", "B"]
        );
        assert_eq!(
            sorted(&["résumé", "resume", "Resume"]),
            ["resume", "Resume", "résumé"]
        );
        assert_eq!(
            sorted(&["Zebra", "apple", "_x", "10", "9"]),
            ["_x", "10", "9", "apple", "Zebra"]
        );
    }

    #[test]
    fn numbers() {
        let rules = Rules {
            numeric: true,
            ..Rules::default()
        };
        assert_eq!(compare("file2", "file10", rules), Ordering::Less);
        assert_eq!(compare("a01", "a1", rules), Ordering::Equal);
        assert_eq!(compare("2", "10", Rules::default()), Ordering::Greater);
    }

    #[test]
    fn sensitivities() {
        let base = Rules {
            sensitivity: Sensitivity::Base,
            ..Rules::default()
        };
        assert_eq!(compare("a", "Á", base), Ordering::Equal);
        let accent = Rules {
            sensitivity: Sensitivity::Accent,
            ..Rules::default()
        };
        assert_eq!(compare("a", "A", accent), Ordering::Equal);
        assert_ne!(compare("a", "á", accent), Ordering::Equal);
    }
}
