//! What the tests of the composer share: a case is a folder.

#![allow(dead_code, reason = "each test program uses a part of this")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use composer::build::{BuildError, Built, Finish, Request, Sources, build};
use composer::description::Form;
use composer::fetch::HostOptions;
use composer::relink::{RelinkError, Swap, relink};
use composer::resolve::LockMode;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use registry_index::{Dependency, Index, IndexError, Memory};

/// `tests/cases/NAME` of the workspace.
pub fn cases(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/cases")
        .join(name)
}

/// The folders of a folder, sorted, without those that begin with `_`.
pub fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.is_dir() && !path.file_name().unwrap().to_string_lossy().starts_with('_')
        })
        .collect();
    folders.sort();
    folders
}

/// A diagnostic as a terminal without colours shows it.
pub fn render(diagnostic: &dyn Diagnostic) -> String {
    let mut text = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .with_wrap_lines(false)
        .render_report(&mut text, diagnostic)
        .unwrap();
    // Trailing blanks are the terminal's, not the message's.
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_matches('\n'))
}

/// Compares text with a file, or writes the file where `BLESS` is set.
pub fn compare(path: &Path, text: &str, wrong: &mut Vec<String>) {
    if env::var_os("BLESS").is_some() {
        fs::write(path, text).unwrap();
    } else if fs::read_to_string(path).unwrap_or_default() != text {
        wrong.push(format!("--- {} should be\n{text}", path.display()));
    }
}

/// A case made ready: its texts compiled in a folder that is gone at the end.
pub struct Case {
    pub folder: tempfile::TempDir,
    pub index: Memory,
    pub boxfile: String,
}

impl Case {
    /// Compiles the `.wat` of a folder. `NAMESPACE.NAME@VERSION.wat` in `index/`, and
    /// in the folders of `more`, are packages; their first lines may say
    /// `;; depends on NAME REQUIREMENT` and `;; yanked`.
    pub fn new(source: &Path, more: &[PathBuf]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(source).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let (name, bytes) = compiled(&path);
                fs::write(folder.path().join(name), bytes).unwrap();
            }
        }
        let mut index = Memory::new("the index");
        for packages in more.iter().chain([&source.join("index")]) {
            add_packages(&mut index, packages);
        }
        let boxfile = fs::read_to_string(source.join("Boxfile.toml")).unwrap_or_default();
        Self {
            folder,
            index,
            boxfile,
        }
    }

    pub fn build(
        &self,
        lock: Option<&boxfile_spec::Lockfile>,
        mode: &LockMode,
        form: Form,
    ) -> Result<Built, Box<dyn Diagnostic>> {
        let manifest = boxfile_spec::parse(&self.boxfile, "Boxfile.toml").map_err(boxed)?;
        let request = Request {
            manifest: &manifest,
            sources: self.sources(),
            lock,
            mode,
            finish: Finish {
                form: Some(form),
                ..Finish::default()
            },
            host: HostOptions {
                base: self.folder.path(),
                offline: true,
                locked: false,
                skip: &[],
                modified: 0,
                progress: &(),
            },
        };
        build(&request).map_err(boxed::<BuildError>)
    }

    pub fn relink(&self, component: &[u8], swaps: &[Swap]) -> Result<Built, Box<dyn Diagnostic>> {
        let finished = composer::finished::FinishedBox::open(component.to_vec()).map_err(boxed)?;
        relink(
            &finished,
            swaps,
            self.sources(),
            Finish::default().starter,
            &(),
        )
        .map_err(boxed::<RelinkError>)
    }

    fn sources(&self) -> Sources<'_> {
        Sources {
            index: &self.index,
            open: &no_registry,
            store: None,
        }
    }
}

fn boxed<E: Diagnostic + 'static>(error: E) -> Box<dyn Diagnostic> {
    Box::new(error)
}

fn no_registry(name: &str) -> Result<Arc<dyn Index>, IndexError> {
    panic!("no case names a registry, and this one names `{name}`")
}

/// A `.wat` becomes a `.wasm`, everything else stays.
fn compiled(path: &Path) -> (PathBuf, Vec<u8>) {
    let name = PathBuf::from(path.file_name().unwrap());
    if path.extension().is_some_and(|extension| extension == "wat") {
        let bytes =
            wat::parse_file(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return (name.with_extension("wasm"), bytes);
    }
    (name, fs::read(path).unwrap())
}

fn add_packages(index: &mut Memory, folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "wat"));
    paths.sort();
    for path in paths {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let (name, version) = stem
            .split_once('@')
            .unwrap_or_else(|| panic!("{stem} has no version"));
        let name: boxfile_spec::PackageName = name.replacen('.', ":", 1).parse().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let release = index
            .add(name.clone(), version.parse().unwrap(), compiled(&path).1)
            .unwrap();
        for line in text.lines().map_while(|line| line.strip_prefix(";; ")) {
            if line == "yanked" {
                release.yanked = true;
            }
            if let Some((name, requirement)) = line
                .strip_prefix("depends on ")
                .and_then(|rest| rest.split_once(' '))
            {
                release.dependencies.push(Dependency {
                    name: name.parse().unwrap(),
                    requirement: requirement.parse().unwrap(),
                });
            }
        }
    }
}
