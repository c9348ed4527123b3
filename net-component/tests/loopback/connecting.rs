//! `connect(2)` and `accept(2)`.

use net_component::{Errno, Loopback, Readiness, ShutdownHow, Socket, SocketOption, Stack};

use crate::{at, bound, connected, dual, listener, pair, tcp, tcp6};

const NOTHING: Readiness = Readiness {
    readable: false,
    writable: false,
    hangup: false,
    error: false,
};

#[test]
fn connecting_is_in_progress_and_then_writable() {
    let net = Loopback::new();
    let server = listener(&net);
    assert_eq!(server.ready(), NOTHING);
    let client = tcp(&net);
    assert_eq!(
        client.connect(server.local_address().ok()),
        Err(Errno::InProgress)
    );
    assert_eq!(
        client.ready(),
        Readiness {
            writable: true,
            ..NOTHING
        }
    );
    assert_eq!(client.take_error(), None);
    assert_eq!(
        server.ready(),
        Readiness {
            readable: true,
            ..NOTHING
        }
    );
    assert_eq!(client.remote_address(), server.local_address());
}

#[test]
fn accepting_tells_who_connected() {
    let net = Loopback::new();
    let server = listener(&net);
    assert!(matches!(server.accept(), Err(Errno::Again)));
    let client = connected(tcp(&net), server.local_address().unwrap());
    let (accepted, peer) = server.accept().unwrap();
    assert_eq!(Ok(peer), client.local_address());
    assert_eq!(accepted.remote_address(), client.local_address());
    assert_eq!(accepted.local_address(), server.local_address());
    assert_eq!(server.ready(), NOTHING);
    assert!(matches!(server.accept(), Err(Errno::Again)));
}

#[test]
fn connections_are_accepted_in_their_order() {
    let net = Loopback::new();
    let server = listener(&net);
    let connect = |_| connected(tcp(&net), server.local_address().unwrap());
    let clients: Vec<_> = (0..5).map(connect).collect();
    for client in &clients {
        assert_eq!(server.accept().unwrap().1, client.local_address().unwrap());
    }
}

#[test]
fn where_nobody_listens_the_connection_is_refused() {
    let net = Loopback::new();
    let silent = bound(tcp(&net), "127.0.0.1:80");
    for to in [
        at("127.0.0.1:9"),
        at("127.0.0.1:0"),
        silent.local_address().unwrap(),
    ] {
        let client = tcp(&net);
        assert_eq!(client.connect(Some(to)), Err(Errno::InProgress), "{to}");
        let failed = Readiness {
            readable: true,
            writable: true,
            hangup: true,
            error: true,
        };
        assert_eq!(client.ready(), failed);
        assert_eq!(client.take_error(), Some(Errno::ConnectionRefused));
        assert_eq!(client.take_error(), None);
        assert_eq!(
            client.ready(),
            Readiness {
                error: false,
                ..failed
            }
        );
        assert_eq!(client.remote_address(), Err(Errno::NotConnected));
    }
}

#[test]
fn a_refused_socket_may_try_again() {
    let net = Loopback::new();
    let server = listener(&net);
    let client = tcp(&net);
    assert_eq!(
        client.connect(Some(at("127.0.0.1:9"))),
        Err(Errno::InProgress)
    );
    assert_eq!(
        client.connect(Some(at("127.0.0.1:9"))),
        Err(Errno::ConnectionRefused)
    );
    assert_eq!(
        client.connect(server.local_address().ok()),
        Err(Errno::InProgress)
    );
    assert!(server.accept().is_ok());
}

#[test]
fn connecting_again_tells_how_it_went_and_then_that_it_is_connected() {
    let net = Loopback::new();
    let server = listener(&net);
    let to = server.local_address().ok();
    let client = tcp(&net);
    assert_eq!(client.connect(to), Err(Errno::InProgress));
    assert_eq!(client.connect(to), Ok(()));
    assert_eq!(client.connect(to), Err(Errno::Connected));
    let (accepted, _) = server.accept().unwrap();
    assert_eq!(accepted.connect(to), Err(Errno::Connected));
    assert_eq!(server.connect(to), Err(Errno::Connected));
}

