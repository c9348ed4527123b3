//! Boxfile and lock → one version of every package.
//!
//! The version that the lock names wins where it still fits; otherwise the highest
//! release that fits, and a prerelease only where no release does. Yanked versions
//! are only taken when the lock names them. One package has one version in a box.

mod error;
mod explain;
mod roots;
mod solver;

use std::collections::{BTreeMap, BTreeSet};

use boxfile_spec::{
    ComponentSource, Digest, LockedPackage, Lockfile, Manifest, PackageId, PackageName, Slot,
};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;
use registry_index::{Index, Interfaces, Release};
use semver::VersionReq;

pub use error::{Asked, ResolveError};
pub use roots::{Asker, Root};

use crate::fetch::Locals;
use crate::kernel;
use crate::reason::Chosen;
use roots::Roots;

/// What a lock file means to a resolution.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LockMode {
    /// What is locked stays while it fits; the rest is found anew. (`box build`)
    #[default]
    Keep,
    /// The lock must hold everything and stay as it is. (`--locked`)
    Locked,
    /// Everything is found anew. (`box update`)
    Update,
    /// These packages are found anew, the rest stays while it fits. (`box update NAME…`)
    UpdateOnly(Vec<PackageName>),
}

/// Which version of which package is in the box, who asked for it, and which
/// modules fill the kernel.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// An edge leads from a package to one that it depends on.
    graph: DiGraph<Release, VersionReq>,
    by_name: BTreeMap<PackageName, NodeIndex>,
    /// Everything that the Boxfile asks for, by name or by leaving it out.
    pub roots: Vec<Root>,
    /// The module of each slot that takes a package, and why that one.
    pub kernel: BTreeMap<Slot, (PackageName, Chosen)>,
    /// Built-in packages whose bytes are not those that the lock names: another
    /// build of this program wrote it.
    pub rebuilt: Vec<PackageName>,
}

/// Finds one version for every package that the Boxfile needs.
///
/// # Errors
///
/// [`ResolveError`], in the words of the Boxfile.
pub fn resolve(
    manifest: &Manifest,
    locals: &Locals,
    index: &dyn Index,
    lock: Option<&Lockfile>,
    mode: &LockMode,
) -> Result<Resolution, ResolveError> {
    let locked = solver::Locked::new(lock, mode);
    let mut roots = Roots::of(manifest);
    roots.add_defaults(manifest, index)?;
    // Which modules end and wait for the box depends on what the others import,
    // which is known when they are.
    let first = solver::solve(manifest, &roots, index, &locked)?;
    let faces_host = faces_host(manifest, locals, &roots, &first);
    let exit_code = wants_exit_code(manifest, locals, &first);
    roots.add_ending_and_waiting(manifest, index, faces_host, exit_code)?;
    let releases = solver::solve(manifest, &roots, index, &locked)?;

    let resolution = Resolution::new(roots, releases);
    resolution.check_digests(index, lock, mode)
}

fn faces_host(
    manifest: &Manifest,
    locals: &Locals,
    roots: &Roots,
    releases: &BTreeMap<PackageName, Release>,
) -> bool {
    let chosen = roots
        .kernel()
        .values()
        .filter_map(|(name, _)| releases.get(name));
    let of_packages = chosen.map(Release::interfaces);
    let of_files = locals.kernel.values().map(|part| part.interfaces().clone());
    let stacked = manifest
        .dependencies
        .iter()
        .filter_map(|line| match &line.source {
            ComponentSource::Path(_) => {
                Some(locals.dependencies.get(&*line.name)?.interfaces().clone())
            }
            ComponentSource::Package { .. } => Some(releases.get(&*line.name)?.interfaces()),
        });
    let stacked: Vec<Interfaces> = stacked.filter(kernel::is_driver).collect();
    of_packages
        .chain(of_files)
        .chain(stacked)
        .any(|interfaces| kernel::faces_host(&interfaces))
}

