//! Runs a component on embedded wasmtime.
//!
//! Most starts are of something that ran before, so the way there is short: `stat` the
//! file, read two small records, map the code, instantiate. No compiler is started, the
//! component itself is not read, and nothing is linked that it does not import.
//!
//! ```text
//! path ──digest (remembered)──▶ entry ──map──▶ Loaded ──run──▶ Outcome
//!                                 ▲ miss: describe, compile, store
//! ```

pub mod cache;
pub mod commit;
pub mod engine;
pub mod host;
pub mod inputs;
pub mod net;
pub mod plan;
pub mod seen;
pub mod service;
mod start;
mod trap;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime_wasi::cli::{StdinStream, StdoutStream};

use cache::Cache;
use plan::Plan;
use seen::Seen;
pub use trap::Trapped;

/// What the runner tells while it works.
#[derive(Debug)]
pub enum Event<'a> {
    /// Compiled code is not kept, and why.
    CacheUnusable(&'a dyn std::error::Error),
    /// Another process compiles the same component; this one waits for it.
    Waiting,
    /// Compiling begins; the component's size in bytes.
    Compiling(usize),
    /// Compiling has ended.
    Compiled,
}

/// A component that can be run.
pub struct Loaded {
    /// The engine that it belongs to.
    pub engine: Engine,
    /// Its code.
    pub component: Component,
    /// What it may do.
    pub plan: Plan,
}

/// What the caller of a box decides.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// `argv[0]`.
    pub program: String,
    /// The arguments after it.
    pub args: Vec<String>,
    /// What host paths of the grants are relative to.
    pub base: PathBuf,
}

/// Where a box reads and writes, if its grants let it.
pub enum Stdio {
    /// The streams of this process.
    Inherited,
    /// The caller's.
    Given {
        /// Standard input.
        stdin: Box<dyn StdinStream + Sync>,
        /// Standard output.
        stdout: Box<dyn StdoutStream + Sync>,
        /// Standard error.
        stderr: Box<dyn StdoutStream + Sync>,
    },
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// The guest returned or exited with this status.
    Exited(i32),
    /// The guest trapped.
    Trapped(Trapped),
}

/// A component before it is compiled.
pub struct Described {
    /// Its bytes.
    pub component: Vec<u8>,
    /// What it may do.
    pub plan: Plan,
}

