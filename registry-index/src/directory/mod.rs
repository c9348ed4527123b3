//! A folder of packages. Served over HTTP as plain files it stays readable: each
//! document is found by the name of what is looked for.
//!
//! ```text
//! ROOT/index.toml                          version = 1; marks the folder
//! ROOT/packages/NAMESPACE/NAME.json        {"releases": [Release, …]}, the oldest first
//! ROOT/names.json                          {"packages": ["NAMESPACE:NAME", …]}, sorted
//! ROOT/blobs/sha256/HEX                    bytes and READMEs, named by their digest
//! ROOT/.lock                               held while a document changes
//! ```
//!
//! Whoever publishes writes the bytes, then the name, then the document, each beside
//! and renamed, and waits for the disk in between. Until the last rename the version
//! is not there, after it all of it is: a writer may be killed at any moment.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use boxfile_spec::{Digest, PackageName};
use bytes::Bytes;
use semver::Version;
use serde::Serialize;

use crate::document::{
    Document, LAYOUT, MARKER, NAMES, Names, blob_path, check_layout, document_path,
};
use crate::error::IndexError;
use crate::index::{Index, text_of, verify, verify_facts};
use crate::publish::{Outcome, Parcel, Publish, readme_of};
use crate::query::Query;
use crate::release::{BUILT_IN, Release};
use crate::store::{TEMPORARY, write_whole};

/// A folder of packages; see the module's text for its layout.
///
/// Readers need no lock, since documents are replaced whole and bytes are written
/// before the document that names them. Writers take turns.
#[derive(Debug, Clone)]
pub struct Directory {
    root: PathBuf,
    origin: String,
}

/// A folder of this name gets none of the trust that the program's own modules have.
fn origin_of(text: &str) -> String {
    if text == BUILT_IN {
        format!("./{text}")
    } else {
        text.to_owned()
    }
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
        let origin = origin_of(&root.display().to_string());
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
        check_layout(&text, &origin)?;
        Ok(Self { root, origin })
    }

    /// The same under another [`Index::origin`]: how whoever asked for it named the folder,
    /// which stays the same wherever it is looked at from.
    #[must_use]
    pub fn called(mut self, origin: &str) -> Self {
        self.origin = origin_of(origin);
        self
    }

    fn add(&self, parcel: &Parcel) -> Result<Outcome, IndexError> {
        let Parcel {
            release,
            bytes,
            readme,
        } = parcel;
        let bytes = verify(release, &parcel.file(), bytes.clone())?;
        let _lock = self.lock()?;
        let mut document = self.read(&release.name)?;
        let of_version = |other: &Release| other.version.cmp(&release.version);
        match document.releases.binary_search_by(of_version) {
            Ok(place) => {
                let known = &document.releases[place];
                if parcel.is(known) {
                    return Ok(Outcome::AlreadyThere);
                }
                return Err(IndexError::Published {
                    name: release.name.clone(),
                    version: release.version.clone(),
                });
            }
            Err(place) => document.releases.insert(place, release.clone()),
        }
        self.write(&self.blob(&release.digest), &bytes)?;
        if let Some((digest, text)) = readme_of(release, readme.as_deref()) {
            self.write(&self.blob(&digest), text.as_bytes())?;
        }
        self.write_name(&release.name)?;
        self.write_document(&release.name, &document)?;
        Ok(Outcome::Published)
    }

    /// Held until the returned file is dropped, or the process ends in whatever way.
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

    pub(crate) fn document_path(&self, name: &PackageName) -> PathBuf {
        self.root.join(document_path(name))
    }

    pub(crate) fn blob(&self, digest: &Digest) -> PathBuf {
        self.root.join(blob_path(digest))
    }

    /// A file by its place in the index.
    #[cfg(feature = "serve")]
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    fn read(&self, name: &PackageName) -> Result<Document, IndexError> {
        let path = self.document_path(name);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Document::default()),
            Err(reason) => return Err(io_error("read", &path)(reason)),
        };
        Document::parse(&text, name, &path.display().to_string())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), IndexError> {
        let folder = path.parent().unwrap_or(&self.root);
        sweep(folder);
        let written = write_whole(path, bytes).and_then(|()| File::open(folder)?.sync_all());
        written.map_err(io_error("write", path))
    }

    fn write_document(&self, name: &PackageName, document: &Document) -> Result<(), IndexError> {
        self.write_json(&self.document_path(name), document)
    }

    fn write_json(&self, path: &Path, value: &impl Serialize) -> Result<(), IndexError> {
        let mut text = serde_json::to_vec_pretty(value).map_err(|e| IndexError::Document {
            path: path.display().to_string(),
            reason: e.to_string(),
        })?;
        text.push(b'\n');
        self.write(path, &text)
    }

    /// Adds a name to the list, which a server of plain files cannot make itself. A name
    /// without a document means nothing, so it may come first.
    fn write_name(&self, name: &PackageName) -> Result<(), IndexError> {
        let path = self.root.join(NAMES);
        let known = fs::read(&path).ok();
        let known = known.and_then(|text| serde_json::from_slice::<Names>(&text).ok());
        let whole = known.is_some();
        let mut list = match known {
            Some(list) => list,
            // It was never there, or is broken: the documents tell.
            None => Names {
                packages: self.names()?,
            },
        };
        match list.packages.binary_search(name) {
            Ok(_) if whole => return Ok(()),
            Ok(_) => {}
            Err(place) => list.packages.insert(place, name.clone()),
        }
        self.write_json(&path, &list)
    }

    /// Every package that has a document, sorted by name.
    pub(crate) fn names(&self) -> Result<Vec<PackageName>, IndexError> {
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
        let path = self.blob(&release.digest);
        match fs::read(&path) {
            Ok(bytes) => {
                let bytes = verify(release, &path.display().to_string(), bytes.into())?;
                verify_facts(release, &bytes)?;
                Ok(bytes)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(IndexError::Missing {
                file: path.display().to_string(),
                name: release.name.clone(),
                version: release.version.clone(),
                digest: release.digest,
            }),
            Err(reason) => Err(io_error("read", &path)(reason)),
        }
    }

    fn readme(&self, release: &Release) -> Result<Option<String>, IndexError> {
        let Some(digest) = &release.readme else {
            return Ok(None);
        };
        let path = self.blob(digest);
        let bytes = fs::read(&path).map_err(io_error("read", &path))?;
        text_of(release, digest, &path.display().to_string(), &bytes).map(Some)
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

impl Publish for Directory {
    fn publish(&self, parcel: &Parcel) -> Result<Outcome, IndexError> {
        self.add(parcel)
    }

    fn yank(&self, name: &PackageName, version: &Version, yanked: bool) -> Result<(), IndexError> {
        let _lock = self.lock()?;
        let mut document = self.read(name)?;
        let mut releases = document.releases.iter_mut();
        let found = releases.find(|release| release.version == *version);
        let release = found.ok_or_else(|| IndexError::Unknown {
            origin: self.origin.clone(),
            name: name.clone(),
            version: version.clone(),
        })?;
        release.yanked = yanked;
        self.write_document(name, &document)
    }
}

/// Removes what writers that were killed left beside. Nobody else writes: the caller
/// holds the lock.
fn sweep(folder: &Path) {
    for name in entries(folder).unwrap_or_default() {
        if name.starts_with(TEMPORARY) {
            let _ = fs::remove_file(folder.join(name));
        }
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
