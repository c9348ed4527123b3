//! Packages of Debian, unpacked; nothing is installed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::kept::{folder, kept};
use super::process::{check, isolated};

/// Where packages come from. The stable release, which keeps its versions, where it
/// has what is wanted.
#[derive(Clone, Copy)]
pub enum Release {
    /// Debian 13.
    Trixie,
    /// What the next release will be made of.
    Sid,
}

/// Where a package's version is kept, in its folder.
const VERSION: &str = ".version";

impl Release {
    fn name(self) -> &'static str {
        match self {
            Self::Trixie => "trixie",
            Self::Sid => "sid",
        }
    }
}

/// The files of a binary package whose paths, from `./`, fit the pattern.
///
/// # Panics
///
/// If this is no Debian, or its mirror cannot be reached.
pub fn package(release: Release, name: &str, wanted: &str) -> PathBuf {
    let recipe = format!("apt-get download {name}/{}: {wanted}", release.name());
    kept(&format!("debian/{name}"), &recipe, |folder| {
        let scratch = scratch(folder);
        update(release);
        check(
            apt("apt-get", release)
                .current_dir(&scratch)
                .args(["download", name]),
        );
        for file in files(&scratch, ".deb") {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let version = name.split('_').nth(1).unwrap_or_default();
            fs::write(folder.join(VERSION), version).expect("a file can be written");
            let all = scratch.join("all.tar");
            let tar = File::create(&all).expect("a file can be made");
            let unpacked = isolated("dpkg-deb")
                .arg("--fsys-tarfile")
                .arg(file)
                .stdout(tar)
                .status()
                .expect("dpkg-deb can be started");
            assert!(unpacked.success(), "dpkg-deb ended with {unpacked}");
            extract(&all, folder, wanted, 0);
        }
        fs::remove_dir_all(scratch).expect("a folder can be removed");
    })
}

/// The version that an unpacked package has.
///
/// # Panics
///
/// If this is the folder of none.
pub fn version(package: &Path) -> String {
    fs::read_to_string(package.join(VERSION)).expect("the package has a version")
}

/// One file of a package's source, as its authors released it: `path` below the folder
/// that their archive has.
///
/// # Panics
///
/// If this is no Debian, or its mirror cannot be reached.
pub fn source_file(release: Release, package: &str, path: &str) -> PathBuf {
    let recipe = format!("apt-get source {package}/{}: {path}", release.name());
    let name = format!("debian/{package}-source/{}", path.replace('/', "-"));
    let kept = kept(&name, &recipe, |folder| {
        let scratch = scratch(folder);
        update(release);
        check(apt("apt-get", release).current_dir(&scratch).args([
            "source",
            "--download-only",
            // What Debian adds is not wanted, and not every mirror keeps it.
            "--tar-only",
            package,
        ]));
        for archive in files(&scratch, "").filter(|file| is_original(file)) {
            extract(&archive, folder, &format!("*/{path}"), 1);
        }
        fs::remove_dir_all(scratch).expect("a folder can be removed");
    });
    kept.join(path)
}

/// `NAME_VERSION.orig.tar.xz`, and not `.orig-www.tar.xz`, which holds documentation.
fn is_original(file: &Path) -> bool {
    file.to_string_lossy().contains(".orig.tar.") && file.extension().is_some_and(|e| e != "asc")
}

fn extract(archive: &Path, folder: &Path, wanted: &str, strip: usize) {
    check(
        isolated("tar")
            .args(["--extract", "--wildcards", "--file"])
            .arg(archive)
            .arg(format!("--strip-components={strip}"))
            .arg("--directory")
            .arg(folder)
            .arg(wanted),
    );
}

/// What the mirror has, which is asked only when a package is fetched.
fn update(release: Release) {
    check(apt("apt-get", release).arg("update"));
}

/// `apt` with lists and caches of its own, below the target folder.
fn apt(program: &str, release: Release) -> Command {
    let state = folder()
        .join("debian")
        .join(format!("apt-{}", release.name()));
    for part in ["lists/partial", "archives/partial"] {
        fs::create_dir_all(state.join(part)).expect("a folder can be made");
    }
    let name = release.name();
    let signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
    let mirror = "http://deb.debian.org/debian";
    let sources =
        format!("deb {signed} {mirror} {name} main\ndeb-src {signed} {mirror} {name} main\n");
    fs::write(state.join("sources.list"), sources).expect("a file can be written");
    let mut command = isolated(program);
    for (option, value) in [
        ("Dir::State", state.clone()),
        ("Dir::State::lists", state.join("lists")),
        ("Dir::State::status", "/dev/null".into()),
        ("Dir::Cache", state.clone()),
        ("Dir::Etc::sourcelist", state.join("sources.list")),
        ("Dir::Etc::sourceparts", "/dev/null".into()),
        // Its own user could not read a folder of ours.
        ("APT::Sandbox::User", "root".into()),
        ("Acquire::Languages", "none".into()),
        (
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled",
            "false".into(),
        ),
    ] {
        command
            .arg("-o")
            .arg(format!("{option}={}", value.display()));
    }
    command
}

fn scratch(folder: &Path) -> PathBuf {
    let scratch = folder.join(".fetched");
    fs::create_dir_all(&scratch).expect("a folder can be made");
    scratch
}

/// The files of a folder whose names end so.
fn files(folder: &Path, end: &str) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut found: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect();
    found.sort();
    found.into_iter()
}
