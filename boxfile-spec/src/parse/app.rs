//! `[app]`.

use super::reader::{Problems, Table, Value};
use crate::manifest::{App, AppSource, CargoSource, EnvVar};
use crate::problem::Problem;
use crate::span::Spanned;
use toml::de::DeValue;

/// Keys of `[app]`; the first four are its sources.
pub(crate) const APP_KEYS: &[&str] = &[
    "component",
    "cargo",
    "script",
    "package",
    "args",
    "env",
    "cwd",
];
/// Keys of `[app] cargo` in its long form.
pub(crate) const CARGO_KEYS: &[&str] = &["path", "package", "bin"];

pub(super) fn app(root: &Table<'_>, problems: &mut Problems) -> Option<App> {
    let example = "its source, such as `component = \"hello.wasm\"`";
    let table = super::required_table(root, "app", "[app]", example, problems)?;
    problems.check_keys(&table, APP_KEYS);

    let source = source(&table, problems);
    let args = problems.strings(&table, "args");
    let env = env(&table, problems);
    let cwd = table.get("cwd").and_then(|value| {
        let text = problems.string(&table.what("cwd"), value)?;
        problems.guest_path(text)
    });
    Some(App {
        source: source?,
        args,
        env,
        cwd,
    })
}

fn source(table: &Table<'_>, problems: &mut Problems) -> Option<AppSource> {
    let there = problems.one_source(
        table,
        APP_KEYS,
        &["component", "cargo", "script", "package"],
        "component = \"hello.wasm\"",
    );
    let (key, value) = there?;
    let what = table.what(key);
    match key {
        "component" => problems
            .host_path(&what, value, "hello.wasm")
            .map(AppSource::Component),
        "cargo" => cargo(table, value, problems).map(AppSource::Cargo),
        "script" => problems
            .host_path(&what, value, "main.js")
            .map(AppSource::Script),
        _ => problems.package_ref(&what, value).map(AppSource::Package),
    }
}

fn cargo(app: &Table<'_>, value: &Value<'_>, problems: &mut Problems) -> Option<CargoSource> {
    if !matches!(value.get_ref(), DeValue::Table(_)) {
        let path = problems.host_path(&app.what("cargo"), value, ".")?;
        return Some(CargoSource {
            path,
            package: None,
            bin: None,
        });
    }
    let table = problems.table(app, "cargo", value, "cargo = { path = \".\" }")?;
    problems.check_keys(&table, CARGO_KEYS);
    let path = problems
        .required(&table, CARGO_KEYS, "path", "path = \".\"")
        .and_then(|value| problems.host_path(&table.what("path"), value, "."));
    let mut name = |key: &str| {
        let text = problems.filled_string(&table.what(key), table.get(key)?, "hello")?;
        Some(text.map(str::to_owned))
    };
    let package = name("package");
    let bin = name("bin");
    Some(CargoSource {
        path: path?,
        package,
        bin,
    })
}

fn env(app: &Table<'_>, problems: &mut Problems) -> Vec<EnvVar> {
    let table = app
        .get("env")
        .and_then(|value| problems.table(app, "env", value, "env = { LANG = \"C.UTF-8\" }"));
    let Some(table) = table else {
        return Vec::new();
    };
    let mut variables = Vec::new();
    for (key, value) in table.entries() {
        let name = problems.env_name(Spanned::new(key.get_ref().as_ref(), key.span()));
        let value = problems.plain_string(&table.what(key.get_ref()), value);
        if let (Some(name), Some(value)) = (name, value) {
            variables.push(EnvVar {
                name,
                value: value.map(str::to_owned),
            });
        }
    }
    variables
}

impl Problems {
    /// The one of `sources` that is among the keys of `table`.
    pub(super) fn one_source<'t>(
        &mut self,
        table: &Table<'t>,
        known: &[&str],
        sources: &'static [&'static str],
        example: &str,
    ) -> Option<(&'static str, &'t Value<'t>)> {
        let mut there: Vec<&'static str> = sources
            .iter()
            .copied()
            .filter(|key| table.get(key).is_some())
            .collect();
        there.sort_by_key(|key| table.key_span(key).map(|span| span.start));
        match there.as_slice() {
            [] if sources.iter().any(|key| table.misspells(known, key)) => None,
            [] => {
                let expected = crate::problem::choice(sources);
                self.push(Problem::NoSource {
                    place: table.place.clone(),
                    span: table.span.clone().into(),
                    help: format!("add one of them, for instance `{example}`"),
                    expected,
                });
                None
            }
            [key] => Some((key, table.get(key)?)),
            _ => {
                self.push(Problem::TooManySources {
                    place: table.place.clone(),
                    spans: there
                        .iter()
                        .filter_map(|key| table.key_span(key))
                        .map(Into::into)
                        .collect(),
                    help: format!(
                        "keep one of them, and remove the other{}",
                        match there.len() {
                            2 => "",
                            _ => "s",
                        }
                    ),
                    keys: there,
                });
                None
            }
        }
    }
}
