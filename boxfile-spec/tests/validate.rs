//! Checks against the host's files that find nothing to say, and what they ask for.
//! What they complain about is in `broken/host-*`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use boxfile_spec::{FileKind, Manifest, parse, validate_files, validate_grants};

fn manifest(rest: &str) -> Manifest {
    let text = format!("[box]\nname = \"a:b\"\nversion = \"1.0.0\"\n{rest}");
    parse(&text, "Boxfile.toml").unwrap_or_else(|errors| panic!("{:?}", errors.problems()))
}

/// A host with these directories (which end in `/`) and files, and what was asked about it.
struct Host {
    kinds: BTreeMap<PathBuf, FileKind>,
    asked: RefCell<BTreeSet<PathBuf>>,
}

impl Host {
    fn new(paths: &[&str]) -> Self {
        let kind = |path: &&str| {
            let kind = if path.ends_with('/') {
                FileKind::Directory
            } else {
                FileKind::File
            };
            (PathBuf::from(path), kind)
        };
        Self {
            kinds: paths.iter().map(kind).collect(),
            asked: RefCell::default(),
        }
    }

    fn kind(&self, path: &Path) -> FileKind {
        self.asked.borrow_mut().insert(path.to_owned());
        self.kinds.get(path).copied().unwrap_or(FileKind::Missing)
    }
}

#[test]
fn directories_merge_and_files_replace_files() {
    let manifest = manifest(
        r#"
        [app]
        component = "app.wasm"
        [files]
        "/" = "root"
        "/app" = "src"
        "/app/data" = "data"
        "/app/main.txt" = "other.txt"
        "/app/new/deep/x" = "other.txt"
        "#,
    );
    let host = Host::new(&[
        "app.wasm",
        "root/",
        "root/app/",
        "root/app/data/",
        "src/",
        "src/data/",
        "src/main.txt",
        "data/",
        "other.txt",
    ]);
    validate_files(&manifest, |path| host.kind(path)).unwrap();
}

#[test]
fn only_what_a_build_reads_is_asked_for() {
    let manifest = manifest(
        r#"
        [app]
        cargo = "hello"
        [kernel]
        vfs = "boxer:memfs"
        net = { path = "net.wasm" }
        [dependencies]
        "acme:one" = "^1"
        "acme:two" = { path = "../two.wasm" }
        [grants]
        fs = [{ host = "out", guest = "/out" }]
        "#,
    );
    let host = Host::new(&["hello/", "hello/Cargo.toml", "net.wasm", "../two.wasm"]);
    validate_files(&manifest, |path| host.kind(path)).unwrap();
    let asked: Vec<PathBuf> = host.asked.take().into_iter().collect();
    let expected = ["../two.wasm", "hello", "hello/Cargo.toml", "net.wasm"].map(PathBuf::from);
    assert_eq!(asked, expected);

    let errors = validate_grants(&manifest, |path| host.kind(path)).unwrap_err();
    assert_eq!(errors.to_string(), "`out` does not exist");
    let host = Host::new(&["out/"]);
    validate_grants(&manifest, |path| host.kind(path)).unwrap();
}

#[test]
fn a_script_and_a_package_need_no_component() {
    let script =
        manifest("[app]\nscript = \"main.js\"\n[kernel]\nruntime = \"boxer:javascript\"\n");
    let host = Host::new(&["main.js"]);
    validate_files(&script, |path| host.kind(path)).unwrap();
    let package = manifest("[app]\npackage = \"acme:hello\"\n");
    validate_files(&package, |path| panic!("{} was asked for", path.display())).unwrap();
}
