//! Which registry has which packages: wkg's configuration, in wkg's place.
//!
//! ```toml
//! # ~/.config/wasm-pkg/config.toml
//! default_registry = "ghcr.io"
//!
//! [namespace_registries]
//! acme = "packages.acme.dev"       # an index of ours, see below
//! wasi = { registry = "wasi", metadata = { preferredProtocol = "oci", oci = { registry = "ghcr.io", namespacePrefix = "webassembly/" } } }
//!
//! [registry."ghcr.io".oci]
//! auth = { username = "me", password = "…" }
//!
//! [registry."packages.acme.dev".box]  # what wkg has no word for
//! url = "https://packages.acme.dev/index"
//! ```
//!
//! Where the file says nothing of a registry, its `/.well-known/wasm-pkg/registry.json`
//! does, and where there is none, it is an OCI registry.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use boxfile_spec::PackageName;
use bytes::Bytes;
use serde::Deserialize;
use wasm_pkg_common::config::{Config, RegistryMapping};
use wasm_pkg_common::metadata::{REGISTRY_METADATA_PATH, RegistryMetadata};
use wasm_pkg_common::package::PackageRef;
use wasm_pkg_common::registry::Registry;

use super::cache::Cache;
use super::docker;
use super::http::Http;
use super::oci::{Credentials, Oci, OciOptions};
use super::wire::{Answer, Ask, Network, Wire, wait_for};
use crate::directory::Directory;
use crate::error::IndexError;
use crate::index::Index;
use crate::publish::Publish;
use crate::query::Query;
use crate::release::Release;
use crate::stack::searchable;

/// The most that a registry may say of itself, in bytes.
const METADATA_LIMIT: u64 = 1 << 20;

/// Reads a variable of the environment.
type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;

/// A source that was opened by name.
#[derive(Clone)]
pub struct Source {
    /// To read from.
    pub index: Arc<dyn Index>,
    /// To publish to, where it takes packages.
    pub publisher: Option<Arc<dyn Publish>>,
}

/// The registries that the user has configured, as one source: each package comes from
/// the one that its name or namespace is mapped to, and from no other.
pub struct Registries {
    config: Config,
    namespaces: BTreeSet<String>,
    network: Network,
    docker_config: Option<PathBuf>,
    variable: Box<Variable>,
    folder: PathBuf,
    opened: Mutex<BTreeMap<String, Source>>,
}

/// `[registry."…".box]`, and the protocol `box` of a registry's metadata.
#[derive(Debug, Default, Deserialize)]
struct Ours {
    url: Option<String>,
    path: Option<PathBuf>,
    token: Option<String>,
}

/// `[registry."…".oci]`, as wkg reads it.
#[derive(Debug, Default, Deserialize)]
struct OciConfig {
    auth: Option<Auth>,
    protocol: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Auth {
    Base64(String),
    Basic { username: String, password: String },
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OciMetadata {
    registry: Option<String>,
    namespace_prefix: Option<String>,
}

impl Registries {
    /// No registries but those that wkg knows by itself: `wasi` and `ba`. Folders are
    /// relative to `folder`; `variable` reads the environment.
    #[must_use]
    pub fn new(
        network: Network,
        folder: &Path,
        variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            config: Config::default(),
            namespaces: BTreeSet::new(),
            network,
            docker_config: docker::config(&variable),
            variable: Box::new(variable),
            folder: folder.to_owned(),
            opened: Mutex::default(),
        }
    }

