//! The only stage that does I/O: files of the host, cargo, and the sources of packages.

pub mod adapt;
pub mod cargo;
mod ceiling;
mod error;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use boxfile_spec::{AppSource, ComponentSource, GuestPath, Manifest, PackageName, Slot};
use bytes::Bytes;
use registry_index::{BUILT_IN, Index, IndexError, Kind, Release, Store};
use vfs_layer::Layer;

pub use error::FetchError;

use crate::bake::{BakeInput, Baked, Pieces, bake, gather};
use crate::component::Component;
use crate::progress::{Event, Progress};
use crate::resolve::Resolution;
use cargo::{CargoBuild, Product};
use error::Asked;

/// What comes from the host's files: components, and the files that are baked in.
#[derive(Debug, Clone, Default)]
pub struct Locals {
    /// `[app] component` or `cargo`; none for a package or a script.
    pub app: Option<Arc<Component>>,
    /// Lines of `[kernel]` with a `path`.
    pub kernel: BTreeMap<Slot, Arc<Component>>,
    /// Lines of `[dependencies]` with a `path`.
    pub dependencies: BTreeMap<PackageName, Arc<Component>>,
    /// `[files]`.
    pub files: Files,
    /// Every file and folder that was read, by cargo too: where none has changed,
    /// neither has any of these.
    pub sources: Vec<PathBuf>,
}

/// What is baked in.
#[derive(Debug, Clone)]
pub enum Files {
    /// As far as the host has it: layers of packages may be missing.
    Pieces(Pieces),
    /// All of it, as a finished box has it.
    Baked(Baked),
}

impl Default for Files {
    fn default() -> Self {
        Self::Baked(Baked::default())
    }
}

/// How to look at the host.
#[derive(Clone, Copy)]
pub struct HostOptions<'a> {
    /// The Boxfile's folder.
    pub base: &'a Path,
    /// Nothing may be asked of a network.
    pub offline: bool,
    /// Cargo may not change its own lock.
    pub locked: bool,
    /// Files that are never baked in: the box itself.
    pub skip: &'a [PathBuf],
    /// The modification time of baked files, in seconds since the epoch.
    pub modified: i64,
    /// Told what goes on.
    pub progress: &'a dyn Progress,
}

/// Where `[app] script` is in the box.
///
/// # Panics
///
/// Never: the path is made of a file's name.
#[must_use]
pub fn script_path(manifest: &Manifest) -> Option<GuestPath> {
    let AppSource::Script(script) = &manifest.app.source else {
        return None;
    };
    let name = script.file_name()?.to_str()?;
    // Beside the other files of the program, where it can find them by relative paths.
    let folder = manifest.app.cwd.as_ref().map_or("/app", |cwd| cwd.as_str());
    GuestPath::new(&format!("{}/{name}", folder.trim_end_matches('/'))).ok()
}

/// Reads what the Boxfile takes from the host, and builds what it says to build.
///
/// # Errors
///
/// [`FetchError`], naming the file and the line that asked for it.
pub fn locals(manifest: &Manifest, options: HostOptions<'_>) -> Result<Locals, FetchError> {
    let mut locals = Locals::default();
    match &manifest.app.source {
        AppSource::Component(path) => {
            let asked = Asked::new(manifest, "`component` in [app]", path.span());
            locals.app = Some(locals.read(options.base, path, &asked)?);
        }
        AppSource::Cargo(source) => {
            options.progress.event(Event::Cargo);
            let asked = Asked::new(manifest, "`cargo` in [app]", source.path.span());
            let built = cargo::build(CargoBuild {
                product: Product::Program,
                dir: &options.base.join(&*source.path),
                package: source.package.as_ref().map(|name| name.as_str()),
                bin: source.bin.as_ref().map(|name| name.as_str()),
                locked: options.locked,
                offline: options.offline,
            });
            let built = built?;
            locals.app = Some(locals.read(options.base, &built.wasm, &asked)?);
            locals.sources.extend(built.sources);
        }
        AppSource::Script(_) | AppSource::Package(_) => {}
    }
    for (slot, module) in &manifest.kernel {
        if let ComponentSource::Path(path) = &module.source {
            let asked = Asked::new(manifest, &format!("`{slot}` in [kernel]"), path.span());
            let part = locals.read(options.base, path, &asked)?;
            locals.kernel.insert(*slot, part);
        }
    }
    for line in &manifest.dependencies {
        if let ComponentSource::Path(path) = &line.source {
            let asked = Asked::new(
                manifest,
                &format!("`{}` in [dependencies]", *line.name),
                path.span(),
            );
            let part = locals.read(options.base, path, &asked)?;
            locals
                .dependencies
                .insert(line.name.clone().into_inner(), part);
        }
    }
    options.progress.event(Event::Bake);
    let files = gather_files(manifest, options)?;
    locals.sources.extend_from_slice(&files.sources);
    locals.files = Files::Pieces(files);
    locals.sources.sort();
    locals.sources.dedup();
    Ok(locals)
}