#[test]
fn beyond_the_box_is_unreachable() {
    let net = Loopback::new();
    for far in [
        "192.0.2.1:80",
        "255.255.255.255:80",
        "224.0.0.1:80",
        "127.255.255.255:80",
    ] {
        assert_eq!(
            tcp(&net).connect(Some(at(far))),
            Err(Errno::NetworkUnreachable),
            "{far}"
        );
    }
    for far in [
        "[2001:db8::1]:80",
        "[fe80::1]:80",
        "[ff02::1]:80",
        "[::ffff:192.0.2.1]:80",
    ] {
        assert_eq!(
            tcp6(&net).connect(Some(at(far))),
            Err(Errno::NetworkUnreachable),
            "{far}"
        );
    }
    assert_eq!(
        tcp(&net).connect(Some(at("[::1]:80"))),
        Err(Errno::FamilyNotSupported)
    );
    assert_eq!(
        tcp6(&net).connect(Some(at("127.0.0.1:80"))),
        Err(Errno::FamilyNotSupported)
    );
}

#[test]
fn the_unspecified_address_means_this_host() {
    let net = Loopback::new();
    let server = listener(&net);
    let port = server.local_address().unwrap().port();
    let client = connected(tcp(&net), at(&format!("0.0.0.0:{port}")));
    assert_eq!(
        client.remote_address(),
        Ok(at(&format!("127.0.0.1:{port}")))
    );

    let server = bound(tcp6(&net), "[::1]:80");
    server.listen(1).unwrap();
    let client = connected(tcp6(&net), at("[::]:80"));
    assert_eq!(client.remote_address(), Ok(at("[::1]:80")));
}

#[test]
fn the_local_address_is_the_usual_one_or_the_one_that_was_bound() {
    let net = Loopback::new();
    let server = bound(tcp(&net), "0.0.0.0:80");
    server.listen(9).unwrap();
    let usual = connected(tcp(&net), at("127.0.0.5:80"));
    assert_eq!(usual.local_address().unwrap().ip(), at("127.0.0.1:0").ip());
    let chosen = connected(bound(tcp(&net), "127.0.0.7:1234"), at("127.0.0.5:80"));
    assert_eq!(chosen.local_address(), Ok(at("127.0.0.7:1234")));
    let any = connected(bound(tcp(&net), "0.0.0.0:4321"), at("127.0.0.5:80"));
    assert_eq!(any.local_address(), Ok(at("127.0.0.1:4321")));
    let (accepted, _) = server.accept().unwrap();
    assert_eq!(accepted.local_address(), Ok(at("127.0.0.5:80")));
}

#[test]
fn the_listener_of_the_exact_address_comes_first() {
    let net = Loopback::new();
    let second = bound(tcp(&net), "127.0.0.2:80");
    let first = bound(tcp(&net), "127.0.0.1:80");
    first.listen(1).unwrap();
    second.listen(1).unwrap();
    let _client = connected(tcp(&net), at("127.0.0.2:80"));
    assert!(matches!(first.accept(), Err(Errno::Again)));
    assert!(second.accept().is_ok());
    let refused = tcp(&net);
    assert_eq!(
        refused.connect(Some(at("127.0.0.3:80"))),
        Err(Errno::InProgress)
    );
    assert_eq!(refused.take_error(), Some(Errno::ConnectionRefused));
}

