//! The same Boxfile and files make the same bytes, wherever and whenever.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::boxes::boxer;
use crate::support::guests::guest;
use crate::support::process::check;
use crate::support::tree;

/// Paths of other lengths and depths, files made in another order and at another time,
/// another environment, other modes that a umask makes.
#[test]
fn two_places_one_box() {
    let app = guest("hello");
    let here = TempDir::new().expect("a folder");
    let there = TempDir::new().expect("a folder");
    let (first, second) = (
        here.path().join("p"),
        there.path().join("some/where/else entirely"),
    );
    let mut names = ["a.txt", "b/c.txt", "b/d/e.bin", "z.txt", "ü.txt"];
    for (place, lang) in [(&first, "C"), (&second, "tr_TR.UTF-8")] {
        tree::write(
            &place.join("files"),
            names.map(|name| (name, name.as_bytes())),
        );
        names.reverse();
        fs::copy(&app, place.join("app.wasm")).expect("the app can be copied");
        let boxfile = "[box]\nname = \"test:same\"\nversion = \"0.1.0\"\n\
                       [app]\ncomponent = \"app.wasm\"\nargs = [\"x\"]\nenv = { B = \"1\", A = \"2\" }\n\
                       [files]\n\"/data\" = \"files\"\n";
        fs::write(place.join("Boxfile.toml"), boxfile).expect("the Boxfile can be written");
        check(
            boxer()
                .env("LANG", lang)
                .env("TZ", "Asia/Tokyo")
                .args(["build", "-C"])
                .arg(place),
        );
    }
    touch(&second.join("files/z.txt"));
    check(boxer().args(["build", "-C"]).arg(&second));
    assert_same(&first.join("same.wasm"), &second.join("same.wasm"));
}

/// A package that is built along: no path of the machine gets into it.
#[test]
fn two_places_one_build() {
    let here = TempDir::new().expect("a folder");
    let there = TempDir::new().expect("a folder");
    let (first, second) = (here.path().join("p"), there.path().join("a/longer/path"));
    for place in [&first, &second] {
        let main = "fn main() { assert!(std::env::args().count() > 9, \"too few\"); }\n";
        tree::write(
            place,
            [
                ("src/main.rs", main.as_bytes()),
                (
                    "Cargo.toml",
                    b"[package]\nname = \"app\"\nedition = \"2024\"\n[workspace]\n",
                ),
                (
                    "Boxfile.toml",
                    b"[box]\nname = \"test:app\"\nversion = \"0.1.0\"\n[app]\ncargo = \".\"\n",
                ),
            ],
        );
        check(boxer().args(["build", "-o", "out.wasm", "-C"]).arg(place));
    }
    assert_same(&first.join("out.wasm"), &second.join("out.wasm"));
}

fn touch(path: &Path) {
    check(
        Command::new("touch")
            .args(["-d", "2001-02-03T04:05:06Z"])
            .arg(path),
    );
}

fn assert_same(one: &Path, other: &Path) {
    let [one, other] = [one, other].map(|path| fs::read(path).expect("the box was built"));
    let first = one.iter().zip(&other).position(|(a, b)| a != b);
    assert_eq!(
        (one.len(), first),
        (other.len(), None),
        "the first byte that differs"
    );
}
