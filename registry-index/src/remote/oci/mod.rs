//! Packages in OCI registries, where `wkg` looks for them and puts them.
//!
//! `acme:hello` 1.2.0 in `oci://ghcr.io/acme/packages` is the image
//! `ghcr.io/acme/packages/acme/hello:1.2.0`. A registry is searched by looking through all
//! that it lists; the large public ones list nothing.

mod failure;
mod manifest;
mod push;
mod search;
mod sink;

use std::collections::BTreeSet;
use std::sync::Arc;

use boxfile_spec::PackageName;
use bytes::Bytes;
use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use semver::Version;
use tokio::task::JoinSet;

use super::cache::Cache;
use super::wire::{Network, chain, use_ring, wait_for};
use crate::document::Document;
use crate::error::IndexError;
use crate::index::{Index, size_error, text_of, verify, verify_facts};
use crate::query::Query;
use crate::release::Release;
use failure::{Failed, retry};
use sink::Sink;

/// Versions that are asked about at a time.
const AT_A_TIME: usize = 8;
/// Tags that are asked for at a time, as many as the large registries give.
const TAGS: usize = 1000;

/// Who asks.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Credentials {
    /// Nobody in particular.
    #[default]
    Anonymous,
    /// A user with a password.
    Basic(String, String),
    /// Whoever holds this token.
    Bearer(String),
}

/// What to know of a registry.
#[derive(Clone, Default)]
pub struct OciOptions {
    /// Who asks.
    pub credentials: Credentials,
    /// `http` instead of `https`; where nothing is said, for this machine only.
    pub plain_http: Option<bool>,
    /// How to use the network.
    pub network: Network,
}

/// Packages in an OCI registry; see the module's text.
pub struct Oci {
    shared: Arc<Shared>,
}

struct Shared {
    origin: String,
    registry: String,
    /// Before `NAMESPACE/NAME`, with a slash at its end where it is not empty.
    prefix: String,
    client: Client,
    auth: RegistryAuth,
    network: Network,
    cache: Option<Cache>,
}

impl Oci {
    /// Packages at `oci://REGISTRY` or `oci://REGISTRY/PREFIX`. Nothing is asked of it yet.
    ///
    /// # Errors
    ///
    /// Where the address is none.
    pub fn open(address: &str, options: OciOptions) -> Result<Self, IndexError> {
        let place = address
            .strip_prefix("oci://")
            .unwrap_or(address)
            .trim_end_matches('/');
        let (registry, prefix) = place.split_once('/').unwrap_or((place, ""));
        let prefix = if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}/")
        };
        // Whether it is an address is for the library to say.
        let example = format!("{registry}/{prefix}namespace/name:1.0.0");
        let parsed = example.parse::<Reference>();
        if registry.is_empty() || !parsed.is_ok_and(|parsed| parsed.registry() == registry) {
            return Err(IndexError::Configuration {
                what: address.to_owned(),
                reason: "it is not `oci://REGISTRY/PREFIX`".to_owned(),
            });
        }
        use_ring();
        let OciOptions {
            credentials,
            plain_http,
            network,
        } = options;
        let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
        let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let protocol = if plain_http.unwrap_or(here) {
            ClientProtocol::Http
        } else {
            ClientProtocol::Https
        };
        let roots = network.extra_roots.iter().map(|pem| Certificate {
            encoding: CertificateEncoding::Pem,
            data: pem.to_vec(),
        });
        let config = ClientConfig {
            protocol,
            extra_root_certificates: roots.collect(),
            read_timeout: Some(network.read_timeout),
            connect_timeout: Some(network.connect_timeout),
            user_agent: concat!("box/", env!("CARGO_PKG_VERSION")),
            // In one piece: some registries know no other way.
            use_monolithic_push: true,
            ..ClientConfig::default()
        };
        let client = Client::try_from(config).map_err(|error| IndexError::Configuration {
            what: address.to_owned(),
            reason: chain(&error),
        })?;
        Ok(Self {
            shared: Arc::new(Shared {
                origin: format!("oci://{place}"),
                registry: registry.to_owned(),
                prefix,
                client,
                auth: match credentials {
                    Credentials::Anonymous => RegistryAuth::Anonymous,
                    Credentials::Basic(user, password) => RegistryAuth::Basic(user, password),
                    Credentials::Bearer(token) => RegistryAuth::Bearer(token),
                },
                cache: network.cache.clone().map(Cache::new),
                network,
            }),
        })
    }
}

