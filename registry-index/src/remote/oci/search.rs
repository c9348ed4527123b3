//! Looking through a registry that lists its repositories.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use boxfile_spec::PackageName;
use oci_client::RegistryOperation;
use semver::Version;
use tokio::task::JoinSet;

use super::failure::{Failed, retry};
use super::{AT_A_TIME, Shared, TAGS};
use crate::error::IndexError;
use crate::query::Query;
use crate::release::Release;

/// More packages than these are not looked through: each takes some requests.
const MOST: usize = 2000;

/// The packages that match, by name.
pub(super) async fn search(
    shared: &Arc<Shared>,
    query: &Query,
) -> Result<Vec<Release>, IndexError> {
    let mut names = packages(shared).await?.into_iter();
    let mut asked = JoinSet::new();
    let mut found = BTreeMap::new();
    loop {
        while asked.len() < AT_A_TIME
            && let Some(name) = names.next()
        {
            let shared = Arc::clone(shared);
            asked.spawn(async move { best(&shared, &name).await });
        }
        let Some(release) = asked.join_next().await else {
            break;
        };
        let release = release.map_err(|error| IndexError::Unreachable {
            url: shared.origin.clone(),
            reason: error.to_string(),
        })??;
        let release = release.filter(|release| query.matches(release));
        found.extend(release.map(|release| (release.name.clone(), release)));
    }
    Ok(found.into_values().collect())
}

/// What a search shows of a package, as [`Query::best`] says, without asking about all of its
/// versions; none where it has none.
async fn best(shared: &Shared, name: &PackageName) -> Result<Option<Release>, IndexError> {
    let versions = shared.versions(name).await?;
    let plain = |version: &&Version| version.pre.is_empty();
    for version in versions.iter().rev().filter(plain) {
        let release = shared.release(name, version).await?;
        if let Some(release) = release.filter(|release| !release.yanked) {
            return Ok(Some(release));
        }
    }
    match versions.last() {
        Some(newest) => shared.release(name, newest).await,
        None => Ok(None),
    }
}

/// The repositories below the prefix whose names are those of packages.
async fn packages(shared: &Shared) -> Result<BTreeSet<PackageName>, IndexError> {
    let cannot = |reason: &str| IndexError::Unsupported {
        origin: shared.origin.clone(),
        action: format!("be searched: {reason}"),
        help: "ask for a package by its name: `box info NAMESPACE:NAME`",
    };
    if shared.network.offline {
        return Err(cannot("that needs the network"));
    }
    // The name is not part of the question.
    let reference = shared.registry_itself();
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut last: Option<String> = None;
    loop {
        let page = retry(shared, &reference, RegistryOperation::Pull, || {
            let last = last.as_deref();
            let (client, auth) = (&shared.client, &shared.auth);
            client.catalog(&reference, auth, Some(TAGS), last)
        });
        let page = match page.await {
            Ok(page) => page,
            Err(Failed::Error(
                error @ (IndexError::Unreachable { .. } | IndexError::Slow { .. }),
            )) => {
                return Err(error);
            }
            Err(Failed::Absent) => return Err(cannot("it does not list what it has")),
            // Public registries refuse to list what they have, whoever asks.
            Err(Failed::Error(error)) => return Err(cannot(&error.to_string())),
        };
        let before = seen.len();
        last = page.repositories.last().cloned();
        for repository in page.repositories {
            names.extend(shared.package(&repository));
            seen.insert(repository);
        }
        if names.len() > MOST {
            return Err(cannot(&format!("it has more than {MOST} packages")));
        }
        if seen.len() == before {
            return Ok(names);
        }
    }
}
