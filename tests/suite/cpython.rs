//! CPython's own tests of its modules that deal with files, in boxes.
//!
//! The interpreter is 3.14.0, which PyPI's `componentize-py` carries; its library and the
//! tests come from Debian. What passes on wasmtime's WASI over a folder of this machine has
//! to pass in a box; what fails in a box is in [`CANNOT_PASS`], with the reason. What CPython
//! skips on WASI (threads, processes, modes, pipes …) it skips here as well.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::boxes::Project;
use crate::support::debian::{self, Release};
use crate::support::host::Host;
use crate::support::kept::{kept, workspace};
use crate::support::process::{check, isolated, run};
use crate::support::python;

/// The version of the tests that [`CANNOT_PASS`] is about. Where Debian has gone on, a test
/// that fails here and elsewhere is told, and is no failure.
const TESTS: &str = "3.14.10-1";

/// What fails in every box, and why. None of it is the filesystem's doing.
const CANNOT_PASS: [(&str, &[&str]); 4] = [
    (
        "the tests are of a later 3.14 than the interpreter and ask for what was mended between",
        &[
            "test_io.CIOTest.test_RawIOBase_read_bounds_checking",
            "test_io.CIOTest.test_readline_limit_with_short_read",
            "test_io.CTextIOWrapperTest.test_chunk_size",
            "test_io.CTextIOWrapperTest.test_issue142594",
            "test_io.CTextIOWrapperTest.test_reentrant_detach_during_flush",
            "test_io.CTextIOWrapperTest.test_reentrant_detach_during_read",
            "test_io.CTextIOWrapperTest.test_write_newline_replace_changes_stream",
            "test_io.CTextIOWrapperTest.test_write_newline_replace_returns_non_string",
            "test_sqlite3.test_dbapi.BlobTests.test_blob_set_empty_slice_wrong_size",
            "test_sqlite3.test_dbapi.BlobTests.test_blob_set_empty_slice_wrong_type",
            "test_sqlite3.test_dbapi.BlobTests.test_blob_slice_with_negative_step",
            "test_sqlite3.test_dbapi.CursorTests.test_fetchmany",
            "test_sqlite3.test_dbapi.CursorTests.test_invalid_array_size",
            "test_sqlite3.test_dbapi.CursorTests.test_invalid_fetchmany",
            "test_sqlite3.test_factory.RowFactoryTests.test_delete_connection_row_factory",
            "test_sqlite3.test_factory.RowFactoryTests.test_delete_connection_text_factory",
            "test_sqlite3.test_factory.RowFactoryTests.test_delete_cursor_row_factory",
            "test_sqlite3.test_factory.RowFactoryTests.test_sqlite_row_hash_unhashable",
            "test_sqlite3.test_hooks.AuthorizerTests.test_authorizer_concurrent_mutation_in_call",
            "test_sqlite3.test_hooks.ProgressTests.test_progress_handler_concurrent_mutation_in_call",
            "test_sqlite3.test_hooks.TraceCallbackTests.test_trace_callback_concurrent_mutation_in_call",
            "test_sqlite3.test_transactions.AutocommitAttribute.test_autocommit_delete",
            "test_sqlite3.test_transactions.AutocommitAttribute.test_autocommit_setget_invalid",
        ],
    ),
    (
        "WASI has no record locks, so SQLite locks with a directory beside the database, \
         which lets in one connection at a time; these have two",
        &[
            "test_sqlite3.test_transactions.TransactionTests.test_delete_starts_transaction",
            "test_sqlite3.test_transactions.TransactionTests.test_dml_does_not_auto_commit_before",
            "test_sqlite3.test_transactions.TransactionTests.test_insert_starts_transaction",
            "test_sqlite3.test_transactions.TransactionTests.test_multiple_cursors_and_iternext",
            "test_sqlite3.test_transactions.TransactionTests.test_replace_starts_transaction",
            "test_sqlite3.test_transactions.TransactionTests.test_toggle_auto_commit",
            "test_sqlite3.test_transactions.TransactionTests.test_update_starts_transaction",
        ],
    ),
    (
        "`stat` of wasi-libc follows a link for all but the inode, which it asks of the link; \
         on wasmtime these are skipped, since it refuses absolute links",
        &[
            "test_pathlib.test_pathlib.PathSubclassTest.test_symlink_to",
            "test_pathlib.test_pathlib.PathTest.test_symlink_to",
            "test_pathlib.test_pathlib.PosixPathTest.test_symlink_to",
            "test_shutil.TestCopy.test_dont_copy_file_onto_symlink_to_itself",
            "test_shutil.TestMove.test_move_dir_symlink",
            "test_shutil.TestMove.test_move_file_symlink",
            "test_shutil.TestMove.test_move_file_symlink_to_dir",
            "test_shutil.TestMove.test_move_symlink_to_dir_into_dir",
            "test_shutil.TestMove.test_move_symlink_to_dir_into_symlink_to_dir",
        ],
    ),
    (
        "files of WASI have no mode to copy; on wasmtime it is skipped, since it refuses \
         absolute links",
        &["test_shutil.TestCopy.test_copymode_follow_symlinks"],
    ),
];

