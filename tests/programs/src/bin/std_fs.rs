//! `std::fs` and the like, as ordinary programs use them. Holds for a native run in an
//! empty directory as well.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn main() -> io::Result<()> {
    whole_files()?;
    open_options()?;
    seeking()?;
    buffered()?;
    metadata()?;
    directories()?;
    walking()?;
    links()?;
    moving()?;
    errors();
    many_open()?;
    println!("std_fs ok");
    Ok(())
}

/// What an error says, without its number: Rust has no kind for some of them on WASI.
#[track_caller]
fn said<T>(outcome: io::Result<T>) -> String {
    let text = outcome.err().expect("an error").to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn whole_files() -> io::Result<()> {
    fs::write("whole", "content")?;
    assert_eq!(fs::read("whole")?, b"content");
    assert_eq!(fs::read_to_string("whole")?, "content");
    assert_eq!(fs::read_to_string("./whole")?, "content");
    fs::write("whole", "new")?;
    assert_eq!(fs::read_to_string("whole")?, "new");
    fs::write("empty", "")?;
    assert!(fs::read("empty")?.is_empty());
    let large: Vec<u8> = (0..3_000_000u32).map(|number| (number / 7) as u8).collect();
    fs::write("large", &large)?;
    assert!(fs::read("large")? == large);
    assert_eq!(fs::copy("large", "copy")?, large.len() as u64);
    assert!(fs::read("copy")? == large);
    assert!(fs::exists("copy")? && !fs::exists("nothing")?);
    for name in ["whole", "empty", "large", "copy"] {
        fs::remove_file(name)?;
    }
    Ok(())
}

fn open_options() -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open("options")?;
    file.write_all(b"0123456789")?;
    let again = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open("options");
    assert_eq!(again.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let mut unreadable = OpenOptions::new().write(true).open("options")?;
    assert!(unreadable.read(&mut [0]).is_err());
    assert!(File::open("options")?.write(b"x").is_err());

    let mut append = OpenOptions::new().append(true).open("options")?;
    append.write_all(b"ab")?;
    append.seek(SeekFrom::Start(0))?;
    append.write_all(b"cd")?;
    assert_eq!(fs::read_to_string("options")?, "0123456789abcd");

    let mut both = OpenOptions::new().read(true).write(true).open("options")?;
    both.write_all(b"XY")?;
    let mut rest = String::new();
    both.read_to_string(&mut rest)?;
    assert_eq!(rest, "23456789abcd");
    both.set_len(4)?;
    assert_eq!(fs::read_to_string("options")?, "XY23");
    both.set_len(6)?;
    assert_eq!(fs::read("options")?, b"XY23\0\0");
    both.sync_all()?;
    both.sync_data()?;
    File::create("options")?;
    assert_eq!(fs::metadata("options")?.len(), 0);
    fs::remove_file("options")
}

fn seeking() -> io::Result<()> {
    let mut file = File::create_new("seek")?;
    file.write_all(b"hello world")?;
    assert_eq!(file.stream_position()?, 11);
    file.seek(SeekFrom::Start(6))?;
    file.write_all(b"W")?;
    assert_eq!(file.seek(SeekFrom::Current(-7))?, 0);
    assert!(file.seek(SeekFrom::Current(-1)).is_err());
    assert_eq!(file.seek(SeekFrom::End(-5))?, 6);
    file.seek(SeekFrom::End(4))?;
    file.write_all(b"!")?;
    assert_eq!(fs::read("seek")?, b"hello World\0\0\0\0!");
    fs::remove_file("seek")
}

fn buffered() -> io::Result<()> {
    let mut writer = BufWriter::new(File::create("lines")?);
    for number in 0..10_000 {
        writeln!(writer, "line {number}")?;
    }
    writer.flush()?;
    let lines: Vec<String> = BufReader::new(File::open("lines")?)
        .lines()
        .collect::<Result<_, _>>()?;
    assert_eq!(lines.len(), 10_000);
    assert_eq!(lines[9_999], "line 9999");
    fs::remove_file("lines")
}

fn metadata() -> io::Result<()> {
    fs::write("meta", "12345")?;
    fs::create_dir("metadir")?;
    let file = fs::metadata("meta")?;
    assert!(file.is_file() && !file.is_dir() && !file.is_symlink());
    assert_eq!(file.len(), 5);
    assert!(fs::metadata("metadir")?.is_dir());
    assert_eq!(File::open("meta")?.metadata()?.len(), 5);
    for time in [file.modified()?, file.accessed()?] {
        assert!(time <= SystemTime::now() + Duration::from_secs(5));
    }
    let then = UNIX_EPOCH + Duration::new(1_000_000_000, 500_000_000);
    let opened = File::options().write(true).open("meta")?;
    opened.set_times(FileTimes::new().set_modified(then).set_accessed(then))?;
    assert_eq!(fs::metadata("meta")?.modified()?, then);
    assert_eq!(fs::metadata("meta")?.accessed()?, then);
    fs::remove_dir("metadir")?;
    fs::remove_file("meta")
}

fn directories() -> io::Result<()> {
    fs::create_dir_all("a/b/c")?;
    fs::create_dir_all("a/b/c")?;
    assert_eq!(
        fs::create_dir("a").unwrap_err().kind(),
        ErrorKind::AlreadyExists
    );
    assert_eq!(
        fs::create_dir("x/y").unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(said(fs::remove_dir("a")), "Directory not empty");
    for name in ["a/one", "a/two", "a/b/three", "a/b/c/four"] {
        fs::write(name, name)?;
    }
    let names: BTreeSet<_> = fs::read_dir("a")?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<Result<_, _>>()?;
    assert_eq!(
        names,
        ["b", "one", "two"]
            .map(OsStr::new)
            .map(OsStr::to_owned)
            .into()
    );
    for entry in fs::read_dir("a")? {
        let entry = entry?;
        assert_eq!(entry.file_type()?.is_dir(), entry.file_name() == "b");
        assert_eq!(entry.metadata()?.is_dir(), entry.file_name() == "b");
    }
    fs::remove_dir_all("a")?;
    assert!(!fs::exists("a")?);
    Ok(())
}

fn walking() -> io::Result<()> {
    let mut expected = BTreeSet::new();
    for number in 0..200 {
        let folder = PathBuf::from(format!("tree/{}/{}", number % 5, number % 3));
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("file {number}"));
        fs::write(&file, number.to_string())?;
        expected.insert(file);
    }
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::from("tree")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                found.insert(entry.path());
            }
        }
    }
    assert_eq!(found, expected);
    fs::remove_dir_all("tree")
}

