//! The modules that come with the program.

use std::sync::OnceLock;

use boxer_artifacts::Artifact;
use boxfile_spec::PackageName;
use bytes::Bytes;

use crate::error::IndexError;
use crate::index::{Index, verify};
use crate::query::Query;
use crate::release::{BUILT_IN, Release};

/// The built-in modules. Making one costs nothing; a module is hashed and read
/// when it is first asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Embedded;

impl Embedded {
    /// The built-in modules.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

/// What each artifact is, once it was asked for; in the order of [`boxer_artifacts::all`].
fn described() -> &'static [OnceLock<Release>] {
    static RELEASES: OnceLock<Vec<OnceLock<Release>>> = OnceLock::new();
    RELEASES.get_or_init(|| {
        boxer_artifacts::all()
            .iter()
            .map(|_| OnceLock::new())
            .collect()
    })
}

fn describe(position: usize, artifact: &Artifact) -> Result<Release, IndexError> {
    let cell = &described()[position];
    if let Some(release) = cell.get() {
        return Ok(release.clone());
    }
    let broken = |reason: String| IndexError::Document {
        path: artifact.name.to_owned(),
        reason,
    };
    let name: PackageName = artifact.name.parse().map_err(|e| broken(format!("{e}")))?;
    let version: semver::Version = artifact
        .version
        .parse()
        .map_err(|e| broken(format!("{e}")))?;
    let mut release =
        Release::describe(name.clone(), version.clone(), artifact.bytes).map_err(|reason| {
            IndexError::Component {
                name,
                version,
                reason,
            }
        })?;
    artifact.description.clone_into(&mut release.description);
    artifact.license.clone_into(&mut release.license);
    BUILT_IN.clone_into(&mut release.origin);
    Ok(cell.get_or_init(|| release).clone())
}

impl Index for Embedded {
    fn origin(&self) -> &'static str {
        BUILT_IN
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        let artifacts = boxer_artifacts::all().iter().enumerate();
        let own = artifacts.filter(|(_, artifact)| artifact.name == name.as_str());
        let mut releases = own
            .map(|(i, artifact)| describe(i, artifact))
            .collect::<Result<Vec<_>, _>>()?;
        releases.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(releases)
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        let version = release.version.to_string();
        let mut artifacts = boxer_artifacts::all().iter();
        let found = artifacts.find(|a| a.name == release.name.as_str() && a.version == version);
        let artifact = found.ok_or_else(|| IndexError::Unknown {
            origin: BUILT_IN.to_owned(),
            name: release.name.clone(),
            version: release.version.clone(),
        })?;
        verify(release, BUILT_IN, Bytes::from_static(artifact.bytes))
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        let artifacts = boxer_artifacts::all().iter().enumerate();
        let mut releases = artifacts
            .map(|(i, artifact)| describe(i, artifact))
            .collect::<Result<Vec<_>, _>>()?;
        releases.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        let by_name = releases.chunk_by(|a, b| a.name == b.name);
        Ok(by_name
            .filter_map(Query::best)
            .filter(|release| query.matches(release))
            .cloned()
            .collect())
    }
}
