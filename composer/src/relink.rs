//! Other modules in a finished box, without its sources: everything else comes out
//! of the box itself, or of the store where the box is fused and was built here.

use std::collections::BTreeSet;
use std::sync::Arc;

use boxfile_spec::{
    AppSource, BoxfileErrors, ComponentSource, LockError, Lockfile, Manifest, PackageName,
    PackageRef, Slot, edit,
};
use bytes::Bytes;
use miette::Diagnostic;
use registry_index::{ComponentError, Index, IndexError, Memory, Query, Release, Store};
use semver::Version;
use thiserror::Error;

use crate::bake::Baked;
use crate::build::{BuildError, Built, Finish, Sources, Starter, compose, finish};
use crate::component::Component;
use crate::description::{Form, Module, Role};
use crate::fetch::{Files, Locals};
use crate::finished::{FinishedBox, OpenError, baked_by};
use crate::progress::{Event, Progress};
use crate::resolve::LockMode;

/// One slot that another module is to fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// Which slot.
    pub slot: Slot,
    /// By which package.
    pub module: PackageRef,
}

/// Why a box cannot be linked anew.
#[derive(Debug, Error, Diagnostic)]
pub enum RelinkError {
    /// The box cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Open(#[from] OpenError),
    /// The Boxfile in the box cannot be read.
    #[error("the Boxfile in this box cannot be read")]
    #[diagnostic(code(relink::boxfile), help("build the box again, from its sources"))]
    Manifest(#[source] BoxfileErrors),
    /// The Boxfile in the box cannot be edited.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Edit(#[from] edit::EditError),
    /// The lock in the box cannot be read.
    #[error("the lock in this box cannot be read")]
    #[diagnostic(code(relink::lock), help("build the box again, from its sources"))]
    Lock(#[source] LockError),
    /// A part of the box cannot be used again.
    #[error("the part `{part}` of this box cannot be used again: {reason}")]
    #[diagnostic(code(relink::part), help("build the box again, from its sources"))]
    Part {
        /// Which.
        part: String,
        /// Why.
        reason: ComponentError,
    },
    /// The box is fused, and a part of it is nowhere else.
    #[error("this box is fused, and this machine does not have its part `{part}`")]
    #[diagnostic(
        code(relink::fused),
        help(
            "swap the module in the Boxfile and build again; a box that is built with `--form linked` carries its parts"
        )
    )]
    Fused {
        /// Which.
        part: String,
    },
    /// The parts do not make a box.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Build(#[from] BuildError),
}

/// Puts other modules into the slots of a finished box and links it anew. `sources`
/// has the new modules; those that stay come out of the box.
///
/// # Errors
///
/// [`RelinkError`]; what does not fit is said about the box's own Boxfile with the
/// new lines in it.
pub fn relink(
    finished: &FinishedBox,
    swaps: &[Swap],
    sources: Sources<'_>,
    starter: &Starter,
    progress: &dyn Progress,
) -> Result<Built, RelinkError> {
    let mut text = finished.manifest().to_owned();
    for swap in swaps {
        text = edit::set_kernel(&text, swap.slot, &swap.module)?;
    }
    let modules: Vec<PackageName> = swaps.iter().map(|swap| swap.module.name.clone()).collect();
    relink_as(finished, &text, &modules, sources, starter, progress)
}

