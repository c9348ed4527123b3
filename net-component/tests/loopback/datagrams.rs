//! UDP.

use net_component::{
    Datagram, Errno, Loopback, LoopbackSocket, Readiness, ShutdownHow, Socket, SocketOption,
};

use crate::{at, bound, dual, udp, udp6};

const IDLE: Readiness = Readiness {
    readable: false,
    writable: true,
    hangup: false,
    error: false,
};

fn from(socket: &LoopbackSocket, data: &[u8]) -> Result<Datagram, Errno> {
    Ok(Datagram {
        data: data.to_vec(),
        source: socket.local_address().unwrap(),
    })
}

#[test]
fn datagrams_keep_their_bounds() {
    let net = Loopback::new();
    let (one, other) = (
        bound(udp(&net), "127.0.0.1:0"),
        bound(udp(&net), "127.0.0.1:0"),
    );
    let to = other.local_address().ok();
    for data in [&b"one"[..], b"", b"three"] {
        assert_eq!(one.send_to(data.to_vec(), to), Ok(()));
    }
    assert_eq!(
        other.ready(),
        Readiness {
            readable: true,
            ..IDLE
        }
    );
    assert_eq!(other.receive_from(), from(&one, b"one"));
    assert_eq!(other.receive_from(), from(&one, b""));
    assert_eq!(other.receive_from(), from(&one, b"three"));
    assert_eq!(other.receive_from(), Err(Errno::Again));
    assert_eq!(other.ready(), IDLE);
}

#[test]
fn sending_binds() {
    let net = Loopback::new();
    let server = bound(udp(&net), "127.0.0.1:53");
    let client = udp(&net);
    client.send_to(vec![1], Some(at("127.0.0.1:53"))).unwrap();
    let local = client.local_address().unwrap();
    assert_eq!(local.ip(), at("0.0.0.0:0").ip());
    let source = server.receive_from().unwrap().source;
    assert_eq!(source, at(&format!("127.0.0.1:{}", local.port())));
    server.send_to(vec![2], Some(source)).unwrap();
    assert_eq!(client.receive_from(), from(&server, &[2]));
}

#[test]
fn a_datagram_needs_a_destination() {
    let net = Loopback::new();
    let socket = udp(&net);
    assert_eq!(
        socket.send_to(vec![1], None),
        Err(Errno::DestinationRequired)
    );
    assert_eq!(
        socket.send_to(vec![1], Some(at("127.0.0.1:0"))),
        Err(Errno::Invalid)
    );
    assert_eq!(
        socket.send_to(vec![1], Some(at("192.0.2.1:9"))),
        Err(Errno::NetworkUnreachable)
    );
    assert_eq!(
        socket.send_to(vec![1], Some(at("[::1]:9"))),
        Err(Errno::FamilyNotSupported)
    );
}

#[test]
fn the_largest_datagrams() {
    let net = Loopback::new();
    let four = bound(udp(&net), "127.0.0.1:53");
    let to = four.local_address().ok();
    assert_eq!(
        four.send_to(vec![7; 65_508], to),
        Err(Errno::MessageTooLarge)
    );
    assert_eq!(four.send_to(vec![7; 65_507], to), Ok(()));
    assert_eq!(four.receive_from().unwrap().data.len(), 65_507);
    let six = bound(udp6(&net), "[::1]:53");
    let to = six.local_address().ok();
    assert_eq!(
        six.send_to(vec![7; 65_528], to),
        Err(Errno::MessageTooLarge)
    );
    assert_eq!(six.send_to(vec![7; 65_527], to), Ok(()));
    assert_eq!(six.receive_from().unwrap().data.len(), 65_527);
}

#[test]
fn what_finds_no_room_is_dropped() {
    let net = Loopback::new();
    let (one, other) = (
        bound(udp(&net), "127.0.0.1:0"),
        bound(udp(&net), "127.0.0.1:0"),
    );
    other
        .set_option(SocketOption::ReceiveBuffer, 2_000)
        .unwrap();
    for number in 0..10 {
        assert_eq!(
            one.send_to(vec![number; 500], other.local_address().ok()),
            Ok(())
        );
    }
    let mut received = 0;
    while let Ok(datagram) = other.receive_from() {
        assert_eq!(datagram.data, vec![received; 500]);
        received += 1;
    }
    // With what each takes besides its bytes.
    assert_eq!(received, 2);
    // What was received made room again.
    for number in 0..3 {
        one.send_to(vec![number; 500], other.local_address().ok())
            .unwrap();
    }
    assert_eq!(other.receive_from().unwrap().data, vec![0; 500]);
    assert_eq!(other.receive_from().unwrap().data, vec![1; 500]);
    assert_eq!(other.receive_from(), Err(Errno::Again));
    // An empty queue takes one of any size.
    one.send_to(vec![1; 5_000], other.local_address().ok())
        .unwrap();
    assert_eq!(other.receive_from().unwrap().data.len(), 5_000);
}

