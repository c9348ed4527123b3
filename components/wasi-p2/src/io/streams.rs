//! `wasi:io/streams`: the rules that hold for every stream, whatever is behind it.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::Cell;

use super::error::{Failure, Origin};
use super::poll::{self, Now, Waitable, Wakers};
use crate::Personality;
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::io::streams::{
    self as wasi, Guest, GuestInputStream, GuestOutputStream, InputStreamBorrow,
};
use crate::cli::stdio::{ConsoleReader, ConsoleWriter};
use crate::filesystem::streams::{FileReader, FileWriter};
use crate::kernel::Errno;
use crate::sockets::connection::Connection;
use crate::trap::trap;

/// The most bytes that one read returns. Three copies of them exist for a moment:
/// in the driver, here and in the program.
const LONGEST_READ: u64 = 1 << 20;

/// The most bytes that the blocking-…-and-flush functions take, by their WIT.
const LONGEST_BLOCKING_WRITE: u64 = 4096;

/// Why a call on a stream failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum StreamError {
    Closed,
    Failed(Failure),
}

impl From<StreamError> for wasi::StreamError {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Closed => Self::Closed,
            StreamError::Failed(failure) => Self::LastOperationFailed(failure.into()),
        }
    }
}

/// Where an input stream's bytes come from.
pub(crate) enum Source {
    File(FileReader),
    Console(ConsoleReader),
    Tcp(Rc<Connection>),
}

impl Source {
    /// Up to `length` bytes, none at the end, [`Errno::Again`] where there are none
    /// now: the convention of all drivers.
    fn read(&self, length: u32) -> Result<Vec<u8>, Errno> {
        match self {
            Self::File(file) => file.read(length),
            Self::Console(console) => console.read(length),
            Self::Tcp(connection) => connection.receive(length),
        }
    }

    /// Whether it is known that nothing more can come.
    fn is_shut(&self) -> bool {
        match self {
            Self::File(_) | Self::Console(_) => false,
            Self::Tcp(connection) => connection.is_deaf(),
        }
    }

    fn origin(&self) -> Origin {
        match self {
            Self::File(_) | Self::Console(_) => Origin::File,
            Self::Tcp(_) => Origin::Net,
        }
    }
}

/// An input stream.
pub(crate) struct Input {
    source: Source,
    /// Set by a failure, for good.
    failed: Cell<bool>,
    /// The last read found the end. The next one looks again: a file may grow.
    ended: Cell<bool>,
}

impl Input {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            failed: Cell::new(false),
            ended: Cell::new(false),
        }
    }

    pub(crate) fn read(&self, len: u64) -> Result<Vec<u8>, StreamError> {
        if self.failed.get() {
            return Err(StreamError::Closed);
        }
        let length = len.min(LONGEST_READ) as u32;
        if length == 0 {
            return if self.ended.get() || self.source.is_shut() {
                Err(StreamError::Closed)
            } else {
                Ok(Vec::new())
            };
        }
        let read = self.source.read(length);
        self.ended.set(read.as_ref().is_ok_and(Vec::is_empty));
        match read {
            Ok(_) if self.ended.get() => Err(StreamError::Closed),
            Ok(bytes) => Ok(bytes),
            Err(Errno::Again | Errno::Interrupted) => Ok(Vec::new()),
            Err(errno) => {
                self.failed.set(true);
                Err(StreamError::Failed(Failure {
                    origin: self.source.origin(),
                    errno,
                }))
            }
        }
    }

    pub(crate) fn blocking_read(&self, len: u64) -> Result<Vec<u8>, StreamError> {
        loop {
            let bytes = self.read(len)?;
            if !bytes.is_empty() || len == 0 {
                return Ok(bytes);
            }
            poll::block(self);
        }
    }
}

impl Waitable for Input {
    fn is_ready(&self, _now: &mut Now) -> bool {
        self.failed.get()
            || match &self.source {
                Source::File(file) => file.is_ready(),
                Source::Console(console) => console.is_ready(),
                Source::Tcp(connection) => connection.can_receive(),
            }
    }

    fn wakers(&self, wakers: &mut Wakers) {
        wakers.token(match &self.source {
            Source::File(file) => file.token(),
            Source::Console(console) => console.token(),
            Source::Tcp(connection) => connection.receive_token(),
        });
    }
}

/// Where an output stream's bytes go.
pub(crate) enum Sink {
    File(FileWriter),
    Console(ConsoleWriter),
    Tcp(Rc<Connection>),
}

