//! Programs in C, compiled by the clang of PyPI's `ziglang`, which brings a libc for WASI.

use std::fs;
use std::path::{Path, PathBuf};

use super::kept::{folder, kept, workspace};
use super::process::{check, isolated};
use super::python;

const COMPILER: &str = "ziglang==0.17.1";

/// A program in two forms.
pub struct Built {
    /// For this machine.
    pub native: PathBuf,
    /// A core module of WASI 0.1.
    pub wasm: PathBuf,
}

/// A program of C sources.
pub struct Program<'a> {
    /// What it is called.
    pub name: &'static str,
    /// Its sources.
    pub sources: &'a [PathBuf],
    /// Where its headers are.
    pub include: Option<&'a Path>,
    /// How it is optimised: `-O2`.
    pub optimise: &'a str,
    /// Flags for every target.
    pub flags: &'a [&'a str],
    /// Flags for WASI.
    pub wasi: &'a [&'a str],
}

impl Program<'_> {
    /// Compiles the program for this machine and for WASI 0.1, once, by the same compiler.
    ///
    /// # Panics
    ///
    /// If it does not compile, with the compiler's output.
    pub fn build(&self) -> Built {
        let Self { name, flags, .. } = self;
        let texts: Vec<_> = self.sources.iter().map(|file| digest(file)).collect();
        let recipe = format!(
            "{COMPILER}: zig cc {} {flags:?} {:?} {texts:?}",
            self.optimise, self.wasi
        );
        let wasm = format!("{name}.wasm");
        let folder = kept(&format!("c/{name}"), &recipe, |folder| {
            self.compile(&[], &folder.join(name));
            let target: Vec<_> = ["-target", "wasm32-wasi"]
                .iter()
                .chain(self.wasi)
                .copied()
                .collect();
            self.compile(&target, &folder.join(&wasm));
        });
        Built {
            native: folder.join(name),
            wasm: folder.join(wasm),
        }
    }

    fn compile(&self, target: &[&str], output: &Path) {
        let mut zig = isolated(python::environment(COMPILER).module("ziglang").join("zig"));
        zig.env("ZIG_GLOBAL_CACHE_DIR", folder().join("c/cache"))
            .env("ZIG_LOCAL_CACHE_DIR", folder().join("c/cache"))
            .arg("cc")
            .args(target)
            .args([self.optimise, "-w"])
            .args(self.flags)
            .args(self.sources)
            .arg("-o")
            .arg(output);
        if let Some(include) = self.include {
            zig.arg("-I").arg(include);
        }
        check(&mut zig);
    }
}

/// Enough of a file to know it again: where it is, and its text if it is of ours, which
/// changes.
fn digest(file: &Path) -> String {
    let text = if file.starts_with(workspace().join("tests/programs")) {
        fs::read_to_string(file).expect("the source can be read")
    } else {
        String::new()
    };
    format!("{}\n{text}", file.display())
}
