//! What only a look at the host's files can tell. The caller looks; here nothing does I/O.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::errors::BoxfileErrors;
use crate::guest_path::GuestPath;
use crate::manifest::{AppSource, ComponentSource, FileEntry, FileSource, Manifest};
use crate::problem::{Problem, shown};
use crate::span::Spanned;

/// What is at a path of the host, after symbolic links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Nothing, or nothing that can be reached.
    Missing,
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A device, a pipe, a socket.
    Other,
}

/// Checks every path of the host that a build reads: the app, modules and
/// dependencies with a `path`, and `[files]`. `kind` is asked about paths as they
/// stand in the file, which are relative to the directory of the Boxfile.
///
/// Of `[files]` it also finds paths that would be a file and a directory at once:
/// `"/a" = "file"` with `"/a/b" = …`, or `"/app" = "src"` with `"/app/x" = "dir"`
/// where `src/x` is a file. A directory over a directory merges, and a file over a
/// file takes its place, see [`FileEntry`].
///
/// # Errors
///
/// All that is wrong, each with the place in the Boxfile.
pub fn validate_files(
    manifest: &Manifest,
    kind: impl Fn(&Path) -> FileKind,
) -> Result<(), BoxfileErrors> {
    let mut checker = Checker {
        kind: &kind,
        problems: Vec::new(),
        overlaps: BTreeSet::new(),
    };
    match &manifest.app.source {
        AppSource::Component(path) => checker.component(path),
        AppSource::Script(path) => {
            checker.file(path, "point `script` at a file, or write the file");
        }
        AppSource::Cargo(cargo) => checker.cargo(&cargo.path),
        AppSource::Package(_) => {}
    }
    let modules = manifest.kernel.values().map(|module| &module.source);
    let dependencies = manifest
        .dependencies
        .iter()
        .map(|dependency| &dependency.source);
    for source in modules.chain(dependencies) {
        if let ComponentSource::Path(path) = source {
            checker.component(path);
        }
    }
    checker.baked(&manifest.files);
    checker.finish(manifest)
}

/// Checks that the directories of `[grants] fs` are there. Building needs none of
/// them, running does.
///
/// # Errors
///
/// All that is wrong, each with the place in the Boxfile.
pub fn validate_grants(
    manifest: &Manifest,
    kind: impl Fn(&Path) -> FileKind,
) -> Result<(), BoxfileErrors> {
    let mut checker = Checker {
        kind: &kind,
        problems: Vec::new(),
        overlaps: BTreeSet::new(),
    };
    for mount in &manifest.grants.fs {
        let remedy = "make the directory, or remove the grant";
        checker.expect(&mount.host, FileKind::Directory, "a directory", remedy);
    }
    checker.finish(manifest)
}

/// A line of `[files]` that takes something of the host.
#[derive(Clone, Copy)]
struct Baked<'m> {
    guest: &'m Spanned<GuestPath>,
    host: &'m Spanned<PathBuf>,
    kind: FileKind,
}

