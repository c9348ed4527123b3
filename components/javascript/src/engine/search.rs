//! Searching and splitting strings in linear time. The engine looks through the whole
//! string again for each piece that it splits off.
//!
//! Source: <https://tc39.es/ecma262/#sec-string.prototype.split> and what follows it.

use boa_engine::object::builtins::JsArray;
use boa_engine::string::{JsStr, JsStrVariant};
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsSymbol, JsValue, js_string};

use crate::native::{self, HIDDEN, Native, argument, define};

/// Puts our methods in the place of the engine's.
pub fn mend(context: &mut Context) {
    const METHODS: [(&str, usize, Native); 5] = [
        ("includes", 1, includes),
        ("indexOf", 1, index_of),
        ("lastIndexOf", 1, last_index_of),
        ("replaceAll", 2, replace_all),
        ("split", 2, split),
    ];
    let prototype = context.intrinsics().constructors().string().prototype();
    for (name, length, body) in METHODS {
        let method = native::function(name, length, body, context);
        define(&prototype, JsString::from(name), method, HIDDEN);
    }
}

/// Where `needle` stands in `text`, at `from` or after it. Both count code units.
pub fn find(text: JsStr<'_>, needle: JsStr<'_>, from: usize) -> Option<usize> {
    if needle.is_empty() {
        return (from <= text.len()).then_some(from);
    }
    if from >= text.len() {
        return None;
    }
    let found = match (text.variant(), needle.variant()) {
        (JsStrVariant::Latin1(text), JsStrVariant::Latin1(needle)) => within(&text[from..], needle),
        (JsStrVariant::Utf16(text), JsStrVariant::Utf16(needle)) => within(&text[from..], needle),
        (JsStrVariant::Utf16(text), JsStrVariant::Latin1(needle)) => {
            let needle: Vec<u16> = needle.iter().copied().map(u16::from).collect();
            within(&text[from..], &needle)
        }
        (JsStrVariant::Latin1(text), JsStrVariant::Utf16(needle)) => {
            let needle: Option<Vec<u8>> =
                needle.iter().map(|unit| u8::try_from(*unit).ok()).collect();
            needle.and_then(|needle| within(&text[from..], &needle))
        }
    };
    found.map(|at| at + from)
}

