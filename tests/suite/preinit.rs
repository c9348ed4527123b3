//! `[build] preinit`: a box that was started when it was built does as one that was not.

use std::fs;

use crate::support::boxes::Project;
use crate::support::guests::guest;
use crate::support::process::{Outcome, run};

fn project(build: &str) -> Project {
    let project = Project::new(&format!(
        r#"[box]
name = "test:preinit"
version = "0.1.0"

[app]
component = "{}"

[files]
"/words.txt" = "words.txt"

[grants]
env = ["GREETING"]

[build]
{build}
"#,
        guest("preinit").display()
    ));
    fs::write(project.path("words.txt"), "one two two three three three\n")
        .expect("a file can be written");
    project
}

/// What is kept is what the hook made; what must be fresh is.
#[test]
fn a_started_box_does_as_one_that_was_not() {
    let started = project("preinit = true");
    let started_file = started.build("box.wasm");
    let plain = project("preinit = false");
    let plain_file = plain.build("box.wasm");
    let mut random = Vec::new();
    for (arguments, greeting) in [(&["a", "b"][..], "hi"), (&[], "ho"), (&["c"], "hi")] {
        let start = |project: &Project, file| {
            run(project.run(file, arguments).env("GREETING", greeting), b"")
        };
        let after = start(&started, &started_file);
        let before = start(&plain, &plain_file);
        assert!(after.status.success(), "{}", after.complaint());
        assert_eq!(after.text(), before.text());
        assert!(
            after
                .text()
                .contains(&format!("{arguments:?} Ok({greeting:?})"))
        );
        for (outcome, ready) in [(&after, true), (&before, false)] {
            let said = outcome.complaint();
            assert!(said.starts_with(&format!("ready {ready}, ")), "{said}");
            random.push(number(&said, "random "));
            assert!(
                number(&said, "year ") >= 2026,
                "the clock is the host's: {said}"
            );
        }
    }
    let drawn = random.len();
    random.sort_unstable();
    random.dedup();
    assert_eq!(random.len(), drawn, "each start draws numbers of its own");

    // Nothing of this machine or this moment is in it.
    let again = project("preinit = \"preinit\"");
    fs::write(again.path("Boxfile.toml"), started.boxfile()).expect("a file can be written");
    let again = again.build("box.wasm");
    assert!(
        fs::read(again).expect("a box") == fs::read(started_file).expect("a box"),
        "two builds differ"
    );
}

#[test]
fn what_is_not_known_yet_is_refused_by_name() {
    for (build, said) in [
        (
            "preinit = \"ask-for-arguments\"",
            "calls `get-arguments` of `wasi:cli/environment@",
        ),
        (
            "preinit = \"warm-up\"",
            "its app exports no function `warm-up`",
        ),
        (
            "preinit = true\nform = \"linked\"",
            "it is linked, and only a fused one can be",
        ),
    ] {
        let project = project(build);
        let outcome = run(&mut project.boxer(["build", "-o", "box.wasm"]), b"");
        assert_eq!(outcome.status.code(), Some(1), "{build}");
        let words: Vec<_> = words(&outcome);
        assert!(
            words.join(" ").contains(said),
            "{build}: {}",
            outcome.complaint()
        );
        assert!(!project.path("box.wasm").exists(), "{build}");
    }
}

/// The message without the frame that is drawn around it.
fn words(outcome: &Outcome) -> Vec<String> {
    let complaint = outcome.complaint();
    let words = complaint.split_whitespace().filter(|word| *word != "│");
    words.map(str::to_owned).collect()
}

/// The number behind a word.
fn number(text: &str, word: &str) -> u64 {
    let (_, rest) = text.split_once(word).unwrap_or_else(|| panic!("{text}"));
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
    digits
        .unwrap_or_default()
        .parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}
