//! The standard streams, over the `console` driver.

use alloc::vec::Vec;
use core::cell::Cell;

use crate::io::poll::{self, Now, Waitable, Wakers};
use crate::kernel::console::{self, StandardStream};
use crate::kernel::{Errno, Readiness, Token};

/// How much may be written to a standard stream at once.
const PERMIT: u64 = 1 << 16;

/// Standard input.
pub(crate) struct ConsoleReader;

impl ConsoleReader {
    pub(crate) fn read(&self, length: u32) -> Result<Vec<u8>, Errno> {
        console::read(length)
    }

    pub(crate) fn is_ready(&self) -> bool {
        console::ready(StandardStream::Input)
            .intersects(Readiness::READABLE | Readiness::HANGUP | Readiness::ERROR)
    }

    pub(crate) fn token(&self) -> Option<Token> {
        console::wait_token(StandardStream::Input)
    }
}

/// Standard output or standard error.
///
/// Written through: a program that returns from `run` flushes nothing, so bytes kept
/// here would be lost. A write that the driver does not take at once therefore
/// waits, as one to a pipe does.
pub(crate) struct ConsoleWriter {
    which: StandardStream,
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing speaks against a write.
    Free,
    /// The last write had to wait: ask the driver before the next.
    Congested,
    /// A flush was asked for and has not ended; no write may be permitted.
    Flushing,
}

impl ConsoleWriter {
    pub(crate) fn new(which: StandardStream) -> Self {
        Self {
            which,
            state: Cell::new(State::Free),
        }
    }

    pub(crate) fn permit(&self) -> Result<u64, Errno> {
        let free = match self.state.get() {
            State::Free => true,
            State::Congested => self.takes_bytes(),
            State::Flushing => self.flush()?,
        };
        if !free {
            return Ok(0);
        }
        self.state.set(State::Free);
        Ok(PERMIT)
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Errno> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match console::write(self.which, rest) {
                // Not allowed by the interface; waiting for more of it never ends.
                Ok(0) => return Err(Errno::Io),
                Ok(taken) => rest = rest.get(taken as usize..).unwrap_or_default(),
                Err(Errno::Again | Errno::Interrupted) => {
                    self.state.set(State::Congested);
                    poll::block(self);
                }
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Whether all has reached the host.
    pub(crate) fn flush(&self) -> Result<bool, Errno> {
        match console::flush(self.which) {
            Ok(()) => {
                self.state.set(State::Free);
                Ok(true)
            }
            Err(Errno::Again | Errno::Interrupted) => {
                self.state.set(State::Flushing);
                Ok(false)
            }
            Err(errno) => Err(errno),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        match self.state.get() {
            State::Free | State::Congested => self.takes_bytes(),
            // A failure is for the next call to report.
            State::Flushing => self.flush() != Ok(false),
        }
    }

    pub(crate) fn token(&self) -> Option<Token> {
        console::wait_token(self.which)
    }

    fn takes_bytes(&self) -> bool {
        console::ready(self.which).intersects(Readiness::WRITABLE | Readiness::ERROR)
    }
}

impl Waitable for ConsoleWriter {
    fn is_ready(&self, _now: &mut Now) -> bool {
        ConsoleWriter::is_ready(self)
    }

    fn wakers(&self, wakers: &mut Wakers) {
        wakers.token(self.token());
    }
}
