//! Layers of files in boxes, and what runs leave: `[files]` with layers, `box layer`,
//! `box run --commit` and `--volume`, all with the coreutils of uutils.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::boxes::Project;
use crate::support::process::{check, run};
use crate::support::programs::COREUTILS;

/// A box of coreutils whose Boxfile goes on with these lines. The multi-call program does
/// what its own name says, or its first argument.
fn coreutils(lines: &str) -> Project {
    let app = COREUTILS.build().wasm;
    Project::new(&format!(
        "[box]\nname = \"test:coreutils\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n{lines}",
        app.display()
    ))
}

/// Two layers as other tools make them: the base with the host's `tar`, the upper packed.
fn layers(project: &Project) {
    let base = project.path("base");
    for folder in ["etc/ssl", "usr/lib", "var/cache/old"] {
        fs::create_dir_all(base.join(folder)).expect("a folder");
    }
    for (path, content) in [
        ("etc/motd", "hello\n"),
        ("etc/gone", "soon\n"),
        ("etc/ssl/a.pem", "a\n"),
        ("usr/lib/one", "1\n"),
        ("var/cache/old/x", "x\n"),
    ] {
        fs::write(base.join(path), content).expect("a file");
    }
    symlink("usr/lib", base.join("lib")).expect("a link");
    fs::hard_link(base.join("etc/motd"), base.join("etc/issue")).expect("a link");
    let mode = fs::Permissions::from_mode(0o750);
    fs::set_permissions(base.join("usr/lib/one"), mode).expect("a mode");
    let upper = project.path("upper");
    for folder in ["etc", "lib", "var/cache"] {
        fs::create_dir_all(upper.join(folder)).expect("a folder");
    }
    for (path, content) in [
        ("etc/.wh.gone", ""),
        ("etc/motd", "changed\n"),
        ("lib/two", "2\n"),
        ("var/cache/.wh..wh..opq", ""),
        ("var/cache/new", "new\n"),
    ] {
        fs::write(upper.join(path), content).expect("a file");
    }
    // `lib` is a link below: its entry would be a directory in its place.
    let tar = |from: &Path, file: &str, flags: &str, names: &[&str]| {
        let mut tar = Command::new("tar");
        tar.arg("-C").arg(from).arg(flags).arg(project.path(file));
        check(tar.args(names));
    };
    tar(&base, "base.tar", "-cf", &["."]);
    let names = ["etc", "lib/two", "var"];
    tar(&upper, "upper.tar.gz", "-czf", &names);
}

const EXPECTED: &[&str] = &[
    "/etc/issue",
    "/etc/motd",
    "/etc/ssl/a.pem",
    "/lib@",
    "/tmp/",
    "/usr/lib/one*",
    "/usr/lib/two",
    "/var/cache/new",
];

/// All files of a box but directories that others are in.
fn files(project: &Project, extra: &[&str]) -> Vec<String> {
    let words = ["run"]
        .iter()
        .chain(extra)
        .chain(&["--", "ls", "-1AR", "/"]);
    let listed = check(&mut project.boxer(words)).text();
    let mut directory = String::new();
    let mut all = Vec::new();
    for line in listed.lines().filter(|line| !line.is_empty()) {
        match line.strip_suffix(':') {
            Some(path) => directory = path.trim_end_matches('/').to_owned(),
            None => all.push(format!("{directory}/{line}")),
        }
    }
    let parents: Vec<String> = all.iter().map(|path| format!("{path}/")).collect();
    let is_parent = |path: &String| {
        let prefix = format!("{path}/");
        parents
            .iter()
            .any(|other| other.len() > prefix.len() && other.starts_with(&prefix))
    };
    all.retain(|path| !is_parent(path));
    all.sort();
    all
}

#[test]
fn layers_of_images_are_what_is_in_a_box() {
    let project = coreutils("");
    layers(&project);
    let plain: Vec<&str> = EXPECTED
        .iter()
        .map(|path| path.trim_end_matches(['@', '/', '*']))
        .collect();
    for (vfs, form) in [
        ("memfs", "fused"),
        ("memfs", "linked"),
        ("imagefs", "fused"),
        ("overlay", "fused"),
        ("mount", "fused"),
    ] {
        let boxfile = project.boxfile();
        let boxfile = boxfile.split("[kernel]").next().expect("the beginning");
        project.set_boxfile(&format!(
            "{boxfile}[kernel]\nvfs = \"boxer:{vfs}\"\n[files]\n\"/\" = {{ layers = [\"base.tar\", \"upper.tar.gz\"] }}\n"
        ));
        let mut found = files(&project, &["--form", form]);
        found.retain(|path| !path.starts_with("/dev/") && !path.starts_with("/proc/"));
        assert_eq!(found, plain, "{vfs}, {form}");
        let cat = [
            "run",
            "--form",
            form,
            "--",
            "cat",
            "/etc/motd",
            "/etc/issue",
            "/lib/two",
        ];
        let text = check(&mut project.boxer(cat)).text();
        // The other name of `motd` keeps what it had: the upper file is a new one.
        assert_eq!(text, "changed\nhello\n2\n", "{vfs}, {form}");
    }
}

