//! `regexp.source` with each slash escaped once, where it needs it.

use boa_engine::object::JsObject;
use boa_engine::property::PropertyKey;
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
    Ok(())
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
