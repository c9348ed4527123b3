//! `[app] cargo`, and kernel modules: builds a cargo package.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use miette::Diagnostic;
use serde::Deserialize;
use thiserror::Error;

/// What is made of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// A program, as a component that imports WASI 0.2.
    Program,
    /// A library of the crate type `cdylib`, as a core module that imports what it declares
    /// and no more: what [`adapt`](super::adapt::adapt) makes a kernel module of.
    Module,
}

impl Product {
    /// What it is built for.
    #[must_use]
    pub const fn target(self) -> &'static str {
        match self {
            Self::Program => "wasm32-wasip2",
            Self::Module => "wasm32-unknown-unknown",
        }
    }
}

/// Which program of which package.
#[derive(Debug, Clone, Copy)]
pub struct CargoBuild<'a> {
    /// What to make of it.
    pub product: Product,
    /// The folder with the `Cargo.toml`.
    pub dir: &'a Path,
    /// A package of a workspace; cargo's default where not given.
    pub package: Option<&'a str>,
    /// A program of the package; the only one where not given.
    pub bin: Option<&'a str>,
    /// Pass `--locked`: fail rather than change `Cargo.lock`.
    pub locked: bool,
    /// Pass `--offline`.
    pub offline: bool,
}

/// What a build made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CargoBuilt {
    /// The component.
    pub wasm: PathBuf,
    /// The files that it was made from, as cargo's dep-info tells them, the
    /// manifest and the lock file included.
    pub sources: Vec<PathBuf>,
}

/// Why a cargo package could not be built.
#[derive(Debug, Error, Diagnostic)]
pub enum CargoError {
    /// No cargo on the path.
    #[error("cargo could not be started: {0}")]
    #[diagnostic(
        code(composer::no_cargo),
        help(
            "install Rust from https://rustup.rs, or build the component yourself and name it with `component`"
        )
    )]
    NoCargo(io::Error),
    /// The folder has no manifest.
    #[error("`{}` has no Cargo.toml", dir.display())]
    #[diagnostic(
        code(composer::no_manifest),
        help("give the folder of a cargo package, relative to the Boxfile's folder")
    )]
    NoManifest {
        /// The folder.
        dir: PathBuf,
    },
    /// The standard library of the target is missing and could not be added.
    #[error(
        "the Rust toolchain has no standard library for {target}, and rustup could not add it: {reason}"
    )]
    #[diagnostic(code(composer::no_target), help("run `rustup target add {target}`"))]
    NoTarget {
        /// Which target.
        target: &'static str,
        /// What rustup said.
        reason: String,
    },
    /// Cargo said no; it has told why on standard error.
    #[error("cargo could not build `{}`", dir.display())]
    #[diagnostic(code(composer::cargo_failed), help("mend what cargo reports above"))]
    Failed {
        /// The folder.
        dir: PathBuf,
    },
    /// The package has no program, or none of that name.
    #[error("`{}` built no program", dir.display())]
    #[diagnostic(
        code(composer::no_program),
        help(
            "add a `src/main.rs`, or name the program with `cargo = {{ path = \"…\", bin = \"…\" }}`"
        )
    )]
    NoProgram {
        /// The folder.
        dir: PathBuf,
    },
    /// The package is no library that can be a module.
    #[error("`{}` built no module", dir.display())]
    #[diagnostic(
        code(composer::no_module),
        help("add `crate-type = [\"cdylib\"]` to [lib] of its Cargo.toml")
    )]
    NoModule {
        /// The folder.
        dir: PathBuf,
    },
    /// More than one program.
    #[error("`{}` has several programs: {}", dir.display(), names.join(", "))]
    #[diagnostic(
        code(composer::several_programs),
        help("choose one with `cargo = {{ path = \"…\", bin = \"{}\" }}`", names[0])
    )]
    SeveralPrograms {
        /// The folder.
        dir: PathBuf,
        /// Their names, sorted.
        names: Vec<String>,
    },
}