    /// Where the configuration is: `$XDG_CONFIG_HOME/wasm-pkg/config.toml`, by default
    /// below `~/.config`.
    #[must_use]
    pub fn config_path(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let folder = |name: &str| {
            variable(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let base = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")));
        Some(base?.join("wasm-pkg").join("config.toml"))
    }

    /// Adds a configuration, which goes before those that were added. `file` is what
    /// errors call it.
    ///
    /// # Errors
    ///
    /// Where it is not one that wkg would read.
    pub fn with_config(mut self, text: &str, file: &str) -> Result<Self, IndexError> {
        let wrong = |reason: String| IndexError::Settings {
            file: file.to_owned(),
            reason: reason.trim_end().to_owned(),
        };
        let config = Config::from_toml(text).map_err(|error| wrong(words(&error)))?;
        self.config.merge(config);
        // Searches go to every namespace that is named; wkg's type does not list them.
        let table: toml::Table = text
            .parse()
            .map_err(|e: toml::de::Error| wrong(e.to_string()))?;
        let named = table
            .get("namespace_registries")
            .and_then(toml::Value::as_table);
        self.namespaces
            .extend(named.into_iter().flat_map(|names| names.keys().cloned()));
        Ok(self)
    }

    /// The namespaces that a configuration maps to registries, sorted.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.iter().map(String::as_str)
    }

    /// Opens a source by what people call it: a folder, `https://…`, `oci://REGISTRY/PREFIX`.
    ///
    /// # Errors
    ///
    /// Where it is none of these, or a folder that is no index.
    pub fn open(&self, place: &str) -> Result<Source, IndexError> {
        match place.split_once("://") {
            Some(("http" | "https", _)) => self.http(place, None),
            Some(("oci", rest)) => {
                let registry = rest.split('/').next().unwrap_or_default();
                self.oci(registry, place)
            }
            Some((scheme, _)) => Err(IndexError::Configuration {
                what: place.to_owned(),
                reason: format!("`{scheme}` is not a way to reach packages"),
            }),
            None => self.directory(Path::new(place)),
        }
    }

    fn directory(&self, path: &Path) -> Result<Source, IndexError> {
        let directory = Directory::open(self.folder.join(path))?;
        // A lock tells of a folder as the Boxfile does, wherever that is seen from.
        let directory = Arc::new(directory.called(&path.display().to_string()));
        Ok(Source {
            index: directory.clone(),
            publisher: Some(directory),
        })
    }

    fn http(&self, address: &str, token: Option<String>) -> Result<Source, IndexError> {
        Ok(Source {
            index: Arc::new(Http::with_token(address, self.network.clone(), token)?),
            publisher: None,
        })
    }

    fn oci(&self, registry: &str, address: &str) -> Result<Source, IndexError> {
        let known = self.registry(registry).ok();
        let config = known.and_then(|registry| self.config.registry_config(&registry));
        let config =
            config.and_then(|config| config.backend_config::<OciConfig>("oci").transpose());
        let config = config
            .transpose()
            .map_err(|error| IndexError::Configuration {
                what: format!("registry.\"{registry}\".oci"),
                reason: words(&error),
            })?;
        let config = config.unwrap_or_default();
        let oci = Arc::new(Oci::open(
            address,
            OciOptions {
                plain_http: config
                    .protocol
                    .as_deref()
                    .map(|protocol| protocol == "http"),
                credentials: self.credentials(registry, config.auth)?,
                network: self.network.clone(),
            },
        )?);
        Ok(Source {
            index: oci.clone(),
            publisher: Some(oci),
        })
    }

    /// In wkg's order: a variable of the environment, its configuration, Docker's.
    fn credentials(&self, registry: &str, auth: Option<Auth>) -> Result<Credentials, IndexError> {
        let letter = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        };
        let name: String = registry.chars().map(letter).collect();
        let token = (self.variable)(&format!("WKG_REGISTRY_{name}_AUTH_BEARER"));
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            return Ok(Credentials::Bearer(token));
        }
        let wrong = |reason: &str| IndexError::Configuration {
            what: format!("registry.\"{registry}\".oci.auth"),
            reason: reason.to_owned(),
        };
        match auth {
            Some(Auth::Basic { username, password }) => Ok(Credentials::Basic(username, password)),
            Some(Auth::Base64(text)) => {
                let decoded = STANDARD.decode(text).ok();
                let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
                let decoded = decoded.ok_or_else(|| wrong("it is not base64"))?;
                let pair = decoded.split_once(':');
                let (user, password) = pair.ok_or_else(|| wrong("it has no `:` inside"))?;
                Ok(Credentials::Basic(user.to_owned(), password.to_owned()))
            }
            None => docker::credentials(self.docker_config.as_deref(), registry),
        }
    }

    fn registry(&self, name: &str) -> Result<Registry, IndexError> {
        name.parse::<Registry>()
            .map_err(|error| IndexError::Configuration {
                what: name.to_owned(),
                reason: words(&error),
            })
    }

