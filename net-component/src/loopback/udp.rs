//! UDP between sockets of the box. A datagram is delivered when it is sent.
//!
//! Where POSIX leaves the outcome open, the outcome is Linux's.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use slab::Slab;

use super::address::{Route, Scope, is_broadcast, route, to_user};
use super::common::Common;
use super::ports::Ports;
use crate::{AddressFamily, Datagram, Errno, Readiness, ShutdownHow, SocketKind, SocketOption};

/// What a datagram takes of the receive buffer besides its bytes, so that empty
/// ones cannot pile up without end.
const OVERHEAD: usize = 256;

/// The largest payload: an IPv4 packet holds 65,535 bytes with its header of 20 and
/// that of UDP of 8; IPv6 does not count its header.
const PAYLOAD_MAX_V4: usize = 65_507;
const PAYLOAD_MAX_V6: usize = 65_527;

/// All datagram sockets of a box.
#[derive(Debug)]
pub(super) struct Udp {
    sockets: Slab<DatagramSocket>,
    ports: Ports,
}

#[derive(Debug)]
struct DatagramSocket {
    common: Common,
    /// `connect` noted this peer.
    peer: Option<(IpAddr, u16)>,
    queue: VecDeque<Packet>,
    /// How much of the receive buffer the queue takes.
    queued: usize,
    /// `shutdown` of receiving; never without a peer.
    deaf: bool,
    /// `shutdown` of sending; never without a peer.
    mute: bool,
}

#[derive(Debug, Clone)]
struct Packet {
    data: Vec<u8>,
    source: (IpAddr, u16),
}

impl DatagramSocket {
    /// How well it fits a datagram: not at all, or the better the higher.
    fn fit(&self, source: (IpAddr, u16), destination: IpAddr) -> Option<(u8, bool)> {
        let fit = self.common.scope().fit(destination)?;
        match self.peer {
            Some(peer) if peer != source => None,
            peer => Some((fit, peer.is_some())),
        }
    }

    /// Queues a datagram, or drops it where the receive buffer is full. An empty
    /// queue takes one of any size.
    fn deliver(&mut self, packet: Packet) {
        let size = packet.data.len() + OVERHEAD;
        let limit = self.common.options.receive_buffer();
        if self.queue.is_empty() || self.queued + size <= limit {
            self.queued += size;
            self.queue.push_back(packet);
        }
    }
}

impl Udp {
    pub(super) fn new() -> Self {
        Self {
            sockets: Slab::new(),
            ports: Ports::new(),
        }
    }

    pub(super) fn open(&mut self, family: AddressFamily) -> usize {
        self.sockets.insert(DatagramSocket {
            common: Common::new(family, SocketKind::Datagram),
            peer: None,
            queue: VecDeque::new(),
            queued: 0,
            deaf: false,
            mute: false,
        })
    }

    pub(super) fn close(&mut self, id: usize) {
        let mut socket = self.sockets.remove(id);
        if let Some(bound) = socket.common.bound {
            self.ports.unreach(bound.port, id);
        }
        socket.common.unbind(&mut self.ports, false);
    }

    pub(super) fn bind(&mut self, id: usize, local: SocketAddr) -> Result<(), Errno> {
        let common = &mut self.sockets[id].common;
        common.bind(&mut self.ports, local)?;
        if let Some(bound) = common.bound {
            self.ports.reach(bound.port, id);
        }
        Ok(())
    }

    fn bind_unasked(&mut self, id: usize) -> Result<u16, Errno> {
        let common = &mut self.sockets[id].common;
        let was_bound = common.bound.is_some();
        let port = common
            .bind_unasked(&mut self.ports, 0)
            .map_err(|_| Errno::Again)?;
        if !was_bound {
            self.ports.reach(port, id);
        }
        Ok(port)
    }

    /// `connect(2)`: notes the peer, or forgets it.
    pub(super) fn connect(&mut self, id: usize, remote: Option<SocketAddr>) -> Result<(), Errno> {
        let Some(remote) = remote else {
            self.disconnect(id);
            return Ok(());
        };
        self.bind_unasked(id)?;
        let way = self.route(id, remote.ip())?;
        let socket = &mut self.sockets[id];
        socket.peer = Some((way.to, remote.port()));
        socket.common.rescope(&mut self.ports, Scope::of(way.from));
        Ok(())
    }

    fn disconnect(&mut self, id: usize) {
        let socket = &mut self.sockets[id];
        (socket.peer, socket.deaf, socket.mute) = (None, false, false);
        let before = socket.common.bound;
        socket.common.unconnect(&mut self.ports);
        if let (Some(before), None) = (before, socket.common.bound) {
            self.ports.unreach(before.port, id);
        }
    }

    /// The way to `remote`, with the privilege that a broadcast needs.
    fn route(&self, id: usize, remote: IpAddr) -> Result<Route, Errno> {
        let Common {
            family, options, ..
        } = &self.sockets[id].common;
        let way = route(*family, options, self.sockets[id].common.scope(), remote)?;
        if is_broadcast(way.to) && !options.broadcast() {
            return Err(Errno::Access);
        }
        Ok(way)
    }

