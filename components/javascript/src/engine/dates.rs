//! Dates name their time zone: `GMT+0000 (Coordinated Universal Time)`.

use boa_engine::object::JsObject;
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsValue, js_string};

use crate::native::{self, HIDDEN, define};

/// Lets the texts of dates end with the zone's name.
///
/// # Errors
/// None.
pub fn mend(context: &mut Context) -> JsResult<()> {
    let prototype = context.intrinsics().constructors().date().prototype();
    for name in ["toString", "toTimeString"] {
        let original = native::get(&prototype, name, context)?;
        let Some(original) = original.as_object() else {
            continue;
        };
        let named = native::closure(name, 0, original, with_zone, context);
        define(&prototype, JsString::from(name), named, HIDDEN);
    }
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
        return Err(JsNativeError::typ().with_message("a date has a text").into());
    };
    if text == js_string!("Invalid Date") {
        return Ok(text.into());
    }
    Ok(js_string!(&text, &js_string!(" (Coordinated Universal Time)")).into())
}
