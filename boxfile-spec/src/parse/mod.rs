//! From text to a manifest, one function for each table of the file.

mod app;
mod build;
mod files;
mod grants;
mod kernel;
mod reader;
mod syntax;
mod values;
mod wire;

use std::ops::Range;
use std::sync::Arc;

use miette::NamedSource;
use toml::de::DeTable;

use crate::errors::BoxfileErrors;
use crate::manifest::{AppSource, Manifest, Package};
use crate::problem::{Problem, shown};
use crate::slot::Slot;
use reader::{Problems, Table};

pub(crate) use {app::APP_KEYS, grants::NET_KEYS};
#[cfg(test)]
pub(crate) use {
    app::CARGO_KEYS,
    build::BUILD_KEYS,
    files::{FILE_KEYS, LAYER_KEYS},
    grants::{FS_KEYS, GRANT_KEYS},
    kernel::{DEPENDENCY_KEYS, MODULE_KEYS},
};

/// Keys of the whole file.
pub(crate) const ROOT_KEYS: &[&str] = &[
    "box",
    "app",
    "kernel",
    "files",
    "dependencies",
    "wire",
    "grants",
    "build",
];
/// Keys of `[box]`.
pub(crate) const BOX_KEYS: &[&str] = &[
    "name",
    "version",
    "description",
    "license",
    "authors",
    "repository",
];

/// Reads and checks a Boxfile. `file_name` is what errors call it.
///
/// No file is looked at; [`crate::validate_files`] does what needs that.
///
/// # Errors
///
/// Everything that is wrong with the text, not only the first thing: each with a
/// diagnostic code, labels and a remedy. Where the text is not even TOML, only that.
pub fn parse(text: &str, file_name: &str) -> Result<Manifest, BoxfileErrors> {
    let source = named(text, file_name);
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut problems = Problems::default();
    if !errors.is_empty() {
        problems.found = syntax::problems(text, root.get_ref(), &errors);
        if !errors.iter().all(syntax::is_harmless) {
            return Err(BoxfileErrors::new(source, problems.found));
        }
    }
    // What is wrong with the file as a whole has no better place than its start.
    let start = text.find(|c: char| !c.is_whitespace()).unwrap_or_default();
    let root = Table::new("the Boxfile".into(), start..start, root.get_ref());
    match manifest(&root, source.clone(), &mut problems) {
        Some(manifest) if problems.found.is_empty() => Ok(manifest),
        _ => Err(BoxfileErrors::new(source, problems.found)),
    }
}

/// The syntax errors of a text in which another reader of TOML found `message`.
pub(crate) fn syntax_errors(
    text: &str,
    file_name: &str,
    message: &str,
    span: Range<usize>,
) -> BoxfileErrors {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut problems = syntax::problems(text, root.get_ref(), &errors);
    if problems.is_empty() {
        problems.push(syntax::described(text, message, span));
    }
    BoxfileErrors::new(named(text, file_name), problems)
}

fn named(text: &str, file_name: &str) -> NamedSource<Arc<str>> {
    NamedSource::new(file_name, Arc::<str>::from(text)).with_language("TOML")
}

/// The manifest, as far as it can be read. It is of use only where `problems`
/// stays empty, and it is there then.
fn manifest(
    root: &Table<'_>,
    source: NamedSource<Arc<str>>,
    problems: &mut Problems,
) -> Option<Manifest> {
    problems.check_keys(root, ROOT_KEYS);
    let package = package(root, problems);
    let app = app::app(root, problems);
    let kernel = kernel::kernel(root, problems);
    let files = files::files(root, problems);
    let dependencies = kernel::dependencies(root, problems);
    let wire = wire::wire(root, problems);
    let grants = grants::grants(root, problems);
    let build = build::build(root, problems);
    let (package, app) = (package?, app?);

    check_runtime(root, &app.source, problems);
    Some(Manifest {
        source,
        package,
        app,
        kernel,
        files,
        dependencies,
        wire,
        grants,
        build,
    })
}

/// A script needs somebody to run it. A runtime that stands there and is wrong
/// has been complained about already, so this looks at the text, not the manifest.
fn check_runtime(root: &Table<'_>, app: &AppSource, problems: &mut Problems) {
    let AppSource::Script(script) = app else {
        return;
    };
    let runtime = Slot::Runtime.as_str();
    let kernel = root
        .get("kernel")
        .and_then(|value| value.get_ref().as_table());
    if kernel.is_some_and(|kernel| kernel.contains_key(runtime)) {
        return;
    }
    let python = script
        .extension()
        .is_some_and(|extension| extension == "py");
    let module = if python {
        "boxer:python"
    } else {
        "boxer:javascript"
    };
    problems.push(Problem::ScriptWithoutRuntime {
        script: shown(&script.to_string_lossy()),
        span: script.span().into(),
        help: format!("add a line such as `{runtime} = \"{module}\"` to `[kernel]`"),
    });
}

/// A table of the top level that must be there.
fn required_table<'t>(
    root: &Table<'t>,
    key: &'static str,
    header: &'static str,
    example: &str,
    problems: &mut Problems,
) -> Option<Table<'t>> {
    let Some(value) = root.get(key) else {
        if !root.misspells(ROOT_KEYS, key) {
            problems.push(Problem::MissingKey {
                place: root.place.clone(),
                key: header,
                span: root.span.clone().into(),
                help: format!("add a table `{header}` with {example}"),
            });
        }
        return None;
    };
    problems.table(root, key, value, &format!("{key} = {{ … }}"))
}

fn package(root: &Table<'_>, problems: &mut Problems) -> Option<Package> {
    let example = "`name = \"acme:hello\"` and `version = \"0.1.0\"`";
    let table = required_table(root, "box", "[box]", example, problems)?;
    problems.check_keys(&table, BOX_KEYS);

    let name = problems
        .required(&table, BOX_KEYS, "name", "name = \"acme:hello\"")
        .and_then(|value| problems.package_name(&table.what("name"), value));
    let version = problems
        .required(&table, BOX_KEYS, "version", "version = \"0.1.0\"")
        .and_then(|value| problems.version(&table.what("version"), value));
    let mut text = |key: &str| {
        let text = problems.string(&table.what(key), table.get(key)?)?;
        Some(text.map(str::to_owned))
    };
    let description = text("description");
    let license = text("license");
    let repository = text("repository");
    let authors = problems.strings(&table, "authors");
    Some(Package {
        name: name?,
        version: version?,
        description,
        license,
        authors,
        repository,
    })
}
