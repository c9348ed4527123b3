//! What a call between two parts costs: linked, fused, and as a call between two
//! core modules that share nothing but a function.
//!
//! `cargo bench -p boxer-fuse` prints nanoseconds a call and ratios.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::time::Instant;

use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Instance, Module, Store};

/// `run-KIND(n)` calls the other part `n` times.
const PARTS: &str = r#"
(component
  (component $callee
    (core module $m
      (memory (export "memory") 64)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
      (func (export "scalar") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
      (func (export "bytes") (param i32 i32) (result i32) (i32.load8_u (local.get 0))))
    (core instance $m (instantiate $m))
    (alias core export $m "memory" (core memory $memory))
    (alias core export $m "realloc" (core func $realloc))
    (alias core export $m "scalar" (core func $scalar))
    (alias core export $m "bytes" (core func $bytes))
    (func (export "scalar") (param "n" u32) (result u32) (canon lift (core func $scalar)))
    (func (export "text") (param "s" string) (result u32)
      (canon lift (core func $bytes) (memory $memory) (realloc $realloc)))
    (func (export "bytes") (param "b" (list u8)) (result u32)
      (canon lift (core func $bytes) (memory $memory) (realloc $realloc))))
  (component $caller
    (import "scalar" (func $scalar (param "n" u32) (result u32)))
    (import "text" (func $text (param "s" string) (result u32)))
    (import "bytes" (func $bytes (param "b" (list u8)) (result u32)))
    (core module $mem (memory (export "memory") 64))
    (core instance $mem (instantiate $mem))
    (alias core export $mem "memory" (core memory $memory))
    (core func $scalar (canon lower (func $scalar)))
    (core func $text (canon lower (func $text) (memory $memory)))
    (core func $bytes (canon lower (func $bytes) (memory $memory)))
    (core module $m
      (import "" "scalar" (func $scalar (param i32) (result i32)))
      (import "" "text" (func $text (param i32 i32) (result i32)))
      (import "" "bytes" (func $bytes (param i32 i32) (result i32)))
      (func (export "scalar") (param i32 i32)
        (loop (drop (call $scalar (local.get 0)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "text") (param i32 i32)
        (loop (drop (call $text (i32.const 0) (local.get 1)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "bytes") (param i32 i32)
        (loop (drop (call $bytes (i32.const 0) (local.get 1)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
    (core instance $m (instantiate $m (with "" (instance
      (export "scalar" (func $scalar)) (export "text" (func $text)) (export "bytes" (func $bytes))))))
    (alias core export $m "scalar" (core func $c-scalar))
    (alias core export $m "text" (core func $c-text))
    (alias core export $m "bytes" (core func $c-bytes))
    (func (export "scalar") (param "n" u32) (param "size" u32) (canon lift (core func $c-scalar)))
    (func (export "text") (param "n" u32) (param "size" u32) (canon lift (core func $c-text)))
    (func (export "bytes") (param "n" u32) (param "size" u32) (canon lift (core func $c-bytes))))
  (instance $callee (instantiate $callee))
  (alias export $callee "scalar" (func $scalar))
  (alias export $callee "text" (func $text))
  (alias export $callee "bytes" (func $bytes))
  (instance $caller (instantiate $caller
    (with "scalar" (func $scalar)) (with "text" (func $text)) (with "bytes" (func $bytes))))
  (alias export $caller "scalar" (func $run-scalar))
  (alias export $caller "text" (func $run-text))
  (alias export $caller "bytes" (func $run-bytes))
  (export "scalar" (func $run-scalar))
  (export "text" (func $run-text))
  (export "bytes" (func $run-bytes)))
"#;

const CALLEE: &str = r#"(module
  (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))"#;
const CALLER: &str = r#"(module
  (import "" "f" (func $f (param i32) (result i32)))
  (func (export "run") (param i32)
    (loop (drop (call $f (local.get 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;

/// Nanoseconds a call, the best of some rounds.
fn measure(
    engine: &Engine,
    bytes: &[u8],
    name: &str,
    calls: u32,
    size: u32,
) -> wasmtime::Result<f64> {
    let component = Component::new(engine, bytes)?;
    let mut store = Store::new(engine, ());
    let instance = Linker::new(engine).instantiate(&mut store, &component)?;
    let run = instance.get_typed_func::<(u32, u32), ()>(&mut store, name)?;
    let mut best = f64::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        run.call(&mut store, (calls, size))?;
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
    }
    Ok(best)
}

fn plain(engine: &Engine, calls: i32) -> wasmtime::Result<f64> {
    let mut store = Store::new(engine, ());
    let callee = Instance::new(&mut store, &Module::new(engine, CALLEE)?, &[])?;
    let f = callee.get_func(&mut store, "f").map(Into::into);
    let imports: Vec<_> = f.into_iter().collect();
    let caller = Instance::new(&mut store, &Module::new(engine, CALLER)?, &imports)?;
    let run = caller.get_typed_func::<i32, ()>(&mut store, "run")?;
    let mut best = f64::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        run.call(&mut store, calls)?;
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
    }
    Ok(best)
}

fn main() -> wasmtime::Result<()> {
    let engine = Engine::default();
    let linked = wat::parse_str(PARTS)?;
    let fused = match boxer_fuse::fuse(&linked, &boxer_fuse::Options::default()) {
        Ok(fused) => fused.bytes,
        Err(error) => return Err(wasmtime::Error::msg(error.to_string())),
    };
    println!("plain core call: {:.1} ns", plain(&engine, 2_000_000)?);
    for (what, name, calls, size) in [
        ("scalar", "scalar", 2_000_000, 0),
        ("string of 16 bytes", "text", 1_000_000, 16),
        ("list<u8> of 4 KiB", "bytes", 20_000, 4 << 10),
        ("list<u8> of 1 MiB", "bytes", 200, 1 << 20),
    ] {
        let linked = measure(&engine, &linked, name, calls, size)?;
        let fused = measure(&engine, &fused, name, calls, size)?;
        println!(
            "{what}: linked {linked:.1} ns, fused {fused:.1} ns, {:.1} times",
            linked / fused
        );
    }
    Ok(())
}