#[test]
fn a_dual_listener_hears_ipv4_as_mapped() {
    let net = Loopback::new();
    let server = bound(dual(tcp6(&net)), "[::]:80");
    server.listen(9).unwrap();
    let client = connected(tcp(&net), at("127.0.0.1:80"));
    let port = client.local_address().unwrap().port();
    let (accepted, peer) = server.accept().unwrap();
    assert_eq!(peer, at(&format!("[::ffff:127.0.0.1]:{port}")));
    assert_eq!(accepted.local_address(), Ok(at("[::ffff:127.0.0.1]:80")));
    assert_eq!(accepted.family(), server.family());
    let _six = connected(tcp6(&net), at("[::1]:80"));
    assert_eq!(
        server.accept().unwrap().0.local_address(),
        Ok(at("[::1]:80"))
    );
}

#[test]
fn an_ipv6_only_listener_does_not_hear_ipv4() {
    let net = Loopback::new();
    let server = bound(tcp6(&net), "[::]:80");
    server.listen(9).unwrap();
    let client = tcp(&net);
    assert_eq!(
        client.connect(Some(at("127.0.0.1:80"))),
        Err(Errno::InProgress)
    );
    assert_eq!(client.take_error(), Some(Errno::ConnectionRefused));
}

#[test]
fn a_dual_client_reaches_ipv4_by_mapped_addresses() {
    let net = Loopback::new();
    let server = bound(tcp(&net), "127.0.0.1:80");
    server.listen(9).unwrap();
    let to = at("[::ffff:127.0.0.1]:80");
    let client = connected(dual(tcp6(&net)), to);
    assert_eq!(client.remote_address(), Ok(to));
    let port = client.local_address().unwrap().port();
    assert_eq!(
        client.local_address(),
        Ok(at(&format!("[::ffff:127.0.0.1]:{port}")))
    );
    assert_eq!(server.accept().unwrap().1, at(&format!("127.0.0.1:{port}")));
    assert_eq!(tcp6(&net).connect(Some(to)), Err(Errno::NetworkUnreachable));
}

#[test]
fn a_socket_can_connect_to_itself() {
    let net = Loopback::new();
    let socket = bound(tcp(&net), "127.0.0.1:80");
    let socket = connected(socket, at("127.0.0.1:80"));
    assert_eq!(socket.remote_address(), socket.local_address());
    assert_eq!(socket.send(b"to me".to_vec()), Ok(5));
    assert_eq!(socket.receive(9), Ok(b"to me".to_vec()));
    socket.shutdown(ShutdownHow::Send).unwrap();
    assert_eq!(socket.receive(9), Ok(vec![]));
}

#[test]
fn a_free_port_never_connects_to_itself() {
    let net = Loopback::new();
    for port in 32_768..=60_999u16 {
        let client = tcp(&net);
        let to = std::net::SocketAddr::new(at("127.0.0.1:0").ip(), port);
        assert_eq!(client.connect(Some(to)), Err(Errno::InProgress));
        assert_eq!(
            client.take_error(),
            Some(Errno::ConnectionRefused),
            "{port}"
        );
    }
}

#[test]
fn the_same_connection_exists_once() {
    let net = Loopback::new();
    let server = listener(&net);
    let open = || {
        let socket = tcp(&net);
        socket.set_option(SocketOption::ReuseAddress, 1).unwrap();
        bound(socket, "127.0.0.1:1234")
    };
    let _one = connected(open(), server.local_address().unwrap());
    let other = open();
    assert_eq!(
        other.connect(server.local_address().ok()),
        Err(Errno::AddressNotAvailable)
    );
    let second = listener(&net);
    connected(other, second.local_address().unwrap());
}

