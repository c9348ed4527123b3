//! The same program, natively over files in a temporary folder and in a box.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::boxes::{self, Project};
use super::process::{Outcome, check, run};
use super::tree::{self, Tree};

/// A program in two forms.
pub struct Subject {
    /// What it is called.
    pub name: &'static str,
    /// For this machine.
    pub native: PathBuf,
    /// A component, or a core module of wasip1.
    pub wasm: PathBuf,
}

/// One run of a program over the sample tree.
pub struct Case {
    arguments: Vec<String>,
    stdin: Vec<u8>,
    succeeds: bool,
    ordered: bool,
    same_words: bool,
}

/// A run that succeeds.
pub fn succeeds<const N: usize>(arguments: [&str; N]) -> Case {
    Case::new(arguments, true)
}

/// A run that fails.
pub fn fails<const N: usize>(arguments: [&str; N]) -> Case {
    Case::new(arguments, false)
}

impl Case {
    fn new<const N: usize>(arguments: [&str; N], succeeds: bool) -> Self {
        let arguments = arguments.map(ToOwned::to_owned).into();
        Self {
            arguments,
            stdin: Vec::new(),
            succeeds,
            ordered: true,
            same_words: true,
        }
    }

    /// With this on standard input.
    pub fn stdin(self, text: impl AsRef<[u8]>) -> Self {
        Self {
            stdin: text.as_ref().to_owned(),
            ..self
        }
    }

    /// The lines of its output come in the order in which directories are listed.
    pub fn any_order(self) -> Self {
        Self {
            ordered: false,
            ..self
        }
    }

    /// Its toolchain describes errors in other words for WASI than for this machine.
    pub fn in_other_words(self) -> Self {
        Self {
            same_words: false,
            ..self
        }
    }
}

/// How a run ended and what it left.
struct Observed {
    outcome: Outcome,
    /// The tree after it.
    left: Tree,
}

/// Runs each case natively, in a box on memfs, and in the same box on hostfs over a
/// granted folder, each fused and linked. What is printed, success or failure, and (where the box has a
/// folder of the host) the files that are left have to be the same.
///
/// # Panics
///
/// If something differs, with all that differs.
pub fn compare(subject: &Subject, cases: &[Case]) {
    let project = Project::new(&boxfile(subject));
    tree::write_sample(&project.path("files"));
    let baked = tree::read(&project.path("files"));
    let [memfs, memfs_linked] = project.build_forms(subject.name);

    let before = project.boxfile();
    check(&mut project.boxer(["swap", "vfs=boxer:hostfs"]));
    assert_one_line_changed(&before, &project.boxfile());
    let [hostfs, hostfs_linked] = project.build_forms(&format!("on-hostfs/{}", subject.name));
    assert_files_imported(&boxes::imports(&memfs), &boxes::imports(&hostfs));

    check(&mut project.boxer(["swap", "vfs=boxer:memfs"]));
    fs::create_dir(project.path("again")).expect("a folder can be made");
    let again = project.build(&format!("again/{}.wasm", subject.name));
    assert!(
        fs::read(&memfs).expect("a box") == fs::read(again).expect("a box"),
        "swapping there and back makes another box"
    );

    let mut problems = Vec::new();
    for case in cases {
        let native = natively(subject, case);
        let shown = format!("{} {}", subject.name, case.arguments.join(" "));
        println!("{shown}: {}", native.outcome.status);
        let mut found = not_as_meant(case, &native, &baked);
        for (vfs, file) in [
            ("memfs", &memfs),
            ("memfs, linked", &memfs_linked),
            ("hostfs", &hostfs),
            ("hostfs, linked", &hostfs_linked),
        ] {
            let boxed = in_a_box(&project, file, case);
            found.extend(differences(case, &native, &boxed, vfs));
            if vfs.starts_with("hostfs") {
                let changes = tree::differences(&native.left, &boxed.left);
                found.extend(
                    changes
                        .into_iter()
                        .map(|one| format!("files on hostfs: {one}")),
                );
            }
        }
        if !found.is_empty() {
            problems.push(format!("{shown}\n    {}", found.join("\n    ")));
        }
    }
    let written = tree::differences(&baked, &tree::read(&project.path("files")));
    problems.extend(
        written
            .into_iter()
            .map(|one| format!("baked files changed: {one}")),
    );
    assert!(
        problems.is_empty(),
        "{} of {} cases differ:\n{}",
        problems.len(),
        cases.len(),
        problems.join("\n")
    );
}

/// Both filesystems have what they need, so that one line decides.
fn boxfile(subject: &Subject) -> String {
    let Subject { name, wasm, .. } = subject;
    format!(
        r#"[box]
name = "test:{name}"
version = "0.1.0"

[app]
component = "{}"

[kernel]
vfs = "boxer:memfs" # or boxer:hostfs

[files]
"/" = "files"

[grants]
fs = [{{ host = "work", guest = "/", mode = "rw" }}]
"#,
        wasm.display()
    )
}

