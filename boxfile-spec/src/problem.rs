//! One thing that is wrong with a Boxfile.
//!
//! Every problem says what was found (its text), where (its labels), what was
//! expected (the text of the label) and what to do (its help).

use std::ops::Range;

use miette::{Diagnostic, LabeledSpan, SourceSpan};
use thiserror::Error;

/// One thing that is wrong with a Boxfile: message, code, labels and remedy.
///
/// The fields are for rendering; tell problems apart by variant or by their
/// diagnostic code.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[allow(
    missing_docs,
    reason = "fields are parts of the message, whose text stands above them"
)]
#[non_exhaustive]
pub enum Problem {
    /// The text is not TOML.
    #[error("{message}")]
    #[diagnostic(code(boxfile::syntax))]
    Syntax {
        message: String,
        #[label("{label}")]
        span: SourceSpan,
        label: String,
        #[help]
        help: String,
    },

    /// A merge left its marks.
    #[error("the text has merge conflicts")]
    #[diagnostic(
        code(boxfile::merge_conflict),
        help("take one side of each conflict, and remove the marks")
    )]
    MergeConflict {
        #[label("expected no conflict marker")]
        span: SourceSpan,
    },

    /// A key or a table stands twice.
    #[error("`{key}` stands twice")]
    #[diagnostic(
        code(boxfile::duplicate_key),
        help("remove one of the two, or rename it if it means something else")
    )]
    DuplicateKey {
        key: String,
        #[label("first here")]
        first: Option<SourceSpan>,
        #[label(primary, "expected a key that is not there yet")]
        span: SourceSpan,
    },

    /// A key that the table does not have.
    #[error("unknown key `{key}` in {place}")]
    #[diagnostic(code(boxfile::unknown_key))]
    UnknownKey {
        key: String,
        place: String,
        #[label("{label}")]
        span: SourceSpan,
        label: String,
        #[help]
        help: String,
    },

    /// A line of `[kernel]` for a slot that does not exist.
    #[error("unknown slot `{slot}` in `[kernel]`")]
    #[diagnostic(code(boxfile::unknown_slot))]
    UnknownSlot {
        slot: String,
        #[label(
            "expected one of libc, vfs, net, clock, random, console, environment, exit, wait, runtime"
        )]
        span: SourceSpan,
        #[help]
        help: String,
    },

    /// A value of another type.
    #[error("{what} is {found}, not {expected}")]
    #[diagnostic(code(boxfile::wrong_type))]
    WrongType {
        what: String,
        found: &'static str,
        expected: &'static str,
        #[label("expected {expected}")]
        span: SourceSpan,
        #[help]
        help: String,
    },

    /// A key or table that must be there.
    #[error("{place} has no `{key}`")]
    #[diagnostic(code(boxfile::missing_key))]
    MissingKey {
        place: String,
        key: &'static str,
        #[label("expected `{key}` in {place}")]
        span: SourceSpan,
        #[help]
        help: String,
    },

    /// Keys of which just one may stand.
    #[error("{place} has {} sources: {}", .keys.len(), listed(.keys))]
    #[diagnostic(code(boxfile::too_many_sources))]
    TooManySources {
        place: String,
        keys: Vec<&'static str>,
        #[label(collection, "one source")]
        spans: Vec<SourceSpan>,
        #[help]
        help: String,
    },

    /// None of the keys of which one must stand.
    #[error("{place} has no source")]
    #[diagnostic(code(boxfile::no_source))]
    NoSource {
        place: String,
        #[label("expected one of {expected}")]
        span: SourceSpan,
        expected: String,
        #[help]
        help: String,
    },

    /// A key that means nothing beside another.
    #[error("`{key}` of {place} does not go with `{other}`")]
    #[diagnostic(code(boxfile::conflicting_keys))]
    ConflictingKeys {
        place: String,
        key: &'static str,
        other: &'static str,
        #[label(primary, "expected no `{key}` beside `{other}`")]
        span: SourceSpan,
        #[label("because of this")]
        other_span: SourceSpan,
        #[help]
        help: String,
    },

    /// Not `namespace:name`, or no name of an interface.
    #[error("{text} is not {expected}")]
    #[diagnostic(code(boxfile::bad_name))]
    BadName {
        text: String,
        expected: &'static str,
        #[label("{reason}")]
        span: SourceSpan,
        reason: String,
        #[help]
        help: String,
    },

    /// Not a semver version.
    #[error("{text} is not a version")]
    #[diagnostic(code(boxfile::bad_version))]
    BadVersion {
        text: String,
        #[label("expected MAJOR.MINOR.PATCH: {reason}")]
        span: SourceSpan,
        reason: String,
        #[help]
        help: String,
    },

    /// Not a semver requirement.
    #[error("{text} is not a version requirement")]
    #[diagnostic(code(boxfile::bad_requirement))]
    BadRequirement {
        text: String,
        #[label("expected a requirement such as ^1.2: {reason}")]
        span: SourceSpan,
        reason: String,
        #[help]
        help: String,
    },

    /// Not a word of the list.
    #[error("{text} is not {what}")]
    #[diagnostic(code(boxfile::bad_choice))]
    BadChoice {
        text: String,
        what: &'static str,
        #[label("expected {expected}")]
        span: SourceSpan,
        expected: String,
        #[help]
        help: String,
    },

    /// A text that its place can't take: empty, or with a NUL character.
    #[error("{what} {reason}")]
    #[diagnostic(code(boxfile::bad_text))]
    BadText {
        what: String,
        reason: &'static str,
        #[label("expected {expected}")]
        span: SourceSpan,
        expected: &'static str,
        #[help]
        help: String,
    },

    /// Not an absolute path of the box.
    #[error("bad guest path: {reason}")]
    #[diagnostic(code(boxfile::bad_guest_path))]
    BadGuestPath {
        reason: String,
        #[label("expected an absolute path inside the box")]
        span: SourceSpan,
        #[help]
        help: String,
    },

    /// The same path of the box twice.
    #[error("the guest path `{path}` stands twice in {place}")]
    #[diagnostic(
        code(boxfile::duplicate_guest_path),
        help("remove one of the two, or give it another path")
    )]
    DuplicateGuestPath {
        path: String,
        place: &'static str,
        #[label("first here")]
        first: SourceSpan,
        #[label(primary, "expected a path that is not there yet")]
        span: SourceSpan,
    },

    /// Not permission bits.
    #[error("{text} is not a file mode")]
    #[diagnostic(code(boxfile::bad_mode))]
    BadMode {
        text: String,
        #[label("expected three or four octal digits in quotes")]
        span: SourceSpan,
        #[help]
        help: String,
    },

    /// Not the name of an environment variable.
    #[error("{text} is not the name of an environment variable")]
    #[diagnostic(code(boxfile::bad_env_name))]
    BadEnvName {
        text: String,
        #[label("expected {expected}")]
        span: SourceSpan,
        expected: &'static str,
        #[help]
        help: String,
    },

    /// Not `host:port`.
    #[error("bad network grant: {reason}")]
    #[diagnostic(code(boxfile::bad_address))]
    BadAddress {
        reason: String,
        #[label("expected {expected}")]
        span: SourceSpan,
        expected: &'static str,
        #[help]
        help: String,
    },

    /// A script and nobody to run it.
    #[error("the script `{script}` has no runtime")]
    #[diagnostic(code(boxfile::script_without_runtime))]
    ScriptWithoutRuntime {
        script: String,
        #[label("expected `runtime` in `[kernel]` to run this")]
        span: SourceSpan,
        #[help]
        help: String,
    },

    /// A name in `[wire]` that means no part of a box.
    #[error("{text} is not a part of the box")]
    #[diagnostic(code(boxfile::bad_party))]
    BadParty {
        text: String,
        #[label("expected `app`, `kernel.SLOT` or `namespace:name`")]
        span: SourceSpan,
        #[help]
        help: String,
    },

    /// A part that would provide for itself.
    #[error("`{party}` can't provide `{import}` to itself")]
    #[diagnostic(
        code(boxfile::wired_to_itself),
        help("name another provider, or remove the line and let the resolver choose")
    )]
    WiredToItself {
        party: String,
        import: String,
        #[label("expected another part of the box")]
        span: SourceSpan,
    },

    /// A number that no setting can carry.
    #[error("the number `{text}` is too large")]
    #[diagnostic(
        code(boxfile::number_too_large),
        help("write a smaller number, or put it in quotes")
    )]
    NumberTooLarge {
        text: String,
        #[label("expected a number of at most 64 bits")]
        span: SourceSpan,
    },

    /// A path of the host at which nothing is.
    #[error("`{path}` does not exist")]
    #[diagnostic(code(boxfile::missing_file))]
    MissingFile {
        path: String,
        #[label("expected {expected} at this path of the host")]
        span: SourceSpan,
        expected: &'static str,
        #[help]
        help: String,
    },

    /// A path of the host at which something else is.
    #[error("`{path}` is {found}, not {expected}")]
    #[diagnostic(code(boxfile::wrong_file_kind))]
    WrongFileKind {
        path: String,
        found: &'static str,
        expected: &'static str,
        #[label("expected {expected}")]
        span: SourceSpan,
        #[help]
        help: String,
    },

    /// One guest path would have to be a file and a directory at once.
    #[error("`{file}` would be a file and a directory at once")]
    #[diagnostic(code(boxfile::overlapping_guest_paths))]
    OverlappingGuestPaths {
        file: String,
        #[label(primary, "{label}")]
        span: SourceSpan,
        label: String,
        #[label("{other_label}")]
        other: SourceSpan,
        other_label: String,
        #[help]
        help: String,
    },
}

