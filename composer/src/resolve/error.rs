//! Why packages cannot be resolved, in the words of the Boxfile.

use std::fmt;
use std::sync::Arc;

use boxfile_spec::{Digest, PackageId, PackageName};
use miette::{Diagnostic, LabeledSpan, NamedSource};
use registry_index::IndexError;
use semver::VersionReq;
use thiserror::Error;

/// Why packages cannot be resolved.
#[derive(Debug, Error, Diagnostic)]
pub enum ResolveError {
    /// A package that no source knows.
    #[error("no source knows the package `{name}`, which {by} asks for")]
    #[diagnostic(code(resolve::unknown_package), help("{remedy}"))]
    UnknownPackage {
        /// The package.
        name: PackageName,
        /// Who asks.
        by: String,
        /// A near name, or where packages come from.
        remedy: String,
        /// The Boxfile.
        #[source_code]
        boxfile: NamedSource<Arc<str>>,
        /// Where in it.
        #[label(collection)]
        labels: Vec<LabeledSpan>,
    },
    /// A requirement that no version satisfies.
    #[error("no version of `{name}` fits `{requirement}`, which {by} asks for: {known}")]
    #[diagnostic(code(resolve::no_version), help("{remedy}"))]
    NoVersion {
        /// The package.
        name: PackageName,
        /// What is asked for.
        requirement: VersionReq,
        /// Who asks.
        by: String,
        /// Which versions there are.
        known: String,
        /// What to ask for instead.
        remedy: String,
        /// The Boxfile.
        #[source_code]
        boxfile: NamedSource<Arc<str>>,
        /// Where in it.
        #[label(collection)]
        labels: Vec<LabeledSpan>,
    },
    /// Requirements that exclude each other.
    #[error(
        "no version of `{name}` suits everybody who asks for it:{}",
        Lines(asked)
    )]
    #[diagnostic(
        code(resolve::conflict),
        help(
            "change one of these requirements, or take another version of a package that asks; a box has one version of a package"
        )
    )]
    Conflict {
        /// The package that they are about.
        name: PackageName,
        /// Who asks for what.
        asked: Vec<Asked>,
        /// The Boxfile.
        #[source_code]
        boxfile: NamedSource<Arc<str>>,
        /// Where in it.
        #[label(collection)]
        labels: Vec<LabeledSpan>,
    },
    /// Other bytes under a version that the lock names.
    #[error(
        "`{package}` from {origin} is not what the lock has: its digest is {found}, and the lock says {locked}"
    )]
    #[diagnostic(
        code(resolve::digest_changed),
        help("find out why the bytes changed; if they may, run `box update {}`", package.name)
    )]
    DigestChanged {
        /// The package.
        package: PackageId,
        /// Where it comes from.
        origin: String,
        /// What the lock says.
        locked: Digest,
        /// What the source has.
        found: Digest,
    },
    /// `--locked` without a lock.
    #[error("there is no `Boxfile.lock`, and `--locked` allows no other versions than it names")]
    #[diagnostic(
        code(resolve::no_lock),
        help("run `box build` once without `--locked`, and commit the lock it writes")
    )]
    NoLock,
    /// `--locked` with a lock that does not fit.
    #[error("`Boxfile.lock` does not fit the Boxfile, and `--locked` forbids to change it: {}", changes.join(", "))]
    #[diagnostic(
        code(resolve::lock_outdated),
        help("run `box build` once without `--locked`, and commit the lock")
    )]
    LockOutdated {
        /// What differs.
        changes: Vec<String>,
    },
    /// A source that did not answer.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Index(#[from] IndexError),
}

/// One request in a [`ResolveError::Conflict`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Who: `[dependencies]`, `` `acme:a` 1.2.0 ``.
    pub by: String,
    /// For which package.
    pub name: PackageName,
    /// Which versions.
    pub requirement: VersionReq,
    /// Which of the versions that there are fit.
    pub fitting: String,
}

struct Lines<'a>(&'a [Asked]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for asked in self.0 {
            let Asked {
                by,
                name,
                requirement,
                fitting,
            } = asked;
            write!(f, "\n  {by} asks for `{name}` {requirement} ({fitting})")?;
        }
        Ok(())
    }
}
