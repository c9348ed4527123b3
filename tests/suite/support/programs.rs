//! Real command-line programs from crates.io, built unmodified for this machine
//! and for WASI.

use std::fs;
use std::path::{Path, PathBuf};

use super::compare::Subject;
use super::kept::{kept, workspace};
use super::process::{check, isolated};

/// What the programs are compiled for.
const TARGET: &str = "wasm32-wasip2";

/// A program as crates.io has it.
pub struct Program {
    /// The crate's name.
    pub krate: &'static str,
    /// Its exact version.
    pub version: &'static str,
    /// The program that it installs.
    pub bin: &'static str,
    /// Its default features are left out and these are taken, where given.
    pub features: Option<&'static str>,
}

/// A grep that walks directories and respects ignore files.
pub const RIPGREP: Program = Program {
    krate: "ripgrep",
    version: "15.2.0",
    bin: "rg",
    features: None,
};

/// The uutils project's `ls`, `cp`, `mv`, `rm` and others in one program.
pub const COREUTILS: Program = Program {
    krate: "coreutils",
    version: "0.12.0",
    bin: "coreutils",
    // Those that read, write and walk. `mktemp` is among them because its
    // dependencies turn on what the others need to compile.
    features: Some(
        "cat cp cut head ln ls mkdir mktemp mv od readlink rm rmdir split tee tr truncate uniq wc",
    ),
};

/// A compiler from Sass to CSS.
pub const GRASS: Program = Program {
    krate: "grass",
    version: "0.13.4",
    bin: "grass",
    features: None,
};

/// Renames files in bulk by regular expressions.
pub const NOMINO: Program = Program {
    krate: "nomino",
    version: "1.6.4",
    bin: "nomino",
    features: None,
};

/// Formats and minimises JSON.
pub const JSONXF: Program = Program {
    krate: "jsonxf",
    version: "1.1.1",
    bin: "jsonxf",
    features: None,
};

/// The brotli compressor.
pub const BROTLI: Program = Program {
    krate: "brotli",
    version: "9.1.1",
    bin: "brotli",
    features: None,
};

impl Program {
    /// Builds the program for this machine and for WASI, once, and keeps both.
    ///
    /// # Panics
    ///
    /// If it does not build, with cargo's output.
    pub fn build(&self) -> Subject {
        ensure_target();
        let Self {
            krate,
            version,
            bin,
            features,
        } = self;
        let mut arguments = vec!["install", "--locked", "--no-track", "--bin", bin];
        if let Some(features) = features {
            arguments.extend(["--no-default-features", "--features", features]);
        }
        let spec = format!("{krate}@={version}");
        arguments.push(&spec);
        let recipe = format!(
            "cargo {}\nfor the host and {TARGET}, with {}",
            arguments.join(" "),
            rustc()
        );
        let folder = kept(&format!("programs/{krate}"), &recipe, |folder| {
            for target in [None, Some(TARGET)] {
                install(&arguments, target, folder);
            }
            // Only the programs are worth keeping.
            let scratch = folder.join("target");
            fs::remove_dir_all(&scratch)
                .unwrap_or_else(|error| panic!("cannot remove {}: {error}", scratch.display()));
        });
        Subject {
            name: bin,
            native: folder.join("host/bin").join(bin),
            wasm: folder.join(TARGET).join("bin").join(format!("{bin}.wasm")),
        }
    }
}

/// Debugging a stranger's program is not the point, and unoptimised code builds
/// in half the time.
fn install(arguments: &[&str], target: Option<&str>, folder: &Path) {
    let mut cargo = isolated("cargo");
    // The workspace's toolchain, not the default one.
    cargo.current_dir(workspace());
    cargo
        .args(arguments)
        .arg("--root")
        .arg(folder.join(target.unwrap_or("host")));
    if let Some(target) = target {
        cargo.args(["--target", target]);
    }
    cargo
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
        .env("CARGO_INCREMENTAL", "0");
    check(&mut cargo);
}

/// Adds the WASI target to the toolchain where it is missing.
pub fn ensure_target() {
    let asked = check(isolated("rustc").current_dir(workspace()).args([
        "--print",
        "target-libdir",
        "--target",
        TARGET,
    ]));
    if !PathBuf::from(asked.text().trim()).is_dir() {
        check(
            isolated("rustup")
                .current_dir(workspace())
                .args(["target", "add", TARGET]),
        );
    }
}

fn rustc() -> String {
    check(isolated("rustc").current_dir(workspace()).arg("--version"))
        .text()
        .trim()
        .to_owned()
}
