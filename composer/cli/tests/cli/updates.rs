//! Newer versions: what `box update` takes and shows, and what the lock forbids.

use std::fs;

use serde_json::Value;

use crate::support::Place;

/// A box that needs a package of the index beside it.
pub const BOXFILE: &str = "[box]\nname = \"acme:app\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"app.wasm\"\n[dependencies]\n\"acme:log\" = { version = \"^1\", registry = \"index\" }\n";

/// A program that imports `acme:log/sink`.
pub fn app() -> Vec<u8> {
    wat::parse_str(
        r#"(component
            (import "acme:log/sink@1.0.0" (instance $log (export "put" (func))))
            (core func $put (canon lower (func $log "put")))
            (core module $m
                (import "log" "put" (func $put))
                (func (export "run") (result i32) call $put i32.const 0))
            (core instance $i (instantiate $m (with "log" (instance (export "put" (func $put))))))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $run-instance (export "run" (func $run)))
            (export "wasi:cli/run@0.2.6" (instance $run-instance)))"#,
    )
    .unwrap()
}

/// An `acme:log/sink` that asks for a random number each time.
fn random_sink() -> Vec<u8> {
    wat::parse_str(
        r#"(component
            (import "wasi:random/random@0.2.6" (instance $random
                (export "get-random-u64" (func (result u64)))))
            (core func $get (canon lower (func $random "get-random-u64")))
            (core module $m
                (import "random" "get" (func $get (result i64)))
                (func (export "put") call $get drop))
            (core instance $i (instantiate $m (with "random" (instance (export "get" (func $get))))))
            (func $put (canon lift (core func $i "put")))
            (instance $sink (export "put" (func $put)))
            (export "acme:log/sink@1.0.0" (instance $sink)))"#,
    )
    .unwrap()
}

/// A project whose dependency has a version 1.0.0, and is built.
fn project() -> Place {
    let place = Place::new();
    place.write("app.wasm", app());
    place.write("Boxfile.toml", BOXFILE);
    place.sink("one.wasm", &["put"], &[]);
    place.publish("one.wasm", "acme:log@1.0.0", &[]).well();
    place.run(&["-q", "build", "-o", "out.wasm"]).well();
    place
}

