//! `wasi:sockets/tcp`, over both families: states, options, data and ends. One
//! program is both sides, so whatever waits must let the other side work.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};

use test_programs::net::{
    End, FAMILIES, accept, bind, connect, connection, listener, local, port, read_to_end, same,
    tcp, unspecified, v4, v6, write_all,
};
use test_programs::on_another_host;
use wasip2::filesystem::types::filesystem_error_code;
use wasip2::io::streams::StreamError;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily};
use wasip2::sockets::tcp::ShutdownType;

fn main() {
    for family in FAMILIES {
        states(family);
        wrong_addresses(family);
        binding(family);
        options(family);
        inheritance(family);
        talking(family);
        half_closing(family);
        shutting(family);
        nothing_lost(family);
        refusal(family);
        backlog(family);
        both_ways_at_once(family);
        many(family);
        through_std(family);
    }
    println!("p2_tcp ok");
}

fn states(family: IpAddressFamily) {
    let network = instance_network();
    let socket = tcp(family);
    assert_eq!(socket.address_family(), family);
    assert!(!socket.is_listening());
    assert!(socket.subscribe().ready());
    let not_now = Err(ErrorCode::InvalidState);
    let nothing = Err(ErrorCode::NotInProgress);
    let another = Err(ErrorCode::ConcurrencyConflict);
    assert_eq!(socket.finish_bind(), nothing);
    assert_eq!(socket.finish_listen(), nothing);
    assert_eq!(socket.finish_connect().map(drop), nothing);
    assert_eq!(socket.start_listen(), not_now);
    assert_eq!(socket.accept().map(drop), not_now);
    assert_eq!(socket.shutdown(ShutdownType::Both), not_now);
    assert_eq!(socket.local_address().map(drop), not_now);
    assert_eq!(socket.remote_address().map(drop), not_now);

    socket.start_bind(&network, local(family, 0)).unwrap();
    assert_eq!(socket.start_bind(&network, local(family, 0)), another);
    assert_eq!(socket.start_connect(&network, local(family, 1)), another);
    assert_eq!(socket.start_listen(), another);
    assert_eq!(socket.finish_listen(), nothing);
    socket.finish_bind().unwrap();
    assert_eq!(socket.finish_bind(), nothing);
    assert_eq!(socket.start_bind(&network, local(family, 0)), not_now);
    assert_ne!(port(socket.local_address().unwrap()), 0);
    assert_eq!(socket.remote_address().map(drop), not_now);

    socket.start_listen().unwrap();
    assert_eq!(socket.start_listen(), another);
    assert_eq!(socket.finish_bind(), nothing);
    socket.finish_listen().unwrap();
    assert_eq!(socket.finish_listen(), nothing);
    assert!(socket.is_listening());
    assert_eq!(socket.start_listen(), not_now);
    assert_eq!(socket.start_bind(&network, local(family, 0)), not_now);
    assert_eq!(socket.start_connect(&network, local(family, 1)), not_now);
    assert_eq!(socket.accept().map(drop), Err(ErrorCode::WouldBlock));
    assert_eq!(socket.shutdown(ShutdownType::Both), not_now);

    let (caller, called) = connection(family);
    for end in [&caller, &called] {
        assert!(!end.socket.is_listening());
        assert!(end.socket.subscribe().ready());
        assert_eq!(end.socket.address_family(), family);
        assert_eq!(end.socket.start_bind(&network, local(family, 0)), not_now);
        assert_eq!(
            end.socket.start_connect(&network, local(family, 1)),
            not_now
        );
        assert_eq!(end.socket.start_listen(), not_now);
        assert_eq!(end.socket.accept().map(drop), not_now);
        assert_eq!(end.socket.finish_connect().map(drop), nothing);
        assert_eq!(end.socket.set_listen_backlog_size(5), not_now);
    }
    let address = |end: &End| {
        (
            end.socket.local_address().unwrap(),
            end.socket.remote_address().unwrap(),
        )
    };
    let ((caller_local, caller_remote), (called_local, called_remote)) =
        (address(&caller), address(&called));
    assert!(same(caller_local, called_remote) && same(caller_remote, called_local));
}

