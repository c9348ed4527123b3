//! Three whole programs in a box, beside the same programs on host files and natively.
//!
//! ```text
//! cargo bench --bench programs
//! ```
//!
//! Each runs natively on a tmpfs, in a fused box on each driver that a program would write
//! to (`boxer:volume` has its file on the same tmpfs), and under `wasmtime run --dir` on it,
//! in turn. Whole processes are timed. `programs/subjects.rs` tells which programs; for
//! `wasmtime` see the benchmark `start`.

#![allow(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use subjects::{ARCHIVE, Subject};
use tools::{Result, run, shared_memory, target_folder, text, wasmtime};

#[path = "programs/subjects.rs"]
mod subjects;
#[allow(dead_code, reason = "the others use more of it")]
mod tools;

/// What the tests fetch packages and compile C with.
#[path = "../../../tests/suite/support"]
#[allow(dead_code, reason = "the tests use more of it")]
mod support {
    pub mod c;
    pub mod crates;
    pub mod debian;
    pub mod kept;
    pub mod process;
    pub mod python;
}

const ROUNDS: usize = 5;
const DRIVERS: [&str; 4] = ["memfs", "overlay", "mount", "volume"];

fn main() -> Result<()> {
    let rounds = if env::args().any(|arg| arg == "--bench") {
        ROUNDS
    } else {
        1
    };
    let target = target_folder()?;
    let place = target.join("bench-programs");
    fs::create_dir_all(&place)?;
    let host = wasmtime(&target)?;
    let subjects = [
        subjects::speedtest1(),
        subjects::postmark(),
        subjects::extraction(&target, &place)?,
    ];
    println!("\nmedians of {rounds} runs, each place in turn; below, how many times native:");
    print!("{:<12}{:>10}", "", "native");
    for driver in DRIVERS {
        print!("{driver:>10}");
    }
    println!("{:>16}", "wasmtime --dir");
    for subject in &subjects {
        let medians = measure(subject, &place, &host, rounds)?;
        print!("{:<12}", subject.name);
        let (native, others) = medians.split_first().ok_or("nothing was measured")?;
        print!("{:>8.2} s", native);
        let (elsewhere, boxes) = others.split_last().ok_or("nothing was measured")?;
        for time in boxes {
            print!("{time:>8.2} s");
        }
        println!("{elsewhere:>14.2} s");
        print!("{:<22}", "");
        for time in boxes {
            print!("{:>9.2}×", time / native);
        }
        println!("{:>15.2}×", elsewhere / native);
    }
    Ok(())
}

/// Seconds that one program takes: natively, on each driver, and on wasmtime's host files.
fn measure(subject: &Subject, place: &Path, host: &Path, rounds: usize) -> Result<Vec<f64>> {
    let ahead = place.join(format!("{}.cwasm", subject.name));
    run(Command::new(host)
        .arg("compile")
        .arg(&subject.wasm)
        .arg("-o")
        .arg(&ahead))?;
    let tmpfs = tempfile::tempdir_in(shared_memory())?;
    let folder = tmpfs.path().join("t");
    let mut places = Vec::new();
    let mut natively = Command::new(&subject.native);
    natively.env("TMPDIR", folder.join("out"));
    places.push((natively, text(&folder)?));
    for driver in DRIVERS {
        let file = make_box(subject, place, driver, &folder)?;
        let mut command = boxer(place);
        command.arg("run").arg(file).arg("--");
        places.push((command, "/t"));
    }
    let mut elsewhere = Command::new(host);
    elsewhere
        .args([
            "run",
            "--allow-precompiled",
            "--env",
            "TMPDIR=/t/out",
            "--dir",
        ])
        .arg(format!("{}::/t", folder.display()))
        .arg(&ahead);
    places.push((elsewhere, "/t"));
    for (command, folder) in &mut places {
        command.args((subject.arguments)(folder));
    }

    let mut taken = vec![Vec::new(); places.len()];
    for round in 0..=rounds {
        for ((command, seen), taken) in places.iter_mut().zip(&mut taken) {
            // Each run finds a new folder, and no other's files in memory.
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(folder.join("out"))?;
            if let Some(input) = &subject.input {
                fs::create_dir(folder.join("input"))?;
                fs::copy(input.join(ARCHIVE), folder.join("input").join(ARCHIVE))?;
            }
            let seconds = timed(command, &(subject.commands)(seen))?;
            // The first round warms up: it compiles what is not in a cache yet.
            if round > 0 {
                taken.push(seconds);
            }
        }
    }
    let medians = taken.into_iter().map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    });
    Ok(medians.collect())
}

/// A box of the program, which finds its input in the image below `/t/input` and writes below `/t/out`.
fn make_box(subject: &Subject, place: &Path, driver: &str, folder: &Path) -> Result<PathBuf> {
    let project = place.join(subject.name).join(driver);
    fs::create_dir_all(project.join("empty"))?;
    let mut boxfile = format!(
        "[box]\nname = \"bench:{}\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n\
         env = {{ TMPDIR = \"/t/out\" }}\n\n[kernel]\nvfs = \"boxer:{driver}\"\n",
        subject.name,
        text(&subject.wasm)?
    );
    boxfile += "\n[files]\n\"/t/out\" = \"empty\"\n";
    if let Some(input) = &subject.input {
        boxfile += &format!("\"/t/input\" = \"{}\"\n", text(input)?);
    }
    if driver == "volume" {
        boxfile += &format!(
            "\n[grants]\nfs = [{{ host = \"{}/out\", guest = \"/t/out\", mode = \"rw\" }}]\n",
            text(folder)?
        );
    }
    fs::write(project.join("Boxfile.toml"), boxfile)?;
    let file = project.join("box.wasm");
    run(boxer(place)
        .args(["build", "--quiet", "--form", "fused", "-C"])
        .arg(&project)
        .arg("-o")
        .arg(&file))?;
    Ok(file)
}

fn boxer(place: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_box"));
    command.env("BOX_CACHE_DIR", place.join("cache"));
    command
}

/// Seconds from the start of a process to its end.
fn timed(command: &mut Command, input: &str) -> Result<f64> {
    let said = tempfile::tempfile()?;
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(File::try_clone(&said)?);
    let start = Instant::now();
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let status = child.wait()?;
    let seconds = start.elapsed().as_secs_f64();
    if status.success() {
        return Ok(seconds);
    }
    let mut complaint = String::new();
    std::io::Seek::rewind(&mut &said)?;
    std::io::Read::read_to_string(&mut &said, &mut complaint)?;
    Err(format!("{command:?} ended with {status}:\n{complaint}").into())
}
