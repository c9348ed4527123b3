//! The JSON Schema: the checked-in file is the generated one, and it tells good
//! from bad as far as a schema can.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

/// Broken Boxfiles that a schema takes for good: what is wrong is the host, the
/// relation of two values, or a number's range.
const BEYOND_A_SCHEMA: &[&str] = &[
    "files-twice",
    "host-cargo",
    "host-cargo-file",
    "host-file-over-directory",
    "host-grant-missing",
    "host-layers",
    "host-missing",
    "host-overlap-in-directory",
    "host-script",
    "host-wrong-kind",
    "name-too-long",
    "script-without-runtime",
    "wire-to-itself",
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The Boxfiles of a folder of cases, as JSON, with the name of each. Those that are
/// not TOML are not for a schema to judge.
fn boxfiles(name: &str) -> Vec<(String, Value)> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder("tests").join(name)).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let text = fs::read_to_string(&path).unwrap();
            if let Ok(table) = text.parse::<toml::Table>() {
                let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
                cases.push((stem, serde_json::to_value(table).unwrap()));
            }
        }
    }
    assert!(!cases.is_empty());
    cases.sort_by(|(a, _), (b, _)| a.cmp(b));
    cases
}

fn compiled() -> (Schemas, SchemaIndex) {
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler
        .add_resource("boxfile.schema.json", boxfile_spec::json_schema())
        .unwrap();
    let index = compiler
        .compile("boxfile.schema.json", &mut schemas)
        .unwrap();
    (schemas, index)
}

#[test]
fn the_checked_in_schema_is_up_to_date() {
    let text = fs::read_to_string(folder("boxfile.schema.json")).unwrap();
    let checked_in: Value = serde_json::from_str(&text).unwrap();
    assert!(
        checked_in == boxfile_spec::json_schema(),
        "write it anew: cargo run -p boxfile-spec --example schema > boxfile-spec/boxfile.schema.json"
    );
}

#[test]
fn the_schema_accepts_what_the_reader_accepts() {
    let (schemas, index) = compiled();
    for (name, boxfile) in boxfiles("valid") {
        if let Err(error) = schemas.validate(&boxfile, index) {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let (schemas, index) = compiled();
    let accepted: BTreeSet<String> = boxfiles("broken")
        .into_iter()
        .filter(|(_, boxfile)| schemas.validate(boxfile, index).is_ok())
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        accepted,
        BEYOND_A_SCHEMA
            .iter()
            .map(|name| (*name).to_owned())
            .collect()
    );
}

#[test]
fn every_key_has_a_description_for_editors() {
    let schema = boxfile_spec::json_schema();
    let mut tables = vec![("Boxfile".to_owned(), &schema)];
    let definitions = schema["definitions"].as_object().unwrap();
    tables.extend(
        definitions
            .iter()
            .map(|(name, table)| (name.clone(), table)),
    );
    for (name, table) in tables {
        for (key, property) in table["properties"].as_object().into_iter().flatten() {
            let description = property["description"].as_str().unwrap_or_default();
            assert!(
                !description.is_empty(),
                "{key} of {name} has no description"
            );
        }
    }
}
