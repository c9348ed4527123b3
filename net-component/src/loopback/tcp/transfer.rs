//! Moving bytes over a connection, and ending it.

use alloc::vec::Vec;

use super::{Connection, State, Tcp};
use crate::{Errno, ShutdownHow};

impl Tcp {
    pub(in crate::loopback) fn send(&mut self, id: usize, data: Vec<u8>) -> Result<usize, Errno> {
        let socket = &mut self.sockets[id];
        match socket.state {
            State::Idle | State::Listening(_) => return Err(Errno::NotConnected),
            State::Connecting { .. } => return Err(Errno::Again),
            State::Connected(_) => {}
        }
        if let Some(errno) = socket.common.error.take() {
            return Err(errno);
        }
        let Some(connection) = self.sockets[id].connection() else {
            return Err(Errno::NotConnected);
        };
        if connection.finished || connection.reset {
            return Err(Errno::BrokenPipe);
        }
        if data.is_empty() {
            return Ok(0);
        }
        let (room, _) = self.room(id, connection);
        let peer = connection
            .peer
            .and_then(|peer| self.sockets[peer].connection_mut());
        match peer {
            Some(peer) if !(peer.deaf && peer.finished) => match peer.incoming.push(data, room) {
                0 => Err(Errno::Again),
                sent => Ok(sent),
            },
            // Nobody will ever read it: RFC 1122 section 4.2.2.13 answers such data
            // with a RST, which the next call hears of.
            _ => {
                self.reset_peer(id);
                self.reset(id);
                Ok(data.len())
            }
        }
    }

    pub(in crate::loopback) fn receive(
        &mut self,
        id: usize,
        length: usize,
    ) -> Result<Vec<u8>, Errno> {
        let socket = &mut self.sockets[id];
        let heard_end = socket.heard_end();
        let connection = match &mut socket.state {
            State::Idle | State::Listening(_) => return Err(Errno::NotConnected),
            State::Connecting { .. } => return Err(Errno::Again),
            State::Connected(connection) => connection,
        };
        if !connection.incoming.is_empty() {
            return Ok(connection.incoming.pop(length));
        }
        if heard_end {
            return Ok(Vec::new());
        }
        let over = connection.deaf || connection.reset;
        match socket.common.error.take() {
            Some(errno) => Err(errno),
            None if over => Ok(Vec::new()),
            None => Err(Errno::Again),
        }
    }

    pub(in crate::loopback) fn shutdown(
        &mut self,
        id: usize,
        how: ShutdownHow,
    ) -> Result<(), Errno> {
        match &self.sockets[id].state {
            State::Idle => Err(Errno::NotConnected),
            State::Listening(_) => {
                if how.receives() {
                    self.stop_listening(id);
                }
                Ok(())
            }
            State::Connecting { .. } => {
                self.abandon(id);
                Ok(())
            }
            State::Connected(_) if self.is_over(id) => Err(Errno::NotConnected),
            State::Connected(_) => {
                self.sockets[id].unheard = false;
                if let Some(connection) = self.sockets[id].connection_mut() {
                    connection.deaf |= how.receives();
                }
                if how.sends() {
                    self.finish(id);
                }
                Ok(())
            }
        }
    }

    /// Sends a FIN, once.
    fn finish(&mut self, id: usize) {
        let Some(connection) = self.sockets[id].connection_mut() else {
            return;
        };
        if !core::mem::replace(&mut connection.finished, true)
            && let Some(peer) = connection.peer
            && let Some(peer) = self.sockets[peer].connection_mut()
        {
            peer.ended = true;
        }
    }

    /// Ends this side of a connection that is about to be closed: by a FIN, or by a
    /// RST where received data is thrown away.
    pub(super) fn hang_up(&mut self, id: usize) {
        if self.is_over(id) {
            self.part(id);
            return;
        }
        let unread = self.sockets[id]
            .connection()
            .is_some_and(|own| !own.incoming.is_empty());
        if unread {
            self.reset_peer(id);
        } else {
            self.finish(id);
            self.part(id);
        }
    }

    /// Makes the two ends of a connection forget each other.
    fn part(&mut self, id: usize) -> Option<usize> {
        let peer = self.sockets[id].connection_mut()?.peer.take()?;
        if let Some(connection) = self.sockets[peer].connection_mut() {
            connection.peer = None;
        }
        Some(peer)
    }

    /// Sends a RST.
    pub(super) fn reset_peer(&mut self, id: usize) {
        if let Some(peer) = self.part(id) {
            self.reset(peer);
        }
    }

    /// Receives a RST. What was received before it can still be read; what the peer
    /// had not sent yet is lost.
    fn reset(&mut self, id: usize) {
        let heard_end = self.sockets[id].heard_end();
        let received = self.sockets[id].common.options.receive_buffer();
        let Some(connection) = self.sockets[id].connection_mut() else {
            return;
        };
        let Connection {
            incoming,
            ended,
            reset,
            ..
        } = connection;
        incoming.truncate(received);
        *ended = heard_end;
        *reset = true;
        // Who has heard the end expects no more, and loses only the way to answer.
        let errno = if heard_end {
            Errno::BrokenPipe
        } else {
            Errno::ConnectionReset
        };
        self.sockets[id].common.error = Some(errno);
    }
}
