//! `error.stack`, as V8 shapes it.
//!
//! The engine gives frames without the error's name. Source of the form:
//! <https://v8.dev/docs/stack-trace-api>.

use boa_engine::builtins::error::Error;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsFunction;
use boa_engine::property::PropertyKey;
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsSymbol, JsValue, js_string};

use crate::host::Host;
use crate::native::{self, HIDDEN, OPEN, argument, define};

/// Frames that are shown, unless `Error.stackTraceLimit` says another number.
const LIMIT: u32 = 10;

/// Frames that the engine keeps: some of them are ours and not shown.
const KEPT: usize = 100;

/// Access to the engine's own frames.
#[derive(Debug)]
pub struct Stacks {
    engine: Option<JsFunction>,
    /// Where an error keeps its stack once that is made.
    made: JsSymbol,
}

/// A place in a source file. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The path, or `node:` and a name.
    pub path: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl Stacks {
    /// Puts our `stack` in the place of the engine's.
    ///
    /// # Errors
    /// None in a fresh realm.
    pub fn install(context: &mut Context) -> JsResult<Self> {
        context.runtime_limits_mut().set_backtrace_limit(KEPT);
        let class = context.intrinsics().constructors().error().constructor();
        let prototype = context.intrinsics().constructors().error().prototype();
        let key = PropertyKey::from(js_string!("stack"));
        let own = prototype.borrow().properties().get(&key);
        let engine = own.and_then(|own| own.get()?.as_function());
        let get = native::function("get stack", 0, get_stack, context);
        let set = native::function("set stack", 1, set_stack, context);
        native::accessor(&prototype, key, Some(get), Some(set), false);
        let capture = native::function("captureStackTrace", 2, capture, context);
        define(&class, js_string!("captureStackTrace"), capture, HIDDEN);
        define(&class, js_string!("stackTraceLimit"), LIMIT, OPEN);
        let made = JsSymbol::new(Some(js_string!("stack")))
            .ok_or_else(|| JsNativeError::error().with_message("out of symbols"))?;
        Ok(Self { engine, made })
    }

    /// The frames of `error`, each line `    at …`, innermost first, without limit.
    fn frames(&self, error: &JsObject, context: &mut Context) -> JsResult<Vec<String>> {
        let Some(engine) = &self.engine else {
            return Ok(Vec::new());
        };
        let text = engine.call(&error.clone().into(), &[], context)?;
        let Some(text) = text.as_string() else {
            return Ok(Vec::new());
        };
        let host = Host::of(context);
        Ok(native::lossy(&text)
            .lines()
            .filter_map(|line| frame(line, &host))
            .collect())
    }

    /// The stack of `error`: its name and message, then the frames.
    ///
    /// # Errors
    /// What the error's own accessors throw.
    pub fn text(&self, error: &JsObject, context: &mut Context) -> JsResult<String> {
        let mut stack = header(error, context)?;
        let limit = limit(context)?;
        for frame in self.frames(error, context)?.into_iter().take(limit) {
            stack.push('\n');
            stack.push_str(&frame);
        }
        Ok(stack)
    }

    /// Where `error` was made, in a file of the script rather than in ours.
    ///
    /// # Errors
    /// None.
    pub fn origin(&self, error: &JsObject, context: &mut Context) -> JsResult<Option<Position>> {
        let frames = self.frames(error, context)?;
        Ok(frames
            .iter()
            .filter_map(|frame| position(frame))
            .find(|position| position.path.starts_with('/') || position.path.starts_with("file:")))
    }
}

/// The position in a line `    at f (path:1:2)`.
pub fn position(frame: &str) -> Option<Position> {
    let place = match frame.rsplit_once(" (") {
        Some((_, place)) => place.strip_suffix(')')?,
        None => frame.trim_start().strip_prefix("at ")?,
    };
    let (rest, column) = place.rsplit_once(':')?;
    let (path, line) = rest.rsplit_once(':')?;
    Some(Position {
        path: path.to_owned(),
        line: line.parse().ok()?,
        column: column.parse().ok()?,
    })
}

