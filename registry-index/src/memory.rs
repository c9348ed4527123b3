//! Packages in memory: for tests, and for what a finished box carries inside.

use std::collections::BTreeMap;

use boxfile_spec::PackageName;
use bytes::Bytes;
use semver::Version;

use crate::error::IndexError;
use crate::index::{Index, verify};
use crate::query::Query;
use crate::release::{Dependency, Release};

/// A source that lives in memory.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    origin: String,
    packages: BTreeMap<PackageName, Vec<(Release, Bytes)>>,
}

impl Memory {
    /// A source without packages, with this [`Index::origin`].
    #[must_use]
    pub fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            packages: BTreeMap::new(),
        }
    }

    /// Adds a component under a name and a version.
    ///
    /// # Errors
    ///
    /// [`IndexError::Component`] where the bytes are none, [`IndexError::Published`]
    /// where the version is there already.
    pub fn add(
        &mut self,
        name: PackageName,
        version: Version,
        bytes: impl Into<Bytes>,
    ) -> Result<&mut Release, IndexError> {
        let bytes = bytes.into();
        let release =
            Release::describe(name.clone(), version.clone(), &bytes).map_err(|reason| {
                IndexError::Component {
                    name,
                    version,
                    reason,
                }
            })?;
        self.insert(release, bytes)
    }

    /// Adds a release that was described before.
    ///
    /// # Errors
    ///
    /// [`IndexError::Published`] where the version is there already.
    pub fn insert(
        &mut self,
        mut release: Release,
        bytes: impl Into<Bytes>,
    ) -> Result<&mut Release, IndexError> {
        release.origin.clone_from(&self.origin);
        let versions = self.packages.entry(release.name.clone()).or_default();
        let place =
            match versions.binary_search_by(|(other, _)| other.version.cmp(&release.version)) {
                Ok(_) => {
                    return Err(IndexError::Published {
                        name: release.name,
                        version: release.version,
                    });
                }
                Err(place) => place,
            };
        versions.insert(place, (release, bytes.into()));
        Ok(&mut versions[place].0)
    }

    /// Adds a dependency to a release that is there.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unknown`] where it is not there.
    pub fn depend(
        &mut self,
        name: &PackageName,
        version: &Version,
        on: Dependency,
    ) -> Result<(), IndexError> {
        let versions = self
            .packages
            .get_mut(name)
            .map(Vec::as_mut_slice)
            .unwrap_or_default();
        let Some((release, _)) = versions
            .iter_mut()
            .find(|(release, _)| release.version == *version)
        else {
            return Err(IndexError::Unknown {
                origin: self.origin.clone(),
                name: name.clone(),
                version: version.clone(),
            });
        };
        release.dependencies.push(on);
        release.dependencies.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }
}

impl Index for Memory {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        let versions = self.packages.get(name).into_iter().flatten();
        Ok(versions.map(|(release, _)| release.clone()).collect())
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        let versions = self
            .packages
            .get(&release.name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let found = versions
            .iter()
            .find(|(other, _)| other.version == release.version);
        let (_, bytes) = found.ok_or_else(|| IndexError::Unknown {
            origin: self.origin.clone(),
            name: release.name.clone(),
            version: release.version.clone(),
        })?;
        verify(release, &self.origin, bytes.clone())
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        let best = self.packages.values().filter_map(|versions| {
            let releases: Vec<Release> = versions
                .iter()
                .map(|(release, _)| release.clone())
                .collect();
            Query::best(&releases).cloned()
        });
        Ok(best.filter(|release| query.matches(release)).collect())
    }
}
