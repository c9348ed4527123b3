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
            .env("BOX_CONFIG_DIR", self.path().join("config"))
            .env("WKG_CONFIG_FILE", self.path().join("wkg.toml"))
            .env("DOCKER_CONFIG", self.path().join("docker"))
            .env_remove("BOX_KEY_PASSWORD")
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

    /// Writes a component that exports `acme:log/sink` and tells what it imports: each an
    /// interface with a function without arguments.
    pub fn sink(&self, file: &str, exported: &[&str], imports: &[(&str, &str)]) -> PathBuf {
        self.write(file, sink(exported, imports))
    }

    /// Publishes a file into the index `index`, which is made where it is not there.
    #[track_caller]
    pub fn publish(&self, file: &str, id: &str, more: &[&str]) -> Ended {
        if !self.path().join("index").exists() {
            self.run(&["-q", "index", "init", "index"]).succeeds();
        }
        let mut args = vec!["publish", file, "--as", id, "--registry", "index"];
        args.extend(more);
        self.run(&args)
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

/// A component that exports functions without arguments in `acme:log/sink@1.0.0`.
pub fn sink(exported: &[&str], imports: &[(&str, &str)]) -> Vec<u8> {
    let imports = imports.iter().map(|(interface, function)| {
        format!("(import \"{interface}\" (instance (export \"{function}\" (func (result u64)))))")
    });
    let functions = exported.iter().enumerate().map(|(place, _)| {
        format!(
            "(core module $m{place} (func (export \"f\")))
             (core instance $i{place} (instantiate $m{place}))
             (func $f{place} (canon lift (core func $i{place} \"f\")))"
        )
    });
    let exports = exported.iter().enumerate();
    let exports = exports.map(|(place, name)| format!("(export \"{name}\" (func $f{place}))"));
    let text = format!(
        "(component {} {} (instance $sink {}) (export \"acme:log/sink@1.0.0\" (instance $sink)))",
        imports.collect::<String>(),
        functions.collect::<String>(),
        exports.collect::<String>(),
    );
    wat::parse_str(text).unwrap()
}

impl Ended {
    /// Fails the test with everything that was said, unless it went well, whatever it said.
    #[track_caller]
    pub fn well(&self) -> &str {
        assert_eq!(self.status, 0, "{self:#?}");
        &self.stdout
    }

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