/// Links a finished box anew after another Boxfile, which must be its own with other modules
/// and grants. `updated` are packages that may be taken at other versions than it has.
///
/// # Errors
///
/// As [`relink`].
pub fn relink_as(
    finished: &FinishedBox,
    boxfile: &str,
    updated: &[PackageName],
    sources: Sources<'_>,
    starter: &Starter,
    progress: &dyn Progress,
) -> Result<Built, RelinkError> {
    let manifest =
        boxfile_spec::parse(boxfile, "Boxfile.toml of the box").map_err(RelinkError::Manifest)?;
    let lock =
        Lockfile::parse(finished.lock(), "Boxfile.lock of the box").map_err(RelinkError::Lock)?;

    let parts = Parts {
        finished,
        store: sources.store,
    };
    let own = Carried(own_packages(&parts, &layers(&manifest))?);
    let index = Own {
        own: &own,
        others: sources.index,
    };
    let open = |_: &str| Ok::<Arc<dyn Index>, IndexError>(Arc::new(own.clone()));
    let sources = Sources {
        index: &index,
        open: &open,
        store: sources.store,
    };
    let locals = locals(&parts, &manifest)?;
    // A module that is asked for anew may be taken at a newer version.
    let mode = LockMode::UpdateOnly(updated.to_vec());
    let composed = compose(&manifest, &locals, sources, Some(&lock), &mode, progress)?;
    progress.event(Event::Link);
    let form = match finished.description().form {
        Form::Linked => Some(Form::Linked),
        // What comes in may be what cannot be fused.
        Form::Fused => None,
    };
    let how = Finish {
        form,
        starter,
        ..Finish::default()
    };
    Ok(finish(&manifest, composed, &how)?)
}

/// Where the parts of a box are: in it, or, where it is fused, in the store of the
/// machine that built it.
#[derive(Clone, Copy)]
struct Parts<'a> {
    finished: &'a FinishedBox,
    store: Option<&'a Store>,
}

impl Parts<'_> {
    fn bytes(&self, module: &Module) -> Option<Bytes> {
        let stored = || self.store?.get(&module.digest).ok().flatten();
        self.finished.component(&module.digest).or_else(stored)
    }
}

/// The parts of a box that are packages, as a source.
fn own_packages(parts: &Parts<'_>, layers: &BTreeSet<PackageName>) -> Result<Memory, RelinkError> {
    let finished = parts.finished;
    let lock =
        Lockfile::parse(finished.lock(), "Boxfile.lock of the box").map_err(RelinkError::Lock)?;
    let mut memory = Memory::new("this box");
    for module in &finished.description().modules {
        let (Some(name), Some(version)) = (&module.package, &module.version) else {
            continue;
        };
        // One that is missing may be had where it came from.
        let Some(bytes) = parts.bytes(module) else {
            continue;
        };
        let mut release = Release::describe(name.clone(), version.clone(), &bytes)
            .map_err(|reason| part_error(module, reason))?;
        release.dependencies = dependencies(&lock, name, version);
        // A package that fills two slots is one release; the first is as good as any.
        if let Ok(known) = memory.insert(release, bytes) {
            // The lock goes on saying where it came from first.
            let id = boxfile_spec::PackageId {
                name: name.clone(),
                version: version.clone(),
            };
            if let Some(locked) = lock.get(&id) {
                known.origin.clone_from(&locked.source);
            }
        }
    }
    // Layers are in the image; that they were of a package stays in the lock.
    for locked in lock.packages() {
        if layers.contains(&locked.name) {
            // Nobody asks for the bytes.
            let (name, version) = (locked.name.clone(), locked.version.clone());
            if let Ok(known) = memory.add(name, version, EMPTY_COMPONENT) {
                known.digest = locked.digest;
                known.origin.clone_from(&locked.source);
            }
        }
    }
    Ok(memory)
}

/// The packages whose layers are baked in.
fn layers(manifest: &Manifest) -> BTreeSet<PackageName> {
    let layers = manifest.files.iter().flat_map(|line| line.source.layers());
    let names = layers.filter_map(|layer| match layer {
        ComponentSource::Package { reference, .. } => Some(reference.name.clone()),
        ComponentSource::Path(_) => None,
    });
    names.collect()
}

/// The header of a component, and nothing in it.
const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// What a package of a box depends on: what its lock resolved, at exactly that version.
fn dependencies(
    lock: &Lockfile,
    name: &PackageName,
    version: &Version,
) -> Vec<registry_index::Dependency> {
    let id = boxfile_spec::PackageId {
        name: name.clone(),
        version: version.clone(),
    };
    let locked = lock
        .get(&id)
        .map(|package| package.dependencies.clone())
        .unwrap_or_default();
    let exact = |version: &Version| semver::Comparator {
        op: semver::Op::Exact,
        major: version.major,
        minor: Some(version.minor),
        patch: Some(version.patch),
        pre: version.pre.clone(),
    };
    let all = locked.into_iter().map(|of| registry_index::Dependency {
        requirement: semver::VersionReq {
            comparators: vec![exact(&of.version)],
        },
        name: of.name,
    });
    all.collect()
}

