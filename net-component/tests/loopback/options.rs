//! `getsockopt(2)` and `setsockopt(2)`.

use net_component::{Errno, Loopback, LoopbackSocket, Socket, SocketOption};

use crate::{bound, connected, listener, tcp, tcp6, udp, udp6};

const ALL: [SocketOption; 12] = [
    SocketOption::KeepAlive,
    SocketOption::KeepAliveIdle,
    SocketOption::KeepAliveInterval,
    SocketOption::KeepAliveCount,
    SocketOption::HopLimit,
    SocketOption::ReceiveBuffer,
    SocketOption::SendBuffer,
    SocketOption::NoDelay,
    SocketOption::ReuseAddress,
    SocketOption::Ipv6Only,
    SocketOption::Broadcast,
    SocketOption::Accepting,
];

fn sockets() -> [LoopbackSocket; 4] {
    let net = Loopback::new();
    [tcp(&net), tcp6(&net), udp(&net), udp6(&net)]
}

#[test]
fn defaults() {
    let [stream, stream6, datagrams, _] = sockets();
    for (name, value) in [
        (SocketOption::KeepAlive, 0),
        (SocketOption::KeepAliveIdle, 7_200_000_000_000),
        (SocketOption::KeepAliveInterval, 75_000_000_000),
        (SocketOption::KeepAliveCount, 9),
        (SocketOption::HopLimit, 64),
        (SocketOption::NoDelay, 0),
        (SocketOption::ReuseAddress, 0),
        (SocketOption::Broadcast, 0),
        (SocketOption::Accepting, 0),
    ] {
        assert_eq!(stream.get_option(name), Ok(value), "{name:?}");
    }
    assert_eq!(stream6.get_option(SocketOption::Ipv6Only), Ok(1));
    for size in [SocketOption::ReceiveBuffer, SocketOption::SendBuffer] {
        assert!(stream.get_option(size).unwrap() > 0);
        assert!(datagrams.get_option(size).unwrap() > 0);
    }
}

#[test]
fn what_is_set_is_read_back() {
    for socket in sockets() {
        for name in ALL {
            let value = match name {
                SocketOption::ReceiveBuffer | SocketOption::SendBuffer => 65_536,
                SocketOption::KeepAliveIdle | SocketOption::KeepAliveInterval => 3_000_000_000,
                _ => 1,
            };
            if socket.get_option(name).is_ok() && name != SocketOption::Accepting {
                assert_eq!(socket.set_option(name, value), Ok(()), "{name:?}");
                assert_eq!(socket.get_option(name), Ok(value), "{name:?}");
            }
        }
    }
}

#[test]
fn options_of_other_protocols_do_not_exist() {
    let [stream, stream6, datagrams, datagrams6] = sockets();
    for socket in [&datagrams, &datagrams6] {
        for name in [
            SocketOption::KeepAliveIdle,
            SocketOption::KeepAliveInterval,
            SocketOption::KeepAliveCount,
            SocketOption::NoDelay,
        ] {
            assert_eq!(
                socket.get_option(name),
                Err(Errno::NoProtocolOption),
                "{name:?}"
            );
            assert_eq!(
                socket.set_option(name, 1),
                Err(Errno::NoProtocolOption),
                "{name:?}"
            );
        }
    }
    for socket in [&stream, &datagrams] {
        let ipv6_only = SocketOption::Ipv6Only;
        assert_eq!(socket.get_option(ipv6_only), Err(Errno::NoProtocolOption));
        assert_eq!(
            socket.set_option(ipv6_only, 1),
            Err(Errno::NoProtocolOption)
        );
    }
    assert_eq!(
        stream6.set_option(SocketOption::Accepting, 1),
        Err(Errno::NoProtocolOption)
    );
}

#[test]
fn values_out_of_their_domain_are_invalid() {
    let [stream, stream6, ..] = sockets();
    for switch in [
        SocketOption::KeepAlive,
        SocketOption::NoDelay,
        SocketOption::ReuseAddress,
        SocketOption::Broadcast,
    ] {
        assert_eq!(
            stream.set_option(switch, 2),
            Err(Errno::Invalid),
            "{switch:?}"
        );
        assert_eq!(
            stream.set_option(switch, u64::MAX),
            Err(Errno::Invalid),
            "{switch:?}"
        );
    }
    assert_eq!(
        stream6.set_option(SocketOption::Ipv6Only, 7),
        Err(Errno::Invalid)
    );
    for positive in [
        SocketOption::KeepAliveIdle,
        SocketOption::KeepAliveInterval,
        SocketOption::KeepAliveCount,
        SocketOption::HopLimit,
        SocketOption::ReceiveBuffer,
        SocketOption::SendBuffer,
    ] {
        assert_eq!(
            stream.set_option(positive, 0),
            Err(Errno::Invalid),
            "{positive:?}"
        );
    }
    assert_eq!(stream.set_option(SocketOption::HopLimit, 255), Ok(()));
    assert_eq!(
        stream.set_option(SocketOption::HopLimit, 256),
        Err(Errno::Invalid)
    );
}

#[test]
fn buffers_of_any_size_are_taken_and_cut() {
    let [stream, ..] = sockets();
    for size in [SocketOption::ReceiveBuffer, SocketOption::SendBuffer] {
        assert_eq!(stream.set_option(size, 1), Ok(()));
        assert_eq!(stream.get_option(size), Ok(1));
        assert_eq!(stream.set_option(size, u64::MAX), Ok(()));
        assert!(stream.get_option(size).unwrap() < u64::from(u32::MAX));
    }
}

#[test]
fn ipv6_only_is_settled_when_bound() {
    let net = Loopback::new();
    for open in [tcp6, udp6] {
        let socket = bound(open(&net), "[::1]:0");
        assert_eq!(
            socket.set_option(SocketOption::Ipv6Only, 0),
            Err(Errno::Invalid)
        );
        assert_eq!(socket.get_option(SocketOption::Ipv6Only), Ok(1));
    }
    let stream = bound(tcp(&net), "127.0.0.1:0");
    let outcome = stream.set_option(SocketOption::Ipv6Only, 0);
    assert_eq!(outcome, Err(Errno::NoProtocolOption));
}

#[test]
fn accepting_tells_who_listens() {
    let net = Loopback::new();
    let server = bound(tcp(&net), "127.0.0.1:0");
    assert_eq!(server.get_option(SocketOption::Accepting), Ok(0));
    server.listen(1).unwrap();
    assert_eq!(server.get_option(SocketOption::Accepting), Ok(1));
    assert_eq!(udp(&net).get_option(SocketOption::Accepting), Ok(0));
}

#[test]
fn accepted_connections_inherit() {
    let net = Loopback::new();
    let server = listener(&net);
    let values = [
        (SocketOption::KeepAlive, 1),
        (SocketOption::KeepAliveIdle, 5_000_000_000),
        (SocketOption::KeepAliveInterval, 6_000_000_000),
        (SocketOption::KeepAliveCount, 3),
        (SocketOption::HopLimit, 12),
        (SocketOption::ReceiveBuffer, 4_096),
        (SocketOption::SendBuffer, 8_192),
        (SocketOption::NoDelay, 1),
    ];
    for (name, value) in values {
        server.set_option(name, value).unwrap();
    }
    let _client = connected(tcp(&net), server.local_address().unwrap());
    let (accepted, _) = server.accept().unwrap();
    for (name, value) in values {
        assert_eq!(accepted.get_option(name), Ok(value), "{name:?}");
    }
    assert_eq!(accepted.get_option(SocketOption::Accepting), Ok(0));
}
