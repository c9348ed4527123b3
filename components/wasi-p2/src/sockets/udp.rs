//! `wasi:sockets/udp`.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::Cell;

use super::address::{self, check_destination, check_local, is_same};
use super::{errors, options, stack};
use crate::Personality;
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, NetworkBorrow,
};
use crate::bindings::exports::wasi::sockets::udp::{
    self as wasi, Guest, GuestIncomingDatagramStream, GuestOutgoingDatagramStream, GuestUdpSocket,
    IncomingDatagram, OutgoingDatagram,
};
use crate::bindings::exports::wasi::sockets::udp_create_socket;
use crate::io::poll::{Always, Now, Waitable, Wakers, pollable};
use crate::kernel::net::{self, Socket, SocketKind, SocketOption};
use crate::kernel::{Errno, Readiness};
use crate::trap::trap;

/// How many datagrams one `receive` returns, or one `send` may be given.
const BATCH: u64 = 64;

/// A UDP socket.
pub(crate) struct Udp {
    socket: Socket,
    family: IpAddressFamily,
    state: Cell<State>,
    /// The peer that [`Self::stream`] was called with.
    peer: Cell<Option<IpSocketAddress>>,
    /// How often [`Self::stream`] was called: only the last pair of streams works.
    pair: Cell<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unbound,
    BindInProgress,
    Bound,
}

impl Udp {
    pub(super) fn open(family: IpAddressFamily) -> Result<Self, ErrorCode> {
        stack::opened();
        let socket =
            net::open(address::family(family), SocketKind::Datagram).map_err(errors::code)?;
        Ok(Self {
            socket,
            family,
            state: Cell::new(State::Unbound),
            peer: Cell::new(None),
            pair: Cell::new(0),
        })
    }

    pub(super) fn start_bind(&self, local: IpSocketAddress) -> Result<(), ErrorCode> {
        match self.state.get() {
            State::Unbound => {}
            State::BindInProgress => return Err(ErrorCode::ConcurrencyConflict),
            State::Bound => return Err(ErrorCode::InvalidState),
        }
        check_local(self.family, local)?;
        self.socket
            .bind(address::lower(local))
            .map_err(errors::of_bind)?;
        self.state.set(State::BindInProgress);
        Ok(())
    }

    pub(super) fn finish_bind(&self) -> Result<(), ErrorCode> {
        if self.state.get() != State::BindInProgress {
            return Err(ErrorCode::NotInProgress);
        }
        self.state.set(State::Bound);
        Ok(())
    }

    /// Begins a new pair of streams and tells its number.
    pub(super) fn stream(&self, remote: Option<IpSocketAddress>) -> Result<u64, ErrorCode> {
        match self.state.get() {
            State::Bound => {}
            State::BindInProgress => return Err(ErrorCode::ConcurrencyConflict),
            State::Unbound => return Err(ErrorCode::InvalidState),
        }
        if let Some(remote) = remote {
            check_destination(self.family, remote)?;
        }
        if self.peer.take().is_some() {
            self.socket.connect(None).map_err(errors::of_connect)?;
        }
        if let Some(remote) = remote {
            self.socket
                .connect(Some(address::lower(remote)))
                .map_err(errors::of_connect)?;
            self.peer.set(Some(remote));
        }
        self.pair.set(self.pair.get() + 1);
        Ok(self.pair.get())
    }

    pub(super) fn local_address(&self) -> Result<IpSocketAddress, ErrorCode> {
        if self.state.get() != State::Bound {
            return Err(ErrorCode::InvalidState);
        }
        self.socket
            .local_address()
            .map(address::raise)
            .map_err(errors::code)
    }

    pub(super) fn remote_address(&self) -> Result<IpSocketAddress, ErrorCode> {
        self.peer.get().ok_or(ErrorCode::InvalidState)
    }

    fn receive_one(&self) -> Result<net::Datagram, Errno> {
        let would_block = |outcome: &Result<_, Errno>| matches!(outcome, Err(Errno::Again));
        stack::again(would_block, || self.socket.receive_from())
    }

