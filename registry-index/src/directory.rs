//! A folder of packages. Served over HTTP as plain files it stays readable: each
//! document is found by the name of what is looked for.
//!
//! ```text
//! ROOT/index.toml                          version = 1; marks the folder
//! ROOT/packages/NAMESPACE/NAME.json        {"releases": [Release, …]}, the oldest first
//! ROOT/blobs/sha256/HEX                    the bytes, named by their digest
//! ROOT/.lock                               held while a document changes
//! ```

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use boxfile_spec::PackageName;
use bytes::Bytes;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::index::{Index, IndexError, Query, verify};
use crate::release::Release;
use crate::store::write_whole;

const MARKER: &str = "index.toml";
const LAYOUT: u32 = 1;

/// A folder of packages; see the module's text for its layout.
///
/// Readers need no lock, since documents are replaced whole and bytes are written
/// before the document that names them. Writers take turns.
#[derive(Debug, Clone)]
pub struct Directory {
    root: PathBuf,
    origin: String,
}

/// The document of one package.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Document {
    releases: Vec<Release>,
}

impl Directory {
    /// Makes an index in a folder, which may exist; one that is an index already
    /// stays as it is.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written, or holds an index of another layout.
    pub fn create(root: impl Into<PathBuf>) -> Result<Self, IndexError> {
        let root = root.into();
        let marker = root.join(MARKER);
        if !marker.exists() {
            let text = format!("# An index of packages for box.\nversion = {LAYOUT}\n");
            write_whole(&marker, text.as_bytes()).map_err(io_error("write", &marker))?;
        }
        Self::open(root)
    }

    /// Opens an index.
    ///
    /// # Errors
    ///
    /// Where the folder is no index, or one of another layout.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, IndexError> {
        let root = root.into();
        let origin = root.display().to_string();
        let marker = root.join(MARKER);
        let text = match fs::read_to_string(&marker) {
            Ok(text) => text,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Err(IndexError::NotAnIndex {
                    path: origin,
                    marker: MARKER,
                });
            }
            Err(reason) => return Err(io_error("read", &marker)(reason)),
        };
        // The marker is ours and has one line: no TOML parser is needed.
        let version = text.lines().find_map(|line| {
            line.trim()
                .strip_prefix("version")?
                .trim()
                .strip_prefix('=')
        });
        match version.map(str::trim) {
            Some(found) if found == LAYOUT.to_string() => Ok(Self { root, origin }),
            found => Err(IndexError::Layout {
                path: origin,
                found: found.unwrap_or("unknown").to_owned(),
                known: LAYOUT,
            }),
        }
    }

    /// Adds a release: its bytes, then its line. What is published stays as it is.
    ///
    /// # Errors
    ///
    /// [`IndexError::Published`] where the version is there with other bytes or
    /// other facts; the same release again changes nothing.
    /// [`IndexError::Digest`] where the bytes are not the release's.
    pub fn publish(&self, release: &Release, bytes: &Bytes) -> Result<(), IndexError> {
        let bytes = verify(release, &self.origin, bytes.clone())?;
        let _lock = self.lock()?;
        let mut document = self.read(&release.name)?;
        match document
            .releases
            .binary_search_by(|other| other.version.cmp(&release.version))
        {
            Ok(place) => {
                let known = &document.releases[place];
                let same = Release {
                    origin: String::new(),
                    yanked: known.yanked,
                    ..release.clone()
                } == *known;
                let published = || IndexError::Published {
                    name: release.name.clone(),
                    version: release.version.clone(),
                };
                return if same { Ok(()) } else { Err(published()) };
            }
            Err(place) => document.releases.insert(place, release.clone()),
        }
        let blob = self.blob(release);
        write_whole(&blob, &bytes).map_err(io_error("write", &blob))?;
        self.write(&release.name, &document)
    }

    /// Withdraws a version, or takes that back.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unknown`] where the version is not there.
    pub fn yank(
        &self,
        name: &PackageName,
        version: &Version,
        yanked: bool,
    ) -> Result<(), IndexError> {
        let _lock = self.lock()?;
        let mut document = self.read(name)?;
        let found = document
            .releases
            .iter_mut()
            .find(|release| release.version == *version);
        let release = found.ok_or_else(|| IndexError::Unknown {
            origin: self.origin.clone(),
            name: name.clone(),
            version: version.clone(),
        })?;
        release.yanked = yanked;
        self.write(name, &document)
    }

    /// Held until the returned file is dropped.
    fn lock(&self) -> Result<File, IndexError> {
        let path = self.root.join(".lock");
        let open = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = open.map_err(io_error("write", &path))?;
        file.lock().map_err(io_error("lock", &path))?;
        Ok(file)
    }

    fn document_path(&self, name: &PackageName) -> PathBuf {
        let folder = self.root.join("packages").join(name.namespace());
        folder.join(format!("{}.json", name.name()))
    }

    fn blob(&self, release: &Release) -> PathBuf {
        self.root
            .join("blobs")
            .join("sha256")
            .join(release.digest.to_hex())
    }

    fn read(&self, name: &PackageName) -> Result<Document, IndexError> {
        let path = self.document_path(name);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Document::default()),
            Err(reason) => return Err(io_error("read", &path)(reason)),
        };
        let broken = |reason: String| IndexError::Document {
            path: path.display().to_string(),
            reason,
        };
        let document: Document =
            serde_json::from_slice(&text).map_err(|e| broken(e.to_string()))?;
        if let Some(stranger) = document
            .releases
            .iter()
            .find(|release| release.name != *name)
        {
            return Err(broken(format!("it tells of `{}`", stranger.name)));
        }
        if !document.releases.is_sorted_by(|a, b| a.version < b.version) {
            return Err(broken("its versions are not in order".to_owned()));
        }
        Ok(document)
    }

    fn write(&self, name: &PackageName, document: &Document) -> Result<(), IndexError> {
        let path = self.document_path(name);
        let broken = |e: serde_json::Error| IndexError::Document {
            path: path.display().to_string(),
            reason: e.to_string(),
        };
        let mut text = serde_json::to_vec_pretty(document).map_err(broken)?;
        text.push(b'\n');
        write_whole(&path, &text).map_err(io_error("write", &path))
    }

    /// Every package that has a document, sorted by name.
    fn names(&self) -> Result<Vec<PackageName>, IndexError> {
        let mut names = Vec::new();
        for namespace in entries(&self.root.join("packages"))? {
            for document in entries(&self.root.join("packages").join(&namespace))? {
                let Some(name) = document.strip_suffix(".json") else {
                    continue;
                };
                // Files that are not ours may lie about.
                names.extend(format!("{namespace}:{name}").parse::<PackageName>());
            }
        }
        names.sort();
        Ok(names)
    }
}

