//! What file operations cost in a box on memfs, beside the same program on host files.
//!
//! ```text
//! cargo bench --bench files
//! ```
//!
//! One program (`tests/programs/src/bin/bench_files.rs`) times itself in four places in turn:
//! in a box on `boxer:memfs`, fused and linked, under `wasmtime run --dir` on a tmpfs, and
//! natively on the same tmpfs. For `wasmtime` see the benchmark `start`.

#![allow(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tools::{Result, guest, run, shared_memory, target_folder, text, wasmtime};

mod tools;

const ROUNDS: usize = 5;
const PLACES: [&str; 4] = ["box, fused", "box, linked", "wasmtime --dir", "native"];

fn main() -> Result<()> {
    let rounds = if env::args().any(|arg| arg == "--bench") {
        ROUNDS
    } else {
        1
    };
    let target = target_folder()?;
    let place = target.join("bench-files");
    fs::create_dir_all(&place)?;
    let program = guest(&target, "bench_files")?;
    let tmpfs = tempfile::tempdir_in(shared_memory())?;

    fs::copy(&program, place.join("bench_files.wasm"))?;
    fs::write(
        place.join("Boxfile.toml"),
        "[box]\nname = \"bench:files\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"bench_files.wasm\"\n",
    )?;
    let boxer = env!("CARGO_BIN_EXE_box");
    let in_box = |form: &str| -> Result<Command> {
        let mut command = Command::new(boxer);
        command.args([
            "run",
            "--form",
            form,
            "-C",
            text(&place)?,
            "--",
            "/tmp/bench",
        ]);
        command.env("BOX_CACHE_DIR", place.join("cache"));
        Ok(command)
    };
    let (mut fused, mut linked) = (in_box("fused")?, in_box("linked")?);

    let host = wasmtime(&target)?;
    let ahead = place.join("bench_files.cwasm");
    run(Command::new(&host)
        .arg("compile")
        .arg(&program)
        .arg("-o")
        .arg(&ahead))?;
    let mut on_host = Command::new(&host);
    on_host
        .args(["run", "--allow-precompiled", "--dir"])
        .arg(format!("{}::/t", tmpfs.path().display()));
    on_host.arg(&ahead).arg("/t/wasm");

    let mut natively = Command::new(native(&place)?);
    natively.arg(tmpfs.path().join("native"));

    let mut figures: BTreeMap<(usize, String, String), [Vec<f64>; 4]> = BTreeMap::new();
    for round in 0..=rounds {
        for (column, command) in [&mut fused, &mut linked, &mut on_host, &mut natively]
            .into_iter()
            .enumerate()
        {
            let output = command.output()?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                return Err(format!("{command:?} ended with {}:\n{said}", output.status).into());
            }
            // The first round warms up: it compiles what is not in a cache yet.
            if round == 0 && rounds > 1 {
                continue;
            }
            for (order, line) in String::from_utf8(output.stdout)?.lines().enumerate() {
                let [name, value, unit] = line.split('\t').collect::<Vec<_>>()[..] else {
                    return Err(format!("not a figure: {line}").into());
                };
                let row = figures
                    .entry((order, name.to_owned(), unit.to_owned()))
                    .or_default();
                row[column].push(value.parse()?);
            }
        }
    }
    print(&mut figures, rounds);
    Ok(())
}

/// Medians, and how many times as fast the fused box is as each other place.
fn print(figures: &mut BTreeMap<(usize, String, String), [Vec<f64>; 4]>, rounds: usize) {
    println!("\nmedians of {rounds} runs, each place in turn:");
    println!(
        "{:<20}{:>16}{:>16}{:>16}{:>16}   fused against",
        "", PLACES[0], PLACES[1], PLACES[2], PLACES[3]
    );
    println!("{:<20}{:>64}   linked  wasmtime  native", "", "");
    for ((_, name, unit), columns) in figures {
        let [boxed, linked, host, native] = columns.each_mut().map(|values| {
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        });
        // Less time is better, more throughput is.
        let faster = |other: f64| {
            if unit == "ns" {
                other / boxed
            } else {
                boxed / other
            }
        };
        println!(
            "{name:<20}{:>16}{:>16}{:>16}{:>16}   {:>5.2}×  {:>7.2}×  {:>5.2}×",
            format!("{boxed:.0} {unit}"),
            format!("{linked:.0} {unit}"),
            format!("{host:.0} {unit}"),
            format!("{native:.0} {unit}"),
            faster(linked),
            faster(host),
            faster(native),
        );
    }
}

/// The same program for this machine.
fn native(place: &Path) -> Result<PathBuf> {
    let source =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/programs/src/bin/bench_files.rs");
    let program = place.join("bench_files");
    run(Command::new("rustc")
        .args(["--edition", "2024", "-O"])
        .arg(source)
        .arg("-o")
        .arg(&program))?;
    Ok(program)
}
