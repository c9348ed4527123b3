//! The cache of compiled code: races, damage, and places that cannot be written.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::support::Place;

/// The files of one kind in the cache.
fn kept(place: &Place, kind: &str) -> Vec<PathBuf> {
    let root = place.cache().join("run");
    let engines = fs::read_dir(root).map(|entries| entries.flatten().collect::<Vec<_>>());
    let mut found: Vec<PathBuf> = engines
        .unwrap_or_default()
        .iter()
        .flat_map(|engine| {
            fs::read_dir(engine.path().join(kind))
                .into_iter()
                .flatten()
                .flatten()
        })
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// Whether a run compiled, by what it tells the curious.
fn compiles(place: &Place) -> bool {
    let ended = place.run(&["run", "-v", "hello.wasm"]);
    assert_eq!(
        (ended.status, ended.stdout.as_str()),
        (0, "hello\n"),
        "{ended:#?}"
    );
    ended.stderr.contains("compiling")
}

#[test]
fn compiled_once() {
    let place = Place::new();
    place.guest("hello");
    assert!(compiles(&place));
    assert!(!compiles(&place));
    assert_eq!(kept(&place, "code").len(), 1);
    // The same content elsewhere is the same component.
    fs::rename(
        place.path().join("hello.wasm"),
        place.path().join("other.wasm"),
    )
    .unwrap();
    fs::copy(
        place.path().join("other.wasm"),
        place.path().join("hello.wasm"),
    )
    .unwrap();
    assert!(!compiles(&place));
}

#[test]
fn another_program_under_the_same_name_is_another_program() {
    let place = Place::new();
    place.guest("hello");
    assert!(compiles(&place));
    // Padded to the same size, so that only content and time stamps differ.
    let size = fs::metadata(place.path().join("hello.wasm")).unwrap().len();
    let mut other =
        wat::parse_str(include_str!("guests/hello.wat").replace("hello\\n", "other\\n")).unwrap();
    assert_eq!(other.len() as u64, size);
    fs::write(place.path().join("hello.wasm"), &other).unwrap();
    assert_eq!(place.run(&["run", "hello.wasm"]).succeeds(), "other\n");
    // Renamed into place, as builds do.
    other = crate::support::guest("hello");
    place.write("new", &other);
    fs::rename(place.path().join("new"), place.path().join("hello.wasm")).unwrap();
    assert_eq!(place.run(&["run", "hello.wasm"]).succeeds(), "hello\n");
}

#[test]
fn many_at_once_on_an_empty_cache() {
    let place = Place::new();
    place.guest("hello");
    let children: Vec<_> = (0..12)
        .map(|_| place.command(&["run", "hello.wasm"]).spawn().unwrap())
        .collect();
    for child in children {
        let ended = place.end(&child.wait_with_output().unwrap());
        assert_eq!(ended.succeeds(), "hello\n");
    }
    assert_eq!(kept(&place, "code").len(), 1);
    assert!(
        place
            .files("cache")
            .iter()
            .all(|file| !file.contains("unfinished"))
    );
}

#[test]
fn damaged_entries_are_made_anew() {
    let place = Place::new();
    place.guest("hello");
    assert!(compiles(&place));
    for kind in ["code", "boxes", "paths"] {
        for damage in [Damage::Flip, Damage::Truncate, Damage::Empty, Damage::Zero] {
            let [file] = kept(&place, kind).try_into().expect("one file");
            damage.apply(&file);
            let again = compiles(&place);
            // What a path was is found again by reading it; code must be compiled.
            assert_eq!(again, kind != "paths", "{kind} {damage:?}");
            assert!(!compiles(&place), "{kind} {damage:?}");
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Damage {
    Flip,
    Truncate,
    Empty,
    Zero,
}

impl Damage {
    fn apply(self, file: &PathBuf) {
        let mut bytes = fs::read(file).unwrap();
        match self {
            // The last digit of a record is in its content, that of code in its symbols.
            Self::Flip => {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
            }
            Self::Truncate => bytes.truncate(bytes.len() / 2),
            Self::Empty => bytes.clear(),
            Self::Zero => bytes.fill(0),
        }
        fs::write(file, bytes).unwrap();
    }
}

#[test]
fn code_of_another_engine_is_not_used() {
    let place = Place::new();
    place.guest("hello");
    assert!(compiles(&place));
    let [engine] = fs::read_dir(place.cache().join("run"))
        .unwrap()
        .flatten()
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    fs::rename(engine.path(), engine.path().with_file_name("0-another")).unwrap();
    assert!(compiles(&place));
}

#[test]
fn a_cache_that_cannot_be_written_is_done_without() {
    let place = Place::new();
    place.guest("hello");
    // A file in the way refuses even root, whom no permission stops.
    place.write("cache", "a file");
    for _ in 0..2 {
        assert_eq!(place.run(&["run", "hello.wasm"]).succeeds(), "hello\n");
    }
    let ended = place.run(&["run", "-v", "hello.wasm"]);
    assert_eq!(ended.stdout, "hello\n");
    assert!(
        ended.stderr.contains("compiled code is not kept"),
        "{}",
        ended.stderr
    );
    assert_eq!(place.read("cache"), "a file");
}

#[test]
fn a_cache_that_others_may_write_is_not_trusted() {
    let place = Place::new();
    place.guest("hello");
    assert!(compiles(&place));
    let [engine] = fs::read_dir(place.cache().join("run"))
        .unwrap()
        .flatten()
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert_eq!(
        fs::metadata(engine.path()).unwrap().permissions().mode() & 0o777,
        0o700
    );
    fs::set_permissions(engine.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(compiles(&place));
    assert!(compiles(&place));
    fs::set_permissions(engine.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert!(!compiles(&place));
}

#[test]
fn the_folder_follows_xdg() {
    let place = Place::new();
    place.guest("hello");
    let run = |set: &[(&str, &str)]| {
        let mut command = place.command(&["run", "hello.wasm"]);
        for name in ["BOX_CACHE_DIR", "XDG_CACHE_HOME", "HOME"] {
            command.env_remove(name);
        }
        for (name, folder) in set {
            command.env(name, place.path().join(folder));
        }
        place.end(&command.output().unwrap()).succeeds();
    };
    run(&[("HOME", "home")]);
    assert!(!place.files("home/.cache/box").is_empty());
    run(&[("HOME", "home2"), ("XDG_CACHE_HOME", "xdg")]);
    assert!(!place.files("xdg/box").is_empty());
    run(&[
        ("HOME", "home2"),
        ("XDG_CACHE_HOME", "xdg2"),
        ("BOX_CACHE_DIR", "own"),
    ]);
    assert!(!place.files("own/run").is_empty());
    assert!(!place.path().join("home2").exists());
    assert!(!place.path().join("xdg2").exists());
}