    /// `sendto(2)`.
    pub(super) fn send(
        &mut self,
        id: usize,
        data: Vec<u8>,
        remote: Option<SocketAddr>,
    ) -> Result<(), Errno> {
        let port = self.bind_unasked(id)?;
        let (from, to) = match (remote, self.sockets[id].peer) {
            (Some(remote), _) => {
                let way = self.route(id, remote.ip())?;
                (way.from, (way.to, remote.port()))
            }
            // A connected socket is bound to the address that it sends from.
            (None, Some(peer)) => (self.sockets[id].common.scope().address, peer),
            (None, None) => return Err(Errno::DestinationRequired),
        };
        if to.1 == 0 {
            return Err(Errno::Invalid);
        }
        let largest = if to.0.is_ipv4() {
            PAYLOAD_MAX_V4
        } else {
            PAYLOAD_MAX_V6
        };
        if data.len() > largest {
            return Err(Errno::MessageTooLarge);
        }
        let socket = &mut self.sockets[id];
        if let Some(errno) = socket.common.error.take() {
            return Err(errno);
        }
        if socket.mute {
            return Err(Errno::BrokenPipe);
        }
        let packet = Packet {
            data,
            source: (from, port),
        };
        if is_broadcast(to.0) {
            self.spread(&packet, to);
        } else if !self.pass(packet, to) && self.sockets[id].peer == Some(to) {
            // ICMP tells a connected socket that the port is unreachable.
            self.sockets[id].common.error = Some(Errno::ConnectionRefused);
        }
        Ok(())
    }

    /// Delivers a datagram to the socket that it fits best, of several to the one
    /// that was bound last. Tells whether there is one.
    fn pass(&mut self, packet: Packet, to: (IpAddr, u16)) -> bool {
        let fit = |id: &usize| self.sockets[*id].fit(packet.source, to.0);
        let reached = self.ports.reached(to.1).iter();
        let best = reached
            .copied()
            .filter(|id| fit(id).is_some())
            .max_by_key(fit);
        let Some(best) = best else { return false };
        self.sockets[best].deliver(packet);
        true
    }

    /// Delivers a datagram to every socket that it fits.
    fn spread(&mut self, packet: &Packet, to: (IpAddr, u16)) {
        for id in self.ports.reached(to.1) {
            let socket = &mut self.sockets[*id];
            if socket.fit(packet.source, to.0).is_some() {
                socket.deliver(packet.clone());
            }
        }
    }

    /// `recvfrom(2)`. An error that is pending comes before what is queued.
    pub(super) fn receive(&mut self, id: usize) -> Result<Datagram, Errno> {
        let socket = &mut self.sockets[id];
        if let Some(errno) = socket.common.error.take() {
            return Err(errno);
        }
        let family = socket.common.family;
        if let Some(Packet { data, source }) = socket.queue.pop_front() {
            socket.queued -= data.len() + OVERHEAD;
            return Ok(Datagram {
                data,
                source: to_user(family, source.0, source.1),
            });
        }
        match socket.peer {
            // The end of what the peer sends reads as nothing, as POSIX says of
            // `recvfrom`, over and over.
            Some(peer) if socket.deaf => Ok(Datagram {
                data: Vec::new(),
                source: to_user(family, peer.0, peer.1),
            }),
            _ => Err(Errno::Again),
        }
    }

    /// `shutdown(2)`.
    pub(super) fn shutdown(&mut self, id: usize, how: ShutdownHow) -> Result<(), Errno> {
        let socket = &mut self.sockets[id];
        if socket.peer.is_none() {
            return Err(Errno::NotConnected);
        }
        socket.deaf |= how.receives();
        socket.mute |= how.sends();
        Ok(())
    }

    pub(super) fn take_error(&mut self, id: usize) -> Option<Errno> {
        self.sockets[id].common.error.take()
    }

    pub(super) fn local_address(&self, id: usize) -> Result<SocketAddr, Errno> {
        self.sockets[id].common.local_address()
    }

    pub(super) fn remote_address(&self, id: usize) -> Result<SocketAddr, Errno> {
        let socket = &self.sockets[id];
        let peer = socket.peer.filter(|(_, port)| *port != 0);
        let (address, port) = peer.ok_or(Errno::NotConnected)?;
        Ok(to_user(socket.common.family, address, port))
    }

    pub(super) fn family(&self, id: usize) -> AddressFamily {
        self.sockets[id].common.family
    }

    pub(super) fn get_option(&self, id: usize, name: SocketOption) -> Result<u64, Errno> {
        self.sockets[id].common.options.get(name)
    }

    pub(super) fn set_option(
        &mut self,
        id: usize,
        name: SocketOption,
        value: u64,
    ) -> Result<(), Errno> {
        self.sockets[id]
            .common
            .set_option(&mut self.ports, false, name, value)
    }

    pub(super) fn ready(&self, id: usize) -> Readiness {
        let socket = &self.sockets[id];
        Readiness {
            readable: socket.deaf || !socket.queue.is_empty(),
            writable: true,
            hangup: socket.deaf && socket.mute,
            error: socket.common.error.is_some(),
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.sockets.is_empty() && self.ports.is_empty()
    }
}
