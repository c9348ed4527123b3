//! `[files]` → the image that is baked into the box.
//!
//! First what the host has is looked at, [`gather`]; then, when the packages are there whose
//! layers lie between, [`bake`] puts all of it over one another.
//!
//! Of files of the host the image depends on names, contents and modes alone: owners are 0,
//! every file was modified at the one time that the caller gives, and entries are sorted. A
//! layer is taken as it is. So the same files give the same bytes wherever and whenever they
//! are baked.

mod error;
mod host;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use boxfile_spec::{ComponentSource, FileEntry, FileSource, GuestPath, PackageName};
use miette::SourceSpan;
use vfs_image::{Attributes, Image, Kind, ReadError, Time, Writer};
use vfs_layer::{Entry, Layer, LayerError, Stack};

pub use error::BakeError;

use host::Host;

/// One file of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BakedFile {
    /// Its absolute path in the box.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// What it is.
    pub kind: BakedKind,
}

/// What a baked file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BakedKind {
    /// A folder.
    Directory,
    /// A regular file of this size in bytes.
    Regular(u64),
    /// A symbolic link to this target.
    Symlink(String),
    /// A device, pipe or socket, which a layer may have.
    Special,
}

/// The image, and what is in it.
#[derive(Debug, Clone, Default)]
pub struct Baked {
    /// In the layout of `vfs-image`.
    pub image: Vec<u8>,
    /// Every file, sorted by path.
    pub files: Vec<BakedFile>,
}

impl Baked {
    /// What a finished image holds.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn read(image: Vec<u8>) -> Result<Self, ReadError> {
        let files = list_files(&image)?;
        Ok(Self { image, files })
    }
}

/// What a build bakes in.
#[derive(Debug, Clone, Copy)]
pub struct BakeInput<'a> {
    /// The Boxfile's folder.
    pub base: &'a Path,
    /// `[files]`.
    pub files: &'a [FileEntry],
    /// `[app] script`, as a path on the host and its place in the box.
    pub script: Option<(&'a Path, &'a GuestPath)>,
    /// `[app] cwd`: made where nothing is baked there.
    pub cwd: Option<&'a GuestPath>,
    /// Host paths that are left out wherever they are met: the box's own output.
    pub skip: &'a [PathBuf],
    /// When every file was last modified, in seconds since the epoch: 0, or what
    /// `SOURCE_DATE_EPOCH` says (<https://reproducible-builds.org/specs/source-date-epoch/>).
    pub modified: i64,
}

/// What is baked in, as far as the host has it.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    /// From the lowest up.
    pieces: Vec<Piece>,
    cwd: Option<GuestPath>,
    modified: Time,
    /// Every file and folder of the host that was looked at: where none of them
    /// has changed, neither has what is baked of the host.
    pub sources: Vec<PathBuf>,
}

#[derive(Debug, Clone)]
struct Piece {
    /// Where it is put.
    guest: String,
    what: What,
    /// The line that asked for it.
    span: Option<SourceSpan>,
}

#[derive(Debug, Clone)]
enum What {
    /// Files of the host, by absolute guest paths, and where each is from.
    Host(Vec<(PathBuf, String, Entry)>),
    /// A layer of the host, and its path as the Boxfile spells it.
    Layer(String, Layer),
    /// That of a package.
    Package(PackageName),
}

/// Looks at what the host has for `[files]`: later and longer guest paths lie over shorter ones.
///
/// # Errors
///
/// [`BakeError`], naming the host's path and the line that asked for it.
pub fn gather(input: BakeInput<'_>) -> Result<Pieces, BakeError> {
    let modified = Time {
        seconds: input.modified,
        nanoseconds: 0,
    };
    let mut host = Host::new(input.skip, modified);
    let mut pieces = Vec::new();
    // A shorter guest path is an ancestor or no relation, so it goes first.
    let mut entries: Vec<&FileEntry> = input.files.iter().collect();
    entries.sort_by_key(|entry| entry.guest.as_str().len());
    for entry in entries {
        let guest = entry.guest.as_str();
        let mut add = |what, span: std::ops::Range<usize>| {
            pieces.push(Piece {
                guest: guest.to_owned(),
                what,
                span: Some(span.into()),
            });
        };
        match &entry.source {
            FileSource::Host { path, mode } => {
                let mode = mode.as_ref().map(|mode| **mode);
                let files =
                    host.files(&input.base.join(&**path), guest, mode, Some(path.span()))?;
                add(What::Host(files), path.span());
            }
            FileSource::Layers(layers) => {
                for layer in layers {
                    let what = match layer {
                        ComponentSource::Path(path) => {
                            let name = path.display().to_string();
                            let layer =
                                host.layer(&input.base.join(&**path)).map_err(|reason| {
                                    BakeError::Layer {
                                        what: name.clone(),
                                        guest: guest.to_owned(),
                                        reason,
                                        span: Some(path.span().into()),
                                    }
                                })?;
                            What::Layer(name, layer)
                        }
                        ComponentSource::Package { reference, .. } => {
                            What::Package(reference.name.clone())
                        }
                    };
                    add(what, layer.span());
                }
            }
        }
    }
    if let Some((script, guest)) = input.script {
        let files = host.files(&input.base.join(script), guest.as_str(), None, None)?;
        pieces.push(Piece {
            guest: guest.to_string(),
            what: What::Host(files),
            span: None,
        });
    }
    Ok(Pieces {
        pieces,
        cwd: input.cwd.cloned(),
        modified,
        sources: host.into_sources(),
    })
}

