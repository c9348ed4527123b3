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
use registry_index::{BUILT_IN, Index, Kind, Store};

pub use error::FetchError;

use crate::bake::{BakeInput, Baked, bake};
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
    /// The image of `[files]`.
    pub baked: Baked,
    /// Every file and folder that was read, by cargo too: where none has changed,
    /// neither has any of these.
    pub sources: Vec<PathBuf>,
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
    locals.baked = bake_files(manifest, options)?;
    locals.sources.extend_from_slice(&locals.baked.sources);
    locals.sources.sort();
    locals.sources.dedup();
    Ok(locals)
}

fn bake_files(manifest: &Manifest, options: HostOptions<'_>) -> Result<Baked, FetchError> {
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
    bake(input).map_err(|error| FetchError::bake(manifest, error))
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

/// Fetches the packages of a resolution, from the store where it has them.
///
/// # Errors
///
/// [`FetchError`] where a source does not answer, or has something else than it promised.
pub fn packages(
    manifest: &Manifest,
    resolution: &Resolution,
    index: &dyn Index,
    store: Option<&Store>,
    progress: &dyn Progress,
) -> Result<BTreeMap<PackageName, Arc<Component>>, FetchError> {
    let mut parts = BTreeMap::new();
    for release in resolution.releases() {
        // What is built in was checked when it was built, and is at hand.
        let built_in = release.origin == BUILT_IN;
        if !built_in {
            progress.event(Event::Fetch {
                name: &release.name,
                version: &release.version,
                size: release.size,
            });
        }
        let bytes = match store {
            Some(store) if !built_in => {
                store.get_or_fetch(&release.digest, || index.fetch(release))?
            }
            _ => index.fetch(release)?,
        };
        let what = format!("{} {}", release.name, release.version);
        let asked = Asked::of_package(manifest, &release.name);
        let part = if built_in && release.kind != Kind::CoreModule {
            Component::read(bytes).map_err(|error| asked.unfit(&what, &error))?
        } else {
            component(bytes, &what, &asked)?
        };
        parts.insert(release.name.clone(), part);
    }
    Ok(parts)
}
