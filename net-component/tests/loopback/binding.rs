//! `bind(2)`, `listen(2)` and who may have which address.

use net_component::{Errno, Loopback, Socket, SocketOption};

use crate::{at, bound, connected, dual, listener, pair, tcp, tcp6, udp, udp6};

#[test]
fn port_0_takes_a_free_port() {
    let net = Loopback::new();
    let (one, other) = (
        bound(tcp(&net), "127.0.0.1:0"),
        bound(tcp(&net), "127.0.0.1:0"),
    );
    let (one, other) = (one.local_address().unwrap(), other.local_address().unwrap());
    assert_ne!(one.port(), 0);
    assert_ne!(one.port(), other.port());
    assert_eq!(one.ip(), at("127.0.0.1:0").ip());
}

#[test]
fn the_box_has_the_loopback_addresses_and_no_others() {
    let net = Loopback::new();
    for own in ["127.0.0.1:0", "127.0.0.1:80", "127.9.8.7:0", "0.0.0.0:0"] {
        assert_eq!(tcp(&net).bind(at(own)), Ok(()), "{own}");
        assert_eq!(udp(&net).bind(at(own)), Ok(()), "{own}");
    }
    for own in ["[::1]:0", "[::]:0"] {
        assert_eq!(tcp6(&net).bind(at(own)), Ok(()), "{own}");
    }
    for foreign in [
        "192.0.2.1:0",
        "10.0.0.1:80",
        "255.255.255.255:0",
        "224.0.0.1:0",
    ] {
        assert_eq!(
            tcp(&net).bind(at(foreign)),
            Err(Errno::AddressNotAvailable),
            "{foreign}"
        );
    }
    for foreign in ["[2001:db8::1]:0", "[fe80::1]:0", "[ff02::1]:0", "[::2]:0"] {
        assert_eq!(
            udp6(&net).bind(at(foreign)),
            Err(Errno::AddressNotAvailable),
            "{foreign}"
        );
    }
}

#[test]
fn an_address_of_the_other_family_is_refused() {
    let net = Loopback::new();
    assert_eq!(
        tcp(&net).bind(at("[::1]:0")),
        Err(Errno::FamilyNotSupported)
    );
    assert_eq!(
        tcp6(&net).bind(at("127.0.0.1:0")),
        Err(Errno::FamilyNotSupported)
    );
}

#[test]
fn a_socket_is_bound_once() {
    let net = Loopback::new();
    let socket = bound(tcp(&net), "127.0.0.1:0");
    assert_eq!(socket.bind(at("127.0.0.1:0")), Err(Errno::Invalid));
    let (client, _accepted) = pair(&net);
    assert_eq!(client.bind(at("127.0.0.1:0")), Err(Errno::Invalid));
}

#[test]
fn a_failed_bind_can_be_tried_again() {
    let net = Loopback::new();
    let _taken = bound(tcp(&net), "127.0.0.1:80");
    let socket = tcp(&net);
    assert_eq!(socket.bind(at("127.0.0.1:80")), Err(Errno::AddressInUse));
    assert_eq!(socket.bind(at("127.0.0.1:81")), Ok(()));
}

#[test]
fn an_address_is_taken_once() {
    for open in [tcp, udp] {
        let net = Loopback::new();
        let _holder = bound(open(&net), "127.0.0.1:80");
        assert_eq!(
            open(&net).bind(at("127.0.0.1:80")),
            Err(Errno::AddressInUse)
        );
        assert_eq!(open(&net).bind(at("0.0.0.0:80")), Err(Errno::AddressInUse));
        assert_eq!(open(&net).bind(at("127.0.0.2:80")), Ok(()));
        assert_eq!(open(&net).bind(at("127.0.0.1:81")), Ok(()));
    }
}

#[test]
fn all_addresses_are_taken_with_one_port() {
    let net = Loopback::new();
    let _holder = bound(tcp(&net), "0.0.0.0:80");
    assert_eq!(tcp(&net).bind(at("127.0.0.1:80")), Err(Errno::AddressInUse));
}

#[test]
fn tcp_and_udp_ports_are_apart() {
    let net = Loopback::new();
    let _stream = bound(tcp(&net), "127.0.0.1:80");
    assert_eq!(udp(&net).bind(at("127.0.0.1:80")), Ok(()));
}

#[test]
fn two_boxes_are_apart() {
    let (here, there) = (Loopback::new(), Loopback::new());
    let _holder = bound(tcp(&here), "127.0.0.1:80");
    assert_eq!(tcp(&there).bind(at("127.0.0.1:80")), Ok(()));
}

#[test]
fn ipv6_only_leaves_ipv4_alone() {
    let net = Loopback::new();
    let _six = bound(tcp6(&net), "[::]:80");
    assert_eq!(tcp(&net).bind(at("0.0.0.0:80")), Ok(()));
}

#[test]
fn a_dual_socket_takes_ipv4_too() {
    let net = Loopback::new();
    let six = bound(dual(tcp6(&net)), "[::]:80");
    assert_eq!(tcp(&net).bind(at("127.0.0.1:80")), Err(Errno::AddressInUse));
    assert_eq!(tcp(&net).bind(at("0.0.0.0:80")), Err(Errno::AddressInUse));
    drop(six);
    let _four = bound(tcp(&net), "127.0.0.1:80");
    assert_eq!(
        dual(tcp6(&net)).bind(at("[::]:80")),
        Err(Errno::AddressInUse)
    );
}

