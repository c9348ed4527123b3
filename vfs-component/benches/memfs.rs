//! memfs beside Linux's tmpfs, both native and in one run: what the semantics cost,
//! without the boundaries of a box. `cargo bench -p vfs-component`
//!
//! What is measured is the thread's time on a processor, in the kernel included: who else the
//! machine works for makes no difference to it.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_main};
use rustix::fs::{AtFlags, Mode, OFlags, RawDir};
use std::os::fd::OwnedFd;
use tempfile::TempDir;
use vfs_component::{Clock, Handle, Lookup, MemFs, OpenFlags, Time, Vfs};

/// The time of day, as tmpfs reads it too.
struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Time {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
        Time {
            seconds: now.tv_sec,
            nanoseconds: now.tv_nsec as u32,
        }
    }
}

/// Of this thread, on a processor.
struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(now.tv_sec.cast_unsigned(), now.tv_nsec as u32)
    }

    fn end(&self, start: Duration) -> Duration {
        self.start() - start
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        const FORM: &WallTime = &WallTime;
        FORM.formatter()
    }
}

const PIECE: usize = 64 << 10;
const LARGE: usize = 64 << 20;

/// The calls that are measured.
trait Files {
    fn mkdir(&mut self, path: &str);
    fn create(&mut self, path: &str, content: &[u8]);
    fn unlink(&mut self, path: &str);
    fn stat(&mut self, path: &str) -> u64;
    fn read(&mut self, path: &str, pieces: usize) -> usize;
    fn write_pieces(&mut self, path: &str, piece: &[u8], pieces: usize);
    fn list(&mut self, path: &str) -> usize;
    fn rename(&mut self, old: &str, new: &str);
}

struct Memory {
    vfs: Vfs<MemFs<Vec<u8>>, WallClock>,
    root: Handle,
}

impl Memory {
    fn new() -> Self {
        let mut vfs = Vfs::new(MemFs::new(), WallClock);
        let root = vfs.root().unwrap();
        Self { vfs, root }
    }

    fn open(&mut self, path: &str, how: OpenFlags) -> Handle {
        self.vfs
            .open_at(self.root, path, Lookup::FOLLOW, how, 0o644)
            .unwrap()
    }
}

impl Files for Memory {
    fn mkdir(&mut self, path: &str) {
        self.vfs
            .make_directory_at(self.root, path, Lookup::empty(), 0o755)
            .unwrap();
    }

    fn create(&mut self, path: &str, content: &[u8]) {
        let file = self.open(
            path,
            OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUSIVE,
        );
        if !content.is_empty() {
            self.vfs.write_at(file, 0, content).unwrap();
        }
        self.vfs.close(file);
    }

    fn unlink(&mut self, path: &str) {
        self.vfs
            .unlink_at(self.root, path, Lookup::empty())
            .unwrap();
    }

    fn stat(&mut self, path: &str) -> u64 {
        self.vfs
            .stat_at(self.root, path, Lookup::FOLLOW)
            .unwrap()
            .size
    }

    fn read(&mut self, path: &str, pieces: usize) -> usize {
        let file = self.open(path, OpenFlags::READ);
        let mut read = 0;
        for piece in 0..pieces {
            let offset = (piece * PIECE) as u64;
            read += black_box(self.vfs.read_at(file, offset, PIECE as u32).unwrap()).len();
        }
        self.vfs.close(file);
        read
    }

    fn write_pieces(&mut self, path: &str, piece: &[u8], pieces: usize) {
        let file = self.open(path, OpenFlags::WRITE | OpenFlags::CREATE);
        for number in 0..pieces {
            self.vfs
                .write_at(file, (number * piece.len()) as u64, piece)
                .unwrap();
        }
        self.vfs.close(file);
    }

    fn list(&mut self, path: &str) -> usize {
        let directory = self.open(path, OpenFlags::READ | OpenFlags::DIRECTORY);
        let (mut told, mut cookie) = (0, 0);
        loop {
            let entries = self.vfs.read_directory(directory, cookie, 256).unwrap();
            let Some(last) = entries.last() else { break };
            told += entries.len();
            cookie = last.next;
        }
        self.vfs.close(directory);
        told
    }

    fn rename(&mut self, old: &str, new: &str) {
        let mode = vfs_component::RenameMode::Replace;
        self.vfs
            .rename_at(self.root, old, Lookup::empty(), self.root, new, mode)
            .unwrap();
    }
}

struct Tmpfs {
    root: OwnedFd,
    buffer: Vec<u8>,
    _top: TempDir,
}

impl Tmpfs {
    fn new() -> Self {
        let shm = PathBuf::from("/dev/shm");
        let top = if shm.is_dir() {
            shm
        } else {
            std::env::temp_dir()
        };
        let top = tempfile::tempdir_in(top).unwrap();
        let root = rustix::fs::open(top.path(), OFlags::DIRECTORY, Mode::empty()).unwrap();
        Self {
            root,
            buffer: vec![0; PIECE],
            _top: top,
        }
    }

    fn open(&self, path: &str, how: OFlags) -> OwnedFd {
        rustix::fs::openat(&self.root, path, how, Mode::from_raw_mode(0o644)).unwrap()
    }
}

impl Files for Tmpfs {
    fn mkdir(&mut self, path: &str) {
        rustix::fs::mkdirat(&self.root, path, Mode::from_raw_mode(0o755)).unwrap();
    }

