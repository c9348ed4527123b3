//! What starting a box costs, beside the same program under plain wasmtime.
//!
//! ```text
//! cargo bench --bench start
//! ```
//!
//! Three programs are started in turn, so that all meet the same machine:
//! `box run` of a hello box that was compiled before, `box run` of the unchanged project
//! that it is built from, and `wasmtime run` of the same hello without a kernel, compiled
//! ahead. `wasmtime` is taken from `$WASMTIME`, else from the path, where its version is
//! this one's; else it is built into `target/tools`, which takes a while, once.

#![allow(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use boxer_cli::commands::run::describe;
use boxer_cli::run::{Invocation, Loaded, Runner, Stdio};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

use tools::{Result, guest, run, target_folder, text, wasmtime};

#[allow(dead_code, reason = "the others use more of it")]
mod tools;

const ROUNDS: usize = 300;

fn main() -> Result<()> {
    // `cargo test` runs benchmarks to see that they work.
    let rounds = if env::args().any(|arg| arg == "--bench") {
        ROUNDS
    } else {
        1
    };
    let target = target_folder()?;
    let place = target.join("bench-start");
    fs::create_dir_all(&place)?;

    let hello = guest(&target, "hello")?;
    let project = place.join("hello");
    fs::create_dir_all(&project)?;
    fs::copy(&hello, project.join("hello.wasm"))?;
    fs::write(
        project.join("Boxfile.toml"),
        "[box]\nname = \"bench:hello\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"hello.wasm\"\n",
    )?;
    let finished = place.join("boxed.wasm");
    let program = env!("CARGO_BIN_EXE_box");
    run(Command::new(program)
        .arg("build")
        .arg("-C")
        .arg(&project)
        .arg("-o")
        .arg(&finished))?;
    println!(
        "hello: {} bytes, boxed: {} bytes",
        fs::metadata(&hello)?.len(),
        fs::metadata(&finished)?.len(),
    );

    let cache = place.join("cache");
    let start = |args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args).env("BOX_CACHE_DIR", &cache);
        command
    };
    // Large ones take a while to build and to read once.
    let sizes: &[u32] = if rounds > 1 { &[1, 50, 500] } else { &[1] };
    let mut images = Vec::new();
    for size in sizes {
        let name = format!("hello, an image of {size} MB");
        images.push((name, with_image(&place, &hello, *size)?));
    }
    let mut contenders = vec![
        ("box run FILE.wasm", start(&["run", text(&finished)?])),
        (
            "box run, unchanged project",
            start(&["run", "-C", text(&project)?]),
        ),
    ];
    let reference = if rounds > 1 {
        Some(wasmtime(&target)?)
    } else {
        None
    };
    if let Some(wasmtime) = &reference {
        let ahead = place.join("hello.cwasm");
        run(Command::new(wasmtime)
            .arg("compile")
            .arg(&hello)
            .arg("-o")
            .arg(&ahead))?;
        let mut command = Command::new(wasmtime);
        command.args(["run", "--allow-precompiled"]).arg(&ahead);
        contenders.push(("wasmtime run --allow-precompiled", command));
    }
    for (name, file) in &images {
        contenders.push((name, start(&["run", text(file)?])));
    }
    contenders.push(("/bin/true", Command::new("/bin/true")));

    // The first starts compile; those within two seconds of a change trust no time stamp.
    for _ in 0..2 {
        for (_, command) in &mut contenders {
            run(command)?;
        }
        std::thread::sleep(Duration::from_millis(if rounds > 1 { 2500 } else { 0 }));
    }
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    for _ in 0..rounds {
        for ((_, command), times) in contenders.iter_mut().zip(&mut times) {
            let begun = Instant::now();
            run(command)?;
            times.push(begun.elapsed());
        }
    }
    println!("\nwhole process, {rounds} starts each, in turn:");
    let medians: Vec<Duration> = times.iter_mut().map(|times| median(times)).collect();
    let base = reference.is_some().then(|| medians[2]);
    for (((name, _), median), times) in contenders.iter().zip(&medians).zip(&times) {
        let ratio = base.map(|base| format!("  {:.2}×", median.as_secs_f64() / base.as_secs_f64()));
        println!(
            "  {name:<34} median {:>8.3} ms, least {:>8.3} ms{}",
            milliseconds(*median),
            times.first().map_or(0.0, |least| milliseconds(*least)),
            ratio.unwrap_or_default(),
        );
    }
    println!("\nin one process, medians of {rounds}:");
    println!(
        "{:<38}{:>14}{:>14}{:>14}",
        "", "instantiate", "whole run", "drop"
    );
    let hello = ("hello".to_owned(), finished);
    for (name, file) in std::iter::once(&hello).chain(&images) {
        for pool in [None, Some(4)] {
            in_process(name, file, &cache, pool, rounds)?;
        }
    }
    Ok(())
}