impl Sink {
    /// How many bytes [`Self::write`] would take now.
    fn permit(&self) -> Result<u64, Errno> {
        match self {
            Self::File(file) => Ok(file.permit()),
            Self::Console(console) => console.permit(),
            Self::Tcp(connection) => connection.permit(),
        }
    }

    /// Takes all of `bytes`, no more than permitted.
    fn write(&self, bytes: Vec<u8>) -> Result<(), Errno> {
        match self {
            Self::File(file) => file.write(&bytes),
            Self::Console(console) => console.write(&bytes),
            Self::Tcp(connection) => connection.send(bytes),
        }
    }

    /// Whether all that was written has left this component.
    fn flush(&self) -> Result<bool, Errno> {
        match self {
            Self::File(_) => Ok(true),
            Self::Console(console) => console.flush(),
            Self::Tcp(connection) => connection.flush(),
        }
    }

    /// A socket whose sending side is shut is a closed stream, not a failed one, and so
    /// is a pipe that nobody reads any more.
    fn error(&self, errno: Errno) -> StreamError {
        match self {
            Self::Tcp(_) | Self::Console(_) if errno == Errno::BrokenPipe => StreamError::Closed,
            Self::Tcp(_) => StreamError::Failed(Failure {
                origin: Origin::Net,
                errno,
            }),
            Self::File(_) | Self::Console(_) => StreamError::Failed(Failure {
                origin: Origin::File,
                errno,
            }),
        }
    }
}

/// An output stream.
pub(crate) struct Output {
    sink: Sink,
    /// What is left of the last permit.
    permit: Cell<u64>,
    closed: Cell<bool>,
}

impl Output {
    pub(crate) fn new(sink: Sink) -> Self {
        Self {
            sink,
            permit: Cell::new(0),
            closed: Cell::new(false),
        }
    }

    pub(crate) fn check_write(&self) -> Result<u64, StreamError> {
        self.still_open()?;
        let permit = self.settle(self.sink.permit())?;
        self.permit.set(permit);
        Ok(permit)
    }

    pub(crate) fn write(&self, bytes: Vec<u8>) -> Result<(), StreamError> {
        self.still_open()?;
        self.spend(bytes.len() as u64);
        self.settle(self.sink.write(bytes))
    }

    pub(crate) fn write_zeroes(&self, len: u64) -> Result<(), StreamError> {
        self.still_open()?;
        self.spend(len);
        self.settle(self.sink.write(vec![0; len as usize]))
    }

    pub(crate) fn flush(&self) -> Result<(), StreamError> {
        self.still_open()?;
        if !self.settle(self.sink.flush())? {
            self.permit.set(0);
        }
        Ok(())
    }

    pub(crate) fn blocking_flush(&self) -> Result<(), StreamError> {
        self.still_open()?;
        while !self.settle(self.sink.flush())? {
            poll::block(self);
        }
        Ok(())
    }

    pub(crate) fn blocking_write_and_flush(&self, bytes: Vec<u8>) -> Result<(), StreamError> {
        if bytes.len() as u64 > LONGEST_BLOCKING_WRITE {
            trap("output-stream.blocking-write-and-flush of more than 4096 bytes");
        }
        self.wait_for_permit(bytes.len() as u64)?;
        self.settle(self.sink.write(bytes))?;
        self.blocking_flush()
    }

    pub(crate) fn blocking_write_zeroes_and_flush(&self, len: u64) -> Result<(), StreamError> {
        if len > LONGEST_BLOCKING_WRITE {
            trap("output-stream.blocking-write-zeroes-and-flush of more than 4096 bytes");
        }
        self.blocking_write_and_flush(vec![0; len as usize])
    }

    pub(crate) fn splice(&self, source: &Input, len: u64) -> Result<u64, StreamError> {
        let len = len.min(self.check_write()?);
        if len == 0 {
            return Ok(0);
        }
        let bytes = source.read(len)?;
        let moved = bytes.len() as u64;
        self.write(bytes)?;
        Ok(moved)
    }

    pub(crate) fn blocking_splice(&self, source: &Input, len: u64) -> Result<u64, StreamError> {
        if len == 0 {
            return self.check_write().map(|_| 0);
        }
        let permit = self.wait_for_permit(1)?;
        let bytes = source.blocking_read(len.min(permit))?;
        let moved = bytes.len() as u64;
        self.write(bytes)?;
        Ok(moved)
    }

    /// Waits until at least `len` bytes may be written, and at least one.
    fn wait_for_permit(&self, len: u64) -> Result<u64, StreamError> {
        loop {
            let permit = self.check_write()?;
            if permit > 0 && permit >= len {
                return Ok(permit);
            }
            poll::block(self);
        }
    }

