//! A module author's story: a new filesystem driver, from its template into somebody else's
//! box.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Ended, Place};

/// Cargo's folder for the template's crates, kept so that only the first run builds them.
fn target() -> String {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("vfs-template")
        .display()
        .to_string()
}

/// `box` where cargo finds in its cache what this workspace was built with.
fn run(place: &Place, args: &[&str]) -> Ended {
    let mut command = place.command(args);
    command
        .env("CARGO_TARGET_DIR", target())
        .env("CARGO_NET_OFFLINE", "true");
    place.end(&command.output().unwrap())
}

#[test]
fn a_new_filesystem_is_tested_published_found_and_swapped_in() {
    let place = Place::new();
    run(&place, &["new", "--kind", "vfs", "my:fs"]).well();
    let again = run(&place, &["new", "--kind", "vfs", "my:fs"]);
    assert!(again.fails(1).contains("is there already"), "{again:#?}");

    // The author changes it, and tests it on the host with what every Rust programmer has.
    let tree = place.read("fs/src/tree.rs");
    let own = tree.replace(
        "tree.add(\"hello.txt\"",
        "tree.add(\"data/in\", \"written by hand\\n\");\n        tree.add(\"hello.txt\"",
    );
    assert_ne!(own, tree);
    place.write("fs/src/tree.rs", own);
    let mut test = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let test = test
        .args(["test", "--offline", "--quiet"])
        .current_dir(place.path().join("fs"))
        .env("CARGO_TARGET_DIR", target())
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&test.stdout);
    assert!(
        test.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&test.stderr)
    );
    assert!(said.contains("3 passed"), "{said}");

    run(&place, &["index", "init", "index"]).well();
    let built = run(&place, &["-q", "build", "-C", "fs", "--json"]);
    let built: Value = serde_json::from_str(built.well()).unwrap();
    assert_eq!(built["kind"], "vfs");
    let published = run(&place, &["publish", "-C", "fs", "--registry", "../index"]);
    published.well();
    assert!(
        published.stderr.contains("published my:fs 0.1.0 (vfs"),
        "{published:#?}"
    );

    // Somebody else, somewhere else, looks for a filesystem.
    fs::create_dir(place.path().join("elsewhere")).unwrap();
    let found = run(
        &place,
        &[
            "search",
            "-C",
            "elsewhere",
            "--registry",
            "../index",
            "--exports",
            "boxer:kernel/vfs",
        ],
    );
    assert!(
        found.succeeds().starts_with("my:fs  0.1.0  vfs"),
        "{found:#?}"
    );

    // Their app reads a file that the usual filesystem does not have.
    place.write("app/read.wasm", crate::support::guest("read"));
    place.write(
        "app/Boxfile.toml",
        "[box]\nname = \"their:app\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"read.wasm\"\n\n[kernel]\nvfs = \"boxer:memfs\" # in memory\n",
    );
    let before = run(&place, &["run", "-C", "app"]);
    assert_ne!(before.status, 0, "{before:#?}");
    run(
        &place,
        &[
            "swap",
            "-C",
            "app",
            "vfs=my:fs@^0.1",
            "--registry",
            "../index",
        ],
    )
    .well();
    let boxfile = place.read("app/Boxfile.toml");
    let line =
        "vfs = { package = \"my:fs\", version = \"^0.1\", registry = \"../index\" } # in memory\n";
    assert!(boxfile.ends_with(line), "{boxfile}");
    let after = run(&place, &["run", "-C", "app"]);
    // It cannot write: nobody can in this filesystem.
    assert_eq!(after.well(), "written by hand\nno");
    assert!(
        after.stderr.contains("`my:fs` 0.1.0 is not signed"),
        "{after:#?}"
    );
    let warm = run(&place, &["run", "-C", "app"]);
    assert_eq!(warm.succeeds(), "written by hand\nno");
    let lock = place.read("app/Boxfile.lock");
    assert!(lock.contains("name = \"my:fs\""), "{lock}");
    assert!(lock.contains(built["digest"].as_str().unwrap()), "{lock}");
}

#[test]
fn a_module_that_is_none_is_refused_with_its_place() {
    let place = Place::new();
    let manifest = "[package]\nname = \"fs\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[package.metadata.boxer]\n";
    place.write("src/lib.rs", "");
    for (metadata, expected) in [
        ("name = \"fs\"\n", "has no namespace"),
        ("", "missing field `name`"),
        ("name = \"my:fs\"\nkinds = \"vfs\"\n", "`kinds`"),
        (
            "name = \"my:fs\"\ndependencies = { \"a:b\" = \"never\" }\n",
            "`never`",
        ),
    ] {
        place.write("Cargo.toml", format!("{manifest}{metadata}"));
        let refused = run(&place, &["build"]);
        let error = refused.fails(1);
        assert!(error.contains("[package.metadata.boxer]"), "{error}");
        assert!(error.contains(expected), "{expected}: {error}");
    }
    place.write("Cargo.toml", format!("{manifest}name = \"my:fs\"\n"));
    let refused = run(&place, &["build"]);
    assert!(refused.fails(1).contains("crate-type"), "{refused:#?}");
}
