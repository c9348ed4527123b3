//! `box update`: newer versions into the lock, with what they ask for.

use std::collections::BTreeSet;

use boxfile_spec::{Lockfile, PackageName};
use composer::Composed;
use composer::resolve::LockMode;
use registry_index::{Difference, Index, Release, difference};
use semver::Version;
use serde_json::{Value, json};

use crate::args::{self, Update};
use crate::errors::{CliError, PackageError};
use crate::packages::Packages;
use crate::project::{Opened, Options, Project};
use crate::terminal::Terminal;

/// A package that changes.
struct Change {
    name: PackageName,
    old: Option<Version>,
    new: Option<Version>,
    /// What it asks for and offers that it did not, and the other way about.
    difference: Option<Difference>,
}

/// Finds versions anew, and writes the lock. The box is built for it, before and after: only
/// the bytes tell what it asks of its host.
///
/// # Errors
///
/// If a name is not in the lock, no versions fit, or no box can be made of them; then the lock
/// is what it was.
pub fn update(args: &Update, terminal: Terminal) -> Result<(), CliError> {
    let opened = Project::find(&args.project)?.open()?;
    let mode = mode(args, opened.locked())?;
    let resolve = args::Resolve {
        locked: false,
        offline: args.offline.offline,
    };
    let before = host_imports_before(&opened, resolve, terminal);
    let composed = opened
        .build_once(Options {
            mode: Some(&mode),
            ..Options::new(resolve, terminal)
        })?
        .composed;
    let changes = changes(&opened, &composed, resolve, terminal)?;
    let after = host_imports(&composed);
    if !args.dry_run {
        opened.write_lock(&composed.lock)?;
    }
    if args.json {
        let gained = before.as_ref().map(|before| after.difference(before));
        let lost = before.as_ref().map(|before| before.difference(&after));
        return terminal
            .print_json(&json!({
                "changes": changes.iter().map(Change::as_json).collect::<Vec<_>>(),
                "host": {
                    "gained": gained.map(Iterator::collect::<Vec<_>>),
                    "lost": lost.map(Iterator::collect::<Vec<_>>),
                },
            }))
            .map_err(CliError::Output);
    }
    let mut text: String = changes.iter().map(Change::as_text).collect();
    if let Some(before) = &before {
        for import in after.difference(before) {
            text += &format!("the box will ask the host for `{import}`\n");
        }
        for import in before.difference(&after) {
            text += &format!("the box will not ask the host for `{import}` any more\n");
        }
    }
    if changes.is_empty() {
        terminal.status("all packages are at the newest versions that fit");
    } else if args.dry_run {
        terminal.status("nothing is written, because of `--dry-run`");
    }
    terminal.print(text).map_err(CliError::Output)
}

fn mode(args: &Update, lock: Option<&Lockfile>) -> Result<LockMode, CliError> {
    if args.packages.is_empty() {
        return Ok(LockMode::Update);
    }
    for name in &args.packages {
        if lock.is_none_or(|lock| lock.named(name).next().is_none()) {
            let mut known: Vec<String> = lock
                .into_iter()
                .flat_map(Lockfile::packages)
                .map(|package| format!("`{}`", package.name))
                .collect();
            known.dedup();
            let help = if known.is_empty() {
                "lock the box first: `box build`".to_owned()
            } else {
                format!("it has {}", known.join(", "))
            };
            let name = name.clone();
            return Err(PackageError::NotLocked { name, help }.into());
        }
    }
    Ok(LockMode::UpdateOnly(args.packages.clone()))
}

fn host_imports(composed: &Composed) -> BTreeSet<String> {
    let imports = &composed.plan.description().imports;
    imports.iter().map(|import| import.name.clone()).collect()
}

