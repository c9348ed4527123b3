//! An index behind HTTP: a folder of packages, served as plain files.
//!
//! Cargo's sparse registries are the model: one small document for each package, asked
//! for by its name, and again only where its tag has changed. Any server of static files
//! will do; `Server` (feature `serve`) answers searches as well.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use boxfile_spec::PackageName;
use bytes::Bytes;
use reqwest::Url;
use tokio::task::JoinSet;

use super::cache::Cache;
use super::wire::{Answer, Ask, Network, Wire, wait_for};
use crate::document::{Document, MARKER, NAMES, Names, blob_path, check_layout, document_path};
use crate::error::IndexError;
use crate::index::{Index, size_error, text_of, verify, verify_facts};
use crate::query::Query;
use crate::release::Release;

/// The most that a document may have, in bytes: some ten thousand versions.
const DOCUMENT_LIMIT: u64 = 64 << 20;
/// The most that a README may have, in bytes.
const README_LIMIT: u64 = 4 << 20;
/// Documents that are asked for at a time, where a search needs them all.
const AT_A_TIME: usize = 16;

/// An index behind HTTP; see the module's text.
pub struct Http {
    shared: Arc<Shared>,
    layout: OnceLock<()>,
}

struct Shared {
    base: Url,
    origin: String,
    wire: Wire,
    cache: Option<Cache>,
    token: Option<String>,
}

impl Http {
    /// An index at this address. Nothing is asked of it yet.
    ///
    /// # Errors
    ///
    /// Where the address is none of `http` or `https`.
    pub fn open(address: &str, network: Network) -> Result<Self, IndexError> {
        Self::with_token(address, network, None)
    }

    /// As [`Http::open`], for a server that wants to know who asks: the token goes to it
    /// as `Authorization: Bearer`, and to no server that it leads to.
    ///
    /// # Errors
    ///
    /// Where the address is none of `http` or `https`.
    pub fn with_token(
        address: &str,
        network: Network,
        token: Option<String>,
    ) -> Result<Self, IndexError> {
        let wrong = |reason: String| IndexError::Configuration {
            what: address.to_owned(),
            reason,
        };
        // The documents are below the address, not beside it.
        let folder = format!("{}/", address.trim_end_matches('/'));
        let base = Url::parse(&folder).map_err(|error| wrong(error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong(
                "it is not an address of `http` or `https`".to_owned(),
            ));
        }
        let cache = network.cache.clone().map(Cache::new);
        Ok(Self {
            shared: Arc::new(Shared {
                origin: base.as_str().trim_end_matches('/').to_owned(),
                base,
                wire: Wire::new(network)?,
                cache,
                token,
            }),
            layout: OnceLock::new(),
        })
    }

    /// Asks once whether there is an index, and of what layout. Without that, a wrong
    /// address would look like an index without packages.
    fn check(&self) -> Result<(), IndexError> {
        if self.layout.get().is_some() {
            return Ok(());
        }
        let marker = wait_for(self.shared.document(MARKER))??;
        let marker = marker.ok_or_else(|| IndexError::NotAnIndex {
            path: self.shared.origin.clone(),
            marker: MARKER,
        })?;
        check_layout(&String::from_utf8_lossy(&marker), &self.shared.origin)?;
        let _ = self.layout.set(());
        Ok(())
    }
}

