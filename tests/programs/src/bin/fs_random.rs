//! Makes random calls of `std::fs` and tells what each gave: `fs_random DIR SEED CALLS`. The
//! same seed makes the same calls, so wherever it runs the output is the same, or a filesystem
//! differs.
//!
//! What a host may decide is left out: times, sizes of directories, the order of listings.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File, OpenOptions};
use std::hash::Hasher;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Files that may be open at once.
const OPEN: usize = 6;
const NAMES: [&str; 4] = ["a", "b", "c", "d"];
/// No longer than the way from `DIR` to where the files are, so that nothing outside is seen.
const TARGETS: [&str; 9] = [
    "a", "b", "./c", "../a", "../b/c", "a/b", "../..", ".", "no/such",
];

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, dir, seed, calls] = arguments.as_slice() else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let number = |text: &str| text.parse().map_err(|_| io::ErrorKind::InvalidInput);
    let base = Path::new(dir).join("a/long/way/down/there");
    fs::create_dir_all(&base)?;
    let mut run = Run {
        base,
        random: Random(number(seed)?),
        files: (0..OPEN).map(|_| None).collect(),
        out: io::BufWriter::new(io::stdout()),
    };
    for _ in 0..number(calls)? {
        run.call()?;
    }
    run.out.flush()?;
    run.files.clear();
    fs::remove_dir_all(dir)
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }
}

struct Run<W: Write> {
    base: PathBuf,
    random: Random,
    /// Each with whether it only appends.
    files: Vec<Option<(File, bool)>>,
    out: W,
}

impl<W: Write> Run<W> {
    /// A path below the base, as text.
    fn path(&mut self) -> String {
        let depth = 1 + self.random.below(3);
        let mut path = String::new();
        for _ in 0..depth {
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(self.random.one(&NAMES));
            if self.random.chance(20) {
                path.push_str("/.");
            }
            if self.random.chance(30) {
                path.push_str("/..");
            }
        }
        if self.random.chance(15) {
            path.push('/');
        }
        path
    }

    fn place(&self, path: &str) -> PathBuf {
        // Joined as text: `Path::join` would keep a slash at the end, and drop `.`.
        PathBuf::from(format!("{}/{path}", self.base.display()))
    }

    fn call(&mut self) -> io::Result<()> {
        let said = match self.random.below(24) {
            0..=3 => self.open(),
            4..=9 => self.on_open_file(),
            10 | 11 => self.on_path("create_dir", |path| fs::create_dir(path)),
            12 => self.on_path("create_dir_all", |path| fs::create_dir_all(path)),
            13 => self.on_path("remove_dir", |path| fs::remove_dir(path)),
            14 => self.on_path("remove_file", |path| fs::remove_file(path)),
            15 => self.on_path("read_dir", list),
            16 => self.on_path("metadata", |path| fs::metadata(path).map(|of| kind(&of))),
            17 => self.on_path("symlink_metadata", |path| {
                fs::symlink_metadata(path).map(|of| kind(&of))
            }),
            18 => self.on_path("read_link", |path| fs::read_link(path)),
            19 => self.on_path("read", |path| fs::read(path).map(|bytes| digest(&bytes))),
            20 => self.on_two("rename", |from, to| fs::rename(from, to)),
            21 => self.on_two("hard_link", |from, to| fs::hard_link(from, to)),
            22 => {
                let target = self.random.one(&TARGETS);
                #[allow(deprecated, reason = "the one that all targets have")]
                self.on_path(&format!("symlink {target}"), |path| {
                    fs::soft_link(target, path)
                })
            }
            _ if self.random.chance(40) => {
                self.on_path("remove_dir_all", |path| fs::remove_dir_all(path))
            }
            _ => self.on_two("copy", |from, to| fs::copy(from, to)),
        };
        writeln!(self.out, "{said}")
    }

    fn on_path<T: std::fmt::Debug>(
        &mut self,
        name: &str,
        call: impl FnOnce(&Path) -> io::Result<T>,
    ) -> String {
        let path = self.path();
        let gave = outcome(call(&self.place(&path)));
        format!("{name} {path}: {gave}")
    }

    fn on_two<T: std::fmt::Debug>(
        &mut self,
        name: &str,
        call: impl FnOnce(&Path, &Path) -> io::Result<T>,
    ) -> String {
        let (from, to) = (self.path(), self.path());
        let gave = outcome(call(&self.place(&from), &self.place(&to)));
        format!("{name} {from} {to}: {gave}")
    }

