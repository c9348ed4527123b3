//! The files of an index, the same in a folder and behind a server.

use boxfile_spec::{Digest, PackageName};
use serde::{Deserialize, Serialize};

use crate::error::IndexError;
use crate::release::Release;

/// The file that marks an index.
pub(crate) const MARKER: &str = "index.toml";
/// The list of all packages.
pub(crate) const NAMES: &str = "names.json";
/// The layout that this program reads and writes.
pub(crate) const LAYOUT: u32 = 1;

/// The document of one package.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) releases: Vec<Release>,
}

/// The list of all packages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Names {
    pub(crate) packages: Vec<PackageName>,
}

impl Document {
    /// Reads a document, which must be about this package. `file` is what errors call it.
    pub(crate) fn parse(text: &[u8], name: &PackageName, file: &str) -> Result<Self, IndexError> {
        let broken = |reason: String| IndexError::Document {
            path: file.to_owned(),
            reason,
        };
        let document: Self = serde_json::from_slice(text).map_err(|e| broken(e.to_string()))?;
        let mut releases = document.releases.iter();
        if let Some(stranger) = releases.find(|release| release.name != *name) {
            return Err(broken(format!("it tells of `{}`", stranger.name)));
        }
        if !document.releases.is_sorted_by(|a, b| a.version < b.version) {
            return Err(broken("its versions are not in order".to_owned()));
        }
        Ok(document)
    }
}

/// Where the document of a package is, from the root of the index.
pub(crate) fn document_path(name: &PackageName) -> String {
    format!("packages/{}/{}.json", name.namespace(), name.name())
}

/// Where bytes are, from the root of the index.
pub(crate) fn blob_path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.to_hex())
}

/// Refuses an index of another layout, by the text of its marker.
pub(crate) fn check_layout(marker: &str, origin: &str) -> Result<(), IndexError> {
    // The marker is ours and has one line: no TOML parser is needed.
    let version = marker.lines().find_map(|line| {
        let value = line.trim().strip_prefix("version")?.trim();
        Some(value.strip_prefix('=')?.trim())
    });
    match version {
        Some(found) if found == LAYOUT.to_string() => Ok(()),
        found => Err(IndexError::Layout {
            path: origin.to_owned(),
            found: found.unwrap_or("unknown").to_owned(),
            known: LAYOUT,
        }),
    }
}
