//! Standard output or standard error.

use crate::bindings::boxer::kernel::wait_host;
use crate::bindings::exports::boxer::kernel::console::{Errno, Readiness};
use crate::bindings::wasi::io::streams::{OutputStream, StreamError};

pub(crate) struct Output {
    token: Option<u64>,
    /// What a look at the stream brought up; the next write or flush reports it.
    failed: Option<Errno>,
    /// A flush was asked for, and nothing written since.
    flushing: bool,
    stream: OutputStream,
}

impl Output {
    pub(crate) fn new(stream: OutputStream) -> Self {
        Self {
            token: None,
            failed: None,
            flushing: false,
            stream,
        }
    }

    pub(crate) fn write(&mut self, data: &[u8]) -> Result<u32, Errno> {
        self.report()?;
        let room = self.room()?;
        if data.is_empty() {
            return Ok(0);
        }
        if room == 0 {
            return Err(Errno::Again);
        }
        let taken = data.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        self.stream.write(&data[..taken]).map_err(errno)?;
        self.flushing = false;
        Ok(u32::try_from(taken).unwrap_or(u32::MAX))
    }

    pub(crate) fn flush(&mut self) -> Result<(), Errno> {
        self.report()?;
        if !self.flushing {
            self.stream.flush().map_err(errno)?;
            self.flushing = true;
        }
        // Until a flush is done the stream has no room.
        if self.room()? == 0 {
            return Err(Errno::Again);
        }
        self.flushing = false;
        Ok(())
    }

    pub(crate) fn ready(&mut self) -> Readiness {
        if self.failed.is_none() {
            match self.room() {
                Ok(0) => return Readiness::empty(),
                Ok(_) => return Readiness::WRITABLE,
                Err(error) => self.failed = Some(error),
            }
        }
        Readiness::WRITABLE | Readiness::ERROR
    }

    pub(crate) fn wait_token(&mut self) -> u64 {
        *self
            .token
            .get_or_insert_with(|| wait_host::register(self.stream.subscribe()))
    }

    fn room(&self) -> Result<u64, Errno> {
        self.stream.check_write().map_err(errno)
    }

    /// Reports a failure once; the stream itself says `closed` from then on.
    fn report(&mut self) -> Result<(), Errno> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn errno(error: StreamError) -> Errno {
    match error {
        StreamError::Closed => Errno::BrokenPipe,
        StreamError::LastOperationFailed(_) => Errno::Io,
    }
}