/// Builds the product in release mode, adding the target where it is missing.
///
/// Cargo's own messages go to standard error as they come.
///
/// # Errors
///
/// [`CargoError`].
pub fn build(request: CargoBuild<'_>) -> Result<CargoBuilt, CargoError> {
    if !request.dir.join("Cargo.toml").is_file() {
        return Err(CargoError::NoManifest {
            dir: request.dir.to_owned(),
        });
    }
    let target = request.product.target();
    ensure_target(request.dir, target)?;

    let mut command = cargo(request.dir);
    command.args(["build", "--release", "--target", target]);
    command.arg("--message-format=json-render-diagnostics");
    if request.product == Product::Module {
        command.arg("--lib");
    }
    add_flags(&mut command, request.dir, target);
    for (flag, on) in [("--locked", request.locked), ("--offline", request.offline)] {
        if on {
            command.arg(flag);
        }
    }
    for (flag, value) in [("--package", request.package), ("--bin", request.bin)] {
        if let Some(value) = value {
            command.args([flag, value]);
        }
    }
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(CargoError::NoCargo)?;
    if !output.status.success() {
        return Err(CargoError::Failed {
            dir: request.dir.to_owned(),
        });
    }
    let (name, artifact) = match request.product {
        Product::Program => only_program(&output.stdout, request.dir)?,
        Product::Module => module(&output.stdout, request.dir)?,
    };
    let sources = sources(&artifact, &name, request.dir);
    Ok(CargoBuilt {
        wasm: artifact,
        sources,
    })
}

fn cargo(dir: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(dir).stdin(Stdio::null());
    // Left by an outer cargo, they would choose the wrong toolchain or flags.
    for name in [
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_MANIFEST_DIR",
    ] {
        command.env_remove(name);
    }
    command
}

fn ensure_target(dir: &Path, target: &'static str) -> Result<(), CargoError> {
    let libdir = Command::new("rustc")
        .current_dir(dir)
        .args(["--print", "target-libdir", "--target", target])
        .output();
    let there = libdir.is_ok_and(|output| {
        let text = String::from_utf8_lossy(&output.stdout);
        !text.trim().is_empty() && Path::new(text.trim()).is_dir()
    });
    if there {
        return Ok(());
    }
    let added = Command::new("rustup")
        .current_dir(dir)
        .args(["target", "add", target])
        .output();
    match added {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(CargoError::NoTarget {
            target,
            reason: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        }),
        Err(error) => Err(CargoError::NoTarget {
            target,
            reason: error.to_string(),
        }),
    }
}

/// Keeps the paths of this machine out of the component, so that the same source
/// gives the same bytes in any folder. Panic messages hold paths of sources.
fn add_flags(command: &mut Command, dir: &Path, target: &str) {
    let dir = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    let mut flags = vec![remap(&dir, "/src")];
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cargo")));
    if let Some(home) = home {
        flags.push(remap(&home, "/cargo"));
    }
    // Cargo takes flags from one place only, the first of these that is there.
    if let Some(theirs) = env::var_os("CARGO_ENCODED_RUSTFLAGS").filter(|flags| !flags.is_empty()) {
        command.env("CARGO_ENCODED_RUSTFLAGS", joined(theirs, &flags, "\u{1f}"));
    } else if let Some(theirs) = env::var_os("RUSTFLAGS").filter(|flags| !flags.is_empty()) {
        command.env("RUSTFLAGS", joined(theirs, &flags, " "));
    } else {
        let list: Vec<String> = flags
            .iter()
            .map(|flag| format!("{:?}", flag.to_string_lossy()))
            .collect();
        let config = format!("target.{target}.rustflags=[{}]", list.join(","));
        command.args(["--config", &config]);
    }
}

fn remap(from: &Path, to: &str) -> OsString {
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(from);
    flag.push("=");
    flag.push(to);
    flag
}

fn joined(mut first: OsString, rest: &[OsString], separator: &str) -> OsString {
    for flag in rest {
        first.push(separator);
        first.push(flag);
    }
    first
}

/// A line of `--message-format=json`
/// (<https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages>).
#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    target: Option<MessageTarget>,
}

#[derive(Deserialize)]
struct MessageTarget {
    name: String,
    #[serde(default)]
    kind: Vec<String>,
}

fn artifacts(messages: &[u8]) -> impl Iterator<Item = Message> {
    messages
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
}

fn only_program(messages: &[u8], dir: &Path) -> Result<(String, PathBuf), CargoError> {
    let mut programs: Vec<(String, PathBuf)> = artifacts(messages)
        .filter_map(|message| Some((message.target?.name, message.executable?)))
        .collect();
    programs.sort();
    match programs.len() {
        0 => Err(CargoError::NoProgram {
            dir: dir.to_owned(),
        }),
        1 => Ok(programs.remove(0)),
        _ => Err(CargoError::SeveralPrograms {
            dir: dir.to_owned(),
            names: programs.into_iter().map(|(name, _)| name).collect(),
        }),
    }
}

