//! Changes to one line of a Boxfile that keep all others as they are, with their
//! comments and blanks.
//!
//! The text needs to be TOML for these, and the line's table to be a table; what
//! else is wrong with the file may stay so, since a change may be what mends it.
//!
//! ```
//! use boxfile_spec::{Slot, edit};
//!
//! let before = "[kernel]\nvfs = \"boxer:memfs@^0.1\" # in memory\n";
//! let after = edit::set_kernel(before, Slot::Vfs, &"boxer:hostfs".parse()?)?;
//! assert_eq!(after, "[kernel]\nvfs = \"boxer:hostfs\" # in memory\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use miette::Diagnostic;
use semver::VersionReq;
use thiserror::Error;
use toml_edit::{
    Array, Decor, DocumentMut, InlineTable, Item, Key, RawString, Table, TableLike, Value,
};

use crate::errors::BoxfileErrors;
use crate::guest_path::GuestPath;
use crate::manifest::FsMode;
use crate::name::{PackageName, PackageRef};
use crate::parse;
use crate::slot::Slot;
use crate::suggest::closest;

/// Why a change can't be made.
#[derive(Debug, Error, Diagnostic)]
pub enum EditError {
    /// The text is not TOML.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Syntax(#[from] BoxfileErrors),

    /// The key that should hold the line is something else.
    #[error("`{key}` is not a table, so no line of it can be changed")]
    #[diagnostic(
        code(boxfile::edit::not_a_table),
        help("write `{key}` as a table first")
    )]
    NotATable {
        /// The key.
        key: String,
    },

    /// The dependency to remove is not there.
    #[error("`[dependencies]` has no `{name}`")]
    #[diagnostic(code(boxfile::edit::no_such_dependency))]
    NoSuchDependency {
        /// The dependency.
        name: PackageName,
        /// The remedy.
        #[help]
        help: String,
    },
}

/// Fills `slot` with `package`.
///
/// Settings stay where the package stays the same; those of another module would
/// mean nothing to this one and go.
///
/// # Errors
///
/// The text is not TOML, or `kernel` is no table.
pub fn set_kernel(text: &str, slot: Slot, package: &PackageRef) -> Result<String, EditError> {
    fill(text, slot, package, None, false)
}

/// Fills `slot` with `package` from the source `registry`: a folder relative to the Boxfile,
/// an address, or a name.
///
/// # Errors
///
/// The text is not TOML, or `kernel` is no table.
pub fn set_kernel_from(
    text: &str,
    slot: Slot,
    package: &PackageRef,
    registry: &str,
) -> Result<String, EditError> {
    fill(text, slot, package, Some(registry), false)
}

/// Fills `slot` with `package`, which takes over the settings of the module that was there.
///
/// # Errors
///
/// The text is not TOML, or `kernel` is no table.
pub fn replace_kernel(text: &str, slot: Slot, package: &PackageRef) -> Result<String, EditError> {
    fill(text, slot, package, None, true)
}

fn fill(
    text: &str,
    slot: Slot,
    package: &PackageRef,
    registry: Option<&str>,
    keeps_settings: bool,
) -> Result<String, EditError> {
    edit(text, |document| {
        let kernel = table(document, "kernel")?;
        let line = kernel.get(slot.as_str()).and_then(package_of);
        let same = keeps_settings || line == Some(package.name.to_string());
        let mut set = vec![("package", package.name.to_string())];
        let mut unset = vec!["path"];
        if package.requirement == VersionReq::STAR {
            unset.push("version");
        } else {
            set.push(("version", package.requirement.to_string()));
        }
        if line != Some(package.name.to_string()) {
            unset.push("registry");
        }
        if !same {
            unset.push("config");
        }
        set.extend(registry.map(|registry| ("registry", registry.to_owned())));
        Line {
            // A source has no place in the short form.
            short: registry.is_none().then(|| package.to_string()),
            set,
            unset,
        }
        .write(kernel, slot.as_str())
    })
}

/// Fills `slot` with the component in the file `path`, relative to the Boxfile.
/// Settings stay where the path stays the same.
///
/// # Errors
///
/// The text is not TOML, or `kernel` is no table.
pub fn set_kernel_path(text: &str, slot: Slot, path: &str) -> Result<String, EditError> {
    edit(text, |document| {
        let kernel = table(document, "kernel")?;
        let old = kernel.get(slot.as_str()).and_then(|line| line.get("path"));
        let mut unset = vec!["package", "version", "registry"];
        if old.and_then(Item::as_str) != Some(path) {
            unset.push("config");
        }
        Line {
            short: None,
            set: vec![("path", path.into())],
            unset,
        }
        .write(kernel, slot.as_str())
    })
}

/// Removes the line of `slot`, so that it takes its default. Nothing happens where
/// there is none.
///
/// # Errors
///
/// The text is not TOML, or `kernel` is no table.
pub fn reset_kernel(text: &str, slot: Slot) -> Result<String, EditError> {
    edit(text, |document| {
        if document.contains_key("kernel") {
            remove(table(document, "kernel")?, slot.as_str());
        }
        Ok(())
    })
}