#[test]
fn the_same_layers_are_the_same_box_and_files_lie_over_them() {
    let project = coreutils(
        "[files]\n\"/\" = { layers = [\"base.tar\", \"upper.tar.gz\"] }\n\"/lib/three\" = \"three\"\n\"/srv\" = { layer = \"base.tar\" }\n",
    );
    layers(&project);
    fs::write(project.path("three"), "3\n").expect("a file");
    let first = fs::read(project.build("one.wasm")).expect("a box");
    let second = fs::read(project.build("two.wasm")).expect("a box");
    assert!(first == second, "two builds differ");
    let listed = check(&mut project.boxer(["layer", "list", "one.wasm"])).text();
    for line in ["/usr/lib/three", "/srv/etc/gone", "/lib -> usr/lib"] {
        assert!(listed.contains(line), "no {line} in\n{listed}");
    }
    // `/srv` has the base once more, and the image has its contents once.
    let has = |needle: &[u8]| {
        first
            .windows(needle.len())
            .filter(|at| *at == needle)
            .count()
    };
    assert_eq!(has(b"soon\n"), 1);
    fs::write(project.path("upper.tar.gz"), "no tar").expect("a file");
    let refused = run(&mut project.boxer(["build"]), b"");
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.complaint().contains("upper.tar.gz"),
        "{}",
        refused.complaint()
    );
}

#[test]
fn layers_are_made_listed_compared_and_unpacked() {
    let project = coreutils("");
    layers(&project);
    check(&mut project.boxer(["layer", "create", "base", "-o", "ours.tar.gz"]));
    check(&mut project.boxer(["layer", "create", "base", "-o", "again.tar.gz"]));
    let read = |name: &str| fs::read(project.path(name)).expect("a layer");
    assert!(
        read("ours.tar.gz") == read("again.tar.gz"),
        "two layers differ"
    );
    // The host's tar reads what we write.
    let theirs = check(
        Command::new("tar")
            .arg("-tzf")
            .arg(project.path("ours.tar.gz")),
    )
    .text();
    for name in ["./", "etc/motd", "lib", "usr/lib/one"] {
        assert!(
            theirs.lines().any(|line| line == name),
            "no {name} in\n{theirs}"
        );
    }
    check(&mut project.boxer(["layer", "extract", "base.tar", "upper.tar.gz", "-o", "out"]));
    let diff = ["layer", "diff", "base", "out"];
    let text = check(&mut project.boxer(diff)).text();
    for line in [
        "D /etc/gone",
        "A /usr/lib/two",
        "C /etc/motd",
        "D /var/cache/old",
        "A /var/cache/new",
    ] {
        assert!(
            text.lines().any(|known| known == line),
            "no `{line}` in\n{text}"
        );
    }
    // The difference, put over what there was, is what there is.
    check(&mut project.boxer(["layer", "diff", "base", "out", "-o", "between.tar"]));
    check(&mut project.boxer(["layer", "extract", "base", "between.tar", "-o", "made"]));
    let same = check(&mut project.boxer(["layer", "diff", "out", "made"])).text();
    assert_eq!(same, "");
    let refused = run(
        &mut project.boxer(["layer", "extract", "base.tar", "-o", "out"]),
        b"",
    );
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.complaint().contains("is not empty"),
        "{}",
        refused.complaint()
    );
}

#[test]
fn what_a_run_changed_becomes_a_layer() {
    let project = coreutils("[files]\n\"/\" = { layers = [\"base.tar\"] }\n");
    layers(&project);
    let commit = |words: &[&str], status: i32| {
        let all = ["run", "--commit", "run.tar", "--"].iter().chain(words);
        let outcome = run(&mut project.boxer(all), b"from outside\n");
        assert_eq!(
            outcome.status.code(),
            Some(status),
            "{words:?}: {}",
            outcome.complaint()
        );
        let listed = check(&mut project.boxer(["layer", "list", "--json", "run.tar"])).text();
        let entries: Vec<serde_json::Value> = serde_json::from_str(&listed).expect("JSON");
        let entries = entries.iter().map(|entry| {
            let word = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
            (word("kind"), word("path"))
        });
        // A directory changes its time with what is in it.
        let files: Vec<(String, String)> =
            entries.filter(|(kind, _)| kind != "directory").collect();
        files
    };
    let one = |kind: &str, path: &str| vec![(kind.to_owned(), path.to_owned())];
    assert_eq!(commit(&["tee", "/etc/new"], 0), one("file", "/etc/new"));
    assert_eq!(commit(&["rm", "/etc/gone"], 0), one("removed", "/etc/gone"));
    assert_eq!(
        commit(&["rm", "-r", "/var/cache"], 0),
        one("removed", "/var/cache")
    );
    assert_eq!(
        commit(&["ln", "-s", "x", "/usr/link"], 0),
        one("symlink", "/usr/link")
    );
    // One that exits with a status of its own has changed things all the same.
    let moved = commit(&["mv", "/etc/ssl", "/missing", "/tmp"], 1);
    let expected = [("removed", "/etc/ssl"), ("file", "/tmp/ssl/a.pem")];
    assert_eq!(
        moved,
        expected.map(|(kind, path)| (kind.to_owned(), path.to_owned()))
    );
    // What was saved is the base of the next box.
    project.set_boxfile(
        &project
            .boxfile()
            .replace("[\"base.tar\"]", "[\"base.tar\", \"run.tar\"]"),
    );
    let text = check(&mut project.boxer(["run", "--", "cat", "/tmp/ssl/a.pem"])).text();
    assert_eq!(text, "a\n");
    let gone = run(
        &mut project.boxer(["run", "--", "cat", "/etc/ssl/a.pem"]),
        b"",
    );
    assert_eq!(gone.status.code(), Some(1));
    // A finished box, fused and linked.
    for file in project.build_forms("finished") {
        let file = file.to_str().expect("a path in UTF-8");
        check(&mut project.boxer([
            "run",
            file,
            "--commit",
            "again.tar",
            "--",
            "rm",
            "/tmp/ssl/a.pem",
        ]));
        let listed = check(&mut project.boxer(["layer", "list", "again.tar"])).text();
        assert!(listed.contains("removed /tmp/ssl/a.pem"), "{listed}");
    }
    let refused = run(
        &mut project.boxer(["run", "--commit", "no/such/run.tar", "--", "ls"]),
        b"",
    );
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(refused.stdout, b"", "the program ran");
}

