//! Linking never panics, whatever the bytes: a short run of what the fuzz target
//! `link` does for as long as one lets it.

mod support;

use std::fs;
use std::path::Path;

use composer::build::{Finish, Sources, compose, finish};
use composer::component::Component;
use composer::fetch::{Locals, adapt::adapt};
use composer::resolve::LockMode;
use proptest::prelude::*;
use registry_index::{HOST_FEATURES, Memory};
use support::{cases, folders};

const BOXFILE: &str = r#"[box]
name = "t:t"
version = "0.1.0"
[app]
component = "a.wasm"
[dependencies]
"t:d" = { path = "d.wasm" }
"#;

/// Goes the whole way with an app and a dependency. What comes out is valid.
fn link(app: &[u8], dependency: &[u8]) {
    let manifest = boxfile_spec::parse(BOXFILE, "Boxfile.toml").unwrap();
    let component = |bytes: &[u8]| {
        let (bytes, _) = adapt(bytes.to_vec()).ok()?;
        Component::validated(bytes).ok()
    };
    let (Some(app), Some(dependency)) = (component(app), component(dependency)) else {
        return;
    };
    let locals = Locals {
        app: Some(app),
        dependencies: [("t:d".parse().unwrap(), dependency)].into(),
        ..Locals::default()
    };
    let index = Memory::new("nothing");
    let sources = Sources {
        index: &index,
        open: &|name| panic!("no line names `{name}`"),
        store: None,
    };
    let composed = match compose(&manifest, &locals, sources, None, &LockMode::Keep, &()) {
        Ok(composed) => composed,
        Err(error) => {
            assert!(!support::render(&error).is_empty());
            return;
        }
    };
    match finish(&manifest, composed, &Finish::default()) {
        Ok(built) => {
            let mut validator = wasmparser::Validator::new_with_features(HOST_FEATURES);
            validator
                .validate_all(&built.component)
                .expect("a built box is valid");
        }
        Err(error) => assert!(!support::render(&error).is_empty()),
    }
}

/// Every component of the linker's cases.
fn corpus() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut add = |folder: &Path| {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "wat")
            {
                found.push(wat::parse_file(entry.path()).unwrap());
            }
        }
    };
    for case in folders(&cases("linker")) {
        add(&case);
        add(&case.join("index"));
    }
    found.sort();
    found.dedup();
    found
}

/// A change to the bytes of a component.
#[derive(Debug, Clone)]
enum Change {
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Remove(prop::sample::Index, u8),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        6 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, value)| Change::Set(at, value)),
        1 => any::<prop::sample::Index>().prop_map(Change::Cut),
        2 => (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(a, b)| Change::Repeat(a, b)),
        2 => (any::<prop::sample::Index>(), 1..16_u8).prop_map(|(at, count)| Change::Remove(at, count)),
    ];
    prop::collection::vec(change, 0..3)
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let length = bytes.len().max(1);
        match change {
            Change::Set(at, value) => {
                if let Some(byte) = bytes.get_mut(at.index(length)) {
                    *byte = *value;
                }
            }
            Change::Cut(at) => bytes.truncate(at.index(length)),
            Change::Repeat(a, b) => {
                let (a, b) = (a.index(length), b.index(length));
                let piece = bytes.get(a.min(b)..a.max(b)).unwrap_or_default().to_vec();
                bytes.extend(piece);
            }
            Change::Remove(at, count) => {
                let start = at.index(length).min(bytes.len());
                let end = (start + usize::from(*count)).min(bytes.len());
                bytes.drain(start..end);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn damaged_components_are_refused_or_linked(
        app in any::<prop::sample::Index>(),
        dependency in any::<prop::sample::Index>(),
        app_changes in changes(),
        dependency_changes in changes(),
    ) {
        thread_local!(static CORPUS: Vec<Vec<u8>> = corpus());
        CORPUS.with(|corpus| {
            let app = changed(corpus[app.index(corpus.len())].clone(), &app_changes);
            let dependency = changed(corpus[dependency.index(corpus.len())].clone(), &dependency_changes);
            link(&app, &dependency);
        });
    }

    #[test]
    fn arbitrary_bytes_are_refused(
        app in prop::collection::vec(any::<u8>(), 0..200),
        is_component in any::<bool>(),
    ) {
        let header = if is_component { b"\0asm\x0d\0\x01\0" } else { b"\0asm\x01\0\0\0" };
        let bytes = [&header[..], &app].concat();
        link(&bytes, b"\0asm\x0d\0\x01\0");
        link(&app, b"\0asm\x0d\0\x01\0");
    }
}

/// Every pair of whole components: most do not fit, none may panic.
#[test]
fn all_pairs_are_refused_or_linked() {
    let corpus = corpus();
    for app in &corpus {
        for dependency in &corpus {
            link(app, dependency);
        }
    }
}
