//! Packages of PyPI, each in a virtual environment of its own.

use std::path::PathBuf;

use super::kept::kept;
use super::process::{check, isolated};

/// A virtual environment that holds exactly this package: `name==version`.
///
/// # Panics
///
/// If there is no Python 3 with `venv`, or PyPI cannot be reached.
pub fn environment(package: &str) -> Environment {
    let name = package.split("==").next().unwrap_or(package);
    let recipe = format!("python3 -m venv, pip install {package}");
    let folder = kept(&format!("python/{name}"), &recipe, |folder| {
        check(isolated("python3").args(["-m", "venv"]).arg(folder));
        check(isolated(folder.join("bin/python")).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary=:all:",
            package,
        ]));
    });
    Environment { folder }
}

/// A virtual environment.
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// The folder of an installed module.
    ///
    /// # Panics
    ///
    /// If it is not there.
    pub fn module(&self, name: &str) -> PathBuf {
        let print = format!("import {name}; print({name}.__path__[0])");
        PathBuf::from(
            check(isolated(self.python()).args(["-c", &print]))
                .text()
                .trim(),
        )
    }
}
