//! Errors, with their stacks.

use boa_engine::builtins::error::Error;
use boa_engine::object::JsObject;
use boa_engine::property::PropertyKey;
use boa_engine::{Context, JsResult, JsString, JsValue, js_string};

use super::builtins::is_error;
use super::classes::prefix;
use super::formatter::Inspector;
use super::style::Style;
use crate::host::Host;
use crate::native;

/// Where the frames of a stack begin.
const FRAMES: &str = "\n    at";

impl Inspector {
    /// The text of an error: its stack, or `[Name: message]` without one. Keys that
    /// the text repeats are taken out of `keys`; `cause` and `errors` are put in.
    pub fn error(
        &self,
        error: &JsObject,
        constructor: Option<&str>,
        tag: &str,
        keys: &mut Vec<PropertyKey>,
        context: &mut Context,
    ) -> JsResult<String> {
        let name = native::get(error, "name", context)?;
        let name = if name.is_null_or_undefined() {
            "Error".to_owned()
        } else {
            native::to_text(&name, context)?
        };
        let stack = stack_text(error, context)?;
        if !self.options.show_hidden {
            drop_repeated(error, &stack, keys, context)?;
        }
        let cause = PropertyKey::from(js_string!("cause"));
        if error.has_property(cause.clone(), context)? && !keys.contains(&cause) {
            keys.push(cause);
        }
        let errors = PropertyKey::from(js_string!("errors"));
        let several = native::get(error, "errors", context)?;
        if several.as_object().is_some_and(|list| list.is_array()) && !keys.contains(&errors) {
            keys.push(errors);
        }

        let stack = with_class(&stack, constructor, &name, tag);
        let message = native::get(error, "message", context)?;
        let message = message
            .as_string()
            .map(|text| native::lossy(&text))
            .unwrap_or_default();
        // A message may look like frames itself.
        let after_message = match stack.find(&message) {
            Some(at) if !message.is_empty() && at > 0 => at + message.len(),
            _ => 0,
        };
        let shown = match stack[after_message..].find(FRAMES) {
            None => format!("[{stack}]"),
            Some(at) => {
                let head = &stack[..after_message + at];
                let frames = &stack[after_message + at + 1..];
                let lines = self.frames(error, frames, context)?;
                format!("{head}\n{}", lines.join("\n"))
            }
        };
        if self.indentation == 0 {
            return Ok(shown);
        }
        Ok(shown.replace('\n', &format!("\n{}", " ".repeat(self.indentation))))
    }

    /// The frames, without those that the cause's stack repeats.
    fn frames(
        &self,
        error: &JsObject,
        frames: &str,
        context: &mut Context,
    ) -> JsResult<Vec<String>> {
        let mut lines: Vec<String> = frames.split('\n').map(str::to_owned).collect();
        let cause = native::get(error, "cause", context).unwrap_or_default();
        let Some(cause) = cause.as_object() else {
            return Ok(lines);
        };
        if !is_error(&cause, context)? {
            return Ok(lines);
        }
        let stack = stack_text(&cause, context)?;
        let Some(at) = stack.find(FRAMES) else {
            return Ok(lines);
        };
        let of_cause: Vec<&str> = stack[at + 1..].split('\n').collect();
        if let Some((offset, length)) = common_run(&lines, &of_cause) {
            let skipped = length - 2;
            let note = format!("    ... {skipped} lines matching cause stack trace ...");
            let note = self.paint(&note, Style::Undefined);
            lines.splice(offset + 1..offset + 1 + skipped, [note]);
        }
        Ok(lines)
    }
}

