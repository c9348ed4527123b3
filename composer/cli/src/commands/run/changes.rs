//! `--volume` and `--commit`: what a run asks for beyond the Boxfile, as changes to it.

use std::fs;
use std::io;
use std::path::PathBuf;

use boxfile_spec::{ComponentSource, FsMode, GuestPath, Manifest, PackageName, Slot, edit};
use miette::Diagnostic;
use thiserror::Error;

use crate::args::Run;
use crate::dirs;
use crate::errors::CliError;

/// The filesystem of a box with volumes. Apart from these it is that of a box without.
const VOLUME: &str = "boxer:volume";
const MEMORY: &str = "boxer:memfs";
/// What ends a program whose files are saved.
const COMMIT: &str = "boxer:commit-exit";

/// Why a run cannot have what it asks for.
#[derive(Debug, Error, Diagnostic)]
pub enum ChangesError {
    /// `--volume` with a text that is none.
    #[error("`{text}` is no volume: {reason}")]
    #[diagnostic(
        code(run::volume),
        help("write `NAME:/path/in/the/box`, and `:ro` behind it for one that is only read")
    )]
    NotAVolume {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// `--volume` with a path of the host.
    #[error("`{text}` names a path of the host, not a volume")]
    #[diagnostic(
        code(run::volume_path),
        help(
            "name a volume, which is made where there is none; a folder of the host is granted with `fs` in [grants] and `vfs = \"boxer:hostfs\"`"
        )
    )]
    Path {
        /// What was given.
        text: String,
    },
    /// A filesystem that knows no volumes.
    #[error("a box with `{vfs}` as its filesystem has no volumes")]
    #[diagnostic(
        code(run::volume_vfs),
        help("`box swap vfs=boxer:volume`, or run it without `--volume`")
    )]
    OtherFilesystem {
        /// What it has.
        vfs: String,
    },
    /// No home.
    #[error("there is no place for volumes: neither `BOX_DATA_DIR` nor `HOME` is set")]
    #[diagnostic(code(run::no_data), help("set `BOX_DATA_DIR` to a folder"))]
    NoPlace,
    /// The place for volumes cannot be made.
    #[error("cannot make the folder `{}` for the volume", path.display())]
    #[diagnostic(
        code(run::volume_folder),
        help("see to its permissions, or set `BOX_DATA_DIR` to another folder")
    )]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `--commit` to standard output.
    #[error("the layer cannot be written to standard output, which is the program's")]
    #[diagnostic(code(run::commit_stdout), help("name a file"))]
    Stdout,
}

/// What a run asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    volumes: Vec<Volume>,
    commit: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Volume {
    name: String,
    guest: GuestPath,
    mode: FsMode,
}

