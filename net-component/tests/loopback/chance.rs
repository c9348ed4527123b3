//! Any calls with any arguments in any order: nothing panics, and what readiness
//! says is so.

use std::collections::VecDeque;
use std::net::SocketAddr;

use net_component::{
    AddressFamily, Errno, Loopback, LoopbackSocket, ShutdownHow, Socket, SocketKind, SocketOption,
    Stack,
};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Call {
    Open(AddressFamily, SocketKind),
    Close,
    Bind(SocketAddr),
    Listen(u32),
    Accept,
    Connect(Option<SocketAddr>),
    /// To where another socket is bound.
    ConnectTo(usize),
    TakeError,
    Send(usize),
    Receive(usize),
    SendTo(usize, Option<SocketAddr>),
    ReceiveFrom,
    Shutdown(ShutdownHow),
    SetOption(SocketOption, u64),
    Step(u64),
}

fn address() -> impl Strategy<Value = SocketAddr> {
    let known = prop::sample::select(vec![
        "127.0.0.1",
        "127.0.0.2",
        "0.0.0.0",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:0.0.0.0",
        "127.255.255.255",
        "192.0.2.1",
        "2001:db8::1",
    ]);
    let known = known.prop_map(|text| text.parse().unwrap());
    let port = prop_oneof![3 => 1..4u16, 1 => Just(0u16), 1 => any::<u16>()];
    (
        prop_oneof![9 => known, 1 => any::<std::net::IpAddr>()],
        port,
    )
        .prop_map(SocketAddr::from)
}

fn option() -> impl Strategy<Value = SocketOption> {
    prop::sample::select(vec![
        SocketOption::KeepAlive,
        SocketOption::KeepAliveIdle,
        SocketOption::HopLimit,
        SocketOption::ReceiveBuffer,
        SocketOption::SendBuffer,
        SocketOption::NoDelay,
        SocketOption::ReuseAddress,
        SocketOption::Ipv6Only,
        SocketOption::Broadcast,
        SocketOption::Accepting,
    ])
}

fn call() -> impl Strategy<Value = Call> {
    let family = prop_oneof![Just(AddressFamily::Ipv4), Just(AddressFamily::Ipv6)];
    let kind = prop_oneof![3 => Just(SocketKind::Stream), 1 => Just(SocketKind::Datagram)];
    let how = prop_oneof![
        Just(ShutdownHow::Receive),
        Just(ShutdownHow::Send),
        Just(ShutdownHow::Both)
    ];
    let size = || prop_oneof![3 => 0..20usize, 1 => 0..70_000usize];
    let value = prop_oneof![0..3u64, 1..100u64, any::<u64>()];
    prop_oneof![
        6 => (family, kind).prop_map(|(family, kind)| Call::Open(family, kind)),
        4 => Just(Call::Close),
        8 => address().prop_map(Call::Bind),
        6 => prop_oneof![0..3u32, any::<u32>()].prop_map(Call::Listen),
        8 => Just(Call::Accept),
        6 => prop::option::weighted(0.9, address()).prop_map(Call::Connect),
        8 => (0..16usize).prop_map(Call::ConnectTo),
        2 => Just(Call::TakeError),
        12 => size().prop_map(Call::Send),
        12 => prop_oneof![size(), Just(usize::MAX)].prop_map(Call::Receive),
        4 => (size(), prop::option::of(address())).prop_map(|(size, to)| Call::SendTo(size, to)),
        4 => Just(Call::ReceiveFrom),
        4 => how.prop_map(Call::Shutdown),
        4 => (option(), value).prop_map(|(name, value)| Call::SetOption(name, value)),
        1 => any::<u64>().prop_map(Call::Step),
    ]
}

