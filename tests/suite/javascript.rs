//! JavaScript in a box: packages that nobody here wrote, driven at length, and Node's own
//! modules. What a script prints, how it ends and the files that it leaves are the same
//! under Node.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::boxes::Project;
use crate::support::kept::workspace;
use crate::support::node::packages;
use crate::support::process::{Outcome, check, isolated, run};
use crate::support::tree;

/// What the scripts are to find in their environment.
const GREETING: &str = "hi";

/// Where scripts write, below their folder.
const WORK: &str = "work";

/// The folder of the scripts.
fn scripts() -> PathBuf {
    workspace().join("tests/programs/javascript")
}

/// One box for all the scripts: its main script runs the one that the first argument
/// names. It stands on the host's files, so that what is written can be compared.
struct Scripts {
    project: Project,
    file: PathBuf,
}

impl Scripts {
    fn new() -> Self {
        let (scripts, packages) = (scripts(), packages());
        let project = Project::new(&format!(
            r#"[box]
name = "test:javascript"
version = "0.1.0"

[app]
script = "{scripts}/run.mjs"
cwd = "/app"
env = {{ GREETING = "{GREETING}" }}

[kernel]
runtime = "boxer:javascript"
vfs = "boxer:hostfs"

[files]
"/app" = "{scripts}"
"/app/node_modules" = "{packages}"

[grants]
fs = [{{ host = "{WORK}", guest = "/app/{WORK}", mode = "rw" }}]
"#,
            scripts = scripts.display(),
            packages = packages.display(),
        ));
        fs::create_dir(project.path(WORK)).expect("a folder can be made");
        let file = project.build("javascript.wasm");
        Self { project, file }
    }

    /// Runs a script under Node and in the box, and compares.
    ///
    /// # Panics
    ///
    /// If they differ, or Node does not end with this status.
    fn same(&self, arguments: &[&str], stdin: &str, status: i32) {
        let shown = arguments.join(" ");
        println!("{shown}");
        let native = natively(arguments, stdin);
        let there = &native.outcome;
        assert_eq!(
            there.status.code(),
            Some(status),
            "{shown}, Node: {}",
            there.complaint()
        );
        let work = self.project.path(WORK);
        fs::remove_dir_all(&work).expect("the last run's files can be removed");
        fs::create_dir(&work).expect("a folder can be made");
        let here = run(
            &mut self.project.run(&self.file, arguments),
            stdin.as_bytes(),
        );
        assert_same_text(&shown, &there.text(), &here.text(), &here.complaint());
        assert_eq!(
            here.status.code(),
            Some(status),
            "{shown}: {}",
            here.complaint()
        );
        // The places in a stack of calls are named otherwise; whether there is a complaint is not.
        assert_eq!(
            there.stderr.is_empty(),
            here.stderr.is_empty(),
            "{shown}: {}",
            here.complaint()
        );
        let changes = tree::differences(&native.left, &tree::read(&work));
        assert!(changes.is_empty(), "{shown}: {}", changes.join("\n"));
    }
}

/// How Node ended, and what it left.
struct Native {
    outcome: Outcome,
    left: tree::Tree,
}

fn natively(arguments: &[&str], stdin: &str) -> Native {
    let folder = TempDir::new().expect("a temporary folder can be made");
    for entry in fs::read_dir(scripts()).expect("the scripts' folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let name = path.file_name().expect("an entry has a name");
        fs::copy(&path, folder.path().join(name)).expect("a script can be copied");
    }
    let work = folder.path().join(WORK);
    fs::create_dir(&work).expect("a folder can be made");
    symlink(packages(), folder.path().join("node_modules")).expect("a link can be made");
    let mut node = isolated("node");
    node.current_dir(folder.path())
        .arg("run.mjs")
        .args(arguments)
        .env("GREETING", GREETING)
        // A box knows no other zone.
        .env("TZ", "UTC");
    let outcome = run(&mut node, stdin.as_bytes());
    Native {
        outcome,
        left: tree::read(&work),
    }
}

