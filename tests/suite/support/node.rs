//! Node with the packages that `node/package-lock.json` pins.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::kept::kept;
use super::process::{check, isolated};

const MANIFEST: &str = include_str!("node/package.json");
const LOCK: &str = include_str!("node/package-lock.json");

/// `jco` of `@bytecodealliance/jco`, installed once.
///
/// # Panics
///
/// If there is no npm, or the npm registry cannot be reached.
pub fn jco() -> Command {
    let folder = kept(
        "node",
        &format!("npm install\n{MANIFEST}{LOCK}"),
        |folder| {
            write(&folder.join("package.json"), MANIFEST);
            write(&folder.join("package-lock.json"), LOCK);
            // Not `npm ci`: it wants the optional packages of every platform in the lock, and
            // not every mirror of the registry has them.
            check(
                isolated("npm")
                    .current_dir(folder)
                    .args(["install", "--no-audit", "--no-fund"]),
            );
        },
    );
    isolated(folder.join("node_modules/.bin/jco"))
}

fn write(path: &Path, text: &str) {
    fs::write(path, text)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
