//! What file operations cost in a box, on each filesystem driver, beside the same program on
//! host files.
//!
//! ```text
//! cargo bench --bench files
//! ```
//!
//! One program (`tests/programs/src/bin/bench_files.rs`) times itself in each place in turn: in
//! fused boxes, one for each driver, in a linked box on `boxer:memfs`, under `wasmtime run
//! --dir` on a tmpfs, and natively on the same tmpfs. For `wasmtime` see the benchmark `start`.

#![allow(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tools::{Result, guest, run, shared_memory, target_folder, text, wasmtime};

mod tools;

const ROUNDS: usize = 5;

/// A box with a driver of its own.
struct Driver {
    name: &'static str,
    form: &'static str,
    /// Lines of the Boxfile; `{HOST}` is a folder on the tmpfs.
    lines: &'static str,
    arguments: &'static [&'static str],
}

const DRIVERS: &[Driver] = &[
    Driver {
        name: "memfs",
        form: "fused",
        lines: "",
        arguments: &["/tmp/bench"],
    },
    Driver {
        name: "linked",
        form: "linked",
        lines: "",
        arguments: &["/tmp/bench"],
    },
    Driver {
        name: "overlay",
        form: "fused",
        lines: "[kernel]\nvfs = \"boxer:overlay\"\n[files]\n\"/lower\" = \".\"\n",
        arguments: &["/tmp/bench"],
    },
    Driver {
        name: "mount",
        form: "fused",
        lines: "[kernel]\nvfs = \"boxer:mount\"\n",
        arguments: &["/tmp/bench"],
    },
    Driver {
        name: "volume",
        form: "fused",
        lines: "[kernel]\nvfs = \"boxer:volume\"\n[grants]\nfs = [{ host = \"{HOST}\", guest = \"/v\", mode = \"rw\" }]\n",
        arguments: &["/v/bench"],
    },
    Driver {
        name: "hostfs",
        form: "fused",
        lines: "[kernel]\nvfs = \"boxer:hostfs\"\n[grants]\nfs = [{ host = \"{HOST}\", guest = \"/h\", mode = \"rw\" }]\n",
        arguments: &["/h/bench"],
    },
    Driver {
        name: "imagefs",
        form: "fused",
        lines: "[kernel]\nvfs = \"boxer:imagefs\"\n[files]\n\"/baked\" = \"{HOST}\"\n",
        arguments: &["read", "/baked"],
    },
];

fn main() -> Result<()> {
    let measured = env::args().any(|arg| arg == "--bench");
    let rounds = if measured { ROUNDS } else { 1 };
    let target = target_folder()?;
    let place = target.join("bench-files");
    fs::create_dir_all(&place)?;
    let program = guest(&target, "bench_files")?;
    let tmpfs = tempfile::tempdir_in(shared_memory())?;
    let native = native(&place)?;

    let mut places = Vec::new();
    for driver in DRIVERS {
        let host = tmpfs.path().join(driver.name);
        fs::create_dir(&host)?;
        if driver.arguments[0] == "read" {
            run(Command::new(&native).arg("make").arg(&host))?;
        }
        let folder = place.join(driver.name);
        places.push((driver.name, in_box(driver, &program, &folder, &host)?));
    }
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
    places.push(("wasmtime", on_host));
    let mut natively = Command::new(&native);
    natively.arg(tmpfs.path().join("native"));
    places.push(("native", natively));

    let mut figures = Figures::default();
    for round in 0..=rounds {
        for (column, (_, command)) in places.iter_mut().enumerate() {
            let output = command.output()?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                return Err(format!("{command:?} ended with {}:\n{said}", output.status).into());
            }
            // The first round warms up: it compiles what is not in a cache yet.
            if round > 0 || rounds == 1 {
                figures.take(&String::from_utf8(output.stdout)?, column)?;
            }
        }
    }
    let names: Vec<&str> = places.iter().map(|(name, _)| *name).collect();
    figures.print(&names, rounds);
    Ok(())
}

fn in_box(driver: &Driver, program: &Path, folder: &Path, host: &Path) -> Result<Command> {
    fs::create_dir_all(folder)?;
    fs::copy(program, folder.join("bench_files.wasm"))?;
    let lines = driver.lines.replace("{HOST}", text(host)?);
    fs::write(
        folder.join("Boxfile.toml"),
        format!(
            "[box]\nname = \"bench:files\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"bench_files.wasm\"\n{lines}"
        ),
    )?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_box"));
    command.args(["run", "--form", driver.form, "-C", text(folder)?, "--"]);
    command.args(driver.arguments);
    command.env("BOX_CACHE_DIR", folder.with_file_name("cache"));
    Ok(command)
}

/// What was measured: for each operation the values of each place.
#[derive(Default)]
struct Figures(Vec<Row>);

struct Row {
    name: String,
    unit: String,
    columns: Vec<Vec<f64>>,
}

impl Figures {
    fn take(&mut self, output: &str, column: usize) -> Result<()> {
        for line in output.lines() {
            let [name, value, unit] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err(format!("not a figure: {line}").into());
            };
            let known = self.0.iter().position(|row| row.name == name);
            let at = known.unwrap_or_else(|| {
                self.0.push(Row {
                    name: name.to_owned(),
                    unit: unit.to_owned(),
                    columns: Vec::new(),
                });
                self.0.len() - 1
            });
            let row = &mut self.0[at];
            row.columns
                .resize(row.columns.len().max(column + 1), Vec::new());
            row.columns[column].push(value.parse()?);
        }
        Ok(())
    }

    /// Medians, then how many times as fast as wasmtime and as native each box is.
    fn print(&mut self, places: &[&str], rounds: usize) {
        let medians: Vec<(&Row, Vec<Option<f64>>)> = {
            for row in &mut self.0 {
                row.columns.resize(places.len(), Vec::new());
                for values in &mut row.columns {
                    values.sort_by(f64::total_cmp);
                }
            }
            let median = |values: &Vec<f64>| values.get(values.len() / 2).copied();
            let rows = self.0.iter();
            rows.map(|row| (row, row.columns.iter().map(median).collect()))
                .collect()
        };
        println!("\nmedians of {rounds} runs, each place in turn:");
        heading(places);
        for (row, values) in &medians {
            print!("{:<22}{:>6}", row.name, row.unit);
            for value in values {
                print!(
                    "{:>10}",
                    value.map_or("-".into(), |value| format!("{value:.0}"))
                );
            }
            println!();
        }
        let boxes = places.len() - 2;
        for (against, name) in [(boxes, "wasmtime"), (boxes + 1, "native")] {
            println!("\nhow many times as fast as {name}:");
            heading(&places[..boxes]);
            for (row, values) in &medians {
                print!("{:<22}{:>6}", row.name, "");
                for value in &values[..boxes] {
                    let ratio = value.zip(values[against]).map(|(ours, theirs)| {
                        // Less time is better, more throughput is.
                        if row.unit == "ns" {
                            theirs / ours
                        } else {
                            ours / theirs
                        }
                    });
                    print!(
                        "{:>10}",
                        ratio.map_or("-".into(), |ratio| format!("{ratio:.2}×"))
                    );
                }
                println!();
            }
        }
    }
}

fn heading(places: &[&str]) {
    print!("{:<28}", "");
    for place in places {
        print!("{place:>10}");
    }
    println!();
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
