//! `boxer:wasi-p2` call by call: programs that assert what WASI 0.2 says, in a box, in
//! a box that imports nothing, over the host's files, and on a host that is not a box.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::boxes::{self, Project};
use crate::support::guests::guest;
use crate::support::host::Host;
use crate::support::process::{Outcome, run};

/// A Boxfile of one program, and whatever else is given.
fn boxfile(component: &Path, rest: &str) -> String {
    format!(
        "[box]\nname = \"test:wasi-p2\"\nversion = \"0.1.0\"\n\n\
         [app]\ncomponent = \"{}\"\n{rest}",
        component.display()
    )
}

/// Runs a program in a box of its own, in both forms, which end in the same way.
fn in_a_box(name: &str, rest: &str, arguments: &[&str], stdin: &str) -> Outcome {
    let project = Project::new(&boxfile(&guest(name), rest));
    let [fused, linked] = project
        .build_forms("box")
        .map(|file| run(&mut project.run(&file, arguments), stdin.as_bytes()));
    assert_eq!(fused.status, linked.status, "{}", fused.complaint());
    if name != "p2_random" {
        assert_eq!(fused.text(), linked.text());
    }
    assert_eq!(fused.complaint(), linked.complaint());
    fused
}

/// That a program says it is content, and ends so.
fn assert_ok(name: &str, outcome: &Outcome) {
    let said = outcome.text();
    assert!(
        outcome.status.success() && said.ends_with(&format!("{name} ok\n")),
        "{name} ended with {}\n{said}\n{}",
        outcome.status,
        outcome.complaint()
    );
}

/// In a box on the default kernel, and in one whose every module is virtual. Time
/// jumps there, and nothing is heard of what the program says.
fn holds_in_boxes(name: &str) {
    assert_ok(name, &in_a_box(name, "", &[], ""));

    const NOTHING: &str = "[grants]\nstdio = false\nargs = false\nclock = false\nrandom = false\n";
    let project = Project::new(&boxfile(&guest(name), NOTHING));
    for sealed in project.build_forms("sealed") {
        assert_eq!(boxes::imports(&sealed), [] as [String; 0]);
        let outcome = run(&mut project.run::<&str>(&sealed, &[]), b"");
        assert!(outcome.status.success(), "{name}: {}", outcome.complaint());
    }
}

/// On wasmtime's own WASI: what differs there is not what WASI says.
fn holds_elsewhere(name: &str) {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let ended = Host::new(&guest(name)).run(folder.path(), &["--another-host"], &[]);
    assert_eq!(ended.status, Some(0), "{name}: {}", ended.stderr);
}

macro_rules! programs {
    ($($name:ident)*) => {
        mod in_boxes {
            $(#[test]
            fn $name() {
                super::holds_in_boxes(stringify!($name));
            })*
        }

        mod elsewhere {
            $(#[test]
            fn $name() {
                super::holds_elsewhere(stringify!($name));
            })*
        }
    };
}

programs! {
    p2_clocks
    p2_filesystem
    p2_names
    p2_poll
    p2_random
    p2_streams
    p2_tcp
    p2_udp
    std_fs
}

/// The same files on the host: a granted folder in place of the box's memory.
#[test]
fn over_the_hosts_files() {
    for name in ["p2_filesystem", "p2_streams", "std_fs"] {
        let project = Project::new(&boxfile(
            &guest(name),
            "[kernel]\nvfs = \"boxer:hostfs\"\n\n\
             [grants]\nfs = [{ host = \"./files\", guest = \"/\", mode = \"rw\" }]\n",
        ));
        fs::create_dir(project.path("files")).expect("a folder can be made");
        let file = project.build("box.wasm");
        assert_ok(
            name,
            &run(&mut project.run(&file, &["--over-the-host"]), b""),
        );
    }
}

#[test]
fn arguments_and_variables() {
    let rest = "args = [\"baked\", \"with space\"]\nenv = { LANG = \"C.UTF-8\" }\n";
    let outcome = in_a_box("p2_environment", rest, &["given", "ünïcode", ""], "");
    assert_ok("p2_environment", &outcome);
    let said = outcome.text();
    let arguments: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("argument "))
        .skip(1)
        .collect();
    assert_eq!(
        arguments,
        [
            "\"baked\"",
            "\"with space\"",
            "\"given\"",
            "\"ünïcode\"",
            "\"\""
        ]
    );
    let variables: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("variable "))
        .collect();
    assert_eq!(variables, ["LANG=\"C.UTF-8\""]);
}

/// A program of wasi-libc, which believes that it starts at `/`.
#[test]
fn a_working_directory_that_nobody_asks_for() {
    in_a_working_directory("std_cwd");
}

#[test]
fn a_working_directory_that_is_asked_for() {
    in_a_working_directory("p2_cwd");
}

