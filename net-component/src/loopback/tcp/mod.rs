//! TCP between sockets of the box: what its endpoints can tell of it, without
//! segments, acknowledgements and retransmission.
//!
//! Both ends of a connection know each other. The bytes that one sends are queued at
//! the other right away; those behind its receive buffer count as still in the
//! sender's send buffer. So does a FIN behind them: the peer has not heard of it
//! yet. A connection that is over on both sides keeps no state (there is no
//! TIME-WAIT), so its port is free at once.
//!
//! Where POSIX leaves the outcome open, the outcome is Linux's.

mod connect;
mod transfer;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use slab::Slab;

use super::address::to_user;
use super::bytes::Bytes;
use super::common::Common;
use super::ports::Ports;
use crate::{AddressFamily, Errno, Instant, Readiness, SocketKind, SocketOption};

/// The longest queue of a listener, as Linux's `net.core.somaxconn`.
const BACKLOG_MAX: u32 = 4_096;

/// All stream sockets of a box.
#[derive(Debug)]
pub(super) struct Tcp {
    sockets: Slab<Stream>,
    ports: Ports,
    /// Attempts to connect that wait for room in a listener's queue, oldest first,
    /// and when they give up; no time before the first `step` after they began.
    attempts: Vec<(usize, Option<Instant>)>,
}

#[derive(Debug)]
struct Stream {
    common: Common,
    state: State,
    /// `connect` was called, and has not been called again to hear how it went.
    unheard: bool,
}

#[derive(Debug)]
enum State {
    /// Neither listening nor connected, nor ever connected.
    Idle,
    Listening(Listener),
    /// Waits for room in the queue of this listener.
    Connecting {
        listener: usize,
        remote: Remote,
    },
    /// Connected, or was so once, or failed to connect.
    Connected(Connection),
}

#[derive(Debug)]
struct Listener {
    backlog: usize,
    /// Connections that are complete and not yet accepted.
    queue: VecDeque<usize>,
    /// Sockets whose connections wait for room in the queue.
    waiting: VecDeque<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Remote {
    address: IpAddr,
    port: u16,
}

/// One end of a connection.
#[derive(Debug)]
struct Connection {
    /// The other end, while it is open.
    peer: Option<usize>,
    remote: Remote,
    /// What the peer sent and nobody received yet.
    incoming: Bytes,
    /// A FIN of the peer's comes behind `incoming`.
    ended: bool,
    /// This end has sent its FIN: `shutdown` of sending.
    finished: bool,
    /// `shutdown` of receiving.
    deaf: bool,
    /// It was reset, or never came to be.
    reset: bool,
}

impl Connection {
    fn new(peer: Option<usize>, remote: Remote) -> Self {
        Self {
            peer,
            remote,
            incoming: Bytes::default(),
            ended: false,
            finished: false,
            deaf: false,
            reset: false,
        }
    }
}

impl Stream {
    fn is_listening(&self) -> bool {
        matches!(self.state, State::Listening(_))
    }

    fn connection(&self) -> Option<&Connection> {
        match &self.state {
            State::Connected(connection) => Some(connection),
            State::Idle | State::Listening(_) | State::Connecting { .. } => None,
        }
    }

    fn connection_mut(&mut self) -> Option<&mut Connection> {
        match &mut self.state {
            State::Connected(connection) => Some(connection),
            State::Idle | State::Listening(_) | State::Connecting { .. } => None,
        }
    }

    /// Whether the peer's FIN has arrived: it has if all before it found room in the
    /// receive buffer.
    fn heard_end(&self) -> bool {
        self.connection().is_some_and(|connection| {
            connection.ended && connection.incoming.len() <= self.common.options.receive_buffer()
        })
    }
}

impl Tcp {
    pub(super) fn new() -> Self {
        Self {
            sockets: Slab::new(),
            ports: Ports::new(),
            attempts: Vec::new(),
        }
    }

    pub(super) fn open(&mut self, family: AddressFamily) -> usize {
        self.sockets.insert(Stream {
            common: Common::new(family, SocketKind::Stream),
            state: State::Idle,
            unheard: false,
        })
    }

    pub(super) fn close(&mut self, id: usize) {
        match self.sockets[id].state {
            State::Idle => {}
            State::Listening(_) => self.stop_listening(id),
            State::Connecting { .. } => self.abandon(id),
            State::Connected(_) => self.hang_up(id),
        }
        let mut socket = self.sockets.remove(id);
        socket.common.unbind(&mut self.ports, false);
    }

    pub(super) fn bind(&mut self, id: usize, local: SocketAddr) -> Result<(), Errno> {
        self.sockets[id].common.bind(&mut self.ports, local)
    }

    pub(super) fn listen(&mut self, id: usize, backlog: u32) -> Result<(), Errno> {
        // Linux takes one more than it is told, so that 0 is of use.
        let backlog = backlog.min(BACKLOG_MAX) as usize + 1;
        let socket = &mut self.sockets[id];
        match &mut socket.state {
            State::Listening(listener) => listener.backlog = backlog,
            State::Idle => {
                socket
                    .common
                    .bind_unasked(&mut self.ports, 0)
                    .map_err(|_| Errno::AddressInUse)?;
                self.start_listening(id, backlog)?;
            }
            State::Connecting { .. } | State::Connected(_) => return Err(Errno::Invalid),
        }
        self.admit(id);
        Ok(())
    }