impl Shared {
    fn repository(&self, name: &PackageName) -> String {
        format!("{}{}/{}", self.prefix, name.namespace(), name.name())
    }

    fn reference(&self, name: &PackageName, tag: &str) -> Reference {
        Reference::with_tag(self.registry.clone(), self.repository(name), tag.to_owned())
    }

    /// What a repository is as a package; none where it is another thing.
    fn package(&self, repository: &str) -> Option<PackageName> {
        let path = repository.strip_prefix(&*self.prefix)?;
        let name: PackageName = path.replacen('/', ":", 1).parse().ok()?;
        (self.repository(&name) == repository).then_some(name)
    }

    /// For questions that are about the registry as a whole.
    fn registry_itself(&self) -> Reference {
        let prefix = self.prefix.trim_end_matches('/');
        let repository = if prefix.is_empty() {
            "packages"
        } else {
            prefix
        };
        Reference::with_tag(
            self.registry.clone(),
            repository.to_owned(),
            "latest".to_owned(),
        )
    }

    /// The address for messages, and for the cache.
    fn address(&self, name: &PackageName) -> String {
        format!("oci://{}/{}", self.registry, self.repository(name))
    }

    /// The versions among the tags, the oldest first; none where there is no such package.
    async fn versions(&self, name: &PackageName) -> Result<BTreeSet<Version>, IndexError> {
        let reference = self.reference(name, "latest");
        let mut versions = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut last: Option<String> = None;
        loop {
            let page = retry(self, &reference, RegistryOperation::Pull, || {
                let last = last.as_deref();
                self.client
                    .list_tags(&reference, &self.auth, Some(TAGS), last)
            });
            let page = match page.await {
                Ok(page) => page,
                Err(Failed::Absent) => break,
                Err(Failed::Error(error)) => return Err(error),
            };
            let before = seen.len();
            last = page.tags.last().cloned();
            for tag in page.tags {
                // Other tags are other things: signatures, `latest`.
                versions.extend(tag.parse::<Version>());
                seen.insert(tag);
            }
            // Many give fewer than they were asked for, so a short page is no end. One that
            // knows no pages gives the same tags again.
            if seen.len() == before {
                break;
            }
        }
        Ok(versions)
    }

    async fn manifest(
        &self,
        name: &PackageName,
        version: &Version,
    ) -> Result<Option<(OciImageManifest, String)>, IndexError> {
        let reference = self.reference(name, &version.to_string());
        let pulled = retry(self, &reference, RegistryOperation::Pull, || {
            self.client.pull_manifest_and_config(&reference, &self.auth)
        });
        match pulled.await {
            Ok((manifest, _, config)) => Ok(Some((manifest, config))),
            Err(Failed::Absent) => Ok(None),
            Err(Failed::Error(error)) => Err(error),
        }
    }

    async fn release(
        &self,
        name: &PackageName,
        version: &Version,
    ) -> Result<Option<Release>, IndexError> {
        let Some((manifest, config)) = self.manifest(name, version).await? else {
            return Ok(None);
        };
        let release = manifest::unpack(name, version, &manifest, &config, &self.origin)?;
        match release {
            Some(release) if manifest::must_be_read(&manifest, &config) => {
                self.describe(release).await.map(Some)
            }
            other => Ok(other),
        }
    }

    /// Reads from its bytes what a release is of which nothing else tells. What they told is
    /// kept, by their digest.
    async fn describe(&self, release: Release) -> Result<Release, IndexError> {
        let address = format!("{}@{}", self.address(&release.name), release.digest);
        let known = self.cache.as_ref().and_then(|cache| cache.get(&address));
        let known = known.and_then(|known| serde_json::from_slice::<Release>(&known.body).ok());
        let told = match known {
            Some(told) => told,
            None => {
                let bytes = self.bytes(&release, &address).await?;
                let (name, version) = (release.name.clone(), release.version.clone());
                let Ok(told) = Release::describe(name, version, &bytes) else {
                    // It is no package. Who asks for it is told so.
                    return Ok(release);
                };
                if let (Some(cache), Ok(text)) = (&self.cache, serde_json::to_vec(&told)) {
                    let _ = cache.put(&address, "", &text);
                }
                told
            }
        };
        Ok(Release {
            kind: told.kind,
            imports: told.imports,
            exports: told.exports,
            ..release
        })
    }

