//! What every source of packages can do.

use boxfile_spec::{Digest, PackageName};
use bytes::Bytes;
use semver::Version;

use crate::digest::digest_of;
use crate::interface::{ComponentError, InterfaceName};
use crate::release::Release;

/// A source of packages.
///
/// The trait has no notion of where: a source is memory, a folder, or something
/// at the end of a wire, which then keeps what it fetched in a
/// [`Store`](crate::Store). Calls may take long and may come from several threads.
pub trait Index: Send + Sync {
    /// Names this source for people and for [`Release::origin`]: `builtin`, a
    /// folder's path, a URL.
    fn origin(&self) -> &str;

    /// All versions of a package, the oldest first, yanked ones among them; none
    /// where the source does not know the package.
    ///
    /// # Errors
    ///
    /// Where the source cannot be read.
    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError>;

    /// The bytes of a release that this source told of, checked against its digest.
    ///
    /// # Errors
    ///
    /// Where the source cannot be read, or has other bytes than it promised.
    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError>;

    /// Packages that match, sorted by name, each with its newest version that is
    /// neither yanked nor a prerelease (or the newest at all where there is none).
    ///
    /// # Errors
    ///
    /// Where the source cannot be read.
    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError>;
}

/// What [`Index::search`] looks for; everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Each must occur in the name or the description, in any case.
    pub words: Vec<String>,
    /// An interface that the package must export: `acme:greet/hello` at any
    /// version, or `acme:greet/hello@1.2.0` at one that can stand in for it.
    pub exports: Option<String>,
}

/// Why a source did not answer.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum IndexError {
    /// A folder that is no index.
    #[error("`{path}` is not a package index: it has no `{marker}`")]
    #[diagnostic(
        code(index::not_an_index),
        help("make one with `box index init {path}`, or correct the path")
    )]
    NotAnIndex {
        /// The folder.
        path: String,
        /// The file that marks one.
        marker: &'static str,
    },
    /// A folder's layout is newer than this program.
    #[error(
        "the index in `{path}` has layout version {found}, and this program reads version {known}"
    )]
    #[diagnostic(code(index::layout), help("use a newer `box`"))]
    Layout {
        /// The folder.
        path: String,
        /// What its marker says.
        found: String,
        /// What this program reads.
        known: u32,
    },
    /// The system refused.
    #[error("cannot {action} `{path}`: {reason}")]
    #[diagnostic(code(index::io))]
    Io {
        /// What was tried: `read`, `write`.
        action: &'static str,
        /// Where.
        path: String,
        /// The system's words.
        reason: std::io::Error,
    },
    /// A document of the index that cannot be read.
    #[error("`{path}` is not a list of releases: {reason}")]
    #[diagnostic(
        code(index::document),
        help("restore the file, or publish the package again")
    )]
    Document {
        /// Which file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A release that the source does not have.
    #[error("{origin} has no `{name}` {version}")]
    #[diagnostic(code(index::unknown))]
    Unknown {
        /// The source.
        origin: String,
        /// The package.
        name: PackageName,
        /// The version asked for.
        version: Version,
    },
    /// Other bytes than promised.
    #[error(
        "`{name}` {version} from {origin} is damaged: it should have the digest {expected} and has {found}"
    )]
    #[diagnostic(
        code(index::digest),
        help("publish the package again, or take it from another source; never use these bytes")
    )]
    Digest {
        /// The source.
        origin: String,
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
        /// What the index says.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// A version that is there already: what is published stays as it is.
    #[error("`{name}` {version} is published already")]
    #[diagnostic(code(index::published), help("raise the version and publish again"))]
    Published {
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
    },
    /// Bytes that are no component.
    #[error("`{name}` {version} cannot be used: {reason}")]
    #[diagnostic(code(index::component))]
    Component {
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
        /// What is wrong with the bytes.
        reason: ComponentError,
    },
}

impl Query {
    /// Whether a release is one that is looked for.
    #[must_use]
    pub fn matches(&self, release: &Release) -> bool {
        let text = format!("{} {}", release.name, release.description).to_lowercase();
        self.words
            .iter()
            .all(|word| text.contains(&word.to_lowercase()))
            && self.exports.as_deref().is_none_or(|wanted| {
                let named = wanted.parse::<InterfaceName>();
                release
                    .exports
                    .iter()
                    .any(|export| match (&named, export.interface()) {
                        (Ok(wanted), Some(offered)) if wanted.version.is_some() => {
                            wanted.track() == offered.track() && wanted.version <= offered.version
                        }
                        (Ok(wanted), Some(offered)) => wanted.path() == offered.path(),
                        _ => export.name == wanted,
                    })
            })
    }

    /// Of all versions of one package, the one that a search shows.
    #[must_use]
    pub fn best(releases: &[Release]) -> Option<&Release> {
        releases.iter().max_by_key(|release| {
            (
                !release.yanked,
                release.version.pre.is_empty(),
                &release.version,
            )
        })
    }
}

/// Refuses bytes that are not what the release promised.
///
/// # Errors
///
/// [`IndexError::Digest`].
pub(crate) fn verify(release: &Release, origin: &str, bytes: Bytes) -> Result<Bytes, IndexError> {
    let found = digest_of(&bytes);
    if found == release.digest {
        return Ok(bytes);
    }
    Err(IndexError::Digest {
        origin: origin.to_owned(),
        name: release.name.clone(),
        version: release.version.clone(),
        expected: release.digest,
        found,
    })
}