    fn send_one(&self, datagram: &OutgoingDatagram) -> Result<(), ErrorCode> {
        let to = match (self.peer.get(), datagram.remote_address) {
            (Some(peer), Some(to)) if !is_same(peer, to) => return Err(ErrorCode::InvalidArgument),
            (Some(_), _) => None,
            (None, Some(to)) => {
                check_destination(self.family, to)?;
                Some(address::lower(to))
            }
            (None, None) => return Err(ErrorCode::InvalidArgument),
        };
        self.socket
            .send_to(&datagram.data, to)
            .map_err(errors::of_datagram)
    }
}

/// One half of a pair of streams.
#[derive(Clone)]
struct Half {
    socket: Rc<Udp>,
    pair: u64,
}

impl Half {
    /// A pair that another has replaced is out of order.
    fn works(&self) -> bool {
        self.socket.pair.get() == self.pair
    }

    fn check(&self) -> Result<(), ErrorCode> {
        if self.works() {
            Ok(())
        } else {
            Err(ErrorCode::InvalidState)
        }
    }

    fn is_ready(&self, interest: Readiness) -> bool {
        !self.works()
            || self
                .socket
                .socket
                .ready()
                .intersects(interest | Readiness::ERROR)
    }
}

/// Datagrams that come in.
pub(crate) struct Incoming {
    half: Half,
    /// An error that came behind datagrams: the next call reports it.
    error: Cell<Option<ErrorCode>>,
}

impl Incoming {
    pub(super) fn new(socket: Rc<Udp>, pair: u64) -> Self {
        Self {
            half: Half { socket, pair },
            error: Cell::new(None),
        }
    }

    pub(super) fn receive(&self, most: u64) -> Result<Vec<net::Datagram>, ErrorCode> {
        self.half.check()?;
        let mut datagrams = Vec::new();
        if most == 0 {
            return Ok(datagrams);
        }
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        while (datagrams.len() as u64) < most.min(BATCH) {
            match self.half.socket.receive_one() {
                Ok(datagram) => datagrams.push(datagram),
                Err(Errno::Again | Errno::Interrupted) => break,
                Err(errno) if datagrams.is_empty() => return Err(errors::of_datagram(errno)),
                Err(errno) => {
                    self.error.set(Some(errors::of_datagram(errno)));
                    break;
                }
            }
        }
        Ok(datagrams)
    }
}

impl Waitable for Incoming {
    fn is_ready(&self, _now: &mut Now) -> bool {
        self.error.get().is_some() || self.half.is_ready(Readiness::READABLE)
    }

    fn wakers(&self, wakers: &mut Wakers) {
        wakers.token(self.half.socket.socket.wait_token(Readiness::READABLE));
    }
}

/// Datagrams that go out.
pub(crate) struct Outgoing {
    half: Half,
    /// How many the last `check-send` permitted; none before the first.
    permit: Cell<u64>,
}

impl Outgoing {
    pub(super) fn new(socket: Rc<Udp>, pair: u64) -> Self {
        Self {
            half: Half { socket, pair },
            permit: Cell::new(0),
        }
    }

    pub(super) fn check_send(&self) -> Result<u64, ErrorCode> {
        self.half.check()?;
        let free = stack::again(|free| !free, || self.half.is_ready(Readiness::WRITABLE));
        let permit = if free { BATCH } else { 0 };
        self.permit.set(permit);
        Ok(permit)
    }

    pub(super) fn send(&self, datagrams: &[OutgoingDatagram]) -> Result<u64, ErrorCode> {
        if datagrams.is_empty() {
            return Ok(0);
        }
        if datagrams.len() as u64 > self.permit.replace(0) {
            trap("outgoing-datagram-stream.send of more datagrams than check-send permitted");
        }
        self.half.check()?;
        let mut sent = 0;
        for datagram in datagrams {
            match self.half.socket.send_one(datagram) {
                Ok(()) => sent += 1,
                Err(ErrorCode::WouldBlock) => break,
                // Not said twice: the application sends the rest again and hears it then.
                Err(_) if sent > 0 => break,
                Err(error) => return Err(error),
            }
        }
        stack::kick();
        Ok(sent)
    }
}

impl Waitable for Outgoing {
    fn is_ready(&self, _now: &mut Now) -> bool {
        self.half.is_ready(Readiness::WRITABLE)
    }

    fn wakers(&self, wakers: &mut Wakers) {
        wakers.token(self.half.socket.socket.wait_token(Readiness::WRITABLE));
    }
}