    fn open(&mut self) -> String {
        let path = self.path();
        let mut flag = |one_in| self.random.chance(one_in);
        let (read, write, append) = (!flag(3), !flag(3), flag(4));
        let (create, truncate, new) = (!flag(3), flag(4), flag(6));
        let mut options = OpenOptions::new();
        options.read(read).write(write).append(append);
        options.create(create).truncate(truncate).create_new(new);
        let opened = options.open(self.place(&path));
        let at = self.random.below(OPEN as u64) as usize;
        // What a directory is good for once it is open differs between systems.
        let opened = opened.and_then(|file| match file.metadata()?.is_dir() {
            true => Ok(None),
            false => Ok(Some(file)),
        });
        let gave = match &opened {
            Ok(Some(_)) => "a file".to_owned(),
            Ok(None) => "a directory".to_owned(),
            Err(error) => reason(error),
        };
        if let Ok(Some(file)) = opened {
            self.files[at] = Some((file, append));
        }
        format!(
            "open {path} r{} w{} a{} c{} t{} n{} as {at}: {gave}",
            u8::from(read),
            u8::from(write),
            u8::from(append),
            u8::from(create),
            u8::from(truncate),
            u8::from(new)
        )
    }

    fn on_open_file(&mut self) -> String {
        let at = self.random.below(OPEN as u64) as usize;
        let what = self.random.below(8);
        let amount = match self.random.below(3) {
            0 => self.random.below(10),
            1 => self.random.below(5_000),
            _ => self.random.below(70_000),
        };
        let fill = self.random.next() as u8;
        let Some((file, append)) = &mut self.files[at] else {
            return format!("{at} is not open");
        };
        match what {
            0 | 1 => {
                let data = vec![fill; amount as usize];
                format!("write {at} {amount}: {}", outcome(file.write_all(&data)))
            }
            2 => {
                let mut data = vec![0; amount as usize];
                let mut read = 0;
                // wasi-libc leaves the offset of what it reads where it was when something is
                // written or appended.
                let place = match append {
                    true => SeekFrom::Start(amount / 2),
                    false => SeekFrom::Current(0),
                };
                if let Err(error) = file.seek(place) {
                    return format!("read {at}: {}", reason(&error));
                }
                // A read may be short; the end is the end.
                let gave = loop {
                    match file.read(&mut data[read..]) {
                        Ok(0) => break Ok(()),
                        Ok(more) => read += more,
                        Err(error) => break Err(error),
                    }
                };
                let gave = gave.map(|()| digest(&data[..read]));
                format!("read {at} {amount}: {}", outcome(gave))
            }
            3 => {
                // Never before the beginning: wasi-libc forgets its place there.
                let to = match fill % 3 {
                    0 => SeekFrom::Start(amount),
                    1 if !*append => SeekFrom::Current(amount as i64),
                    _ => SeekFrom::End(amount as i64),
                };
                format!("seek {at} {to:?}: {}", outcome(file.seek(to)))
            }
            4 => format!("set_len {at} {amount}: {}", outcome(file.set_len(amount))),
            5 => format!("sync {at}: {}", outcome(file.sync_all())),
            6 => {
                let gave = file.metadata().map(|of| kind(&of));
                format!("stat {at}: {}", outcome(gave))
            }
            _ => {
                self.files[at] = None;
                format!("close {at}")
            }
        }
    }
}

fn outcome<T: std::fmt::Debug>(result: io::Result<T>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => reason(&error),
    }
}

/// The error's kind. Of those that `std` has no kind for on WASI, that of other systems.
fn reason(error: &io::Error) -> String {
    let known = match error.raw_os_error() {
        Some(number) if cfg!(target_os = "wasi") => match number {
            22 => "FileTooLarge",
            31 => "IsADirectory",
            32 => "FilesystemLoop",
            34 => "TooManyLinks",
            37 => "InvalidFilename",
            51 => "StorageFull",
            54 => "NotADirectory",
            55 => "DirectoryNotEmpty",
            69 => "ReadOnlyFilesystem",
            70 => "NotSeekable",
            75 => "CrossesDevices",
            _ => "",
        },
        _ => "",
    };
    if known.is_empty() {
        format!("{:?}", error.kind())
    } else {
        known.to_owned()
    }
}

fn kind(metadata: &fs::Metadata) -> String {
    if metadata.is_dir() {
        "directory".to_owned()
    } else if metadata.is_symlink() {
        format!("symlink {}", metadata.len())
    } else {
        format!("file {}", metadata.len())
    }
}

fn list(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let kind = match (kind.is_dir(), kind.is_symlink()) {
            (true, _) => '/',
            (_, true) => '@',
            _ => ' ',
        };
        names.push(format!("{}{kind}", entry.file_name().to_string_lossy()));
    }
    names.sort();
    Ok(names)
}

/// Of 32-bit and 64-bit systems the same: no length is hashed, which is a `usize`.
fn digest(bytes: &[u8]) -> (usize, u64) {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    (bytes.len(), hasher.finish())
}
