//! The whole way, from a Boxfile to a sealed box.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use boxfile_spec::{ComponentSource, Lockfile, Manifest, PackageName, Preinit};
use bytes::Bytes;
use miette::Diagnostic;
use registry_index::{
    Index, IndexError, Query, Release, Remembered, Store, StoreError, first_known,
};
use thiserror::Error;

use crate::description::{Form, Role};
use crate::fetch::{self, FetchError, HostOptions, Locals};
use crate::finished::FinishedBox;
use crate::fuse::{NotFused, Options, fuse};
use crate::link::{LinkError, Texts, label, link};
use crate::optimize::{NotOptimized, Optimizer, optimize};
use crate::plan::{Parts, Plan, PlanError, plan};
use crate::progress::{Event, Progress};
use crate::resolve::{LockMode, Resolution, ResolveError, check_locked, resolve};
use crate::seal::{SealError, Sealed, seal};
use crate::warning::{Warning, warnings};

/// Opens a source by the name that a Boxfile gives it.
pub type OpenRegistry<'a> = dyn Fn(&str) -> Result<Arc<dyn Index>, IndexError> + 'a;

/// Where packages come from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The usual sources.
    pub index: &'a dyn Index,
    /// Opens the source that a line of the Boxfile names with `registry`.
    pub open: &'a OpenRegistry<'a>,
    /// Keeps what was fetched.
    pub store: Option<&'a Store>,
}

/// Starts a fused box, calls a function that it exports, and makes a box of what is then
/// in its memories: `[build] preinit`. Needs an engine, which the composer does without.
/// The second argument is the function, and none where the app does not export one.
pub type Starter = dyn Fn(&[u8], Option<&str>) -> Result<Vec<u8>, NotStarted>;

/// Why a box cannot start from a snapshot.
#[derive(Debug, Error, Diagnostic)]
#[error("the box cannot be started before it is finished: {reason}")]
#[diagnostic(code(build::preinit), help("{help}"))]
pub struct NotStarted {
    /// What happened.
    pub reason: String,
    /// What to do about it.
    pub help: String,
    /// Where it happened, innermost call first.
    pub backtrace: Vec<String>,
}

/// How a plan becomes bytes, and with which tools of the host's.
#[derive(Clone, Copy)]
pub struct Finish<'a> {
    /// How the parts are joined, whatever the Boxfile says; `None` leaves it to that.
    pub form: Option<Form>,
    /// Whether a fused box keeps DWARF. A linked one has what its parts have.
    pub dwarf: bool,
    /// Starts boxes whose Boxfile has `preinit`.
    pub starter: &'a Starter,
    /// Rewrites their core modules, where that is asked for.
    pub optimizer: Option<&'a Optimizer>,
}

impl Default for Finish<'_> {
    /// Without an engine: a box with `preinit` is refused.
    fn default() -> Self {
        Self {
            form: None,
            dwarf: false,
            starter: &|_, _| {
                Err(NotStarted {
                    reason: "there is no engine here".to_owned(),
                    help: "leave out `preinit` in [build]".to_owned(),
                    backtrace: Vec::new(),
                })
            },
            optimizer: None,
        }
    }
}

/// What to build, and with what.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The Boxfile.
    pub manifest: &'a Manifest,
    /// Where its packages come from.
    pub sources: Sources<'a>,
    /// The lock beside the Boxfile, if there is one.
    pub lock: Option<&'a Lockfile>,
    /// What it means.
    pub mode: &'a LockMode,
    /// How to encode it.
    pub finish: Finish<'a>,
    /// How to look at the host.
    pub host: HostOptions<'a>,
}

/// A box that is planned and not encoded: all that `box tree`, `box graph` and
/// `box why` need.
#[derive(Debug, Clone)]
pub struct Composed {
    /// Its parts and wires.
    pub plan: Plan,
    /// Which packages it takes, and why.
    pub resolution: Resolution,
    /// What to write beside the Boxfile.
    pub lock: Lockfile,
    /// What is allowed and probably not meant.
    pub warnings: Vec<Warning>,
    /// Every file and folder of the host that was read: where none of them and not the
    /// Boxfile has changed, the box has not. See [`Locals::sources`].
    pub host_files: Vec<PathBuf>,
}

/// A finished box.
#[derive(Debug, Clone)]
pub struct Built {
    /// One component.
    pub component: Vec<u8>,
    /// How it came to be.
    pub composed: Composed,
    /// The proof that it asks for what is granted and nothing else.
    pub sealed: Sealed,
}