fn wrong_addresses(family: IpAddressFamily) {
    let network = instance_network();
    let other = match family {
        IpAddressFamily::Ipv4 => IpAddressFamily::Ipv6,
        IpAddressFamily::Ipv6 => IpAddressFamily::Ipv4,
    };
    let unfit = match family {
        IpAddressFamily::Ipv4 => vec![v4((224, 0, 0, 1), 80), v4((255, 255, 255, 255), 80)],
        IpAddressFamily::Ipv6 => vec![
            v6((0xff02, 0, 0, 0, 0, 0, 0, 1), 80),
            v6((0, 0, 0, 0, 0, 0xffff, 0x7f00, 1), 80),
        ],
    };
    let wrong = Err(ErrorCode::InvalidArgument);
    let socket = tcp(family);
    assert_eq!(socket.start_bind(&network, local(other, 0)), wrong);
    for address in &unfit {
        assert_eq!(socket.start_bind(&network, *address), wrong);
        assert_eq!(tcp(family).start_connect(&network, *address), wrong);
    }
    assert_eq!(tcp(family).start_connect(&network, local(other, 80)), wrong);
    assert_eq!(tcp(family).start_connect(&network, local(family, 0)), wrong);
    assert_eq!(
        tcp(family).start_connect(&network, unspecified(family, 80)),
        wrong
    );
    // None of that did any harm.
    bind(&socket, local(family, 0)).unwrap();
}

