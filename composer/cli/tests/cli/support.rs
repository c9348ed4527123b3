//! A folder of one test's own, and the program in it.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The guests in `guests/`, as the text that they are written in.
const GUESTS: &[(&str, &str)] = &[
    ("arguments", include_str!("guests/arguments.wat")),
    ("cat", include_str!("guests/cat.wat")),
    ("fail", include_str!("guests/fail.wat")),
    ("hello", include_str!("guests/hello.wat")),
    ("read", include_str!("guests/read.wat")),
    ("sleep", include_str!("guests/sleep.wat")),
    ("spin", include_str!("guests/spin.wat")),
    ("trap", include_str!("guests/trap.wat")),
];

/// A folder with a cache of its own, where `box` is run.
pub struct Place {
    folder: TempDir,
}

/// What a run of `box` gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit status, or what a shell makes of a signal: 128 and its number.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn cache(&self) -> PathBuf {
        self.path().join("cache")
    }

    /// Writes a file, with the folders that it is in.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Writes one of the guests as `NAME.wasm`: a core module of wasip1.
    pub fn guest(&self, name: &str) -> PathBuf {
        self.write(&format!("{name}.wasm"), guest(name))
    }

    /// `box` with these arguments, ready to run here.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_through(env!("CARGO_BIN_EXE_box"), args)
    }

    /// Another program, which starts `box`, in the same surroundings.
    pub fn command_through(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("BOX_CACHE_DIR", self.cache())
            .env_remove("NO_COLOR");
        command
    }

    /// Runs `box` to its end.
    pub fn run(&self, args: &[&str]) -> Ended {
        self.end(&self.command(args).output().unwrap())
    }

    /// Runs `box` to its end with something to read.
    pub fn run_with_input(&self, args: &[&str], input: &[u8]) -> Ended {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || {
                // A guest need not read to the end.
                let _ = stdin.write_all(input);
            });
            child.wait_with_output().unwrap()
        });
        self.end(&output)
    }

    /// What a process gave, without the name of this folder.
    pub fn end(&self, output: &Output) -> Ended {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.replace(&*self.path().to_string_lossy(), "[DIR]")
        };
        Ended {
            status: output
                .status
                .code()
                .unwrap_or_else(|| 128 + output.status.signal().unwrap()),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Every file below a folder, relative to it, sorted.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let root = self.path().join(folder);
        let mut found = Vec::new();
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.push(
                        path.strip_prefix(&root)
                            .unwrap()
                            .to_string_lossy()
                            .into_owned(),
                    );
                }
            }
        }
        found.sort();
        found
    }
}

/// One of the guests: a core module of wasip1.
pub fn guest(name: &str) -> Vec<u8> {
    let (_, text) = GUESTS
        .iter()
        .find(|(own, _)| *own == name)
        .expect("a guest of this name");
    wat::parse_str(text).unwrap()
}

impl Ended {
    /// Fails the test with everything that was said, unless it went well and in silence.
    #[track_caller]
    pub fn succeeds(&self) -> &str {
        assert_eq!((self.status, self.stderr.as_str()), (0, ""), "{self:#?}");
        &self.stdout
    }

    /// Fails the test unless it failed with this status and printed nothing; gives what was said.
    #[track_caller]
    pub fn fails(&self, status: i32) -> &str {
        assert_eq!(
            (self.status, self.stdout.as_str()),
            (status, ""),
            "{self:#?}"
        );
        &self.stderr
    }
}