/// Bakes the pieces, with the layers of packages where the Boxfile names those. Every box
/// gets a `/tmp` that all may write to.
///
/// # Errors
///
/// [`BakeError`], naming the host's path and the line that asked for it.
pub fn bake(pieces: &Pieces, packages: &BTreeMap<PackageName, Layer>) -> Result<Baked, BakeError> {
    let mut stack = Stack::new();
    for piece in &pieces.pieces {
        match &piece.what {
            What::Host(files) => piece.put(&mut stack, files)?,
            What::Layer(name, layer) => piece.unpack(&mut stack, name, layer)?,
            What::Package(name) => {
                if let Some(layer) = packages.get(name) {
                    piece.unpack(&mut stack, name.as_str(), layer)?;
                }
            }
        }
    }
    let directory = |mode| Entry::Directory {
        attributes: Some(Attributes {
            modified: pieces.modified,
            ..Attributes::new(mode)
        }),
        opaque: false,
    };
    let cwd = pieces.cwd.as_ref().map(GuestPath::as_str);
    let cwd = cwd.filter(|cwd| *cwd != "/");
    for (path, mode) in [("/tmp", 0o1777)]
        .into_iter()
        .chain(cwd.map(|cwd| (cwd, 0o755)))
    {
        if stack.kind(path).is_none() {
            let put = stack.insert(path, &directory(mode));
            put.map_err(|reason| BakeError::Place {
                path: PathBuf::from("."),
                guest: path.to_owned(),
                reason,
                span: None,
            })?;
        }
    }
    image(&stack)
}

impl Piece {
    fn put(&self, stack: &mut Stack, files: &[(PathBuf, String, Entry)]) -> Result<(), BakeError> {
        for (host, guest, entry) in files {
            // A folder joins one that is there, and leaves it as it is.
            let joins = matches!(entry, Entry::Directory { .. })
                && stack.kind(guest) == Some(Kind::Directory);
            if joins {
                continue;
            }
            stack
                .insert(guest, entry)
                .map_err(|reason| BakeError::Place {
                    path: host.clone(),
                    guest: guest.clone(),
                    reason,
                    span: self.span,
                })?;
        }
        Ok(())
    }

    fn unpack(&self, stack: &mut Stack, what: &str, layer: &Layer) -> Result<(), BakeError> {
        let pushed = if self.guest == "/" {
            stack.push(layer)
        } else {
            layer
                .below(&self.guest)
                .and_then(|layer| stack.push(&layer))
        };
        pushed.map_err(|reason| BakeError::Layer {
            what: what.to_owned(),
            guest: self.guest.clone(),
            reason,
            span: self.span,
        })
    }
}

fn image(stack: &Stack) -> Result<Baked, BakeError> {
    let mut writer = Writer::new();
    stack.bake("/", &mut writer).map_err(BakeError::Image)?;
    let image = writer
        .into_bytes()
        .map_err(|error| BakeError::Image(error.into()))?;
    let largest = crate::link::data::LARGEST_IMAGE;
    if image.len() as u64 > largest {
        return Err(BakeError::TooLarge {
            size: image.len() as u64,
            largest,
        });
    }
    let unreadable = |error| BakeError::Image(LayerError::Read(io::Error::other(error)));
    Baked::read(image).map_err(unreadable)
}

