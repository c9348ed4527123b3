//! Making connections.

use core::net::SocketAddr;

use super::{Connection, Remote, State, Stream, Tcp};
use crate::loopback::address::{Route, Scope, is_broadcast, route};
use crate::loopback::common::{Bound, Common};
use crate::{Errno, Instant};

/// How long an attempt waits for room in a listener's queue, in nanoseconds: as long
/// as Linux keeps sending its SYN (`net.ipv4.tcp_syn_retries` is 6).
const PATIENCE: u64 = 127_000_000_000;

impl Tcp {
    /// `connect(2)`. Even where the outcome is there at once it is told as on any
    /// other network: by readiness and `take_error`, or by another `connect`.
    pub(in crate::loopback) fn connect(
        &mut self,
        id: usize,
        remote: SocketAddr,
    ) -> Result<(), Errno> {
        let over = self.is_over(id);
        let socket = &mut self.sockets[id];
        match socket.state {
            State::Idle => {
                self.begin(id, remote)?;
                Err(Errno::InProgress)
            }
            State::Listening(_) => Err(Errno::Connected),
            State::Connecting { .. } => Err(Errno::Already),
            State::Connected(_) if !core::mem::take(&mut socket.unheard) => Err(Errno::Connected),
            State::Connected(_) if !over => Ok(()),
            State::Connected(_) => {
                // It failed, and the socket may try again.
                socket.state = State::Idle;
                socket.common.unconnect(&mut self.ports);
                Err(socket
                    .common
                    .error
                    .take()
                    .unwrap_or(Errno::ConnectionAborted))
            }
        }
    }

    fn begin(&mut self, id: usize, remote: SocketAddr) -> Result<(), Errno> {
        let common = &mut self.sockets[id].common;
        let Route { from, to } =
            route(common.family, &common.options, common.scope(), remote.ip())?;
        if is_broadcast(to) {
            return Err(Errno::NetworkUnreachable);
        }
        let remote = Remote {
            address: to,
            port: remote.port(),
        };
        // A free port of one's own that is the peer's too would connect to itself.
        let port = common.bind_unasked(&mut self.ports, remote.port)?;
        common.rescope(&mut self.ports, Scope::of(from));
        let local = Remote {
            address: from,
            port,
        };
        if self.ports.is_shared(port) && self.exists(id, local, remote) {
            self.sockets[id].common.unconnect(&mut self.ports);
            return Err(Errno::AddressNotAvailable);
        }

        let listener = self.listener(remote);
        let socket = &mut self.sockets[id];
        socket.unheard = true;
        if local == remote {
            // A simultaneous open, RFC 9293 section 3.5, of a socket with itself.
            socket.state = State::Connected(Connection::new(Some(id), remote));
        } else if let Some(listener) = listener {
            socket.state = State::Connecting { listener, remote };
            self.attempts.push((id, None));
            if let State::Listening(listener) = &mut self.sockets[listener].state {
                listener.waiting.push_back(id);
            }
            self.admit(listener);
        } else {
            self.fail(id, Errno::ConnectionRefused);
        }
        Ok(())
    }

    /// Whether another socket has this connection already.
    fn exists(&self, id: usize, local: Remote, remote: Remote) -> bool {
        self.sockets.iter().any(|(other, socket)| {
            let theirs = match &socket.state {
                State::Connecting { remote, .. } => *remote,
                State::Connected(connection) if !connection.reset => connection.remote,
                State::Connected(_) | State::Idle | State::Listening(_) => return false,
            };
            let bound_alike =
                |bound: Bound| bound.port == local.port && bound.scope == Scope::of(local.address);
            other != id && theirs == remote && socket.common.bound.is_some_and(bound_alike)
        })
    }

    /// The listener that a connection to this address reaches.
    fn listener(&self, remote: Remote) -> Option<usize> {
        let fits = |id: &usize| self.sockets[*id].common.scope().fit(remote.address);
        let reached = self.ports.reached(remote.port).iter();
        reached
            .copied()
            .filter(|id| fits(id).is_some())
            .max_by_key(fits)
    }

    /// Completes the connections that wait for this listener, as far as its queue
    /// has room.
    pub(super) fn admit(&mut self, listener: usize) {
        loop {
            let State::Listening(state) = &mut self.sockets[listener].state else {
                return;
            };
            if state.queue.len() >= state.backlog {
                return;
            }
            let Some(client) = state.waiting.pop_front() else {
                return;
            };
            self.forget_attempt(client);
            self.establish(client, listener);
        }
    }

    fn establish(&mut self, client: usize, listener: usize) {
        let socket = &self.sockets[client];
        let (State::Connecting { remote, .. }, Some(bound)) = (&socket.state, socket.common.bound)
        else {
            return;
        };
        let (near, far) = (
            Remote {
                address: bound.scope.address,
                port: bound.port,
            },
            *remote,
        );

        // What accept(2) returns has the listener's options.
        let parent = &self.sockets[listener].common;
        let common = Common {
            family: parent.family,
            options: parent.options.clone(),
            bound: Some(Bound::accepted(far.port, Scope::of(far.address))),
            error: None,
        };
        self.ports.share(far.port, common.holder(false));
        let child = self.sockets.insert(Stream {
            common,
            state: State::Connected(Connection::new(Some(client), near)),
            unheard: false,
        });
        self.sockets[client].state = State::Connected(Connection::new(Some(child), far));
        if let State::Listening(state) = &mut self.sockets[listener].state {
            state.queue.push_back(child);
        }
    }

    /// Ends an attempt to connect with an error.
    pub(super) fn fail(&mut self, id: usize, errno: Errno) {
        let socket = &mut self.sockets[id];
        let remote = match socket.state {
            State::Connecting { remote, .. } => remote,
            State::Idle | State::Listening(_) | State::Connected(_) => Remote {
                address: socket.common.scope().address,
                port: 0,
            },
        };
        let failed = Connection {
            reset: true,
            ..Connection::new(None, remote)
        };
        socket.state = State::Connected(failed);
        socket.common.error = Some(errno);
    }

    /// Gives up an attempt to connect that waits for a listener.
    pub(super) fn abandon(&mut self, id: usize) {
        self.leave_queue(id);
        let socket = &mut self.sockets[id];
        socket.state = State::Idle;
        socket.unheard = false;
        socket.common.unconnect(&mut self.ports);
    }

    fn leave_queue(&mut self, id: usize) {
        if let State::Connecting { listener, .. } = self.sockets[id].state
            && let State::Listening(listener) = &mut self.sockets[listener].state
        {
            listener.waiting.retain(|client| *client != id);
        }
        self.forget_attempt(id);
    }

    pub(super) fn forget_attempt(&mut self, id: usize) {
        self.attempts.retain(|(client, _)| *client != id);
    }

    /// Gives up the attempts that have waited too long; tells when the next one has.
    pub(in crate::loopback) fn step(&mut self, now: Instant) -> Option<Instant> {
        for (_, deadline) in &mut self.attempts {
            deadline.get_or_insert(now.saturating_add(PATIENCE));
        }
        while let Some((id, deadline)) = self.attempts.first().copied() {
            if deadline.is_some_and(|deadline| deadline > now) {
                return deadline;
            }
            self.leave_queue(id);
            self.fail(id, Errno::TimedOut);
        }
        None
    }
}
