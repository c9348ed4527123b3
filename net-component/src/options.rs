//! The options of a socket: what they are, their domains and what they start with.

use crate::{AddressFamily, Errno, SocketKind, SocketOption};

/// The largest buffer, in bytes; larger requests are cut to it, as Linux cuts them
/// to `net.core.rmem_max`.
const BUFFER_MAX: u64 = 16 << 20;

const SECOND: u64 = 1_000_000_000;

/// The values of a socket's options. They start as Linux has them, but for the
/// buffers of a stream, which do not grow by themselves here and so start larger.
#[derive(Debug, Clone)]
pub struct Options {
    kind: SocketKind,
    family: AddressFamily,
    keep_alive: bool,
    keep_alive_idle: u64,
    keep_alive_interval: u64,
    keep_alive_count: u64,
    hop_limit: u8,
    receive_buffer: usize,
    send_buffer: usize,
    no_delay: bool,
    reuse_address: bool,
    ipv6_only: bool,
    broadcast: bool,
}

impl Options {
    /// What a socket starts with.
    #[must_use]
    pub fn new(family: AddressFamily, kind: SocketKind) -> Self {
        let buffer = match kind {
            SocketKind::Stream => 128 << 10,
            SocketKind::Datagram => 208 << 10,
        };
        Self {
            kind,
            family,
            keep_alive: false,
            keep_alive_idle: 7_200 * SECOND,
            keep_alive_interval: 75 * SECOND,
            keep_alive_count: 9,
            hop_limit: 64,
            receive_buffer: buffer,
            send_buffer: buffer,
            no_delay: false,
            reuse_address: false,
            ipv6_only: true,
            broadcast: false,
        }
    }

    /// The value of an option, but for [`SocketOption::Accepting`], which is a
    /// matter of the socket's state and 0 here.
    ///
    /// # Errors
    ///
    /// [`Errno::NoProtocolOption`] where the socket's protocol has no such option.
    pub fn get(&self, name: SocketOption) -> Result<u64, Errno> {
        self.check_protocol(name)?;
        Ok(match name {
            SocketOption::KeepAlive => self.keep_alive.into(),
            SocketOption::KeepAliveIdle => self.keep_alive_idle,
            SocketOption::KeepAliveInterval => self.keep_alive_interval,
            SocketOption::KeepAliveCount => self.keep_alive_count,
            SocketOption::HopLimit => self.hop_limit.into(),
            SocketOption::ReceiveBuffer => self.receive_buffer as u64,
            SocketOption::SendBuffer => self.send_buffer as u64,
            SocketOption::NoDelay => self.no_delay.into(),
            SocketOption::ReuseAddress => self.reuse_address.into(),
            SocketOption::Ipv6Only => self.ipv6_only.into(),
            SocketOption::Broadcast => self.broadcast.into(),
            SocketOption::Accepting => 0,
        })
    }

    /// Changes an option. That `IPV6_V6ONLY` may not change once the socket is
    /// bound is for the socket to see to.
    ///
    /// # Errors
    ///
    /// [`Errno::NoProtocolOption`] where the socket's protocol has no such option
    /// and for one that can only be read, [`Errno::Invalid`] for a value out of its
    /// domain.
    pub fn set(&mut self, name: SocketOption, value: u64) -> Result<(), Errno> {
        self.check_protocol(name)?;
        match name {
            SocketOption::KeepAlive => self.keep_alive = switch(value)?,
            SocketOption::KeepAliveIdle => self.keep_alive_idle = positive(value)?,
            SocketOption::KeepAliveInterval => self.keep_alive_interval = positive(value)?,
            SocketOption::KeepAliveCount => self.keep_alive_count = positive(value)?,
            SocketOption::HopLimit => {
                self.hop_limit = u8::try_from(positive(value)?).map_err(|_| Errno::Invalid)?;
            }
            SocketOption::ReceiveBuffer => self.receive_buffer = buffer(value)?,
            SocketOption::SendBuffer => self.send_buffer = buffer(value)?,
            SocketOption::NoDelay => self.no_delay = switch(value)?,
            SocketOption::ReuseAddress => self.reuse_address = switch(value)?,
            SocketOption::Ipv6Only => self.ipv6_only = switch(value)?,
            SocketOption::Broadcast => self.broadcast = switch(value)?,
            SocketOption::Accepting => return Err(Errno::NoProtocolOption),
        }
        Ok(())
    }

    /// `SO_RCVBUF`, in bytes.
    #[must_use]
    pub fn receive_buffer(&self) -> usize {
        self.receive_buffer
    }

    /// `SO_SNDBUF`, in bytes.
    #[must_use]
    pub fn send_buffer(&self) -> usize {
        self.send_buffer
    }

    /// `SO_REUSEADDR`.
    #[must_use]
    pub fn reuse_address(&self) -> bool {
        self.reuse_address
    }

    /// `IPV6_V6ONLY`; never of an IPv4 socket.
    #[must_use]
    pub fn ipv6_only(&self) -> bool {
        self.family == AddressFamily::Ipv6 && self.ipv6_only
    }

    /// `SO_BROADCAST`.
    #[must_use]
    pub fn broadcast(&self) -> bool {
        self.broadcast
    }

    fn check_protocol(&self, name: SocketOption) -> Result<(), Errno> {
        let exists = match name {
            SocketOption::KeepAliveIdle
            | SocketOption::KeepAliveInterval
            | SocketOption::KeepAliveCount
            | SocketOption::NoDelay => self.kind == SocketKind::Stream,
            SocketOption::Ipv6Only => self.family == AddressFamily::Ipv6,
            SocketOption::KeepAlive
            | SocketOption::HopLimit
            | SocketOption::ReceiveBuffer
            | SocketOption::SendBuffer
            | SocketOption::ReuseAddress
            | SocketOption::Broadcast
            | SocketOption::Accepting => true,
        };
        if exists {
            Ok(())
        } else {
            Err(Errno::NoProtocolOption)
        }
    }
}

fn switch(value: u64) -> Result<bool, Errno> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Errno::Invalid),
    }
}

fn positive(value: u64) -> Result<u64, Errno> {
    if value == 0 {
        Err(Errno::Invalid)
    } else {
        Ok(value)
    }
}

fn buffer(value: u64) -> Result<usize, Errno> {
    let size = positive(value)?.min(BUFFER_MAX);
    usize::try_from(size).map_err(|_| Errno::Invalid)
}
