//! The linker's cases: each folder of `tests/cases/linker` is a Boxfile with its
//! components as text, and the wiring or the message that comes of them.
//!
//! After a change on purpose, `BLESS=1 cargo test -p composer --test linker` writes
//! all of them anew; read the diff.

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use composer::bake::BakedKind;
use composer::build::Built;
use composer::description::Form;
use composer::finished::FinishedBox;
use composer::relink::Swap;
use composer::resolve::LockMode;
use registry_index::{Extern, HOST_FEATURES, Interfaces};
use support::{Case, cases, compare, folders, render};

#[test]
fn every_case_is_wired_or_refused_as_expected() {
    let folder = cases("linker");
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in folders(&folder) {
        check(&case, &mut wrong);
        count += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} cases changed:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        count >= 35,
        "{count} cases are too few: is the folder right?"
    );
}

fn check(folder: &Path, wrong: &mut Vec<String>) {
    let kernel = folder.join("../_kernel");
    let case = Case::new(folder, std::slice::from_ref(&kernel));
    let expected = if folder.join("error.txt").exists() {
        "error.txt"
    } else {
        "expected.txt"
    };
    let outcome = case.build(None, &LockMode::Keep, Form::Linked);
    let (file, text) = match &outcome {
        Ok(built) => ("expected.txt", wiring(built)),
        Err(error) => ("error.txt", render(error.as_ref())),
    };
    if file != expected && std::env::var_os("BLESS").is_some() {
        let _ = fs::remove_file(folder.join(expected));
    }
    compare(&folder.join(file), &text, wrong);
    let Ok(built) = outcome else { return };

    let name = folder.file_name().unwrap().to_string_lossy();
    let mut validator = wasmparser::Validator::new_with_features(HOST_FEATURES);
    validator
        .validate_all(&built.component)
        .unwrap_or_else(|error| panic!("{name} is not valid: {error}"));

    // The same from another folder, and with its own lock.
    let again = Case::new(folder, &[kernel]);
    for mode in [LockMode::Keep, LockMode::Locked, LockMode::Update] {
        let built_again = again.build(Some(&built.composed.lock), &mode, Form::Linked);
        let built_again = built_again
            .unwrap_or_else(|error| panic!("{name} {mode:?}: {}", render(error.as_ref())));
        assert!(
            built_again.component == built.component,
            "{name} {mode:?}: other bytes"
        );
    }

    // What it says of itself is what was planned, and it can be linked anew from that.
    let finished = FinishedBox::open(built.component.clone()).unwrap();
    assert_eq!(
        finished.description(),
        built.composed.plan.description(),
        "{name}"
    );
    let baked = finished.baked().unwrap().unwrap().files.into_iter();
    let files = baked
        .filter(|file| file.kind != BakedKind::Directory)
        .count() as u64;
    assert_eq!(files, finished.description().files.count, "{name}");
    let same = case.relink(&built.component, &[]);
    let same = same.unwrap_or_else(|error| panic!("{name} relinked: {}", render(error.as_ref())));
    assert!(
        same.component == built.component,
        "{name}: relinking changes it"
    );

    check_fused(&case, &built, &name);

    if let Ok(swaps) = fs::read_to_string(folder.join("swap.txt")) {
        let swaps: Vec<Swap> = swaps.lines().map(swap).collect();
        let (file, text) = match case.relink(&built.component, &swaps) {
            Ok(built) => ("swapped.txt", wiring(&built)),
            Err(error) => ("swapped.txt", render(error.as_ref())),
        };
        compare(&folder.join(file), &text, wrong);
    }
}

/// The fused form of a case offers the same, asks for no more, and still tells what it
/// is made of.
fn check_fused(case: &Case, linked: &Built, name: &str) {
    let fused = case.build(None, &LockMode::Keep, Form::Fused);
    let fused = fused.unwrap_or_else(|error| panic!("{name} fused: {}", render(error.as_ref())));
    let read = |built: &Built| Interfaces::read_for_hosts(&built.component).unwrap();
    let (before, after) = (read(linked), read(&fused));
    assert_eq!(before.exports, after.exports, "{name}");
    for import in &after.imports {
        let known = |other: &Extern| other.name == import.name;
        assert!(before.imports.iter().any(known), "{name}: {}", import.name);
    }
    let finished = FinishedBox::open(fused.component).unwrap();
    let description = finished.description();
    let imports: Vec<&String> = description.imports.iter().map(|of| &of.name).collect();
    let asked: Vec<&String> = after.imports.iter().map(|of| &of.name).collect();
    assert!(imports.iter().all(|name| asked.contains(name)), "{name}");
    assert_eq!(imports.len(), asked.len(), "{name}");
    assert_eq!(description.form, Form::Fused);
    let linked = FinishedBox::open(linked.component.clone()).unwrap();
    assert_eq!(description.modules, linked.description().modules, "{name}");
    let files = |finished: &FinishedBox| finished.baked().unwrap().map(|baked| baked.files);
    if let Some(kept) = files(&finished) {
        assert_eq!(Some(kept), files(&linked), "{name}");
    }
}

fn swap(line: &str) -> Swap {
    let (slot, module) = line.split_once('=').expect("slot=package");
    Swap {
        slot: slot.parse().unwrap(),
        module: module.parse().unwrap(),
    }
}

fn wiring(built: &Built) -> String {
    let description = built.composed.plan.description();
    let mut text = String::new();
    for module in &description.modules {
        let package = match (&module.package, &module.version) {
            (Some(name), Some(version)) => format!(" ({name} {version})"),
            _ => String::new(),
        };
        writeln!(text, "{}{package}: {}", module.id, module.chosen).unwrap();
        for wire in description
            .wires
            .iter()
            .filter(|wire| wire.consumer == module.id)
        {
            let provider = wire.provider.as_deref().unwrap_or("the host");
            let export = if wire.export == wire.import {
                String::new()
            } else {
                format!(" as {}", wire.export)
            };
            writeln!(
                text,
                "    {} <- {provider}{export}: {}",
                wire.import, wire.reason
            )
            .unwrap();
        }
    }
    for import in &built.sealed.imports {
        writeln!(text, "import {import}").unwrap();
    }
    for export in &description.exports {
        writeln!(text, "export {} of {}", export.name, export.provider).unwrap();
    }
    let digests: BTreeSet<_> = description
        .modules
        .iter()
        .map(|module| module.digest)
        .collect();
    writeln!(
        text,
        "{} components, {} instances",
        digests.len(),
        description.modules.len()
    )
    .unwrap();
    for warning in &built.composed.warnings {
        text.push_str(&render(warning));
    }
    text
}
