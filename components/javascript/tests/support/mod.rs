//! Running scripts, by the runtime and by Node.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The Node whose output counts. Others differ in details of formatting.
const NODE: &str = "v20.";

/// What a program printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub status: Option<i32>,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status.code(),
        }
    }
}

/// The natively built runtime.
pub fn runtime() -> Command {
    Command::new(env!("CARGO_BIN_EXE_javascript"))
}

/// Node, where the right one is installed.
pub fn node() -> Option<Command> {
    let version = Command::new("node").arg("--version").output().ok()?;
    let version = String::from_utf8(version.stdout).ok()?;
    version.starts_with(NODE).then(|| Command::new("node"))
}

/// Runs `script` in its folder, with `input.txt` of that folder as its input.
pub fn run(mut program: Command, script: &Path) -> Run {
    let folder = script.parent().expect("a script is in a folder");
    let input = match File::open(folder.join("input.txt")) {
        Ok(file) => Stdio::from(file),
        Err(_) => Stdio::null(),
    };
    program
        .arg(script)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        // The runtime knows no other zone.
        .env("TZ", "UTC")
        .stdin(input)
        .output()
        .expect("the program starts")
        .into()
}

/// The folder of the tests.
pub fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Writes a script into a fresh folder of the target folder.
pub fn script(name: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("the target folder is writable");
    let path = folder.join("main.js");
    fs::write(&path, text).expect("the target folder is writable");
    path
}