/// Whether a file is, by its name, an archive that is more likely to be unpacked than copied.
fn is_archive(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    [".tar", ".tar.gz", ".tgz", ".tar.zst"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

struct Checker<'k> {
    kind: &'k dyn Fn(&Path) -> FileKind,
    problems: Vec<Problem>,
    /// Guest paths that were complained about: a conflict shows at each path below it.
    overlaps: BTreeSet<String>,
}

impl Checker<'_> {
    fn finish(self, manifest: &Manifest) -> Result<(), BoxfileErrors> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(BoxfileErrors::new(manifest.source.clone(), self.problems))
    }

    fn component(&mut self, path: &Spanned<PathBuf>) {
        self.file(path, "build the component first, or correct the path");
    }

    fn file(&mut self, path: &Spanned<PathBuf>, remedy: &str) {
        self.expect(path, FileKind::File, "a file", remedy);
    }

    fn cargo(&mut self, path: &Spanned<PathBuf>) {
        let remedy = "point `cargo` at the directory with the `Cargo.toml`";
        if self.expect(path, FileKind::Directory, "a directory", remedy) {
            let manifest = path.join("Cargo.toml");
            self.expect(
                &Spanned::new(manifest, path.span()),
                FileKind::File,
                "a file",
                remedy,
            );
        }
    }

    fn expect(
        &mut self,
        path: &Spanned<PathBuf>,
        wanted: FileKind,
        expected: &'static str,
        remedy: &str,
    ) -> bool {
        let kind = (self.kind)(path);
        if kind == wanted {
            return true;
        }
        let help = remedy.to_owned();
        self.wrong(path, kind, expected, help);
        false
    }

    fn wrong(
        &mut self,
        path: &Spanned<PathBuf>,
        kind: FileKind,
        expected: &'static str,
        help: String,
    ) {
        let span = path.span().into();
        let path = shown(&path.to_string_lossy());
        let found = match kind {
            FileKind::Missing => {
                self.problems.push(Problem::MissingFile {
                    path,
                    span,
                    expected,
                    help,
                });
                return;
            }
            FileKind::File => "a file",
            FileKind::Directory => "a directory",
            FileKind::Other => "a device, a pipe or a socket",
        };
        self.problems.push(Problem::WrongFileKind {
            path,
            found,
            expected,
            span,
            help,
        });
    }

    fn baked(&mut self, files: &[FileEntry]) {
        let mut by_path = BTreeMap::new();
        for file in files {
            match &file.source {
                FileSource::Host { path, .. } => {
                    let there = Baked {
                        guest: &file.guest,
                        host: path,
                        kind: (self.kind)(path),
                    };
                    self.check_host(there);
                    by_path.insert(GuestPath::clone(&file.guest), there);
                }
                FileSource::Layers(layers) => {
                    for layer in layers {
                        if let ComponentSource::Path(path) = layer {
                            self.file(path, "make it with `box layer create`, or correct the path");
                        }
                    }
                }
            }
        }
        for inner in by_path.values() {
            for ancestor in inner.guest.ancestors() {
                if let Some(outer) = by_path.get(&ancestor) {
                    self.overlap(*outer, *inner);
                }
            }
        }
    }

    fn check_host(&mut self, there: Baked<'_>) {
        match there.kind {
            FileKind::Missing | FileKind::Other => {
                let help = "correct the path, which is relative to the directory of the Boxfile";
                self.wrong(there.host, there.kind, "a file or a directory", help.into());
            }
            FileKind::File if there.guest.as_str() == "/" => {
                let help = if is_archive(there.host) {
                    let path = there.host.display();
                    format!("to unpack it there, write `\"/\" = {{ layer = \"{path}\" }}`")
                } else {
                    "name the file in the box, as in `\"/motd\" = \"motd.txt\"`".to_owned()
                };
                let expected = "a directory for the root of the box";
                self.wrong(there.host, there.kind, expected, help);
            }
            FileKind::File | FileKind::Directory => {}
        }
    }

    /// `inner` over `outer`, which is above it.
    fn overlap(&mut self, outer: Baked<'_>, inner: Baked<'_>) {
        let Some(below) = inner
            .guest
            .below(outer.guest)
            .filter(|below| !below.is_empty())
        else {
            return;
        };
        let is_known = matches!(inner.kind, FileKind::File | FileKind::Directory);
        match outer.kind {
            FileKind::File if is_known => self.problems.push(Problem::OverlappingGuestPaths {
                file: shown(outer.guest.as_str()),
                span: outer.guest.span().into(),
                label: "a file, because the host's path is one".into(),
                other: inner.guest.span().into(),
                other_label: "expected nothing below it".into(),
                help: "give one of the two another path in the box".into(),
            }),
            FileKind::Directory if is_known => {
                self.overlap_in_directory(outer, below, inner);
            }
            _ => {}
        }
    }

    /// `inner` over whatever the directory of `outer` has at `below`.
    fn overlap_in_directory(&mut self, outer: Baked<'_>, below: &str, inner: Baked<'_>) {
        let mut host = outer.host.to_path_buf();
        let mut guest = outer.guest.as_str().trim_end_matches('/').to_owned();
        let mut components = below.split('/').peekable();
        while let Some(component) = components.next() {
            host.push(component);
            guest = format!("{guest}/{component}");
            let wanted = if components.peek().is_some() {
                FileKind::Directory
            } else {
                inner.kind
            };
            let found = (self.kind)(&host);
            if found == FileKind::Missing {
                return;
            }
            if found != wanted {
                if !self.overlaps.insert(guest.clone()) {
                    return;
                }
                let path = shown(&host.to_string_lossy());
                let (is, must_be) = match found {
                    FileKind::Directory => ("a directory", "a file"),
                    _ => ("a file", "a directory"),
                };
                self.problems.push(Problem::OverlappingGuestPaths {
                    file: shown(&guest),
                    span: inner.guest.span().into(),
                    label: format!("expected {must_be} here, but `{path}` is {is}"),
                    other: outer.guest.span().into(),
                    other_label: format!("which brings `{path}` into the box"),
                    help: "give one of the two another path in the box".into(),
                });
                return;
            }
        }
    }
}
