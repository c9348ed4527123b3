//! Times file operations from the inside: `bench_files DIR` prints one line for each,
//! `NAME<tab>VALUE<tab>UNIT`. The same source runs in a box, on a bare WASI host and natively.
//!
//! `bench_files make DIR` makes what the operations that only read need, and
//! `bench_files read DIR` times those, on a filesystem that cannot be written.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

const SMALL_FILES: usize = 1_000;
const STAT_FILES: usize = 10_000;
const ROUNDS: usize = 10;
const MANY_FILES: usize = 100_000;
const IN_PLACE: usize = 100_000;
const PIECE: usize = 64 << 10;
const BULK: usize = 256 << 20;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["make", dir] => {
            let dir = Path::new(dir);
            make_small(dir)?;
            make_empty(&dir.join("stat"))?;
            write_bulk(&dir.join("bulk"))
        }
        ["read", dir] => {
            let dir = Path::new(dir);
            read_small(&small(dir))?;
            look(&dir.join("stat"))?;
            read_bulk(&dir.join("bulk"))
        }
        [dir] => all(Path::new(dir)),
        _ => Err(std::io::ErrorKind::InvalidInput.into()),
    }
}

fn all(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    let start = Instant::now();
    make_small(dir)?;
    per_operation("create+write+close", start, SMALL_FILES);
    read_small(&small(dir))?;
    in_place(&dir.join("small-0"))?;
    rename(&small(dir))?;
    make_empty(&dir.join("stat"))?;
    look(&dir.join("stat"))?;
    let start = Instant::now();
    write_bulk(&dir.join("bulk"))?;
    throughput("sequential write", start);
    read_bulk(&dir.join("bulk"))?;
    fs::remove_file(dir.join("bulk"))?;
    many(&dir.join("many"))?;
    fs::remove_dir_all(dir)
}

fn small(dir: &Path) -> Vec<PathBuf> {
    (0..SMALL_FILES)
        .map(|n| dir.join(format!("small-{n}")))
        .collect()
}

fn make_small(dir: &Path) -> std::io::Result<()> {
    for path in small(dir) {
        File::create(path)?.write_all(b"a small file, as configuration files are\n")?;
    }
    Ok(())
}

fn read_small(paths: &[PathBuf]) -> std::io::Result<()> {
    let mut buffer = [0; 256];
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for path in paths {
            black_box(File::open(path)?.read(&mut buffer)?);
        }
    }
    per_operation("open+read+close", start, ROUNDS * SMALL_FILES);
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for path in paths {
            black_box(File::open(path)?);
        }
    }
    per_operation("open+close", start, ROUNDS * SMALL_FILES);
    Ok(())
}

/// Small reads and writes in an open file, from its beginning to its end.
fn in_place(path: &Path) -> std::io::Result<()> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut piece = [0x5a; 100];
    let start = Instant::now();
    for _ in 0..IN_PLACE {
        file.write_all(&piece)?;
    }
    per_operation("write 100 bytes", start, IN_PLACE);
    file.seek(SeekFrom::Start(0))?;
    let start = Instant::now();
    for _ in 0..IN_PLACE {
        file.read_exact(&mut piece)?;
    }
    per_operation("read 100 bytes", start, IN_PLACE);
    Ok(())
}

fn rename(paths: &[PathBuf]) -> std::io::Result<()> {
    let moved: Vec<PathBuf> = paths.iter().map(|path| path.with_extension("x")).collect();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for (from, to) in paths.iter().zip(&moved) {
            fs::rename(from, to)?;
        }
        for (from, to) in paths.iter().zip(&moved) {
            fs::rename(to, from)?;
        }
    }
    per_operation("rename", start, 2 * ROUNDS * SMALL_FILES);
    Ok(())
}

fn make_empty(tree: &Path) -> std::io::Result<()> {
    fs::create_dir(tree)?;
    for number in 0..STAT_FILES {
        File::create(tree.join(number.to_string()))?;
    }
    Ok(())
}

fn look(tree: &Path) -> std::io::Result<()> {
    let paths: Vec<PathBuf> = (0..STAT_FILES).map(|n| tree.join(n.to_string())).collect();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for path in &paths {
            black_box(fs::metadata(path)?);
        }
    }
    per_operation("stat", start, ROUNDS * STAT_FILES);

    let start = Instant::now();
    let entries = fs::read_dir(tree)?.count();
    assert_eq!(entries, STAT_FILES);
    per_operation("readdir, an entry", start, STAT_FILES);
    Ok(())
}

/// A tree that grows: what a file costs at the beginning and at the end.
fn many(tree: &Path) -> std::io::Result<()> {
    let step = MANY_FILES / 10;
    for tenth in 0..10 {
        let start = Instant::now();
        for number in 0..step {
            let directory = tree.join(format!("{tenth}-{}", number / 1000));
            if number % 1000 == 0 {
                fs::create_dir_all(&directory)?;
            }
            File::create(directory.join(number.to_string()))?;
        }
        match tenth {
            0 => per_operation("create, first tenth", start, step),
            9 => per_operation("of 100,000, last", start, step),
            _ => {}
        }
    }
    Ok(())
}

fn write_bulk(path: &Path) -> std::io::Result<()> {
    let piece = vec![0x5a_u8; PIECE];
    let mut file = File::create(path)?;
    for _ in 0..BULK / PIECE {
        file.write_all(&piece)?;
    }
    Ok(())
}

fn read_bulk(path: &Path) -> std::io::Result<()> {
    let mut piece = vec![0_u8; PIECE];
    let start = Instant::now();
    let mut file = File::open(path)?;
    let mut total = 0;
    loop {
        match file.read(&mut piece)? {
            0 => break,
            count => total += count,
        }
    }
    assert_eq!(total, BULK);
    throughput("sequential read", start);
    Ok(())
}

fn per_operation(name: &str, start: Instant, operations: usize) {
    let nanoseconds = start.elapsed().as_nanos() as f64 / operations as f64;
    println!("{name}\t{nanoseconds:.0}\tns");
}

fn throughput(name: &str, start: Instant) {
    let mib = (BULK >> 20) as f64 / start.elapsed().as_secs_f64();
    println!("{name}\t{mib:.0}\tMiB/s");
}
