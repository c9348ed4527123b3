//! What the benchmarks share: building their guests, and a plain `wasmtime` beside them.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The version that is embedded in `box`.
const WASMTIME: &str = "48.0.8";

/// Runs to the end, silently; a failure is told with what was said.
pub fn run(command: &mut Command) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let output = output.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} ended with {}:\n{said}", output.status).into())
}

pub fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .ok_or_else(|| "the target folder's path is not UTF-8".into())
}

/// The target folder that this benchmark was built in.
pub fn target_folder() -> Result<PathBuf> {
    let program = Path::new(env!("CARGO_BIN_EXE_box"));
    Ok(program
        .ancestors()
        .nth(2)
        .ok_or("`box` is in no target folder")?
        .to_owned())
}

/// A folder in memory.
pub fn shared_memory() -> PathBuf {
    let tmpfs = Path::new("/dev/shm");
    if tmpfs.is_dir() {
        tmpfs.to_owned()
    } else {
        env::temp_dir()
    }
}

/// A program of the crate `test-programs`, for WASI 0.2, built for size.
pub fn guest(target: &Path, name: &str) -> Result<PathBuf> {
    guest_as("guest", target, name)
}

/// The same, built with a profile of cargo's.
pub fn guest_as(profile: &str, target: &Path, name: &str) -> Result<PathBuf> {
    // A folder of its own: the outer cargo may hold the lock of its.
    let target = target.join("guests");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root)
        .args([
            "build",
            "--quiet",
            "--profile",
            profile,
            "--target",
            "wasm32-wasip2",
        ])
        .args(["--package", "test-programs", "--bin", name, "--target-dir"])
        .arg(&target)
        .env_remove("CARGO_TARGET_DIR");
    run(&mut cargo)?;
    Ok(target.join(format!("wasm32-wasip2/{profile}/{name}.wasm")))
}

/// A `wasmtime` of the version that is embedded here.
pub fn wasmtime(target: &Path) -> Result<PathBuf> {
    if let Some(given) = env::var_os("WASMTIME") {
        return Ok(given.into());
    }
    let fits = |program: &Path| {
        let output = Command::new(program).arg("--version").output();
        output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(WASMTIME))
    };
    let installed = target.join("tools/bin/wasmtime");
    for program in [PathBuf::from("wasmtime"), installed.clone()] {
        if fits(&program) {
            return Ok(program);
        }
    }
    println!(
        "building wasmtime-cli {WASMTIME} into {}",
        target.join("tools").display()
    );
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args([
            "install",
            "wasmtime-cli",
            "--version",
            WASMTIME,
            "--locked",
            // What the benchmarks ask of it, and what keeps its own start short.
            "--no-default-features",
            "--features",
            "run,compile,component-model,cranelift,parallel-compilation,pooling-allocator,cache",
            "--root",
        ])
        .arg(target.join("tools"))
        .arg("--target-dir")
        .arg(target.join("tools/build"));
    let status = cargo.status()?;
    if !status.success() || !fits(&installed) {
        return Err("cargo could not install wasmtime-cli; name a `wasmtime` in $WASMTIME".into());
    }
    Ok(installed)
}
