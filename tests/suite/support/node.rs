//! Node, and packages of npm that lock files pin.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::kept::kept;
use super::process::{check, isolated};

const HOST_MANIFEST: &str = include_str!("node/package.json");
const HOST_LOCK: &str = include_str!("node/package-lock.json");
const MANIFEST: &str = include_str!("node/packages/package.json");
const LOCK: &str = include_str!("node/packages/package-lock.json");

/// `jco` of `@bytecodealliance/jco`, installed once.
///
/// # Panics
///
/// If there is no npm, or the npm registry cannot be reached.
pub fn jco() -> Command {
    let folder = install("node", HOST_MANIFEST, HOST_LOCK);
    isolated(folder.join("node_modules/.bin/jco"))
}

/// The `node_modules` of packages without dependencies, in CommonJS and ECMAScript
/// modules, installed once.
///
/// # Panics
///
/// If there is no npm, or the npm registry cannot be reached.
pub fn packages() -> PathBuf {
    install("node-packages", MANIFEST, LOCK).join("node_modules")
}

fn install(name: &str, manifest: &str, lock: &str) -> PathBuf {
    kept(name, &format!("npm install\n{manifest}{lock}"), |folder| {
        write(&folder.join("package.json"), manifest);
        write(&folder.join("package-lock.json"), lock);
        // Not `npm ci`: it wants the optional packages of every platform in the lock, and
        // not every mirror of the registry has them.
        check(
            isolated("npm")
                .current_dir(folder)
                .args(["install", "--no-audit", "--no-fund"]),
        );
    })
}

fn write(path: &Path, text: &str) {
    fs::write(path, text)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