#[test]
fn a_mapped_address_is_one_of_ipv4() {
    let net = Loopback::new();
    assert_eq!(
        tcp6(&net).bind(at("[::ffff:127.0.0.1]:80")),
        Err(Errno::Invalid)
    );
    let mapped = bound(dual(tcp6(&net)), "[::ffff:127.0.0.1]:80");
    assert_eq!(mapped.local_address(), Ok(at("[::ffff:127.0.0.1]:80")));
    assert_eq!(tcp(&net).bind(at("127.0.0.1:80")), Err(Errno::AddressInUse));
    assert_eq!(tcp6(&net).bind(at("[::1]:80")), Ok(()));
}

#[test]
fn reuse_address_shares_a_port_until_one_listens() {
    let net = Loopback::new();
    let open = || {
        let socket = tcp(&net);
        socket.set_option(SocketOption::ReuseAddress, 1).unwrap();
        socket
    };
    let (one, other) = (bound(open(), "127.0.0.1:80"), bound(open(), "127.0.0.1:80"));
    assert_eq!(tcp(&net).bind(at("127.0.0.1:80")), Err(Errno::AddressInUse));
    assert_eq!(one.listen(1), Ok(()));
    assert_eq!(other.listen(1), Err(Errno::AddressInUse));
    assert_eq!(open().bind(at("127.0.0.1:80")), Err(Errno::AddressInUse));
    drop(one);
    assert_eq!(other.listen(1), Ok(()));
}

#[test]
fn reuse_address_needs_both() {
    let net = Loopback::new();
    let holder = bound(tcp(&net), "127.0.0.1:80");
    let other = tcp(&net);
    other.set_option(SocketOption::ReuseAddress, 1).unwrap();
    assert_eq!(other.bind(at("127.0.0.1:80")), Err(Errno::AddressInUse));
    // What the holder says later counts as well.
    holder.set_option(SocketOption::ReuseAddress, 1).unwrap();
    assert_eq!(other.bind(at("127.0.0.1:80")), Ok(()));
}

#[test]
fn a_connection_keeps_the_port_of_its_listener() {
    let net = Loopback::new();
    let server = listener(&net);
    let address = server.local_address().unwrap();
    let _client = connected(tcp(&net), address);
    let (accepted, _) = server.accept().unwrap();
    drop(server);
    assert_eq!(tcp(&net).bind(address), Err(Errno::AddressInUse));
    drop(accepted);
    // There is no TIME-WAIT.
    assert_eq!(tcp(&net).bind(address), Ok(()));
}

#[test]
fn a_server_comes_back_beside_its_old_connections() {
    let net = Loopback::new();
    let open = || {
        let socket = tcp(&net);
        socket.set_option(SocketOption::ReuseAddress, 1).unwrap();
        bound(socket, "127.0.0.1:80")
    };
    let server = open();
    server.listen(1).unwrap();
    let _client = connected(tcp(&net), at("127.0.0.1:80"));
    let (_accepted, _) = server.accept().unwrap();
    drop(server);
    assert_eq!(open().listen(1), Ok(()));
}

#[test]
fn all_free_ports_can_be_used_up() {
    let net = Loopback::new();
    let mut sockets = Vec::new();
    let refusal = loop {
        let socket = tcp(&net);
        match socket.bind(at("127.0.0.1:0")) {
            Ok(()) => sockets.push(socket),
            Err(errno) => break errno,
        }
    };
    assert_eq!(refusal, Errno::AddressInUse);
    assert_eq!(sockets.len(), 28_232);
    assert_eq!(
        tcp(&net).connect(Some(at("127.0.0.1:80"))),
        Err(Errno::AddressNotAvailable)
    );
    sockets.truncate(1);
    assert_eq!(tcp(&net).bind(at("127.0.0.1:0")), Ok(()));
}

#[test]
fn a_socket_that_is_not_bound_has_no_address() {
    let net = Loopback::new();
    assert_eq!(tcp(&net).local_address(), Err(Errno::Invalid));
    assert_eq!(udp6(&net).local_address(), Err(Errno::Invalid));
}

#[test]
fn listening_binds() {
    let net = Loopback::new();
    let server = tcp(&net);
    assert_eq!(server.listen(1), Ok(()));
    let local = server.local_address().unwrap();
    assert_eq!(local.ip(), at("0.0.0.0:0").ip());
    connected(tcp(&net), at(&format!("127.0.0.1:{}", local.port())));
}

#[test]
fn only_streams_listen() {
    let net = Loopback::new();
    assert_eq!(udp(&net).listen(1), Err(Errno::NotSupported));
    assert!(matches!(udp(&net).accept(), Err(Errno::NotSupported)));
    assert!(matches!(tcp(&net).accept(), Err(Errno::Invalid)));
    let (client, accepted) = pair(&net);
    assert_eq!(client.listen(1), Err(Errno::Invalid));
    assert_eq!(accepted.listen(1), Err(Errno::Invalid));
}
