//! What every source of packages can do.

use boxfile_spec::{Digest, PackageName};
use bytes::Bytes;

use crate::digest::digest_of;
use crate::error::IndexError;
use crate::interface::{Extern, Interfaces};
use crate::kind::Kind;
use crate::query::Query;
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

    /// Whether a release came from here: by its [`Release::origin`], where one source does
    /// not stand for several.
    fn owns(&self, release: &Release) -> bool {
        self.origin() == release.origin
    }

    /// All versions of a package, the oldest first, yanked ones among them; none
    /// where the source does not know the package.
    ///
    /// # Errors
    ///
    /// Where the source cannot be read.
    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError>;

    /// What the source told of a package when it was last asked, from a cache: for what a lock
    /// settles, so that nothing new is looked for. A source that needs no network is asked.
    ///
    /// # Errors
    ///
    /// [`IndexError::Offline`] where it was never asked, and as [`Index::releases`].
    fn remembered(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        self.releases(name)
    }

    /// The bytes of a release that this source told of, checked against its digest.
    ///
    /// # Errors
    ///
    /// Where the source cannot be read, or has other bytes than it promised.
    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError>;

    /// The text in Markdown that the publisher wrote about a release, checked against
    /// its digest; none where there is none, or the source keeps no such texts.
    ///
    /// # Errors
    ///
    /// Where the source cannot be read, or has another text than it promised.
    fn readme(&self, release: &Release) -> Result<Option<String>, IndexError> {
        let _ = release;
        Ok(None)
    }

    /// Packages that match, sorted by name, each with its newest version that is
    /// neither yanked nor a prerelease (or the newest at all where there is none).
    ///
    /// # Errors
    ///
    /// Where the source cannot be read.
    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError>;
}

/// A source as it is [remembered](Index::remembered). Bytes it may still fetch.
pub struct Remembered<'a>(pub &'a dyn Index);

impl Index for Remembered<'_> {
    fn origin(&self) -> &str {
        self.0.origin()
    }

    fn owns(&self, release: &Release) -> bool {
        self.0.owns(release)
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        self.0.remembered(name)
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        self.0.fetch(release)
    }

    fn readme(&self, release: &Release) -> Result<Option<String>, IndexError> {
        self.0.readme(release)
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        self.0.search(query)
    }
}

/// What the first of these sources says that knows a package: `ask` is the question.
///
/// # Errors
///
/// Those of `ask`.
pub fn first_known<'a>(
    sources: impl IntoIterator<Item = &'a dyn Index>,
    ask: impl Fn(&dyn Index) -> Result<Vec<Release>, IndexError>,
) -> Result<Vec<Release>, IndexError> {
    for source in sources {
        let releases = ask(source)?;
        if !releases.is_empty() {
            return Ok(releases);
        }
    }
    Ok(Vec::new())
}

/// Refuses bytes that are not what the release promised. `file` is where they come from,
/// for the message.
///
/// # Errors
///
/// [`IndexError::Digest`].
pub(crate) fn verify(release: &Release, file: &str, bytes: Bytes) -> Result<Bytes, IndexError> {
    check_digest(release, &release.digest, file, &bytes)?;
    Ok(bytes)
}

fn check_digest(
    release: &Release,
    expected: &Digest,
    file: &str,
    bytes: &[u8],
) -> Result<(), IndexError> {
    let found = digest_of(bytes);
    if found == *expected {
        return Ok(());
    }
    Err(IndexError::Digest {
        file: file.to_owned(),
        name: release.name.clone(),
        version: release.version.clone(),
        expected: *expected,
        found,
        size: bytes.len() as u64,
    })
}

/// Where more comes than was promised, and reading stopped.
#[cfg(feature = "remote")]
pub(crate) fn size_error(release: &Release, file: &str, found: u64) -> IndexError {
    IndexError::Size {
        file: file.to_owned(),
        name: release.name.clone(),
        version: release.version.clone(),
        digest: release.digest,
        expected: release.size,
        found,
    }
}

/// A README from its bytes, which must have the digest.
pub(crate) fn text_of(
    release: &Release,
    digest: &Digest,
    file: &str,
    bytes: &[u8],
) -> Result<String, IndexError> {
    check_digest(release, digest, file, bytes)?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

/// Refuses an entry whose imports and exports are not those of its bytes. An index
/// cannot make a package look as if it asked for less than it does.
///
/// # Errors
///
/// [`IndexError::Component`] where the bytes are no package, [`IndexError::Facts`].
pub(crate) fn verify_facts(release: &Release, bytes: &[u8]) -> Result<(), IndexError> {
    let own = Release::describe(release.name.clone(), release.version.clone(), bytes);
    let own = own.map_err(|reason| IndexError::Component {
        name: release.name.clone(),
        version: release.version.clone(),
        reason,
    })?;
    let told = release.interfaces();
    if own.size != release.size {
        return Err(IndexError::Facts {
            origin: release.origin.clone(),
            name: release.name.clone(),
            version: release.version.clone(),
            difference: format!("are {}, not {}", own.size, release.size),
        });
    }
    let Some(difference) = difference(release.kind, &told, own.kind, &own.interfaces()) else {
        return Ok(());
    };
    Err(IndexError::Facts {
        origin: release.origin.clone(),
        name: release.name.clone(),
        version: release.version.clone(),
        difference,
    })
}

fn difference(kind: Kind, told: &Interfaces, own_kind: Kind, own: &Interfaces) -> Option<String> {
    let missing = |from: &[Extern], of: &[Extern]| {
        let missing = of.iter().find(|one| !from.contains(one));
        missing.map(|one| one.name.clone())
    };
    if let Some(name) = missing(&told.imports, &own.imports) {
        return Some(format!("import `{name}`, which it does not tell"));
    }
    if let Some(name) = missing(&own.imports, &told.imports) {
        return Some(format!("do not import `{name}` as it tells"));
    }
    if let Some(name) = missing(&told.exports, &own.exports) {
        return Some(format!("export `{name}`, which it does not tell"));
    }
    if let Some(name) = missing(&own.exports, &told.exports) {
        return Some(format!("do not export `{name}` as it tells"));
    }
    // A publisher may say that a command is a runtime; the rest is for the bytes to say.
    let declared = kind == Kind::Runtime && own_kind == Kind::Command;
    (kind != own_kind && !declared).then(|| format!("are of the kind {own_kind}, not {kind}"))
}