/// Adds the dependency, or changes its requirement where it is there.
///
/// # Errors
///
/// The text is not TOML, or `dependencies` is no table.
pub fn set_dependency(text: &str, package: &PackageRef) -> Result<String, EditError> {
    depend(text, package, None)
}

/// The same from the source `registry`: a folder relative to the Boxfile, an address, or a
/// name.
///
/// # Errors
///
/// The text is not TOML, or `dependencies` is no table.
pub fn set_dependency_from(
    text: &str,
    package: &PackageRef,
    registry: &str,
) -> Result<String, EditError> {
    depend(text, package, Some(registry))
}

fn depend(text: &str, package: &PackageRef, registry: Option<&str>) -> Result<String, EditError> {
    let requirement = package.requirement.to_string();
    edit(text, |document| {
        let mut set = vec![("version", requirement.clone())];
        set.extend(registry.map(|registry| ("registry", registry.to_owned())));
        let line = Line {
            short: registry.is_none().then_some(requirement),
            set,
            unset: vec!["path"],
        };
        line.write(table(document, "dependencies")?, package.name.as_str())
    })
}

/// Adds the dependency as the component in the file `path`, relative to the
/// Boxfile, or lets it be that from now on.
///
/// # Errors
///
/// The text is not TOML, or `dependencies` is no table.
pub fn set_dependency_path(
    text: &str,
    name: &PackageName,
    path: &str,
) -> Result<String, EditError> {
    edit(text, |document| {
        let set = vec![("path", path.into())];
        let line = Line {
            short: None,
            set,
            unset: vec!["version", "registry"],
        };
        line.write(table(document, "dependencies")?, name.as_str())
    })
}

/// Grants a directory of the host.
///
/// # Errors
///
/// The text is not TOML, `grants` is no table, or `grants.fs` no list.
pub fn grant_directory(
    text: &str,
    host: &str,
    guest: &GuestPath,
    mode: FsMode,
) -> Result<String, EditError> {
    edit(text, |document| {
        let grants = table(document, "grants")?;
        let mut line = InlineTable::new();
        line.insert("host", host.into());
        line.insert("guest", guest.as_str().into());
        line.insert("mode", mode.as_str().into());
        let not_a_list = || EditError::NotATable {
            key: "grants.fs".into(),
        };
        // `Item::get_mut` makes the key, with nothing in it.
        match grants.get_mut("fs") {
            Some(Item::ArrayOfTables(lines)) => lines.push(line.into_table()),
            Some(Item::Value(Value::Array(lines))) => lines.push(line),
            Some(Item::Table(_) | Item::Value(_)) => return Err(not_a_list()),
            Some(Item::None) | None => {
                let mut lines = Array::new();
                lines.push(line);
                let grants = grants.as_table_like_mut().ok_or_else(not_a_list)?;
                grants.insert("fs", Item::Value(Value::Array(lines)));
            }
        }
        Ok(())
    })
}

/// Removes the dependency.
///
/// # Errors
///
/// The text is not TOML, `dependencies` is no table, or has no such line.
pub fn remove_dependency(text: &str, name: &PackageName) -> Result<String, EditError> {
    edit(text, |document| {
        let mut names = Vec::new();
        if document.contains_key("dependencies") {
            let dependencies = table(document, "dependencies")?;
            if remove(dependencies, name.as_str()) {
                return Ok(());
            }
            let lines = dependencies
                .as_table_like()
                .into_iter()
                .flat_map(TableLike::iter);
            names.extend(lines.map(|(key, _)| key));
        }
        let help = match closest(name.as_str(), &names) {
            Some(meant) => format!("name `{meant}`, if that is meant"),
            None => "name one of the lines of `[dependencies]`".into(),
        };
        Err(EditError::NoSuchDependency {
            name: name.clone(),
            help,
        })
    })
}