    /// The source that a package comes from; none where nothing is configured for it.
    ///
    /// # Errors
    ///
    /// Where its registry does not tell what it is.
    pub fn source_of(&self, name: &PackageName) -> Result<Option<Source>, IndexError> {
        // Names that wkg does not allow have no place in its configuration.
        let Ok(package) = name.as_str().parse::<PackageRef>() else {
            return Ok(None);
        };
        let Some(registry) = self.config.resolve_registry(&package).cloned() else {
            return Ok(None);
        };
        let mapping = self
            .config
            .package_registry_override(&package)
            .or_else(|| self.config.namespace_registry(package.namespace()));
        let metadata = match mapping {
            Some(RegistryMapping::Custom(custom)) => Some(custom.metadata.clone()),
            Some(RegistryMapping::Registry(_)) | None => None,
        };
        // One registry may stand for several, each with its own metadata.
        let key = if metadata.is_some() {
            name.as_str()
        } else {
            ""
        };
        let key = format!("{registry} {key}");
        if let Some(known) = self.opened().get(&key) {
            return Ok(Some(known.clone()));
        }
        let source = self.open_registry(&registry, metadata)?;
        self.opened().insert(key, source.clone());
        Ok(Some(source))
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Source>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_registry(
        &self,
        registry: &Registry,
        metadata: Option<RegistryMetadata>,
    ) -> Result<Source, IndexError> {
        let wrong = |error: &wasm_pkg_common::Error| IndexError::Configuration {
            what: registry.to_string(),
            reason: words(error),
        };
        let config = self.config.registry_config(registry);
        let ours = config
            .map(|config| config.backend_config::<Ours>("box"))
            .transpose();
        if let Some(ours) = ours.map_err(|error| wrong(&error))?.flatten() {
            return self.ours(registry, ours);
        }
        let told = match metadata {
            Some(metadata) => metadata,
            // It is configured as what it is: nothing needs to be asked.
            None if config.is_some_and(|config| config.default_backend() == Some("oci")) => {
                RegistryMetadata::default()
            }
            None => self.metadata(registry)?,
        };
        let ours = told
            .protocol_config::<Ours>("box")
            .map_err(|error| wrong(&error))?;
        if let Some(ours) = ours
            && told.preferred_protocol() != Some("oci")
        {
            return self.ours(registry, Ours { path: None, ..ours });
        }
        let oci = told
            .protocol_config::<OciMetadata>("oci")
            .map_err(|error| wrong(&error))?;
        let oci = oci.unwrap_or_default();
        let host = oci.registry.unwrap_or_else(|| registry.to_string());
        let prefix = oci.namespace_prefix.unwrap_or_default();
        self.oci(&host, &format!("oci://{host}/{prefix}"))
    }

    fn ours(&self, registry: &Registry, ours: Ours) -> Result<Source, IndexError> {
        match (ours.url, ours.path) {
            (Some(url), None) => self.http(&url, ours.token),
            (None, Some(path)) => self.directory(&path),
            _ => Err(IndexError::Configuration {
                what: format!("registry.\"{registry}\".box"),
                reason: "it needs a `url` or a `path`".to_owned(),
            }),
        }
    }

    /// What a registry says of itself; nothing, where it says nothing.
    fn metadata(&self, registry: &Registry) -> Result<RegistryMetadata, IndexError> {
        let host = registry.to_string();
        let name = host.rsplit_once(':').map_or(&*host, |(name, _)| name);
        let scheme = if matches!(name, "localhost" | "127.0.0.1") {
            "http"
        } else {
            "https"
        };
        let url = format!("{scheme}://{host}{REGISTRY_METADATA_PATH}");
        let read = |body: &[u8]| {
            serde_json::from_slice(body).map_err(|error| IndexError::Document {
                path: url.clone(),
                reason: error.to_string(),
            })
        };
        let cache = self.network.cache.clone().map(Cache::new);
        let known = cache.as_ref().and_then(|cache| cache.get(&url));
        let wire = Wire::new(self.network.clone())?;
        let ask = Ask {
            limit: METADATA_LIMIT,
            ..Ask::default()
        };
        match wait_for(wire.get(&url, &ask))? {
            Ok(Answer::Found { body, .. }) => {
                let metadata = read(&body)?;
                if let Some(cache) = &cache {
                    let _ = cache.put(&url, "", &body);
                }
                Ok(metadata)
            }
            // A registry behind a login answers so to whatever it does not have.
            Ok(Answer::Same | Answer::Absent)
            | Err(IndexError::Denied { .. } | IndexError::Status { .. }) => {
                if let Some(cache) = &cache {
                    cache.remove(&url);
                }
                Ok(RegistryMetadata::default())
            }
            // What was fetched before was fetched with the answer of that time.
            Err(error) => match (known, error) {
                (Some(known), _) => read(&known.body),
                (None, IndexError::Offline { .. }) => Ok(RegistryMetadata::default()),
                (None, error) => Err(error),
            },
        }
    }

    fn required(&self, release: &Release) -> Result<Source, IndexError> {
        self.source_of(&release.name)?
            .ok_or_else(|| IndexError::Unknown {
                origin: self.origin().to_owned(),
                name: release.name.clone(),
                version: release.version.clone(),
            })
    }
}

fn words(error: &dyn std::error::Error) -> String {
    super::wire::chain(error)
}

impl Index for Registries {
    fn origin(&self) -> &'static str {
        "the configured registries"
    }

    fn owns(&self, release: &Release) -> bool {
        let source = self.source_of(&release.name).ok().flatten();
        source.is_some_and(|source| source.index.owns(release))
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        match self.source_of(name)? {
            Some(source) => source.index.releases(name),
            None => Ok(Vec::new()),
        }
    }

    fn remembered(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        match self.source_of(name)? {
            Some(source) => source.index.remembered(name),
            None => Ok(Vec::new()),
        }
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        self.required(release)?.index.fetch(release)
    }

    fn readme(&self, release: &Release) -> Result<Option<String>, IndexError> {
        self.required(release)?.index.readme(release)
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        let mut sources: BTreeMap<String, Arc<dyn Index>> = BTreeMap::new();
        // Any name of a namespace leads to its registry, and one that nobody mapped to
        // the default.
        let namespaces = self.namespaces.iter().map(String::as_str);
        for namespace in namespaces.chain(["unmapped"]) {
            if let Ok(name) = format!("{namespace}:any").parse()
                && let Some(source) = self.source_of(&name)?
            {
                sources.insert(source.index.origin().to_owned(), source.index);
            }
        }
        let mut found = BTreeMap::new();
        for source in sources.values() {
            for release in searchable(source.search(query))? {
                // A registry may hold namespaces that are mapped elsewhere.
                if self.owns(&release) {
                    found.entry(release.name.clone()).or_insert(release);
                }
            }
        }
        Ok(found.into_values().collect())
    }
}
