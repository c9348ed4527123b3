//! `[files]`.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::DeValue;

use super::reader::{Problems, Table, Value};
use crate::guest_path::GuestPath;
use crate::manifest::{ComponentSource, FileEntry, FileSource};
use crate::problem::{Problem, shown};
use crate::span::Spanned;

/// Keys of a line of `[files]` in its long form.
pub(crate) const FILE_KEYS: &[&str] = &["from", "mode", "layer", "layers"];
/// Keys of a layer in its long form.
pub(crate) const LAYER_KEYS: &[&str] = &["path", "package", "version", "registry"];

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
        if let (Some(guest), Some(source)) = (guest, entry) {
            files.push(FileEntry { guest, source });
        }
    }
    files
}

fn source(
    files: &Table<'_>,
    key: &str,
    value: &Value<'_>,
    problems: &mut Problems,
) -> Option<FileSource> {
    let what = files.what(key);
    if let DeValue::String(_) = value.get_ref() {
        let path = problems.host_path(&what, value, "src")?;
        return Some(FileSource::Host { path, mode: None });
    }
    let example = "\"/etc/motd\" = { from = \"motd.txt\", mode = \"0644\" }";
    if !matches!(value.get_ref(), DeValue::Table(_)) {
        let help = format!("write a path in quotes, or for instance `{example}`");
        problems.wrong_type(what, value, "a path or a table", help);
        return None;
    }
    let table = problems.table(files, key, value, example)?;
    problems.check_keys(&table, FILE_KEYS);
    let example = "from = \"motd.txt\"";
    let (key, value) =
        problems.one_source(&table, FILE_KEYS, &["from", "layer", "layers"], example)?;
    if key == "from" {
        let path = problems.host_path(&table.what("from"), value, "motd.txt");
        let mode = table.get("mode").and_then(|value| problems.mode(value));
        return Some(FileSource::Host { path: path?, mode });
    }
    if let (Some(span), Some(other)) = (table.key_span("mode"), table.key_span(key)) {
        problems.push(Problem::ConflictingKeys {
            place: table.place.clone(),
            key: "mode",
            other: key,
            span: span.into(),
            other_span: other.into(),
            help: "remove `mode`: a layer says the mode of each of its files".to_owned(),
        });
    }
    let layers = layers(&table, key, value, problems)?;
    Some(FileSource::Layers(layers))
}

/// The value of `layer`, or those of `layers`.
fn layers(
    table: &Table<'_>,
    key: &'static str,
    value: &Value<'_>,
    problems: &mut Problems,
) -> Option<Vec<ComponentSource>> {
    let what = table.what(key);
    if key == "layer" {
        return Some(vec![layer(&what, value, problems)?]);
    }
    let items = problems.list(&what, value)?;
    if items.is_empty() {
        let help = "name at least one layer, or remove the line".to_owned();
        problems.wrong_type(what, value, "a list with layers in it", help);
        return None;
    }
    // All are looked at, so that all that is wrong is told at once.
    let layers: Vec<_> = items
        .iter()
        .map(|item| layer(&what, item, problems))
        .collect();
    layers.into_iter().collect()
}

fn layer(what: &str, value: &Value<'_>, problems: &mut Problems) -> Option<ComponentSource> {
    match value.get_ref() {
        DeValue::String(_) => {
            let path = problems.host_path(what, value, "layer.tar.gz")?;
            Some(ComponentSource::Path(path))
        }
        DeValue::Table(entries) => {
            let table = Table::new(what.to_owned(), value.span(), entries);
            problems.check_keys(&table, LAYER_KEYS);
            super::kernel::package_or_path(
                &table,
                LAYER_KEYS,
                "package = \"acme:base@^1\"",
                problems,
            )
        }
        _ => {
            let help = "write the path of a tar in quotes, or for instance `{ package = \"acme:base@^1\" }`";
            problems.wrong_type(what.to_owned(), value, "a path or a table", help.to_owned());
            None
        }
    }
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
