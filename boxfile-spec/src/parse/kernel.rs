//! `[kernel]` and `[dependencies]`: which components, from where.

use std::collections::BTreeMap;

use semver::VersionReq;
use toml::de::DeValue;

use super::reader::{Problems, Table, Value};
use crate::manifest::{ComponentSource, Dependency, Module};
use crate::name::{PackageName, PackageRef};
use crate::problem::{Problem, shown};
use crate::slot::Slot;
use crate::span::Spanned;
use crate::suggest::closest;

/// Keys of a line of `[kernel]` in its long form.
pub(crate) const MODULE_KEYS: &[&str] = &[
    "package", "version", "path", "registry", "config", "instance",
];
/// Keys of a line of `[dependencies]` in its long form.
pub(crate) const DEPENDENCY_KEYS: &[&str] = &["version", "path", "registry", "instance"];

pub(super) fn kernel(root: &Table<'_>, problems: &mut Problems) -> BTreeMap<Slot, Module> {
    let example = "kernel = { vfs = \"boxer:memfs\" }";
    let table = root
        .get("kernel")
        .and_then(|value| problems.table(root, "kernel", value, example));
    let mut modules = BTreeMap::new();
    for (key, value) in table.iter().flat_map(Table::entries) {
        let word = key.get_ref().as_ref();
        let Ok(slot) = word.parse::<Slot>() else {
            problems.push(unknown_slot(Spanned::new(word, key.span())));
            continue;
        };
        let module = table
            .as_ref()
            .and_then(|table| module(table, slot, value, problems));
        if let Some((source, config, instance)) = module {
            modules.insert(
                slot,
                Module {
                    key_span: key.span(),
                    source,
                    config,
                    instance,
                },
            );
        }
    }
    modules
}

/// A word that is no slot, with the one that was probably meant.
pub(super) fn unknown_slot(word: Spanned<&str>) -> Problem {
    let words = Slot::ALL.map(Slot::as_str);
    let help = match closest(&word, &words) {
        Some(meant) => format!("write `{meant}`"),
        None => "name one of the kernel's slots; other components go into `[dependencies]`".into(),
    };
    Problem::UnknownSlot {
        slot: shown(&word),
        span: word.span().into(),
        help,
    }
}

type Parts = (
    ComponentSource,
    toml::Table,
    Option<Spanned<crate::manifest::Instance>>,
);

fn module(
    kernel: &Table<'_>,
    slot: Slot,
    value: &Value<'_>,
    problems: &mut Problems,
) -> Option<Parts> {
    let what = kernel.what(slot.as_str());
    if let DeValue::String(_) = value.get_ref() {
        let reference = problems.package_ref(&what, value)?;
        let source = ComponentSource::Package {
            reference,
            registry: None,
        };
        return Some((source, toml::Table::new(), None));
    }
    let example = format!("{slot} = {{ package = \"acme:module\", version = \"^1\" }}");
    if !matches!(value.get_ref(), DeValue::Table(_)) {
        let help = format!("write a package in quotes, or for instance `{example}`");
        problems.wrong_type(what, value, "a package or a table", help);
        return None;
    }
    let table = problems.table(kernel, slot.as_str(), value, &example)?;
    problems.check_keys(&table, MODULE_KEYS);
    let config = config(&table, problems);
    let instance = instance(&table, problems);
    let source = package_or_path(&table, MODULE_KEYS, "package = \"acme:module\"", problems)?;
    Some((source, config, instance))
}

/// The source of a table that has `package` or `path`.
pub(super) fn package_or_path(
    table: &Table<'_>,
    known: &'static [&'static str],
    example: &str,
    problems: &mut Problems,
) -> Option<ComponentSource> {
    let (key, value) = problems.one_source(table, known, &["package", "path"], example)?;
    if key == "path" {
        problems.check_path_alone(table, "version");
        return path_source(table, value, problems);
    }
    let reference = problems.package_ref(&table.what("package"), value);
    let requirement = requirement(table, problems);
    let registry = registry(table, problems);
    let reference = with_requirement(reference?, requirement, table, problems)?;
    Some(ComponentSource::Package {
        reference,
        registry,
    })
}

/// The package with the requirement of `version`, which must then not stand
/// behind the name as well.
fn with_requirement(
    reference: Spanned<PackageRef>,
    requirement: Option<Spanned<VersionReq>>,
    table: &Table<'_>,
    problems: &mut Problems,
) -> Option<Spanned<PackageRef>> {
    let Some(requirement) = requirement else {
        return Some(reference);
    };
    if reference.requirement != VersionReq::STAR {
        problems.push(Problem::ConflictingKeys {
            place: table.place.clone(),
            key: "version",
            other: "package",
            span: requirement.span().into(),
            other_span: reference.span().into(),
            help: format!(
                "remove `version`, or write the package without its `@{}`",
                reference.requirement
            ),
        });
        return None;
    }
    let requirement = requirement.into_inner();
    Some(reference.map(|reference| PackageRef {
        requirement,
        ..reference
    }))
}

