//! `[files]` → the image that is baked into the box.
//!
//! The image depends on names, contents and modes alone: owners are 0, every
//! file was modified at the one time that the caller gives, and entries are sorted.
//! So the same files give the same bytes wherever and whenever they are baked.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::{fs, io};

use boxfile_spec::{FileEntry, GuestPath};
use miette::{Diagnostic, SourceSpan};
use thiserror::Error;
use vfs_image::{Attributes, Content, Time, WriteError, Writer};

/// Why the files of a Boxfile could not be baked.
#[derive(Debug, Error, Diagnostic)]
pub enum BakeError {
    /// A host path of `[files]` or the script that is not there or not readable.
    #[error("`{}` can't be read: {source}", path.display())]
    #[diagnostic(
        code(composer::unreadable),
        help("give a path that exists, relative to the Boxfile's folder, and that you may read")
    )]
    Unreadable {
        /// The path on the host.
        path: PathBuf,
        /// Why.
        source: io::Error,
        /// The line that asked for it.
        #[label("asked for here")]
        span: Option<SourceSpan>,
    },
    /// A socket, fifo or device among the files.
    #[error("`{}` is neither a file, a folder nor a symbolic link", path.display())]
    #[diagnostic(
        code(composer::special_file),
        help("move it out of the folder that is baked in")
    )]
    Special {
        /// The path on the host.
        path: PathBuf,
        /// The line that asked for it.
        #[label("in what is baked here")]
        span: Option<SourceSpan>,
    },
    /// A name that no path in a box can hold.
    #[error("the name of `{}` is not UTF-8", path.display())]
    #[diagnostic(
        code(composer::file_name),
        help("rename the file: paths in a box are UTF-8")
    )]
    Name {
        /// The path on the host.
        path: PathBuf,
        /// The line that asked for it.
        #[label("in what is baked here")]
        span: Option<SourceSpan>,
    },
    /// The image could not be written.
    #[error("the files can't be baked: {0}")]
    #[diagnostic(
        code(composer::image),
        help("check the guest paths in [files], and that no file changes during the build")
    )]
    Image(WriteError),
    /// More than a 32-bit memory holds.
    #[error("the baked files take {size} bytes, and a box holds {largest}")]
    #[diagnostic(
        code(composer::image_too_large),
        help("bake less, and mount the rest with [grants] fs and `vfs = \"boxer:hostfs\"`")
    )]
    TooLarge {
        /// What they take.
        size: u64,
        /// What fits.
        largest: u64,
    },
}

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
}

/// The image, and what went into it.
#[derive(Debug, Clone, Default)]
pub struct Baked {
    /// In the layout of `vfs-image`.
    pub image: Vec<u8>,
    /// Every file, sorted by path.
    pub files: Vec<BakedFile>,
    /// Every file and folder of the host that was looked at: where none of them
    /// has changed, the image has not.
    pub sources: Vec<PathBuf>,
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

/// Bakes the files: later and longer guest paths lie over shorter ones. Every box
/// gets a `/tmp` that all may write to.
///
/// # Errors
///
/// [`BakeError`], naming the host's path and the line that asked for it.
pub fn bake(input: BakeInput<'_>) -> Result<Baked, BakeError> {
    let mut tree = Tree::new(input.skip);
    // A shorter guest path is an ancestor or no relation, so it goes first.
    let mut entries: Vec<&FileEntry> = input.files.iter().collect();
    entries.sort_by_key(|entry| entry.guest.as_str().len());
    for entry in entries {
        let at = Asked {
            mode: entry.mode.as_ref().map(|mode| **mode),
            span: Some(entry.host.span().into()),
        };
        let host = input.base.join(&*entry.host);
        // What the line names may be a link itself; links inside are kept as they are.
        let meta = fs::metadata(&host).map_err(|source| at.unreadable(&host, source))?;
        tree.add(&host, entry.guest.as_str(), &meta, at)?;
    }
    if let Some((host, guest)) = input.script {
        let at = Asked {
            mode: None,
            span: None,
        };
        let host = input.base.join(host);
        let meta = fs::metadata(&host).map_err(|source| at.unreadable(&host, source))?;
        tree.add(&host, guest.as_str(), &meta, at)?;
    }
    tree.directory_unless_there("/tmp", 0o1777);
    if let Some(cwd) = input.cwd.filter(|cwd| cwd.as_str() != "/") {
        tree.directory_unless_there(cwd.as_str(), 0o755);
    }
    tree.write(input.modified)
}

/// What the line that is being followed says.
#[derive(Clone, Copy)]
struct Asked {
    mode: Option<u32>,
    span: Option<SourceSpan>,
}

impl Asked {
    fn unreadable(self, path: &Path, source: io::Error) -> BakeError {
        BakeError::Unreadable {
            path: path.to_owned(),
            source,
            span: self.span,
        }
    }
}

struct Node {
    mode: u32,
    kind: BakedKind,
    host: Option<PathBuf>,
}

/// The files by absolute guest path, later ones over earlier ones.
struct Tree {
    nodes: BTreeMap<String, Node>,
    sources: Vec<PathBuf>,
    skip: Vec<PathBuf>,
}

impl Tree {
    fn new(skip: &[PathBuf]) -> Self {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Self {
            nodes: BTreeMap::new(),
            sources: Vec::new(),
            skip: skip.iter().map(absolute).collect(),
        }
    }