#[test]
fn empty_datagrams_do_not_pile_up_without_end() {
    let net = Loopback::new();
    let socket = bound(udp(&net), "127.0.0.1:0");
    for _ in 0..100_000 {
        socket.send_to(vec![], socket.local_address().ok()).unwrap();
    }
    let mut count = 0;
    while socket.receive_from().is_ok() {
        count += 1;
    }
    assert!((1..10_000).contains(&count), "{count}");
}

#[test]
fn a_connected_socket_hears_its_peer_only() {
    let net = Loopback::new();
    let socket = bound(udp(&net), "127.0.0.1:1000");
    let (peer, stranger) = (
        bound(udp(&net), "127.0.0.1:0"),
        bound(udp(&net), "127.0.0.1:0"),
    );
    assert_eq!(socket.connect(peer.local_address().ok()), Ok(()));
    assert_eq!(socket.remote_address(), peer.local_address());
    for sender in [&stranger, &peer] {
        sender
            .send_to(vec![1], socket.local_address().ok())
            .unwrap();
    }
    assert_eq!(socket.receive_from(), from(&peer, &[1]));
    assert_eq!(socket.receive_from(), Err(Errno::Again));
    socket.send_to(vec![2], None).unwrap();
    assert_eq!(peer.receive_from(), from(&socket, &[2]));
    // It may still send to others.
    socket
        .send_to(vec![3], stranger.local_address().ok())
        .unwrap();
    assert_eq!(stranger.receive_from(), from(&socket, &[3]));
}

#[test]
fn a_connected_socket_can_turn_to_another_and_to_none() {
    let net = Loopback::new();
    let socket = bound(udp(&net), "0.0.0.0:1000");
    let (one, other) = (
        bound(udp(&net), "127.0.0.1:0"),
        bound(udp(&net), "127.0.0.1:0"),
    );
    socket.connect(one.local_address().ok()).unwrap();
    assert_eq!(socket.local_address(), Ok(at("127.0.0.1:1000")));
    socket.connect(other.local_address().ok()).unwrap();
    assert_eq!(socket.remote_address(), other.local_address());
    socket.connect(None).unwrap();
    assert_eq!(socket.remote_address(), Err(Errno::NotConnected));
    assert_eq!(socket.local_address(), Ok(at("0.0.0.0:1000")));
    one.send_to(vec![1], Some(at("127.0.0.1:1000"))).unwrap();
    assert_eq!(socket.receive_from(), from(&one, &[1]));
}

#[test]
fn a_port_that_connecting_chose_goes_when_the_peer_does() {
    let net = Loopback::new();
    let socket = udp(&net);
    socket.connect(Some(at("127.0.0.1:9"))).unwrap();
    assert_eq!(socket.local_address().unwrap().ip(), at("127.0.0.1:0").ip());
    socket.connect(None).unwrap();
    assert_eq!(socket.local_address(), Err(Errno::Invalid));
}

#[test]
fn what_was_queued_before_connecting_stays() {
    let net = Loopback::new();
    let socket = bound(udp(&net), "127.0.0.1:1000");
    let stranger = bound(udp(&net), "127.0.0.1:0");
    stranger
        .send_to(vec![1], socket.local_address().ok())
        .unwrap();
    socket.connect(Some(at("127.0.0.1:9"))).unwrap();
    assert_eq!(socket.receive_from(), from(&stranger, &[1]));
}

#[test]
fn an_unreachable_port_is_told_to_a_connected_socket() {
    let net = Loopback::new();
    let socket = udp(&net);
    socket.connect(Some(at("127.0.0.1:9"))).unwrap();
    let refuse = || {
        assert_eq!(socket.send_to(vec![1], None), Ok(()));
        assert_eq!(
            socket.ready(),
            Readiness {
                error: true,
                ..IDLE
            }
        );
    };
    refuse();
    assert_eq!(socket.send_to(vec![1], None), Err(Errno::ConnectionRefused));
    refuse();
    assert_eq!(socket.receive_from(), Err(Errno::ConnectionRefused));
    assert_eq!(socket.receive_from(), Err(Errno::Again));
    refuse();
    assert_eq!(socket.take_error(), Some(Errno::ConnectionRefused));
    assert_eq!(socket.ready(), IDLE);
}

#[test]
fn an_unreachable_port_is_not_told_to_others() {
    let net = Loopback::new();
    let socket = udp(&net);
    socket.send_to(vec![1], Some(at("127.0.0.1:9"))).unwrap();
    assert_eq!(socket.ready(), IDLE);
    let peer = bound(udp(&net), "127.0.0.1:0");
    socket.connect(peer.local_address().ok()).unwrap();
    socket.send_to(vec![1], Some(at("127.0.0.1:9"))).unwrap();
    assert_eq!(socket.ready(), IDLE);
}

