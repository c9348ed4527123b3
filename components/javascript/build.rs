//! Gives the runtime a stack that deeply nested scripts fit on.

/// Bytes. The default of the linker, a megabyte, is used up by some two hundred
/// brackets within each other: the engine's parser takes several kilobytes for each.
const STACK: usize = 16 * 1024 * 1024;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_ARCH");
    if target.is_ok_and(|target| target == "wasm32") {
        println!("cargo::rustc-link-arg-bins=-zstack-size={STACK}");
    }
}