    fn create(&mut self, path: &str, content: &[u8]) {
        let file = self.open(path, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL);
        if !content.is_empty() {
            rustix::io::pwrite(&file, content, 0).unwrap();
        }
    }

    fn unlink(&mut self, path: &str) {
        rustix::fs::unlinkat(&self.root, path, AtFlags::empty()).unwrap();
    }

    fn stat(&mut self, path: &str) -> u64 {
        rustix::fs::statat(&self.root, path, AtFlags::empty())
            .unwrap()
            .st_size as u64
    }

    fn read(&mut self, path: &str, pieces: usize) -> usize {
        let file = self.open(path, OFlags::RDONLY);
        let mut read = 0;
        for piece in 0..pieces {
            let offset = (piece * PIECE) as u64;
            read += rustix::io::pread(&file, &mut self.buffer[..], offset).unwrap();
        }
        read
    }

    fn write_pieces(&mut self, path: &str, piece: &[u8], pieces: usize) {
        let file = self.open(path, OFlags::WRONLY | OFlags::CREATE);
        for number in 0..pieces {
            rustix::io::pwrite(&file, piece, (number * piece.len()) as u64).unwrap();
        }
    }

    fn list(&mut self, path: &str) -> usize {
        let directory = self.open(path, OFlags::RDONLY | OFlags::DIRECTORY);
        let mut buffer = Vec::with_capacity(32 << 10);
        let mut entries = RawDir::new(&directory, buffer.spare_capacity_mut());
        let mut told = 0;
        while let Some(entry) = entries.next() {
            black_box(entry.unwrap().file_name().to_owned());
            told += 1;
        }
        told
    }

    fn rename(&mut self, old: &str, new: &str) {
        rustix::fs::renameat(&self.root, old, &self.root, new).unwrap();
    }
}

/// Measures a call on both, over trees that `prepare` makes.
fn both(
    group: &mut BenchmarkGroup<'_, CpuTime>,
    case: &str,
    prepare: impl Fn(&mut dyn Files),
    call: impl Fn(&mut dyn Files, usize),
) {
    let mut one = |name: &str, files: &mut dyn Files| {
        prepare(files);
        let mut count = 0;
        group.bench_function(BenchmarkId::new(name, case), |bencher| {
            bencher.iter(|| {
                call(files, count);
                count += 1;
            });
        });
    };
    one("memfs", &mut Memory::new());
    one("tmpfs", &mut Tmpfs::new());
}

/// A directory `d` with so many small files.
fn directory(files: usize) -> impl Fn(&mut dyn Files) {
    move |tree| {
        tree.mkdir("d");
        for number in 0..files {
            tree.create(&format!("d/file{number}"), &[1; 300]);
        }
    }
}

fn small(criterion: &mut Criterion<CpuTime>) {
    for files in [10, 100_000] {
        let mut group = criterion.benchmark_group(format!("one of {files} files"));
        let names: Vec<String> = (0..files).map(|number| format!("d/file{number}")).collect();
        // Over all of them, in no order.
        let name = |count: usize| &names[count.wrapping_mul(7919) % files];
        both(&mut group, "stat", directory(files), |tree, count| {
            black_box(tree.stat(name(count)));
        });
        both(
            &mut group,
            "open+read+close",
            directory(files),
            |tree, count| {
                black_box(tree.read(name(count), 1));
            },
        );
        both(
            &mut group,
            "create+write+unlink",
            directory(files),
            |tree, _| {
                tree.create("d/new", &[2; 300]);
                tree.unlink("d/new");
            },
        );
        both(&mut group, "rename", directory(files), |tree, count| {
            let names = ["d/file1", "d/another"];
            tree.rename(names[count % 2], names[(count + 1) % 2]);
        });
        group.finish();
    }
    let mut group = criterion.benchmark_group("deep");
    let deep = "a/b/c/d/e/f/g/h";
    let prepare = |tree: &mut dyn Files| {
        for (end, _) in deep.match_indices('/') {
            tree.mkdir(&deep[..end]);
        }
        tree.create(deep, b"");
    };
    both(&mut group, "stat eight levels down", prepare, |tree, _| {
        black_box(tree.stat(deep));
    });
    group.finish();
    let mut group = criterion.benchmark_group("a thousand");
    group.throughput(Throughput::Elements(1000));
    both(&mut group, "entries listed", directory(1000), |tree, _| {
        assert!(tree.list("d") >= 1000);
    });
    group.finish();
}

fn bulk(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("64 MiB in pieces of 64 KiB");
    group
        .throughput(Throughput::Bytes(LARGE as u64))
        .sample_size(10);
    let piece = vec![3; PIECE];
    both(
        &mut group,
        "write anew",
        |_| {},
        |tree, _| {
            tree.write_pieces("f", &piece, LARGE / PIECE);
            tree.unlink("f");
        },
    );
    let prepare = |tree: &mut dyn Files| tree.write_pieces("f", &piece, LARGE / PIECE);
    both(&mut group, "overwrite", prepare, |tree, _| {
        tree.write_pieces("f", &piece, LARGE / PIECE);
    });
    both(&mut group, "read", prepare, |tree, _| {
        assert_eq!(tree.read("f", LARGE / PIECE), LARGE);
    });
    group.finish();
}

fn benches() {
    let mut criterion = Criterion::default()
        .with_measurement(CpuTime)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    small(&mut criterion);
    bulk(&mut criterion);
}

criterion_main!(benches);
