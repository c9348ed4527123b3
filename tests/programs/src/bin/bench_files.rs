//! Times file operations from the inside: `bench_files DIR` prints one line for each,
//! `NAME<tab>VALUE<tab>UNIT`. The same source runs in a box, on a bare WASI host and natively.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

const SMALL_FILES: usize = 1_000;
const STAT_FILES: usize = 10_000;
const ROUNDS: usize = 10;
const PIECE: usize = 64 << 10;
const BULK: usize = 256 << 20;

fn main() -> std::io::Result<()> {
    let dir = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "/tmp/bench".into()),
    );
    fs::create_dir_all(&dir)?;
    small_files(&dir)?;
    stat(&dir)?;
    bulk(&dir)?;
    fs::remove_dir_all(&dir)
}

fn small_files(dir: &Path) -> std::io::Result<()> {
    let paths: Vec<PathBuf> = (0..SMALL_FILES)
        .map(|n| dir.join(format!("small-{n}")))
        .collect();
    let start = Instant::now();
    for path in &paths {
        File::create(path)?.write_all(b"a small file, as configuration files are\n")?;
    }
    per_operation("create+write+close", start, SMALL_FILES);

    let mut buffer = [0; 256];
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for path in &paths {
            black_box(File::open(path)?.read(&mut buffer)?);
        }
    }
    per_operation("open+read+close", start, ROUNDS * SMALL_FILES);
    Ok(())
}

fn stat(dir: &Path) -> std::io::Result<()> {
    let tree = dir.join("stat");
    fs::create_dir(&tree)?;
    let paths: Vec<PathBuf> = (0..STAT_FILES).map(|n| tree.join(n.to_string())).collect();
    for path in &paths {
        File::create(path)?;
    }
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for path in &paths {
            black_box(fs::metadata(path)?);
        }
    }
    per_operation("stat", start, ROUNDS * STAT_FILES);

    let start = Instant::now();
    let entries = fs::read_dir(&tree)?.count();
    assert_eq!(entries, STAT_FILES);
    per_operation("readdir, an entry", start, STAT_FILES);
    Ok(())
}

fn bulk(dir: &Path) -> std::io::Result<()> {
    let path = dir.join("bulk");
    let mut piece = vec![0x5a_u8; PIECE];
    let start = Instant::now();
    let mut file = File::create(&path)?;
    for _ in 0..BULK / PIECE {
        file.write_all(&piece)?;
    }
    drop(file);
    throughput("sequential write", start);

    let start = Instant::now();
    let mut file = File::open(&path)?;
    let mut total = 0;
    loop {
        match file.read(&mut piece)? {
            0 => break,
            count => total += count,
        }
    }
    assert_eq!(total, BULK);
    throughput("sequential read", start);
    fs::remove_file(path)
}

fn per_operation(name: &str, start: Instant, operations: usize) {
    let nanoseconds = start.elapsed().as_nanos() as f64 / operations as f64;
    println!("{name}\t{nanoseconds:.0}\tns");
}

fn throughput(name: &str, start: Instant) {
    let mib = (BULK >> 20) as f64 / start.elapsed().as_secs_f64();
    println!("{name}\t{mib:.0}\tMiB/s");
}
