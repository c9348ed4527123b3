//! Errors with Node's codes.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/errors.html>.

use boa_engine::{
    Context, JsError, JsNativeError, JsObject, JsResult, JsString, JsValue, js_string,
};

use crate::host::Host;
use crate::inspect;
use crate::native::{self, HIDDEN, field};

/// A `TypeError` with a code of Node's.
pub fn type_error(code: &str, message: String, context: &mut Context) -> JsError {
    coded(JsNativeError::typ(), code, message, context)
}

/// A `RangeError` with a code of Node's.
pub fn range_error(code: &str, message: String, context: &mut Context) -> JsError {
    coded(JsNativeError::range(), code, message, context)
}

/// An `Error` with a code of Node's.
pub fn error(code: &str, message: String, context: &mut Context) -> JsError {
    coded(JsNativeError::error(), code, message, context)
}

fn coded(kind: JsNativeError, code: &str, message: String, context: &mut Context) -> JsError {
    let object = kind.with_message(message).into_opaque(context);
    mark(&object, code, context);
    JsError::from_opaque(object.into())
}

/// Gives an error object its code, which its stack and `toString` then show.
pub fn mark(object: &JsObject, code: &str, context: &mut Context) {
    field(object, "code", native::text(code));
    let marker = Host::of(context).coded_error.clone();
    native::define(object, marker, true, HIDDEN);
    let to_string = native::function("toString", 0, coded_to_string, context);
    native::define(object, js_string!("toString"), to_string, HIDDEN);
}

fn coded_to_string(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some(error) = this.as_object() else {
        return Ok(js_string!("Error").into());
    };
    let name = native::get(&error, "name", context)?.to_string(context)?;
    let code = native::get(&error, "code", context)?.to_string(context)?;
    let message = native::get(&error, "message", context)?.to_string(context)?;
    Ok(js_string!(
        &name,
        &js_string!(" ["),
        &code,
        &js_string!("]: "),
        &message
    )
    .into())
}

/// `The "path" argument must be of type string. Received …`.
pub fn invalid_argument_type(
    name: &str,
    expected: &str,
    actual: &JsValue,
    context: &mut Context,
) -> JsError {
    let what = if name.ends_with(" argument") {
        format!("The {name}")
    } else if name.contains('.') {
        format!("The \"{name}\" property")
    } else {
        format!("The \"{name}\" argument")
    };
    let received = received(actual, context);
    type_error(
        "ERR_INVALID_ARG_TYPE",
        format!("{what} must be {expected}.{received}"),
        context,
    )
}

/// `The argument 'x' is invalid. Received …`.
pub fn invalid_argument_value(
    name: &str,
    reason: &str,
    actual: &JsValue,
    context: &mut Context,
) -> JsError {
    let what = if name.contains('.') {
        "property"
    } else {
        "argument"
    };
    let shown = inspect::inspect(actual, context).unwrap_or_default();
    type_error(
        "ERR_INVALID_ARG_VALUE",
        format!("The {what} '{name}' {reason}. Received {shown}"),
        context,
    )
}

/// The ` Received …` half of an argument error.
pub fn received(actual: &JsValue, context: &mut Context) -> String {
    if actual.is_null_or_undefined() {
        return format!(" Received {}", actual.display());
    }
    if let Some(object) = actual.as_object() {
        if object.is_callable() {
            let name = native::get(&object, "name", context)
                .ok()
                .and_then(|name| name.as_string())
                .map(|name| native::lossy(&name))
                .unwrap_or_default();
            return if name.is_empty() {
                " Received function ".to_owned()
            } else {
                format!(" Received function {name}")
            };
        }
        let constructor = native::get(&object, "constructor", context)
            .ok()
            .and_then(|constructor| constructor.as_object())
            .and_then(|constructor| native::get(&constructor, "name", context).ok())
            .and_then(|name| name.as_string())
            .map(|name| native::lossy(&name))
            .filter(|name| !name.is_empty());
        return match constructor {
            Some(name) => format!(" Received an instance of {name}"),
            None => format!(
                " Received {}",
                inspect::inspect(actual, context).unwrap_or_default()
            ),
        };
    }
    let mut shown = inspect::inspect(actual, context).unwrap_or_default();
    if shown.chars().count() > 28 {
        shown = shown.chars().take(25).collect::<String>() + "...";
    }
    format!(" Received type {} ({shown})", actual.type_of())
}

/// A string argument, or the error that Node would throw.
pub fn string_argument(
    args: &[JsValue],
    index: usize,
    name: &str,
    context: &mut Context,
) -> Result<JsString, JsError> {
    let value = native::argument(args, index);
    value
        .as_string()
        .ok_or_else(|| invalid_argument_type(name, "of type string", &value, context))
}

/// Functions for our JavaScript.
pub fn binding(context: &mut Context) -> JsObject {
    let binding = native::object(context);
    native::functions(
        &binding,
        &[("mark", 2, js_mark), ("received", 1, js_received)],
        context,
    );
    binding
}

/// `mark(error, code)`: gives an error its code, and returns it.
fn js_mark(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let error = native::argument(args, 0);
    let code = native::to_text(&native::argument(args, 1), context)?;
    mark(&error.to_object(context)?, &code, context);
    Ok(error)
}

/// `received(value)`: the end of an argument error's message.
fn js_received(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(native::text(&received(&native::argument(args, 0), context)))
}
