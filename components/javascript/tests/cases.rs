//! Scripts whose output Node wrote down: `cases/NAME/main.js` (or `.mjs`) and `expected.txt`.
//!
//! `BLESS=1 cargo test -p javascript --test cases` lets Node write the outputs anew.

mod support;

use std::fs;
use std::path::PathBuf;

use support::{Run, node, run, runtime, tests};

fn cases() -> Vec<PathBuf> {
    let folder = fs::read_dir(tests().join("cases")).expect("the cases are there");
    let mut cases: Vec<PathBuf> = folder
        .map(|entry| entry.expect("the folder can be read").path())
        .map(|case| {
            let module = case.join("main.mjs");
            if module.exists() {
                module
            } else {
                case.join("main.js")
            }
        })
        .collect();
    cases.sort();
    assert!(cases.len() > 20, "only {} cases were found", cases.len());
    cases
}

/// What a case is compared by: its output and its exit status.
fn outcome(run: &Run) -> String {
    match run.status {
        Some(0) => run.stdout.clone(),
        status => format!("{}[exit status {status:?}]\n", run.stdout),
    }
}

fn expected(case: &std::path::Path) -> PathBuf {
    case.with_file_name("expected.txt")
}

#[test]
fn output_is_nodes() {
    let mut wrong = Vec::new();
    for case in cases() {
        if std::env::var_os("BLESS").is_some() {
            let node = node().expect("blessing needs Node 20");
            fs::write(expected(&case), outcome(&run(node, &case))).expect("the folder is writable");
        }
        let expected = fs::read_to_string(expected(&case)).expect("each case has its output");
        let ours = run(runtime(), &case);
        let actual = outcome(&ours);
        if actual != expected {
            wrong.push(difference(
                &case.display().to_string(),
                &expected,
                &actual,
                &ours.stderr,
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The stored outputs are what Node prints today, where Node is there to ask.
#[test]
fn node_still_agrees() {
    if node().is_none() {
        return;
    }
    for case in cases() {
        let node = node().expect("it was there");
        let expected = fs::read_to_string(expected(&case)).expect("each case has its output");
        assert_eq!(outcome(&run(node, &case)), expected, "{}", case.display());
    }
}

fn difference(name: &str, expected: &str, actual: &str, stderr: &str) -> String {
    let line = expected
        .lines()
        .zip(actual.lines())
        .take_while(|(a, b)| a == b)
        .count();
    let at = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    format!(
        "{name}, line {}:\n  expected: {}\n  actual:   {}\n{stderr}",
        line + 1,
        at(expected),
        at(actual),
    )
}
