//! Sources of crates, for what is not compiled by cargo.

use std::fs;
use std::path::PathBuf;

use super::kept::{kept, workspace};
use super::process::{check, isolated};

/// A crate's folder, as crates.io has it.
///
/// # Panics
///
/// If crates.io cannot be reached.
pub fn source_of_crate(name: &str, version: &str) -> PathBuf {
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [lib]\npath = \"lib.rs\"\n\n[dependencies]\n{name} = \"={version}\"\n\n[workspace]\n"
    );
    let recipe = format!("cargo vendor\n{manifest}");
    let folder = kept(&format!("crates/{name}"), &recipe, |folder| {
        fs::write(folder.join("Cargo.toml"), &manifest).expect("a file can be written");
        fs::write(folder.join("lib.rs"), "").expect("a file can be written");
        check(
            isolated("cargo")
                .current_dir(workspace())
                .args(["vendor", "--quiet", "--versioned-dirs", "--manifest-path"])
                .arg(folder.join("Cargo.toml"))
                .arg(folder.join("vendor")),
        );
    });
    folder.join(format!("vendor/{name}-{version}"))
}
