//! What to look at to know that a project would be built as it was before.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use boxfile_spec::AppSource;
use composer::description::Form;

use crate::project::Opened;
use crate::run::cache::hash;
use crate::run::seen::Fingerprint;

/// Files that change what cargo builds, in the folder of a package and in all above it.
const CARGO_FILES: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    ".cargo/config",
    "rust-toolchain.toml",
    "rust-toolchain",
    "build.rs",
];

/// Anything but files of the project that a build depends on: which `box` this is, with all that
/// is built into it, the form that is asked for, what the run changes, the user's configuration,
/// and the variables that the composer and cargo read.
#[must_use]
pub fn circumstances(form: Option<Form>, changes: &str) -> String {
    let program = env::current_exe()
        .and_then(fs::metadata)
        .map(|found| Fingerprint::of(&found));
    // Whom to trust, above all: what may not be taken any more may not be run either.
    let configured = crate::config::path().and_then(|path| fs::metadata(path).ok());
    let configured = configured.map(|found| Fingerprint::of(&found));
    let mut variables: Vec<(String, String)> = env::vars_os()
        .map(|(name, value)| {
            (
                name.to_string_lossy().into(),
                value.to_string_lossy().into(),
            )
        })
        .filter(|(name, _): &(String, String)| {
            name.starts_with("CARGO") || name.starts_with("RUST") || name == "SOURCE_DATE_EPOCH"
        })
        .collect();
    variables.sort();
    hash(format!("{program:?}{configured:?}{variables:?}{form:?}{changes}").as_bytes())
}

/// Every path that the build of this project looked at, `host_files` of the composer
/// among them; `None` where that cannot be known.
#[must_use]
pub fn inputs(opened: &Opened, host_files: &[PathBuf]) -> Option<Vec<PathBuf>> {
    let mut watched = vec![opened.project.boxfile.clone(), opened.project.lock()];
    watched.extend_from_slice(host_files);
    if matches!(opened.manifest.app.source, AppSource::Cargo(_)) {
        let artifact = host_files.iter().find_map(|path| Artifact::at(path))?;
        watched.extend(artifact.inputs()?);
    }
    watched
        .iter()
        .map(|path| std::path::absolute(path).ok())
        .collect()
}

/// What cargo built, with the list of files that it was built from.
struct Artifact {
    sources: Vec<PathBuf>,
}

impl Artifact {
    /// Cargo writes `NAME.d` beside `NAME.wasm`, in the language of make.
    fn at(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path.with_extension("d")).ok()?;
        let (target, sources) = text.lines().next()?.split_once(": ")?;
        (unescaped(target).as_slice() == [path]).then_some(())?;
        Some(Self {
            sources: unescaped(sources),
        })
    }

    /// Everything that cargo looks at to decide whether to build again, as far as it
    /// can be told from outside; `None` where a build script decides.
    fn inputs(self) -> Option<Vec<PathBuf>> {
        let mut folders = BTreeSet::new();
        for source in &self.sources {
            // Cargo can be told to write relative paths, and does not say to what.
            source.is_absolute().then_some(())?;
            for folder in source.ancestors().skip(1) {
                if !folders.insert(folder.to_owned()) {
                    break;
                }
            }
        }
        let mut inputs = self.sources;
        for folder in folders {
            inputs.extend(CARGO_FILES.map(|name| folder.join(name)));
            if folder.join("build.rs").exists() && folder.join("Cargo.toml").exists() {
                return None;
            }
        }
        Some(inputs)
    }
}

/// The paths of a line of make: divided by spaces, but for those behind a backslash.
fn unescaped(line: &str) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut path = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => path.extend(characters.next()),
            ' ' => paths.push(std::mem::take(&mut path)),
            other => path.push(other),
        }
    }
    paths.push(path);
    paths
        .into_iter()
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cargo_writes() {
        let dir = tempfile::tempdir().unwrap();
        let wasm = dir.path().join("a b.wasm");
        let name = wasm.display().to_string().replace(' ', "\\ ");
        fs::write(
            dir.path().join("a b.d"),
            format!("{name}: /x/src/main.rs /x/src/a\\ b.rs\n"),
        )
        .unwrap();
        let artifact = Artifact::at(&wasm).unwrap();
        assert_eq!(
            artifact.sources,
            [Path::new("/x/src/main.rs"), Path::new("/x/src/a b.rs")]
        );
        let inputs = artifact.inputs().unwrap();
        for path in [
            "/x/src/a b.rs",
            "/x/Cargo.toml",
            "/x/.cargo/config.toml",
            "/rust-toolchain",
        ] {
            assert!(inputs.contains(&PathBuf::from(path)), "{path}");
        }
        assert!(Artifact::at(&dir.path().join("other.wasm")).is_none());
    }

    #[test]
    fn a_build_script_is_for_cargo_to_judge() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("src")).unwrap();
        for name in ["Cargo.toml", "build.rs"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let artifact = Artifact {
            sources: vec![dir.path().join("src/main.rs")],
        };
        assert!(artifact.inputs().is_none());
    }
}
