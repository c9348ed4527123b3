//! Syntax errors: where they are, in V8's words where those are known.

use std::fs;

use boa_engine::object::JsObject;
use boa_engine::{Context, JsError, JsNativeError, JsString, js_string};

use crate::host::Host;
use crate::native::{self, HIDDEN, define};
use crate::stack::Position;

/// Gives a syntax error in the file at `path` its place. Other errors stay as they are.
pub fn located(error: JsError, path: &str, context: &mut Context) -> JsError {
    let Ok(native) = error.try_native(context) else {
        return error;
    };
    if !native.is_syntax() {
        return error;
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    let (message, place) = split(native.message());
    let (line, column) = place.unwrap_or_else(|| end_of(&text));
    let mut position = Position {
        path: path.to_owned(),
        line,
        column,
    };
    Host::of(context).modules.adjust(&mut position);
    let lines = text.lines().count() as u32;
    if position.line > lines.max(1) {
        // What is missing would stand at the end.
        (position.line, position.column) = end_of(&text);
    }
    let message = reworded(&message);
    let object = JsNativeError::syntax()
        .with_message(message.clone())
        .into_opaque(context);
    let excerpt = excerpt(&position, &text);
    let Position { path, line, column } = position;
    let stack = format!("{excerpt}\n\nSyntaxError: {message}\n    at {path}:{line}:{column}");
    define(&object, js_string!("stack"), JsString::from(stack), HIDDEN);
    JsError::from_opaque(object.into())
}

/// Whether the stack of `error` begins with an excerpt of the source.
pub fn has_excerpt(error: &JsObject, context: &mut Context) -> bool {
    error
        .has_own_property(js_string!("stack"), context)
        .unwrap_or(false)
        && native::get(error, "stack", context)
            .ok()
            .and_then(|stack| stack.as_string())
            .is_some_and(|stack| native::lossy(&stack).contains("\n\nSyntaxError: "))
}

/// `path:line`, the line itself, and a caret below the column.
pub fn excerpt(position: &Position, text: &str) -> String {
    let head = format!("{}:{}", position.path, position.line);
    let Some(line) = text.lines().nth(position.line.saturating_sub(1) as usize) else {
        return head;
    };
    // Tabs stay, so that the caret stands below its place.
    let indent: String = line
        .chars()
        .take(position.column.saturating_sub(1) as usize)
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    format!("{head}\n{line}\n{indent}^")
}

/// The engine's message without the place that it ends with, and that place.
fn split(message: &str) -> (String, Option<(u32, u32)>) {
    let parsed = message
        .rsplit_once(" at line ")
        .and_then(|(before, place)| {
            let (line, column) = place.split_once(", col ")?;
            Some((
                before.to_owned(),
                (line.parse().ok()?, column.parse().ok()?),
            ))
        });
    match parsed {
        Some((before, place)) => (before, Some(place)),
        None => (message.to_owned(), None),
    }
}

fn end_of(text: &str) -> (u32, u32) {
    let line = text.lines().last().unwrap_or_default();
    (
        text.lines().count().max(1) as u32,
        line.chars().count() as u32 + 1,
    )
}

fn reworded(message: &str) -> String {
    let quoted = |after: &str| -> Option<String> {
        let start = message.find(after)? + after.len();
        let rest = &message[start..];
        let end = rest
            .find("' in ")
            .or_else(|| rest.find("', "))
            .or_else(|| rest.rfind('\''))?;
        Some(rest[..end].to_owned())
    };
    if message.starts_with("abrupt end") {
        return "Unexpected end of input".to_owned();
    }
    let found = if message.starts_with("expected ") {
        quoted(", got '")
    } else if message.starts_with("unexpected token '") {
        quoted("unexpected token '")
    } else {
        None
    };
    match found {
        Some(token) => unexpected(&token),
        None => message.to_owned(),
    }
}

fn unexpected(token: &str) -> String {
    const RESERVED: [&str; 36] = [
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "import",
        "in",
        "instanceof",
        "new",
        "null",
        "return",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "var",
        "while",
        "with",
    ];
    let is_name = token.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$');
    if token.starts_with(|c: char| c.is_ascii_digit()) {
        "Unexpected number".to_owned()
    } else if token.starts_with(['"', '\'']) {
        "Unexpected string".to_owned()
    } else if is_name && !RESERVED.contains(&token) {
        format!("Unexpected identifier '{token}'")
    } else {
        format!("Unexpected token '{token}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        let (message, place) =
            split("expected token ';', got 'bar' in expression statement at line 3, col 7");
        assert_eq!(place, Some((3, 7)));
        assert_eq!(reworded(&message), "Unexpected identifier 'bar'");
        assert_eq!(
            reworded("unexpected token ')', primary expression"),
            "Unexpected token ')'"
        );
        assert_eq!(reworded("abrupt end"), "Unexpected end of input");
    }

    #[test]
    fn carets() {
        let position = Position {
            path: "/a.js".into(),
            line: 2,
            column: 3,
        };
        assert_eq!(excerpt(&position, "x\n\ty z\n"), "/a.js:2\n\ty z\n\t ^");
    }
}