#[test]
fn a_program_that_traps_leaves_what_was_saved_before() {
    let trap = "(module (memory (export \"memory\") 1) (func (export \"_start\") unreachable))";
    let project = Project::new(
        "[box]\nname = \"test:trap\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"trap.wasm\"\n",
    );
    fs::write(
        project.path("trap.wasm"),
        wat::parse_str(trap).expect("a module"),
    )
    .expect("a file");
    fs::write(project.path("run.tar"), "before").expect("a file");
    let outcome = run(&mut project.boxer(["run", "--commit", "run.tar"]), b"");
    assert_eq!(outcome.status.code(), Some(1));
    assert!(
        outcome.complaint().contains("not saved"),
        "{}",
        outcome.complaint()
    );
    assert_eq!(
        fs::read(project.path("run.tar")).expect("a file"),
        b"before"
    );
}

#[test]
fn a_volume_keeps_what_is_in_it() {
    let project = coreutils("[files]\n\"/etc/motd\" = \"motd\"\n");
    fs::write(project.path("motd"), "hello\n").expect("a file");
    let boxer = |words: &[&str]| {
        let mut command = project.boxer(words);
        command.env("BOX_DATA_DIR", project.path("data"));
        command
    };
    let volume = ["run", "--volume", "state:/var/lib/app"];
    let with = |words: &[&str]| boxer(&[&volume[..], words].concat());
    check(&mut with(&["--", "cp", "/etc/motd", "/var/lib/app/kept"]));
    check(&mut with(&["--", "cp", "/etc/motd", "/tmp/lost"]));
    let listed = check(&mut with(&["--", "ls", "/var/lib/app", "/tmp"])).text();
    assert_eq!(listed, "/tmp:\n\n/var/lib/app:\nkept\n");
    // Elsewhere, in a finished box, and only to be read.
    let file = project.build("finished.wasm");
    let file = file.to_str().expect("a path in UTF-8");
    let read = ["run", file, "--volume", "state:/data:ro", "--"];
    let cat = check(&mut boxer(&[&read[..], &["cat", "/data/kept"]].concat())).text();
    assert_eq!(cat, "hello\n");
    let refused = run(
        &mut boxer(&[&read[..], &["rm", "/data/kept"]].concat()),
        b"",
    );
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.complaint().contains("Read-only"),
        "{}",
        refused.complaint()
    );
    // What is in it is not the run's.
    check(&mut with(&[
        "--commit",
        "run.tar",
        "--",
        "cp",
        "/etc/motd",
        "/var/lib/app/more",
    ]));
    let listed = check(&mut project.boxer(["layer", "list", "run.tar"])).text();
    assert!(!listed.contains("/var/lib/app"), "{listed}");
    // One that runs has it to itself.
    let mut first = with(&["--", "cat", "/etc/motd", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut said = [0; 6];
    let stdout = first.stdout.as_mut().expect("a pipe");
    stdout.read_exact(&mut said).expect("it has begun");
    let second = run(&mut with(&["--", "ls"]), b"");
    assert_eq!(second.status.code(), Some(1));
    assert!(
        second.complaint().contains("in use"),
        "{}",
        second.complaint()
    );
    drop(first.stdin.take());
    assert!(first.wait().expect("it ends").success());
    check(&mut with(&["--", "ls"]));
    // A filesystem of another kind has no volumes.
    project.set_boxfile(&format!(
        "{}[kernel]\nvfs = \"boxer:mount\"\n",
        project.boxfile()
    ));
    let refused = run(&mut with(&["--", "ls"]), b"");
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.complaint().contains("boxer:mount"),
        "{}",
        refused.complaint()
    );
}