fn edit(
    text: &str,
    change: impl FnOnce(&mut DocumentMut) -> Result<(), EditError>,
) -> Result<String, EditError> {
    let bare = text.strip_prefix(BOM).unwrap_or(text);
    let mut document: DocumentMut = bare.parse().map_err(|error: toml_edit::TomlError| {
        let offset = text.len() - bare.len();
        let span = error
            .span()
            .map_or(0..0, |span| span.start + offset..span.end + offset);
        parse::syntax_errors(text, "Boxfile.toml", error.message(), span)
    })?;
    change(&mut document)?;
    let mut edited = document.to_string();
    // toml_edit writes neither carriage returns nor a byte order mark.
    if text.contains("\r\n") {
        edited = edited.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    if bare.len() != text.len() {
        edited.insert_str(0, BOM);
    }
    Ok(edited)
}

const BOM: &str = "\u{feff}";

/// The table at the top level called `key`, made at the end where there is none.
fn table<'d>(document: &'d mut DocumentMut, key: &'static str) -> Result<&'d mut Item, EditError> {
    if !document.contains_key(key) {
        let mut table = Table::new();
        // Comments at the end of the file stay above what is added.
        let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
        let is_first = document.is_empty() && trailing.is_empty();
        table
            .decor_mut()
            .set_prefix(if is_first { trailing } else { trailing + "\n" });
        document.set_trailing("");
        document.insert(key, Item::Table(table));
    }
    let item = &mut document[key];
    if item.is_table_like() {
        Ok(item)
    } else {
        Err(EditError::NotATable { key: key.into() })
    }
}

/// The package that a line of `[kernel]` names.
fn package_of(line: &Item) -> Option<String> {
    let text = line.as_str().or_else(|| line.get("package")?.as_str())?;
    Some(text.split('@').next()?.to_owned())
}

/// What a line shall say: as one string, where it can be said so, and as a table.
struct Line {
    short: Option<String>,
    set: Vec<(&'static str, String)>,
    unset: Vec<&'static str>,
}

impl Line {
    fn write(self, table: &mut Item, key: &str) -> Result<(), EditError> {
        // `Item::get_mut` would make the key.
        if table.get(key).is_none() {
            let fresh = self.fresh();
            if let Some(table) = table.as_inline_table_mut() {
                table.insert(key, fresh);
                tidy(table);
            } else if let Some(table) = table.as_table_like_mut() {
                table.insert(key, Item::Value(fresh));
            }
            return Ok(());
        }
        match &mut table[key] {
            // A table with a header or dotted keys keeps its form.
            Item::Table(old) => self.write_into(old),
            Item::Value(Value::InlineTable(old)) if old.is_dotted() => self.write_into(old),
            Item::Value(old) => {
                let new = match old {
                    Value::InlineTable(old) => {
                        self.write_into(old);
                        tidy(old);
                        match &self.short {
                            Some(short) if self.says_all_of(old) => Value::from(short.as_str()),
                            _ => Value::InlineTable(old.clone()),
                        }
                    }
                    _ => self.fresh(),
                };
                let decor = old.decor().clone();
                *old = new;
                *old.decor_mut() = decor;
            }
            Item::ArrayOfTables(_) | Item::None => {
                return Err(EditError::NotATable { key: key.into() });
            }
        }
        Ok(())
    }

    /// The value where there was none.
    fn fresh(&self) -> Value {
        match &self.short {
            Some(short) => Value::from(short.as_str()),
            None => {
                let mut table = InlineTable::new();
                self.write_into(&mut table);
                table.fmt();
                Value::InlineTable(table)
            }
        }
    }

    fn write_into(&self, table: &mut dyn TableLike) {
        for key in &self.unset {
            table.remove(key);
        }
        for (key, text) in &self.set {
            match table.get_mut(key) {
                Some(Item::Value(old)) => {
                    let decor = old.decor().clone();
                    *old = Value::from(text.as_str());
                    *old.decor_mut() = decor;
                }
                _ => {
                    table.insert(key, Item::Value(Value::from(text.as_str())));
                }
            }
        }
    }

    fn says_all_of(&self, table: &InlineTable) -> bool {
        table
            .iter()
            .all(|(key, _)| self.set.iter().any(|(set, _)| *set == key))
    }
}

/// Puts the blanks right again where a key of `{ … }` came or went at the end, which
/// brings or takes those before the brace. Comments would not survive it.
fn tidy(table: &mut InlineTable) {
    if !table.to_string().contains('#') {
        table.fmt();
    }
}

/// Removes `key` with the comment that stands right above it; one that a blank line
/// parts from it stays. Tells whether it was there.
fn remove(item: &mut Item, key: &str) -> bool {
    let Some(table) = item.as_table_like_mut() else {
        return false;
    };
    let Some(prefix) = table.key(key).map(prefix) else {
        return false;
    };
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    let position = keys
        .iter()
        .position(|other| other == key)
        .unwrap_or_default();
    table.remove(key);
    let kept = prefix.rfind("\n\n").map_or("", |blank| &prefix[..=blank]);
    if !kept.contains('#') {
        return true;
    }
    let neighbour = |position: Option<usize>| position.and_then(|position| keys.get(position));
    if let Some(mut next) = neighbour(Some(position + 1)).and_then(|next| table.key_mut(next)) {
        let own = prefix_of(next.leaf_decor());
        next.leaf_decor_mut()
            .set_prefix(format!("{kept}\n{}", own.trim_start_matches('\n')));
        return true;
    }
    let last = neighbour(position.checked_sub(1)).and_then(|last| table.get_mut(last));
    match last {
        Some(Item::Value(last)) => keep_behind(last.decor_mut(), kept),
        Some(_) => {}
        None => {
            if let Item::Table(table) = item {
                keep_behind(table.decor_mut(), kept);
            }
        }
    }
    true
}

/// Puts comments on the lines behind a value or a header.
fn keep_behind(decor: &mut Decor, comments: &str) {
    let own = decor
        .suffix()
        .and_then(RawString::as_str)
        .unwrap_or_default();
    let all = format!("{own}\n{}", comments.trim_end_matches('\n'));
    decor.set_suffix(all);
}

fn prefix(key: &Key) -> String {
    prefix_of(key.leaf_decor())
}

fn prefix_of(decor: &Decor) -> String {
    decor
        .prefix()
        .and_then(RawString::as_str)
        .unwrap_or_default()
        .to_owned()
}
