//! Bars for long transfers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use indicatif::ProgressBar;
use registry_index::Transfer;

use crate::terminal::{PATIENCE, Terminal, transfer_bar};

/// Shows a bar for each transfer that takes longer than [`PATIENCE`].
pub struct Transfers {
    running: Mutex<BTreeMap<String, Running>>,
}

struct Running {
    begun: Instant,
    done: u64,
    total: u64,
    bar: Option<ProgressBar>,
}

impl Transfers {
    /// A listener, where somebody watches.
    #[must_use]
    pub fn shown_on(terminal: Terminal) -> Option<Arc<dyn Transfer>> {
        let listener = Self {
            running: Mutex::default(),
        };
        terminal.is_watched().then(|| Arc::new(listener) as _)
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Running>) -> T) -> T {
        act(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Transfer for Transfers {
    fn started(&self, what: &str, total: u64) {
        let running = Running {
            begun: Instant::now(),
            done: 0,
            total,
            bar: None,
        };
        let old = self.with(|all| all.insert(what.to_owned(), running));
        // It began anew: what the first attempt brought is lost.
        if let Some(bar) = old.and_then(|old| old.bar) {
            bar.finish_and_clear();
        }
    }

    fn advanced(&self, what: &str, bytes: u64) {
        self.with(|all| {
            let Some(one) = all.get_mut(what) else {
                return;
            };
            one.done += bytes;
            if one.bar.is_none() && one.begun.elapsed() > PATIENCE {
                one.bar = Some(transfer_bar(what, one.total));
            }
            if let Some(bar) = &one.bar {
                bar.set_position(one.done);
            }
        });
    }

    fn finished(&self, what: &str) {
        if let Some(bar) = self.with(|all| all.remove(what)).and_then(|one| one.bar) {
            bar.finish_and_clear();
        }
    }
}
