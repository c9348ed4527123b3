//! Errors that nobody catches: handlers, or a message and the end.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/process.html#process-events>.

use std::fs;

use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{Context, JsError, JsResult, JsValue, js_string};

use crate::event_loop::drain;
use crate::host::Host;
use crate::{errors, inspect, native, process, syntax};

/// The exit status of a program that ends by an error.
const FAILED: i32 = 1;

/// Gives `error` to the script's handlers, or prints it and ends the program.
pub fn uncaught(error: JsError, context: &mut Context) {
    let value = match opaque(error, context) {
        Ok(value) => value,
        // Not even the engine can go on: too deep a recursion.
        Err(message) => {
            let host = Host::of(context);
            let text = format!("Uncaught:\n{message}\n{}", footer());
            host.output.write_error(text.as_bytes());
            process::exit(FAILED, context);
        }
    };
    throw(&value, "uncaughtException", context);
}

/// The thrown value, or the message of an error that no script can catch.
fn opaque(error: JsError, context: &mut Context) -> Result<JsValue, String> {
    error
        .into_opaque(context)
        .map_err(|error| match error.as_engine() {
            Some(boa_engine::error::EngineError::RuntimeLimit(_)) => {
                "RangeError: Maximum call stack size exceeded".to_owned()
            }
            _ => error.to_string(),
        })
}

fn throw(value: &JsValue, origin: &str, context: &mut Context) {
    let origin = native::text(origin);
    let _ = process::emit(
        "uncaughtExceptionMonitor",
        &[value.clone(), origin.clone()],
        context,
    );
    match process::emit("uncaughtException", &[value.clone(), origin], context) {
        Ok(true) => return,
        Ok(false) => print(value, context),
        Err(error) => {
            if let Ok(value) = opaque(error, context) {
                print(&value, context);
            }
        }
    }
    process::exit(FAILED, context);
}

/// Looks at rejections that nobody handled. True where there was any.
pub fn rejections(context: &mut Context) -> bool {
    let host = Host::of(context);
    let mut any = false;
    while let Some(promise) = host.rejections.take_handled_late() {
        any = true;
        if let Err(error) = process::emit("rejectionHandled", &[promise.into()], context) {
            uncaught(error, context);
        }
    }
    while let Some(rejection) = host.rejections.take() {
        any = true;
        let args = [rejection.reason.clone(), rejection.promise.clone().into()];
        match process::emit("unhandledRejection", &args, context) {
            Ok(true) => {}
            Ok(false) => {
                let error = rejected_with(&rejection.reason, context);
                throw(&error, "unhandledRejection", context);
            }
            Err(error) => uncaught(error, context),
        }
    }
    any
}

/// Errors stand for themselves; other reasons get an error around them.
fn rejected_with(reason: &JsValue, context: &mut Context) -> JsValue {
    if let Some(object) = reason.as_object()
        && object.is::<boa_engine::builtins::error::Error>()
    {
        return reason.clone();
    }
    // Without calling the script's own code, so objects only show their class.
    let shown = match reason.as_object() {
        Some(object) => format!("#<{}>", class_name(&object, context)),
        None => {
            let options = inspect::Options::of(context);
            let args = [native::text("%s"), reason.clone()];
            inspect::format(&args, &options, context).unwrap_or_default()
        }
    };
    let message = format!(
        "This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason \"{shown}\"."
    );
    let error = errors::error("ERR_UNHANDLED_REJECTION", message, context);
    let value = error.into_opaque(context).unwrap_or_default();
    if let Some(object) = value.as_object() {
        native::define(
            &object,
            js_string!("name"),
            js_string!("UnhandledPromiseRejection"),
            native::HIDDEN,
        );
        let stack = native::get(&object, "message", context).unwrap_or_default();
        let stack = native::to_text(&stack, context).unwrap_or_default();
        let stack = native::text(&format!("UnhandledPromiseRejection: {stack}"));
        native::define(&object, js_string!("stack"), stack, native::HIDDEN);
    }
    value
}

fn class_name(object: &JsObject, context: &mut Context) -> String {
    let class = native::get(object, "constructor", context);
    let name = match class.unwrap_or_default().as_object() {
        Some(class) => native::get(&class, "name", context).unwrap_or_default(),
        None => return "Object".to_owned(),
    };
    native::to_text(&name, context).unwrap_or_default()
}

/// Prints where and what, as Node does.
pub fn print(value: &JsValue, context: &mut Context) {
    let text = match value.as_object() {
        Some(error) if error.is::<boa_engine::builtins::error::Error>() => {
            of_error(&error, context)
        }
        _ => {
            let shown = inspect::inspect(value, context).unwrap_or_default();
            format!("Uncaught:\n{shown}\n(thrown by a `throw` of something that is not an error)")
        }
    };
    let host = Host::of(context);
    host.output
        .write_error(format!("{text}\n{}", footer()).as_bytes());
}

fn of_error(error: &JsObject, context: &mut Context) -> String {
    let shown = inspect::inspect(&error.clone().into(), context)
        .or_else(|_| inspect::stack_text(error, context))
        .unwrap_or_default();
    if syntax::has_excerpt(error, context) {
        return inspect::stack_text(error, context).unwrap_or(shown);
    }
    let host = Host::of(context);
    let Ok(Some(mut origin)) = host.stacks.origin(error, context) else {
        return format!("Uncaught:\n{shown}");
    };
    if let Some((path, _)) = crate::modules::path_of_url(&origin.path) {
        origin.path = path;
    }
    let text = fs::read_to_string(&origin.path).unwrap_or_default();
    format!("{}\n\n{shown}", syntax::excerpt(&origin, &text))
}

/// What runs the script, as Node names itself below an error.
fn footer() -> String {
    format!("\nboxer:javascript {}\n", env!("CARGO_PKG_VERSION"))
}

/// Follows the promise of the program, where that is an ECMAScript module: its
/// rejection is an uncaught error.
pub fn main_promise(promise: &JsPromise, context: &mut Context) {
    let failed = |_: &JsValue, args: &[JsValue], context: &mut Context| -> JsResult<JsValue> {
        throw(&native::argument(args, 0), "uncaughtException", context);
        Ok(JsValue::undefined())
    };
    let failed = native::function("", 1, failed, context);
    if let Err(error) = promise.catch(failed, context) {
        uncaught(error, context);
    }
    drain(context);
}
