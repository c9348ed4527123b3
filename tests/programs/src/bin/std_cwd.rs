//! A program of Rust's library in a box that starts at `/app`, over the files
//! `/app/data.txt`, `/app/src/main.txt`, `/src/lib.txt` and `/etc/motd`.
//!
//! wasi-libc believes that it starts at `/`; relative paths work all the same.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    assert_eq!(env::var("PWD").as_deref(), Ok("/app"));

    for path in [
        "data.txt",
        "./data.txt",
        "/app/data.txt",
        "src/../data.txt",
        "../app/data.txt",
    ] {
        assert_eq!(fs::read_to_string(path)?, "data", "{path}");
    }
    for path in ["/etc/motd", "../etc/motd"] {
        assert_eq!(fs::read_to_string(path)?, "motd", "{path}");
    }
    // Both directories are called `src`: each file is found in its own.
    assert_eq!(fs::read_to_string("src/main.txt")?, "main");
    assert_eq!(fs::read_to_string("/src/lib.txt")?, "lib");
    assert!(fs::read("nothing").is_err() && fs::read("/nothing").is_err());
    assert_eq!(names(".")?, ["data.txt", "src"]);
    assert_eq!(names("/app")?, ["data.txt", "src"]);
    assert_eq!(names("/etc")?, ["motd"]);

    fs::write("out.txt", "out")?;
    assert_eq!(fs::read_to_string("/app/out.txt")?, "out");
    fs::write("/etc/new.conf", "new")?;
    assert_eq!(names("/etc")?, ["motd", "new.conf"]);
    fs::create_dir_all("made/by/me")?;
    fs::rename("out.txt", "made/by/me/moved.txt")?;
    assert_eq!(fs::read_to_string("/app/made/by/me/moved.txt")?, "out");
    fs::copy("data.txt", "/etc/copy")?;
    assert_eq!(fs::read_to_string("../etc/copy")?, "data");
    fs::hard_link("data.txt", "made/link")?;
    assert_eq!(fs::read_to_string("/app/made/link")?, "data");
    fs::remove_dir_all("made")?;
    assert!(!Path::new("/app/made").exists());

    env::set_current_dir("src")?;
    assert_eq!(fs::read_to_string("main.txt")?, "main");
    env::set_current_dir("/etc")?;
    assert_eq!(fs::read_to_string("motd")?, "motd");
    assert!(env::set_current_dir("/nowhere").is_err());
    println!("std_cwd ok");
    Ok(())
}

fn names(path: &str) -> io::Result<Vec<String>> {
    let names: BTreeSet<String> = fs::read_dir(path)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<_>>()?;
    Ok(names.into_iter().collect())
}
