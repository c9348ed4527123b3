//! Standard output and error.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal as _, Write as _};

/// Bytes held back before they are written. A write is a call to the host, which
/// costs more than printing a line does.
const HELD_BACK: usize = 16 * 1024;

/// Standard output, held back in small amounts unless it is a terminal. Whoever
/// waits, reads input, writes an error or ends the program flushes it first.
#[derive(Debug)]
pub struct Output {
    held: RefCell<Vec<u8>>,
    immediate: bool,
    /// The first write error, which the script may not see: `EPIPE` and the like.
    broken: Cell<bool>,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            held: RefCell::default(),
            immediate: io::stdout().is_terminal(),
            broken: Cell::new(false),
        }
    }
}

impl Output {
    /// Writes to standard output.
    pub fn write(&self, bytes: &[u8]) {
        let mut held = self.held.borrow_mut();
        held.extend_from_slice(bytes);
        if self.immediate || held.len() >= HELD_BACK {
            self.write_out(&mut held);
        }
    }

    /// Writes to standard error, after what standard output holds back.
    pub fn write_error(&self, bytes: &[u8]) {
        self.flush();
        let mut stderr = io::stderr().lock();
        // There is nobody left to tell.
        let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
    }

    /// Writes what is held back.
    pub fn flush(&self) {
        self.write_out(&mut self.held.borrow_mut());
    }

    fn write_out(&self, held: &mut Vec<u8>) {
        if held.is_empty() {
            return;
        }
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(held).and_then(|()| stdout.flush());
        held.clear();
        if written.is_err() {
            self.broken.set(true);
        }
    }
}
