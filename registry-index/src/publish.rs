//! From a file to a release that others can use.
//!
//! ```text
//! Draft ──prepare──▶ Parcel ──check──▶ Option<Comparison> ──Publish::publish──▶ Outcome
//!       the bytes tell       against the version before
//! ```

use boxfile_spec::{Digest, PackageName};
use bytes::Bytes;
use semver::Version;

use crate::compat::{Breakage, Comparison, compare, needs_bump};
use crate::digest::digest_of;
use crate::error::IndexError;
use crate::index::Index;
use crate::interface::{ComponentError, validate};
use crate::kind::Kind;
use crate::release::{Dependency, Release};
use crate::sign::{SignError, Signer};

/// A source that takes packages.
pub trait Publish: Index {
    /// Adds a release, all of it or nothing. What is published stays as it is.
    ///
    /// # Errors
    ///
    /// [`IndexError::Published`] where the version is there with other bytes or other
    /// facts. Where two publish one version at a time, one of them gets this.
    fn publish(&self, parcel: &Parcel) -> Result<Outcome, IndexError>;

    /// Withdraws a version, or takes that back: no new lock takes a withdrawn version,
    /// and the locks that have it keep it.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unknown`] where the version is not there.
    fn yank(&self, name: &PackageName, version: &Version, yanked: bool) -> Result<(), IndexError>;
}

/// What publishing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The version is there now.
    Published,
    /// It was there, with the same bytes and facts: nothing changed.
    AlreadyThere,
}

/// A release with all that goes with it, ready to be published.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// What the index will tell.
    pub release: Release,
    /// The package.
    pub bytes: Bytes,
    /// A text in Markdown, whose digest is [`Release::readme`].
    pub readme: Option<String>,
}

/// What a publisher has: bytes, and what they do not tell.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The package.
    pub name: PackageName,
    /// Its new version.
    pub version: Version,
    /// A component, a core module, a package of WIT or an archive of files.
    pub bytes: Bytes,
    /// Where the bytes do not tell it: [`Kind::Runtime`], for a command.
    pub kind: Option<Kind>,
    /// One sentence, where it is not the one in the bytes.
    pub description: Option<String>,
    /// SPDX licence expression, where it is not the one in the bytes.
    pub license: Option<String>,
    /// A text in Markdown.
    pub readme: Option<String>,
    /// Packages that it needs.
    pub dependencies: Vec<Dependency>,
}

/// Why a package cannot be published.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum PublishError {
    /// The bytes are no package.
    #[error("`{name}` cannot be published: {reason}")]
    #[diagnostic(
        code(publish::component),
        help(
            "name a component, a core module of WASI, or a layer: a tar, as it is or packed with gzip or zstd"
        )
    )]
    Component {
        /// The package.
        name: PackageName,
        /// What is wrong with the bytes.
        reason: ComponentError,
    },
    /// The kind that was given is not the bytes'.
    #[error("`{name}` is of the kind {found}, not {asked}")]
    #[diagnostic(
        code(publish::kind),
        help("leave the kind out: only a command can be declared a runtime")
    )]
    Kind {
        /// The package.
        name: PackageName,
        /// What was asked for.
        asked: Kind,
        /// What the bytes are.
        found: Kind,
    },
    /// The new version breaks those who use the old one.
    #[error(
        "`{name}` {version} breaks what {previous} promised:{}",
        breakages.iter().map(|one| format!("\n  {one}")).collect::<String>()
    )]
    #[diagnostic(
        code(publish::breaking),
        help("publish it as {bumped}, or keep what was there")
    )]
    Breaking {
        /// The package.
        name: PackageName,
        /// The version to be published.
        version: Version,
        /// The version that it was compared with.
        previous: Version,
        /// The lowest version that may break it.
        bumped: Version,
        /// What broke, in the order of the old interfaces.
        breakages: Vec<Breakage>,
    },
    /// It could not be signed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Sign(#[from] SignError),
    /// The index refused.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Index(#[from] IndexError),
}

/// What was published, and what it was compared with.
#[derive(Debug, Clone)]
pub struct Published {
    /// As the index tells of it.
    pub release: Release,
    /// Whether it is new.
    pub outcome: Outcome,
    /// The version before, and what changed; none for the first of its kind.
    pub comparison: Option<Comparison>,
}