/// `error.stack`, or `Name: message` where there is none.
pub fn stack_text(error: &JsObject, context: &mut Context) -> JsResult<String> {
    let stack = native::get(error, "stack", context)?;
    if stack.to_boolean() {
        return native::to_text(&stack, context);
    }
    // Without its prototype an error does not show its stack, but has one.
    let own = error.has_own_property(js_string!("stack"), context)?;
    if error.is::<Error>() && error.prototype().is_none() && !own {
        return Host::of(context).stacks.text(error, context);
    }
    let prototype = context.intrinsics().constructors().error().prototype();
    let to_string = native::get(&prototype, "toString", context)?;
    match to_string.as_callable() {
        Some(to_string) => {
            let shown = to_string.call(&error.clone().into(), &[], context)?;
            native::to_text(&shown, context)
        }
        None => Ok(String::new()),
    }
}

fn drop_repeated(
    error: &JsObject,
    stack: &str,
    keys: &mut Vec<PropertyKey>,
    context: &mut Context,
) -> JsResult<()> {
    for name in ["name", "message", "stack"] {
        let key = PropertyKey::from(JsString::from(name));
        let Some(index) = keys.iter().position(|own| *own == key) else {
            continue;
        };
        let value: JsValue = native::get(error, name, context)?;
        let text = native::to_text(&value, context)?;
        if stack.contains(&text) {
            keys.remove(index);
        }
    }
    Ok(())
}

/// The stack with the name of the class in its first line, where that says more
/// than the error's own name: `MyError: …`, `Foo [RangeError]: …`.
fn with_class(stack: &str, constructor: Option<&str>, name: &str, tag: &str) -> String {
    let starts_with_name = stack
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(':') || rest.starts_with('\n'));
    let regular = name.ends_with("Error") && starts_with_name;
    if constructor.is_some() && !regular {
        return stack.to_owned();
    }
    let mut length = name.len();
    let mut fallback = "Error".to_owned();
    if constructor.is_none() {
        let found = leading_name(stack);
        length = found.len();
        if !found.is_empty() {
            fallback = found.to_owned();
        }
    }
    let class = prefix(constructor, tag, &fallback, "");
    let class = class.trim_end();
    if name == class {
        return stack.to_owned();
    }
    let rest = &stack[length.min(stack.len())..];
    if !class.contains(name) {
        format!("{class} [{name}]{rest}")
    } else if length == 0 {
        format!("{class}: {stack}")
    } else {
        format!("{class}{rest}")
    }
}

/// The class name that a stack starts with, for an error whose prototype is null.
fn leading_name(stack: &str) -> &str {
    let head = stack.find(FRAMES).map_or(stack, |at| &stack[..at]);
    let name = head.split(':').next().unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_- []()".contains(c);
    let ends_there = head.len() > name.len() || head.len() < stack.len();
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(allowed);
    if is_name && (ends_there || name.ends_with("Error")) {
        name
    } else {
        ""
    }
}

/// The first run of more than three lines of `a` that stands in `b` too: offset and length.
fn common_run(a: &[String], b: &[&str]) -> Option<(usize, usize)> {
    for offset in 0..a.len().saturating_sub(3) {
        let Some(start) = b.iter().position(|line| *line == a[offset]) else {
            continue;
        };
        let length = a[offset..]
            .iter()
            .zip(&b[start..])
            .take_while(|(a, b)| a == *b)
            .count();
        if length > 3 {
            return Some((offset, length));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_improve_stacks() {
        assert_eq!(
            with_class("Error: m", Some("MyError"), "Error", ""),
            "MyError: m"
        );
        assert_eq!(
            with_class("Error: m", Some("Foo"), "Error", ""),
            "Foo [Error]: m"
        );
        assert_eq!(
            with_class("Error: m", Some("Error"), "Error", ""),
            "Error: m"
        );
        assert_eq!(
            with_class("Custom: m", Some("Error"), "Custom", ""),
            "Custom: m"
        );
        assert_eq!(
            with_class("Error: m", None, "Error", ""),
            "[Error: null prototype]: m"
        );
    }

    #[test]
    fn runs() {
        let a: Vec<String> = ["1", "2", "3", "4", "5"].map(str::to_owned).to_vec();
        assert_eq!(common_run(&a, &["x", "2", "3", "4", "5"]), Some((1, 4)));
        assert_eq!(common_run(&a, &["3", "4", "5"]), None);
    }
}