#[test]
fn the_best_fit_receives() {
    let net = Loopback::new();
    let open = |local: &str| {
        let socket = udp(&net);
        socket.set_option(SocketOption::ReuseAddress, 1).unwrap();
        bound(socket, local)
    };
    let any = open("0.0.0.0:53");
    let exact = open("127.0.0.1:53");
    let last = open("127.0.0.1:53");
    let client = bound(udp(&net), "127.0.0.1:0");
    let connected = open("127.0.0.1:53");
    connected.connect(client.local_address().ok()).unwrap();

    client.send_to(vec![1], Some(at("127.0.0.1:53"))).unwrap();
    assert_eq!(connected.receive_from(), from(&client, &[1]));
    let stranger = bound(udp(&net), "127.0.0.1:0");
    stranger.send_to(vec![2], Some(at("127.0.0.1:53"))).unwrap();
    assert_eq!(last.receive_from(), from(&stranger, &[2]));
    stranger.send_to(vec![3], Some(at("127.0.0.2:53"))).unwrap();
    assert_eq!(any.receive_from(), from(&stranger, &[3]));
    assert_eq!(exact.receive_from(), Err(Errno::Again));
}

#[test]
fn a_dual_socket_hears_both_families() {
    let net = Loopback::new();
    let server = bound(dual(udp6(&net)), "[::]:53");
    let four = bound(udp(&net), "127.0.0.1:0");
    let six = bound(udp6(&net), "[::1]:0");
    four.send_to(vec![4], Some(at("127.0.0.1:53"))).unwrap();
    six.send_to(vec![6], Some(at("[::1]:53"))).unwrap();
    let from_four = server.receive_from().unwrap();
    let port = four.local_address().unwrap().port();
    assert_eq!(from_four.source, at(&format!("[::ffff:127.0.0.1]:{port}")));
    server.send_to(vec![44], Some(from_four.source)).unwrap();
    assert_eq!(
        four.receive_from().unwrap(),
        Datagram {
            data: vec![44],
            source: at("127.0.0.1:53")
        }
    );
    assert_eq!(server.receive_from(), from(&six, &[6]));
}

#[test]
fn broadcasting_needs_leave_and_reaches_all() {
    let net = Loopback::new();
    let open = |local: &str| {
        let socket = udp(&net);
        socket.set_option(SocketOption::ReuseAddress, 1).unwrap();
        bound(socket, local)
    };
    let (one, other, exact) = (open("0.0.0.0:53"), open("0.0.0.0:53"), open("127.0.0.1:53"));
    let sender = bound(udp(&net), "127.0.0.1:0");
    let to = Some(at("127.255.255.255:53"));
    assert_eq!(sender.send_to(vec![1], to), Err(Errno::Access));
    assert_eq!(sender.connect(to), Err(Errno::Access));
    sender.set_option(SocketOption::Broadcast, 1).unwrap();
    assert_eq!(sender.send_to(vec![1], to), Ok(()));
    assert_eq!(one.receive_from(), from(&sender, &[1]));
    assert_eq!(other.receive_from(), from(&sender, &[1]));
    assert_eq!(exact.receive_from(), Err(Errno::Again));
}

#[test]
fn shutting_down_needs_a_peer() {
    let net = Loopback::new();
    let socket = bound(udp(&net), "127.0.0.1:0");
    assert_eq!(socket.shutdown(ShutdownHow::Both), Err(Errno::NotConnected));
    let peer = bound(udp(&net), "127.0.0.1:0");
    socket.connect(peer.local_address().ok()).unwrap();
    assert_eq!(socket.shutdown(ShutdownHow::Send), Ok(()));
    assert_eq!(socket.send_to(vec![1], None), Err(Errno::BrokenPipe));
    assert_eq!(socket.receive_from(), Err(Errno::Again));
    assert_eq!(socket.shutdown(ShutdownHow::Receive), Ok(()));
    assert_eq!(
        socket.ready(),
        Readiness {
            readable: true,
            hangup: true,
            ..IDLE
        }
    );
    assert_eq!(socket.receive_from(), from(&peer, &[]));
}

#[test]
fn a_closed_socket_receives_no_more() {
    let net = Loopback::new();
    let socket = udp(&net);
    let peer = bound(udp(&net), "127.0.0.1:53");
    socket.connect(Some(at("127.0.0.1:53"))).unwrap();
    socket.send_to(vec![1], None).unwrap();
    drop(peer);
    socket.send_to(vec![1], None).unwrap();
    assert_eq!(socket.take_error(), Some(Errno::ConnectionRefused));
    assert_eq!(udp(&net).bind(at("127.0.0.1:53")), Ok(()));
}