impl Problem {
    /// Where the problem is, in bytes from the start of the text: its primary
    /// label, or else its first.
    pub fn span(&self) -> Range<usize> {
        let labels: Vec<LabeledSpan> = self.labels().into_iter().flatten().collect();
        let main = labels
            .iter()
            .find(|label| label.primary())
            .or_else(|| labels.first());
        main.map_or(0..0, |label| label.offset()..label.offset() + label.len())
    }
}

/// `a`, `b` and `c`, in backticks.
pub(crate) fn listed(words: &[&str]) -> String {
    joined(words, "and")
}

/// `a`, `b` or `c`, in backticks.
pub(crate) fn choice(words: &[&str]) -> String {
    joined(words, "or")
}

fn joined(words: &[&str], last: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}

/// A text of the Boxfile as a message may show it: on one line, without control
/// characters, and not over-long.
pub(crate) fn shown(text: &str) -> String {
    cut(text, 80)
}

/// The same for what somebody else says about such a text.
pub(crate) fn reason(error: &impl std::fmt::Display) -> String {
    cut(&error.to_string(), 240)
}

/// A text in backticks, or what to call nothing.
pub(crate) fn quoted(text: &str) -> String {
    if text.is_empty() {
        "an empty text".into()
    } else {
        format!("`{}`", shown(text))
    }
}

fn cut(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == longest {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}
