//! The two engines: one that compiles, and one that only loads what was compiled.

use std::env::consts::{ARCH, OS};
use std::path::Path;

use wasmtime::component::Component;
use wasmtime::{Config, Enabled, Engine, ModuleVersionStrategy, PoolingAllocationConfig};

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

/// What one box may need of a pool: some forty core instances for a fused one, each with
/// a memory and a table at most. One that needs more does not start from a pool.
const CORE_INSTANCES: u32 = 512;
const MEMORIES: u32 = 64;
const TABLES: u32 = 128;
/// Elements of a table: functions that are called by pointer.
const TABLE_ELEMENTS: usize = 16 << 10;
/// Of each memory, table and stack, what is zeroed by hand for its next user rather than
/// given back to the kernel and faulted in again.
const KEEP_RESIDENT: usize = 256 << 10;

/// Memories, tables and stacks for so many boxes at once, set aside in advance. They
/// take address space, 4 GiB for each memory, and memory only while they are used.
fn pool(boxes: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(boxes)
        .total_core_instances(boxes.saturating_mul(CORE_INSTANCES))
        .total_memories(boxes.saturating_mul(MEMORIES))
        .total_tables(boxes.saturating_mul(TABLES))
        .total_stacks(boxes)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_memories_per_module(MEMORIES)
        .max_tables_per_module(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_unused_warm_slots(boxes.saturating_mul(MEMORIES))
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .async_stack_keep_resident(KEEP_RESIDENT)
        // Where the kernel can tell which pages were written, only those are.
        .pagemap_scan(Enabled::Auto);
    pool
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

/// An engine without a compiler that starts boxes from a pool, `boxes` at once at most.
///
/// # Errors
///
/// If the host is one that wasmtime does not know, or lacks the address space.
pub fn pooled(boxes: u32) -> wasmtime::Result<Engine> {
    let mut config = config()?;
    config
        .enable_compiler(false)
        .allocation_strategy(pool(boxes));
    Engine::new(&config)
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
