//! `shutdown(2)`, `close(2)`, and what the peer hears of it.

use net_component::{Errno, Loopback, Readiness, ShutdownHow, Socket, Stack};

use crate::{at, bound, connected, listener, pair, small_pair, tcp};

const IDLE: Readiness = Readiness {
    readable: false,
    writable: true,
    hangup: false,
    error: false,
};
const OVER: Readiness = Readiness {
    readable: true,
    writable: true,
    hangup: true,
    error: false,
};

#[test]
fn the_end_comes_behind_what_was_sent() {
    let net = Loopback::new();
    let (client, server) = pair(&net);
    client.send(b"last words".to_vec()).unwrap();
    drop(client);
    assert_eq!(server.receive(4), Ok(b"last".to_vec()));
    assert_eq!(server.receive(100), Ok(b" words".to_vec()));
    assert_eq!(server.receive(100), Ok(vec![]));
    assert_eq!(server.receive(100), Ok(vec![]));
}

#[test]
fn a_half_closed_connection_still_carries_the_other_way() {
    let net = Loopback::new();
    let (client, server) = pair(&net);
    client.send(b"question".to_vec()).unwrap();
    client.shutdown(ShutdownHow::Send).unwrap();
    assert_eq!(client.send(vec![1]), Err(Errno::BrokenPipe));
    assert_eq!(client.ready(), IDLE);
    assert_eq!(server.receive(100), Ok(b"question".to_vec()));
    assert_eq!(server.receive(100), Ok(vec![]));
    assert_eq!(
        server.ready(),
        Readiness {
            readable: true,
            ..IDLE
        }
    );
    assert_eq!(server.send(b"answer".to_vec()), Ok(6));
    assert_eq!(client.receive(100), Ok(b"answer".to_vec()));
    assert!(client.remote_address().is_ok());
    drop(server);
    assert_eq!(client.receive(100), Ok(vec![]));
    assert_eq!(client.ready(), OVER);
}

#[test]
fn the_end_behind_a_full_receive_buffer_is_not_heard_yet() {
    let net = Loopback::new();
    let (client, server) = small_pair(&net, 900);
    client.send(vec![7; 900]).unwrap();
    client.shutdown(ShutdownHow::Send).unwrap();
    server.shutdown(ShutdownHow::Send).unwrap();
    // Both have ended, but the server does not know.
    assert!(!server.ready().hangup);
    assert_eq!(server.receive(900).unwrap().len(), 900);
    assert!(server.ready().hangup);
}

#[test]
fn the_end_behind_what_just_fits_is_heard() {
    let net = Loopback::new();
    let (client, server) = small_pair(&net, 900);
    client.send(vec![7; 450]).unwrap();
    client.shutdown(ShutdownHow::Send).unwrap();
    server.shutdown(ShutdownHow::Send).unwrap();
    assert!(server.ready().hangup);
}

#[test]
fn shutting_down_twice_is_once() {
    let net = Loopback::new();
    let (client, server) = pair(&net);
    for _ in 0..2 {
        assert_eq!(client.shutdown(ShutdownHow::Send), Ok(()));
        assert_eq!(client.shutdown(ShutdownHow::Receive), Ok(()));
    }
    assert_eq!(server.receive(1), Ok(vec![]));
}

#[test]
fn a_deaf_socket_reads_the_end() {
    let net = Loopback::new();
    let (client, _server) = pair(&net);
    client.shutdown(ShutdownHow::Receive).unwrap();
    assert!(client.ready().readable);
    assert_eq!(client.receive(1), Ok(vec![]));
    assert_eq!(client.send(vec![1]), Ok(1));
}

#[test]
fn only_connections_shut_down() {
    let net = Loopback::new();
    assert_eq!(
        tcp(&net).shutdown(ShutdownHow::Both),
        Err(Errno::NotConnected)
    );
    assert_eq!(
        bound(tcp(&net), "127.0.0.1:0").shutdown(ShutdownHow::Send),
        Err(Errno::NotConnected)
    );
    let (client, server) = pair(&net);
    client.shutdown(ShutdownHow::Send).unwrap();
    server.shutdown(ShutdownHow::Send).unwrap();
    assert_eq!(client.shutdown(ShutdownHow::Send), Err(Errno::NotConnected));
    assert_eq!(client.remote_address(), Err(Errno::NotConnected));
}

#[test]
fn unread_data_thrown_away_resets_the_peer() {
    let net = Loopback::new();
    let (client, server) = pair(&net);
    client.send(b"unheard".to_vec()).unwrap();
    server.send(b"heard".to_vec()).unwrap();
    drop(server);
    assert_eq!(
        client.ready(),
        Readiness {
            error: true,
            ..OVER
        }
    );
    // What had come can still be read.
    assert_eq!(client.receive(100), Ok(b"heard".to_vec()));
    assert_eq!(client.receive(100), Err(Errno::ConnectionReset));
    assert_eq!(client.receive(100), Ok(vec![]));
    assert_eq!(client.send(vec![1]), Err(Errno::BrokenPipe));
    assert_eq!(client.remote_address(), Err(Errno::NotConnected));
}

#[test]
fn a_reset_is_told_once_by_whatever_call() {
    let net = Loopback::new();
    let reset = || {
        let (client, server) = pair(&net);
        client.send(vec![1]).unwrap();
        drop(server);
        client
    };
    let client = reset();
    assert_eq!(client.send(vec![1]), Err(Errno::ConnectionReset));
    assert_eq!(client.send(vec![1]), Err(Errno::BrokenPipe));
    let client = reset();
    assert_eq!(client.take_error(), Some(Errno::ConnectionReset));
    assert_eq!(client.take_error(), None);
    assert_eq!(client.receive(1), Ok(vec![]));
}