impl Shared {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn ask(&self, limit: u64) -> Ask<'_> {
        Ask {
            token: self.token.as_deref(),
            limit,
            ..Ask::default()
        }
    }

    /// A document as it was when it was last asked for; none where there was none then.
    fn remembered(&self, path: &str) -> Result<Option<Bytes>, IndexError> {
        let url = self.url(path);
        let known = self.cache.as_ref().and_then(|cache| cache.get(&url));
        let known = known.ok_or(IndexError::Offline { url })?;
        Ok(Some(known.body).filter(|body| !body.is_empty()))
    }

    /// A document, from the cache where it has not changed; none where there is none.
    async fn document(&self, path: &str) -> Result<Option<Bytes>, IndexError> {
        if self.wire.network().offline {
            return self.remembered(path);
        }
        let url = self.url(path);
        let known = self.cache.as_ref().and_then(|cache| cache.get(&url));
        let ask = Ask {
            tag: known.as_ref().map(|known| &*known.tag),
            ..self.ask(DOCUMENT_LIMIT)
        };
        match (self.wire.get(&url, &ask).await?, known) {
            (Answer::Found { body, .. }, _) if body.len() as u64 > DOCUMENT_LIMIT => {
                Err(IndexError::Document {
                    path: url,
                    reason: format!("it has more than {DOCUMENT_LIMIT} bytes"),
                })
            }
            (Answer::Found { body, tag }, _) => {
                if let Some(cache) = &self.cache {
                    // A cache that is full makes the next run slower, not this one wrong.
                    let _ = cache.put(&url, &tag, &body);
                }
                Ok(Some(body))
            }
            (Answer::Same, Some(known)) => Ok(Some(known.body)),
            (Answer::Same, None) => Err(IndexError::Status {
                url,
                status: 304,
                reason: "there is nothing that could be the same".to_owned(),
            }),
            (Answer::Absent, _) => {
                // That there is none is worth knowing without a network, too: another source
                // may have the package.
                if let Some(cache) = &self.cache {
                    let _ = cache.put(&url, "", b"");
                }
                Ok(None)
            }
        }
    }

    async fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        self.parse(name, self.document(&document_path(name)).await?)
    }

    /// What a document tells of a package.
    fn parse(&self, name: &PackageName, text: Option<Bytes>) -> Result<Vec<Release>, IndexError> {
        let path = document_path(name);
        let Some(text) = text else {
            return Ok(Vec::new());
        };
        let mut releases = Document::parse(&text, name, &self.url(&path))?.releases;
        for release in &mut releases {
            release.origin.clone_from(&self.origin);
        }
        Ok(releases)
    }

    /// What the server finds; none where it is one of static files.
    async fn ask_server(&self, query: &Query) -> Result<Option<Vec<Release>>, IndexError> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}search.json", self.base.path()));
        for (key, value) in query.to_pairs() {
            url.query_pairs_mut().append_pair(key, &value);
        }
        let answer = self
            .wire
            .get(url.as_str(), &self.ask(DOCUMENT_LIMIT))
            .await?;
        let Answer::Found { body, .. } = answer else {
            return Ok(None);
        };
        let found: Document = serde_json::from_slice(&body).map_err(|e| IndexError::Document {
            path: url.to_string(),
            reason: e.to_string(),
        })?;
        let mut releases = found.releases;
        for release in &mut releases {
            release.origin.clone_from(&self.origin);
        }
        // What the server says is checked: it need not know all that this program asks.
        releases.retain(|release| query.matches(release));
        releases.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Some(releases))
    }

    /// Looks through all packages.
    async fn look_through(self: Arc<Self>, query: &Query) -> Result<Vec<Release>, IndexError> {
        let list = self
            .document(NAMES)
            .await?
            .unwrap_or_else(|| "{\"packages\":[]}".into());
        let names: Names = serde_json::from_slice(&list).map_err(|e| IndexError::Document {
            path: self.url(NAMES),
            reason: e.to_string(),
        })?;
        let mut found = BTreeMap::new();
        let mut asked = JoinSet::new();
        let mut names = names.packages.into_iter();
        loop {
            while asked.len() < AT_A_TIME
                && let Some(name) = names.next()
            {
                let shared = Arc::clone(&self);
                asked.spawn(async move { shared.releases(&name).await });
            }
            let Some(releases) = asked.join_next().await else {
                break;
            };
            let releases = releases.map_err(|error| IndexError::Unreachable {
                url: self.origin.clone(),
                reason: error.to_string(),
            })??;
            let best = Query::best(&releases).filter(|release| query.matches(release));
            found.extend(best.map(|release| (release.name.clone(), release.clone())));
        }
        Ok(found.into_values().collect())
    }
}

impl Index for Http {
    fn origin(&self) -> &str {
        &self.shared.origin
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        self.check()?;
        wait_for(self.shared.releases(name))?
    }

    fn remembered(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        let text = self.shared.remembered(&document_path(name))?;
        self.shared.parse(name, text)
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        let url = self.shared.url(&blob_path(&release.digest));
        let what = format!("{} {}", release.name, release.version);
        let ask = Ask {
            watched: Some(&what),
            ..self.shared.ask(release.size)
        };
        match wait_for(self.shared.wire.get(&url, &ask))?? {
            Answer::Found { body, .. } if body.len() as u64 > release.size => {
                Err(size_error(release, &url, body.len() as u64))
            }
            Answer::Found { body, .. } => {
                let bytes = verify(release, &url, body)?;
                verify_facts(release, &bytes)?;
                Ok(bytes)
            }
            Answer::Same | Answer::Absent => Err(IndexError::Missing {
                file: url,
                name: release.name.clone(),
                version: release.version.clone(),
                digest: release.digest,
            }),
        }
    }

    fn readme(&self, release: &Release) -> Result<Option<String>, IndexError> {
        let Some(digest) = &release.readme else {
            return Ok(None);
        };
        let url = self.shared.url(&blob_path(digest));
        match wait_for(self.shared.wire.get(&url, &self.shared.ask(README_LIMIT)))?? {
            Answer::Found { body, .. } => text_of(release, digest, &url, &body).map(Some),
            Answer::Same | Answer::Absent => Ok(None),
        }
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        self.check()?;
        if !self.shared.wire.network().offline
            && let Some(found) = wait_for(self.shared.ask_server(query))??
        {
            return Ok(found);
        }
        wait_for(Arc::clone(&self.shared).look_through(query))?
    }
}