    /// What was told of a package when it was last asked for.
    fn remembered(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        let address = self.address(name);
        let known = self.cache.as_ref().and_then(|cache| cache.get(&address));
        let known = known.ok_or_else(|| IndexError::Offline {
            url: address.clone(),
        })?;
        let mut releases = Document::parse(&known.body, name, &address)?.releases;
        for release in &mut releases {
            release.origin.clone_from(&self.origin);
        }
        Ok(releases)
    }

    async fn releases(self: Arc<Self>, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        let address = self.address(name);
        if self.network.offline {
            return self.remembered(name);
        }
        let mut versions = self.versions(name).await?.into_iter();
        let mut asked = JoinSet::new();
        let mut releases = Vec::new();
        loop {
            while asked.len() < AT_A_TIME
                && let Some(version) = versions.next()
            {
                let (shared, name) = (Arc::clone(&self), name.clone());
                asked.spawn(async move { shared.release(&name, &version).await });
            }
            let Some(release) = asked.join_next().await else {
                break;
            };
            let release = release.map_err(|error| IndexError::Unreachable {
                url: address.clone(),
                reason: error.to_string(),
            })?;
            releases.extend(release?);
        }
        releases.sort_by(|a, b| a.version.cmp(&b.version));
        let document = Document { releases };
        if let (Some(cache), Ok(text)) = (&self.cache, serde_json::to_vec(&document)) {
            // For `--offline`; a cache that is full is no reason to fail now.
            let _ = cache.put(&address, "", &text);
        }
        Ok(document.releases)
    }

    async fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        let address = format!("{}@{}", self.address(&release.name), release.digest);
        if self.network.offline {
            return Err(IndexError::Offline { url: address });
        }
        let bytes = self.bytes(release, &address).await?;
        // An entry of `wkg` names interfaces without their functions.
        let ours = release.exports.iter().chain(&release.imports);
        if ours.clone().any(|one| !one.functions.is_empty()) || ours.count() == 0 {
            verify_facts(release, &bytes)?;
        } else {
            manifest::verify_names(release, &bytes)?;
        }
        Ok(bytes)
    }

    /// The bytes of a release, which have its digest; `address` is what messages call them.
    async fn bytes(&self, release: &Release, address: &str) -> Result<Bytes, IndexError> {
        let reference = self.reference(&release.name, &release.version.to_string());
        let what = format!("{} {}", release.name, release.version);
        let layer = OciDescriptor {
            digest: release.digest.to_string(),
            size: i64::try_from(release.size).unwrap_or(i64::MAX),
            ..OciDescriptor::default()
        };
        self.client
            .store_auth_if_needed(reference.resolve_registry(), &self.auth)
            .await;
        let (what, layer, limit) = (&*what, &layer, release.size);
        let pulled = retry(self, &reference, RegistryOperation::Pull, || {
            let progress = self.network.progress.clone();
            let reference = &reference;
            async move {
                let mut sink = Sink::new(limit, progress, what);
                let pulled = self.client.pull_blob(reference, layer, &mut sink).await;
                let bytes = sink.into_bytes();
                match pulled {
                    // What came is looked at below, where the message is better.
                    Err(OciDistributionError::DigestError(_)) => Ok(bytes),
                    Err(_) if bytes.len() as u64 > limit => Ok(bytes),
                    other => other.map(|()| bytes),
                }
            }
        });
        let bytes = match pulled.await {
            Ok(bytes) => bytes,
            Err(Failed::Absent) => {
                return Err(IndexError::Missing {
                    file: address.to_owned(),
                    name: release.name.clone(),
                    version: release.version.clone(),
                    digest: release.digest,
                });
            }
            Err(Failed::Error(error)) => return Err(error),
        };
        if bytes.len() as u64 > release.size {
            return Err(size_error(release, address, bytes.len() as u64));
        }
        verify(release, address, bytes)
    }
}

impl Index for Oci {
    fn origin(&self) -> &str {
        &self.shared.origin
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        wait_for(Arc::clone(&self.shared).releases(name))?
    }

    fn remembered(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        self.shared.remembered(name)
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        wait_for(self.shared.fetch(release))?
    }

    fn readme(&self, release: &Release) -> Result<Option<String>, IndexError> {
        let Some(digest) = &release.readme else {
            return Ok(None);
        };
        let manifest = wait_for(self.shared.manifest(&release.name, &release.version))??;
        let text =
            manifest.and_then(|(manifest, _)| manifest.annotations?.remove(manifest::README));
        let address = self.shared.address(&release.name);
        let read = |text: String| text_of(release, digest, &address, text.as_bytes());
        text.map(read).transpose()
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        wait_for(search::search(&self.shared, query))?
    }
}