/// A `udp-socket`. Its streams and pollables share it, so they may outlive it.
pub(crate) struct UdpSocket(Rc<Udp>);

/// An `incoming-datagram-stream`.
pub(crate) struct IncomingDatagramStream(Rc<Incoming>);

/// An `outgoing-datagram-stream`.
pub(crate) struct OutgoingDatagramStream(Rc<Outgoing>);

impl Guest for Personality {
    type UdpSocket = UdpSocket;
    type IncomingDatagramStream = IncomingDatagramStream;
    type OutgoingDatagramStream = OutgoingDatagramStream;
}

impl udp_create_socket::Guest for Personality {
    fn create_udp_socket(family: IpAddressFamily) -> Result<wasi::UdpSocket, ErrorCode> {
        Ok(wasi::UdpSocket::new(UdpSocket(Rc::new(Udp::open(family)?))))
    }
}

impl GuestUdpSocket for UdpSocket {
    fn start_bind(
        &self,
        _network: NetworkBorrow<'_>,
        local: IpSocketAddress,
    ) -> Result<(), ErrorCode> {
        self.0.start_bind(local)
    }

    fn finish_bind(&self) -> Result<(), ErrorCode> {
        self.0.finish_bind()
    }

    fn stream(
        &self,
        remote: Option<IpSocketAddress>,
    ) -> Result<(wasi::IncomingDatagramStream, wasi::OutgoingDatagramStream), ErrorCode> {
        let pair = self.0.stream(remote)?;
        let incoming = Rc::new(Incoming::new(self.0.clone(), pair));
        let outgoing = Rc::new(Outgoing::new(self.0.clone(), pair));
        Ok((
            wasi::IncomingDatagramStream::new(IncomingDatagramStream(incoming)),
            wasi::OutgoingDatagramStream::new(OutgoingDatagramStream(outgoing)),
        ))
    }

    fn local_address(&self) -> Result<IpSocketAddress, ErrorCode> {
        self.0.local_address()
    }

    fn remote_address(&self) -> Result<IpSocketAddress, ErrorCode> {
        self.0.remote_address()
    }

    fn address_family(&self) -> IpAddressFamily {
        self.0.family
    }

    fn unicast_hop_limit(&self) -> Result<u8, ErrorCode> {
        options::hop_limit(&self.0.socket)
    }

    fn set_unicast_hop_limit(&self, value: u8) -> Result<(), ErrorCode> {
        options::set_positive(&self.0.socket, SocketOption::HopLimit, value.into())
    }

    fn receive_buffer_size(&self) -> Result<u64, ErrorCode> {
        options::get(&self.0.socket, SocketOption::ReceiveBuffer)
    }

    fn set_receive_buffer_size(&self, value: u64) -> Result<(), ErrorCode> {
        options::set_positive(&self.0.socket, SocketOption::ReceiveBuffer, value)
    }

    fn send_buffer_size(&self) -> Result<u64, ErrorCode> {
        options::get(&self.0.socket, SocketOption::SendBuffer)
    }

    fn set_send_buffer_size(&self, value: u64) -> Result<(), ErrorCode> {
        options::set_positive(&self.0.socket, SocketOption::SendBuffer, value)
    }

    /// The socket itself never keeps anybody waiting; its streams do.
    fn subscribe(&self) -> Pollable {
        pollable(Rc::new(Always))
    }
}

impl GuestIncomingDatagramStream for IncomingDatagramStream {
    fn receive(&self, max_results: u64) -> Result<Vec<IncomingDatagram>, ErrorCode> {
        let datagrams = self.0.receive(max_results)?;
        Ok(datagrams
            .into_iter()
            .map(|datagram| IncomingDatagram {
                data: datagram.data,
                remote_address: address::raise(datagram.source),
            })
            .collect())
    }

    fn subscribe(&self) -> Pollable {
        pollable(self.0.clone())
    }
}

impl GuestOutgoingDatagramStream for OutgoingDatagramStream {
    fn check_send(&self) -> Result<u64, ErrorCode> {
        self.0.check_send()
    }

    fn send(&self, datagrams: Vec<OutgoingDatagram>) -> Result<u64, ErrorCode> {
        self.0.send(&datagrams)
    }

    fn subscribe(&self) -> Pollable {
        pollable(self.0.clone())
    }
}

#[cfg(test)]
mod tests;