fn make(net: &Loopback, sockets: &mut Vec<LoopbackSocket>, call: &Call, on: usize) {
    if let Call::Open(family, kind) = call {
        sockets.push(net.open(*family, *kind).unwrap());
        return;
    }
    if sockets.is_empty() {
        return;
    }
    let on = on % sockets.len();
    let socket = &sockets[on];
    let before = socket.ready();
    match call {
        Call::Open(..) => {}
        Call::Close => drop(sockets.swap_remove(on)),
        Call::Bind(local) => drop(socket.bind(*local)),
        Call::Listen(backlog) => drop(socket.listen(*backlog)),
        Call::Accept => {
            let accepted = socket.accept();
            if accepted.is_ok() || matches!(accepted, Err(Errno::Again)) {
                assert_eq!(before.readable, accepted.is_ok());
            }
            sockets.extend(accepted.map(|(accepted, _)| accepted));
        }
        Call::Connect(remote) => drop(socket.connect(*remote)),
        Call::ConnectTo(other) => {
            if let Ok(remote) = sockets[other % sockets.len()].local_address() {
                let _ = socket.connect(Some(remote));
            }
        }
        Call::TakeError => assert_eq!(socket.take_error().is_some(), before.error),
        Call::Send(size) => {
            let outcome = socket.send(vec![0; *size]);
            if let Ok(sent) = outcome {
                assert!(sent <= *size && (sent > 0 || *size == 0));
            }
            assert!(!(before.writable && outcome == Err(Errno::Again)));
        }
        Call::Receive(length) => {
            let outcome = socket.receive(*length);
            if let Ok(data) = &outcome {
                assert!(data.len() <= *length);
            }
            if outcome != Err(Errno::NotSupported) && outcome != Err(Errno::NotConnected) {
                let ready = before.readable || before.error;
                assert_eq!(ready, outcome != Err(Errno::Again));
            }
        }
        Call::SendTo(size, to) => drop(socket.send_to(vec![0; *size], *to)),
        Call::ReceiveFrom => {
            let outcome = socket.receive_from();
            if outcome != Err(Errno::NotSupported) {
                let ready = before.readable || before.error;
                assert_eq!(ready, outcome != Err(Errno::Again));
            }
        }
        Call::Shutdown(how) => drop(socket.shutdown(*how)),
        Call::SetOption(name, value) => drop(socket.set_option(*name, *value)),
        Call::Step(now) => drop(net.step(*now)),
    }
    for socket in sockets.iter() {
        // Whatever the state, these can be asked.
        let _ = (
            socket.ready(),
            socket.local_address(),
            socket.remote_address(),
            socket.family(),
        );
        let _ = socket.get_option(SocketOption::Accepting);
    }
}

/// What one side of a connection does next.
#[derive(Debug, Clone, Copy)]
enum Move {
    Send(usize),
    Receive(usize),
    Finish,
}

fn movement() -> impl Strategy<Value = Move> {
    let size = || prop_oneof![1..50usize, 1..40_000usize];
    prop_oneof![
        20 => size().prop_map(Move::Send),
        20 => size().prop_map(Move::Receive),
        1 => Just(Move::Finish),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_readiness_is_true(
        calls in prop::collection::vec((call(), 0..16usize), 1..200)
    ) {
        let net = Loopback::new();
        let mut sockets = Vec::new();
        for (call, on) in calls {
            make(&net, &mut sockets, &call, on);
        }
        drop(sockets);
        // All ports are free again.
        for port in 1..4 {
            let socket = crate::dual(crate::tcp6(&net));
            prop_assert_eq!(socket.bind((std::net::Ipv6Addr::UNSPECIFIED, port).into()), Ok(()));
        }
        prop_assert_eq!(net.step(u64::MAX), None);
    }

    #[test]
    fn every_byte_arrives_once_and_in_order(
        buffers in [1..5_000u64, 1..5_000u64],
        moves in prop::collection::vec((any::<bool>(), movement()), 1..200)
    ) {
        let net = Loopback::new();
        let (client, server) = crate::pair(&net);
        for (socket, size) in [(&client, buffers[0]), (&server, buffers[1])] {
            socket.set_option(SocketOption::SendBuffer, size).unwrap();
            socket.set_option(SocketOption::ReceiveBuffer, size).unwrap();
        }
        let ends = [client, server];
        let mut underway = [VecDeque::new(), VecDeque::new()];
        let mut next = 0u8;
        let mut finished = [false; 2];
        for (side, movement) in moves {
            let side = usize::from(side);
            match movement {
                Move::Send(size) => {
                    let data: Vec<u8> = (0..size).map(|at| next.wrapping_add(at as u8)).collect();
                    match ends[side].send(data.clone()) {
                        Ok(sent) => {
                            underway[side].extend(&data[..sent]);
                            next = next.wrapping_add(sent as u8);
                        }
                        Err(Errno::BrokenPipe) => prop_assert!(finished[side]),
                        Err(errno) => prop_assert_eq!(errno, Errno::Again),
                    }
                }
                Move::Receive(size) => match ends[side].receive(size) {
                    Ok(data) => {
                        let expected: Vec<u8> =
                            underway[1 - side].drain(..data.len()).collect();
                        prop_assert_eq!(&data, &expected);
                        prop_assert!(!data.is_empty() || finished[1 - side]);
                    }
                    Err(errno) => {
                        prop_assert_eq!(errno, Errno::Again);
                        prop_assert!(underway[1 - side].is_empty());
                    }
                },
                Move::Finish => {
                    let _ = ends[side].shutdown(ShutdownHow::Send);
                    finished[side] = true;
                }
            }
        }
        // What is underway is received to the last byte, then the end.
        for end in &ends {
            let _ = end.shutdown(ShutdownHow::Send);
        }
        for (sent, receiver) in underway.into_iter().zip(ends.iter().rev()) {
            let mut rest = Vec::new();
            while let Ok(data) = receiver.receive(1_000) {
                if data.is_empty() {
                    break;
                }
                rest.extend(data);
            }
            prop_assert_eq!(rest, Vec::from(sent));
        }
    }
}
