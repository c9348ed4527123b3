//! Walking a TOML tree: typed values with their spans, and a heap for what is
//! wrong on the way.
//!
//! A method that reads a value returns `None` after it has put a problem on the
//! heap, so callers go on with what they have and the reader of the messages
//! gets all of them at once.

use std::borrow::Cow;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::problem::{Problem, listed, shown};
use crate::span::Spanned;
use crate::suggest::closest;

/// Where a key that stands in the wrong table belongs. Words that more than one
/// table has are left out.
const HOMES: &[(&str, &[&str])] = &[
    ("the top level", super::ROOT_KEYS),
    ("`[box]`", super::BOX_KEYS),
    ("`[app]`", super::APP_KEYS),
    ("`[kernel]`", &["libc", "vfs", "exit", "wait", "runtime"]),
    ("`[grants]`", &["stdio", "fs"]),
    ("`[grants.net]`", super::NET_KEYS),
];

pub(super) type Key<'t> = toml::Spanned<Cow<'t, str>>;
pub(super) type Value<'t> = toml::Spanned<DeValue<'t>>;

/// A table of the file and what to call it.
#[derive(Clone)]
pub(super) struct Table<'t> {
    /// In messages: `` `[app]` ``.
    pub(super) place: String,
    /// The header, or the braces of an inline table.
    pub(super) span: Range<usize>,
    entries: &'t DeTable<'t>,
}

impl<'t> Table<'t> {
    pub(super) fn new(place: String, span: Range<usize>, entries: &'t DeTable<'t>) -> Self {
        Self {
            place,
            span,
            entries,
        }
    }

    /// The entries in the order of the file.
    pub(super) fn entries(&self) -> Vec<(&'t Key<'t>, &'t Value<'t>)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
    }

    pub(super) fn get(&self, key: &str) -> Option<&'t Value<'t>> {
        self.entries.get(key)
    }

    /// The bytes of the key itself.
    pub(super) fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.entries.get_key_value(key).map(|(key, _)| key.span())
    }

    /// Whether an unknown key of the table was probably meant to be `key`, in which
    /// case that has been said already.
    pub(super) fn misspells(&self, known: &[&str], key: &str) -> bool {
        let words = self.entries.keys().map(|key| key.get_ref().as_ref());
        words
            .filter(|word| !known.contains(word))
            .any(|word| closest(word, known) == Some(key))
    }

    /// How messages call the value of `key`.
    pub(super) fn what(&self, key: &str) -> String {
        if self.is_root() {
            return format!("`{}`", shown(key));
        }
        format!("`{}` of {}", shown(key), self.place)
    }

    /// How messages call the table at `key`.
    fn inner_place(&self, key: &str) -> String {
        if self.is_root() {
            format!("`[{key}]`")
        } else {
            self.what(key)
        }
    }

    fn is_root(&self) -> bool {
        !self.place.starts_with('`')
    }
}

/// What was wrong so far.
#[derive(Default)]
pub(super) struct Problems {
    pub(super) found: Vec<Problem>,
}

impl Problems {
    pub(super) fn push(&mut self, problem: Problem) {
        self.found.push(problem);
    }

    /// Complains about every key of `table` that is not in `known`.
    pub(super) fn check_keys(&mut self, table: &Table<'_>, known: &[&str]) {
        for (key, _) in table.entries() {
            let word = key.get_ref().as_ref();
            if known.contains(&word) {
                continue;
            }
            let home = HOMES.iter().find(|(_, keys)| keys.contains(&word));
            let help = match (closest(word, known), home) {
                (Some(meant), _) => format!("write `{meant}`"),
                (None, Some((home, _))) => format!("move it to {home}, which has this key"),
                (None, None) => format!("remove it: {} takes {}", table.place, listed(known)),
            };
            self.push(Problem::UnknownKey {
                key: shown(word),
                place: table.place.clone(),
                span: key.span().into(),
                label: format!("expected a key of {}", table.place),
                help,
            });
        }
    }