pub(super) fn dependencies(root: &Table<'_>, problems: &mut Problems) -> Vec<Dependency> {
    let example = "dependencies = { \"acme:greeter\" = \"^1.2\" }";
    let table = root
        .get("dependencies")
        .and_then(|value| problems.table(root, "dependencies", value, example));
    let Some(table) = table else {
        return Vec::new();
    };
    let mut dependencies = Vec::new();
    for (key, value) in table.entries() {
        let name = problems.package_name_in(Spanned::new(key.get_ref().as_ref(), key.span()));
        // The rest is checked even where the name is wrong.
        let source = dependency(&table, key.get_ref(), value, name.as_ref(), problems);
        if let (Some(name), Some((source, instance))) = (name, source) {
            dependencies.push(Dependency {
                name,
                source,
                instance,
            });
        }
    }
    dependencies
}

fn dependency(
    dependencies: &Table<'_>,
    key: &str,
    value: &Value<'_>,
    name: Option<&Spanned<PackageName>>,
    problems: &mut Problems,
) -> Option<(ComponentSource, Option<Spanned<crate::manifest::Instance>>)> {
    let what = dependencies.what(key);
    let package = |requirement: Spanned<VersionReq>, registry| {
        let name = PackageName::clone(name?);
        let reference = requirement.map(|requirement| PackageRef { name, requirement });
        Some(ComponentSource::Package {
            reference,
            registry,
        })
    };
    if let DeValue::String(_) = value.get_ref() {
        let requirement = problems.requirement(&what, value)?;
        return Some((package(requirement, None)?, None));
    }
    let example = "\"acme:greeter\" = { version = \"^1.2\" }";
    if !matches!(value.get_ref(), DeValue::Table(_)) {
        let help = format!("write a version requirement in quotes, or for instance `{example}`");
        problems.wrong_type(what, value, "a version requirement or a table", help);
        return None;
    }
    let table = problems.table(dependencies, key, value, example)?;
    problems.check_keys(&table, DEPENDENCY_KEYS);
    let instance = instance(&table, problems);
    let (key, value) = problems.one_source(
        &table,
        DEPENDENCY_KEYS,
        &["version", "path"],
        "version = \"^1.2\"",
    )?;
    let source = if key == "path" {
        path_source(&table, value, problems)?
    } else {
        let requirement = problems.requirement(&table.what("version"), value);
        let registry = registry(&table, problems);
        package(requirement?, registry)?
    };
    Some((source, instance))
}

fn path_source(
    table: &Table<'_>,
    value: &Value<'_>,
    problems: &mut Problems,
) -> Option<ComponentSource> {
    problems.check_path_alone(table, "registry");
    problems
        .host_path(&table.what("path"), value, "module.wasm")
        .map(ComponentSource::Path)
}

fn requirement(table: &Table<'_>, problems: &mut Problems) -> Option<Spanned<VersionReq>> {
    problems.requirement(&table.what("version"), table.get("version")?)
}

fn registry(table: &Table<'_>, problems: &mut Problems) -> Option<Spanned<String>> {
    let value = table.get("registry")?;
    let example = "oci://ghcr.io/acme";
    let text = problems.filled_string(&table.what("registry"), value, example)?;
    Some(text.map(str::to_owned))
}

fn instance(
    table: &Table<'_>,
    problems: &mut Problems,
) -> Option<Spanned<crate::manifest::Instance>> {
    problems.instance(&table.what("instance"), table.get("instance")?)
}

fn config(table: &Table<'_>, problems: &mut Problems) -> toml::Table {
    let Some(value) = table.get("config") else {
        return toml::Table::new();
    };
    let example = "config = { address = \"10.0.0.2/24\" }";
    if problems.table(table, "config", value, example).is_none() {
        return toml::Table::new();
    }
    match problems.setting(value) {
        Some(toml::Value::Table(config)) => config,
        _ => toml::Table::new(),
    }
}

impl Problems {
    /// Complains where `key` stands beside `path`, for which it means nothing.
    fn check_path_alone(&mut self, table: &Table<'_>, key: &'static str) {
        if let (Some(span), Some(path)) = (table.key_span(key), table.key_span("path")) {
            self.push(Problem::ConflictingKeys {
                place: table.place.clone(),
                key,
                other: "path",
                span: span.into(),
                other_span: path.into(),
                help: format!("remove `{key}`: a file is taken as it is"),
            });
        }
    }

    /// A value of a module's settings, which may be anything.
    fn setting(&mut self, value: &Value<'_>) -> Option<toml::Value> {
        Some(match value.get_ref() {
            DeValue::String(text) => toml::Value::String(text.to_string()),
            DeValue::Boolean(flag) => toml::Value::Boolean(*flag),
            DeValue::Datetime(time) => toml::Value::Datetime(*time),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => toml::Value::Integer(number),
                    Err(_) => return self.too_large(&number.to_string(), value),
                }
            }
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(float) if float.is_finite() || number.as_str().contains(['i', 'n']) => {
                    toml::Value::Float(float)
                }
                _ => return self.too_large(number.as_str(), value),
            },
            DeValue::Array(items) => {
                toml::Value::Array(items.iter().filter_map(|item| self.setting(item)).collect())
            }
            DeValue::Table(entries) => toml::Value::Table(
                entries
                    .iter()
                    .filter_map(|(key, value)| {
                        Some((key.get_ref().to_string(), self.setting(value)?))
                    })
                    .collect(),
            ),
        })
    }

    fn too_large(&mut self, text: &str, value: &Value<'_>) -> Option<toml::Value> {
        self.push(Problem::NumberTooLarge {
            text: shown(text),
            span: value.span().into(),
        });
        None
    }
}