impl Index for Directory {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        let mut releases = self.read(name)?.releases;
        for release in &mut releases {
            release.origin.clone_from(&self.origin);
        }
        Ok(releases)
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        let path = self.blob(release);
        match fs::read(&path) {
            Ok(bytes) => verify(release, &self.origin, bytes.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(IndexError::Unknown {
                origin: self.origin.clone(),
                name: release.name.clone(),
                version: release.version.clone(),
            }),
            Err(reason) => Err(io_error("read", &path)(reason)),
        }
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        let mut found = Vec::new();
        for name in self.names()? {
            let releases = self.releases(&name)?;
            found.extend(
                Query::best(&releases)
                    .filter(|release| query.matches(release))
                    .cloned(),
            );
        }
        Ok(found)
    }
}

fn entries(folder: &Path) -> Result<Vec<String>, IndexError> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect()),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(Vec::new())
        }
        Err(reason) => Err(io_error("read", folder)(reason)),
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> IndexError {
    let path = path.display().to_string();
    move |reason| IndexError::Io {
        action,
        path,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;

    use boxfile_spec::PackageName;
    use bytes::Bytes;
    use semver::Version;

    use super::Directory;
    use crate::index::{Index as _, IndexError, Query};
    use crate::release::Release;

    fn component(text: &str) -> Bytes {
        wat::parse_str(text).unwrap().into()
    }

    fn release(name: &str, version: &str, bytes: &Bytes) -> Release {
        Release::describe(name.parse().unwrap(), version.parse().unwrap(), bytes).unwrap()
    }

    fn name(text: &str) -> PackageName {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_published_is_found_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let index = Directory::create(folder.path()).unwrap();
        let bytes = component("(component)");
        for version in ["1.10.0", "1.2.0", "2.0.0-beta.1"] {
            index
                .publish(&release("acme:a", version, &bytes), &bytes)
                .unwrap();
        }
        let again = Directory::open(folder.path()).unwrap();
        let releases = again.releases(&name("acme:a")).unwrap();
        let versions: Vec<String> = releases.iter().map(|r| r.version.to_string()).collect();
        assert_eq!(versions, ["1.2.0", "1.10.0", "2.0.0-beta.1"]);
        assert_eq!(again.fetch(&releases[1]).unwrap(), bytes);
        assert_eq!(again.releases(&name("acme:b")).unwrap(), []);
        // The newest release, not the prerelease above it.
        let found = again.search(&Query::default()).unwrap();
        assert_eq!(
            found
                .iter()
                .map(|r| r.version.to_string())
                .collect::<Vec<_>>(),
            ["1.10.0"]
        );
    }

    #[test]
    fn a_version_cannot_change() {
        let folder = tempfile::tempdir().unwrap();
        let index = Directory::create(folder.path()).unwrap();
        let bytes = component("(component)");
        let first = release("acme:a", "1.0.0", &bytes);
        index.publish(&first, &bytes).unwrap();
        index.publish(&first, &bytes).unwrap();
        let other = component(r#"(component (import "f" (func)))"#);
        let error = index
            .publish(&release("acme:a", "1.0.0", &other), &other)
            .unwrap_err();
        assert!(matches!(error, IndexError::Published { .. }), "{error}");
        let error = index
            .publish(&release("acme:a", "1.1.0", &bytes), &other)
            .unwrap_err();
        assert!(matches!(error, IndexError::Digest { .. }), "{error}");
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let index = Directory::create(folder.path()).unwrap();
        let bytes = component("(component)");
        let release = release("acme:a", "1.0.0", &bytes);
        index.publish(&release, &bytes).unwrap();
        fs::write(index.blob(&release), b"other").unwrap();
        let error = index.fetch(&release).unwrap_err();
        assert!(matches!(error, IndexError::Digest { .. }), "{error}");
        fs::remove_file(index.blob(&release)).unwrap();
        let error = index.fetch(&release).unwrap_err();
        assert!(matches!(error, IndexError::Unknown { .. }), "{error}");
    }

    #[test]
    fn documents_that_lie_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let index = Directory::create(folder.path()).unwrap();
        let bytes = component("(component)");
        index
            .publish(&release("acme:a", "1.0.0", &bytes), &bytes)
            .unwrap();
        let good = fs::read_to_string(index.document_path(&name("acme:a"))).unwrap();
        for (find, put) in [
            ("acme:a", "acme:b"),
            ("{", "["),
            ("sha256:", "md5:"),
            ("1.0.0", "one"),
        ] {
            fs::write(
                index.document_path(&name("acme:a")),
                good.replacen(find, put, 1),
            )
            .unwrap();
            let error = index.releases(&name("acme:a")).unwrap_err();
            assert!(
                matches!(error, IndexError::Document { .. }),
                "{find}: {error}"
            );
        }
    }

    #[test]
    fn yanked_is_remembered_and_can_be_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let index = Directory::create(folder.path()).unwrap();
        let bytes = component("(component)");
        index
            .publish(&release("acme:a", "1.0.0", &bytes), &bytes)
            .unwrap();
        let version = Version::new(1, 0, 0);
        for yanked in [true, false] {
            index.yank(&name("acme:a"), &version, yanked).unwrap();
            assert_eq!(index.releases(&name("acme:a")).unwrap()[0].yanked, yanked);
        }
        assert!(
            index
                .yank(&name("acme:a"), &Version::new(1, 0, 1), true)
                .is_err()
        );
    }

    #[test]
    fn only_an_index_of_this_layout_opens() {
        let folder = tempfile::tempdir().unwrap();
        let error = Directory::open(folder.path()).unwrap_err();
        assert!(matches!(error, IndexError::NotAnIndex { .. }), "{error}");
        fs::write(folder.path().join("index.toml"), "version = 2\n").unwrap();
        let error = Directory::create(folder.path()).unwrap_err();
        assert!(matches!(error, IndexError::Layout { .. }), "{error}");
    }

    #[test]
    fn publishers_may_race() {
        let folder = tempfile::tempdir().unwrap();
        let index = Directory::create(folder.path()).unwrap();
        let bytes = component("(component)");
        thread::scope(|scope| {
            for minor in 0..8 {
                let (index, bytes) = (&index, &bytes);
                scope.spawn(move || {
                    index
                        .publish(&release("acme:a", &format!("1.{minor}.0"), bytes), bytes)
                        .unwrap();
                });
            }
        });
        assert_eq!(index.releases(&name("acme:a")).unwrap().len(), 8);
    }
}
