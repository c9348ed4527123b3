//! Builds the guest crates of the workspace and makes components of them.
//!
//! The guests have a target folder of their own, `guests` beside the profile's
//! folder: a nested cargo that used the outer one would wait for its lock forever.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wasmparser::Validator;
use wit_component::{ComponentEncoder, WitPrinter};

mod shrink;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What a guest without `std::io` and the like is built for. See the DESIGN's
/// rule that a kernel module imports only what it declares.
const BARE: &str = "wasm32-unknown-unknown";

/// A crate that becomes a built-in module.
struct Guest {
    krate: String,
    module: String,
    version: String,
    description: String,
    license: String,
    target: String,
}

fn main() -> Result<()> {
    let root = workspace_root()?;
    for watched in ["Cargo.lock", "components", "vfs-component", "net-component"] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    let target_dir = guest_target_dir()?;
    let guests = find_guests(&root)?;

    for target in targets(&guests) {
        ensure_target(target)?;
        let group: Vec<&Guest> = guests.iter().filter(|g| g.target == target).collect();
        build(&root, &target_dir, target, &group)?;
    }

    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut table = String::from("static ARTIFACTS: &[Artifact] = &[\n");
    for guest in &guests {
        let bytes = componentize(&target_dir, guest)?;
        let path = out.join(format!("{}.wasm", guest.krate));
        fs::write(&path, bytes)?;
        writeln!(
            table,
            "    Artifact {{ name: {:?}, version: {:?}, description: {:?}, license: {:?}, bytes: include_bytes!({path:?}) }},",
            guest.module, guest.version, guest.description, guest.license,
        )?;
    }
    table.push_str("];\n");
    fs::write(out.join("table.rs"), table)?;
    Ok(())
}

fn workspace_root() -> Result<PathBuf> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    Ok(here.join("../..").canonicalize()?)
}

/// `target/guests`, found from `target/<profile>/build/<crate>/out`.
fn guest_target_dir() -> Result<PathBuf> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let target = out
        .ancestors()
        .nth(4)
        .ok_or("OUT_DIR is not inside a target folder")?;
    Ok(target.join("guests"))
}

fn find_guests(root: &Path) -> Result<Vec<Guest>> {
    let output = cargo(root)
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .output()?;
    if !output.status.success() {
        return Err(format!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut guests: Vec<Guest> = metadata["packages"]
        .as_array()
        .ok_or("cargo metadata lists no packages")?
        .iter()
        .filter(|package| package["metadata"]["boxer"]["name"].is_string())
        .map(|package| Guest {
            krate: text(&package["name"]),
            module: text(&package["metadata"]["boxer"]["name"]),
            version: text(&package["version"]),
            description: text(&package["description"]),
            license: text(&package["license"]),
            target: package["metadata"]["boxer"]["target"]
                .as_str()
                .unwrap_or(BARE)
                .to_owned(),
        })
        .collect();
    guests.sort_by(|a, b| a.module.cmp(&b.module));
    Ok(guests)
}

fn targets(guests: &[Guest]) -> Vec<&str> {
    let mut targets: Vec<&str> = guests.iter().map(|g| g.target.as_str()).collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

/// Adds the target with rustup where the toolchain lacks its standard library.
fn ensure_target(target: &str) -> Result<()> {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", target])
        .output()?;
    let libdir = PathBuf::from(String::from_utf8(output.stdout)?.trim().to_owned());
    if libdir.is_dir() {
        return Ok(());
    }
    let status = Command::new("rustup")
        .args(["target", "add", target])
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!(
            "the Rust toolchain has no standard library for {target}, and `rustup target add {target}` failed: add it by hand"
        )
        .into()),
    }
}

fn build(root: &Path, target_dir: &Path, target: &str, guests: &[&Guest]) -> Result<()> {
    // The same bytes on any machine: no path of this one may get in.
    let home = env::var("CARGO_HOME")
        .or_else(|_| env::var("HOME").map(|home| format!("{home}/.cargo")))?;
    let sysroot = Command::new(env::var("RUSTC").unwrap_or_else(|_| "rustc".into()))
        .args(["--print", "sysroot"])
        .output()?;
    let sysroot = String::from_utf8(sysroot.stdout)?.trim().to_owned();
    let flags = [
        format!("--remap-path-prefix={home}=/cargo"),
        format!("--remap-path-prefix={}=/boxer", root.display()),
        format!("--remap-path-prefix={sysroot}=/rust"),
    ];
    let mut command = cargo(root);
    command
        .args([
            "build",
            "--profile",
            "guest",
            "--target",
            target,
            "--target-dir",
        ])
        .arg(target_dir)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    for guest in guests {
        command.args(["--package", &guest.krate]);
    }
    if !command.status()?.success() {
        return Err(format!("building the guests for {target} failed, see above").into());
    }
    Ok(())
}

fn componentize(target_dir: &Path, guest: &Guest) -> Result<Vec<u8>> {
    let file = format!("{}.wasm", guest.krate.replace('-', "_"));
    let in_profile = target_dir.join(&guest.target).join("guest");
    let path = [
        in_profile.join(&file),
        in_profile.join(format!("{}.wasm", guest.krate)),
    ]
    .into_iter()
    .find(|path| path.exists())
    .ok_or_else(|| format!("{} was built but {file} is not there", guest.krate))?;
    let bytes = fs::read(path)?;
    if guest.target != BARE {
        return Ok(bytes);
    }
    encode(&bytes).map_err(|error| format!("{}: {error}", guest.krate).into())
}

/// A component of a core module, without what only the encoder needed. It must still
/// be what it was: valid, and of the same world.
fn encode(module: &[u8]) -> Result<Vec<u8>> {
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))?;
    let small = shrink::shrink(&encoded)?;
    Validator::new().validate_all(&small)?;
    if world(&small)? != world(&encoded)? {
        return Err("its world changed when its names were shortened".into());
    }
    Ok(small)
}

/// What a component imports and exports, as WIT.
fn world(component: &[u8]) -> Result<String> {
    let decoded = wit_component::decode(component).map_err(|error| format!("{error:#}"))?;
    let mut printer = WitPrinter::default();
    printer
        .print(decoded.resolve(), decoded.package(), &[])
        .map_err(|error| format!("{error:#}"))?;
    Ok(printer.output.to_string())
}

/// Cargo without what the outer cargo, clippy or a cross build left in the environment.
fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    command.current_dir(root);
    for (name, _) in env::vars() {
        let from_outside = name.starts_with("CARGO_CFG_")
            || name.starts_with("CARGO_FEATURE_")
            || name.starts_with("CARGO_PROFILE_")
            || name.starts_with("CARGO_PKG_");
        if from_outside {
            command.env_remove(name);
        }
    }
    for name in [
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_TARGET",
        "CARGO_TARGET_DIR",
        "CARGO_MAKEFLAGS",
        "MAKEFLAGS",
        "TARGET",
        "HOST",
        "PROFILE",
        "OPT_LEVEL",
        "DEBUG",
    ] {
        command.env_remove(name);
    }
    command
}
