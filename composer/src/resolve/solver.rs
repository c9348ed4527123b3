//! The search itself: pubgrub over the versions that the index knows.
//!
//! A requirement becomes the set of the **known** versions that it admits, so
//! semver's own rules (prereleases, `*`, `~`) hold to the letter without being
//! written down a second time as ranges.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use boxfile_spec::{Lockfile, Manifest, PackageName};
use pubgrub::{
    Dependencies, DependencyProvider, PackageResolutionStatistics, PubGrubError, Ranges,
};
use registry_index::{Dependency, Index, IndexError, Query, Release};
use semver::{Version, VersionReq};

use super::error::ResolveError;
use super::roots::Roots;
use super::{LockMode, explain};

/// The versions that a lock asks to keep.
pub(super) struct Locked(BTreeMap<PackageName, BTreeSet<Version>>);

impl Locked {
    pub(super) fn new(lock: Option<&Lockfile>, mode: &LockMode) -> Self {
        let mut versions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for package in lock.into_iter().flat_map(Lockfile::packages) {
            if !mode.updates(&package.name) {
                versions
                    .entry(package.name.clone())
                    .or_default()
                    .insert(package.version.clone());
            }
        }
        Self(versions)
    }

    fn holds(&self, name: &PackageName, version: &Version) -> bool {
        self.0
            .get(name)
            .is_some_and(|versions| versions.contains(version))
    }
}

/// What the solver decides about: the Boxfile, which has one version, and packages.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Boxfile,
    Package(PackageName),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boxfile => f.write_str("the Boxfile"),
            Self::Package(name) => write!(f, "`{name}`"),
        }
    }
}

pub(super) type Set = Ranges<Version>;

/// What the index said, asked once for each package.
pub(super) struct Known<'a> {
    index: &'a dyn Index,
    locked: &'a Locked,
    roots: &'a Roots,
    releases: RefCell<BTreeMap<PackageName, Rc<[Release]>>>,
}

impl<'a> Known<'a> {
    fn new(index: &'a dyn Index, locked: &'a Locked, roots: &'a Roots) -> Self {
        Self {
            index,
            locked,
            roots,
            releases: RefCell::default(),
        }
    }

    /// Every version, the oldest first.
    pub(super) fn releases(&self, name: &PackageName) -> Result<Rc<[Release]>, IndexError> {
        if let Some(releases) = self.releases.borrow().get(name) {
            return Ok(Rc::clone(releases));
        }
        let releases: Rc<[Release]> = self.index.releases(name)?.into();
        self.releases
            .borrow_mut()
            .insert(name.clone(), Rc::clone(&releases));
        Ok(releases)
    }

    /// Packages that there are, for near misses.
    pub(super) fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        self.index.search(query)
    }

    fn is_open(&self, release: &Release) -> bool {
        !release.yanked || self.locked.holds(&release.name, &release.version)
    }

    /// The versions that fit a requirement and may be taken.
    pub(super) fn fitting(
        &self,
        name: &PackageName,
        requirement: &VersionReq,
    ) -> Result<Set, IndexError> {
        let releases = self.releases(name)?;
        let open: Vec<&Release> = releases
            .iter()
            .filter(|release| self.is_open(release))
            .collect();
        let mut set = Set::empty();
        // Neighbours that fit make one range, so sets stay small.
        for run in
            open.chunk_by(|a, b| requirement.matches(&a.version) == requirement.matches(&b.version))
        {
            if let (Some(first), Some(last)) = (run.first(), run.last())
                && requirement.matches(&first.version)
            {
                let range = Set::higher_than(first.version.clone())
                    .intersection(&Set::lower_than(last.version.clone()));
                set = set.union(&range);
            }
        }
        Ok(set)
    }

    /// What the Boxfile asks for: for each package the versions that suit every line.
    fn of_roots(&self) -> Result<BTreeMap<PackageName, Set>, IndexError> {
        let mut sets: BTreeMap<PackageName, Set> = BTreeMap::new();
        for root in self.roots.lines() {
            let set = self.fitting(&root.name, &root.requirement)?;
            let known = sets.entry(root.name.clone()).or_insert_with(Set::full);
            *known = known.intersection(&set);
        }
        Ok(sets)
    }

    fn dependencies(
        &self,
        name: &PackageName,
        version: &Version,
    ) -> Result<Vec<(Node, Set)>, IndexError> {
        let releases = self.releases(name)?;
        let release = releases.iter().find(|release| release.version == *version);
        let mut sets = Vec::new();
        for dependency in release
            .into_iter()
            .flat_map(|release| &release.dependencies)
        {
            // A file that the Boxfile puts in a package's place stands for every version;
            // a package that depends on itself has been looked at.
            if !self.roots.is_file(&dependency.name) && dependency.name != *name {
                let set = self.fitting(&dependency.name, &dependency.requirement)?;
                sets.push((Node::Package(dependency.name.clone()), set));
            }
        }
        Ok(sets)
    }

    /// Whether a version depends on another version of its own package: as a box has one
    /// version of a package, nobody can take it. The solver takes no edge from a package
    /// to itself, so this is answered before.
    fn excludes_itself(&self, name: &PackageName, version: &Version) -> Result<bool, IndexError> {
        let releases = self.releases(name)?;
        let release = releases.iter().find(|release| release.version == *version);
        Ok(release.is_some_and(|release| {
            let own = |dependency: &&Dependency| dependency.name == *name;
            release
                .dependencies
                .iter()
                .filter(own)
                .any(|dependency| !dependency.requirement.matches(version))
        }))
    }

    /// The best of the versions in a set.
    fn best(&self, name: &PackageName, set: &Set) -> Result<Option<Version>, IndexError> {
        let releases = self.releases(name)?;
        let open = releases
            .iter()
            .filter(|release| self.is_open(release) && set.contains(&release.version));
        let rank = |release: &&Release| {
            let locked = self.locked.holds(name, &release.version);
            (
                locked,
                release.version.pre.is_empty(),
                release.version.clone(),
            )
        };
        Ok(open.max_by_key(rank).map(|release| release.version.clone()))
    }

    fn count(&self, name: &PackageName, set: &Set) -> usize {
        let releases = self.releases(name).unwrap_or_default();
        releases
            .iter()
            .filter(|release| set.contains(&release.version))
            .count()
    }
}

