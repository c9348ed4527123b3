//! Rust's own tests of `std::fs`, from Debian's `rust-src`, in boxes on each driver.
//!
//! Each is a process of its own, since a panic ends a process on WASI. What passes on
//! wasmtime's WASI over a folder of this machine has to pass in a box; what cannot pass is in
//! [`CANNOT_PASS`], with the reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::boxes::Project;
use crate::support::debian::{self, Release};
use crate::support::host::Host;
use crate::support::kept::{kept, workspace};
use crate::support::process::{check, isolated, run};
use crate::support::programs::ensure_target;

/// What fails in every box, and why. None of it is the filesystem's doing.
///
/// Not even compiled are the tests of Windows and Apple, of file locks, which `std` has not
/// for WASI, and of modes (`set_get_unix_permissions`), which its `Permissions` lack there.
const CANNOT_PASS: [(&str, &str); 8] = [
    ("chmod_works", NO_PERMISSIONS),
    ("concurrent_recursive_mkdir", "WASI 0.2 has no threads"),
    ("copy_file_preserves_perm_bits", NO_PERMISSIONS),
    ("fchmod_works", NO_PERMISSIONS),
    ("file_try_clone", "`File::try_clone` of std refuses on WASI"),
    (
        "open_flavors",
        "std has another message than `Invalid argument` since the test was written",
    ),
    (
        "recursive_rmdir_toctou",
        "Rust ignores it itself: it is a race of two threads",
    ),
    ("unlink_readonly", NO_PERMISSIONS),
];
const NO_PERMISSIONS: &str = "`set_permissions` of std refuses on WASI";

/// What fails on the host's files as well: they are wasmtime's, which refuses to make a
/// symbolic link to an absolute path. In memory and in a volume these pass.
const CANNOT_PASS_ON_THE_HOST: [(&str, &str); 6] = [
    ("copy_file_follows_dst_symlink", NO_ABSOLUTE_LINKS),
    ("create_dir_all_with_junctions", NO_ABSOLUTE_LINKS),
    ("realpath_works", NO_ABSOLUTE_LINKS),
    ("recursive_rmdir", NO_ABSOLUTE_LINKS),
    ("recursive_rmdir_of_symlink", NO_ABSOLUTE_LINKS),
    ("symlinks_work", NO_ABSOLUTE_LINKS),
];
const NO_ABSOLUTE_LINKS: &str = "the host refuses links to absolute paths";

/// In the source that Debian has, the tests for Unix that WASI can run as well, and what
/// a crate outside of `std` cannot see.
const ADAPTED: [(&str, &str); 4] = [
    ("cfg(unix)", "cfg(any(unix, target_os = \"wasi\"))"),
    (
        "cfg(all(unix, ",
        "cfg(all(any(unix, target_os = \"wasi\"), ",
    ),
    // Permissions of WASI have no mode.
    (
        "#[cfg(any(unix, target_os = \"wasi\"))]\nfn set_get_unix_permissions",
        "#[cfg(unix)]\nfn set_get_unix_permissions",
    ),
    ("dir_entry.0.path()", "dir_entry.path()"),
];

/// Compiles the tests, once.
fn tests() -> PathBuf {
    const SOURCE: &str = "library/std/src/fs/tests.rs";
    ensure_target();
    let around = workspace().join("tests/programs/rust/std_tests.rs");
    let text = fs::read_to_string(&around).expect("the source can be read");
    let recipe = format!("rust-src: {SOURCE} {ADAPTED:?}\n{text}");
    kept("programs/std-tests", &recipe, |folder| {
        let package = debian::package(Release::Trixie, "rust-src", &format!("*/{SOURCE}"));
        let root = fs::read_dir(package.join("usr/src")).expect("the package has sources");
        let source = root
            .map(|entry| entry.expect("an entry").path().join(SOURCE))
            .find(|path| path.exists())
            .expect("the package has the tests of std::fs");
        let mut tests = fs::read_to_string(source).expect("the tests can be read");
        for (from, to) in ADAPTED {
            assert!(tests.contains(from), "the tests changed: no {from}");
            tests = tests.replace(from, to);
        }
        let adapted = folder.join("tests.rs");
        fs::write(&adapted, tests).expect("a file can be written");
        check(
            isolated("rustc")
                .current_dir(workspace())
                .env("STD_FS_TESTS", &adapted)
                // They use what is not stable yet.
                .env("RUSTC_BOOTSTRAP", "1")
                .args(["--test", "--edition=2021", "--target=wasm32-wasip2"])
                .args(["--cap-lints=allow", "-Copt-level=1"])
                .arg(&around)
                .arg("-o")
                .arg(folder.join("tests.wasm")),
        );
    })
    .join("tests.wasm")
}