    fn start_listening(&mut self, id: usize, backlog: usize) -> Result<(), Errno> {
        let socket = &mut self.sockets[id];
        let Some(bound) = socket.common.bound else {
            return Err(Errno::Invalid);
        };
        // Those that share the port were not asked about a listener yet.
        let silent = socket.common.holder(false);
        self.ports.release(bound.port, silent);
        if !self.ports.acquire(bound.port, socket.common.holder(true)) {
            self.ports.share(bound.port, silent);
            return Err(Errno::AddressInUse);
        }
        self.ports.reach(bound.port, id);
        socket.state = State::Listening(Listener {
            backlog,
            queue: VecDeque::new(),
            waiting: VecDeque::new(),
        });
        Ok(())
    }

    /// Refuses whoever has not been accepted. A socket that was bound stays bound.
    fn stop_listening(&mut self, id: usize) {
        let socket = &mut self.sockets[id];
        let State::Listening(listener) = core::mem::replace(&mut socket.state, State::Idle) else {
            return;
        };
        if let Some(bound) = socket.common.bound {
            self.ports.unreach(bound.port, id);
            self.ports.share(bound.port, socket.common.holder(false));
            self.ports.release(bound.port, socket.common.holder(true));
            socket.common.unconnect(&mut self.ports);
        }
        for child in listener.queue {
            self.reset_peer(child);
            let mut child = self.sockets.remove(child);
            child.common.unbind(&mut self.ports, false);
        }
        for client in listener.waiting {
            self.forget_attempt(client);
            self.fail(client, Errno::ConnectionRefused);
        }
    }

    pub(super) fn accept(&mut self, id: usize) -> Result<(usize, SocketAddr), Errno> {
        let socket = &mut self.sockets[id];
        let State::Listening(listener) = &mut socket.state else {
            return Err(Errno::Invalid);
        };
        let family = socket.common.family;
        let child = listener.queue.pop_front().ok_or(Errno::Again)?;
        self.admit(id);
        let remote = self.sockets[child]
            .connection()
            .map(|connection| connection.remote);
        let Remote { address, port } = remote.ok_or(Errno::ConnectionAborted)?;
        Ok((child, to_user(family, address, port)))
    }

    pub(super) fn take_error(&mut self, id: usize) -> Option<Errno> {
        self.sockets[id].common.error.take()
    }

    pub(super) fn local_address(&self, id: usize) -> Result<SocketAddr, Errno> {
        self.sockets[id].common.local_address()
    }

    pub(super) fn remote_address(&self, id: usize) -> Result<SocketAddr, Errno> {
        let socket = &self.sockets[id];
        match socket.connection() {
            Some(connection) if !self.is_over(id) => {
                let Remote { address, port } = connection.remote;
                Ok(to_user(socket.common.family, address, port))
            }
            _ => Err(Errno::NotConnected),
        }
    }

    pub(super) fn family(&self, id: usize) -> AddressFamily {
        self.sockets[id].common.family
    }

    pub(super) fn get_option(&self, id: usize, name: SocketOption) -> Result<u64, Errno> {
        let socket = &self.sockets[id];
        match name {
            SocketOption::Accepting => Ok(socket.is_listening().into()),
            name => socket.common.options.get(name),
        }
    }

    pub(super) fn set_option(
        &mut self,
        id: usize,
        name: SocketOption,
        value: u64,
    ) -> Result<(), Errno> {
        let socket = &mut self.sockets[id];
        let listening = socket.is_listening();
        socket
            .common
            .set_option(&mut self.ports, listening, name, value)
    }

    /// Whether the connection is over on both sides: TCP's state CLOSED.
    fn is_over(&self, id: usize) -> bool {
        let socket = &self.sockets[id];
        let Some(connection) = socket.connection() else {
            return false;
        };
        let end_arrived = || match connection.peer {
            Some(peer) => self.sockets[peer].heard_end(),
            None => true,
        };
        connection.reset || connection.finished && socket.heard_end() && end_arrived()
    }

    /// How many more bytes the connection takes from `id`, and how many it holds.
    fn room(&self, id: usize, connection: &Connection) -> (usize, usize) {
        let Some(peer) = connection.peer.map(|peer| &self.sockets[peer]) else {
            // The peer is gone: whatever is sent vanishes.
            return (usize::MAX, 0);
        };
        let capacity =
            self.sockets[id].common.options.send_buffer() + peer.common.options.receive_buffer();
        let used = peer
            .connection()
            .map_or(0, |connection| connection.incoming.len());
        (capacity.saturating_sub(used), used)
    }

    pub(super) fn ready(&self, id: usize) -> Readiness {
        let socket = &self.sockets[id];
        let error = socket.common.error.is_some();
        match &socket.state {
            State::Idle => Readiness {
                writable: true,
                hangup: true,
                error,
                readable: false,
            },
            State::Listening(listener) => Readiness {
                readable: !listener.queue.is_empty(),
                error,
                ..Readiness::default()
            },
            State::Connecting { .. } => Readiness {
                error,
                ..Readiness::default()
            },
            State::Connected(connection) => {
                let ended = socket.heard_end() || connection.deaf || connection.reset;
                let shut = connection.finished || connection.reset;
                // As Linux: not before a third is free, so that nobody is woken to
                // send a few bytes at a time.
                let (free, used) = self.room(id, connection);
                Readiness {
                    readable: ended || !connection.incoming.is_empty(),
                    writable: shut || free > 0 && free >= used / 2,
                    hangup: ended && shut || self.is_over(id),
                    error,
                }
            }
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.sockets.is_empty() && self.ports.is_empty() && self.attempts.is_empty()
    }
}
