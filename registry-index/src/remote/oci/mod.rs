//! Packages in OCI registries, where `wkg` looks for them and puts them.
//!
//! `acme:hello` 1.2.0 in `oci://ghcr.io/acme/packages` is the image
//! `ghcr.io/acme/packages/acme/hello:1.2.0`. A registry cannot be searched by what
//! packages do.
//!
//! A registry overwrites tags, and none can be asked not to. So publishing looks first
//! whether the version is there, and afterwards whether it is still its own. Where two
//! publish one version within that moment, the later one stays; the earlier one is told
//! so, unless it looked before the other had pushed.

mod failure;
mod manifest;
mod sink;

use std::collections::BTreeSet;
use std::sync::Arc;

use boxfile_spec::PackageName;
use bytes::Bytes;
use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use reqwest::header::HeaderValue;
use semver::Version;
use tokio::task::JoinSet;

use super::cache::Cache;
use super::wire::{Network, chain, use_ring, wait_for};
use crate::document::Document;
use crate::error::IndexError;
use crate::index::{Index, size_error, text_of, verify, verify_facts};
use crate::publish::{Outcome, Parcel, Publish};
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
        manifest::unpack(name, version, &manifest, &config, &self.origin)
    }

    async fn releases(self: Arc<Self>, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        let address = self.address(name);
        if self.network.offline {
            let known = self.cache.as_ref().and_then(|cache| cache.get(&address));
            let known = known.ok_or_else(|| IndexError::Offline {
                url: address.clone(),
            })?;
            let mut releases = Document::parse(&known.body, name, &address)?.releases;
            for release in &mut releases {
                release.origin.clone_from(&self.origin);
            }
            return Ok(releases);
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
        let reference = self.reference(&release.name, &release.version.to_string());
        let address = format!("{}@{}", self.address(&release.name), release.digest);
        if self.network.offline {
            return Err(IndexError::Offline { url: address });
        }
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
                    file: address,
                    name: release.name.clone(),
                    version: release.version.clone(),
                    digest: release.digest,
                });
            }
            Err(Failed::Error(error)) => return Err(error),
        };
        if bytes.len() as u64 > release.size {
            return Err(size_error(release, &address, bytes.len() as u64));
        }
        let bytes = verify(release, &address, bytes)?;
        // An entry of `wkg` names interfaces without their functions.
        let ours = release.exports.iter().chain(&release.imports);
        if ours.clone().any(|one| !one.functions.is_empty()) || ours.count() == 0 {
            verify_facts(release, &bytes)?;
        } else {
            manifest::verify_names(release, &bytes)?;
        }
        Ok(bytes)
    }

    async fn publish(&self, parcel: &Parcel) -> Result<Outcome, IndexError> {
        let release = &parcel.release;
        if !release.version.build.is_empty() {
            // OCI distribution specification: a tag is `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
            return Err(IndexError::Unsupported {
                origin: self.origin.clone(),
                action: format!("hold version {}: a tag has no `+`", release.version),
            });
        }
        let published = || IndexError::Published {
            name: release.name.clone(),
            version: release.version.clone(),
        };
        let tag = release.version.to_string();
        if let Some((manifest, config)) = self.manifest(&release.name, &release.version).await? {
            let origin = &self.origin;
            let known =
                manifest::unpack(&release.name, &release.version, &manifest, &config, origin)?;
            return match known {
                Some(known) if parcel.is(&known) => Ok(Outcome::AlreadyThere),
                _ => Err(published()),
            };
        }
        let image = manifest::pack(parcel)?;
        let reference = self.reference(&release.name, &tag);
        let text = manifest::text(&image.manifest, &parcel.file())?;
        // The manifest goes last: until then there is no such version.
        let (reference, image, text) = (&reference, &image, &text);
        self.client
            .store_auth_if_needed(reference.resolve_registry(), &self.auth)
            .await;
        let pushed = retry(self, reference, RegistryOperation::Push, || async move {
            let (layer, config) = (&image.layer.data, &image.config.data);
            let digest = &image.manifest.layers[0].digest;
            self.client
                .push_blob(reference, layer.clone(), digest)
                .await?;
            let digest = &image.manifest.config.digest;
            self.client
                .push_blob(reference, config.clone(), digest)
                .await?;
            let kind = HeaderValue::from_static(OCI_IMAGE_MEDIA_TYPE);
            self.client
                .push_manifest_raw(reference, text.clone(), kind)
                .await
        });
        pushed
            .await
            .map_err(|failed| self.pushing(failed, reference))?;
        // See above: another may have pushed the same version meanwhile.
        match self.manifest(&release.name, &release.version).await? {
            Some((manifest, _)) if manifest::same(&manifest, &image.manifest) => {
                Ok(Outcome::Published)
            }
            _ => Err(published()),
        }
    }

    async fn yank(
        &self,
        name: &PackageName,
        version: &Version,
        yanked: bool,
    ) -> Result<(), IndexError> {
        let Some((mut manifest, _)) = self.manifest(name, version).await? else {
            return Err(IndexError::Unknown {
                origin: self.origin.clone(),
                name: name.clone(),
                version: version.clone(),
            });
        };
        let annotations = manifest.annotations.get_or_insert_default();
        if yanked {
            annotations.insert(manifest::YANKED.to_owned(), "true".to_owned());
        } else {
            annotations.remove(manifest::YANKED);
        }
        // The layer, which locks name, stays; the tag moves to a manifest that says so.
        manifest.media_type = Some(OCI_IMAGE_MEDIA_TYPE.to_owned());
        let reference = self.reference(name, &version.to_string());
        let (reference, text) = (&reference, &manifest::text(&manifest, &self.address(name))?);
        let pushed = retry(self, reference, RegistryOperation::Push, || async move {
            let kind = HeaderValue::from_static(OCI_IMAGE_MEDIA_TYPE);
            self.client
                .push_manifest_raw(reference, text.clone(), kind)
                .await
        });
        pushed
            .await
            .map_err(|failed| self.pushing(failed, reference))?;
        Ok(())
    }

    /// A registry to which nothing can be pushed may say that there is nothing there.
    fn pushing(&self, failed: Failed, reference: &Reference) -> IndexError {
        match failed {
            Failed::Error(error) => error,
            Failed::Absent => IndexError::Unsupported {
                origin: self.origin.clone(),
                action: format!("take `{reference}`: it says that there is no such place"),
            },
        }
    }
}

impl Index for Oci {
    fn origin(&self) -> &str {
        &self.shared.origin
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        wait_for(Arc::clone(&self.shared).releases(name))?
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

    /// A registry lists what it has at best by name, so nothing is found in it.
    fn search(&self, _query: &Query) -> Result<Vec<Release>, IndexError> {
        Ok(Vec::new())
    }
}

impl Publish for Oci {
    fn publish(&self, parcel: &Parcel) -> Result<Outcome, IndexError> {
        let parcel = Parcel {
            bytes: verify(&parcel.release, &parcel.file(), parcel.bytes.clone())?,
            ..parcel.clone()
        };
        wait_for(self.shared.publish(&parcel))?
    }

    fn yank(&self, name: &PackageName, version: &Version, yanked: bool) -> Result<(), IndexError> {
        wait_for(self.shared.yank(name, version, yanked))?
    }
}
