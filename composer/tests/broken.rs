//! Broken components, each beside the message that the Boxfile's author gets.
//!
//! A case is `tests/cases/broken/NAME.wat`, with the message in `NAME.txt`. Comments at
//! its beginning tell how it is broken once it is compiled, or that it is no
//! WebAssembly at all:
//!
//! - `;; cut to N bytes`, `;; cut N bytes`
//! - `;; byte N is HEX`
//! - `;; instead: HEX HEX …`, or `;; instead: nothing`
//! - `;; as a dependency`: the app is whole, and imports from it
//!
//! After a message changed on purpose, `BLESS=1 cargo test -p composer --test broken`
//! writes all of them anew; read the diff.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use composer::description::Form;
use composer::resolve::LockMode;
use support::{Case, cases, compare, render};

const APP: &str = r#"(component
  (import "acme:lib/it@1.0.0" (instance (export "get" (func (result u32)))))
  (core module $m (func (export "run") (result i32) i32.const 0))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $runs (export "run" (func $run)))
  (export "wasi:cli/run@0.2.6" (instance $runs)))"#;

#[test]
fn every_broken_component_gets_its_message() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in texts(&cases("broken")) {
        let text = fs::read_to_string(&path).unwrap();
        let bytes = broken(&text);
        let message = message(&text, bytes.clone());
        compare(&path.with_extension("txt"), &message, &mut wrong);
        assert!(
            !message.contains("Error {"),
            "{}: a debug print",
            path.display()
        );
        count += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} messages changed:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        count >= 20,
        "{count} cases are too few: is the folder right?"
    );
}

fn texts(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "wat"));
    paths.sort();
    paths
}

fn message(text: &str, bytes: Vec<u8>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let boxfile =
        "[box]\nname = \"case:broken\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"app.wasm\"\n";
    let is_dependency = text.lines().any(|line| line == ";; as a dependency");
    let boxfile = if is_dependency {
        fs::write(folder.path().join("app.wasm"), wat::parse_str(APP).unwrap()).unwrap();
        fs::write(folder.path().join("lib.wasm"), bytes).unwrap();
        format!("{boxfile}\n[dependencies]\n\"acme:lib\" = {{ path = \"lib.wasm\" }}\n")
    } else {
        fs::write(folder.path().join("app.wasm"), bytes).unwrap();
        boxfile.to_owned()
    };
    let case = Case {
        folder,
        index: registry_index::Memory::new("the index"),
        boxfile,
    };
    match case.build(None, &LockMode::Keep, Form::Linked) {
        Err(error) => render(error.as_ref()),
        Ok(_) => panic!("not broken:\n{text}"),
    }
}

fn broken(text: &str) -> Vec<u8> {
    let directives: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix(";; "))
        .collect();
    let hex = |word: &str| u8::from_str_radix(word, 16).unwrap();
    if let Some(rest) = directives
        .iter()
        .find_map(|line| line.strip_prefix("instead: "))
    {
        return if rest == "nothing" {
            Vec::new()
        } else {
            rest.split(' ').map(hex).collect()
        };
    }
    let mut bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    for line in directives {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["cut", "to", count, "bytes"] => bytes.truncate(count.parse().unwrap()),
            ["cut", count, "bytes"] => {
                bytes.truncate(bytes.len() - count.parse::<usize>().unwrap());
            }
            ["byte", at, "is", value] => bytes[at.parse::<usize>().unwrap()] = hex(value),
            _ => {}
        }
    }
    bytes
}
