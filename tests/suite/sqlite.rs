//! SQLite over the drivers, in each of its journal modes.
//!
//! One program (`tests/programs/c/sqlite_work.c`) does what SQLite does with files and tells
//! what it finds. Natively, over a folder of this machine, and in each box it has to say
//! the same.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::boxes::Project;
use crate::support::c::{Built, Program};
use crate::support::crates::source_of_crate;
use crate::support::kept::workspace;
use crate::support::process::check;

/// Carries SQLite 3.54.1 in one file.
const SQLITE: (&str, &str) = ("libsqlite3-sys", "0.40.0");

fn program() -> Built {
    let sqlite = source_of_crate(SQLITE.0, SQLITE.1).join("sqlite3");
    let work = workspace().join("tests/programs/c/sqlite_work.c");
    Program {
        name: "sqlite_work",
        sources: &[work, sqlite.join("sqlite3.c")],
        include: Some(&sqlite),
        optimise: "-O1",
        flags: &["-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION"],
        // WASI 0.1's `fd_sync` refuses a directory, under wasmtime as well.
        wasi: &[
            "-DSQLITE_DISABLE_DIRSYNC",
            "-D_WASI_EMULATED_GETPID",
            "-lwasi-emulated-getpid",
        ],
    }
    .build()
}

/// A box of the program, with the rest of its Boxfile.
fn project(program: &Built, rest: &str) -> Project {
    let project = Project::new(&format!(
        "[box]\nname = \"test:sqlite\"\nversion = \"0.1.0\"\n\n\
         [app]\ncomponent = \"{}\"\n\n{rest}",
        program.wasm.display()
    ));
    fs::create_dir(project.path("data")).expect("a folder can be made");
    project
}

/// What the program says of its work in `folder`, natively.
fn natively(program: &Built, folder: &Path, what: &str) -> String {
    said(Command::new(&program.native).arg(folder).arg(what))
}

fn said(command: &mut Command) -> String {
    let text = check(command).text();
    assert!(text.lines().count() > 10, "it says next to nothing: {text}");
    text
}

fn assert_same(native: &str, boxed: &str, place: &str) {
    let first = native.lines().zip(boxed.lines()).position(|(a, b)| a != b);
    let shown = |text: &str| {
        let from = first.unwrap_or(0).saturating_sub(3);
        let lines: Vec<_> = text.lines().skip(from).take(8).collect();
        lines.join("\n  ")
    };
    assert!(
        native == boxed,
        "natively\n  {}\non {place}\n  {}",
        shown(native),
        shown(boxed)
    );
}

/// Compiling a box takes longer than running it, so the linked form is tried where the
/// other drivers' paths meet.
#[derive(Clone, Copy)]
enum Forms {
    Both,
    Fused,
}

/// Transactions, rollbacks, savepoints, two databases at once, sorts larger than the
/// cache, blobs in place, a backup, a crash's remains, VACUUM.
fn every_journal_mode(driver: &str, rest: &str, forms: Forms) {
    let program = program();
    let project = project(&program, &format!("[kernel]\nvfs = \"{driver}\"\n\n{rest}"));
    let folder = TempDir::new().expect("a temporary folder can be made");
    let native = natively(&program, folder.path(), "modes");
    let files = match forms {
        Forms::Both => project.build_forms("box").into(),
        Forms::Fused => vec![project.build("box.wasm")],
    };
    for file in files {
        let boxed = said(&mut project.run(&file, &["/data", "modes"]));
        assert_same(&native, &boxed, &format!("{driver}: {}", file.display()));
        // The other form starts with a new folder.
        let data = project.path("data");
        fs::remove_dir_all(&data).expect("a folder can be removed");
        fs::create_dir(&data).expect("a folder can be made");
    }
}

const BAKED: &str = "[files]\n\"/data\" = \"data\"\n";
const GRANTED: &str = "[grants]\nfs = [{ host = \"data\", guest = \"/data\", mode = \"rw\" }]\n";

#[test]
fn on_memfs() {
    every_journal_mode("boxer:memfs", BAKED, Forms::Both);
}

#[test]
fn on_overlay() {
    every_journal_mode("boxer:overlay", BAKED, Forms::Fused);
}

#[test]
fn on_mount() {
    every_journal_mode("boxer:mount", BAKED, Forms::Fused);
}

#[test]
fn on_volume() {
    every_journal_mode("boxer:volume", GRANTED, Forms::Both);
}

#[test]
fn on_hostfs() {
    every_journal_mode("boxer:hostfs", GRANTED, Forms::Fused);
}

/// Databases with hot journals are baked: the rollback begins with files of the image.
#[test]
fn what_a_crash_left_in_the_image() {
    let program = program();
    for driver in ["memfs", "overlay", "mount"] {
        let rest = format!("[kernel]\nvfs = \"boxer:{driver}\"\n\n{BAKED}");
        let project = project(&program, &rest);
        let data = project.path("data");
        let left = natively(&program, &data, "leave");
        let file = project.build("box.wasm");
        let native = natively(&program, &data, "find");
        assert_keeps(&left, &native);
        let boxed = said(&mut project.run(&file, &["/data", "find"]));
        assert_same(&native, &boxed, driver);
    }
}

/// A process ends in the middle of its transactions, and the next one finds what was
/// there before.
#[test]
fn what_a_crash_left_on_the_host() {
    let program = program();
    for driver in ["volume", "hostfs"] {
        let rest = format!("[kernel]\nvfs = \"boxer:{driver}\"\n\n{GRANTED}");
        let project = project(&program, &rest);
        let file = project.build("box.wasm");
        let folder = TempDir::new().expect("a temporary folder can be made");
        for what in ["leave", "find"] {
            let native = natively(&program, folder.path(), what);
            let boxed = said(&mut project.run(&file, &["/data", what]));
            assert_same(&native, &boxed, &format!("{driver}, {what}"));
        }
    }
}

/// The states before and after the crash are the same, in every mode.
fn assert_keeps(left: &str, found: &str) {
    let kept = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("kept: "));
        lines.map(ToOwned::to_owned).collect()
    };
    assert_eq!(kept(left).len(), 4);
    assert_eq!(kept(left), kept(found));
}