/// Where the version of the tests is kept.
const VERSION: &str = "version.txt";

const COMPONENTIZE: &str = "componentize-py==0.25.1";

/// A folder with the component that runs tests (`app.wasm`) and the library (`python`).
fn made() -> PathBuf {
    let case = workspace().join("tests/cases/component-python");
    let app = fs::read_to_string(case.join("app.py")).expect("the program can be read");
    let recipe = format!("{COMPONENTIZE}, libpython3.14 of sid\n{app}");
    kept("cpython", &recipe, |folder| {
        for package in [
            "libpython3.14-minimal",
            "libpython3.14-stdlib",
            "libpython3.14-testsuite",
        ] {
            let unpacked = debian::package(Release::Sid, package, "*/python3.14/*");
            fs::write(folder.join(VERSION), debian::version(&unpacked))
                .expect("a file can be written");
            check(
                isolated("cp")
                    .arg("-r")
                    .arg(unpacked.join("usr/lib/python3.14/."))
                    .arg(folder.join("python")),
            );
        }
        // It leads into Debian's `/etc`.
        fs::remove_file(folder.join("python/sitecustomize.py")).expect("the link is there");
        let wit = folder.join("wit");
        check(
            isolated("cp")
                .arg("-r")
                .arg(workspace().join("components/wit/deps"))
                .arg(folder),
        );
        fs::create_dir(&wit).expect("a folder can be made");
        fs::rename(folder.join("deps"), wit.join("deps")).expect("a folder can be moved");
        fs::copy(case.join("world.wit"), wit.join("world.wit")).expect("a file can be copied");
        // It writes compiled modules beside the program.
        let program = folder.join("program");
        fs::create_dir(&program).expect("a folder can be made");
        fs::write(program.join("app.py"), &app).expect("a file can be written");
        let python = python::environment(COMPONENTIZE).python();
        check(
            isolated(python.with_file_name("componentize-py"))
                .current_dir(&program)
                .arg("--quiet")
                .arg("--wit-path")
                .arg(&wit)
                .args(["--world", "tests", "componentize", "app", "--output"])
                .arg(folder.join("app.wasm")),
        );
    })
}

/// How each test of a module ended.
type Verdicts = BTreeMap<String, String>;

/// A test with subtests may fail more than once.
fn verdicts(said: &str, complaint: &str) -> Verdicts {
    assert!(
        said.ends_with("done\n"),
        "the tests did not run to their end: {complaint}"
    );
    let mut all = Verdicts::new();
    for line in said.lines() {
        let parts: Vec<_> = line.splitn(3, '\t').collect();
        if let [verdict @ ("pass" | "fail" | "skip"), name, why] = parts[..] {
            let told = format!("{verdict} {why}");
            let one = all.entry(name.to_owned()).or_insert_with(|| told.clone());
            if verdict == "fail" {
                *one = told;
            }
        }
    }
    all
}

/// On wasmtime's own WASI, in a folder of this machine.
fn elsewhere(module: &str) -> Verdicts {
    static HOST: OnceLock<Host> = OnceLock::new();
    let made = made();
    let host = HOST.get_or_init(|| Host::new(&made.join("app.wasm")));
    // On the filesystem of the library, which is linked instead of copied.
    let folder = TempDir::new_in(&made).expect("a temporary folder can be made");
    check(
        isolated("cp")
            .args(["-r", "--link"])
            .arg(made.join("python"))
            .arg(folder.path()),
    );
    fs::create_dir(folder.path().join("tmp")).expect("a folder can be made");
    let ended = host.run(folder.path(), &[module], &[]);
    verdicts(&ended.stdout, &ended.stderr)
}

struct Boxed {
    project: Project,
    file: PathBuf,
}