/// The version of the Boxfile: there is one.
fn only() -> Version {
    Version::new(0, 0, 0)
}

impl DependencyProvider for Known<'_> {
    type P = Node;
    type V = Version;
    type VS = Set;
    type M = String;
    type Priority = (u32, Reverse<usize>);
    type Err = IndexError;

    fn prioritize(
        &self,
        node: &Node,
        set: &Set,
        statistics: &PackageResolutionStatistics,
    ) -> Self::Priority {
        let count = match node {
            Node::Boxfile => 1,
            Node::Package(name) => self.count(name, set),
        };
        // What can't be satisfied at all is found at once.
        let conflicts = if count == 0 {
            u32::MAX
        } else {
            statistics.conflict_count()
        };
        (conflicts, Reverse(count))
    }

    fn choose_version(&self, node: &Node, set: &Set) -> Result<Option<Version>, IndexError> {
        match node {
            Node::Boxfile => Ok(Some(only())),
            Node::Package(name) => self.best(name, set),
        }
    }

    fn get_dependencies(
        &self,
        node: &Node,
        version: &Version,
    ) -> Result<Dependencies<Node, Set, String>, IndexError> {
        let dependencies: Vec<(Node, Set)> = match node {
            Node::Boxfile => self
                .of_roots()?
                .into_iter()
                .map(|(name, set)| (Node::Package(name), set))
                .collect(),
            Node::Package(name) if self.excludes_itself(name, version)? => {
                let reason = format!("{name} {version} depends on another version of itself");
                return Ok(Dependencies::Unavailable(reason));
            }
            Node::Package(name) => self.dependencies(name, version)?,
        };
        Ok(Dependencies::Available(dependencies.into_iter().collect()))
    }
}

/// One version for every package that the roots need.
pub(super) fn solve(
    manifest: &Manifest,
    roots: &Roots,
    index: &dyn Index,
    locked: &Locked,
) -> Result<BTreeMap<PackageName, Release>, ResolveError> {
    let known = Known::new(index, locked, roots);
    explain::check_roots(manifest, roots.lines(), &known)?;
    let solution = match pubgrub::resolve(&known, Node::Boxfile, only()) {
        Ok(solution) => solution,
        Err(PubGrubError::NoSolution(tree)) => {
            return Err(explain::conflict(manifest, roots.lines(), &known, &tree));
        }
        Err(
            PubGrubError::ErrorChoosingVersion { source, .. }
            | PubGrubError::ErrorRetrievingDependencies { source, .. }
            | PubGrubError::ErrorInShouldCancel(source),
        ) => return Err(source.into()),
    };
    let mut releases = BTreeMap::new();
    for (node, version) in solution {
        let Node::Package(name) = node else { continue };
        let all = known.releases(&name)?;
        if let Some(release) = all.iter().find(|release| release.version == version) {
            releases.insert(name, release.clone());
        }
    }
    Ok(releases)
}