/// The first part that imports `exit-with-code`, the app before all others.
fn wants_exit_code(
    manifest: &Manifest,
    locals: &Locals,
    releases: &BTreeMap<PackageName, Release>,
) -> Option<String> {
    let app = locals
        .app
        .iter()
        .map(|part| ("app".to_owned(), part.interfaces().clone()));
    let files = locals
        .dependencies
        .iter()
        .map(|(name, part)| (name.to_string(), part.interfaces().clone()));
    let runtime = locals
        .kernel
        .get(&Slot::Runtime)
        .map(|part| ("runtime".to_owned(), part.interfaces().clone()));
    let libc = manifest.kernel.contains_key(&Slot::Libc);
    let packages = releases.values().filter(|release| {
        // The personality offers `exit-with-code` to apps; that it also asks for one says nothing.
        libc || !kernel::is_driver(&release.interfaces())
    });
    let packages = packages.map(|release| (release.name.to_string(), release.interfaces()));
    app.chain(runtime)
        .chain(files)
        .chain(packages)
        .find(|(_, interfaces)| kernel::wants_exit_code(interfaces))
        .map(|(name, _)| name)
}

impl Resolution {
    fn new(roots: Roots, releases: BTreeMap<PackageName, Release>) -> Self {
        let mut graph = DiGraph::new();
        let mut by_name = BTreeMap::new();
        for (name, release) in releases {
            by_name.insert(name, graph.add_node(release));
        }
        for at in by_name.values().copied() {
            for dependency in graph[at].dependencies.clone() {
                if let Some(to) = by_name.get(&dependency.name) {
                    graph.add_edge(at, *to, dependency.requirement);
                }
            }
        }
        let kernel = roots.kernel().clone();
        Self {
            graph,
            by_name,
            roots: roots.into_lines(),
            kernel,
            rebuilt: Vec::new(),
        }
    }

    /// The packages, sorted by name.
    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        self.by_name.values().map(|at| &self.graph[*at])
    }

    /// The chosen version of a package.
    #[must_use]
    pub fn get(&self, name: &PackageName) -> Option<&Release> {
        self.by_name.get(name).map(|at| &self.graph[*at])
    }

    /// The packages that `[files]` asks for, and nobody else.
    #[must_use]
    pub fn layers(&self) -> BTreeSet<PackageName> {
        let of = |layer: bool| {
            let roots = self.roots.iter();
            let roots = roots.filter(move |root| (root.asker == Asker::Files) == layer);
            roots.map(|root| root.name.clone())
        };
        let parts: BTreeSet<PackageName> = of(false).collect();
        of(true).filter(|name| !parts.contains(name)).collect()
    }

    /// What a package depends on, sorted by name.
    #[must_use]
    pub fn dependencies(&self, name: &PackageName) -> Vec<&Release> {
        let edges = self.by_name.get(name).map(|at| self.graph.edges(*at));
        let mut releases: Vec<_> = edges
            .into_iter()
            .flatten()
            .map(|edge| &self.graph[edge.target()])
            .collect();
        releases.sort_by(|a, b| a.name.cmp(&b.name));
        releases
    }

    /// Which packages depend on a package, sorted by name.
    #[must_use]
    pub fn dependents(&self, name: &PackageName) -> Vec<&Release> {
        let incoming = petgraph::Direction::Incoming;
        let edges = self
            .by_name
            .get(name)
            .map(|at| self.graph.edges_directed(*at, incoming));
        let mut releases: Vec<_> = edges
            .into_iter()
            .flatten()
            .map(|edge| &self.graph[edge.source()])
            .collect();
        releases.sort_by(|a, b| a.name.cmp(&b.name));
        releases
    }

    /// The lock of this resolution and of the box's files.
    #[must_use]
    pub fn lock(&self, manifest: &Manifest, locals: &Locals) -> Lockfile {
        let mut lock = Lockfile::default();
        for release in self.releases() {
            let dependencies = self.dependencies(&release.name);
            lock.insert(LockedPackage {
                name: release.name.clone(),
                version: release.version.clone(),
                source: release.origin.clone(),
                digest: release.digest,
                dependencies: dependencies.iter().map(|of| id(of)).collect(),
            });
        }
        for (name, path, digest) in files(manifest, locals) {
            let local = LockedPackage {
                name,
                version: semver::Version::new(0, 0, 0),
                source: format!("path+{path}"),
                digest,
                dependencies: Vec::new(),
            };
            lock.insert(local);
        }
        lock
    }

    /// Compares the digests with those of the lock.
    fn check_digests(
        mut self,
        index: &dyn Index,
        lock: Option<&Lockfile>,
        mode: &LockMode,
    ) -> Result<Self, ResolveError> {
        let mut rebuilt = Vec::new();
        for release in self.releases() {
            let Some(locked) = lock.and_then(|lock| lock.get(&id(release))) else {
                continue;
            };
            if locked.digest == release.digest || mode.updates(&release.name) {
                continue;
            }
            // A program can't fetch the built-in modules of another build of itself.
            if release.origin == registry_index::BUILT_IN && *mode != LockMode::Locked {
                rebuilt.push(release.name.clone());
                continue;
            }
            return Err(ResolveError::DigestChanged {
                package: id(release),
                origin: if release.origin.is_empty() {
                    index.origin().to_owned()
                } else {
                    release.origin.clone()
                },
                locked: locked.digest,
                found: release.digest,
            });
        }
        self.rebuilt = rebuilt;
        Ok(self)
    }
}