fn gather_files(manifest: &Manifest, options: HostOptions<'_>) -> Result<Pieces, FetchError> {
    let guest = script_path(manifest);
    let script = match (&manifest.app.source, &guest) {
        (AppSource::Script(host), Some(guest)) => Some((host.as_path(), guest)),
        _ => None,
    };
    let input = BakeInput {
        base: options.base,
        files: &manifest.files,
        script,
        cwd: manifest.app.cwd.as_deref(),
        skip: options.skip,
        modified: options.modified,
    };
    gather(input).map_err(|error| FetchError::bake(manifest, error))
}

impl Locals {
    fn read(
        &mut self,
        base: &Path,
        path: &Path,
        asked: &Asked<'_>,
    ) -> Result<Arc<Component>, FetchError> {
        let file = base.join(path);
        let bytes = std::fs::read(&file).map_err(|error| asked.unreadable(path, error))?;
        self.sources.push(file);
        component(bytes.into(), &path.display().to_string(), asked)
    }
}

/// Any WebAssembly file → a component that was checked to the last function body.
fn component(bytes: Bytes, what: &str, asked: &Asked<'_>) -> Result<Arc<Component>, FetchError> {
    let (bytes, _) = adapt::adapt(bytes.into()).map_err(|error| asked.unusable(what, &error))?;
    Component::validated(bytes).map_err(|error| asked.unfit(what, &error))
}

/// Fetches the packages of a resolution that are components, from the store where it has them.
///
/// # Errors
///
/// [`FetchError`] where a source does not answer, or has something else than it promised.
pub fn packages(
    manifest: &Manifest,
    resolution: &Resolution,
    from: From<'_>,
) -> Result<BTreeMap<PackageName, Arc<Component>>, FetchError> {
    let mut parts = BTreeMap::new();
    let layers = resolution.layers();
    for release in resolution.releases() {
        if layers.contains(&release.name) {
            continue;
        }
        let bytes = from.fetch(release)?;
        let what = format!("{} {}", release.name, release.version);
        let asked = Asked::of_package(manifest, &release.name);
        // What is built in was checked when it was built.
        let part = if release.origin == BUILT_IN && release.kind != Kind::CoreModule {
            Component::read(bytes).map_err(|error| asked.unfit(&what, &error))?
        } else {
            component(bytes, &what, &asked)?
        };
        parts.insert(release.name.clone(), part);
    }
    Ok(parts)
}

/// Bakes the files of the host and the layers of packages, which it fetches.
///
/// # Errors
///
/// As [`packages`], and [`FetchError::Bake`].
pub fn files(
    manifest: &Manifest,
    locals: &Locals,
    resolution: &Resolution,
    from: From<'_>,
) -> Result<Baked, FetchError> {
    let pieces = match &locals.files {
        Files::Baked(baked) => return Ok(baked.clone()),
        Files::Pieces(pieces) => pieces,
    };
    let mut layers = BTreeMap::new();
    for name in resolution.layers() {
        let Some(release) = resolution.get(&name) else {
            continue;
        };
        let bytes = from.fetch(release)?;
        let what = format!("{} {}", release.name, release.version);
        let layer = Layer::read(&*bytes)
            .map_err(|error| Asked::of_package(manifest, &name).no_layer(&what, &error))?;
        layers.insert(name, layer);
    }
    bake(pieces, &layers).map_err(|error| FetchError::bake(manifest, error))
}

/// Where the bytes of packages come from.
#[derive(Clone, Copy)]
pub struct From<'a> {
    /// Whom to ask.
    pub index: &'a dyn Index,
    /// Keeps what was fetched.
    pub store: Option<&'a Store>,
    /// Told of each.
    pub progress: &'a dyn Progress,
}

impl From<'_> {
    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        // What is built in is at hand.
        if release.origin == BUILT_IN {
            return self.index.fetch(release);
        }
        self.progress.event(Event::Fetch {
            name: &release.name,
            version: &release.version,
            size: release.size,
        });
        match self.store {
            Some(store) => store.get_or_fetch(&release.digest, || self.index.fetch(release)),
            None => self.index.fetch(release),
        }
    }
}