#[cfg(unix)]
use std::os::unix::fs::symlink;

#[cfg(target_os = "wasi")]
fn symlink(target: &str, link: &str) -> io::Result<()> {
    use wasip2::filesystem::types::ErrorCode;
    match test_programs::files::root().symlink_at(target, link) {
        Ok(()) => Ok(()),
        Err(ErrorCode::Exist) => Err(ErrorKind::AlreadyExists.into()),
        Err(other) => Err(io::Error::other(other)),
    }
}

fn links() -> io::Result<()> {
    fs::write("target", "content")?;
    fs::hard_link("target", "hard")?;
    symlink("target", "soft")?;
    assert_eq!(fs::read_to_string("hard")?, "content");
    assert_eq!(fs::read_to_string("soft")?, "content");
    assert!(fs::symlink_metadata("soft")?.is_symlink());
    assert!(fs::metadata("soft")?.is_file());
    assert_eq!(fs::read_link("soft")?, Path::new("target"));
    assert_eq!(
        fs::hard_link("target", "hard").unwrap_err().kind(),
        ErrorKind::AlreadyExists
    );
    assert_eq!(
        symlink("target", "soft").unwrap_err().kind(),
        ErrorKind::AlreadyExists
    );
    fs::remove_file("target")?;
    assert_eq!(fs::read_to_string("hard")?, "content");
    assert_eq!(
        fs::read_to_string("soft").unwrap_err().kind(),
        ErrorKind::NotFound
    );
    // Removing a tree removes a link, not what it leads to.
    fs::create_dir_all("kept/inside")?;
    fs::create_dir("gone")?;
    symlink("../kept", "gone/link")?;
    fs::remove_dir_all("gone")?;
    assert!(fs::exists("kept/inside")?);
    fs::remove_dir_all("kept")?;
    fs::remove_file("hard")?;
    fs::remove_file("soft")
}

fn moving() -> io::Result<()> {
    fs::write("old", "content")?;
    fs::rename("old", "new")?;
    assert!(!fs::exists("old")?);
    fs::write("other", "other")?;
    fs::rename("new", "other")?;
    assert_eq!(fs::read_to_string("other")?, "content");
    fs::create_dir("place")?;
    fs::rename("other", "place/other")?;
    fs::rename("place", "moved")?;
    assert_eq!(fs::read_to_string("moved/other")?, "content");
    assert_eq!(
        fs::rename("nothing", "x").unwrap_err().kind(),
        ErrorKind::NotFound
    );
    fs::remove_dir_all("moved")
}

fn errors() {
    fs::write("plain", "x").unwrap();
    fs::create_dir("folder").unwrap();
    assert_eq!(said(File::open("nothing")), "No such file or directory");
    assert_eq!(said(File::open("plain/x")), "Not a directory");
    assert_eq!(said(File::create("folder")), "Is a directory");
    assert_eq!(said(fs::read("folder")), "Is a directory");
    assert_eq!(said(fs::read_dir("plain")), "Not a directory");
    assert_eq!(said(fs::read_dir("nothing")), "No such file or directory");
    assert_eq!(said(fs::remove_dir("plain")), "Not a directory");
    assert_eq!(said(fs::remove_file("folder")), "Is a directory");
    assert_eq!(
        said(fs::remove_file("nothing")),
        "No such file or directory"
    );
    assert_eq!(said(fs::read_link("plain")), "Invalid argument");
    fs::remove_file("plain").unwrap();
    fs::remove_dir("folder").unwrap();
}

fn many_open() -> io::Result<()> {
    fs::create_dir("many")?;
    let mut files: Vec<File> = (0..500)
        .map(|number| File::create(format!("many/{number}")))
        .collect::<Result<_, _>>()?;
    for (number, file) in files.iter_mut().enumerate() {
        write!(file, "{number}")?;
    }
    drop(files);
    for number in 0..500 {
        assert_eq!(
            fs::read_to_string(format!("many/{number}"))?,
            number.to_string()
        );
    }
    fs::remove_dir_all("many")
}
