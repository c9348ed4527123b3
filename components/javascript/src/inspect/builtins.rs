//! What the language or the host knows an object for.

use boa_engine::builtins::error::Error;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsDate;
use boa_engine::{Context, JsResult, JsValue, js_string};

use super::classes;
use crate::host::Host;
use crate::native;

/// Whether the engine knows the object for more than a bag of properties, though
/// its class is named `Object`.
pub fn special(object: &JsObject) -> bool {
    object.is::<Error>() || object.is::<boa_engine::module::ModuleNamespace>()
}

pub fn is_arguments(
    object: &JsObject,
    constructor: Option<&str>,
    context: &mut Context,
) -> JsResult<bool> {
    if constructor != Some("Object") || object.is_ordinary() {
        return Ok(false);
    }
    let prototype = context.intrinsics().constructors().object().prototype();
    let to_string = native::get(&prototype, "toString", context)?;
    let Some(to_string) = to_string.as_callable() else {
        return Ok(false);
    };
    let class = to_string.call(&object.clone().into(), &[], context)?;
    Ok(class.as_string() == Some(js_string!("[object Arguments]")))
}

/// Whether it is an error, made by the language or derived by `Object.create`.
pub fn is_error(object: &JsObject, context: &mut Context) -> JsResult<bool> {
    if object.is::<Error>() {
        return Ok(true);
    }
    let prototype = context.intrinsics().constructors().error().prototype();
    let mut current = classes::prototype(object, context)?;
    while let Some(candidate) = current {
        if JsObject::equals(&candidate, &prototype) {
            return Ok(true);
        }
        current = classes::prototype(&candidate, context)?;
    }
    Ok(false)
}

pub fn regexp_text(object: &JsObject, context: &mut Context) -> JsResult<String> {
    let prototype = context.intrinsics().constructors().regexp().prototype();
    let to_string = native::get(&prototype, "toString", context)?;
    match to_string.as_callable() {
        Some(to_string) => {
            let shown = to_string.call(&object.clone().into(), &[], context)?;
            native::to_text(&shown, context)
        }
        None => Ok(String::new()),
    }
}

pub fn date_text(object: &JsObject, context: &mut Context) -> JsResult<String> {
    let date = JsDate::from_object(object.clone())?;
    let time = date.get_time(context)?.to_number(context)?;
    if time.is_nan() {
        return Ok("Invalid Date".to_owned());
    }
    let shown = date.to_iso_string(context)?;
    native::to_text(&shown, context)
}

pub fn url(object: &JsObject, context: &mut Context) -> JsResult<Option<String>> {
    let host = Host::of(context);
    let Some(class) = host.url_class(context) else {
        return Ok(None);
    };
    if !JsValue::from(object.clone()).instance_of(&class.into(), context)? {
        return Ok(None);
    }
    let href = native::get(object, "href", context)?;
    Ok(href.as_string().map(|href| native::lossy(&href)))
}