    fn still_open(&self) -> Result<(), StreamError> {
        if self.closed.get() {
            Err(StreamError::Closed)
        } else {
            Ok(())
        }
    }

    fn spend(&self, len: u64) {
        match self.permit.get().checked_sub(len) {
            Some(left) => self.permit.set(left),
            None => trap("output-stream.write of more bytes than check-write permitted"),
        }
    }

    /// A failure closes the stream for good.
    fn settle<T>(&self, outcome: Result<T, Errno>) -> Result<T, StreamError> {
        outcome.map_err(|errno| {
            self.closed.set(true);
            self.sink.error(errno)
        })
    }
}

impl Waitable for Output {
    fn is_ready(&self, _now: &mut Now) -> bool {
        self.closed.get()
            || match &self.sink {
                Sink::File(file) => file.is_ready(),
                Sink::Console(console) => console.is_ready(),
                Sink::Tcp(connection) => connection.can_send(),
            }
    }

    fn wakers(&self, wakers: &mut Wakers) {
        wakers.token(match &self.sink {
            Sink::File(file) => file.token(),
            Sink::Console(console) => console.token(),
            Sink::Tcp(connection) => connection.send_token(),
        });
    }
}

/// An `input-stream`. Its pollables share it, so they may outlive it.
pub(crate) struct InputStream(Rc<Input>);

/// Makes an `input-stream`.
pub(crate) fn input_stream(source: Source) -> wasi::InputStream {
    wasi::InputStream::new(InputStream(Rc::new(Input::new(source))))
}

/// An `output-stream`. Its pollables share it, so they may outlive it.
pub(crate) struct OutputStream(Rc<Output>);

/// Makes an `output-stream`.
pub(crate) fn output_stream(sink: Sink) -> wasi::OutputStream {
    wasi::OutputStream::new(OutputStream(Rc::new(Output::new(sink))))
}

impl Guest for Personality {
    type InputStream = InputStream;
    type OutputStream = OutputStream;
}

impl GuestInputStream for InputStream {
    fn read(&self, len: u64) -> Result<Vec<u8>, wasi::StreamError> {
        Ok(self.0.read(len)?)
    }

    fn blocking_read(&self, len: u64) -> Result<Vec<u8>, wasi::StreamError> {
        Ok(self.0.blocking_read(len)?)
    }

    fn skip(&self, len: u64) -> Result<u64, wasi::StreamError> {
        Ok(self.0.read(len)?.len() as u64)
    }

    fn blocking_skip(&self, len: u64) -> Result<u64, wasi::StreamError> {
        Ok(self.0.blocking_read(len)?.len() as u64)
    }

    fn subscribe(&self) -> Pollable {
        poll::pollable(self.0.clone())
    }
}

impl GuestOutputStream for OutputStream {
    fn check_write(&self) -> Result<u64, wasi::StreamError> {
        Ok(self.0.check_write()?)
    }

    fn write(&self, contents: Vec<u8>) -> Result<(), wasi::StreamError> {
        Ok(self.0.write(contents)?)
    }

    fn blocking_write_and_flush(&self, contents: Vec<u8>) -> Result<(), wasi::StreamError> {
        Ok(self.0.blocking_write_and_flush(contents)?)
    }

    fn flush(&self) -> Result<(), wasi::StreamError> {
        Ok(self.0.flush()?)
    }

    fn blocking_flush(&self) -> Result<(), wasi::StreamError> {
        Ok(self.0.blocking_flush()?)
    }

    fn subscribe(&self) -> Pollable {
        poll::pollable(self.0.clone())
    }

    fn write_zeroes(&self, len: u64) -> Result<(), wasi::StreamError> {
        Ok(self.0.write_zeroes(len)?)
    }

    fn blocking_write_zeroes_and_flush(&self, len: u64) -> Result<(), wasi::StreamError> {
        Ok(self.0.blocking_write_zeroes_and_flush(len)?)
    }

    fn splice(&self, src: InputStreamBorrow<'_>, len: u64) -> Result<u64, wasi::StreamError> {
        Ok(self.0.splice(&src.get::<InputStream>().0, len)?)
    }

    fn blocking_splice(
        &self,
        src: InputStreamBorrow<'_>,
        len: u64,
    ) -> Result<u64, wasi::StreamError> {
        Ok(self.0.blocking_splice(&src.get::<InputStream>().0, len)?)
    }
}

#[cfg(test)]
mod tests;