/// The parts of a box that were files of the host when it was built.
fn locals(parts: &Parts<'_>, manifest: &Manifest) -> Result<Locals, RelinkError> {
    let finished = parts.finished;
    let part = |wanted: &dyn Fn(&Module) -> bool| -> Result<Option<Arc<Component>>, RelinkError> {
        let module = finished
            .description()
            .modules
            .iter()
            .find(|module| wanted(module));
        let Some(module) = module else {
            return Ok(None);
        };
        let bytes = parts.bytes(module).ok_or_else(|| RelinkError::Fused {
            part: module.id.clone(),
        })?;
        Component::read(bytes)
            .map(Some)
            .map_err(|reason| part_error(module, reason))
    };
    let mut locals = Locals {
        files: Files::Baked(baked(parts)?),
        ..Locals::default()
    };
    if !matches!(
        manifest.app.source,
        AppSource::Package(_) | AppSource::Script(_)
    ) {
        locals.app = part(&|module| module.role == Role::App)?;
    }
    for (slot, module) in &manifest.kernel {
        if matches!(module.source, ComponentSource::Path(_))
            && let Some(found) = part(&|module| module.role == Role::Kernel(*slot))?
        {
            locals.kernel.insert(*slot, found);
        }
    }
    for line in &manifest.dependencies {
        let is_it = |module: &Module| {
            module.role == Role::Dependency && module.package.as_ref() == Some(&*line.name)
        };
        if matches!(line.source, ComponentSource::Path(_))
            && let Some(found) = part(&is_it)?
        {
            locals
                .dependencies
                .insert(line.name.clone().into_inner(), found);
        }
    }
    Ok(locals)
}

/// What is baked in, though nothing in the box may read it any more.
fn baked(parts: &Parts<'_>) -> Result<Baked, RelinkError> {
    if let Some(baked) = parts.finished.baked()? {
        return Ok(baked);
    }
    let Some(module) = parts.finished.image() else {
        return Ok(Baked::default());
    };
    let bytes = parts.bytes(module).ok_or_else(|| RelinkError::Fused {
        part: module.id.clone(),
    })?;
    Ok(baked_by(&bytes)?)
}

fn part_error(module: &Module, reason: ComponentError) -> RelinkError {
    RelinkError::Part {
        part: module.id.clone(),
        reason,
    }
}

/// The packages that a box carries. They go on naming where they were taken from, so they are
/// known by their bytes.
#[derive(Clone)]
struct Carried(Memory);

impl Index for Carried {
    fn origin(&self) -> &str {
        self.0.origin()
    }

    fn owns(&self, release: &Release) -> bool {
        let known = self.0.releases(&release.name).unwrap_or_default();
        known.iter().any(|known| known.digest == release.digest)
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        self.0.releases(name)
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        self.0.fetch(release)
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        self.0.search(query)
    }
}

/// What is in the box, before what is elsewhere: of a version that both have, the
/// box's bytes are the ones that it was built with.
struct Own<'a> {
    own: &'a Carried,
    others: &'a dyn Index,
}

impl Index for Own<'_> {
    fn origin(&self) -> &str {
        self.others.origin()
    }

    fn owns(&self, release: &Release) -> bool {
        self.own.owns(release) || self.others.owns(release)
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        let mut releases = self.own.releases(name)?;
        for other in self.others.releases(name)? {
            if !releases
                .iter()
                .any(|release| release.version == other.version)
            {
                releases.push(other);
            }
        }
        releases.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(releases)
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        if self.own.owns(release) {
            self.own.fetch(release)
        } else {
            self.others.fetch(release)
        }
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        self.others.search(query)
    }
}