fn in_a_working_directory(name: &str) {
    let project = Project::new(&boxfile(
        &guest(name),
        "cwd = \"/app\"\n\n\
         [files]\n\"/app\" = \"app\"\n\"/src\" = \"src\"\n\"/etc\" = \"etc\"\n",
    ));
    for (path, content) in [
        ("app/data.txt", "data"),
        ("app/src/main.txt", "main"),
        ("src/lib.txt", "lib"),
        ("etc/motd", "motd"),
    ] {
        let path = project.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, content).expect("a file can be written");
    }
    let file = project.build("box.wasm");
    assert_ok(name, &run(&mut project.run::<&str>(&file, &[]), b""));
}

#[test]
fn every_way_to_end() {
    let project = Project::new(&boxfile(&guest("p2_exit"), ""));
    let file = project.build("box.wasm");
    for (how, status) in [
        ("return", Some(0)),
        ("success", Some(0)),
        ("failure", Some(1)),
        ("std-0", Some(0)),
        // Rust's library says success or failure, no more.
        ("std-3", Some(1)),
        // The program imports `exit-with-code`, so its status arrives.
        ("0", Some(0)),
        ("7", Some(7)),
        ("255", Some(255)),
    ] {
        let outcome = run(&mut project.run(&file, &[how]), b"");
        assert_eq!(outcome.text(), format!("written before {how}"));
        assert_eq!(
            outcome.status.code(),
            status,
            "{how}: {}",
            outcome.complaint()
        );
    }
    let panicked = run(&mut project.run(&file, &["panic"]), b"");
    assert_eq!(panicked.text(), "written before panic");
    assert!(!panicked.status.success());
    assert!(panicked.complaint().contains("as was asked"));
}

#[test]
fn standard_streams() {
    let project = Project::new(&boxfile(&guest("p2_stdio"), ""));
    let file = project.build("box.wasm");
    let long = "a line of some length, and many of them\n".repeat(20_000);
    for way in ["blocking", "polling", "splicing", "lines", "all"] {
        for input in ["", "one line\n", "one\ntwo\n\nfour\n", &long] {
            let outcome = run(&mut project.run(&file, &[way]), input.as_bytes());
            assert!(outcome.status.success(), "{way}: {}", outcome.complaint());
            assert!(outcome.text() == input, "{way} of {} bytes", input.len());
            assert_eq!(
                outcome.complaint(),
                format!("{} bytes\n", input.len()),
                "{way}"
            );
        }
    }
}

#[test]
fn pipes_are_no_terminals() {
    let outcome = in_a_box("p2_terminal", "", &[], "");
    assert_eq!(
        outcome.text(),
        "terminals [false, false, false]\np2_terminal ok\n"
    );
}

/// A caller that breaks its promise traps, and standard error says which one.
#[test]
fn broken_promises() {
    let project = Project::new(&boxfile(&guest("p2_traps"), ""));
    let forms = project.build_forms("box");
    for (what, said) in [
        ("poll-nothing", "poll of an empty list"),
        ("write-too-much", "output-stream.write of more bytes"),
        ("write-too-many-zeroes", "output-stream.write of more bytes"),
        ("blocking-write-too-much", "of more than 4096 bytes"),
        ("blocking-write-too-many-zeroes", "of more than 4096 bytes"),
        (
            "send-without-asking",
            "outgoing-datagram-stream.send of more datagrams",
        ),
        (
            "send-too-many",
            "outgoing-datagram-stream.send of more datagrams",
        ),
    ] {
        for file in &forms {
            let outcome = run(&mut project.run(file, &[what]), b"");
            assert_eq!(outcome.text(), "about to trap\n", "{what}");
            assert!(!outcome.status.success(), "{what}");
            let complaint = outcome.complaint();
            assert!(complaint.contains("boxer:wasi-p2: "), "{what}: {complaint}");
            assert!(complaint.contains(said), "{what}: {complaint}");
        }
    }
}

/// A program built against any patch of 0.2 links, whatever patch it is.
#[test]
fn older_patches_of_wasi() {
    let newest = wasmprinter::print_file(guest("p2_poll")).expect("the component can be printed");
    for (raw, std) in [("0.2.1", "0.2.0"), ("0.2.3", "0.2.5"), ("0.2.9", "0.2.10")] {
        // What the test imports by itself is of the newest patch, what Rust's std imports
        // of the first. Names of imports and exports alone are changed, not identifiers.
        let text = newest
            .replace("@0.2.12\"", &format!("@{raw}\""))
            .replace("@0.2.0\"", &format!("@{std}\""));
        let older = wat::parse_str(text).expect("the component can be parsed");
        let project = Project::new(&boxfile(Path::new("older.wasm"), ""));
        fs::write(project.path("older.wasm"), older).expect("a file can be written");
        let file = project.build("box.wasm");
        assert_ok("p2_poll", &run(&mut project.run::<&str>(&file, &[]), b""));
    }
}
