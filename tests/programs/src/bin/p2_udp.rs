//! `wasi:sockets/udp`, over both families.

use std::net::{SocketAddr, UdpSocket as StdUdpSocket};

use test_programs::net::{FAMILIES, local, port, same, udp, unspecified, v4, v6};
use test_programs::on_another_host;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use wasip2::sockets::udp::{
    IncomingDatagram, IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream,
};
use wasip2::sockets::udp_create_socket::create_udp_socket;

fn main() {
    for family in FAMILIES {
        states(family);
        options(family);
        unconnected(family);
        connected(family);
        reconnecting(family);
        wrong_destinations(family);
        sizes(family);
        batches(family);
        through_std(family);
    }
    println!("p2_udp ok");
}

fn send(
    out: &OutgoingDatagramStream,
    data: &[u8],
    to: Option<IpSocketAddress>,
) -> Result<u64, ErrorCode> {
    while out.check_send()? == 0 {
        out.subscribe().block();
    }
    out.send(&[OutgoingDatagram {
        data: data.to_vec(),
        remote_address: to,
    }])
}

fn receive(incoming: &IncomingDatagramStream) -> IncomingDatagram {
    loop {
        if let Some(datagram) = incoming.receive(1).unwrap().pop() {
            return datagram;
        }
        incoming.subscribe().block();
    }
}

