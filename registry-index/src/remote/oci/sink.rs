//! Where the bytes of a layer go: memory, up to what was promised.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWrite;

use crate::remote::wire::Transfer;

/// Takes one byte more than was promised, so that the excess is seen, and then no more.
pub(super) struct Sink<'a> {
    bytes: BytesMut,
    limit: u64,
    watcher: Option<Arc<dyn Transfer>>,
    what: &'a str,
}

impl<'a> Sink<'a> {
    pub(super) fn new(limit: u64, watcher: Option<Arc<dyn Transfer>>, what: &'a str) -> Self {
        if let Some(watcher) = &watcher {
            watcher.started(what, limit);
        }
        Self {
            bytes: BytesMut::new(),
            limit,
            watcher,
            what,
        }
    }

    pub(super) fn into_bytes(mut self) -> Bytes {
        std::mem::take(&mut self.bytes).freeze()
    }
}

impl Drop for Sink<'_> {
    fn drop(&mut self) {
        if let Some(watcher) = &self.watcher {
            watcher.finished(self.what);
        }
    }
}

impl AsyncWrite for Sink<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.bytes.extend_from_slice(bytes);
        if let Some(watcher) = &self.watcher {
            watcher.advanced(self.what, bytes.len() as u64);
        }
        if self.bytes.len() as u64 > self.limit {
            return Poll::Ready(Err(io::Error::other("more bytes than promised")));
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
