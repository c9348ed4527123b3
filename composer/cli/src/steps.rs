//! Shows what the composer does, step by step, to those who wait for it.

use std::sync::{Mutex, PoisonError};

use composer::progress::{Event, Progress as Listener};

use crate::terminal::{Progress, Terminal};

/// Listens to one build.
pub struct Steps {
    terminal: Terminal,
    current: Mutex<Option<Progress>>,
}

impl Steps {
    /// Shows the steps on this terminal.
    #[must_use]
    pub fn new(terminal: Terminal) -> Self {
        Self {
            terminal,
            current: Mutex::default(),
        }
    }
}

impl Listener for Steps {
    fn event(&self, event: Event<'_>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let what = match event {
            // Cargo shows its own progress.
            Event::Cargo => {
                current.take();
                self.terminal.detail("building the app with cargo");
                return;
            }
            Event::Bake => "baking the files".to_owned(),
            Event::Resolve => "choosing packages".to_owned(),
            Event::Fetch { name, version, .. } => format!("fetching {name} {version}"),
            Event::Plan => "wiring".to_owned(),
            Event::Link => "linking".to_owned(),
        };
        // The old line must be gone before the new one is there.
        current.take();
        self.terminal.detail(&what);
        *current = Some(self.terminal.progress(what));
    }
}