#[test]
fn a_reset_loses_what_was_not_received_yet() {
    let net = Loopback::new();
    let (client, server) = small_pair(&net, 900);
    client.send(vec![1]).unwrap();
    server.send(vec![2; 900]).unwrap();
    drop(server);
    assert_eq!(client.receive(900), Ok(vec![2; 450]));
    assert_eq!(client.receive(900), Err(Errno::ConnectionReset));
}

#[test]
fn sending_to_who_has_closed_is_answered_by_a_reset() {
    let net = Loopback::new();
    let (client, server) = pair(&net);
    server.send(b"bye".to_vec()).unwrap();
    drop(server);
    assert_eq!(client.send(b"hello?".to_vec()), Ok(6));
    assert!(client.ready().error);
    assert_eq!(client.send(b"hello?".to_vec()), Err(Errno::BrokenPipe));
    assert_eq!(client.receive(100), Ok(b"bye".to_vec()));
    assert_eq!(client.receive(100), Ok(vec![]));
}

#[test]
fn sending_to_who_is_only_deaf_resets_nobody() {
    let net = Loopback::new();
    let (client, server) = pair(&net);
    server.shutdown(ShutdownHow::Receive).unwrap();
    assert_eq!(client.send(vec![1]), Ok(1));
    assert_eq!(client.send(vec![2]), Ok(1));
    assert_eq!(client.ready(), IDLE);
    // Linux lets it read all the same.
    assert_eq!(server.receive(9), Ok(vec![1, 2]));
}

#[test]
fn sending_to_who_has_shut_both_ways_resets_both() {
    let net = Loopback::new();
    let (client, server) = pair(&net);
    server.shutdown(ShutdownHow::Both).unwrap();
    assert_eq!(client.send(vec![1]), Ok(1));
    assert_eq!(client.send(vec![1]), Err(Errno::BrokenPipe));
    assert_eq!(server.take_error(), Some(Errno::ConnectionReset));
    assert_eq!(server.ready(), OVER);
}

#[test]
fn closing_after_both_have_ended_resets_nobody() {
    let net = Loopback::new();
    let (client, server) = pair(&net);
    client.send(vec![1]).unwrap();
    client.shutdown(ShutdownHow::Send).unwrap();
    server.shutdown(ShutdownHow::Send).unwrap();
    drop(server);
    assert_eq!(client.ready(), OVER);
    assert_eq!(client.receive(1), Ok(vec![]));
}

#[test]
fn closing_a_listener_resets_who_was_not_accepted() {
    let net = Loopback::new();
    let server = listener(&net);
    let to = server.local_address().unwrap();
    let queued = connected(tcp(&net), to);
    let finished = connected(tcp(&net), to);
    finished.shutdown(ShutdownHow::Send).unwrap();
    drop(server);
    assert_eq!(queued.receive(1), Err(Errno::ConnectionReset));
    assert_eq!(finished.receive(1), Err(Errno::ConnectionReset));
    assert_eq!(tcp(&net).bind(to), Ok(()));
}

#[test]
fn closing_a_listener_refuses_who_waits() {
    let net = Loopback::new();
    let server = bound(tcp(&net), "127.0.0.1:80");
    server.listen(0).unwrap();
    let _queued = connected(tcp(&net), at("127.0.0.1:80"));
    let waiting = tcp(&net);
    assert_eq!(
        waiting.connect(Some(at("127.0.0.1:80"))),
        Err(Errno::InProgress)
    );
    drop(server);
    assert_eq!(waiting.take_error(), Some(Errno::ConnectionRefused));
    assert_eq!(net.step(0), None);
}

#[test]
fn shutting_down_a_listener_stops_it() {
    let net = Loopback::new();
    let server = bound(tcp(&net), "127.0.0.1:80");
    server.listen(1).unwrap();
    let queued = connected(tcp(&net), at("127.0.0.1:80"));
    assert_eq!(server.shutdown(ShutdownHow::Send), Ok(()));
    assert!(server.ready().readable);
    assert_eq!(server.shutdown(ShutdownHow::Receive), Ok(()));
    assert!(matches!(server.accept(), Err(Errno::Invalid)));
    assert_eq!(queued.receive(1), Err(Errno::ConnectionReset));
    let late = tcp(&net);
    assert_eq!(
        late.connect(Some(at("127.0.0.1:80"))),
        Err(Errno::InProgress)
    );
    assert_eq!(late.take_error(), Some(Errno::ConnectionRefused));
    // It is bound still, and may listen again.
    assert_eq!(server.local_address(), Ok(at("127.0.0.1:80")));
    assert_eq!(server.listen(1), Ok(()));
    connected(tcp(&net), at("127.0.0.1:80"));
}

#[test]
fn a_peer_that_left_before_accept_is_accepted_all_the_same() {
    let net = Loopback::new();
    let server = listener(&net);
    let client = connected(tcp(&net), server.local_address().unwrap());
    let address = client.local_address().unwrap();
    client.send(b"note".to_vec()).unwrap();
    drop(client);
    let (accepted, peer) = server.accept().unwrap();
    assert_eq!(peer, address);
    assert_eq!(accepted.receive(100), Ok(b"note".to_vec()));
    assert_eq!(accepted.receive(100), Ok(vec![]));
}

#[test]
fn closing_both_ends_in_any_order_frees_the_port() {
    let net = Loopback::new();
    for first in [true, false] {
        let (client, server) = pair(&net);
        let addresses = [
            client.local_address().unwrap(),
            server.local_address().unwrap(),
        ];
        if first {
            drop(client);
            drop(server);
        } else {
            drop(server);
            drop(client);
        }
        for address in addresses {
            assert_eq!(tcp(&net).bind(address), Ok(()));
        }
    }
}