fn assert_one_line_changed(before: &str, after: &str) {
    let (before, after): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    assert_eq!(before.len(), after.len(), "the swap adds or removes lines");
    let changed: Vec<_> = before
        .iter()
        .zip(&after)
        .filter(|(old, new)| old != new)
        .collect();
    let [(_, line)] = changed[..] else {
        panic!("not one line changed: {changed:#?}")
    };
    assert!(
        line.contains("boxer:hostfs") && line.ends_with("# or boxer:hostfs"),
        "{line}"
    );
}

/// A box on memfs has no use for the host's files; one on hostfs asks for them and
/// for nothing else that the other does not ask for.
fn assert_files_imported(memfs: &[String], hostfs: &[String]) {
    let of_files = |name: &&String| name.starts_with("wasi:filesystem/");
    assert_eq!(memfs.iter().find(of_files), None, "on memfs");
    assert!(
        hostfs
            .iter()
            .any(|name| name.starts_with("wasi:filesystem/preopens@")),
        "{hostfs:?}"
    );
    let others: Vec<_> = hostfs.iter().filter(|name| !of_files(name)).collect();
    assert_eq!(
        others,
        memfs.iter().collect::<Vec<_>>(),
        "swapping vfs changed other imports"
    );
}

fn natively(subject: &Subject, case: &Case) -> Observed {
    let folder = TempDir::new().expect("a temporary folder can be made");
    tree::write_sample(folder.path());
    let mut command = Command::new(&subject.native);
    command
        // As in a box, whose argv[0] is its name.
        .arg0(subject.name)
        .args(&case.arguments)
        .env_clear()
        .current_dir(folder.path());
    let outcome = run(&mut command, &case.stdin);
    Observed {
        outcome,
        left: tree::read(folder.path()),
    }
}

fn in_a_box(project: &Project, file: &Path, case: &Case) -> Observed {
    let work = project.path("work");
    if work.exists() {
        fs::remove_dir_all(&work).expect("the last run's files can be removed");
    }
    tree::write_sample(&work);
    let outcome = run(&mut project.run(file, &case.arguments), &case.stdin);
    Observed {
        outcome,
        left: tree::read(&work),
    }
}

/// Why the case shows nothing, or not what it is there for.
fn not_as_meant(case: &Case, native: &Observed, baked: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let outcome = &native.outcome;
    if outcome.status.success() != case.succeeds {
        found.push(format!(
            "natively it ended with {}: {}",
            outcome.status,
            outcome.complaint()
        ));
    }
    if case.succeeds && outcome.stdout.is_empty() && native.left == *baked {
        found.push("natively it printed nothing and wrote nothing".to_owned());
    }
    found
}

/// WASI 0.2's `exit` tells success or failure only, so that is what is compared.
/// A trap is neither.
fn differences(case: &Case, native: &Observed, boxed: &Observed, vfs: &str) -> Vec<String> {
    let (native, boxed) = (&native.outcome, &boxed.outcome);
    let mut found = Vec::new();
    let code = boxed.status.code();
    if native.status.success() != boxed.status.success()
        || !(code == native.status.code() || code == Some(1))
    {
        found.push(format!("{}, and on {vfs} {}", native.status, boxed.status));
    }
    for (what, native, boxed) in [
        ("stdout", &native.stdout, &boxed.stdout),
        ("stderr", &native.stderr, &boxed.stderr),
    ] {
        let (native, boxed) = (
            comparable(native, case.ordered),
            comparable(boxed, case.ordered),
        );
        let reworded = what == "stderr" && !case.same_words && !boxed.is_empty();
        if native != boxed && !reworded {
            found.push(format!(
                "{what} {}\n      on {vfs} {}",
                quoted(&native),
                quoted(&boxed)
            ));
        }
    }
    found
}

/// WASI numbers its errors in another order than Linux, and Rust prints the number.
fn comparable(output: &[u8], ordered: bool) -> Vec<u8> {
    const NUMBER: &[u8] = b"(os error ";
    let mut kept = Vec::with_capacity(output.len());
    let mut rest = output;
    while let Some(at) = rest
        .windows(NUMBER.len())
        .position(|window| window == NUMBER)
    {
        let (before, after) = rest.split_at(at + NUMBER.len());
        kept.extend_from_slice(before);
        let digits = after
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        rest = &after[digits..];
    }
    kept.extend_from_slice(rest);
    if ordered {
        return kept;
    }
    let mut lines: Vec<&[u8]> = kept.split(|byte| *byte == b'\n').collect();
    lines.sort_unstable();
    lines.join(&b'\n')
}

fn quoted(output: &[u8]) -> String {
    const SHOWN: usize = 600;
    let text = String::from_utf8_lossy(&output[..output.len().min(SHOWN)]);
    let more = if output.len() > SHOWN { " …" } else { "" };
    format!("{text:?}{more} ({} bytes)", output.len())
}