/// Why a component could not be loaded or started.
#[derive(Debug, Error)]
pub enum RunError {
    /// The file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The engine refuses the component.
    #[error("`{name}` cannot be compiled")]
    Compile {
        /// The file or the box.
        name: String,
        /// Why.
        source: wasmtime::Error,
    },
    /// The host cannot run wasmtime at all.
    #[error("the WebAssembly engine cannot start")]
    Engine(#[source] wasmtime::Error),
    /// The component cannot be instantiated.
    #[error("the box cannot be started")]
    Start(#[source] wasmtime::Error),
    /// A granted directory is not there.
    #[error("cannot open the directory `{}`, which the box may use as `{guest}`", host.display())]
    Mount {
        /// On the host.
        host: PathBuf,
        /// In the box.
        guest: String,
        /// Why.
        source: wasmtime::Error,
    },
    /// A volume that another box has.
    #[error("the volume in `{}` is in use by another box", host.display())]
    InUse {
        /// On the host.
        host: PathBuf,
    },
    /// Arguments for a box that takes none.
    #[error("the box takes no arguments: its grants say `args = false`")]
    Arguments,
    /// The host's event loop cannot start.
    #[error("the event loop cannot start")]
    Runtime(#[source] io::Error),
    /// What the guest wrote cannot be handed on.
    #[error("cannot write the standard output")]
    Output(#[source] io::Error),
}

/// Loads components, through a cache where there is one.
pub struct Runner<'a> {
    cache: Option<Cache>,
    events: &'a dyn Fn(Event<'_>),
    /// How many boxes run at once from a pool; no pool for one that runs once.
    pool: Option<u32>,
}

impl<'a> Runner<'a> {
    /// A runner that keeps compiled code below `folder`. Where that cannot be used it
    /// says so in an event, and compiles each time.
    pub fn new(folder: Option<&Path>, events: &'a dyn Fn(Event<'_>)) -> Self {
        let cache = folder.and_then(|folder| match Cache::open(folder, &engine::key()) {
            Ok(cache) => Some(cache),
            Err(unusable) => {
                events(Event::CacheUnusable(&unusable));
                None
            }
        });
        Self {
            cache,
            events,
            pool: None,
        }
    }

    /// For a process that starts many boxes, `boxes` of them at once at most: what they
    /// need is set aside in advance, and used again. Needs a cache folder.
    #[must_use]
    pub fn pooled(self, boxes: u32) -> Self {
        Self {
            pool: Some(boxes),
            ..self
        }
    }

    fn loading(&self) -> Result<Engine, RunError> {
        match self.pool {
            Some(boxes) => engine::pooled(boxes),
            None => engine::loading(),
        }
        .map_err(RunError::Engine)
    }

    /// The cache, where there is one.
    #[must_use]
    pub fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    /// Loads the component in a file. `describe` is called for one that was not loaded
    /// before: it reads the grants, and makes a component of what is none yet.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or compiled, and what `describe` returns.
    pub fn load_file<E: From<RunError>>(
        &self,
        path: &Path,
        describe: impl FnOnce(Vec<u8>) -> Result<Described, E>,
    ) -> Result<Loaded, E> {
        let unreadable = |source| RunError::Read {
            path: path.to_owned(),
            source,
        };
        let absolute = std::path::absolute(path).map_err(unreadable)?;
        if let Some(cache) = &self.cache
            && let Ok(metadata) = fs::metadata(path)
            && let Some(digest) = cache.digest_of(&absolute, &metadata)
            && let Some(loaded) = self.load_known(&digest)?
        {
            return Ok(loaded);
        }
        let (bytes, seen) = read_seen(path).map_err(unreadable)?;
        let digest = cache::hash(&bytes);
        if let Some(cache) = &self.cache {
            // Where this fails, so will the next write, and that one is told.
            let _ = cache.note_digest(&absolute, seen, &digest);
            if let Some(loaded) = self.load_known(&digest)? {
                return Ok(loaded);
            }
        }
        let described = describe(bytes)?;
        Ok(self.load_described(&digest, &described, &path.display().to_string())?)
    }

    /// Loads the component that was compiled under this key, if there is one.
    ///
    /// # Errors
    ///
    /// If the engine cannot start.
    pub fn load_known(&self, key: &str) -> Result<Option<Loaded>, RunError> {
        let Some(cache) = &self.cache else {
            return Ok(None);
        };
        let Some(entry) = cache.entry(key) else {
            return Ok(None);
        };
        let engine = self.loading()?;
        match engine::load(&engine, &entry.code) {
            Ok(component) => Ok(Some(Loaded {
                engine,
                component,
                plan: entry.plan,
            })),
            Err(_) => {
                // Compiled on another processor, with a home that both share.
                cache.forget(key);
                Ok(None)
            }
        }
    }

    /// Compiles a component and keeps the code under `key`, which must stand for its
    /// bytes and its plan. `name` is what messages call it.
    ///
    /// # Errors
    ///
    /// If it cannot be compiled.
    pub fn load_described(
        &self,
        key: &str,
        described: &Described,
        name: &str,
    ) -> Result<Loaded, RunError> {
        let refused = |source| RunError::Compile {
            name: name.to_owned(),
            source,
        };
        let Some(cache) = &self.cache else {
            let engine = engine::compiling().map_err(RunError::Engine)?;
            let component = self.compile(described, |bytes| Component::new(&engine, bytes));
            return Ok(Loaded {
                component: component.map_err(refused)?,
                plan: described.plan.clone(),
                engine,
            });
        };
        let _turn = cache.take_turn(key, || (self.events)(Event::Waiting));
        // Whoever had the turn before may have done it.
        if let Some(loaded) = self.load_known(key)? {
            return Ok(loaded);
        }
        let engine = engine::compiling().map_err(RunError::Engine)?;
        let code = self.compile(described, |bytes| engine.precompile_component(bytes));
        match cache.store(key, &described.plan, &code.map_err(refused)?) {
            Ok(entry) => {
                let engine = match self.pool {
                    Some(_) => self.loading()?,
                    None => engine,
                };
                let component = engine::load(&engine, &entry.code).map_err(refused)?;
                Ok(Loaded {
                    engine,
                    component,
                    plan: entry.plan,
                })
            }
            Err(error) => {
                (self.events)(Event::CacheUnusable(&error));
                // Compiled once more, for this happens once in a life.
                let component = Component::new(&engine, &described.component).map_err(refused)?;
                Ok(Loaded {
                    engine,
                    component,
                    plan: described.plan.clone(),
                })
            }
        }
    }

    fn compile<T>(&self, described: &Described, how: impl FnOnce(&[u8]) -> T) -> T {
        (self.events)(Event::Compiling(described.component.len()));
        let result = how(&described.component);
        (self.events)(Event::Compiled);
        result
    }
}

/// A file's content, and what it looked like before it was read.
///
/// # Errors
///
/// Those of `open(2)` and `read(2)`.
pub fn read_seen(path: &Path) -> io::Result<(Vec<u8>, Seen)> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let seen = Seen::now(&metadata);
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.read_to_end(&mut bytes)?;
    Ok((bytes, seen))
}