/// Why a box could not be built: the stage that failed tells.
#[derive(Debug, Error, Diagnostic)]
#[allow(missing_docs, reason = "each is the error of the stage of that name")]
pub enum BuildError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Resolve(#[from] ResolveError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Fuse(#[from] NotFused),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Optimize(#[from] NotOptimized),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Preinit(#[from] NotStarted),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Seal(#[from] SealError),
}

/// Builds a box.
///
/// # Errors
///
/// [`BuildError`], from the first stage that fails.
pub fn build(request: &Request<'_>) -> Result<Built, BuildError> {
    let composed = prepare(request)?;
    request.host.progress.event(Event::Link);
    finish(request.manifest, composed, &request.finish)
}

/// Goes as far as the plan: nothing is encoded.
///
/// # Errors
///
/// [`BuildError`], from the first stage that fails.
pub fn prepare(request: &Request<'_>) -> Result<Composed, BuildError> {
    let Request {
        manifest,
        sources,
        lock,
        mode,
        host,
        finish: _,
    } = *request;
    let locals = fetch::locals(manifest, host)?;
    compose(manifest, &locals, sources, lock, mode, host.progress)
}

/// Resolves, fetches and plans what is not of the host.
///
/// # Errors
///
/// [`BuildError`], from the first stage that fails.
pub fn compose(
    manifest: &Manifest,
    locals: &Locals,
    sources: Sources<'_>,
    lock: Option<&Lockfile>,
    mode: &LockMode,
    progress: &dyn Progress,
) -> Result<Composed, BuildError> {
    progress.event(Event::Resolve);
    let index = ByLine::new(manifest, sources).map_err(ResolveError::from)?;
    let (resolution, fresh) = choose(manifest, locals, &index, lock, mode)?;
    if *mode == LockMode::Locked {
        check_locked(&fresh, lock)?;
    }
    let from = fetch::From {
        index: &index,
        store: sources.store,
        progress,
    };
    let packages = fetch::packages(manifest, &resolution, from)?;
    let baked = fetch::files(manifest, locals, &resolution, from)?;
    progress.event(Event::Plan);
    let parts = Parts::gather(manifest, locals, &resolution, &packages)?;
    let plan = plan(manifest, &parts, &baked)?;
    let warnings = warnings(manifest, plan.description(), &resolution);
    Ok(Composed {
        plan,
        resolution,
        lock: fresh,
        warnings,
        host_files: locals.sources.clone(),
    })
}

/// Chooses versions. As with cargo, a lock that settles everything needs no network: only
/// where it does not are sources asked what is new.
fn choose(
    manifest: &Manifest,
    locals: &Locals,
    index: &dyn Index,
    lock: Option<&Lockfile>,
    mode: &LockMode,
) -> Result<(Resolution, Lockfile), ResolveError> {
    let choose_from = |index: &dyn Index| -> Result<_, ResolveError> {
        let resolution = resolve(manifest, locals, index, lock, mode)?;
        let fresh = resolution.lock(manifest, locals);
        Ok((resolution, fresh))
    };
    if matches!(mode, LockMode::Keep | LockMode::Locked)
        && let Some(lock) = lock
        && let Ok(settled) = choose_from(&Remembered(index))
        && settled.1 == *lock
    {
        return Ok(settled);
    }
    choose_from(index)
}

/// Encodes and seals a plan. Where neither `how` nor the Boxfile says in which form, it is fused,
/// and linked with a warning where a part can't be.
///
/// # Errors
///
/// [`BuildError::Link`], [`BuildError::Fuse`] and [`BuildError::Seal`].
pub fn finish(
    manifest: &Manifest,
    mut composed: Composed,
    how: &Finish<'_>,
) -> Result<Built, BuildError> {
    let linked = link(&composed.plan)?;
    let said = manifest.build.form.as_ref().map(|form| Form::from(**form));
    // Only a flat component can be started before its time, or optimized as a whole.
    let whole = manifest.build.preinit.is_some() || how.optimizer.is_some();
    let options = Options {
        merged: whole,
        dwarf: how.dwarf,
    };
    let needed = whole.then_some(Form::Fused);
    let (mut component, made) = match how.form.or(said).or(needed) {
        Some(Form::Linked) => (linked, Form::Linked),
        Some(Form::Fused) => (fuse(&linked, options)?, Form::Fused),
        None => match fuse(&linked, options) {
            Ok(fused) => (fused, Form::Fused),
            Err(reason @ NotFused::Unsupported { .. }) => {
                composed
                    .warnings
                    .push(Warning::not_fused(manifest, &reason));
                (linked, Form::Linked)
            }
            Err(defect) => return Err(defect.into()),
        },
    };
    if let Some(optimizer) = how.optimizer {
        if made == Form::Linked {
            return Err(NotOptimized {
                reason: "it is linked, and only a fused one can be".to_owned(),
                help: "leave out `--form` or `--optimize`".to_owned(),
            }
            .into());
        }
        component = optimize(&component, optimizer)?;
    }
    if let Some(preinit) = &manifest.build.preinit {
        component = preinitialized(preinit, &composed.plan, &component, made, how.starter)?;
    }
    let sealed = seal(manifest, composed.plan.description(), &component)?;
    let description = composed.plan.description_mut();
    description.form = made;
    // Fusing drops what no path of the box leads to.
    description
        .imports
        .retain(|import| sealed.imports.contains(&import.name));
    let lock = composed.lock.to_string();
    let texts = Texts {
        manifest: manifest.source.inner(),
        lock: &lock,
    };
    label(&mut component, composed.plan.description(), &texts);
    Ok(Built {
        component,
        composed,
        sealed,
    })
}