/// What the box asks of its host as it is locked; none where it is not, or cannot be built
/// so any more.
fn host_imports_before(
    opened: &Opened,
    resolve: args::Resolve,
    terminal: Terminal,
) -> Option<BTreeSet<String>> {
    opened.locked()?;
    let quiet = terminal.silenced();
    let options = Options {
        mode: Some(&LockMode::Keep),
        ..Options::new(resolve, quiet)
    };
    let old = opened.build_once(options).ok()?;
    Some(host_imports(&old.composed))
}

fn changes(
    opened: &Opened,
    composed: &Composed,
    resolve: args::Resolve,
    terminal: Terminal,
) -> Result<Vec<Change>, CliError> {
    let none = Lockfile::default();
    let old = opened.locked().unwrap_or(&none);
    let new = &composed.lock;
    let packages = Packages::new(&opened.project.folder, resolve.offline, terminal)?;
    let names: BTreeSet<&PackageName> = old
        .packages()
        .chain(new.packages())
        .map(|package| &package.name)
        .collect();
    let mut changes = Vec::new();
    for name in names {
        let version = |lock: &Lockfile| lock.named(name).last().map(|p| p.version.clone());
        let (was, is) = (version(old), version(new));
        if was == is {
            continue;
        }
        let known = composed.resolution.get(name);
        let old_release = match (&was, known) {
            (Some(was), Some(is)) => release_like(&packages, is, was),
            _ => None,
        };
        changes.push(Change {
            name: name.clone(),
            difference: old_release
                .zip(known)
                .map(|(old, new)| difference(&old, new)),
            old: was,
            new: is,
        });
    }
    Ok(changes)
}

/// Another version of a release, from the source that it came from.
fn release_like(packages: &Packages, like: &Release, version: &Version) -> Option<Release> {
    let usual = packages.index();
    let other;
    let index: &dyn Index = if usual.owns(like) {
        usual
    } else {
        other = packages.open(&like.origin).ok()?;
        other.as_ref()
    };
    let releases = index.releases(&like.name).ok()?;
    releases.into_iter().find(|one| one.version == *version)
}

impl Change {
    fn as_text(&self) -> String {
        let name = &self.name;
        let mut text = match (&self.old, &self.new) {
            (Some(old), Some(new)) => format!("{name} {old} -> {new}\n"),
            (None, Some(new)) => format!("{name} {new} (new)\n"),
            (Some(old), None) => format!("{name} {old} (removed)\n"),
            (None, None) => String::new(),
        };
        for line in self.difference.iter().flat_map(lines_of) {
            text += &format!("  {line}\n");
        }
        text
    }

    fn as_json(&self) -> Value {
        let text = |version: &Option<Version>| version.as_ref().map(ToString::to_string);
        let changes = |of: fn(&Difference) -> &registry_index::Changes| {
            self.difference.as_ref().map(|difference| {
                let changes = of(difference);
                json!({
                    "added": changes.added,
                    "removed": changes.removed,
                    "functionsAdded": changes.functions_added,
                    "functionsRemoved": changes.functions_removed,
                })
            })
        };
        json!({
            "name": self.name.as_str(),
            "old": text(&self.old),
            "new": text(&self.new),
            "imports": changes(|difference| &difference.imports),
            "exports": changes(|difference| &difference.exports),
        })
    }
}

/// What came and what went, a line for each.
pub(super) fn lines_of(difference: &Difference) -> Vec<String> {
    let mut lines = Vec::new();
    for (changes, verb) in [
        (&difference.imports, "imports"),
        (&difference.exports, "exports"),
    ] {
        let now = |name: &String| format!("+ {verb} `{name}`");
        let gone = |name: &String| format!("- {verb} `{name}` no longer");
        lines.extend(changes.added.iter().map(now));
        lines.extend(changes.removed.iter().map(gone));
        let now = |(interface, name): &(String, String)| format!("+ {verb} `{interface}` {name}");
        let gone = |(interface, name): &(String, String)| {
            format!("- {verb} `{interface}` {name} no longer")
        };
        lines.extend(changes.functions_added.iter().map(now));
        lines.extend(changes.functions_removed.iter().map(gone));
    }
    lines
}
