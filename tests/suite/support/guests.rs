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
    build(name, "dev", "debug")
}

/// As [`guest`], built for size, without names and without DWARF.
///
/// # Panics
///
/// If it does not compile, with cargo's output.
pub fn small_guest(name: &str) -> PathBuf {
    build(name, "guest", "guest")
}

/// As [`guest`], built for speed.
///
/// # Panics
///
/// If it does not compile, with cargo's output.
pub fn guest_for_speed(name: &str) -> PathBuf {
    build(name, "release", "release")
}

fn build(name: &str, profile: &str, folder_of_profile: &str) -> PathBuf {
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
        .args(["--profile", profile])
        .args(["--target", "wasm32-wasip2", "--target-dir"])
        .arg(&target);
    check(&mut cargo);
    target
        .join("wasm32-wasip2")
        .join(folder_of_profile)
        .join(format!("{name}.wasm"))
}
