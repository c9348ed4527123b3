//! What a network stack is: `boxer:kernel/net` in Rust.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use crate::{
    AddressFamily, Datagram, Errno, Instant, Readiness, ShutdownHow, SocketKind, SocketOption,
    Token,
};

/// A network stack. Sockets share it, so its methods take `&self`.
pub trait Stack {
    /// Its sockets.
    type Socket: Socket;
    /// Its name lookups.
    type Lookup: Lookup;

    /// `socket(2)`.
    ///
    /// # Errors
    ///
    /// [`Errno::Access`] where there is no network, [`Errno::FamilyNotSupported`],
    /// [`Errno::TooManyFiles`].
    fn open(&self, family: AddressFamily, kind: SocketKind) -> Result<Self::Socket, Errno>;

    /// `getaddrinfo(3)` for addresses only: begins a lookup of a host name or an
    /// address literal.
    ///
    /// # Errors
    ///
    /// [`Errno::Invalid`] where the name can be neither.
    fn resolve(&self, name: &str) -> Result<Self::Lookup, Errno>;

    /// Lets the stack do what is due at `now`. Tells when it wants to be called
    /// again at the latest; `None` means not before something is sent or arrives.
    fn step(&self, now: Instant) -> Option<Instant>;

    /// Links of this stack to the host: waiting on anything inside the box must
    /// wait on these too.
    fn link_tokens(&self) -> Vec<Token> {
        Vec::new()
    }
}

/// A socket. Dropping it closes it, as `close(2)` does. None of its calls waits.
///
/// Calls fail with the errors that POSIX.1-2024 names for them, or with those of
/// Linux's manual pages where POSIX leaves it open.
#[allow(
    clippy::missing_errors_doc,
    reason = "the calls' own manual pages name them"
)]
pub trait Socket: Sized {
    /// `bind(2)`. Port 0 takes a free one.
    fn bind(&self, local: SocketAddr) -> Result<(), Errno>;
    /// `listen(2)`. Calling it again changes the backlog.
    fn listen(&self, backlog: u32) -> Result<(), Errno>;
    /// `accept(2)`: the oldest connection that is complete, and who made it.
    fn accept(&self) -> Result<(Self, SocketAddr), Errno>;
    /// `connect(2)`. A stream answers [`Errno::InProgress`]: wait for `writable`,
    /// then read how it went from [`Self::take_error`]. A datagram socket only
    /// notes the peer; with `None` it forgets it.
    fn connect(&self, remote: Option<SocketAddr>) -> Result<(), Errno>;
    /// `SO_ERROR`: what went wrong since the last call, and clears it.
    fn take_error(&self) -> Option<Errno>;

    /// `send(2)` on a stream: how many bytes were taken.
    fn send(&self, data: Vec<u8>) -> Result<usize, Errno>;
    /// `recv(2)` on a stream: up to `length` bytes; none means that the peer has
    /// ended.
    fn receive(&self, length: usize) -> Result<Vec<u8>, Errno>;
    /// `sendto(2)` of one datagram; without an address to the connected peer.
    fn send_to(&self, data: Vec<u8>, remote: Option<SocketAddr>) -> Result<(), Errno>;
    /// `recvfrom(2)`: one whole datagram.
    fn receive_from(&self) -> Result<Datagram, Errno>;
    /// `shutdown(2)`.
    fn shutdown(&self, how: ShutdownHow) -> Result<(), Errno>;

    /// `getsockname(2)`; [`Errno::Invalid`] where not bound.
    fn local_address(&self) -> Result<SocketAddr, Errno>;
    /// `getpeername(2)`.
    fn remote_address(&self) -> Result<SocketAddr, Errno>;
    /// The family that the socket was opened with.
    fn family(&self) -> AddressFamily;
    /// `getsockopt(2)`.
    fn get_option(&self, name: SocketOption) -> Result<u64, Errno>;
    /// `setsockopt(2)`.
    fn set_option(&self, name: SocketOption, value: u64) -> Result<(), Errno>;

    /// What can be done without waiting.
    fn ready(&self) -> Readiness;
    /// What to wait on until one of `interest` holds, where the socket faces the
    /// host; `None` for a stack inside the box.
    fn wait_token(&self, _interest: Readiness) -> Option<Token> {
        None
    }
}

/// A name lookup that is under way. Dropping it cancels it.
pub trait Lookup {
    /// The next address in the order in which they should be tried; `None` after
    /// the last.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] while the answer is not there, [`Errno::NameUnresolvable`]
    /// or [`Errno::ResolverTemporary`] where the lookup failed.
    fn next(&self) -> Result<Option<IpAddr>, Errno>;
    /// What to wait on, as in [`Socket::wait_token`].
    fn wait_token(&self) -> Option<Token> {
        None
    }
}
