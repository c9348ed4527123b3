//! The two engines: one that compiles, and one that only loads what was compiled.

use std::env::consts::{ARCH, OS};
use std::path::Path;

use wasmtime::component::Component;
use wasmtime::{Config, Engine, ModuleVersionStrategy};

/// Raised when something in [`config`] changes that compiled code depends on.
const SETTINGS: u32 = 1;

/// What a native process has for a stack by default, and what programs that recurse
/// were written for; wasmtime's own default is 512 KiB. Only what is used takes memory.
const STACK: usize = 8 << 20;
/// Room for the host's own frames on the same stack.
const HOST_STACK: usize = 1 << 20;

/// Names what compiled code depends on, as far as this program decides it: wasmtime's
/// exact version, these settings and the platform. Features of the processor are
/// checked by wasmtime when code is loaded.
#[must_use]
pub fn key() -> String {
    format!("{SETTINGS}-{}-{ARCH}-{OS}", wasmtime_environ::VERSION)
}

fn config() -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config
        .max_wasm_stack(STACK)
        .async_stack_size(STACK + HOST_STACK)
        // By default only the major version must fit.
        .module_version(ModuleVersionStrategy::Custom(key()))?;
    Ok(config)
}

/// An engine with a compiler.
///
/// # Errors
///
/// If the host is one that wasmtime does not know.
pub fn compiling() -> wasmtime::Result<Engine> {
    Engine::new(&config()?)
}

/// An engine without a compiler, which starts in a fraction of the time.
///
/// # Errors
///
/// If the host is one that wasmtime does not know.
pub fn loading() -> wasmtime::Result<Engine> {
    Engine::new(config()?.enable_compiler(false))
}

/// Maps compiled code into memory.
///
/// # Errors
///
/// If the code was compiled for another engine or another processor.
#[allow(
    unsafe_code,
    reason = "loading machine code is running it; the cache says whom it trusts and what it verified"
)]
pub(super) fn load(engine: &Engine, code: &Path) -> wasmtime::Result<Component> {
    // SAFETY: `code` is a file of the cache, written by `Engine::precompile_component`,
    // verified against its hash, in a folder that only this user can write; files there
    // are replaced, never changed, so the mapping does not change either.
    unsafe { Component::deserialize_file(engine, code) }
}
