//! `send(2)`, `recv(2)` and the buffers between them.

use net_component::{Errno, Loopback, Readiness, Socket, SocketOption};

use crate::{pair, small_pair, tcp, udp};

const IDLE: Readiness = Readiness {
    readable: false,
    writable: true,
    hangup: false,
    error: false,
};

#[test]
fn bytes_arrive_in_order_whatever_their_pieces() {
    let net = Loopback::new();
    let (client, server) = pair(&net);
    for piece in [&b"one "[..], b"", b"two ", b"three"] {
        assert_eq!(client.send(piece.to_vec()), Ok(piece.len()));
    }
    assert_eq!(server.receive(6), Ok(b"one tw".to_vec()));
    assert_eq!(server.receive(100), Ok(b"o three".to_vec()));
    assert_eq!(server.receive(100), Err(Errno::Again));
    assert_eq!(server.send(b"back".to_vec()), Ok(4));
    assert_eq!(client.receive(100), Ok(b"back".to_vec()));
}

#[test]
fn readable_is_what_has_come() {
    let net = Loopback::new();
    let (client, server) = pair(&net);
    assert_eq!((client.ready(), server.ready()), (IDLE, IDLE));
    client.send(vec![1]).unwrap();
    assert_eq!(client.ready(), IDLE);
    assert_eq!(
        server.ready(),
        Readiness {
            readable: true,
            ..IDLE
        }
    );
    server.receive(1).unwrap();
    assert_eq!(server.ready(), IDLE);
}

#[test]
fn what_was_sent_before_accept_waits() {
    let net = Loopback::new();
    let server = crate::listener(&net);
    let client = crate::connected(tcp(&net), server.local_address().unwrap());
    client.send(b"early".to_vec()).unwrap();
    let (accepted, _) = server.accept().unwrap();
    assert!(accepted.ready().readable);
    assert_eq!(accepted.receive(100), Ok(b"early".to_vec()));
}

#[test]
fn a_connection_holds_both_buffers() {
    let net = Loopback::new();
    let (client, _server) = pair(&net);
    client.set_option(SocketOption::SendBuffer, 1000).unwrap();
    _server
        .set_option(SocketOption::ReceiveBuffer, 500)
        .unwrap();
    assert_eq!(client.send(vec![0; 4000]), Ok(1500));
    assert_eq!(client.send(vec![0; 1]), Err(Errno::Again));
    assert_eq!(client.send(vec![]), Ok(0));
}

#[test]
fn a_full_connection_takes_again_what_was_received() {
    let net = Loopback::new();
    let (client, server) = small_pair(&net, 900);
    assert_eq!(client.send(vec![1; 900]), Ok(900));
    assert!(!client.ready().writable);
    assert_eq!(server.receive(10).unwrap().len(), 10);
    assert_eq!(client.send(vec![2; 900]), Ok(10));
}

#[test]
fn writable_means_that_a_third_is_free() {
    let net = Loopback::new();
    let (client, server) = small_pair(&net, 900);
    client.send(vec![1; 600]).unwrap();
    assert!(client.ready().writable);
    client.send(vec![1; 1]).unwrap();
    assert!(!client.ready().writable);
    server.receive(1).unwrap();
    assert!(client.ready().writable);
}

#[test]
fn the_smallest_buffers_carry_bytes_too() {
    let net = Loopback::new();
    let (client, server) = small_pair(&net, 2);
    for byte in 0..100 {
        assert!(client.ready().writable);
        assert_eq!(client.send(vec![byte]), Ok(1));
        assert_eq!(server.receive(10), Ok(vec![byte]));
    }
}

#[test]
fn directions_do_not_share_room() {
    let net = Loopback::new();
    let (client, server) = small_pair(&net, 900);
    client.send(vec![1; 900]).unwrap();
    assert!(server.ready().writable);
    assert_eq!(server.send(vec![1; 900]), Ok(900));
}

#[test]
fn streams_that_never_were_connected_transfer_nothing() {
    let net = Loopback::new();
    for socket in [tcp(&net), crate::listener(&net)] {
        assert_eq!(socket.send(vec![1]), Err(Errno::NotConnected));
        assert_eq!(socket.receive(1), Err(Errno::NotConnected));
    }
}

#[test]
fn streams_and_datagram_sockets_have_calls_of_their_own() {
    let net = Loopback::new();
    let (stream, datagrams) = (pair(&net).0, udp(&net));
    assert_eq!(stream.send_to(vec![1], None), Err(Errno::NotSupported));
    assert_eq!(stream.receive_from(), Err(Errno::NotSupported));
    assert_eq!(datagrams.send(vec![1]), Err(Errno::NotSupported));
    assert_eq!(datagrams.receive(1), Err(Errno::NotSupported));
}