    fn add(
        &mut self,
        host: &Path,
        guest: &str,
        meta: &fs::Metadata,
        at: Asked,
    ) -> Result<(), BakeError> {
        if !self.skip.is_empty()
            && std::path::absolute(host).is_ok_and(|path| self.skip.contains(&path))
        {
            return Ok(());
        }
        self.sources.push(host.to_owned());
        if meta.is_dir() {
            return self.add_directory(host, guest, at);
        }
        let (mode, kind) = if meta.is_symlink() {
            let target = fs::read_link(host).map_err(|source| at.unreadable(host, source))?;
            let target = target
                .into_os_string()
                .into_string()
                .map_err(|_| BakeError::Name {
                    path: host.to_owned(),
                    span: at.span,
                })?;
            (0o777, BakedKind::Symlink(target))
        } else if meta.is_file() {
            // Opened now so that a file that may not be read is named with its line.
            fs::File::open(host).map_err(|source| at.unreadable(host, source))?;
            (
                at.mode.unwrap_or_else(|| file_mode(meta)),
                BakedKind::Regular(meta.len()),
            )
        } else {
            return Err(BakeError::Special {
                path: host.to_owned(),
                span: at.span,
            });
        };
        self.put(
            guest,
            Node {
                mode,
                kind,
                host: Some(host.to_owned()),
            },
        );
        Ok(())
    }

    fn add_directory(&mut self, host: &Path, guest: &str, at: Asked) -> Result<(), BakeError> {
        if guest != "/" {
            self.put(
                guest,
                Node {
                    mode: 0o755,
                    kind: BakedKind::Directory,
                    host: None,
                },
            );
        }
        let entries = fs::read_dir(host).map_err(|source| at.unreadable(host, source))?;
        for entry in entries {
            let entry = entry.map_err(|source| at.unreadable(host, source))?;
            let path = entry.path();
            let Ok(name) = entry.file_name().into_string() else {
                return Err(BakeError::Name {
                    path,
                    span: at.span,
                });
            };
            let meta = entry
                .metadata()
                .map_err(|source| at.unreadable(&path, source))?;
            let below = format!("{}/{name}", guest.trim_end_matches('/'));
            self.add(&path, &below, &meta, at)?;
        }
        Ok(())
    }

    /// Puts a node over what is there: a folder joins a folder, anything else replaces.
    fn put(&mut self, guest: &str, node: Node) {
        let joins =
            |there: &Node| there.kind == BakedKind::Directory && node.kind == BakedKind::Directory;
        if !self.nodes.get(guest).is_some_and(joins) {
            self.remove_below(guest);
        }
        // A file where the path needs a folder gives way.
        for (slash, _) in guest.match_indices('/').skip(1) {
            let parent = &guest[..slash];
            if self
                .nodes
                .get(parent)
                .is_some_and(|node| node.kind != BakedKind::Directory)
            {
                self.nodes.remove(parent);
            }
        }
        self.nodes.insert(guest.to_owned(), node);
    }