fn assert_same_text(shown: &str, there: &str, here: &str, complaint: &str) {
    if there == here {
        return;
    }
    let line = there
        .lines()
        .zip(here.lines())
        .take_while(|(there, here)| there == here)
        .count();
    let at = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    panic!(
        "{shown}, line {}:\n  Node:    {}\n  the box: {}\n{complaint}",
        line + 1,
        at(there),
        at(here)
    );
}

/// Packages of both kinds of module, without dependencies.
#[test]
fn packages_do_as_under_node() {
    let scripts = Scripts::new();
    for script in [
        "markdown.mjs",
        "parser.js",
        "templates.js",
        "numbers.mjs",
        "dates.js",
        "text.mjs",
        "collections.js",
        "versions.js",
    ] {
        scripts.same(&[&format!("./{script}")], "", 0);
    }
}

/// The command-line programs of packages, as they are.
#[test]
fn programs_of_packages_do_as_under_node() {
    let scripts = Scripts::new();
    let text = fs::read_to_string(self::scripts().join("files.js")).expect("a script can be read");
    let semver = "semver/bin/semver.js";
    scripts.same(&[semver, "-r", "^1", "1.2.3", "2.0.0", "1.9.9"], "", 0);
    scripts.same(&[semver, "-i", "minor", "1.2.3"], "", 0);
    scripts.same(&[semver, "--help"], "", 0);
    scripts.same(&[semver, "nonsense"], "", 1);
    let uglify = "uglify-js/bin/uglifyjs";
    scripts.same(&[uglify, "files.js", "-c", "-m"], "", 0);
    scripts.same(&[uglify, "parser.js", "-c", "-b"], "", 0);
    scripts.same(&[uglify, "--toplevel", "-m", "-o", "work/out.js"], &text, 0);
    scripts.same(&[uglify, "missing.js"], "", 1);
    scripts.same(&["he/bin/he", "--encode"], "ünïcode <b> & more\n", 0);
    scripts.same(&["esprima/bin/esparse.js", "fails.js"], "", 0);
    let junit = "--format=junit";
    scripts.same(
        &["esprima/bin/esvalidate.js", junit, "fails.js", "run.mjs"],
        "",
        1,
    );
}

/// Node's core modules: files, streams, buffers, events, timers, standard input.
#[test]
fn core_modules_do_as_in_node() {
    let scripts = Scripts::new();
    scripts.same(&["./files.js"], "", 0);
    let input = "first line\n\nünï, without an end";
    scripts.same(&["./core.mjs", "one", "two words", ""], input, 0);
}

/// Exit statuses arrive as they are, and what nobody catches ends the program.
#[test]
fn scripts_end_as_under_node() {
    let scripts = Scripts::new();
    let script = "./fails.js";
    scripts.same(&[script, "exit", "3"], "", 3);
    scripts.same(&[script, "exit", "0"], "", 0);
    scripts.same(&[script, "code", "200"], "", 200);
    for how in ["throw", "later", "reject", "module", "syntax", "recursion"] {
        scripts.same(&[script, how], "", 1);
    }
}

/// An uncaught error tells where it was thrown.
#[test]
fn uncaught_errors_name_their_place() {
    let scripts = Scripts::new();
    let arguments = ["./fails.js", "throw"];
    let outcome = run(&mut scripts.project.run(&scripts.file, &arguments), b"");
    let complaint = outcome.complaint();
    for part in [
        "/app/fails.js:7\n",
        "TypeError: thrown\n    at ",
        "code: 'E_THROWN'",
    ] {
        assert!(complaint.contains(part), "{part:?} is not in\n{complaint}");
    }
}

/// What `box new --lang javascript` writes runs as it is.
#[test]
fn a_new_project_runs() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let project: &Path = &folder.path().join("greeter");
    let mut new = crate::support::boxes::boxer();
    check(new.args(["new", "--lang", "javascript"]).arg(project));
    let outcome = check(
        crate::support::boxes::boxer()
            .args(["run", "-C"])
            .arg(project),
    );
    assert_eq!(outcome.text(), "Hello, box!\n");
}
