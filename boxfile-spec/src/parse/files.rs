//! `[files]`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use toml::de::DeValue;

use super::reader::{Problems, Table, Value};
use crate::guest_path::GuestPath;
use crate::manifest::FileEntry;
use crate::problem::{Problem, shown};
use crate::span::Spanned;

/// Keys of a line of `[files]` in its long form.
pub(crate) const FILE_KEYS: &[&str] = &["from", "mode"];

pub(super) fn files(root: &Table<'_>, problems: &mut Problems) -> Vec<FileEntry> {
    let example = "files = { \"/app\" = \"src\" }";
    let table = root
        .get("files")
        .and_then(|value| problems.table(root, "files", value, example));
    let Some(table) = table else {
        return Vec::new();
    };
    let mut files = Vec::new();
    let mut seen = Seen::new();
    for (key, value) in table.entries() {
        let guest = problems.guest_path(Spanned::new(key.get_ref().as_ref(), key.span()));
        if let Some(guest) = &guest {
            problems.check_new_path(guest, &mut seen, "`[files]`");
        }
        let entry = source(&table, key.get_ref(), value, problems);
        if let (Some(guest), Some((host, mode))) = (guest, entry) {
            files.push(FileEntry { guest, host, mode });
        }
    }
    files
}

type Source = (Spanned<PathBuf>, Option<Spanned<u32>>);

fn source(
    files: &Table<'_>,
    key: &str,
    value: &Value<'_>,
    problems: &mut Problems,
) -> Option<Source> {
    let what = files.what(key);
    if let DeValue::String(_) = value.get_ref() {
        return Some((problems.host_path(&what, value, "src")?, None));
    }
    let example = "\"/etc/motd\" = { from = \"motd.txt\", mode = \"0644\" }";
    if !matches!(value.get_ref(), DeValue::Table(_)) {
        let help = format!("write a path in quotes, or for instance `{example}`");
        problems.wrong_type(what, value, "a path or a table", help);
        return None;
    }
    let table = problems.table(files, key, value, example)?;
    problems.check_keys(&table, FILE_KEYS);
    let from = problems
        .required(&table, FILE_KEYS, "from", "from = \"motd.txt\"")
        .and_then(|value| problems.host_path(&table.what("from"), value, "motd.txt"));
    let mode = table.get("mode").and_then(|value| problems.mode(value));
    Some((from?, mode))
}

/// Guest paths and where each stood first.
pub(super) type Seen = BTreeMap<GuestPath, Range<usize>>;

impl Problems {
    /// Complains where `path` was seen before. Paths are compared as they are
    /// normalised: `/app` and `/app/` are one.
    pub(super) fn check_new_path(
        &mut self,
        path: &Spanned<GuestPath>,
        seen: &mut Seen,
        place: &'static str,
    ) {
        if let Some(first) = seen.get(path.as_ref()) {
            self.push(Problem::DuplicateGuestPath {
                path: shown(path.as_str()),
                place,
                first: first.clone().into(),
                span: path.span().into(),
            });
        } else {
            seen.insert(GuestPath::clone(path), path.span());
        }
    }
}