#[test]
fn an_update_shows_what_a_new_version_asks_for() {
    let place = project();
    assert_eq!(place.run(&["run"]).well(), "");
    place.write("two.wasm", random_sink());
    let published = place.publish("two.wasm", "acme:log@1.1.0", &[]);
    published.well();
    assert!(
        published
            .stderr
            .contains("+ imports `wasi:random/random@0.2.6`"),
        "{published:#?}"
    );

    let lock = place.read("Boxfile.lock");
    place.run(&["-q", "build", "-o", "out.wasm"]).well();
    assert_eq!(
        place.read("Boxfile.lock"),
        lock,
        "a lock stays until it is updated"
    );

    let dry = place.run(&["update", "--dry-run"]);
    assert!(
        dry.well()
            .contains("acme:log 1.0.0 -> 1.1.0\n  + imports `wasi:random/random@0.2.6`"),
        "{dry:#?}"
    );
    assert_eq!(place.read("Boxfile.lock"), lock);

    let json = place.run(&["update", "--dry-run", "--json"]);
    let json: Value = serde_json::from_str(json.well()).unwrap();
    let change = json["changes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["name"] == "acme:log");
    assert_eq!(
        change.unwrap()["imports"]["added"][0],
        "wasi:random/random@0.2.6"
    );
    // What the bytes of the box ask for, and nothing that a part of it only could.
    let gained = json["host"]["gained"].as_array().unwrap();
    assert_eq!(gained.len(), 1, "{json:#}");
    let random = gained[0].as_str().unwrap();
    assert!(random.starts_with("wasi:random/random@"), "{json:#}");

    let done = place.run(&["update", "acme:log"]);
    assert!(
        done.well()
            .contains("the box will ask the host for `wasi:random/random"),
        "{done:#?}"
    );
    assert!(place.read("Boxfile.lock").contains("1.1.0"));
    place
        .run(&["-q", "build", "--locked", "-o", "out.wasm"])
        .well();
    let inspected = place.run(&["inspect", "--json", "out.wasm"]);
    let inspected: Value = serde_json::from_str(inspected.well()).unwrap();
    assert_eq!(inspected["imports"].as_array().unwrap().len(), 1);
    let nothing = place.run(&["update"]);
    assert_eq!(nothing.well(), "");
    assert!(
        nothing.stderr.contains("newest versions that fit"),
        "{nothing:#?}"
    );
    let unknown = place.run(&["update", "acme:none"]);
    assert!(
        unknown.fails(1).contains("the lock has no `acme:none`"),
        "{unknown:#?}"
    );
}

#[test]
fn locked_changes_nothing_and_says_what_it_would_change() {
    let place = project();
    place
        .run(&["-q", "build", "--locked", "-o", "out.wasm"])
        .well();
    place.sink("two.wasm", &["put", "flush"], &[]);
    place.publish("two.wasm", "acme:log@1.1.0", &[]).well();
    place.write("Boxfile.toml", BOXFILE.replace("^1", "^1.1"));
    let lock = place.read("Boxfile.lock");
    let refused = place.run(&["build", "--locked", "-o", "out.wasm"]);
    assert!(refused.fails(1).contains("acme:log"), "{refused:#?}");
    fs::remove_file(place.path().join("Boxfile.lock")).unwrap();
    place.run(&["build", "--locked", "-o", "out.wasm"]).fails(1);
    assert!(!place.path().join("Boxfile.lock").exists());
    place.write("Boxfile.lock", lock);
    place.run(&["-q", "build", "-o", "out.wasm"]).well();
    assert!(place.read("Boxfile.lock").contains("1.1.0"));
}

/// A folder is named in the lock as it is in the Boxfile, wherever that is looked at from.
#[test]
fn a_lock_is_the_same_from_anywhere() {
    let place = project();
    for file in ["app.wasm", "Boxfile.toml"] {
        let content = fs::read(place.path().join(file)).unwrap();
        place.write(&format!("sub/{file}"), content);
    }
    place.write(
        "sub/Boxfile.toml",
        BOXFILE.replace("\"index\"", "\"../index\""),
    );
    place
        .run(&["-q", "build", "-C", "sub", "-o", "a.wasm"])
        .well();
    let boxfile = place.path().join("sub/Boxfile.toml").display().to_string();
    for file in ["sub/Boxfile.toml", &*boxfile] {
        place
            .run(&["-q", "build", "--locked", "-f", file, "-o", "b.wasm"])
            .well();
        let read = |path: &str| fs::read(place.path().join(path)).unwrap();
        assert!(read("sub/a.wasm") == read("b.wasm"), "{file}");
    }
}

#[test]
fn a_withdrawn_version_stays_where_it_is_locked() {
    let place = project();
    place
        .run(&["yank", "acme:log@1.0.0", "--registry", "index"])
        .well();
    place
        .run(&["-q", "build", "--locked", "-o", "out.wasm"])
        .well();
    fs::remove_file(place.path().join("Boxfile.lock")).unwrap();
    let refused = place.run(&["build", "-o", "out.wasm"]);
    assert!(refused.fails(1).contains("yanked"), "{refused:#?}");
}

#[test]
fn a_bill_of_materials_names_every_part_by_its_digest() {
    let place = project();
    let project = place.run(&["sbom"]);
    let finished = place.run(&["sbom", "out.wasm"]);
    assert_eq!(
        project.well(),
        finished.well(),
        "the box tells as much as its project"
    );
    let document: Value = serde_json::from_str(finished.well()).unwrap();
    assert_eq!(document["bomFormat"], "CycloneDX");
    let built = fs::read(place.path().join("out.wasm")).unwrap();
    let digest = registry_index::digest_of(&built).to_hex();
    assert_eq!(
        document["metadata"]["component"]["hashes"][0]["content"],
        digest
    );
    let components = document["components"].as_array().unwrap();
    let log = components.iter().find(|c| c["name"] == "log").unwrap();
    let published = fs::read(place.path().join("one.wasm")).unwrap();
    assert_eq!(
        log["hashes"][0]["content"],
        registry_index::digest_of(&published).to_hex()
    );
    let lock = place.read("Boxfile.lock");
    assert_eq!(components.len(), lock.matches("[[package]]").count());
    place.run(&["sbom", "out.wasm", "-o", "sbom.json"]).well();
    assert_eq!(place.read("sbom.json"), finished.well());
}
