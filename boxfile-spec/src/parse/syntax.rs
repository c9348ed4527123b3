//! What the TOML reader complains about, with a remedy for each.

use std::ops::Range;

use toml::de::{DeTable, DeValue, Error};

use crate::lock::conflict_marker;
use crate::problem::{Problem, shown};

/// Whether the tree still says what was meant, so that checking it makes sense:
/// the reader knows how to go on after these.
pub(super) fn is_harmless(error: &Error) -> bool {
    let message = error.message();
    [
        "duplicate key",
        "string values must be quoted",
        "invalid unquoted key",
    ]
    .iter()
    .any(|start| message.starts_with(start))
}

/// The problems behind `errors`.
pub(super) fn problems(text: &str, root: &DeTable<'_>, errors: &[Error]) -> Vec<Problem> {
    if let Some(span) = conflict_marker(text) {
        return vec![Problem::MergeConflict { span: span.into() }];
    }
    // Past the limit every bracket is reported as unclosed; one is enough.
    let deep = errors.iter().find(|error| is_too_deep(error));
    match deep {
        Some(error) => vec![problem(text, root, error)],
        None => errors
            .iter()
            .map(|error| problem(text, root, error))
            .collect(),
    }
}

fn is_too_deep(error: &Error) -> bool {
    error.message().contains("recurs")
}

fn problem(text: &str, root: &DeTable<'_>, error: &Error) -> Problem {
    let span = error.span().unwrap_or_else(|| most_dots(text));
    let word = text.get(span.clone()).unwrap_or_default();
    if error.message() == "duplicate key" {
        let first = first_of(text, root, word, span.start);
        let key = shown(word.trim_matches(['"', '\'']));
        return Problem::DuplicateKey {
            key,
            first: first.map(Into::into),
            span: span.into(),
        };
    }
    if is_too_deep(error) {
        return Problem::Syntax {
            message: "the text is nested too deeply".into(),
            label: "expected at most 80 levels".into(),
            span: span.into(),
            help: "write it with fewer dots or brackets inside each other".into(),
        };
    }
    described(error.message(), span, word)
}

/// A problem in the words of a reader of TOML.
pub(super) fn other(message: &str, span: Range<usize>) -> Problem {
    described(message, span, "")
}

fn described(message: &str, span: Range<usize>, word: &str) -> Problem {
    // The reader says "what is wrong, expected this".
    let (wrong, expected) = match message.split_once(", expected ") {
        Some((wrong, expected)) => (wrong, Some(expected)),
        None => (message, None),
    };
    let help = remedy(wrong, expected, word);
    let label = match expected {
        Some("literal string") => "expected a text in quotes".into(),
        Some("nothing") => "expected nothing here".into(),
        Some(expected) => format!("expected {expected}"),
        None => "expected TOML".into(),
    };
    Problem::Syntax {
        message: shown(wrong),
        label,
        span: span.into(),
        help,
    }
}

/// What to do about a syntax error.
fn remedy(wrong: &str, expected: Option<&str>, word: &str) -> String {
    let starts = |start: &str| wrong.starts_with(start);
    if starts("string values must be quoted") {
        format!("put the text in quotes: `\"{}\"`", shown(word))
    } else if starts("invalid boolean") || starts("invalid float") {
        "write `true` or `false`, or put the text in quotes".into()
    } else if starts("invalid unquoted key") {
        "put the whole key in quotes, as in `\"acme:greeter\" = \"^1.2\"`".into()
    } else if starts("key with no value") {
        "write `key = value`, and put a key with other signs than letters, digits, `-` and `_` in quotes"
            .into()
    } else if starts("unclosed table") {
        "close the header with `]`".into()
    } else if starts("unclosed array") {
        "close the list with `]`".into()
    } else if starts("unclosed inline table") {
        "close the table with `}`".into()
    } else if starts("invalid basic string") || starts("invalid multi-line basic string") {
        match expected {
            Some("`\"`" | "`\"\"\"`") => {
                "close the string with the quotes that it began with".into()
            }
            _ => "write control characters as `\\u0000` with their number".into(),
        }
    } else if starts("invalid literal string") || starts("invalid multi-line literal string") {
        "close the string with the quotes that it began with".into()
    } else if starts("missing escaped value") || wrong.contains("escape") {
        "write a backslash as `\\\\`, or use single quotes: `'C:\\dir'`".into()
    } else if starts("unexpected key or value") {
        "put each `key = value` on a line of its own".into()
    } else if starts("unexpected leading zero") {
        "remove the zero, or put the number in quotes: `\"0644\"`".into()
    } else if starts("carriage return") {
        "end lines with `\\n` or `\\r\\n`".into()
    } else {
        "write it as TOML has it, see https://toml.io/en/v1.0.0".into()
    }
}

/// Where a key that stands twice stood before: the last key of that name in the
/// tree before `before`, or else the line with the same header.
fn first_of(text: &str, root: &DeTable<'_>, word: &str, before: usize) -> Option<Range<usize>> {
    let name = word.trim_matches(['"', '\'']);
    let mut last: Option<Range<usize>> = None;
    for_each_key(root, &mut |key, span| {
        let nearer = last.as_ref().is_none_or(|last| last.start < span.start);
        if key == name && span.end <= before && nearer {
            last = Some(span);
        }
    });
    last.or_else(|| first_header(text, before))
}

fn for_each_key(table: &DeTable<'_>, visit: &mut dyn FnMut(&str, Range<usize>)) {
    for (key, value) in table {
        visit(key.get_ref(), key.span());
        match value.get_ref() {
            DeValue::Table(inner) => for_each_key(inner, visit),
            DeValue::Array(items) => {
                for item in items {
                    if let DeValue::Table(inner) = item.get_ref() {
                        for_each_key(inner, visit);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The first line that is the same header as the one around the byte `at`.
fn first_header(text: &str, at: usize) -> Option<Range<usize>> {
    let header = |line: &str| {
        let end = line.find(']')?;
        Some(line.get(..=end)?.trim().to_owned()).filter(|header| header.starts_with('['))
    };
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let wanted = header(text.get(start..)?.lines().next()?)?;
    let mut offset = 0;
    for line in text.get(..start)?.split_inclusive('\n') {
        if header(line).is_some_and(|header| header == wanted) {
            let indent = line.len() - line.trim_start().len();
            return Some(offset + indent..offset + indent + wanted.len());
        }
        offset += line.len();
    }
    None
}

/// The line with the most dots: where keys are nested too deeply the reader
/// doesn't say where.
fn most_dots(text: &str) -> Range<usize> {
    let mut offset = 0;
    let mut most = (0, 0);
    for line in text.split_inclusive('\n') {
        let dots = line.bytes().filter(|byte| *byte == b'.').count();
        if dots > most.0 {
            most = (dots, offset);
        }
        offset += line.len();
    }
    most.1..most.1
}
