//! `box run FILE.wasm`: streams, arguments, exit status, signals, and what goes wrong.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::Place;

#[test]
fn a_foreign_program_runs() {
    let place = Place::new();
    place.guest("hello");
    assert_eq!(place.run(&["run", "hello.wasm"]).succeeds(), "hello\n");
    assert_eq!(
        place.run(&["run", "hello.wasm"]).succeeds(),
        "hello\n",
        "the second time from the cache"
    );
}

#[test]
fn the_curious_are_told_what_a_foreign_program_gets() {
    let place = Place::new();
    place.guest("hello");
    let ended = place.run(&["run", "-v", "hello.wasm"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "hello\n"));
    assert!(ended.stderr.contains("no box"), "{}", ended.stderr);
}

#[test]
fn arguments_pass_as_they_are_and_variables_do_not() {
    let place = Place::new();
    place.guest("arguments");
    let mut command = place.command(&[
        "run",
        "arguments.wasm",
        "--",
        "-v",
        "--help",
        "",
        "a b",
        "é\n",
        "--",
    ]);
    let ended = place.end(&command.env("SECRET", "1").output().unwrap());
    assert_eq!(
        ended.succeeds(),
        "arguments.wasm\0-v\0--help\0\0a b\0é\n\0--\0"
    );
}

#[test]
fn standard_input_passes_whole() {
    let place = Place::new();
    place.guest("cat");
    let input: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut command = place.command(&["run", "cat.wasm"]);
    place.write("in", &input);
    let from = std::fs::File::open(place.path().join("in")).unwrap();
    let output = command.stdin(from).output().unwrap();
    assert!(output.status.success());
    assert!(
        output.stdout == input,
        "{} of {} bytes",
        output.stdout.len(),
        input.len()
    );
    assert_eq!(
        place
            .run_with_input(&["run", "cat.wasm"], b"piped\n")
            .succeeds(),
        "piped\n"
    );
    assert_eq!(place.run(&["run", "cat.wasm"]).succeeds(), "");
}

#[test]
fn failure_of_the_guest_is_failure_of_box() {
    let place = Place::new();
    place.guest("fail");
    // WASI 0.2.6 knows success and failure only, so 3 arrives as 1.
    assert_eq!(place.run(&["run", "fail.wasm"]).fails(1), "");
}

#[test]
fn a_trap_is_told_with_its_backtrace_and_what_was_written_is_kept() {
    let place = Place::new();
    place.guest("trap");
    let ended = place.run(&["run", "trap.wasm"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (134, "half"));
    assert!(
        ended
            .stderr
            .contains("reached an `unreachable` instruction"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("innermost"), "{}", ended.stderr);
}

fn started(place: &Place, guest: &str, says: &str) -> Child {
    place.guest(guest);
    let file = format!("{guest}.wasm");
    // A shell starts what runs in its background with interrupts ignored, and whoever
    // runs these tests there hands that on to every program: put it back.
    let mut child = place
        .command_through(
            "env",
            &[
                "--default-signal=INT",
                env!("CARGO_BIN_EXE_box"),
                "run",
                &file,
            ],
        )
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, says);
    child
}

#[test]
fn an_interrupt_ends_a_guest_that_sleeps_or_computes() {
    for (guest, says) in [("sleep", "asleep\n"), ("spin", "busy\n")] {
        let place = Place::new();
        let child = started(&place, guest, says);
        let pid = Pid::from_raw(child.id().cast_signed()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        let ended = place.end(&child.wait_with_output().unwrap());
        assert_eq!(ended.status, 130, "{guest}");
        assert_eq!(ended.stderr, "", "{guest}");
    }
}

#[test]
fn a_reader_that_goes_away_is_the_guests_to_know() {
    let place = Place::new();
    place.guest("cat");
    let input = vec![b'x'; 1 << 20];
    place.write("in", &input);
    let from = std::fs::File::open(place.path().join("in")).unwrap();
    let mut child = place
        .command(&["run", "cat.wasm"])
        .stdin(from)
        .spawn()
        .unwrap();
    let mut few = [0; 10];
    child.stdout.as_mut().unwrap().read_exact(&mut few).unwrap();
    drop(child.stdout.take());
    let ended = place.end(&child.wait_with_output().unwrap());
    // `cat` says that writing failed by its exit status.
    assert_eq!((ended.status, ended.stderr.as_str()), (1, ""));
}

#[test]
fn a_closed_standard_output_is_no_panic() {
    let place = Place::new();
    place.guest("hello");
    let mut shell = std::process::Command::new("sh");
    shell
        .args([
            "-c",
            "exec \"$0\" run hello.wasm >&-",
            env!("CARGO_BIN_EXE_box"),
        ])
        .current_dir(place.path())
        .env("BOX_CACHE_DIR", place.cache())
        .stdin(Stdio::null());
    let ended = place.end(&shell.output().unwrap());
    assert_eq!(ended.fails(0), "");
}

#[test]
fn what_cannot_run_is_told() {
    let place = Place::new();
    place.write("text.wasm", "not wasm");
    place.write("empty.wasm", "");
    place.write("cut.wasm", &crate::support::guest("hello")[..60]);
    place.write("library.wasm", wat::parse_str("(component)").unwrap());
    place.write(
        "greedy.wasm",
        wat::parse_str("(component (import \"acme:greet/hello@1.0.0\" (instance)))").unwrap(),
    );
    for file in [
        "missing.wasm",
        ".",
        "text.wasm",
        "empty.wasm",
        "cut.wasm",
        "library.wasm",
        "greedy.wasm",
    ] {
        let ended = place.run(&["run", file]);
        insta::assert_snapshot!(format!("run {file}"), ended.fails(1));
    }
}

#[test]
fn usage_errors_have_a_status_of_their_own() {
    let place = Place::new();
    for args in [
        &["run", "--no-such-flag"][..],
        &["run", "a.wasm", "stray"],
        &["no-such-command"],
        &[],
    ] {
        assert_eq!(place.run(args).status, 2, "{args:?}");
    }
}
