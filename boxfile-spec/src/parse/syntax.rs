//! What the TOML reader complains about, with a remedy for each.

use std::ops::Range;

use toml::de::{DeTable, DeValue, Error};

use super::reader::Value;
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
    if let Some(error) = errors.iter().find(|error| is_too_deep(error)) {
        return vec![problem(text, root, error)];
    }
    let open: Vec<Range<usize>> = errors
        .iter()
        .filter_map(|error| opening(text, root, error))
        .collect();
    // What follows an open bracket was misread as its contents.
    let is_inside = |error: &Error| {
        let span = error.span().unwrap_or_default();
        open.iter()
            .any(|open| open.start < span.start && span.start <= open.end)
    };
    let mut problems: Vec<Problem> = errors
        .iter()
        .filter(|error| !is_inside(error))
        .map(|error| problem(text, root, error))
        .collect();
    problems.extend(outermost(open).map(|open| unclosed(text, &open)));
    one_for_each_line(text, problems)
}

/// The list or inline table that `error` says is never closed.
fn opening(text: &str, root: &DeTable<'_>, error: &Error) -> Option<Range<usize>> {
    let bracket = match error.message().split(',').next()? {
        "unclosed array" => "[",
        "unclosed inline table" => "{",
        _ => return None,
    };
    let end = error.span()?.start;
    let mut found = None;
    for_each_value(root, &mut |value| {
        let opens = text
            .get(value.span())
            .is_some_and(|text| text.starts_with(bracket));
        if opens && value.span().end == end && found.is_none() {
            found = Some(value.span());
        }
    });
    found
}

/// Those that are in no other.
fn outermost(open: Vec<Range<usize>>) -> impl Iterator<Item = Range<usize>> {
    let all = open.clone();
    open.into_iter().filter(move |inner| {
        !all.iter()
            .any(|outer| outer.start < inner.start && inner.start < outer.end)
    })
}

fn unclosed(text: &str, open: &Range<usize>) -> Problem {
    let (what, close) = match text.get(open.clone()) {
        Some(list) if list.starts_with('[') => ("list", ']'),
        _ => ("table", '}'),
    };
    Problem::Syntax {
        message: format!("a {what} is not closed"),
        label: format!("opened here, expected `{close}` at its end"),
        span: (open.start..open.start + 1).into(),
        help: format!("close the {what} with `{close}`"),
    }
}

/// After its first error a line is mostly misread.
fn one_for_each_line(text: &str, mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| problem.span().start);
    let mut last_line = None;
    problems.retain(|problem| {
        let before = text.get(..problem.span().start).unwrap_or_default();
        let line = Some(before.rfind('\n').map_or(0, |newline| newline + 1));
        let again = matches!(problem, Problem::Syntax { .. }) && line == last_line;
        last_line = line;
        !again
    });
    problems
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
    described(text, error.message(), span)
}

/// A problem in the words of a reader of TOML.
pub(super) fn described(text: &str, message: &str, span: Range<usize>) -> Problem {
    let word = text.get(span.clone()).unwrap_or_default();
    // The reader says "what is wrong, expected this".
    let (wrong, expected) = match message.split_once(", expected ") {
        Some((wrong, expected)) => (wrong, Some(expected)),
        None => (message, None),
    };
    let help = remedy(wrong, expected, word, line_around(text, span.start));
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

/// The line that the byte `at` is in.
fn line_around(text: &str, at: usize) -> &str {
    let start = text
        .get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |line| line + 1);
    text.get(start..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default()
}

/// What to do about a syntax error.
fn remedy(wrong: &str, expected: Option<&str>, word: &str, line: &str) -> String {
    let starts = |start: &str| wrong.starts_with(start);
    let is_boolean = ["yes", "no", "on", "off", "true", "false"]
        .iter()
        .any(|boolean| word.eq_ignore_ascii_case(boolean));
    let key = line.split_once('=').map(|(key, _)| key.trim());
    if is_boolean {
        "write `true` or `false`, or put the text in quotes".into()
    } else if starts("string values must be quoted") {
        format!("put the text in quotes: `\"{}\"`", shown(word))
    } else if starts("invalid boolean") || starts("invalid float") {
        "write `true` or `false`, or put the text in quotes".into()
    } else if let (true, Some(key)) = (starts("invalid unquoted key"), key) {
        format!(
            "put the whole key in quotes: `\"{}\"`",
            shown(key.trim_matches(['"', '\'']))
        )
    } else if starts("key with no value") || starts("invalid unquoted key") {
        "write `key = value`, and put a key with other signs than letters, digits, `-` and `_` in quotes"
            .into()
    } else if starts("unclosed table") {
        "close the header with `]`".into()
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
    table
        .keys()
        .for_each(|key| visit(key.get_ref(), key.span()));
    for_each_value(table, &mut |value| {
        if let DeValue::Table(inner) = value.get_ref() {
            inner
                .keys()
                .for_each(|key| visit(key.get_ref(), key.span()));
        }
    });
}

/// Visits all values, the outer before the inner.
fn for_each_value(table: &DeTable<'_>, visit: &mut dyn FnMut(&Value<'_>)) {
    table.values().for_each(|value| each_value_in(value, visit));
}

fn each_value_in(value: &Value<'_>, visit: &mut dyn FnMut(&Value<'_>)) {
    visit(value);
    match value.get_ref() {
        DeValue::Table(inner) => for_each_value(inner, visit),
        DeValue::Array(items) => items.iter().for_each(|item| each_value_in(item, visit)),
        _ => {}
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