impl Changes {
    pub(super) fn of(args: &Run) -> Result<Self, ChangesError> {
        if args.commit.as_deref().is_some_and(|out| out == "-") {
            return Err(ChangesError::Stdout);
        }
        let volumes = args.volumes.iter().map(|text| Volume::parse(text));
        Ok(Self {
            volumes: volumes.collect::<Result<_, _>>()?,
            commit: args.commit.is_some(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// For a cache: the same changes to the same Boxfile make the same box.
    pub(super) fn key(&self) -> String {
        if self.is_empty() {
            String::new()
        } else {
            format!("{self:?}{:?}", dirs::data())
        }
    }

    /// The Boxfile of this run, and the packages that are new in it. Makes the places of
    /// volumes.
    pub(super) fn apply(
        &self,
        text: &str,
        manifest: &Manifest,
    ) -> Result<(String, Vec<PackageName>), CliError> {
        let mut text = text.to_owned();
        let mut modules = Vec::new();
        if !self.volumes.is_empty() {
            let there = manifest.kernel.get(&Slot::Vfs);
            let name = there.map_or(MEMORY.to_owned(), |module| match &module.source {
                ComponentSource::Package { reference, .. } => reference.name.to_string(),
                ComponentSource::Path(path) => path.display().to_string(),
            });
            match name.as_str() {
                VOLUME => {}
                MEMORY => {
                    let package = package(VOLUME);
                    text = edit::replace_kernel(&text, Slot::Vfs, &package)?;
                    modules.push(package.name);
                }
                _ => return Err(ChangesError::OtherFilesystem { vfs: name }.into()),
            }
        }
        for volume in &self.volumes {
            let folder = volume.folder()?;
            let host = folder.to_str().ok_or_else(|| ChangesError::Folder {
                path: folder.clone(),
                source: io::ErrorKind::InvalidFilename.into(),
            })?;
            text = edit::grant_directory(&text, host, &volume.guest, volume.mode)?;
        }
        if self.commit {
            let package = package(COMMIT);
            text = edit::set_kernel(&text, Slot::Exit, &package)?;
            modules.push(package.name);
        }
        Ok((text, modules))
    }
}

fn package(name: &str) -> boxfile_spec::PackageRef {
    // The names above are well-formed.
    name.parse()
        .unwrap_or_else(|_| unreachable!("`{name}` is a package"))
}

impl Volume {
    fn parse(text: &str) -> Result<Self, ChangesError> {
        let wrong = |reason: &str| ChangesError::NotAVolume {
            text: text.to_owned(),
            reason: reason.to_owned(),
        };
        let (name, rest) = text
            .split_once(':')
            .ok_or_else(|| wrong("it does not say where in the box it is"))?;
        if name.contains(['/', '\\']) || name.starts_with(['.', '~']) {
            return Err(ChangesError::Path {
                text: text.to_owned(),
            });
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if name.is_empty() || name.len() > 128 || !name.bytes().all(fits) {
            return Err(wrong(
                "its name is not made of at most 128 letters, digits, `_`, `.` and `-`",
            ));
        }
        let (guest, mode) = match rest.rsplit_once(':') {
            Some((guest, "ro")) => (guest, FsMode::ReadOnly),
            Some((guest, "rw")) => (guest, FsMode::ReadWrite),
            Some((_, other)) => {
                return Err(wrong(&format!("`{other}` is neither `ro` nor `rw`")));
            }
            None => (rest, FsMode::ReadWrite),
        };
        let guest = GuestPath::new(guest).map_err(|reason| wrong(&reason.to_string()))?;
        if guest.as_str() == "/" {
            return Err(wrong("the root of a box is its own"));
        }
        Ok(Self {
            name: name.to_owned(),
            guest,
            mode,
        })
    }

    /// Where it is on the host.
    fn folder(&self) -> Result<PathBuf, ChangesError> {
        let data = dirs::data().ok_or(ChangesError::NoPlace)?;
        let path = data.join("volumes").join(&self.name);
        match fs::create_dir_all(&path) {
            Ok(()) => Ok(path),
            Err(source) => Err(ChangesError::Folder { path, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_named_and_mounted() {
        let volume = Volume::parse("data:/var//lib/app/:ro").unwrap();
        assert_eq!(volume.name, "data");
        assert_eq!(volume.guest.as_str(), "/var/lib/app");
        assert_eq!(volume.mode, FsMode::ReadOnly);
        assert_eq!(Volume::parse("d:/x").unwrap().mode, FsMode::ReadWrite);
        for text in [
            "data",
            ":/x",
            "data:x",
            "data:/",
            "data:/x:no",
            "a b:/x",
            "data:",
        ] {
            let refused = Volume::parse(text);
            assert!(
                matches!(refused, Err(ChangesError::NotAVolume { .. })),
                "{text}: {refused:?}"
            );
        }
        for text in ["./data:/x", "/data:/x", "a/b:/x", "..:/x", "~:/x"] {
            let refused = Volume::parse(text);
            assert!(
                matches!(refused, Err(ChangesError::Path { .. })),
                "{text}: {refused:?}"
            );
        }
    }

    #[test]
    fn a_boxfile_is_changed_for_one_run() {
        let text = "[box]\nname = \"t:t\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"a.wasm\"\n[kernel]\nvfs = \"boxer:hostfs\"\n";
        let manifest = boxfile_spec::parse(text, "Boxfile.toml").unwrap();
        let commit = Changes {
            commit: true,
            ..Changes::default()
        };
        let (changed, modules) = commit.apply(text, &manifest).unwrap();
        assert!(
            changed.contains("exit = \"boxer:commit-exit\""),
            "{changed}"
        );
        assert_eq!(modules.len(), 1);
        let volume = Changes {
            volumes: vec![Volume::parse("data:/x").unwrap()],
            commit: false,
        };
        assert!(volume.apply(text, &manifest).is_err());
    }
}
