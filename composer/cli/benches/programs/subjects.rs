//! The programs: where they come from and what they are told to do.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::c::{Built, Program};
use crate::support::crates::source_of_crate;
use crate::support::debian::{Release, source_file};
use crate::support::kept::workspace;
use crate::tools::{Result, guest_as, run};

/// A program, which gets a folder with `out` in it, to write to, and its input in `input`.
pub struct Subject {
    pub name: &'static str,
    pub native: PathBuf,
    pub wasm: PathBuf,
    /// A folder with its input.
    pub input: Option<PathBuf>,
    /// Its arguments.
    pub arguments: fn(&str) -> Vec<String>,
    /// What it reads from standard input.
    pub commands: fn(&str) -> String,
}

/// The archive's name in the folder of the input.
pub const ARCHIVE: &str = "archive.tar";

/// SQLite's own benchmark, over a database in a file.
pub fn speedtest1() -> Subject {
    let sqlite = source_of_crate("libsqlite3-sys", "0.40.0").join("sqlite3");
    let test = source_file(Release::Trixie, "sqlite3", "test/speedtest1.c");
    let Built { native, wasm } = Program {
        name: "speedtest1",
        sources: &[test, sqlite.join("sqlite3.c")],
        include: Some(&sqlite),
        optimise: "-O2",
        flags: &["-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION"],
        wasi: &["-D_WASI_EMULATED_GETPID", "-lwasi-emulated-getpid"],
    }
    .build();
    Subject {
        name: "speedtest1",
        native,
        wasm,
        input: None,
        arguments: |folder| {
            let database = format!("{folder}/out/test.db");
            ["--size", "25", &database].map(str::to_owned).into()
        },
        commands: |_| String::new(),
    }
}

/// Many small files that come, grow and go, as on a mail server.
pub fn postmark() -> Subject {
    const SOURCE: &str = "postmark-1.53.c";
    let Built { native, wasm } = Program {
        name: "postmark",
        sources: &[
            source_file(Release::Trixie, "postmark", SOURCE),
            workspace().join("tests/programs/c/wasi_lacks.c"),
        ],
        include: None,
        optimise: "-O2",
        // It is of 1997, and leaves out declarations.
        flags: &[
            "-std=gnu89",
            "-include",
            "unistd.h",
            "-include",
            "sys/stat.h",
        ],
        wasi: &[],
    }
    .build();
    Subject {
        name: "postmark",
        native,
        wasm,
        input: None,
        arguments: |_| Vec::new(),
        commands: |folder| {
            format!(
                "set number 2000\nset transactions 100000\nset seed 42\n\
                 set location {folder}/out\nrun\nquit\n"
            )
        },
    }
}

/// 2,700 entries and 50 MB out of a tar, by the crate `tar`.
pub fn extraction(target: &Path, place: &Path) -> Result<Subject> {
    let input = place.join("input");
    fs::create_dir_all(&input)?;
    write_archive(&input.join(ARCHIVE))?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(workspace())
        .args(["build", "--quiet", "--release", "--bin", "bench_tar"])
        .args(["--package", "test-programs", "--target-dir"])
        .arg(target.join("guests"));
    run(&mut cargo)?;
    Ok(Subject {
        name: "tar",
        native: target.join("guests/release/bench_tar"),
        wasm: guest_as("release", target, "bench_tar")?,
        input: Some(input),
        arguments: |folder| vec![format!("{folder}/input/{ARCHIVE}"), format!("{folder}/out")],
        commands: |_| String::new(),
    })
}

/// 300 folders and 2,400 files of up to 42 KB, as a source tree has them.
fn write_archive(path: &Path) -> Result<()> {
    let mut archive = tar::Builder::new(BufWriter::new(File::create(path)?));
    let mut header = tar::Header::new_ustar();
    let bytes: Vec<u8> = (0..42_000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    for folder in 0..300_usize {
        let name = format!("tree/{}/{folder}/", folder % 17);
        header.set_entry_type(tar::EntryType::Directory);
        header.set_mode(0o755);
        header.set_size(0);
        archive.append_data(&mut header, &name, std::io::empty())?;
        for file in 0..8 {
            let size = (folder * 8 + file) * 7919 % bytes.len();
            header.set_entry_type(tar::EntryType::Regular);
            header.set_mode(0o644);
            header.set_size(size as u64);
            archive.append_data(&mut header, format!("{name}{file}.txt"), &bytes[..size])?;
        }
    }
    archive.into_inner()?;
    Ok(())
}