#[test]
fn a_full_queue_makes_connections_wait_and_accepting_lets_them_in() {
    let net = Loopback::new();
    let server = bound(tcp(&net), "127.0.0.1:80");
    server.listen(1).unwrap();
    // Linux takes one more than the backlog, and so do we.
    let _first = connected(tcp(&net), at("127.0.0.1:80"));
    let _second = connected(tcp(&net), at("127.0.0.1:80"));
    let third = tcp(&net);
    assert_eq!(
        third.connect(Some(at("127.0.0.1:80"))),
        Err(Errno::InProgress)
    );
    assert_eq!(third.ready(), NOTHING);
    assert_eq!(third.connect(Some(at("127.0.0.1:80"))), Err(Errno::Already));
    assert_eq!(third.send(vec![1]), Err(Errno::Again));
    assert_eq!(third.receive(1), Err(Errno::Again));
    assert_eq!(third.remote_address(), Err(Errno::NotConnected));

    server.accept().unwrap();
    assert_eq!(
        third.ready(),
        Readiness {
            writable: true,
            ..NOTHING
        }
    );
    assert_eq!(third.connect(Some(at("127.0.0.1:80"))), Ok(()));
}

#[test]
fn a_larger_backlog_lets_those_in_who_wait() {
    let net = Loopback::new();
    let server = bound(tcp(&net), "127.0.0.1:80");
    server.listen(0).unwrap();
    let _first = connected(tcp(&net), at("127.0.0.1:80"));
    let second = tcp(&net);
    assert_eq!(
        second.connect(Some(at("127.0.0.1:80"))),
        Err(Errno::InProgress)
    );
    assert!(!second.ready().writable);
    assert_eq!(server.listen(5), Ok(()));
    assert!(second.ready().writable);
}

#[test]
fn waiting_for_room_times_out() {
    let net = Loopback::new();
    assert_eq!(net.step(0), None);
    let server = bound(tcp(&net), "127.0.0.1:80");
    server.listen(0).unwrap();
    let _first = connected(tcp(&net), at("127.0.0.1:80"));
    let waiting = tcp(&net);
    assert_eq!(
        waiting.connect(Some(at("127.0.0.1:80"))),
        Err(Errno::InProgress)
    );
    let start = 5_000_000_000;
    let deadline = start + 127_000_000_000;
    assert_eq!(net.step(start), Some(deadline));
    assert_eq!(net.step(deadline - 1), Some(deadline));
    assert_eq!(waiting.ready(), NOTHING);
    assert_eq!(net.step(deadline), None);
    assert!(waiting.ready().error);
    assert_eq!(waiting.take_error(), Some(Errno::TimedOut));
    // It left the queue.
    server.accept().unwrap();
    assert!(matches!(server.accept(), Err(Errno::Again)));
}

#[test]
fn shutting_down_gives_up_an_attempt() {
    let net = Loopback::new();
    let server = bound(tcp(&net), "127.0.0.1:80");
    server.listen(0).unwrap();
    let _first = connected(tcp(&net), at("127.0.0.1:80"));
    let waiting = tcp(&net);
    assert_eq!(
        waiting.connect(Some(at("127.0.0.1:80"))),
        Err(Errno::InProgress)
    );
    assert_eq!(waiting.shutdown(ShutdownHow::Both), Ok(()));
    assert_eq!(
        waiting.connect(Some(at("127.0.0.1:80"))),
        Err(Errno::InProgress)
    );
    drop(waiting);
    server.accept().unwrap();
    assert!(matches!(server.accept(), Err(Errno::Again)));
}

#[test]
fn a_stream_cannot_be_connected_to_nothing() {
    let net = Loopback::new();
    assert_eq!(tcp(&net).connect(None), Err(Errno::Invalid));
    assert_eq!(pair(&net).0.connect(None), Err(Errno::Invalid));
}

#[test]
fn ten_thousand_connections_at_once() {
    let net = Loopback::new();
    let server = listener(&net);
    let to = server.local_address().unwrap();
    let mut pairs = Vec::new();
    for _ in 0..10_000 {
        let client = connected(tcp(&net), to);
        pairs.push((client, server.accept().unwrap().0));
    }
    for (number, (client, _)) in pairs.iter().enumerate() {
        client.send(number.to_le_bytes().to_vec()).unwrap();
    }
    for (number, (_, accepted)) in pairs.iter().enumerate() {
        assert_eq!(accepted.receive(100), Ok(number.to_le_bytes().to_vec()));
    }
}
