//! A program that serves and asks itself: on the network of its box, and on none.

use std::path::Path;

use crate::support::boxes::{self, Project};
use crate::support::guests::guest;
use crate::support::process::{Outcome, check, run};

const ANSWERS: &str = "\
tcp 127.0.0.1: what is 6 times 7? 42
tcp bulk 127.0.0.1: 5000000 bytes, as they were sent
udp 127.0.0.1: datagrams of [3, 0, 5, 3, 0, 5] bytes
tcp ::1: what is 6 times 7? 42
tcp bulk ::1: 5000000 bytes, as they were sent
udp ::1: datagrams of [3, 0, 5, 3, 0, 5] bytes
";

const REFUSALS: &str = "\
tcp 127.0.0.1: permission denied
tcp bulk 127.0.0.1: permission denied
udp 127.0.0.1: permission denied
tcp ::1: permission denied
tcp bulk ::1: permission denied
udp ::1: permission denied
";

fn project() -> Project {
    Project::new(&format!(
        r#"[box]
name = "test:net-self"
version = "0.1.0"

[app]
component = "{}"
"#,
        guest("net_self").display()
    ))
}

#[test]
fn a_box_asks_itself_and_is_denied_after_a_swap() {
    let project = project();
    for loopback in project.build_forms("loopback") {
        assert_answered(&run(&mut project.run::<&str>(&loopback, &[]), b""));
        assert_no_sockets(&boxes::imports(&loopback));
    }

    check(&mut project.boxer(["swap", "net=boxer:deny"]));
    for denied in project.build_forms("denied") {
        assert_refused(&run(&mut project.run::<&str>(&denied, &[]), b""));
        assert_no_sockets(&boxes::imports(&denied));
    }
}

#[test]
fn a_finished_box_is_denied_after_a_swap_and_answers_after_another() {
    let project = project();
    for form in project.build_forms("finished") {
        swap_and_back(&std::fs::read(form).expect("the box can be read"));
    }
}

/// The finished box stands alone: there is no project where it is swapped.
fn swap_and_back(finished: &[u8]) {
    let elsewhere = Project::new("");
    std::fs::write(elsewhere.path("finished.wasm"), finished).expect("the box can be written");
    std::fs::remove_file(elsewhere.path("Boxfile.toml")).expect("the Boxfile can be removed");

    check(&mut elsewhere.boxer([
        "swap",
        "finished.wasm",
        "net=boxer:deny",
        "-o",
        "denied.wasm",
    ]));
    let denied = elsewhere.path("denied.wasm");
    assert_refused(&run(&mut elsewhere.run::<&str>(&denied, &[]), b""));

    check(&mut elsewhere.boxer([
        "swap",
        "denied.wasm",
        "net=boxer:loopback",
        "-o",
        "back.wasm",
    ]));
    let back = elsewhere.path("back.wasm");
    assert_answered(&run(&mut elsewhere.run::<&str>(&back, &[]), b""));
}

/// A fused box has no parts to link anew; a machine that did not build it says which it
/// lacks. A linked one has them all.
#[test]
fn a_box_from_elsewhere_is_swapped_where_it_carries_its_parts() {
    let project = project();
    let [fused, linked] = project.build_forms("finished");
    let swapped = project.path("swapped.wasm");
    let swap = |file: &Path| {
        let words = ["net=boxer:deny", "-o", "swapped.wasm"];
        let mut command = project.boxer(["swap"]);
        command
            .arg(file)
            .args(words)
            .env("BOX_CACHE_DIR", project.path("another-cache"));
        run(&mut command, b"")
    };
    let refused = swap(&fused);
    assert_eq!(refused.status.code(), Some(1));
    let said = refused.complaint();
    assert!(said.contains("does not have its part `app`"), "{said}");
    assert!(!swapped.exists());
    assert!(swap(&linked).status.success());
    assert_refused(&run(&mut project.run::<&str>(&swapped, &[]), b""));
}

fn assert_answered(outcome: &Outcome) {
    assert_eq!(outcome.text(), ANSWERS, "{}", outcome.complaint());
    assert_eq!(outcome.complaint(), "");
    assert!(outcome.status.success(), "{}", outcome.status);
}

fn assert_refused(outcome: &Outcome) {
    assert_eq!(outcome.text(), "");
    assert_eq!(outcome.complaint(), REFUSALS);
    assert_eq!(outcome.status.code(), Some(1), "a refusal is no trap");
}

/// Neither network faces the host.
fn assert_no_sockets(imports: &[String]) {
    let sockets = imports
        .iter()
        .find(|name| name.starts_with("wasi:sockets/"));
    assert_eq!(sockets, None);
}