/// One box for all tests of a driver.
fn boxed(driver: &str) -> Boxed {
    let made = made();
    let mut text = format!(
        "[box]\nname = \"test:cpython\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n\n\
         [kernel]\nvfs = \"boxer:{driver}\"\n\n\
         [files]\n\"/python\" = \"{}\"\n\"/tmp\" = \"tmp\"\n",
        made.join("app.wasm").display(),
        made.join("python").display(),
    );
    if driver == "volume" {
        text += "\n[grants]\nfs = [{ host = \"tmp\", guest = \"/tmp\", mode = \"rw\" }]\n";
    }
    let project = Project::new(&text);
    fs::create_dir(project.path("tmp")).expect("a folder can be made");
    let file = project.build("box.wasm");
    Boxed { project, file }
}

fn in_a_box(driver: &str, module: &str) -> Verdicts {
    static MEMFS: OnceLock<Boxed> = OnceLock::new();
    let own;
    let Boxed { project, file } = if driver == "memfs" {
        MEMFS.get_or_init(|| boxed("memfs"))
    } else {
        own = boxed(driver);
        &own
    };
    let outcome = run(&mut project.run(file, &[module]), b"");
    verdicts(
        &String::from_utf8_lossy(&outcome.stdout),
        &outcome.complaint(),
    )
}

/// Runs a module's tests in a box, and elsewhere if they are to be compared.
fn holds(driver: &str, module: &str, least: usize, compare: Compare) {
    let here = in_a_box(driver, module);
    let passed = |all: &Verdicts| -> BTreeSet<String> {
        let passed = all.iter().filter(|(_, told)| told.starts_with("pass"));
        passed.map(|(name, _)| name.clone()).collect()
    };
    let passed_here = passed(&here);
    println!(
        "{module} on {driver}: {} of {} pass",
        passed_here.len(),
        here.len()
    );
    let explained: BTreeSet<&str> = CANNOT_PASS
        .iter()
        .flat_map(|(_, names)| names.iter().copied())
        .filter(|name| name.split('.').next() == Some(module))
        .collect();
    let mut problems = Vec::new();
    for (name, told) in &here {
        if told.starts_with("fail") && !explained.contains(name.as_str()) {
            problems.push(format!("{name}: {told}"));
        }
    }
    for name in explained {
        if passed_here.contains(name) {
            problems.push(format!("{name} passes, although it is said that it cannot"));
        }
    }
    if fs::read_to_string(made().join(VERSION)).is_ok_and(|version| version != TESTS) {
        println!("not as with {TESTS}: {problems:#?}");
        problems.clear();
    }
    if let Compare::With = compare {
        let there = elsewhere(module);
        let passed_there = passed(&there);
        println!(
            "{module} elsewhere: {} of {} pass",
            passed_there.len(),
            there.len()
        );
        for name in passed_there.difference(&passed_here) {
            let told = here.get(name).map_or("it did not run", |told| told);
            problems.push(format!("{name} passes elsewhere, and here: {told}"));
        }
    }
    assert!(
        problems.is_empty(),
        "{module} on {driver}:\n{}",
        problems.join("\n")
    );
    assert!(
        passed_here.len() >= least,
        "only {} tests of {module} passed",
        passed_here.len()
    );
}

/// Whether the same tests run on wasmtime's WASI as well.
#[derive(Clone, Copy)]
enum Compare {
    With,
    Alone,
}

#[test]
fn os() {
    holds("memfs", "test_os", 140, Compare::With);
}

#[test]
fn io() {
    holds("memfs", "test_io", 600, Compare::With);
}

#[test]
fn pathlib() {
    holds("memfs", "test_pathlib", 900, Compare::With);
}

#[test]
fn tempfile() {
    holds("memfs", "test_tempfile", 100, Compare::With);
}

#[test]
fn shutil() {
    holds("memfs", "test_shutil", 90, Compare::With);
}

/// On the host's files it takes ten times as long: see [`everything_on_every_driver`].
#[test]
fn tarfile() {
    holds("memfs", "test_tarfile", 400, Compare::Alone);
}

#[test]
fn sqlite3() {
    holds("memfs", "test_sqlite3", 470, Compare::With);
}

#[test]
#[ignore = "takes minutes"]
fn everything_on_every_driver() {
    const MODULES: [(&str, usize); 7] = [
        ("test_os", 140),
        ("test_io", 600),
        ("test_pathlib", 900),
        ("test_tempfile", 100),
        ("test_shutil", 90),
        ("test_tarfile", 400),
        ("test_sqlite3", 470),
    ];
    for driver in ["memfs", "overlay", "mount", "volume"] {
        for (module, least) in MODULES {
            let compare = if driver == "memfs" {
                Compare::With
            } else {
                Compare::Alone
            };
            holds(driver, module, least, compare);
        }
    }
}