fn within<T: PartialEq + Copy>(text: &[T], needle: &[T]) -> Option<usize> {
    let (&first, rest) = needle.split_first()?;
    let last = text.len().checked_sub(needle.len())?;
    let mut at = 0;
    while at <= last {
        at += text[at..=last].iter().position(|unit| *unit == first)?;
        if text[at + 1..].starts_with(rest) {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn text_of(this: &JsValue, method: &str, context: &mut Context) -> JsResult<JsString> {
    if this.is_null_or_undefined() {
        let message = format!("String.prototype.{method} called on null or undefined");
        return Err(JsNativeError::typ().with_message(message).into());
    }
    this.to_string(context)
}

/// A position, from the start to the end of the string.
fn position(value: &JsValue, length: usize, context: &mut Context) -> JsResult<usize> {
    if value.is_undefined() {
        return Ok(0);
    }
    let number = value.to_number(context)?;
    Ok(if number.is_nan() {
        0
    } else {
        number.clamp(0.0, length as f64) as usize
    })
}

fn index_of(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = text_of(this, "indexOf", context)?;
    let needle = argument(args, 0).to_string(context)?;
    let from = position(&argument(args, 1), text.len(), context)?;
    let found = find(text.as_str(), needle.as_str(), from);
    Ok(found.map_or(-1.0, |at| at as f64).into())
}

fn includes(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = text_of(this, "includes", context)?;
    let given = argument(args, 0);
    if is_regexp(&given, context)? {
        let message =
            "First argument to String.prototype.includes must not be a regular expression";
        return Err(JsNativeError::typ().with_message(message).into());
    }
    let needle = given.to_string(context)?;
    let from = position(&argument(args, 1), text.len(), context)?;
    Ok(find(text.as_str(), needle.as_str(), from).is_some().into())
}

fn last_index_of(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = text_of(this, "lastIndexOf", context)?;
    let needle = argument(args, 0).to_string(context)?;
    let from = argument(args, 1).to_number(context)?;
    let Some(last) = text.len().checked_sub(needle.len()) else {
        return Ok((-1).into());
    };
    let from = if from.is_nan() {
        last
    } else {
        from.clamp(0.0, last as f64) as usize
    };
    let found = (0..=from).rev().find(|at| {
        let part = text.as_str().get(*at..*at + needle.len());
        part.is_some_and(|part| part == needle.as_str())
    });
    Ok(found.map_or(-1.0, |at| at as f64).into())
}

/// `IsRegExp`.
fn is_regexp(value: &JsValue, context: &mut Context) -> JsResult<bool> {
    let Some(object) = value.as_object() else {
        return Ok(false);
    };
    let matcher = object.get(JsSymbol::r#match(), context)?;
    if !matcher.is_undefined() {
        return Ok(matcher.to_boolean());
    }
    Ok(object.is::<boa_engine::builtins::regexp::RegExp>())
}

/// The method by which `value` does the work itself, as regular expressions do.
fn own_method(
    value: &JsValue,
    symbol: JsSymbol,
    context: &mut Context,
) -> JsResult<Option<boa_engine::JsObject>> {
    let Some(object) = value.as_object() else {
        return Ok(None);
    };
    let method = object.get(symbol, context)?;
    if method.is_null_or_undefined() {
        return Ok(None);
    }
    match method.as_callable() {
        Some(method) => Ok(Some(method)),
        None => Err(JsNativeError::typ()
            .with_message("value is not a function")
            .into()),
    }
}

fn split(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    if this.is_null_or_undefined() {
        text_of(this, "split", context)?;
    }
    let separator = argument(args, 0);
    let limit = argument(args, 1);
    if let Some(method) = own_method(&separator, JsSymbol::split(), context)? {
        return method.call(&separator, &[this.clone(), limit], context);
    }
    let text = this.to_string(context)?;
    let limit = if limit.is_undefined() {
        u32::MAX
    } else {
        limit.to_u32(context)?
    } as usize;
    let given = separator.to_string(context)?;
    if limit == 0 {
        return Ok(JsArray::new(context)?.into());
    }
    if separator.is_undefined() {
        return Ok(JsArray::from_iter([text.into()], context).into());
    }
    let length = text.len();
    if given.is_empty() {
        let pieces = (0..length.min(limit)).map(|at| text.get_expect(at..=at).into());
        return Ok(JsArray::from_iter(pieces, context).into());
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    while let Some(at) = find(text.as_str(), given.as_str(), start) {
        pieces.push(text.get_expect(start..at).into());
        if pieces.len() >= limit {
            return Ok(JsArray::from_iter(pieces, context).into());
        }
        start = at + given.len();
    }
    pieces.push(text.get_expect(start..length).into());
    Ok(JsArray::from_iter(pieces, context).into())
}

fn replace_all(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    if this.is_null_or_undefined() {
        text_of(this, "replaceAll", context)?;
    }
    let wanted = argument(args, 0);
    let replacement = argument(args, 1);
    if is_regexp(&wanted, context)? {
        let flags = native::get(&wanted.to_object(context)?, "flags", context)?;
        if !flags.to_string(context)?.contains(b'g') {
            let message = "replaceAll must be called with a global RegExp";
            return Err(JsNativeError::typ().with_message(message).into());
        }
    }
    if let Some(method) = own_method(&wanted, JsSymbol::replace(), context)? {
        return method.call(&wanted, &[this.clone(), replacement], context);
    }
    let text = this.to_string(context)?;
    let wanted = wanted.to_string(context)?;
    let function = replacement.as_callable();
    let template = match &function {
        Some(_) => js_string!(""),
        None => replacement.to_string(context)?,
    };
    let step = wanted.len().max(1);
    let mut out: Vec<u16> = Vec::with_capacity(text.len());
    let mut end = 0;
    let mut from = 0;
    while let Some(at) = find(text.as_str(), wanted.as_str(), from) {
        out.extend(text.iter().skip(end).take(at - end));
        match &function {
            Some(function) => {
                let args = [
                    wanted.clone().into(),
                    (at as f64).into(),
                    text.clone().into(),
                ];
                let made = function.call(&JsValue::undefined(), &args, context)?;
                out.extend(made.to_string(context)?.iter());
            }
            None => expand(&mut out, &template, &text, at, &wanted),
        }
        end = at + wanted.len();
        from = at + step;
    }
    out.extend(text.iter().skip(end));
    Ok(JsString::from(out.as_slice()).into())
}

/// `GetSubstitution` for a match without groups.
fn expand(out: &mut Vec<u16>, template: &JsString, text: &JsString, at: usize, matched: &JsString) {
    let dollar = u16::from(b'$');
    let mut units = template.iter().peekable();
    while let Some(unit) = units.next() {
        if unit != dollar {
            out.push(unit);
            continue;
        }
        match units.peek().and_then(|next| u8::try_from(*next).ok()) {
            Some(b'$') => out.push(dollar),
            Some(b'&') => out.extend(matched.iter()),
            Some(b'`') => out.extend(text.iter().take(at)),
            Some(b'\'') => out.extend(text.iter().skip(at + matched.len())),
            _ => {
                out.push(dollar);
                continue;
            }
        }
        units.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, needle: &str, from: usize) -> Option<usize> {
        find(
            JsString::from(text).as_str(),
            JsString::from(needle).as_str(),
            from,
        )
    }

    #[test]
    fn finding() {
        assert_eq!(at("abcabc", "bc", 0), Some(1));
        assert_eq!(at("abcabc", "bc", 2), Some(4));
        assert_eq!(at("abcabc", "x", 0), None);
        assert_eq!(at("aab", "ab", 0), Some(1));
        assert_eq!(at("", "", 0), Some(0));
        assert_eq!(at("ab", "", 5), None);
        assert_eq!(at("a€b", "b", 0), Some(2));
        assert_eq!(at("ab", "€", 0), None);
        assert_eq!(at("ab", "abc", 0), None);
    }
}
