//! The programs of `tests/programs`, built for WASI.

use std::path::PathBuf;

use super::kept::{folder, workspace};
use super::process::{check, isolated};
use super::programs::ensure_target;

/// Builds a program of `tests/programs`: where the component is.
///
/// # Panics
///
/// If it does not compile, with cargo's output.
pub fn guest(name: &str) -> PathBuf {
    ensure_target();
    let target = folder().join("guests");
    let mut cargo = isolated("cargo");
    cargo
        .current_dir(workspace())
        .args([
            "build",
            "--locked",
            "--package",
            "test-programs",
            "--bin",
            name,
        ])
        .args(["--target", "wasm32-wasip2", "--target-dir"])
        .arg(&target);
    check(&mut cargo);
    target
        .join("wasm32-wasip2/debug")
        .join(format!("{name}.wasm"))
}