    /// The value of `key`, one of the keys `known`, which must be there.
    pub(super) fn required<'t>(
        &mut self,
        table: &Table<'t>,
        known: &[&str],
        key: &'static str,
        example: &str,
    ) -> Option<&'t Value<'t>> {
        let value = table.get(key);
        if value.is_none() && !table.misspells(known, key) {
            self.push(Problem::MissingKey {
                place: table.place.clone(),
                key,
                span: table.span.clone().into(),
                help: format!("add for instance `{example}`"),
            });
        }
        value
    }

    pub(super) fn wrong_type(
        &mut self,
        what: String,
        value: &Value<'_>,
        expected: &'static str,
        help: String,
    ) {
        self.push(Problem::WrongType {
            what,
            found: kind(value.get_ref()),
            expected,
            span: value.span().into(),
            help,
        });
    }

    /// A string.
    pub(super) fn string<'t>(
        &mut self,
        what: &str,
        value: &'t Value<'t>,
    ) -> Option<Spanned<&'t str>> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(Spanned::new(text.as_ref(), value.span()));
        }
        let help = match scalar(value.get_ref()) {
            Some(text) => format!("put it in quotes: `\"{text}\"`"),
            None => "write one text in quotes".into(),
        };
        self.wrong_type(what.into(), value, "a string", help);
        None
    }

    /// A string that stands for an argument, a path or a name of the system, none
    /// of which can hold a NUL character.
    pub(super) fn plain_string<'t>(
        &mut self,
        what: &str,
        value: &'t Value<'t>,
    ) -> Option<Spanned<&'t str>> {
        let text = self.string(what, value)?;
        if text.contains('\0') {
            self.push(Problem::BadText {
                what: what.into(),
                reason: "has a NUL character",
                expected: "a text without `\\u0000`",
                span: text.span().into(),
                help: "remove the `\\u0000`: no operating system can pass it on".into(),
            });
            return None;
        }
        Some(text)
    }

    /// Such a string with something in it.
    pub(super) fn filled_string<'t>(
        &mut self,
        what: &str,
        value: &'t Value<'t>,
        example: &str,
    ) -> Option<Spanned<&'t str>> {
        let text = self.plain_string(what, value)?;
        if text.is_empty() {
            self.push(Problem::BadText {
                what: what.into(),
                reason: "is empty",
                expected: "something between the quotes",
                span: text.span().into(),
                help: format!("write for instance `{example}`, or remove the line"),
            });
            return None;
        }
        Some(text)
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, what: String, value: &Value<'_>) -> Option<Spanned<bool>> {
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Some(Spanned::new(*flag, value.span()));
        }
        let help = match value.get_ref() {
            DeValue::String(text) if matches!(text.as_ref(), "true" | "false") => {
                format!("remove the quotes: `{text}`")
            }
            _ => "write `true` or `false`".into(),
        };
        self.wrong_type(what, value, "a boolean", help);
        None
    }

    /// The list of strings at `key`, each without NUL; none where there is no such key.
    pub(super) fn strings(&mut self, table: &Table<'_>, key: &str) -> Vec<Spanned<String>> {
        let Some(value) = table.get(key) else {
            return Vec::new();
        };
        let what = format!("an entry in {}", table.what(key));
        if let (DeValue::String(text), "args") = (value.get_ref(), key) {
            let words: Vec<String> = text
                .split_whitespace()
                .map(|word| format!("\"{word}\""))
                .collect();
            let help = format!(
                "write a list of arguments: `[{}]`",
                shown(&words.join(", "))
            );
            self.wrong_type(table.what(key), value, "a list", help);
            return Vec::new();
        }
        let items = self.list(&table.what(key), value).unwrap_or_default();
        let texts = items
            .iter()
            .filter_map(|item| self.plain_string(&what, item));
        texts.map(|text| text.map(str::to_owned)).collect()
    }

    /// A list.
    pub(super) fn list<'t>(&mut self, what: &str, value: &'t Value<'t>) -> Option<&'t [Value<'t>]> {
        if let DeValue::Array(items) = value.get_ref() {
            return Some(items);
        }
        let help = match value.get_ref() {
            DeValue::String(text) => {
                format!("put it in brackets: `[\"{}\"]`", shown(text))
            }
            DeValue::Table(_) => "put it in brackets: `[{ … }]`".into(),
            _ => "write a list in brackets: `[\"…\"]`".into(),
        };
        self.wrong_type(what.into(), value, "a list", help);
        None
    }

    /// The table that `value`, which stands at `key` in `parent`, is.
    pub(super) fn table<'t>(
        &mut self,
        parent: &Table<'t>,
        key: &str,
        value: &'t Value<'t>,
        example: &str,
    ) -> Option<Table<'t>> {
        if let DeValue::Table(entries) = value.get_ref() {
            return Some(Table::new(parent.inner_place(key), value.span(), entries));
        }
        let help = format!("write for instance `{example}`");
        self.wrong_type(parent.what(key), value, "a table", help);
        None
    }
}

/// The kind of a value with its article.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A value of one word, as it would stand in quotes.
fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(number) => Some(shown(&number.to_string())),
        DeValue::Float(number) => Some(shown(&number.to_string())),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::String(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
