//! Core modules of WASI 0.1 from another toolchain, Go: adapted by themselves, and
//! then like any other app.

use std::collections::BTreeSet;
use std::fs;

use crate::support::boxes::Project;
use crate::support::compare::{compare, fails, succeeds};
use crate::support::go::Go;
use crate::support::kept::workspace;
use crate::support::process::run;

/// The formatter of the Go distribution: walks directories and writes files.
#[test]
fn gofmt() {
    compare(
        &Go::install().program("gofmt", "cmd/gofmt"),
        &[
            succeeds(["-l", "go/neat.go", "go/ugly.go"]),
            succeeds(["go/ugly.go"]),
            succeeds(["-l", "-w", "go/neat.go", "go/ugly.go"]),
            succeeds(["-s", "-r", "a -> c"]).stdin("package p\nvar x  = []T{T{a}}\n"),
            fails(["-l", "."]),
            fails(["go/bad.go"]),
            fails(["missing.go"]).in_other_words(),
            fails(["-no-such-flag"]),
        ],
    );
}

/// What programs do with files, step by step, in one process.
#[test]
fn go_files() {
    let source = workspace().join("tests/programs/go/filework.go");
    let source = source.to_str().expect("the path is UTF-8");
    compare(
        &Go::install().program("filework", source),
        &[
            succeeds(["one", "two words", "ünïcode"]).stdin("first\nsecond"),
            fails(["fail"]),
        ],
    );
}

/// The Go project's own tests of its packages that deal with files: nobody here wrote
/// them, and a system that Go supports has to pass them.
///
/// `/dev/null` is a device, and memfs has none.
#[test]
fn go_tests_of_os() {
    assert_tests_pass(
        "os",
        &["os"],
        &["TestOpenFileDevNull", "TestDevNullFile"],
        1000,
    );
}

#[test]
fn go_tests_of_filepath() {
    assert_tests_pass("path/filepath", &["path/filepath", "unicode"], &[], 40);
}

#[test]
fn go_tests_of_fs() {
    assert_tests_pass("io/fs", &["io"], &[], 20);
}

#[test]
fn go_tests_of_ioutil() {
    assert_tests_pass("io/ioutil", &["io"], &[], 25);
}

/// Runs the tests of a package in a box on memfs, where Go's sources are at `/go`.
/// `least` guards against a run that tests nothing.
///
/// The adapter from wasip1 has 128 descriptors, and these tests leave it to the garbage
/// collector to close some: `GOGC` makes it come around sooner.
fn assert_tests_pass(package: &str, sources: &[&str], without: &[&str], least: usize) {
    let go = Go::install();
    let baked: String = sources
        .iter()
        .map(|source| {
            format!(
                "\"/go/src/{source}\" = \"{}/src/{source}\"\n",
                go.root().display()
            )
        })
        .collect();
    let project = Project::new(&format!(
        r#"[box]
name = "test:go"
version = "0.1.0"

[app]
component = "{}"
env = {{ GOROOT = "/go", PWD = "/go/src/{package}", TMPDIR = "/tmp", GOGC = "10" }}

[files]
"/tmp" = "tmp"
"/go/go.env" = "{}/go.env"
"/go/LICENSE" = "Boxfile.toml" # some file
"/go/CONTRIBUTING.md" = "Boxfile.toml"
{baked}"#,
        go.tests_of(package).display(),
        go.root().display()
    ));
    fs::create_dir(project.path("tmp")).expect("a folder can be made");
    let file = project.build("tests.wasm");
    let skip = format!("-test.skip=^({})$", without.join("|"));
    let outcome = run(
        &mut project.run(&file, &["-test.v", "-test.short", &skip]),
        b"",
    );
    let output = String::from_utf8_lossy(&outcome.stdout);
    let count = |verdict: &str| output.matches(&format!("--- {verdict}: ")).count();
    let (passed, failed) = (count("PASS"), count("FAIL"));
    println!(
        "{package}: {passed} passed, {failed} failed, {} skipped",
        count("SKIP")
    );
    assert!(
        outcome.status.success() && failed == 0 && passed >= least,
        "{package}: {}, {passed} passed\n{}\n{}",
        outcome.status,
        failures(&output),
        outcome.complaint()
    );
}

/// The lines around what failed.
fn failures(output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let shown: BTreeSet<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains("--- FAIL: ") || line.starts_with("panic: "))
        .flat_map(|(at, _)| at.saturating_sub(3)..lines.len().min(at + 10))
        .collect();
    let text: Vec<&str> = shown.into_iter().map(|at| lines[at]).collect();
    text.join("\n")
}