impl Draft {
    /// A draft that leaves everything to the bytes.
    #[must_use]
    pub fn new(name: PackageName, version: Version, bytes: impl Into<Bytes>) -> Self {
        Self {
            name,
            version,
            bytes: bytes.into(),
            kind: None,
            description: None,
            license: None,
            readme: None,
            dependencies: Vec::new(),
        }
    }

    /// Checks the bytes to the last function body, reads from them what they tell, and
    /// signs all of it.
    ///
    /// # Errors
    ///
    /// Where the bytes are no package, or not of the kind; where signing fails.
    pub fn prepare(self, signer: Option<&Signer>) -> Result<Parcel, PublishError> {
        let broken = |reason| PublishError::Component {
            name: self.name.clone(),
            reason,
        };
        let mut release =
            Release::describe(self.name.clone(), self.version, &self.bytes).map_err(broken)?;
        if !matches!(release.kind, Kind::Layer | Kind::CoreModule) {
            validate(&self.bytes).map_err(broken)?;
        }
        match self.kind {
            Some(Kind::Runtime) if release.kind == Kind::Command => release.kind = Kind::Runtime,
            Some(asked) if asked != release.kind => {
                return Err(PublishError::Kind {
                    name: self.name,
                    asked,
                    found: release.kind,
                });
            }
            _ => {}
        }
        release.description = self.description.unwrap_or(release.description);
        release.license = self.license.unwrap_or(release.license);
        release.dependencies = self.dependencies;
        release.dependencies.sort_by(|a, b| a.name.cmp(&b.name));
        release.readme = self
            .readme
            .as_deref()
            .map(|text| digest_of(text.as_bytes()));
        if let Some(signer) = signer {
            release.signature = Some(signer.sign(&release)?);
        }
        Ok(Parcel {
            release,
            bytes: self.bytes,
            readme: self.readme,
        })
    }
}

impl Parcel {
    /// Compares with the newest version that this one will replace in locks: the highest
    /// below it that Cargo would call compatible with it.
    ///
    /// # Errors
    ///
    /// [`PublishError::Breaking`], and what the index says.
    pub fn check(&self, index: &dyn Index) -> Result<Option<Comparison>, PublishError> {
        let releases = index.releases(&self.release.name)?;
        let version = &self.release.version;
        let before = releases.iter().rev().find(|other| {
            other.version < *version && !other.yanked && !needs_bump(&other.version, version)
        });
        let Some(before) = before else {
            return Ok(None);
        };
        let old = index.fetch(before)?;
        let comparison = compare(before, &old, &self.release, &self.bytes).map_err(|reason| {
            PublishError::Component {
                name: self.release.name.clone(),
                reason,
            }
        })?;
        if comparison.breakages.is_empty() {
            return Ok(Some(comparison));
        }
        Err(PublishError::Breaking {
            name: self.release.name.clone(),
            version: version.clone(),
            previous: before.version.clone(),
            bumped: crate::compat::bumped(version),
            breakages: comparison.breakages,
        })
    }

    /// Whether an index has this already. A signature differs each time that it is made.
    pub(crate) fn is(&self, known: &Release) -> bool {
        let own = Release {
            origin: known.origin.clone(),
            yanked: known.yanked,
            signature: known.signature.clone(),
            ..self.release.clone()
        };
        own == *known
    }

    /// What to call the bytes where they are not those of the release.
    pub(crate) fn file(&self) -> String {
        format!("{}@{}", self.release.name, self.release.version)
    }
}

/// The README to be kept, where the release names it.
pub(crate) fn readme_of<'a>(
    release: &Release,
    readme: Option<&'a str>,
) -> Option<(Digest, &'a str)> {
    release.readme.zip(readme)
}

/// Prepares, checks and publishes.
///
/// # Errors
///
/// As [`Draft::prepare`], [`Parcel::check`] and [`Publish::publish`].
pub fn publish(
    draft: Draft,
    target: &dyn Publish,
    signer: Option<&Signer>,
) -> Result<Published, PublishError> {
    let parcel = draft.prepare(signer)?;
    // What cannot be overwritten need not be compared either.
    let known = target.releases(&parcel.release.name)?;
    if let Some(known) = known.iter().find(|r| r.version == parcel.release.version)
        && !parcel.is(known)
    {
        return Err(PublishError::Index(IndexError::Published {
            name: known.name.clone(),
            version: known.version.clone(),
        }));
    }
    let comparison = parcel.check(target)?;
    let outcome = target.publish(&parcel)?;
    let mut release = parcel.release;
    target.origin().clone_into(&mut release.origin);
    Ok(Published {
        release,
        outcome,
        comparison,
    })
}
