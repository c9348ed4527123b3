//! Several sources, asked in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use boxfile_spec::PackageName;
use bytes::Bytes;

use crate::error::IndexError;
use crate::index::{Index, first_known};
use crate::query::Query;
use crate::release::Release;

/// Several sources as one.
///
/// A package comes from **one** source: the first that knows its name. A later
/// source cannot slip a higher version under a name that an earlier one owns
/// (known as dependency confusion). A namespace can be tied to one source, which
/// is then the only one asked for its packages.
#[derive(Clone, Default)]
pub struct Stack {
    sources: Vec<Arc<dyn Index>>,
    namespaces: BTreeMap<String, usize>,
    /// Sources that are asked for the namespaces that are tied to them, and no others.
    bound: BTreeSet<usize>,
}

impl Stack {
    /// No sources.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source behind those that are there.
    #[must_use]
    pub fn with(mut self, source: Arc<dyn Index>) -> Self {
        self.sources.push(source);
        self
    }

    /// Adds a source that is the only one for the packages of a namespace, and is
    /// asked for no others.
    #[must_use]
    pub fn with_namespace(mut self, namespace: &str, source: Arc<dyn Index>) -> Self {
        self.bound.insert(self.sources.len());
        self.with_namespaces([namespace.to_owned()], source)
    }

    /// Adds a source that is the only one for the packages of these namespaces, and behind
    /// those that are there for all others.
    #[must_use]
    pub fn with_namespaces(
        mut self,
        namespaces: impl IntoIterator<Item = String>,
        source: Arc<dyn Index>,
    ) -> Self {
        let place = self.sources.len();
        let tied = namespaces.into_iter().map(|namespace| (namespace, place));
        self.namespaces.extend(tied);
        self.sources.push(source);
        self
    }

    /// The sources that may be asked for a package, in order.
    fn sources_for(&self, name: &PackageName) -> impl Iterator<Item = &dyn Index> {
        let tied = self.namespaces.get(name.namespace()).copied();
        self.sources
            .iter()
            .enumerate()
            .filter(move |(position, _)| match tied {
                Some(only) => *position == only,
                None => !self.bound.contains(position),
            })
            .map(|(_, source)| source.as_ref())
    }
}

impl Index for Stack {
    fn origin(&self) -> &'static str {
        "the configured sources"
    }

    fn owns(&self, release: &Release) -> bool {
        let mut sources = self.sources_for(&release.name);
        sources.any(|source| source.owns(release))
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        first_known(self.sources_for(name), |source| source.releases(name))
    }

    fn remembered(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        first_known(self.sources_for(name), |source| source.remembered(name))
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        let mut sources = self.sources_for(&release.name);
        match sources.find(|source| source.owns(release)) {
            Some(source) => source.fetch(release),
            None => Err(IndexError::Unknown {
                origin: self.origin().to_owned(),
                name: release.name.clone(),
                version: release.version.clone(),
            }),
        }
    }

    fn readme(&self, release: &Release) -> Result<Option<String>, IndexError> {
        let mut sources = self.sources_for(&release.name);
        let source = sources.find(|source| source.owns(release));
        source.map_or(Ok(None), |source| source.readme(release))
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        let mut found: BTreeMap<PackageName, Release> = BTreeMap::new();
        for source in &self.sources {
            for release in searchable(source.search(query))? {
                // What cannot be resolved is not shown: an earlier source that knows the
                // name owns it. The one that found it need not be asked again.
                let name = release.name.clone();
                let owner = self.sources_for(&name).find(|source| {
                    source.owns(&release)
                        || source
                            .releases(&name)
                            .is_ok_and(|releases| !releases.is_empty())
                });
                let own = owner.is_some_and(|owner| owner.owns(&release));
                if own {
                    found.entry(name).or_insert(release);
                }
            }
        }
        Ok(found.into_values().collect())
    }
}

/// A source among several that cannot list what it has is passed over.
pub(crate) fn searchable(
    found: Result<Vec<Release>, IndexError>,
) -> Result<Vec<Release>, IndexError> {
    match found {
        Err(IndexError::Unsupported { .. }) => Ok(Vec::new()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Stack;
    use crate::error::IndexError;
    use crate::index::Index as _;
    use crate::memory::Memory;
    use crate::query::Query;

    fn source(origin: &str, packages: &[(&str, &str)]) -> Arc<Memory> {
        let mut memory = Memory::new(origin);
        for (name, version) in packages {
            let bytes = wat::parse_str("(component)").unwrap();
            memory
                .add(name.parse().unwrap(), version.parse().unwrap(), bytes)
                .unwrap();
        }
        Arc::new(memory)
    }

    #[test]
    fn the_first_source_that_knows_a_name_owns_it() {
        let stack = Stack::new()
            .with(source("ours", &[("acme:a", "1.0.0")]))
            .with(source(
                "theirs",
                &[("acme:a", "9.0.0"), ("acme:b", "1.0.0")],
            ));
        let releases = stack.releases(&"acme:a".parse().unwrap()).unwrap();
        assert_eq!(
            releases.iter().map(|r| r.version.major).collect::<Vec<_>>(),
            [1]
        );
        let found = stack.search(&Query::default()).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|r| (r.name.as_str(), r.origin.as_str()))
            .collect();
        assert_eq!(found, [("acme:a", "ours"), ("acme:b", "theirs")]);
    }

    #[test]
    fn a_tied_namespace_has_one_source_and_the_source_one_namespace() {
        let stack = Stack::new()
            .with(source(
                "first",
                &[("acme:a", "1.0.0"), ("other:a", "1.0.0")],
            ))
            .with_namespace(
                "acme",
                source("tied", &[("acme:b", "2.0.0"), ("other:b", "2.0.0")]),
            );
        let known = |name: &str| !stack.releases(&name.parse().unwrap()).unwrap().is_empty();
        assert!(!known("acme:a"));
        assert!(known("acme:b"));
        assert!(known("other:a"));
        assert!(!known("other:b"));
    }

    #[test]
    fn a_source_may_own_namespaces_and_serve_others() {
        let stack = Stack::new()
            .with(source(
                "first",
                &[("acme:a", "1.0.0"), ("other:a", "1.0.0")],
            ))
            .with_namespaces(
                ["acme".to_owned()],
                source("second", &[("acme:b", "2.0.0"), ("other:b", "2.0.0")]),
            );
        let known = |name: &str| !stack.releases(&name.parse().unwrap()).unwrap().is_empty();
        assert!(!known("acme:a"));
        for name in ["acme:b", "other:a", "other:b"] {
            assert!(known(name), "{name}");
        }
    }

    #[test]
    fn bytes_come_from_the_source_that_told_of_them() {
        let stack = Stack::new().with(source("ours", &[("acme:a", "1.0.0")]));
        let mut release = stack
            .releases(&"acme:a".parse().unwrap())
            .unwrap()
            .remove(0);
        assert!(stack.fetch(&release).is_ok());
        release.origin = "elsewhere".to_owned();
        assert!(matches!(
            stack.fetch(&release),
            Err(IndexError::Unknown { .. })
        ));
    }
}
