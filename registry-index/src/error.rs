//! Why a source did not answer, in words that name the culprit.

use boxfile_spec::{Digest, PackageName};
use semver::{Version, VersionReq};

use crate::interface::ComponentError;

/// Why a source did not answer.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum IndexError {
    /// A folder that is no index.
    #[error("`{path}` is not a package index: it has no `{marker}`")]
    #[diagnostic(code(index::not_an_index), help("{}", not_an_index(path)))]
    NotAnIndex {
        /// The folder, or its address.
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
    /// No version that fits a requirement.
    #[error("{}", no_version(origin, name, requirement, known))]
    #[diagnostic(
        code(index::no_version),
        help("look for it with `box search`, or name another source with `--registry`")
    )]
    NoVersion {
        /// The source.
        origin: String,
        /// The package.
        name: PackageName,
        /// What was asked for.
        requirement: VersionReq,
        /// The versions that there are, the newest first, with what speaks against each.
        known: Vec<String>,
    },
    /// A release whose bytes are gone.
    #[error("`{file}` is missing: it should hold `{name}` {version}, digest {digest}")]
    #[diagnostic(
        code(index::missing),
        help("restore the file, or publish the package again")
    )]
    Missing {
        /// Which file, or the address of it.
        file: String,
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
        /// What names the bytes.
        digest: Digest,
    },
    /// Other bytes than promised.
    #[error(
        "`{file}` is damaged: for `{name}` {version} it should have the digest {expected}, and its {size} bytes have {found}"
    )]
    #[diagnostic(
        code(index::digest),
        help("publish the package again, or take it from another source; never use these bytes")
    )]
    Digest {
        /// Which file, or the address of it.
        file: String,
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
        /// What the index says.
        expected: Digest,
        /// What came.
        found: Digest,
        /// How much came, in bytes.
        size: u64,
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
    /// More bytes than promised, not all of which were read.
    #[error(
        "`{file}` is damaged: for `{name}` {version} it should have the digest {digest} and {expected} bytes, and has at least {found}"
    )]
    #[diagnostic(
        code(index::size),
        help(
            "try again; if it stays so, publish the package again or take it from another source"
        )
    )]
    Size {
        /// Which file, or the address of it.
        file: String,
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
        /// What names the right bytes.
        digest: Digest,
        /// What the index says, in bytes.
        expected: u64,
        /// As many as were read, in bytes.
        found: u64,
    },
    /// An entry that tells something else than its bytes do.
    #[error("the entry of `{name}` {version} in {origin} is not true: its bytes {difference}")]
    #[diagnostic(
        code(index::facts),
        help("do not use this package: its index was changed by hand, or by someone else")
    )]
    Facts {
        /// The source.
        origin: String,
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
        /// What the bytes do that the entry does not tell, or the other way about.
        difference: String,
    },
    /// The server was not reached, or went away.
    #[error("cannot reach `{url}`: {reason}")]
    #[diagnostic(
        code(index::unreachable),
        help("check the address and the network; `--offline` uses what was fetched before")
    )]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What went wrong, after the last attempt.
        reason: String,
    },
    /// The server took too long.
    #[error("`{url}` was silent for {seconds} s")]
    #[diagnostic(
        code(index::slow),
        help("try again later; `--offline` uses what was fetched before")
    )]
    Slow {
        /// What was asked for.
        url: String,
        /// How long was waited for the next byte, in seconds.
        seconds: f32,
    },
    /// The server sends from place to place without end.
    #[error("`{url}` leads nowhere, after at most {limit} redirections: {reason}")]
    #[diagnostic(
        code(index::redirects),
        help("correct the address; the server's operator can tell what it should be")
    )]
    Redirects {
        /// What was asked for.
        url: String,
        /// How many are followed.
        limit: usize,
        /// Where it ended.
        reason: String,
    },
    /// The server wants to know who asks, or does not let them.
    #[error("`{url}` refuses access: {reason}")]
    #[diagnostic(
        code(index::denied),
        help("log in again: the credentials are missing, wrong or expired")
    )]
    Denied {
        /// What was asked for.
        url: String,
        /// The server's words.
        reason: String,
    },
    /// The server answered with an error.
    #[error("`{url}` answered {status}{}{reason}", if reason.is_empty() { "" } else { ": " })]
    #[diagnostic(code(index::status))]
    Status {
        /// What was asked for.
        url: String,
        /// The status code of HTTP.
        status: u16,
        /// The server's words, if any.
        reason: String,
    },
    /// The network may not be asked, and what is kept does not have it.
    #[error("`{url}` was never fetched, and `--offline` forbids to fetch it")]
    #[diagnostic(code(index::offline), help("run once without `--offline`"))]
    Offline {
        /// What was asked for.
        url: String,
    },
    /// A signature that is missing where one is required, or not true.
    #[error("`{name}` {version} from {origin} {reason}")]
    #[diagnostic(
        code(index::signature),
        help(
            "take a version that the publisher signed, or correct the keys of the namespace `{}`",
            name.namespace()
        )
    )]
    Signature {
        /// The source.
        origin: String,
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
        /// What is wrong: `is not signed`, `is signed with a key that …`.
        reason: String,
    },
    /// A source that cannot do what was asked of it.
    #[error("{origin} cannot {action}")]
    #[diagnostic(code(index::unsupported), help("{help}"))]
    Unsupported {
        /// The source.
        origin: String,
        /// What was asked for, and why it cannot be had.
        action: String,
        /// What to do instead.
        help: &'static str,
    },
    /// A file of settings that cannot be read.
    #[error("`{file}` cannot be used: {reason}")]
    #[diagnostic(
        code(index::settings),
        help("correct what is named, or remove it from the file")
    )]
    Settings {
        /// Which file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Text that does not name a source.
    #[error("`{what}` cannot be used as a source of packages: {reason}")]
    #[diagnostic(
        code(index::configuration),
        help("a source is a folder, `https://…` or `oci://REGISTRY/PREFIX`")
    )]
    Configuration {
        /// The text.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The remedy, which differs between folders and addresses.
fn not_an_index(path: &str) -> String {
    if path.contains("://") {
        "correct the address: it should be that of the folder which `box index init` made"
            .to_owned()
    } else {
        format!(
            "make one with `box index init {path}`, or correct the path; a name must stand in [registries] of the configuration"
        )
    }
}

fn no_version(
    origin: &str,
    name: &PackageName,
    requirement: &VersionReq,
    known: &[String],
) -> String {
    /// More than these help nobody.
    const SHOWN: usize = 10;
    if known.is_empty() {
        return format!("there is no `{name}` in {origin}");
    }
    let more = match known.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} older"),
    };
    let shown = known[..known.len().min(SHOWN)].join(", ");
    format!("no version of `{name}` in {origin} fits `{requirement}`: there are {shown}{more}")
}
