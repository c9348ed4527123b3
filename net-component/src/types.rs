//! The plain data of `boxer:kernel/net` and `boxer:kernel/types`. Addresses are
//! those of `std::net`.

use alloc::vec::Vec;
use core::net::SocketAddr;

/// A point on the box's monotonic clock, in nanoseconds since an arbitrary start.
pub type Instant = u64;

/// Something to wait on; never 0.
pub type Token = u64;

/// Why a call failed: the error numbers of POSIX.1-2024 `<errno.h>` that sockets
/// report, and two of `getaddrinfo(3)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Errno {
    /// `EPERM`
    NotPermitted,
    /// `EINTR`
    Interrupted,
    /// `EIO`
    Io,
    /// `EAGAIN`: nothing to do now; wait and try again.
    Again,
    /// `ENOMEM`
    NoMemory,
    /// `EACCES`
    Access,
    /// `EINVAL`
    Invalid,
    /// `ENFILE`
    TooManyFilesInSystem,
    /// `EMFILE`
    TooManyFiles,
    /// `EPIPE`: the sending side is shut, or the peer is gone.
    BrokenPipe,
    /// `EOPNOTSUPP`
    NotSupported,
    /// `EDESTADDRREQ`
    DestinationRequired,
    /// `EMSGSIZE`
    MessageTooLarge,
    /// `EPROTO`
    Protocol,
    /// `ENOPROTOOPT`: no such socket option.
    NoProtocolOption,
    /// `EPROTONOSUPPORT`
    ProtocolNotSupported,
    /// `EAFNOSUPPORT`: no such address family, or an address of another one.
    FamilyNotSupported,
    /// `EADDRINUSE`
    AddressInUse,
    /// `EADDRNOTAVAIL`: the address is not one of this machine's.
    AddressNotAvailable,
    /// `ENETDOWN`
    NetworkDown,
    /// `ENETUNREACH`
    NetworkUnreachable,
    /// `EHOSTUNREACH`
    HostUnreachable,
    /// `ECONNABORTED`
    ConnectionAborted,
    /// `ECONNRESET`
    ConnectionReset,
    /// `ECONNREFUSED`
    ConnectionRefused,
    /// `ENOBUFS`
    NoBuffers,
    /// `EISCONN`
    Connected,
    /// `ENOTCONN`
    NotConnected,
    /// `ETIMEDOUT`
    TimedOut,
    /// `EALREADY`: a connection attempt is under way already.
    Already,
    /// `EINPROGRESS`: a connection attempt has begun.
    InProgress,
    /// `EAI_NONAME`
    NameUnresolvable,
    /// `EAI_AGAIN`
    ResolverTemporary,
}

/// What kind of addresses a socket has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressFamily {
    /// `AF_INET`
    Ipv4,
    /// `AF_INET6`
    Ipv6,
}

/// What a socket transports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SocketKind {
    /// `SOCK_STREAM`: TCP.
    Stream,
    /// `SOCK_DGRAM`: UDP.
    Datagram,
}

/// The direction that `shutdown(2)` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShutdownHow {
    /// `SHUT_RD`
    Receive,
    /// `SHUT_WR`
    Send,
    /// `SHUT_RDWR`
    Both,
}

impl ShutdownHow {
    /// Whether it ends receiving.
    #[must_use]
    pub fn receives(self) -> bool {
        matches!(self, Self::Receive | Self::Both)
    }

    /// Whether it ends sending.
    #[must_use]
    pub fn sends(self) -> bool {
        matches!(self, Self::Send | Self::Both)
    }
}

/// What `getsockopt(2)` and `setsockopt(2)` read and set. The value is a number: 0
/// or 1 for a switch, bytes for a size, nanoseconds for a time, otherwise a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SocketOption {
    /// `SO_KEEPALIVE`, a switch.
    KeepAlive,
    /// `TCP_KEEPIDLE`, nanoseconds, above 0.
    KeepAliveIdle,
    /// `TCP_KEEPINTVL`, nanoseconds, above 0.
    KeepAliveInterval,
    /// `TCP_KEEPCNT`, a count above 0.
    KeepAliveCount,
    /// `IP_TTL` or `IPV6_UNICAST_HOPS`, 1 to 255.
    HopLimit,
    /// `SO_RCVBUF`, bytes, above 0.
    ReceiveBuffer,
    /// `SO_SNDBUF`, bytes, above 0.
    SendBuffer,
    /// `TCP_NODELAY`, a switch.
    NoDelay,
    /// `SO_REUSEADDR`, a switch.
    ReuseAddress,
    /// `IPV6_V6ONLY`, a switch.
    Ipv6Only,
    /// `SO_BROADCAST`, a switch.
    Broadcast,
    /// `SO_ACCEPTCONN`, a switch that can only be read.
    Accepting,
}

/// One datagram that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datagram {
    /// What it holds.
    pub data: Vec<u8>,
    /// Who sent it.
    pub source: SocketAddr,
}

/// What can be done without waiting, as `poll(2)` reports it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "they are independent flags")]
pub struct Readiness {
    /// `POLLIN`: a receive or accept would not fail with [`Errno::Again`].
    pub readable: bool,
    /// `POLLOUT`: a send would not fail with [`Errno::Again`].
    pub writable: bool,
    /// `POLLHUP`: the peer will send no more, and takes no more.
    pub hangup: bool,
    /// `POLLERR`: an error is pending and the next call reports it.
    pub error: bool,
}
