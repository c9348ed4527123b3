//! The sources of packages that commands use.

use std::env;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use boxfile_spec::PackageName;
use composer::{OpenRegistry, Sources};
use registry_index::{
    Embedded, Index, IndexError, Network, Registries, Source, Stack, Store, Trust, Trusted, Verdict,
};

use crate::commands::swap::from_folder;
use crate::config::{self, Config};
use crate::dirs;
use crate::errors::{CliError, Unsigned};
use crate::terminal::Terminal;
use crate::transfers::Transfers;

/// The namespace of what is built in. No configuration can hide that.
const OWN_NAMESPACE: &str = "boxer";

/// The packages that a command can use.
pub struct Packages {
    /// The user's configuration.
    pub config: Config,
    usual: Arc<Trusted>,
    registries: Arc<Registries>,
    store: Option<Store>,
    /// Sources that were opened by name, to tell what came from them.
    opened: Mutex<Vec<Arc<Trusted>>>,
}

impl Packages {
    /// Those that are built in, and those of the sources that are configured. Folders that
    /// a Boxfile or the command line names are relative to `folder`.
    ///
    /// # Errors
    ///
    /// If a configuration cannot be read, or names a source that is none.
    pub fn new(folder: &Path, offline: bool, terminal: Terminal) -> Result<Self, CliError> {
        let config = Config::load()?;
        let cache = dirs::cache();
        let network = Network {
            offline,
            cache: cache.as_ref().map(|cache| cache.join("index")),
            progress: Transfers::shown_on(terminal),
            ..Network::default()
        };
        let variable = |name: &str| env::var(name).ok();
        let mut registries = Registries::new(network, folder, variable);
        if let Some(path) = dirs::wkg_config()
            && let Some(text) = config::read(&path)?
        {
            registries = registries.with_config(&text, &path.display().to_string())?;
        }
        let registries = Arc::new(registries);
        let mut stack = Stack::new().with(Arc::new(Embedded::new()));
        for source in &config.sources {
            stack = stack.with(registries.open(&config.written(source))?.index);
        }
        let mapped = registries
            .namespaces()
            .filter(|name| *name != OWN_NAMESPACE);
        let mapped: Vec<String> = mapped.map(str::to_owned).collect();
        stack = stack.with_namespaces(mapped, registries.clone());
        Ok(Self {
            usual: Arc::new(Trusted::new(Arc::new(stack), config.trust.clone())),
            config,
            registries,
            store: cache.map(|cache| Store::new(cache.join("store"))),
            opened: Mutex::default(),
        })
    }

    /// The usual sources.
    #[must_use]
    pub fn index(&self) -> &dyn Index {
        self.usual.as_ref()
    }

    /// What was fetched or built before, where a cache can be kept.
    #[must_use]
    pub fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// Whose signatures count.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.config.trust
    }

    /// A source as the command line or a Boxfile names it: by a name of `[registries]`, an
    /// address, or a folder.
    ///
    /// # Errors
    ///
    /// If it is none of these.
    pub fn source(&self, registry: &str) -> Result<Source, IndexError> {
        let named = self.config.named(registry);
        self.registries.open(named.as_deref().unwrap_or(registry))
    }

    /// The same to read from, without what is not signed as it should be.
    ///
    /// # Errors
    ///
    /// As [`Packages::source`].
    pub fn open(&self, registry: &str) -> Result<Arc<dyn Index>, IndexError> {
        let source = self.source(registry)?;
        let trusted = Arc::new(Trusted::new(source.index, self.config.trust.clone()));
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.push(trusted.clone());
        Ok(trusted)
    }

    /// The source that is named, or else the usual ones.
    ///
    /// # Errors
    ///
    /// As [`Packages::source`].
    pub fn of(&self, registry: Option<&str>) -> Result<Arc<dyn Index>, IndexError> {
        match registry {
            Some(registry) => self.open(registry),
            None => Ok(self.usual.clone()),
        }
    }

    /// A source that was named from here, as a Boxfile in `folder` names it.
    #[must_use]
    pub fn from_folder(&self, registry: &str, folder: &Path) -> String {
        if registry.contains("://") || self.config.named(registry).is_some() {
            return registry.to_owned();
        }
        from_folder(registry, folder)
    }

    /// Where a package of this name is published to if nobody says: the registry of its
    /// namespace, or the one of the configuration.
    ///
    /// # Errors
    ///
    /// If that is no source.
    pub fn home_of(&self, name: &PackageName) -> Result<Option<Source>, IndexError> {
        if self
            .registries
            .namespaces()
            .any(|own| own == name.namespace())
        {
            return self.registries.source_of(name);
        }
        let place = self.config.publish_to.as_deref();
        place
            .map(|place| self.registries.open(&self.config.written(place)))
            .transpose()
    }

    /// As the composer takes them.
    pub fn sources<'a>(&'a self, open: &'a OpenRegistry<'a>) -> Sources<'a> {
        Sources {
            index: self.usual.as_ref(),
            open,
            store: self.store.as_ref(),
        }
    }

    /// Tells which of the packages that were fetched nobody has signed, or nobody whom we know.
    pub fn report_unsigned(&self, terminal: Terminal) {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let fetched = opened.iter().chain([&self.usual]).flat_map(|t| t.fetched());
        let mut doubtful: Vec<String> = fetched
            .filter(|(_, _, verdict)| matches!(verdict, Verdict::Unsigned | Verdict::UnknownKey))
            .map(|(name, version, verdict)| format!("`{name}` {version} is {verdict}"))
            .collect();
        doubtful.sort();
        doubtful.dedup();
        if !doubtful.is_empty() {
            terminal.report(&Unsigned(doubtful));
        }
    }
}
