//! Binaryen's `wasm-opt`, which `box build --optimize` runs.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::process::Command;

use composer::optimize::NotOptimized;

/// Names the program, where it is not the one on the path.
const VARIABLE: &str = "BOX_WASM_OPT";

/// What hosts of WASI 0.2 take today: it may use no more, or the seal refuses the box.
const FEATURES: [&str; 12] = [
    "bulk-memory",
    "exception-handling",
    "extended-const",
    "gc",
    "multimemory",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
    "simd",
    "tail-call",
];

/// Optimizes a core module for speed; names of functions stay.
///
/// # Errors
///
/// If there is no `wasm-opt`, or it fails, with what it said.
pub fn optimize(module: &[u8]) -> Result<Vec<u8>, NotOptimized> {
    let program = env::var_os(VARIABLE).unwrap_or_else(|| OsString::from("wasm-opt"));
    let shown = program.to_string_lossy().into_owned();
    let failed = |error: io::Error| NotOptimized {
        reason: format!("`{shown}` cannot be run: {error}"),
        help: format!(
            "install Binaryen (Debian: `apt install binaryen`; npm: `npm install --global binaryen`), or name its `wasm-opt` in ${VARIABLE}"
        ),
    };
    let folder = tempfile::tempdir().map_err(failed)?;
    let (before, after) = (
        folder.path().join("in.wasm"),
        folder.path().join("out.wasm"),
    );
    fs::write(&before, module).map_err(failed)?;
    let output = Command::new(&program)
        .arg(&before)
        .arg("-o")
        .arg(&after)
        .args(["-O3", "--debuginfo"])
        .args(FEATURES.map(|feature| format!("--enable-{feature}")))
        .output()
        .map_err(failed)?;
    if !output.status.success() {
        return Err(NotOptimized {
            reason: format!(
                "`{shown}` ended with {}: {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            ),
            help: "try another version of Binaryen, or leave out `--optimize`".to_owned(),
        });
    }
    fs::read(&after).map_err(failed)
}