fn binding(family: IpAddressFamily) {
    let (first, address) = listener(family);
    let second = tcp(family);
    assert_eq!(bind(&second, address), Err(ErrorCode::AddressInUse));
    let elsewhere = match family {
        IpAddressFamily::Ipv4 => v4((192, 0, 2, 1), 0),
        IpAddressFamily::Ipv6 => v6((0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 0),
    };
    assert_eq!(bind(&second, elsewhere), Err(ErrorCode::AddressNotBindable));
    drop(first);
    bind(&second, address).unwrap();
    assert!(same(second.local_address().unwrap(), address));
    let anywhere = tcp(family);
    bind(&anywhere, unspecified(family, 0)).unwrap();
    let bound = anywhere.local_address().unwrap();
    assert!(same(bound, unspecified(family, port(bound))));
    assert_ne!(port(anywhere.local_address().unwrap()), 0);
    // Who is bound may connect as well.
    let (listening, address) = listener(family);
    bind(&tcp(family), local(family, 0)).unwrap();
    let caller = tcp(family);
    bind(&caller, local(family, 0)).unwrap();
    let from = caller.local_address().unwrap();
    let _streams = connect(&caller, address).unwrap();
    let (called, _input, _output) = accept(&listening).unwrap();
    assert!(same(called.remote_address().unwrap(), from));
}

fn options(family: IpAddressFamily) {
    let wrong = Err(ErrorCode::InvalidArgument);
    let socket = tcp(family);
    assert_eq!(socket.keep_alive_enabled(), Ok(false));
    socket.set_keep_alive_enabled(true).unwrap();
    assert_eq!(socket.keep_alive_enabled(), Ok(true));
    socket.set_keep_alive_enabled(false).unwrap();
    assert_eq!(socket.set_keep_alive_idle_time(0), wrong);
    assert_eq!(socket.set_keep_alive_interval(0), wrong);
    assert_eq!(socket.set_keep_alive_count(0), wrong);
    assert_eq!(socket.set_hop_limit(0), wrong);
    assert_eq!(socket.set_receive_buffer_size(0), wrong);
    assert_eq!(socket.set_send_buffer_size(0), wrong);
    assert_eq!(socket.set_listen_backlog_size(0), wrong);
    let second = 1_000_000_000;
    socket.set_keep_alive_idle_time(42 * second).unwrap();
    assert_eq!(socket.keep_alive_idle_time(), Ok(42 * second));
    socket.set_keep_alive_interval(43 * second).unwrap();
    assert_eq!(socket.keep_alive_interval(), Ok(43 * second));
    socket.set_keep_alive_count(9).unwrap();
    assert_eq!(socket.keep_alive_count(), Ok(9));
    for limit in [1, 42, 255] {
        socket.set_hop_limit(limit).unwrap();
        assert_eq!(socket.hop_limit(), Ok(limit));
    }
    socket.set_receive_buffer_size(0x10000).unwrap();
    assert_eq!(socket.receive_buffer_size(), Ok(0x10000));
    socket.set_send_buffer_size(0x10000).unwrap();
    assert_eq!(socket.send_buffer_size(), Ok(0x10000));
    // Any other value is rounded, never refused.
    for extreme in [1, u64::MAX] {
        socket.set_keep_alive_idle_time(extreme).unwrap();
        socket.set_keep_alive_interval(extreme).unwrap();
        socket.set_receive_buffer_size(extreme).unwrap();
        socket.set_send_buffer_size(extreme).unwrap();
        socket.set_listen_backlog_size(extreme).unwrap();
    }
    for extreme in [1, u32::MAX] {
        socket.set_keep_alive_count(extreme).unwrap();
    }
    assert!(socket.keep_alive_idle_time().unwrap() > 0);
    assert!(socket.keep_alive_count().unwrap() > 0);
}

fn inheritance(family: IpAddressFamily) {
    let (listening, address) = listener(family);
    let second = 1_000_000_000;
    listening.set_keep_alive_enabled(true).unwrap();
    listening.set_keep_alive_idle_time(42 * second).unwrap();
    listening.set_keep_alive_interval(43 * second).unwrap();
    listening.set_keep_alive_count(9).unwrap();
    listening.set_hop_limit(42).unwrap();
    listening.set_receive_buffer_size(0x10000).unwrap();
    listening.set_send_buffer_size(0x10000).unwrap();
    let caller = tcp(family);
    let _streams = connect(&caller, address).unwrap();
    let (called, _input, _output) = accept(&listening).unwrap();
    assert_eq!(called.keep_alive_enabled(), Ok(true));
    assert_eq!(called.keep_alive_idle_time(), Ok(42 * second));
    assert_eq!(called.keep_alive_interval(), Ok(43 * second));
    assert_eq!(called.keep_alive_count(), Ok(9));
    assert_eq!(called.hop_limit(), Ok(42));
    assert_eq!(called.receive_buffer_size(), Ok(0x10000));
    assert_eq!(called.send_buffer_size(), Ok(0x10000));
    listening.set_hop_limit(43).unwrap();
    assert_eq!(called.hop_limit(), Ok(42));
    assert_eq!(caller.keep_alive_enabled(), Ok(false));
}

fn talking(family: IpAddressFamily) {
    let (caller, called) = connection(family);
    assert!(caller.input.read(100).unwrap().is_empty());
    assert!(caller.input.read(0).unwrap().is_empty());
    caller.output.blocking_write_and_flush(b"question").unwrap();
    assert_eq!(called.input.blocking_read(100).unwrap(), b"question");
    called.output.blocking_write_and_flush(b"answer").unwrap();
    assert_eq!(caller.input.blocking_read(3).unwrap(), b"ans");
    assert_eq!(caller.input.blocking_skip(2).unwrap(), 2);
    assert_eq!(caller.input.blocking_read(3).unwrap(), b"r");
    caller.output.blocking_write_zeroes_and_flush(5).unwrap();
    assert_eq!(called.input.blocking_read(100).unwrap(), [0; 5]);
    caller.output.blocking_write_and_flush(b"through").unwrap();
    assert_eq!(
        called.output.blocking_splice(&called.input, 100).unwrap(),
        7
    );
    called.output.blocking_flush().unwrap();
    assert_eq!(caller.input.blocking_read(100).unwrap(), b"through");
}

fn half_closing(family: IpAddressFamily) {
    let (caller, called) = connection(family);
    write_all(&caller.output, b"all I have").unwrap();
    caller.socket.shutdown(ShutdownType::Send).unwrap();
    assert!(matches!(
        caller.output.check_write(),
        Err(StreamError::Closed)
    ));
    assert_eq!(read_to_end(&called.input), b"all I have");
    // The other direction still works.
    write_all(&called.output, b"thanks").unwrap();
    called.socket.shutdown(ShutdownType::Send).unwrap();
    assert_eq!(read_to_end(&caller.input), b"thanks");
    assert!(matches!(caller.input.read(1), Err(StreamError::Closed)));
    assert!(matches!(caller.input.read(0), Err(StreamError::Closed)));

    // A dropped socket has ended, too.
    let (caller, called) = connection(family);
    write_all(&caller.output, b"last words").unwrap();
    let End {
        input,
        output,
        socket,
    } = caller;
    drop((input, output));
    drop(socket);
    assert_eq!(read_to_end(&called.input), b"last words");
}

fn shutting(family: IpAddressFamily) {
    let (caller, called) = connection(family);
    for _ in 0..2 {
        called.socket.shutdown(ShutdownType::Receive).unwrap();
        assert!(matches!(called.input.read(1), Err(StreamError::Closed)));
        assert!(matches!(
            called.input.blocking_read(1),
            Err(StreamError::Closed)
        ));
        assert!(called.input.subscribe().ready());
    }
    write_all(&called.output, b"still").unwrap();
    called.socket.shutdown(ShutdownType::Both).unwrap();
    called.socket.shutdown(ShutdownType::Send).unwrap();
    for closed in [
        called.output.check_write().map(drop),
        called.output.flush(),
        called.output.blocking_flush(),
        called.output.blocking_write_and_flush(b"x"),
    ] {
        assert!(matches!(closed, Err(StreamError::Closed)), "{closed:?}");
    }
    assert!(called.output.subscribe().ready());
    assert_eq!(read_to_end(&caller.input), b"still");
    // The socket is still there.
    assert!(called.socket.local_address().is_ok());
}

/// What a shutdown finds still to be sent is sent first.
fn nothing_lost(family: IpAddressFamily) {
    let (caller, called) = connection(family);
    caller.socket.set_send_buffer_size(1024).unwrap();
    let small = caller.socket.send_buffer_size().unwrap();
    let large = caller.output.check_write().unwrap().min(100 * small);
    assert!(large > small, "{large} {small}");
    let data: Vec<u8> = (0..large).map(|number| number as u8).collect();
    caller.output.write(&data).unwrap();
    caller.socket.shutdown(ShutdownType::Send).unwrap();
    assert!(read_to_end(&called.input) == data);

    if on_another_host() {
        // wasmtime 48 lets its executor have a turn between writes.
        return;
    }
    // Many small writes need no waiting.
    let (caller, called) = connection(family);
    caller.output.subscribe().block();
    for _ in 0..300 {
        assert!(caller.output.check_write().unwrap() > 0);
        caller.output.write(b"x").unwrap();
    }
    caller.socket.shutdown(ShutdownType::Send).unwrap();
    assert_eq!(read_to_end(&called.input), [b'x'; 300]);
}

fn refusal(family: IpAddressFamily) {
    let (listening, address) = listener(family);
    drop(listening);
    let caller = tcp(family);
    assert_eq!(
        connect(&caller, address).map(drop),
        Err(ErrorCode::ConnectionRefused)
    );
    let network = instance_network();
    assert!(caller.start_connect(&network, address).is_err());
    assert_eq!(
        caller.finish_connect().map(drop),
        Err(ErrorCode::NotInProgress)
    );
    assert!(caller.subscribe().ready());
    // Who talks to somebody that went away is told at last.
    let (caller, called) = connection(family);
    let End {
        input,
        output,
        socket,
    } = called;
    drop((input, output));
    drop(socket);
    let failed = (0..100).find_map(|_| write_all(&caller.output, &[0; 1000]).err());
    match failed {
        Some(StreamError::LastOperationFailed(error)) => {
            assert!(filesystem_error_code(&error).is_none() || on_another_host());
        }
        Some(StreamError::Closed) => {}
        None => panic!("nobody noticed"),
    }
    assert!(matches!(caller.output.check_write(), Err(StreamError::Closed)) || on_another_host());
}

fn backlog(family: IpAddressFamily) {
    let (listening, address) = listener(family);
    listening.set_listen_backlog_size(8).unwrap();
    let callers: Vec<_> = (0..5)
        .map(|number: u8| {
            let socket = tcp(family);
            let (input, output) = connect(&socket, address).unwrap();
            output.blocking_write_and_flush(&[number]).unwrap();
            (input, output, socket)
        })
        .collect();
    let mut heard = Vec::new();
    for _ in &callers {
        let (socket, input, output) = accept(&listening).unwrap();
        heard.extend(input.blocking_read(10).unwrap());
        drop((input, output));
        drop(socket);
    }
    assert_eq!(heard, [0, 1, 2, 3, 4]);
    assert_eq!(listening.accept().map(drop), Err(ErrorCode::WouldBlock));
}

/// Two megabytes in each direction, more than any buffer between holds, by one
/// program that does whatever can be done.
fn both_ways_at_once(family: IpAddressFamily) {
    const ALL: usize = 2 << 20;
    let data: Vec<u8> = (0..ALL)
        .map(|number| (number * 31 + number / 1000) as u8)
        .collect();
    let (caller, called) = connection(family);
    let ends = [&caller, &called];
    let mut sent = [0; 2];
    let mut received = [Vec::new(), Vec::new()];
    let mut ended = [false; 2];
    while ended != [true; 2] {
        let mut moved = false;
        for (side, end) in ends.iter().enumerate() {
            if sent[side] < ALL {
                let permit = end.output.check_write().unwrap() as usize;
                let now = permit.min(ALL - sent[side]);
                end.output
                    .write(&data[sent[side]..sent[side] + now])
                    .unwrap();
                sent[side] += now;
                moved |= now > 0;
                if sent[side] == ALL {
                    end.socket.shutdown(ShutdownType::Send).unwrap();
                }
            }
            if !ended[side] {
                match end.input.read(100_000) {
                    Ok(bytes) => {
                        moved |= !bytes.is_empty();
                        received[side].extend(bytes);
                    }
                    Err(_) => ended[side] = true,
                }
            }
        }
        if !moved && ended != [true; 2] {
            let pollables: Vec<_> = ends
                .iter()
                .enumerate()
                .flat_map(|(side, end)| {
                    let output = (sent[side] < ALL).then(|| end.output.subscribe());
                    let input = (!ended[side]).then(|| end.input.subscribe());
                    [output, input]
                })
                .flatten()
                .collect();
            wasip2::io::poll::poll(&pollables.iter().collect::<Vec<_>>());
        }
    }
    assert!(received[0] == data && received[1] == data);
}

/// Many connections at once.
fn many(family: IpAddressFamily) {
    let (listening, address) = listener(family);
    let mut pairs = Vec::new();
    for _ in 0..100 {
        let socket = tcp(family);
        let (input, output) = connect(&socket, address).unwrap();
        let caller = End {
            input,
            output,
            socket,
        };
        let (socket, input, output) = accept(&listening).unwrap();
        pairs.push((
            caller,
            End {
                input,
                output,
                socket,
            },
        ));
    }
    for (number, (caller, _)) in pairs.iter().enumerate() {
        caller
            .output
            .blocking_write_and_flush(&[number as u8])
            .unwrap();
    }
    for (number, (_, called)) in pairs.iter().enumerate() {
        assert_eq!(called.input.blocking_read(9).unwrap(), [number as u8]);
    }
}

/// The same through Rust's library.
fn through_std(family: IpAddressFamily) {
    let address: SocketAddr = match family {
        IpAddressFamily::Ipv4 => ([127, 0, 0, 1], 0).into(),
        IpAddressFamily::Ipv6 => ([0, 0, 0, 0, 0, 0, 0, 1], 0).into(),
    };
    let listener = TcpListener::bind(address).unwrap();
    let address = listener.local_addr().unwrap();
    let mut caller = TcpStream::connect(address).unwrap();
    let (mut called, from) = listener.accept().unwrap();
    assert_eq!(from, caller.local_addr().unwrap());
    assert_eq!(caller.peer_addr().unwrap(), address);
    caller.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    caller.shutdown(Shutdown::Write).unwrap();
    let mut request = String::new();
    called.read_to_string(&mut request).unwrap();
    assert_eq!(request, "GET / HTTP/1.0\r\n\r\n");
    called
        .write_all(b"HTTP/1.0 204 No Content\r\n\r\n")
        .unwrap();
    drop(called);
    let mut answer = Vec::new();
    caller.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"HTTP/1.0 204 No Content\r\n\r\n");
    drop(listener);
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}