fn states(family: IpAddressFamily) {
    let network = instance_network();
    let socket = create_udp_socket(family).unwrap();
    assert_eq!(socket.address_family(), family);
    assert_eq!(socket.finish_bind(), Err(ErrorCode::NotInProgress));
    assert_eq!(
        socket.local_address().map(drop),
        Err(ErrorCode::InvalidState)
    );
    assert_eq!(
        socket.remote_address().map(drop),
        Err(ErrorCode::InvalidState)
    );
    assert_eq!(socket.stream(None).map(drop), Err(ErrorCode::InvalidState));
    let other = if family == IpAddressFamily::Ipv4 {
        FAMILIES[1]
    } else {
        FAMILIES[0]
    };
    let wrong = Err(ErrorCode::InvalidArgument);
    assert_eq!(socket.start_bind(&network, local(other, 0)), wrong);
    if family == IpAddressFamily::Ipv6 {
        let mapped = v6((0, 0, 0, 0, 0, 0xffff, 0x7f00, 1), 0);
        assert_eq!(socket.start_bind(&network, mapped), wrong);
    }
    socket.start_bind(&network, local(family, 0)).unwrap();
    assert_eq!(
        socket.start_bind(&network, local(family, 0)),
        Err(ErrorCode::ConcurrencyConflict)
    );
    socket.finish_bind().unwrap();
    assert_eq!(socket.finish_bind(), Err(ErrorCode::NotInProgress));
    assert_eq!(
        socket.start_bind(&network, local(family, 0)),
        Err(ErrorCode::InvalidState)
    );
    let address = socket.local_address().unwrap();
    assert_ne!(port(address), 0);
    assert!(socket.subscribe().ready());

    let second = create_udp_socket(family).unwrap();
    assert_eq!(
        second.start_bind(&network, address),
        Err(ErrorCode::AddressInUse)
    );
    let elsewhere = match family {
        IpAddressFamily::Ipv4 => v4((192, 0, 2, 1), 0),
        IpAddressFamily::Ipv6 => v6((0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 0),
    };
    assert_eq!(
        second.start_bind(&network, elsewhere),
        Err(ErrorCode::AddressNotBindable)
    );
    drop(socket);
    second.start_bind(&network, address).unwrap();
    second.finish_bind().unwrap();
}

fn options(family: IpAddressFamily) {
    let (socket, _) = udp(family);
    let wrong = Err(ErrorCode::InvalidArgument);
    assert_eq!(socket.set_unicast_hop_limit(0), wrong);
    assert_eq!(socket.set_receive_buffer_size(0), wrong);
    assert_eq!(socket.set_send_buffer_size(0), wrong);
    for limit in [1, 42, 255] {
        socket.set_unicast_hop_limit(limit).unwrap();
        assert_eq!(socket.unicast_hop_limit(), Ok(limit));
    }
    for size in [1, 0x10000, u64::MAX] {
        socket.set_receive_buffer_size(size).unwrap();
        assert!(socket.receive_buffer_size().unwrap() > 0);
        socket.set_send_buffer_size(size).unwrap();
        assert!(socket.send_buffer_size().unwrap() > 0);
    }
}

fn unconnected(family: IpAddressFamily) {
    let ((one, one_address), (two, two_address)) = (udp(family), udp(family));
    let (one_in, one_out) = one.stream(None).unwrap();
    let (two_in, two_out) = two.stream(None).unwrap();
    assert!(one_in.receive(9).unwrap().is_empty());
    assert!(one_in.receive(0).unwrap().is_empty());
    assert_eq!(send(&one_out, b"hello", Some(two_address)), Ok(1));
    let got = receive(&two_in);
    assert_eq!(got.data, b"hello");
    assert!(same(got.remote_address, one_address));
    assert_eq!(send(&two_out, b"", Some(got.remote_address)), Ok(1));
    assert_eq!(receive(&one_in).data, b"");
    // To oneself.
    assert_eq!(send(&one_out, b"me", Some(one_address)), Ok(1));
    assert_eq!(receive(&one_in).data, b"me");
    // Bound to all addresses, reached at this one.
    let everywhere = create_udp_socket(family).unwrap();
    everywhere
        .start_bind(&instance_network(), unspecified(family, 0))
        .unwrap();
    everywhere.finish_bind().unwrap();
    let at = local(family, port(everywhere.local_address().unwrap()));
    let (incoming, _outgoing) = everywhere.stream(None).unwrap();
    assert_eq!(send(&one_out, b"all", Some(at)), Ok(1));
    assert_eq!(receive(&incoming).data, b"all");
    drop((incoming, _outgoing));
    // A peer decides which of the addresses is one's own.
    let (_incoming, outgoing) = everywhere.stream(Some(one_address)).unwrap();
    assert!(same(everywhere.local_address().unwrap(), at));
    assert_eq!(send(&outgoing, b"here", None), Ok(1));
    assert!(same(receive(&one_in).remote_address, at));
}

fn connected(family: IpAddressFamily) {
    let ((one, one_address), (two, two_address)) = (udp(family), udp(family));
    let (stranger, stranger_address) = udp(family);
    let (one_in, one_out) = one.stream(Some(two_address)).unwrap();
    let (_two_in, two_out) = two.stream(None).unwrap();
    let (_stranger_in, stranger_out) = stranger.stream(None).unwrap();
    assert!(same(one.remote_address().unwrap(), two_address));
    assert_eq!(send(&one_out, b"a", None), Ok(1));
    assert_eq!(send(&one_out, b"b", Some(two_address)), Ok(1));
    let wrong = Err(ErrorCode::InvalidArgument);
    assert_eq!(send(&one_out, b"c", Some(stranger_address)), wrong);
    // Only the peer is heard.
    assert_eq!(send(&stranger_out, b"psst", Some(one_address)), Ok(1));
    assert_eq!(send(&two_out, b"hello", Some(one_address)), Ok(1));
    assert_eq!(receive(&one_in).data, b"hello");
    assert!(one_in.receive(9).unwrap().is_empty());
}

fn reconnecting(family: IpAddressFamily) {
    let (socket, address) = udp(family);
    let ((one, one_address), (two, two_address)) = (udp(family), udp(family));
    let ((one_in, one_out), (two_in, two_out)) =
        (one.stream(None).unwrap(), two.stream(None).unwrap());
    for (peer, incoming) in [
        (one_address, &one_in),
        (two_address, &two_in),
        (one_address, &one_in),
    ] {
        let (_in, out) = socket.stream(Some(peer)).unwrap();
        assert!(same(socket.remote_address().unwrap(), peer));
        assert_eq!(send(&out, b"to you", None), Ok(1));
        assert_eq!(receive(incoming).data, b"to you");
    }
    let (socket_in, out) = socket.stream(None).unwrap();
    assert_eq!(
        socket.remote_address().map(drop),
        Err(ErrorCode::InvalidState)
    );
    assert_eq!(
        send(&out, b"nowhere", None),
        Err(ErrorCode::InvalidArgument)
    );
    if on_another_host() {
        // Linux forgets a port that it chose itself when a socket is disconnected.
        return;
    }
    assert!(same(socket.local_address().unwrap(), address));
    for out in [&one_out, &two_out] {
        assert_eq!(send(out, b"back", Some(address)), Ok(1));
        assert_eq!(receive(&socket_in).data, b"back");
    }
}

fn wrong_destinations(family: IpAddressFamily) {
    let (socket, _) = udp(family);
    let other = if family == IpAddressFamily::Ipv4 {
        FAMILIES[1]
    } else {
        FAMILIES[0]
    };
    let wrong = Err(ErrorCode::InvalidArgument);
    for remote in [local(other, 80), local(family, 0), unspecified(family, 80)] {
        assert_eq!(socket.stream(Some(remote)).map(drop), wrong);
        let (_incoming, out) = socket.stream(None).unwrap();
        assert_eq!(send(&out, b"x", Some(remote)).map(drop), wrong);
    }
}

fn sizes(family: IpAddressFamily) {
    let ((one, _), (two, two_address)) = (udp(family), udp(family));
    let (_one_in, out) = one.stream(None).unwrap();
    let (incoming, _two_out) = two.stream(None).unwrap();
    for size in [0, 1, 1500, 9000, 60_000] {
        let data: Vec<u8> = (0..size).map(|number| number as u8).collect();
        assert_eq!(send(&out, &data, Some(two_address)), Ok(1));
        assert!(receive(&incoming).data == data);
    }
    assert_eq!(
        send(&out, &[0; 65_536], Some(two_address)),
        Err(ErrorCode::DatagramTooLarge)
    );
}

fn batches(family: IpAddressFamily) {
    let ((one, _), (two, two_address)) = (udp(family), udp(family));
    let (_one_in, out) = one.stream(None).unwrap();
    let (incoming, _two_out) = two.stream(None).unwrap();
    let datagram = |number: u8, to| OutgoingDatagram {
        data: vec![number],
        remote_address: to,
    };
    assert_eq!(out.send(&[]), Ok(0));
    assert!(out.check_send().unwrap() >= 4);
    let to = Some(two_address);
    assert_eq!(
        out.send(&[datagram(1, to), datagram(2, to), datagram(3, to)]),
        Ok(3)
    );
    let mut got = Vec::new();
    while got.len() < 3 {
        let most = 2;
        let some = incoming.receive(most).unwrap();
        assert!(some.len() as u64 <= most);
        if some.is_empty() {
            incoming.subscribe().block();
        }
        got.extend(some.into_iter().flat_map(|datagram| datagram.data));
    }
    assert_eq!(got, [1, 2, 3]);
    // What was sent before an error counts, and the error is for the next call.
    assert!(out.check_send().unwrap() >= 3);
    assert_eq!(
        out.send(&[datagram(4, to), datagram(5, None), datagram(6, to)]),
        Ok(1)
    );
    assert_eq!(receive(&incoming).data, [4]);
    assert!(incoming.receive(9).unwrap().is_empty());
}

/// The same through Rust's library.
fn through_std(family: IpAddressFamily) {
    let address: SocketAddr = match family {
        IpAddressFamily::Ipv4 => ([127, 0, 0, 1], 0).into(),
        IpAddressFamily::Ipv6 => ([0, 0, 0, 0, 0, 0, 0, 1], 0).into(),
    };
    let one = StdUdpSocket::bind(address).unwrap();
    let two = StdUdpSocket::bind(address).unwrap();
    let (one_address, two_address) = (one.local_addr().unwrap(), two.local_addr().unwrap());
    assert_eq!(one.send_to(b"question", two_address).unwrap(), 8);
    let mut buffer = [0; 100];
    assert_eq!(two.recv_from(&mut buffer).unwrap(), (8, one_address));
    assert_eq!(&buffer[..8], b"question");
    one.connect(two_address).unwrap();
    two.connect(one_address).unwrap();
    assert_eq!(two.send(b"answer").unwrap(), 6);
    assert_eq!(one.recv(&mut buffer).unwrap(), 6);
    assert_eq!(&buffer[..6], b"answer");
}
