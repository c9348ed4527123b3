//! The bytes of a TCP connection, which its socket and both its streams share.
//!
//! It stays open until the last of them is dropped. Dropping only the streams shuts
//! nothing, because the socket could still be asked to.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use super::{errors, stack};
use crate::bindings::exports::wasi::sockets::network::ErrorCode;
use crate::kernel::net::{ShutdownHow, Socket};
use crate::kernel::{Errno, Readiness, Token};

/// How much may be sent at once. The stack need not have room for all of it: what it
/// does not take waits here, and nothing more is permitted meanwhile.
const PERMIT: u64 = 1 << 16;

/// An established connection.
pub(crate) struct Connection {
    socket: Rc<Socket>,
    /// The application wants no more input.
    deaf: Cell<bool>,
    sending: Cell<Sending>,
    unsent: RefCell<Unsent>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sending {
    Open,
    /// To be shut when what waits is sent.
    Ending,
    Shut,
    /// Bytes that waited could not be sent; nobody has heard of it yet.
    Failed(Errno),
}

/// Bytes that were promised to be sent.
#[derive(Default)]
struct Unsent {
    bytes: Vec<u8>,
    sent: usize,
}

impl Unsent {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.sent..).unwrap_or_default()
    }
}

impl Connection {
    pub(super) fn new(socket: Rc<Socket>) -> Rc<Self> {
        Rc::new(Self {
            socket,
            deaf: Cell::new(false),
            sending: Cell::new(Sending::Open),
            unsent: RefCell::default(),
        })
    }

    /// `recv(2)`; no bytes at the end, be it the peer's or one's own.
    pub(crate) fn receive(&self, length: u32) -> Result<Vec<u8>, Errno> {
        if self.deaf.get() {
            return Ok(Vec::new());
        }
        let received = stack::again(is_again, || self.socket.receive(length));
        // A window may have opened that the peer must hear of.
        stack::kick();
        received
    }

    /// How many bytes [`Self::send`] takes now.
    pub(crate) fn permit(&self) -> Result<u64, Errno> {
        self.push();
        match self.sending.get() {
            Sending::Open if !self.unsent.borrow().rest().is_empty() => Ok(0),
            Sending::Open => {
                let free = stack::again(|free| !free, || self.takes_bytes());
                Ok(if free { PERMIT } else { 0 })
            }
            Sending::Ending | Sending::Shut => Err(Errno::BrokenPipe),
            Sending::Failed(errno) => Err(errno),
        }
    }

    /// Takes all of `bytes`.
    pub(crate) fn send(self: &Rc<Self>, bytes: Vec<u8>) -> Result<(), Errno> {
        match self.sending.get() {
            Sending::Open => {}
            Sending::Ending | Sending::Shut => return Err(Errno::BrokenPipe),
            Sending::Failed(errno) => return Err(errno),
        }
        let sent = if self.unsent.borrow().rest().is_empty() {
            send_some(&self.socket, &bytes)?
        } else {
            0
        };
        stack::kick();
        if sent == bytes.len() {
            return Ok(());
        }
        let mut unsent = self.unsent.borrow_mut();
        if unsent.rest().is_empty() {
            *unsent = Unsent { bytes, sent };
            drop(unsent);
            stack::remember(self.clone());
        } else {
            // Only where the caller had leave for more than it used before.
            unsent.bytes.extend_from_slice(&bytes);
        }
        Ok(())
    }

    /// Whether all that was sent is with the stack.
    pub(crate) fn flush(&self) -> Result<bool, Errno> {
        self.push();
        match self.sending.get() {
            Sending::Open => Ok(self.unsent.borrow().rest().is_empty()),
            Sending::Ending | Sending::Shut => Err(Errno::BrokenPipe),
            Sending::Failed(errno) => Err(errno),
        }
    }

    /// Offers the stack what waits. Whether nothing waits any more.
    pub(super) fn push(&self) -> bool {
        let mut unsent = self.unsent.borrow_mut();
        if unsent.rest().is_empty() {
            return true;
        }
        match send_some(&self.socket, unsent.rest()) {
            Ok(sent) => {
                unsent.sent += sent;
                if !unsent.rest().is_empty() {
                    return false;
                }
            }
            Err(errno) => self.sending.set(Sending::Failed(errno)),
        }
        *unsent = Unsent::default();
        if self.sending.get() == Sending::Ending {
            self.sending.set(Sending::Shut);
            // The peer may be gone, and then it has no use for the end.
            let _ = self.socket.shutdown(ShutdownHow::Send);
        }
        true
    }

    /// `shutdown(2)`, where a direction that is shut already stays so.
    pub(super) fn shut(&self, receive: bool, send: bool) -> Result<(), ErrorCode> {
        if receive && !self.deaf.replace(true) {
            self.socket
                .shutdown(ShutdownHow::Receive)
                .map_err(errors::code)?;
        }
        if send && self.sending.get() == Sending::Open {
            if self.push() {
                self.sending.set(Sending::Shut);
                self.socket
                    .shutdown(ShutdownHow::Send)
                    .map_err(errors::code)?;
            } else {
                self.sending.set(Sending::Ending);
            }
        }
        stack::kick();
        Ok(())
    }

    /// Whether the application has shut the receiving side.
    pub(crate) fn is_deaf(&self) -> bool {
        self.deaf.get()
    }

    pub(crate) fn can_receive(&self) -> bool {
        self.deaf.get()
            || self
                .socket
                .ready()
                .intersects(Readiness::READABLE | Readiness::HANGUP | Readiness::ERROR)
    }

    pub(crate) fn can_send(&self) -> bool {
        self.push() && (self.sending.get() != Sending::Open || self.takes_bytes())
    }

    pub(crate) fn receive_token(&self) -> Option<Token> {
        self.socket.wait_token(Readiness::READABLE)
    }

    pub(crate) fn send_token(&self) -> Option<Token> {
        self.socket.wait_token(Readiness::WRITABLE)
    }

    fn takes_bytes(&self) -> bool {
        self.socket
            .ready()
            .intersects(Readiness::WRITABLE | Readiness::ERROR)
    }
}

/// Sends as much as the stack has room for.
fn send_some(socket: &Socket, bytes: &[u8]) -> Result<usize, Errno> {
    let mut sent = 0;
    while let Some(rest) = bytes.get(sent..).filter(|rest| !rest.is_empty()) {
        match socket.send(rest) {
            Ok(0) | Err(Errno::Again | Errno::Interrupted) => break,
            Ok(taken) => sent += taken as usize,
            Err(errno) => return Err(errno),
        }
    }
    Ok(sent)
}

fn is_again<T>(outcome: &Result<T, Errno>) -> bool {
    matches!(outcome, Err(Errno::Again))
}

#[cfg(test)]
mod tests;