    fn remove_below(&mut self, guest: &str) {
        let prefix = format!("{guest}/");
        let below: Vec<String> = self
            .nodes
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .map(|(path, _)| path)
            .take_while(|path| path.starts_with(&prefix))
            .cloned()
            .collect();
        for path in below {
            self.nodes.remove(&path);
        }
    }

    fn directory_unless_there(&mut self, guest: &str, mode: u32) {
        let prefix = format!("{guest}/");
        let is_parent = self
            .nodes
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .next()
            .is_some_and(|(path, _)| path.starts_with(&prefix));
        if !self.nodes.contains_key(guest) && !is_parent {
            self.put(
                guest,
                Node {
                    mode,
                    kind: BakedKind::Directory,
                    host: None,
                },
            );
        }
    }

    fn write(mut self, modified: i64) -> Result<Baked, BakeError> {
        let modified = Time {
            seconds: modified,
            nanoseconds: 0,
        };
        let mut writer = Writer::new();
        for (path, node) in &self.nodes {
            let attributes = Attributes {
                modified,
                ..Attributes::new(node.mode)
            };
            let added = match (&node.kind, &node.host) {
                (BakedKind::Directory, _) => writer.directory(path, attributes),
                (BakedKind::Symlink(target), _) => writer.symlink(path, target, attributes),
                (BakedKind::Regular(_), host) => {
                    let host = host.as_deref().expect("a regular file comes from the host");
                    let content = Content::file(host).map_err(|source| BakeError::Unreadable {
                        path: host.to_owned(),
                        source,
                        span: None,
                    })?;
                    writer.file(path, attributes, content)
                }
            };
            added.map_err(BakeError::Image)?;
        }
        let image = writer.into_bytes().map_err(BakeError::Image)?;
        let largest = crate::link::data::LARGEST_IMAGE;
        if image.len() as u64 > largest {
            return Err(BakeError::TooLarge {
                size: image.len() as u64,
                largest,
            });
        }
        let files = self
            .nodes
            .into_iter()
            .map(|(path, node)| BakedFile {
                path,
                mode: node.mode,
                kind: node.kind,
            })
            .collect();
        self.sources.sort();
        self.sources.dedup();
        Ok(Baked {
            image,
            files,
            sources: self.sources,
        })
    }
}

/// 0755 where its owner may execute it on the host, else 0644: the other bits
/// depend on a umask, and would make the image depend on it too.
#[cfg(unix)]
fn file_mode(meta: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    if meta.permissions().mode() & 0o100 == 0 {
        0o644
    } else {
        0o755
    }
}

#[cfg(not(unix))]
fn file_mode(_meta: &fs::Metadata) -> u32 {
    0o644
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxfile(files: &str) -> boxfile_spec::Manifest {
        let text = format!(
            "[box]\nname = \"t:t\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"a.wasm\"\n[files]\n{files}"
        );
        boxfile_spec::parse(&text, "Boxfile.toml").expect("a valid Boxfile")
    }

    fn baked(base: &Path, files: &str) -> Result<Baked, BakeError> {
        let manifest = boxfile(files);
        bake(BakeInput {
            base,
            files: &manifest.files,
            script: None,
            cwd: None,
            skip: &[],
            modified: 0,
        })
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
        let cwd = GuestPath::new("/work/here").unwrap();
        let baked = bake(BakeInput {
            base: dir.path(),
            files: &manifest.files,
            script: None,
            cwd: Some(&cwd),
            skip: &[dir.path().join("out.wasm")],
            modified: 0,
        })
        .unwrap();
        assert_eq!(paths(&baked), ["/app", "/app/a", "/tmp", "/work/here"]);
    }
}
