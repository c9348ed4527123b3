//! `regexp.source` with each slash escaped once, where it needs it, and matching that
//! takes the same time wherever in a long text it starts: the engine widens a text of
//! one-byte characters before each match, all of it, and takes a wide one as it is.

use std::cell::RefCell;

use boa_engine::object::JsObject;
use boa_engine::property::PropertyKey;
use boa_engine::string::JsStrVariant;
use boa_engine::{Context, JsResult, JsString, JsValue, js_string};

use crate::native;

/// Puts our getter in the place of the engine's.
///
/// # Errors
/// None.
pub fn mend(context: &mut Context) -> JsResult<()> {
    let prototype = context.intrinsics().constructors().regexp().prototype();
    let key = PropertyKey::from(js_string!("source"));
    let own = prototype.borrow().properties().get(&key);
    if let Some(original) = own.and_then(|own| own.get()?.as_object()) {
        let get = native::closure("get source", 0, original, source, context);
        native::accessor(&prototype, key, Some(get), None, false);
    }
    // All other methods match by this one.
    if let Some(original) = native::get(&prototype, "exec", context)?.as_object() {
        let exec = native::closure("exec", 1, original, exec, context);
        native::define(&prototype, js_string!("exec"), exec, native::HIDDEN);
    }
    Ok(())
}

thread_local! {
    /// The text that was widened last, as it was and as it is.
    static WIDENED: RefCell<Option<(JsString, JsString)>> = const { RefCell::new(None) };
}

fn exec(
    this: &JsValue,
    args: &[JsValue],
    original: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    match args.first().and_then(JsValue::as_string) {
        Some(text) if text.len() >= LONG => original.call(this, &[wide(&text).into()], context),
        _ => original.call(this, args, context),
    }
}

/// Code units of a text that is worth widening once.
const LONG: usize = 512;

fn wide(text: &JsString) -> JsString {
    let JsStrVariant::Latin1(bytes) = text.as_str().variant() else {
        return text.clone();
    };
    WIDENED.with_borrow_mut(|widened| {
        if let Some((before, after)) = widened
            && let JsStrVariant::Latin1(known) = before.as_str().variant()
            && std::ptr::eq(known, bytes)
        {
            return after.clone();
        }
        let units: Vec<u16> = bytes.iter().copied().map(u16::from).collect();
        let after = JsString::from(units.as_slice());
        *widened = Some((text.clone(), after.clone()));
        after
    })
}

fn source(
    this: &JsValue,
    args: &[JsValue],
    original: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    let source = original.call(this, args, context)?;
    let Some(source) = source.as_string().filter(|source| source.contains(b'/')) else {
        return Ok(source);
    };
    Ok(JsString::from(escaped_once(&source.to_vec()).as_slice()).into())
}

/// The engine puts a backslash before every slash, also where the pattern has one and
/// in classes, which need none.
fn escaped_once(engine: &[u16]) -> Vec<u16> {
    let (slash, backslash) = (u16::from(b'/'), u16::from(b'\\'));
    let mut pattern: Vec<u16> = Vec::with_capacity(engine.len());
    for &unit in engine {
        if unit == slash {
            pattern.pop();
        }
        pattern.push(unit);
    }
    let mut source = Vec::with_capacity(engine.len());
    let mut escaped = false;
    let mut in_class = false;
    for unit in pattern {
        if unit == slash && !escaped && !in_class {
            source.push(backslash);
        }
        if !escaped {
            match u8::try_from(unit) {
                Ok(b'[') => in_class = true,
                Ok(b']') => in_class = false,
                _ => {}
            }
        }
        escaped = !escaped && unit == backslash;
        source.push(unit);
    }
    source
}

#[cfg(test)]
mod tests {
    use super::escaped_once;

    #[test]
    fn slashes() {
        let once = |text: &str| {
            let units: Vec<u16> = text.encode_utf16().collect();
            String::from_utf16(&escaped_once(&units)).unwrap()
        };
        assert_eq!(once(r"\/"), r"\/");
        assert_eq!(once(r"a\\/b"), r"a\/b");
        assert_eq!(once(r"[\/]"), "[/]");
        assert_eq!(once(r"\\\\/"), r"\\\/");
    }
}
