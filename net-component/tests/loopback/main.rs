//! The rules of `boxer:loopback`: each a test of its name, then all of them at once
//! against the sockets of Linux and against chance.

mod binding;
mod chance;
mod closing;
mod connecting;
mod datagrams;
#[cfg(target_os = "linux")]
mod differential;
#[cfg(target_os = "linux")]
mod linux;
mod options;
mod transfer;

use std::net::SocketAddr;

use net_component::{
    AddressFamily, Errno, Loopback, LoopbackSocket, Socket, SocketKind, SocketOption, Stack,
};

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn tcp(net: &Loopback) -> LoopbackSocket {
    net.open(AddressFamily::Ipv4, SocketKind::Stream).unwrap()
}

fn tcp6(net: &Loopback) -> LoopbackSocket {
    net.open(AddressFamily::Ipv6, SocketKind::Stream).unwrap()
}

fn udp(net: &Loopback) -> LoopbackSocket {
    net.open(AddressFamily::Ipv4, SocketKind::Datagram).unwrap()
}

fn udp6(net: &Loopback) -> LoopbackSocket {
    net.open(AddressFamily::Ipv6, SocketKind::Datagram).unwrap()
}

/// A socket of IPv6 that takes IPv4 as well.
fn dual(socket: LoopbackSocket) -> LoopbackSocket {
    socket.set_option(SocketOption::Ipv6Only, 0).unwrap();
    socket
}

/// A socket that is bound.
fn bound(socket: LoopbackSocket, local: &str) -> LoopbackSocket {
    socket.bind(at(local)).unwrap();
    socket
}

/// A listener on a free port.
fn listener(net: &Loopback) -> LoopbackSocket {
    let listener = bound(tcp(net), "127.0.0.1:0");
    listener.listen(128).unwrap();
    listener
}

/// A connection that is complete on the client's side.
fn connected(client: LoopbackSocket, to: SocketAddr) -> LoopbackSocket {
    assert_eq!(client.connect(Some(to)), Err(Errno::InProgress));
    assert!(client.ready().writable);
    assert_eq!(client.take_error(), None);
    client
}

/// Both ends of a connection: who connected and who was accepted.
fn pair(net: &Loopback) -> (LoopbackSocket, LoopbackSocket) {
    let listener = listener(net);
    let client = connected(tcp(net), listener.local_address().unwrap());
    let (accepted, _) = listener.accept().unwrap();
    (client, accepted)
}

/// A pair whose connection holds `capacity` bytes each way, half of them received.
fn small_pair(net: &Loopback, capacity: u64) -> (LoopbackSocket, LoopbackSocket) {
    let pair = pair(net);
    for socket in [&pair.0, &pair.1] {
        socket
            .set_option(SocketOption::SendBuffer, capacity / 2)
            .unwrap();
        socket
            .set_option(SocketOption::ReceiveBuffer, capacity / 2)
            .unwrap();
    }
    pair
}
