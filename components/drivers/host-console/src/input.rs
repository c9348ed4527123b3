//! Standard input.

use alloc::vec::Vec;

use crate::bindings::boxer::kernel::wait_host;
use crate::bindings::exports::boxer::kernel::console::{Errno, Readiness};
use crate::bindings::wasi::cli::stdin;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::io::streams::{InputStream, StreamError};

pub(crate) struct Input {
    // Pollables are dropped before the stream that they came from.
    pollable: Option<Pollable>,
    token: Option<u64>,
    ended: bool,
    stream: InputStream,
}

impl Input {
    pub(crate) fn open() -> Self {
        Self {
            pollable: None,
            token: None,
            ended: false,
            stream: stdin::get_stdin(),
        }
    }

    pub(crate) fn read(&mut self, length: u32) -> Result<Vec<u8>, Errno> {
        if length == 0 || self.ended {
            return Ok(Vec::new());
        }
        match self.stream.read(u64::from(length)) {
            Ok(data) if data.is_empty() => Err(Errno::Again),
            Ok(data) => Ok(data),
            Err(StreamError::Closed) => {
                self.ended = true;
                Ok(Vec::new())
            }
            Err(StreamError::LastOperationFailed(_)) => Err(Errno::Io),
        }
    }

    pub(crate) fn ready(&mut self) -> Readiness {
        if self.ended {
            return Readiness::READABLE | Readiness::HANGUP;
        }
        let pollable = self.pollable.get_or_insert_with(|| self.stream.subscribe());
        if pollable.ready() {
            Readiness::READABLE
        } else {
            Readiness::empty()
        }
    }

    pub(crate) fn wait_token(&mut self) -> u64 {
        *self
            .token
            .get_or_insert_with(|| wait_host::register(self.stream.subscribe()))
    }
}
