//! What goes wrong with packages of others.

use std::path::PathBuf;

use boxfile_spec::{PackageId, PackageName, Slot};
use miette::Diagnostic;
use registry_index::Kind;
use thiserror::Error;

/// Why a package could not be published, found or used.
#[derive(Debug, Error, Diagnostic)]
pub enum PackageError {
    /// Nowhere to go.
    #[error("there is nowhere to publish `{name}` to")]
    #[diagnostic(
        code(publish::nowhere),
        help(
            "say where with `--registry WHERE`: a folder that `box index init` made, or `oci://REGISTRY/PREFIX`; for always, with `registry` in [publish] of the configuration"
        )
    )]
    Nowhere {
        /// The package.
        name: PackageName,
    },
    /// A source that is only for reading.
    #[error("`{place}` takes no packages")]
    #[diagnostic(
        code(publish::read_only),
        help("publish into the folder that it serves, or to an `oci://` registry")
    )]
    ReadOnly {
        /// The source.
        place: String,
    },
    /// A file that does not tell its name.
    #[error("`{}` does not say what it is called", path.display())]
    #[diagnostic(code(publish::name), help("say it with `--as NAMESPACE:NAME@1.2.3`"))]
    Nameless {
        /// The file.
        path: PathBuf,
    },
    /// Neither a box nor a module.
    #[error("there is nothing to publish in `{}`: no `Boxfile.toml`, and no `Cargo.toml` with [package.metadata.boxer]", folder.display())]
    #[diagnostic(
        code(publish::nothing),
        help("name a file, or make a project with `box new NAME` or `box new --kind vfs NAME`")
    )]
    NothingToPublish {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// A module for a kernel among dependencies.
    #[error("`{name}` is a module for the kernel, so [dependencies] is not its place")]
    #[diagnostic(code(add::kernel), help("use `box swap {slot}={name}`"))]
    ForTheKernel {
        /// The package.
        name: PackageName,
        /// Where it goes.
        slot: Slot,
    },
    /// A package that nothing can import.
    #[error("`{name}` is a package of the kind {kind}, which no app can import")]
    #[diagnostic(code(add::kind), help("{help}"))]
    NotForImport {
        /// The package.
        name: PackageName,
        /// What it is.
        kind: Kind,
        /// What can be done with it.
        help: &'static str,
    },
    /// `--path` with several packages.
    #[error("one file cannot be {count} packages")]
    #[diagnostic(
        code(add::path),
        help("write `box add NAMESPACE:NAME --path FILE` for each of them")
    )]
    OnePath {
        /// How many were named.
        count: usize,
    },
    /// A version that is not there.
    #[error("`{place}` has no `{id}`")]
    #[diagnostic(code(packages::unknown))]
    Unknown {
        /// The source.
        place: String,
        /// What was asked for.
        id: PackageId,
        /// What there is.
        #[help]
        help: String,
    },
    /// A package that the box does not have.
    #[error("the lock has no `{name}`")]
    #[diagnostic(code(update::unknown))]
    NotLocked {
        /// What was named.
        name: PackageName,
        /// What there is.
        #[help]
        help: String,
    },
    /// A password that does not decrypt, or is missing.
    #[error("`{}` cannot be signed with: {reason}", path.display())]
    #[diagnostic(
        code(publish::key),
        help(
            "name a secret key of minisign's; where it is encrypted, put its password into `BOX_KEY_PASSWORD`"
        )
    )]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Nothing to keep things in.
    #[error("there is no cache, because there is no home for it")]
    #[diagnostic(
        code(cache::nowhere),
        help("set `BOX_CACHE_DIR` to a folder, or `HOME`")
    )]
    NoCache,
}

impl PackageError {
    /// Whether the command line itself is wrong.
    pub(super) fn is_usage(&self) -> bool {
        matches!(self, Self::Nameless { .. } | Self::OnePath { .. })
    }
}

/// Packages that were fetched and that nobody has signed whom we know.
#[derive(Debug, Error, Diagnostic)]
#[error("{}", .0.join("\n"))]
#[diagnostic(
    code(packages::unsigned),
    severity(Warning),
    help(
        "name the publisher's key in [trust.keys] of the configuration, and `require-signed` in [trust] to take nothing else"
    )
)]
pub struct Unsigned(pub Vec<String>);