fn preinitialized(
    preinit: &Preinit,
    plan: &Plan,
    component: &[u8],
    made: Form,
    starter: &Starter,
) -> Result<Vec<u8>, NotStarted> {
    let hook = preinit.hook.as_str();
    if made == Form::Linked {
        return Err(NotStarted {
            reason: "it is linked, and only a fused one can be".to_owned(),
            help: "leave out `--form`, or `preinit` in [build]".to_owned(),
            backtrace: Vec::new(),
        });
    }
    let exports = &plan.description().exports;
    let exported = exports.iter().any(|export| export.name == hook);
    if preinit.required && !exported {
        return Err(NotStarted {
            reason: format!("its app exports no function `{hook}`"),
            help: format!(
                "export `{hook}: func()` from the world of the app, or correct `preinit` in [build]"
            ),
            backtrace: Vec::new(),
        });
    }
    starter(component, exported.then_some(hook))
}

impl Built {
    /// Keeps the parts of a fused box, which no longer holds them, for
    /// [`relink`](crate::relink::relink). The linker makes types and settings anew.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn keep_parts(&self, store: &Store) -> Result<(), StoreError> {
        if self.composed.plan.description().form == Form::Linked {
            return Ok(());
        }
        let image_is_in = || {
            FinishedBox::open(self.component.clone())
                .and_then(|finished| finished.baked())
                .is_ok_and(|baked| baked.is_some())
        };
        for node in &self.composed.plan.nodes {
            match node.role {
                Role::Config | Role::Types => {}
                Role::Image if image_is_in() => {}
                _ => {
                    store.put(node.component.bytes())?;
                }
            }
        }
        Ok(())
    }
}

/// The usual sources, but for the packages whose line names another. Packages that no line
/// names and no usual source knows come from the first of those others that does: what a
/// registry's packages need is mostly beside them.
struct ByLine<'a> {
    usual: &'a dyn Index,
    named: BTreeMap<PackageName, Arc<dyn Index>>,
}

impl<'a> ByLine<'a> {
    fn new(manifest: &Manifest, sources: Sources<'a>) -> Result<Self, IndexError> {
        let modules = manifest.kernel.values().map(|module| &module.source);
        let layers = manifest.files.iter().flat_map(|line| line.source.layers());
        let lines = modules
            .chain(manifest.dependencies.iter().map(|line| &line.source))
            .chain(layers);
        let mut named = BTreeMap::new();
        for line in lines {
            if let ComponentSource::Package {
                reference,
                registry: Some(registry),
            } = line
            {
                named.insert(reference.name.clone(), (sources.open)(registry)?);
            }
        }
        Ok(Self {
            usual: sources.index,
            named,
        })
    }

    /// Those that may have a package, in the order in which they are asked.
    fn sources_for(&self, name: &PackageName) -> Vec<&dyn Index> {
        if let Some(named) = self.named.get(name) {
            return vec![named.as_ref()];
        }
        let others = self.named.values().map(AsRef::as_ref);
        std::iter::once(self.usual).chain(others).collect()
    }

    fn owner(&self, release: &Release) -> Result<&dyn Index, IndexError> {
        let sources = self.sources_for(&release.name);
        let owner = sources.into_iter().find(|source| source.owns(release));
        owner.ok_or_else(|| IndexError::Unknown {
            origin: release.origin.clone(),
            name: release.name.clone(),
            version: release.version.clone(),
        })
    }
}

impl Index for ByLine<'_> {
    fn origin(&self) -> &str {
        self.usual.origin()
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        first_known(self.sources_for(name), |source| source.releases(name))
    }

    fn remembered(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        first_known(self.sources_for(name), |source| source.remembered(name))
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        self.owner(release)?.fetch(release)
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        self.usual.search(query)
    }
}