/// The hello box with so many million bytes of baked files.
fn with_image(place: &Path, hello: &Path, size: u32) -> Result<PathBuf> {
    let project = place.join(format!("image-{size}"));
    fs::create_dir_all(project.join("files"))?;
    // Random numbers enough that nobody packs them.
    let mut state = size;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    for file in 0..size {
        let content: Vec<u8> = (0..1_000_000).map(|_| next()).collect();
        fs::write(project.join(format!("files/{file}")), content)?;
    }
    fs::copy(hello, project.join("hello.wasm"))?;
    fs::write(
        project.join("Boxfile.toml"),
        "[box]\nname = \"bench:image\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"hello.wasm\"\n\n\
         [files]\n\"/srv\" = \"files\"\n",
    )?;
    let finished = place.join(format!("image-{size}.wasm"));
    run(Command::new(env!("CARGO_BIN_EXE_box"))
        .arg("build")
        .arg("-C")
        .arg(&project)
        .arg("-o")
        .arg(&finished))?;
    Ok(finished)
}

/// How long the engine takes alone: the instances, what they do up to their end with
/// their output in memory, and giving back what they had.
fn in_process(
    name: &str,
    boxed: &Path,
    cache: &Path,
    pool: Option<u32>,
    rounds: usize,
) -> Result<()> {
    let mut runner = Runner::new(Some(cache), &|_| {});
    if let Some(boxes) = pool {
        runner = runner.pooled(boxes);
    }
    let loaded: Loaded = runner.load_file(boxed, |bytes| describe(boxed, bytes))?;
    let linked = loaded.link()?;
    let invocation = Invocation {
        program: "hello".into(),
        args: Vec::new(),
        base: PathBuf::new(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let [mut making, mut running, mut dropping] = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        let stdout = MemoryOutputPipe::new(1 << 10);
        let stdio = Stdio::Given {
            stdin: Box::new(MemoryInputPipe::new("")),
            stdout: Box::new(stdout.clone()),
            stderr: Box::new(MemoryOutputPipe::new(1 << 10)),
        };
        let mut store = loaded.store(&invocation, stdio)?;
        let begun = Instant::now();
        let command = runtime.block_on(linked.instantiate_async(&mut store))?;
        making.push(begun.elapsed());
        let ended = runtime.block_on(command.wasi_cli_run().call_run(&mut store))?;
        running.push(begun.elapsed());
        if ended.is_err() || stdout.contents().is_empty() {
            return Err(format!("{name} said nothing").into());
        }
        let begun = Instant::now();
        drop((command, store));
        dropping.push(begun.elapsed());
    }
    let pooled = if pool.is_some() { ", pooled" } else { "" };
    println!(
        "  {:<36}{:>11.1} µs{:>11.1} µs{:>11.1} µs",
        format!("{name}{pooled}"),
        micros(&mut making),
        micros(&mut running),
        micros(&mut dropping),
    );
    Ok(())
}

fn micros(times: &mut [Duration]) -> f64 {
    median(times).as_secs_f64() * 1e6
}

/// Sorts, and takes the middle.
fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