impl LockMode {
    /// Whether the lock's choice for a package is to be forgotten.
    fn updates(&self, name: &PackageName) -> bool {
        match self {
            Self::Keep | Self::Locked => false,
            Self::Update => true,
            Self::UpdateOnly(names) => names.contains(name),
        }
    }
}

/// Refuses a lock that is not, to the byte of each digest, what a build would write.
///
/// # Errors
///
/// [`ResolveError::NoLock`] and [`ResolveError::LockOutdated`], with what differs.
pub fn check_locked(fresh: &Lockfile, lock: Option<&Lockfile>) -> Result<(), ResolveError> {
    let lock = lock.ok_or(ResolveError::NoLock)?;
    if fresh == lock {
        return Ok(());
    }
    let mut changes = Vec::new();
    for package in fresh.packages() {
        match lock.get(&package.id()) {
            None => changes.push(format!("`{}` is missing", package.id())),
            Some(known) if known.digest != package.digest => {
                changes.push(format!("`{}` has other bytes", package.id()));
            }
            Some(known) if known != package => {
                changes.push(format!("`{}` comes from elsewhere", package.id()));
            }
            Some(_) => {}
        }
    }
    for package in lock.packages() {
        if fresh.get(&package.id()).is_none() {
            changes.push(format!("`{}` is not needed", package.id()));
        }
    }
    Err(ResolveError::LockOutdated { changes })
}

/// Components that are files of the host: name, path in the Boxfile, digest.
fn files(manifest: &Manifest, locals: &Locals) -> Vec<(PackageName, String, Digest)> {
    let mut files = Vec::new();
    for line in &manifest.dependencies {
        if let (ComponentSource::Path(path), Some(part)) =
            (&line.source, locals.dependencies.get(&*line.name))
        {
            files.push((
                line.name.clone().into_inner(),
                path_text(path),
                part.digest(),
            ));
        }
    }
    for (slot, module) in &manifest.kernel {
        if let (ComponentSource::Path(path), Some(part)) = (&module.source, locals.kernel.get(slot))
        {
            // A file has no package name; the lock needs one that no package has.
            if let Ok(name) = format!("kernel:{slot}").parse() {
                files.push((name, path_text(path), part.digest()));
            }
        }
    }
    files
}

/// The same on every system: with slashes.
fn path_text(path: &std::path::Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn id(release: &Release) -> PackageId {
    PackageId {
        name: release.name.clone(),
        version: release.version.clone(),
    }
}
