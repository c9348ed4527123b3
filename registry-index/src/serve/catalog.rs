//! All packages at a glance, for searches: read once, and again where a file changed.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use boxfile_spec::PackageName;

use crate::directory::Directory;
use crate::error::IndexError;
use crate::index::Index as _;
use crate::query::Query;
use crate::release::Release;

/// How old an answer may be.
const FRESH: Duration = Duration::from_secs(1);

/// The version of each package that a search shows.
pub(super) struct Catalog {
    directory: Directory,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    read: Option<Instant>,
    files: BTreeMap<PackageName, (Stamp, Option<Release>)>,
    shown: Arc<Vec<Release>>,
}

/// Documents are replaced, never changed, so these tell one from the next.
type Stamp = (Option<SystemTime>, u64);

impl Catalog {
    pub(super) fn new(directory: Directory) -> Self {
        Self {
            directory,
            state: Mutex::default(),
        }
    }

    /// Blocks while files are read.
    pub(super) fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        let shown = self.shown()?;
        let found = shown.iter().filter(|release| query.matches(release));
        Ok(found.cloned().collect())
    }

    fn shown(&self) -> Result<Arc<Vec<Release>>, IndexError> {
        // One reads, the others wait for what it finds.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.read.is_some_and(|at| at.elapsed() < FRESH) {
            return Ok(Arc::clone(&state.shown));
        }
        let mut files = BTreeMap::new();
        for name in self.directory.names()? {
            let stamp = fs::metadata(self.directory.document_path(&name))
                .map(|metadata| (metadata.modified().ok(), metadata.len()))
                .unwrap_or_default();
            let known = state.files.remove(&name).filter(|(old, _)| *old == stamp);
            let entry = known.unwrap_or_else(|| {
                // A document that cannot be read is missing from searches; its own page
                // tells why.
                let releases = self.directory.releases(&name).unwrap_or_default();
                (stamp, Query::best(&releases).cloned())
            });
            files.insert(name, entry);
        }
        state.shown = Arc::new(
            files
                .values()
                .filter_map(|(_, best)| best.clone())
                .collect(),
        );
        state.files = files;
        state.read = Some(Instant::now());
        Ok(Arc::clone(&state.shown))
    }
}
