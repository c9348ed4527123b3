//! A network of one host without a link: TCP and UDP between sockets of the same
//! box, over IPv4 and IPv6.
//!
//! What a program can tell is as on Linux's loopback device, which the tests
//! compare it with call by call. It differs knowingly where WASI or POSIX wants it
//! (a fresh socket of IPv6 has `IPV6_V6ONLY` on; sending on a stream that was never
//! connected is `ENOTCONN`) and in what takes time there: a connection that waits
//! for room in a listener's queue gets it when there is room, not when a SYN is sent
//! again; a port is free as soon as its last socket is closed.

mod address;
mod bytes;
mod common;
mod ports;
mod tcp;
mod udp;

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::net::SocketAddr;

use tcp::Tcp;
use udp::Udp;

use crate::{
    AddressFamily, Datagram, Errno, Instant, Names, Readiness, ShutdownHow, Socket, SocketKind,
    SocketOption, Stack,
};

/// The stack. Clones are the same stack.
#[derive(Debug, Clone)]
pub struct Loopback {
    tcp: Rc<RefCell<Tcp>>,
    udp: Rc<RefCell<Udp>>,
}

impl Loopback {
    /// A stack without sockets.
    #[must_use]
    pub fn new() -> Self {
        Self {
            tcp: Rc::new(RefCell::new(Tcp::new())),
            udp: Rc::new(RefCell::new(Udp::new())),
        }
    }

    /// Whether no socket is left, and nothing of any.
    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.tcp.borrow().is_empty() && self.udp.borrow().is_empty()
    }
}

impl Default for Loopback {
    fn default() -> Self {
        Self::new()
    }
}

impl Stack for Loopback {
    type Socket = LoopbackSocket;
    type Lookup = Names;

    fn open(&self, family: AddressFamily, kind: SocketKind) -> Result<LoopbackSocket, Errno> {
        Ok(LoopbackSocket(match kind {
            SocketKind::Stream => {
                let id = self.tcp.borrow_mut().open(family);
                Protocol::Tcp {
                    tcp: self.tcp.clone(),
                    id,
                }
            }
            SocketKind::Datagram => {
                let id = self.udp.borrow_mut().open(family);
                Protocol::Udp {
                    udp: self.udp.clone(),
                    id,
                }
            }
        }))
    }

    fn resolve(&self, name: &str) -> Result<Names, Errno> {
        Names::local(name)
    }

    fn step(&self, now: Instant) -> Option<Instant> {
        self.tcp.borrow_mut().step(now)
    }
}

/// A socket of [`Loopback`].
#[derive(Debug)]
pub struct LoopbackSocket(Protocol);

#[derive(Debug)]
enum Protocol {
    Tcp { tcp: Rc<RefCell<Tcp>>, id: usize },
    Udp { udp: Rc<RefCell<Udp>>, id: usize },
}

impl Drop for LoopbackSocket {
    fn drop(&mut self) {
        match &self.0 {
            Protocol::Tcp { tcp, id } => tcp.borrow_mut().close(*id),
            Protocol::Udp { udp, id } => udp.borrow_mut().close(*id),
        }
    }
}

/// Calls the function of this name of the socket's protocol.
macro_rules! either {
    ($socket:ident.$name:ident($($argument:expr),*)) => {
        match &$socket.0 {
            Protocol::Tcp { tcp, id } => tcp.borrow_mut().$name(*id, $($argument),*),
            Protocol::Udp { udp, id } => udp.borrow_mut().$name(*id, $($argument),*),
        }
    };
}

impl LoopbackSocket {
    /// For the calls that only a stream has.
    fn stream(&self) -> Result<(&Rc<RefCell<Tcp>>, usize), Errno> {
        match &self.0 {
            Protocol::Tcp { tcp, id } => Ok((tcp, *id)),
            Protocol::Udp { .. } => Err(Errno::NotSupported),
        }
    }

    /// For the calls that only a datagram socket has.
    fn datagrams(&self) -> Result<(&Rc<RefCell<Udp>>, usize), Errno> {
        match &self.0 {
            Protocol::Udp { udp, id } => Ok((udp, *id)),
            Protocol::Tcp { .. } => Err(Errno::NotSupported),
        }
    }
}