/// The tests that failed, and what they said.
type Failures = BTreeMap<String, String>;

fn elsewhere(tests: &Path) -> (Vec<String>, Failures) {
    let host = Host::new(tests);
    let folder = TempDir::new().expect("a temporary folder can be made");
    fs::create_dir(folder.path().join("tmp")).expect("a folder can be made");
    let listed = host.run(folder.path(), &["--list"], &[]).stdout;
    let names: Vec<_> = listed.lines().filter_map(test_name).collect();
    let failed = names.iter().filter_map(|name| {
        let ended = host.run(folder.path(), &arguments(name), &[]);
        (!passed(&ended.stdout)).then(|| (name.clone(), panic_of(&ended.stderr)))
    });
    let failed = failed.collect();
    (names, failed)
}

/// In a list of tests a line is `tests::NAME: test`.
fn test_name(line: &str) -> Option<String> {
    let name = line.strip_prefix("tests::")?.strip_suffix(": test")?;
    Some(name.to_owned())
}

fn arguments(test: &str) -> Vec<String> {
    let name = format!("tests::{test}");
    ["--exact", &name, "--test-threads=1", "--nocapture"]
        .map(str::to_owned)
        .into()
}

/// A name that no test has would be a success as well.
fn passed(said: &str) -> bool {
    said.contains("test result: ok. 1 passed; 0 failed;")
}

/// The lines that say what happened and where.
fn panic_of(said: &str) -> String {
    let lines = said.lines().skip_while(|line| !line.contains("panicked"));
    lines.take(3).collect::<Vec<_>>().join("\n")
}

fn in_boxes(driver: &str, rest: &str, explained: &[(&str, &str)]) {
    let tests = tests();
    let (names, failed_elsewhere) = elsewhere(&tests);
    assert!(names.len() >= 70, "only {} tests", names.len());
    let project = Project::new(&format!(
        "[box]\nname = \"test:std\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n\n\
         [kernel]\nvfs = \"{driver}\"\n\n{rest}",
        tests.display()
    ));
    fs::create_dir(project.path("tmp")).expect("a folder can be made");
    let mut problems = Vec::new();
    for file in project.build_forms("box") {
        let failed: Failures = names
            .iter()
            .filter_map(|name| {
                let outcome = run(&mut project.run(&file, &arguments(name)), b"");
                (!passed(&outcome.text())).then(|| (name.clone(), panic_of(&outcome.complaint())))
            })
            .collect();
        println!(
            "{driver}: {} of {} pass, and {} elsewhere",
            names.len() - failed.len(),
            names.len(),
            names.len() - failed_elsewhere.len()
        );
        for (name, said) in &failed {
            let explained = explained.iter().any(|(one, _)| one == name);
            if !explained || !failed_elsewhere.contains_key(name) {
                problems.push(format!("{}: {name} fails\n{said}", file.display()));
            }
        }
        for (name, why) in explained {
            if !failed.contains_key(*name) {
                problems.push(format!("{}: {name} passes, although {why}", file.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

const BAKED: &str = "[files]\n\"/tmp\" = \"tmp\"\n";
const GRANTED: &str = "[grants]\nfs = [{ host = \"tmp\", guest = \"/tmp\", mode = \"rw\" }]\n";

#[test]
fn on_memfs() {
    in_boxes("boxer:memfs", BAKED, &CANNOT_PASS);
}

#[test]
fn on_overlay() {
    in_boxes("boxer:overlay", BAKED, &CANNOT_PASS);
}

#[test]
fn on_mount() {
    in_boxes("boxer:mount", BAKED, &CANNOT_PASS);
}

#[test]
fn on_hostfs() {
    let explained = [&CANNOT_PASS[..], &CANNOT_PASS_ON_THE_HOST].concat();
    in_boxes("boxer:hostfs", GRANTED, &explained);
}

#[test]
fn on_volume() {
    in_boxes("boxer:volume", GRANTED, &CANNOT_PASS);
}
