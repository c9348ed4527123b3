//! Running other programs and keeping what they said.

use std::io::Write;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

/// What a program said and how it ended.
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Outcome {
    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("the output is UTF-8")
    }

    /// Standard error as text, for messages.
    pub fn complaint(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// Runs `command` with `stdin` as its standard input.
///
/// # Panics
///
/// If it cannot be started.
pub fn run(command: &mut Command, stdin: &[u8]) -> Outcome {
    let shown = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {shown}: {error}"));
    let mut input = child.stdin.take().expect("the input is piped");
    let output = thread::scope(|scope| {
        // A program need not read its input: a broken pipe is its right.
        scope.spawn(move || drop(input.write_all(stdin)));
        child.wait_with_output()
    })
    .unwrap_or_else(|error| panic!("cannot wait for {shown}: {error}"));
    Outcome {
        status: output.status,
        stdout: output.stdout,
        stderr: output.stderr,
    }
}

/// Runs `command`, which has to succeed.
///
/// # Panics
///
/// If it does not, with everything that it said.
pub fn check(command: &mut Command) -> Outcome {
    let outcome = run(command, b"");
    assert!(
        outcome.status.success(),
        "{command:?} ended with {}\n--- stdout\n{}\n--- stderr\n{}",
        outcome.status,
        String::from_utf8_lossy(&outcome.stdout),
        outcome.complaint(),
    );
    outcome
}

/// A command that sees nothing of this test's environment but what finds
/// programs and the network.
///
/// What cargo tells a test (`CARGO_…`, `RUSTFLAGS`, `TARGET`) would reach a cargo
/// or a Go that the test starts.
pub fn isolated(program: impl AsRef<std::ffi::OsStr>) -> Command {
    const KEPT: [&str; 9] = [
        "PATH",
        "HOME",
        "CARGO_HOME",
        "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN",
        "TMPDIR",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "NODE_EXTRA_CA_CERTS",
    ];
    let mut command = Command::new(program);
    command.env_clear();
    for (name, value) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let finds_the_network = text.to_ascii_lowercase().ends_with("_proxy")
            || [
                "PIP_",
                "CARGO_HTTP_",
                "CARGO_REGISTR",
                "CARGO_SOURCE_",
                "CARGO_NET_",
            ]
            .iter()
            .any(|prefix| text.starts_with(prefix))
            || text.to_ascii_lowercase().starts_with("npm_config_");
        if finds_the_network || KEPT.contains(&text.as_ref()) {
            command.env(name, value);
        }
    }
    command
}
