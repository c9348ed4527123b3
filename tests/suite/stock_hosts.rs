//! A finished box is an ordinary component: hosts that are not ours run it, unchanged,
//! with the same result.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::boxes::{self, Project};
use crate::support::compare::Subject;
use crate::support::go::Go;
use crate::support::node;
use crate::support::process::{Outcome, isolated, run};
use crate::support::programs::{COREUTILS, JSONXF, RIPGREP};
use crate::support::python;
use crate::support::tree;

const WASMTIME: &str = "wasmtime==50.0.1";

/// What a box is run with: arguments and standard input.
type Run<'a> = (&'a [&'a str], &'a str);

#[test]
fn ripgrep() {
    assert_same_everywhere(
        &RIPGREP.build(),
        &[
            (
                &[
                    "--sort=path",
                    "-n",
                    "--no-heading",
                    "--hidden",
                    "needle",
                    ".",
                ],
                "",
            ),
            (&["-c", "needle", "-"], "a needle\nno\n"),
            (&["nowhere to be found", "."], ""),
            (&["needle", "missing.txt"], ""),
        ],
    );
}

#[test]
fn coreutils() {
    assert_same_everywhere(
        &COREUTILS.build(),
        &[
            (&["ls", "-1aFRN", "--show-control-chars"], ""),
            (&["cat", "-n", "-", "big.txt"], "from stdin\n"),
            (&["cp", "-rv", "notes", "copied"], ""),
            (&["rm", "-rv", "notes"], ""),
            (&["tee", "-a", "crlf.txt", "new.txt"], "teed\n"),
            (&["rm", "missing"], ""),
        ],
    );
}

/// An adapted core module.
#[test]
fn gofmt() {
    assert_same_everywhere(
        &Go::install().program("gofmt", "cmd/gofmt"),
        &[
            (&["-l", "go/neat.go", "go/ugly.go"], ""),
            (&["-s"], "package p\nvar x  = []T{T{a}}\n"),
            (&["go/bad.go"], ""),
        ],
    );
}

/// With every module virtual a box imports nothing: a host without any WASI runs it,
/// and its verdict is that of the program. (Standard output leads nowhere, so the
/// verdict is all that can be seen.)
#[test]
fn nothing_but_a_component() {
    let jsonxf = JSONXF.build();
    for (name, input, succeeds) in [("good", "data.json", true), ("bad", "missing.json", false)] {
        let project = Project::new(&format!(
            r#"[box]
name = "test:{name}"
version = "0.1.0"

[app]
component = "{}"
args = ["-m", "-i", "/{input}", "-o", "/out.json"]

[files]
"/data.json" = "files/data.json"

[grants]
stdio = false
args = false
clock = false
random = false
"#,
            jsonxf.wasm.display()
        ));
        tree::write_sample(&project.path("files"));
        let file = project.build(&format!("{name}.wasm"));
        assert_eq!(boxes::imports(&file), Vec::<String>::new());

        let python = python::environment(WASMTIME).python();
        let arguments = [
            script().into_os_string(),
            "--no-wasi".into(),
            file.clone().into(),
        ];
        let mut hosts = [
            ("box", project.run::<&str>(&file, &[])),
            ("wasmtime without WASI", isolated(python)),
        ];
        hosts[1].1.args(arguments);
        for (host, command) in &mut hosts {
            let outcome = run(command, b"");
            assert_eq!(
                (outcome.status.success(), outcome.text().as_str()),
                (succeeds, ""),
                "{name} under {host}: {}",
                outcome.complaint()
            );
        }
    }
}

/// Runs one box in both forms under `box`, wasmtime's Python package and Node.
fn assert_same_everywhere(subject: &Subject, runs: &[Run<'_>]) {
    let project = Project::new(&format!(
        r#"[box]
name = "test:{}"
version = "0.1.0"

[app]
component = "{}"

[files]
"/" = "files"
"#,
        subject.name,
        subject.wasm.display()
    ));
    tree::write_sample(&project.path("files"));
    let [fused, linked] = project.build_forms(subject.name);
    for (arguments, stdin) in runs {
        let ours = run(&mut project.run(&fused, arguments), stdin.as_bytes());
        println!("{} {}: {}", subject.name, arguments.join(" "), ours.status);
        for (host, mut command) in [
            ("wasmtime, fused", wasmtime(&fused)),
            ("wasmtime, linked", wasmtime(&linked)),
            ("jco, fused", node::multi_memory(&fused, subject.name)),
            ("jco, linked", jco(&linked)),
        ] {
            let theirs = run(command.args(*arguments), stdin.as_bytes());
            assert_same(
                &ours,
                &theirs,
                &format!("{} under {host}", arguments.join(" ")),
            );
        }
    }
}

/// jco calls its standard output a terminal, so the programs are told what they would
/// otherwise decide by that. It says on standard error, behind what the program says, that the run failed.
fn assert_same(ours: &Outcome, theirs: &Outcome, what: &str) {
    assert_eq!(ours.text(), theirs.text(), "{what}: {}", theirs.complaint());
    assert_eq!(
        ours.status.success(),
        theirs.status.success(),
        "{what}: {}",
        theirs.complaint()
    );
    let complaint = theirs.complaint();
    assert!(
        if ours.status.success() {
            complaint == ours.complaint()
        } else {
            complaint.starts_with(&ours.complaint())
        },
        "{what} says\n{complaint}\nand not\n{}",
        ours.complaint()
    );
}

fn wasmtime(file: &Path) -> Command {
    let mut command = isolated(python::environment(WASMTIME).python());
    command.arg(script()).arg(file);
    command
}

fn jco(file: &Path) -> Command {
    let mut command = node::jco();
    command.arg("run").arg(file);
    command
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/support/wasmtime_host.py")
}