/// The library that was asked for comes last: cargo builds what it needs before.
fn module(messages: &[u8], dir: &Path) -> Result<(String, PathBuf), CargoError> {
    let wasm = |message: Message| {
        let target = message.target?;
        let library = target.kind.iter().any(|kind| kind == "cdylib");
        let mut files = message.filenames.into_iter();
        let file = files.find(|file| file.extension().is_some_and(|ending| ending == "wasm"))?;
        library.then_some((target.name, file))
    };
    artifacts(messages)
        .filter_map(wasm)
        .last()
        .ok_or_else(|| CargoError::NoModule {
            dir: dir.to_owned(),
        })
}

/// What the program was made from: the dep-info file beside it
/// (<https://doc.rust-lang.org/cargo/reference/build-cache.html#dep-info-files>).
fn sources(wasm: &Path, name: &str, dir: &Path) -> Vec<PathBuf> {
    let mut sources = vec![dir.join("Cargo.toml"), dir.join("Cargo.lock")];
    let dep_info = wasm.with_file_name(format!("{name}.d"));
    if let Ok(text) = fs::read_to_string(dep_info) {
        sources.extend(parse_dep_info(&text).into_iter().map(|path| dir.join(path)));
    }
    sources.retain(|path| path.exists());
    sources.sort();
    sources.dedup();
    sources
}

/// The paths behind the colon of a Makefile's rule; a space in one is escaped.
fn parse_dep_info(text: &str) -> Vec<PathBuf> {
    let Some((_, list)) = text.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    let mut paths = vec![String::new()];
    let mut characters = list.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.peek() == Some(&' ') => {
                characters.next();
                paths.last_mut().expect("never empty").push(' ');
            }
            ' ' => paths.push(String::new()),
            _ => paths.last_mut().expect("never empty").push(character),
        }
    }
    paths.retain(|path| !path.is_empty());
    paths.into_iter().map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dep_info_with_spaces_in_paths() {
        let text = "/t/app.wasm: /src/main.rs /a\\ b/lib.rs src/x.rs\n";
        let expected = ["/src/main.rs", "/a b/lib.rs", "src/x.rs"].map(PathBuf::from);
        assert_eq!(parse_dep_info(text), expected);
        assert!(parse_dep_info("").is_empty());
    }

    #[test]
    fn the_program_is_found_among_cargos_messages() {
        let dir = Path::new("/p");
        let line = |name: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"{name}"}},"executable":"/t/{name}.wasm"}}"#
            )
        };
        let library = r#"{"reason":"compiler-artifact","target":{"name":"l"},"executable":null}"#;
        let one = format!("{library}\n{}\nnot json\n", line("a"));
        let found = only_program(one.as_bytes(), dir).unwrap();
        assert_eq!(found, ("a".into(), "/t/a.wasm".into()));

        let none = only_program(library.as_bytes(), dir).unwrap_err();
        assert!(matches!(none, CargoError::NoProgram { .. }));
        let both =
            only_program(format!("{}\n{}", line("b"), line("a")).as_bytes(), dir).unwrap_err();
        assert!(matches!(both, CargoError::SeveralPrograms { names, .. } if names == ["a", "b"]));
    }

    #[test]
    fn a_module_is_a_library_for_others_to_load() {
        let dir = Path::new("/p");
        let line = |name: &str, kind: &str, file: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"{name}","kind":["{kind}"]}},"filenames":["{file}"],"executable":null}}"#
            )
        };
        let messages = [
            line("part", "cdylib", "/t/part.wasm"),
            line("fs", "cdylib", "/t/fs.wasm"),
            line("macros", "proc-macro", "/t/libmacros.so"),
        ]
        .join("\n");
        let found = module(messages.as_bytes(), dir).unwrap();
        assert_eq!(found, ("fs".into(), "/t/fs.wasm".into()));
        let none = module(line("fs", "lib", "/t/libfs.rlib").as_bytes(), dir).unwrap_err();
        assert!(matches!(none, CargoError::NoModule { .. }));
    }

    #[test]
    fn a_folder_without_a_manifest_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let request = CargoBuild {
            product: Product::Program,
            dir: dir.path(),
            package: None,
            bin: None,
            locked: false,
            offline: true,
        };
        assert!(matches!(build(request), Err(CargoError::NoManifest { .. })));
    }
}