fn list_files(image: &[u8]) -> Result<Vec<BakedFile>, ReadError> {
    if image.is_empty() {
        return Ok(Vec::new());
    }
    let image = Image::open(image)?;
    let mut files = Vec::new();
    let mut open = vec![(String::new(), image.root()?)];
    while let Some((path, directory)) = open.pop() {
        let mut names = Vec::new();
        image.read_directory(&directory, 0, u64::MAX, |_, name, entry| {
            names.push((name.to_owned(), entry.inode));
        })?;
        for (name, number) in names {
            let path = format!("{path}/{name}");
            let inode = image.inode(number)?;
            let kind = match inode.kind {
                Kind::Directory => BakedKind::Directory,
                Kind::SymbolicLink => BakedKind::Symlink(image.target(&inode)?),
                Kind::Regular => BakedKind::Regular(inode.size),
                _ => BakedKind::Special,
            };
            files.push(BakedFile {
                path: path.clone(),
                mode: inode.mode,
                kind,
            });
            if inode.kind == Kind::Directory {
                open.push((path, inode));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn boxfile(files: &str) -> boxfile_spec::Manifest {
        let text = format!(
            "[box]\nname = \"t:t\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"a.wasm\"\n[files]\n{files}"
        );
        boxfile_spec::parse(&text, "Boxfile.toml").expect("a valid Boxfile")
    }

    fn baked(base: &Path, files: &str) -> Result<Baked, BakeError> {
        let manifest = boxfile(files);
        let pieces = gather(BakeInput {
            base,
            files: &manifest.files,
            script: None,
            cwd: None,
            skip: &[],
            modified: 0,
        })?;
        bake(&pieces, &BTreeMap::new())
    }

    fn tree(base: &Path, files: &[(&str, &str)]) {
        for (path, content) in files {
            let path = base.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }

    fn paths(baked: &Baked) -> Vec<&str> {
        baked.files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn a_longer_guest_path_lies_over_a_shorter_one() {
        let dir = tempfile::tempdir().unwrap();
        tree(
            dir.path(),
            &[
                ("src/a", "1"),
                ("src/data/x", "22"),
                ("src/data/y", "3"),
                ("data/x", "4444"),
            ],
        );
        for order in [
            "\"/app\" = \"src\"\n\"/app/data\" = \"data\"",
            "\"/app/data\" = \"data\"\n\"/app\" = \"src\"",
        ] {
            let baked = baked(dir.path(), order).unwrap();
            assert_eq!(
                paths(&baked),
                [
                    "/app",
                    "/app/a",
                    "/app/data",
                    "/app/data/x",
                    "/app/data/y",
                    "/tmp"
                ]
            );
            let x = baked
                .files
                .iter()
                .find(|file| file.path == "/app/data/x")
                .unwrap();
            assert_eq!(x.kind, BakedKind::Regular(4));
        }
    }

    #[test]
    fn the_same_files_elsewhere_and_later_give_the_same_image() {
        let files = [("src/a", "1"), ("src/b/c", "2"), ("src/b/d", "3")];
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        tree(one.path(), &files);
        let reversed: Vec<_> = files.iter().rev().copied().collect();
        tree(other.path(), &reversed);
        let image = |dir: &Path| baked(dir, "\"/app\" = \"src\"").unwrap().image;
        assert_eq!(image(one.path()), image(other.path()));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_kept_and_modes_do_not_depend_on_the_umask() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        tree(dir.path(), &[("src/run", "x"), ("src/secret", "x")]);
        let mode = |name: &str, mode| {
            fs::set_permissions(dir.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
        };
        mode("src/run", 0o711);
        mode("src/secret", 0o600);
        symlink("../elsewhere", dir.path().join("src/link")).unwrap();
        let baked = baked(dir.path(), "\"/app\" = \"src\"").unwrap();
        let by_path = |path: &str| baked.files.iter().find(|file| file.path == path).unwrap();
        assert_eq!(by_path("/app/run").mode, 0o755);
        assert_eq!(by_path("/app/secret").mode, 0o644);
        assert_eq!(
            by_path("/app/link").kind,
            BakedKind::Symlink("../elsewhere".into())
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("src")).unwrap();
        let socket = dir.path().join("src/socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let error = baked(dir.path(), "\"/app\" = \"src\"").unwrap_err();
        assert!(matches!(error, BakeError::Special { path, span: Some(_) } if path == socket));
    }

    #[test]
    fn what_is_not_there_is_refused_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let error = baked(dir.path(), "\"/app\" = \"src\"").unwrap_err();
        assert!(matches!(error, BakeError::Unreadable { span: Some(_), .. }));
    }

    #[test]
    fn the_working_folder_and_tmp_are_made_and_outputs_are_left_out() {
        let dir = tempfile::tempdir().unwrap();
        tree(dir.path(), &[("a", "1"), ("out.wasm", "2")]);
        let manifest = boxfile("\"/app\" = \".\"");
        let cwd = GuestPath::new("/srv/here").unwrap();
        let pieces = gather(BakeInput {
            base: dir.path(),
            files: &manifest.files,
            script: None,
            cwd: Some(&cwd),
            skip: &[dir.path().join("out.wasm")],
            modified: 0,
        });
        let baked = bake(&pieces.unwrap(), &BTreeMap::new()).unwrap();
        let there = ["/app", "/app/a", "/srv", "/srv/here", "/tmp"];
        assert_eq!(paths(&baked), there);
    }
}
