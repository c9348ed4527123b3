//! Serves and asks itself over the network of the box, with nothing but std: TCP and
//! UDP, over IPv4 and IPv6. Prints what came back, or what was refused and how, and
//! then fails.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a program"
)]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::ExitCode;

fn main() -> ExitCode {
    let addresses = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let mut refused = false;
    for ip in addresses {
        let address = SocketAddr::new(ip, 0);
        for (name, ask) in [
            ("tcp", tcp as fn(SocketAddr) -> io::Result<String>),
            ("tcp bulk", tcp_bulk),
            ("udp", udp),
        ] {
            match ask(address) {
                Ok(answer) => println!("{name} {ip}: {answer}"),
                Err(error) => {
                    refused = true;
                    eprintln!("{name} {ip}: {}", error.kind());
                }
            }
        }
    }
    if refused {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// One request and one answer.
fn tcp(address: SocketAddr) -> io::Result<String> {
    let listener = TcpListener::bind(address)?;
    // The connection waits in the listener's queue until it is accepted.
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    client.write_all(b"what is 6 times 7?\n")?;

    let (server, peer) = listener.accept()?;
    assert_eq!(
        peer,
        client.local_addr()?,
        "the server sees the client's address"
    );
    let mut question = String::new();
    BufReader::new(&server).read_line(&mut question)?;
    writeln!(&server, "{} 42", question.trim())?;
    server.shutdown(Shutdown::Write)?;

    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    Ok(answer.trim().to_owned())
}

/// More than any buffer holds, so that one side has to wait for the other.
fn tcp_bulk(address: SocketAddr) -> io::Result<String> {
    const TOTAL: usize = 5_000_000;
    let listener = TcpListener::bind(address)?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut server, _) = listener.accept()?;
    client.set_nonblocking(true)?;
    server.set_nonblocking(true)?;

    let sent: Vec<u8> = (0..TOTAL).map(|at| (at % 251) as u8).collect();
    let mut written = 0;
    let mut received = Vec::with_capacity(TOTAL);
    let mut piece = [0; 40_000];
    let mut waits = 0;
    loop {
        if written < TOTAL {
            match client.write(&sent[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => waits += 1,
                Err(error) => return Err(error),
            }
            if written == TOTAL {
                client.shutdown(Shutdown::Write)?;
            }
        }
        match server.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => received.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    assert!(
        waits > 0,
        "a socket that takes {TOTAL} bytes at once has no limit"
    );
    let same = if received == sent {
        "as they were sent"
    } else {
        "changed"
    };
    Ok(format!("{} bytes, {same}", received.len()))
}

/// Datagrams keep their bounds.
fn udp(address: SocketAddr) -> io::Result<String> {
    let server = UdpSocket::bind(address)?;
    let client = UdpSocket::bind(address)?;
    client.connect(server.local_addr()?)?;
    for datagram in [&b"one"[..], b"", b"three"] {
        client.send(datagram)?;
    }
    let mut lengths = Vec::new();
    let mut buffer = [0; 64];
    for _ in 0..3 {
        let (length, from) = server.recv_from(&mut buffer)?;
        lengths.push(length);
        server.send_to(&buffer[..length], from)?;
    }
    for _ in 0..3 {
        lengths.push(client.recv(&mut buffer)?);
    }
    Ok(format!("datagrams of {lengths:?} bytes"))
}