impl Socket for LoopbackSocket {
    fn bind(&self, local: SocketAddr) -> Result<(), Errno> {
        either!(self.bind(local))
    }

    fn listen(&self, backlog: u32) -> Result<(), Errno> {
        let (tcp, id) = self.stream()?;
        tcp.borrow_mut().listen(id, backlog)
    }

    fn accept(&self) -> Result<(Self, SocketAddr), Errno> {
        let (tcp, id) = self.stream()?;
        let (id, remote) = tcp.borrow_mut().accept(id)?;
        Ok((
            Self(Protocol::Tcp {
                tcp: tcp.clone(),
                id,
            }),
            remote,
        ))
    }

    fn connect(&self, remote: Option<SocketAddr>) -> Result<(), Errno> {
        match (&self.0, remote) {
            (Protocol::Tcp { tcp, id }, Some(remote)) => tcp.borrow_mut().connect(*id, remote),
            (Protocol::Tcp { .. }, None) => Err(Errno::Invalid),
            (Protocol::Udp { udp, id }, remote) => udp.borrow_mut().connect(*id, remote),
        }
    }

    fn take_error(&self) -> Option<Errno> {
        either!(self.take_error())
    }

    fn send(&self, data: Vec<u8>) -> Result<usize, Errno> {
        let (tcp, id) = self.stream()?;
        tcp.borrow_mut().send(id, data)
    }

    fn receive(&self, length: usize) -> Result<Vec<u8>, Errno> {
        let (tcp, id) = self.stream()?;
        tcp.borrow_mut().receive(id, length)
    }

    fn send_to(&self, data: Vec<u8>, remote: Option<SocketAddr>) -> Result<(), Errno> {
        let (udp, id) = self.datagrams()?;
        udp.borrow_mut().send(id, data, remote)
    }

    fn receive_from(&self) -> Result<Datagram, Errno> {
        let (udp, id) = self.datagrams()?;
        udp.borrow_mut().receive(id)
    }

    fn shutdown(&self, how: ShutdownHow) -> Result<(), Errno> {
        either!(self.shutdown(how))
    }

    fn local_address(&self) -> Result<SocketAddr, Errno> {
        either!(self.local_address())
    }

    fn remote_address(&self) -> Result<SocketAddr, Errno> {
        either!(self.remote_address())
    }

    fn family(&self) -> AddressFamily {
        either!(self.family())
    }

    fn get_option(&self, name: SocketOption) -> Result<u64, Errno> {
        either!(self.get_option(name))
    }

    fn set_option(&self, name: SocketOption, value: u64) -> Result<(), Errno> {
        either!(self.set_option(name, value))
    }

    fn ready(&self) -> Readiness {
        either!(self.ready())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_closed_sockets() {
        let net = Loopback::new();
        let open = |kind| net.open(AddressFamily::Ipv4, kind).unwrap();
        let server = open(SocketKind::Stream);
        server.listen(0).unwrap();
        let port = server.local_address().unwrap().port();
        let to = Some(SocketAddr::from(([127, 0, 0, 1], port)));
        // Accepted, queued, waiting, refused.
        let clients: Vec<_> = (0..4).map(|_| open(SocketKind::Stream)).collect();
        for client in &clients[..3] {
            assert_eq!(client.connect(to), Err(Errno::InProgress));
        }
        let accepted = server.accept().unwrap();
        clients[0].send(vec![1; 100]).unwrap();
        let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
        assert_eq!(clients[3].connect(Some(nobody)), Err(Errno::InProgress));
        assert!(net.step(0).is_some());

        let datagrams = [open(SocketKind::Datagram), open(SocketKind::Datagram)];
        datagrams[0]
            .bind(SocketAddr::from(([127, 0, 0, 1], 53)))
            .unwrap();
        datagrams[1]
            .connect(datagrams[0].local_address().ok())
            .unwrap();
        datagrams[1].send_to(vec![1], None).unwrap();

        assert!(!net.is_empty());
        drop((server, clients, accepted, datagrams));
        assert!(net.is_empty());
    }
}