/// The engine's line for a frame, as V8 writes it. `None` for frames of ours.
fn frame(line: &str, host: &Host) -> Option<String> {
    let text = line.trim_start().strip_prefix("at ")?;
    let (name, place) = text.rsplit_once(" (")?;
    let place = place.strip_suffix(')')?;
    if place == "native" || place.starts_with("native at ") {
        let hidden = name.is_empty() || name == "<anonymous>";
        return (!hidden).then(|| format!("    at {name} (<anonymous>)"));
    }
    // Text without a file: `eval` and `new Function`.
    let place = place.replace("unknown at ", "<anonymous>");
    let mut position = position(&format!("at {place}"))?;
    host.modules.adjust(&mut position);
    let Position { path, line, column } = position;
    let place = if host.modules.is_module(&path) {
        format!("{}:{line}:{column}", crate::modules::file_url(&path))
    } else {
        format!("{path}:{line}:{column}")
    };
    Some(if name == "<main>" || name.is_empty() {
        format!("    at {place}")
    } else {
        format!("    at {name} ({place})")
    })
}

fn limit(context: &mut Context) -> JsResult<usize> {
    let class = context.intrinsics().constructors().error().constructor();
    let limit = native::get(&class, "stackTraceLimit", context)?;
    Ok(match limit.as_number() {
        Some(limit) if limit > 0.0 => limit as usize,
        _ => 0,
    })
}

/// `Name: message`, as the error is now.
fn header(error: &JsObject, context: &mut Context) -> JsResult<String> {
    let host = Host::of(context);
    let name = native::get(error, "name", context)?;
    let mut name = if name.is_undefined() {
        "Error".to_owned()
    } else {
        native::to_text(&name, context)?
    };
    if error.has_own_property(host.coded_error.clone(), context)? {
        let code = native::get(error, "code", context)?;
        name = format!("{name} [{}]", native::to_text(&code, context)?);
    }
    let message = native::get(error, "message", context)?;
    let message = if message.is_undefined() {
        String::new()
    } else {
        native::to_text(&message, context)?
    };
    Ok(match (name.is_empty(), message.is_empty()) {
        (true, _) => message,
        (false, true) => name,
        (false, false) => format!("{name}: {message}"),
    })
}

/// The stack is made when it is first asked for, and stays as it is then.
fn get_stack(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some(error) = this.as_object().filter(|object| object.is::<Error>()) else {
        return Ok(JsValue::undefined());
    };
    // Not under its own name: see `builtins::lazy`.
    let host = Host::of(context);
    let key = PropertyKey::from(host.stacks.made.clone());
    let made = error.borrow().properties().get(&key);
    if let Some(stack) = made.and_then(|made| made.value().cloned()) {
        return Ok(stack);
    }
    let stack = JsString::from(host.stacks.text(&error, context)?);
    define(&error, key, stack.clone(), HIDDEN);
    Ok(stack.into())
}

fn set_stack(this: &JsValue, args: &[JsValue], _: &mut Context) -> JsResult<JsValue> {
    if let Some(error) = this.as_object() {
        define(&error, js_string!("stack"), argument(args, 0), HIDDEN);
    }
    Ok(JsValue::undefined())
}

/// `Error.captureStackTrace(object, above)`: gives `object` the stack of the caller, without
/// the frames of `above` and what it called.
fn capture(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some(object) = argument(args, 0).as_object() else {
        return Err(JsNativeError::typ()
            .with_message(format!("Invalid argument: {}", argument(args, 0).display()))
            .into());
    };
    let class = context.intrinsics().constructors().error().constructor();
    let here = class.construct(&[], None, context)?;
    let host = Host::of(context);
    let mut frames = host.stacks.frames(&here, context)?;
    // The innermost frame is this function.
    if frames
        .first()
        .is_some_and(|frame| frame.contains("captureStackTrace"))
    {
        frames.remove(0);
    }
    if let Some(above) = argument(args, 1).as_object() {
        let name = native::get(&above, "name", context)?;
        let name = native::to_text(&name, context)?;
        let marks = [format!("    at {name} ("), format!("    at new {name} (")];
        let last = frames
            .iter()
            .rposition(|frame| marks.iter().any(|mark| frame.starts_with(mark)));
        if let Some(last) = last.filter(|_| !name.is_empty()) {
            frames.drain(..=last);
        }
    }
    let mut stack = header(&object, context)?;
    for frame in frames.into_iter().take(limit(context)?) {
        stack.push('\n');
        stack.push_str(&frame);
    }
    define(&object, js_string!("stack"), JsString::from(stack), HIDDEN);
    Ok(JsValue::undefined())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions() {
        let expected = Some(Position {
            path: "/a b.js".into(),
            line: 3,
            column: 7,
        });
        assert_eq!(position("    at f (/a b.js:3:7)"), expected);
        assert_eq!(position("    at /a b.js:3:7"), expected);
        assert_eq!(position("    at map (<anonymous>)"), None);
    }
}
