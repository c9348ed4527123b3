//! Raw access to sockets: shorter forms of `wasi:sockets` calls.

use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::UdpSocket;
use wasip2::sockets::udp_create_socket::create_udp_socket;

/// Both families, for tests that run over each.
pub const FAMILIES: [IpAddressFamily; 2] = [IpAddressFamily::Ipv4, IpAddressFamily::Ipv6];

/// 127.0.0.1 or `::1`.
#[must_use]
pub fn local(family: IpAddressFamily, port: u16) -> IpSocketAddress {
    match family {
        IpAddressFamily::Ipv4 => v4((127, 0, 0, 1), port),
        IpAddressFamily::Ipv6 => v6((0, 0, 0, 0, 0, 0, 0, 1), port),
    }
}

/// 0.0.0.0 or `::`.
#[must_use]
pub fn unspecified(family: IpAddressFamily, port: u16) -> IpSocketAddress {
    match family {
        IpAddressFamily::Ipv4 => v4((0, 0, 0, 0), port),
        IpAddressFamily::Ipv6 => v6((0, 0, 0, 0, 0, 0, 0, 0), port),
    }
}

/// An IPv4 address.
#[must_use]
pub fn v4(address: (u8, u8, u8, u8), port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address })
}

/// An IPv6 address.
#[must_use]
pub fn v6(address: (u16, u16, u16, u16, u16, u16, u16, u16), port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv6(Ipv6SocketAddress {
        port,
        flow_info: 0,
        address,
        scope_id: 0,
    })
}

/// The port of an address.
#[must_use]
pub fn port(address: IpSocketAddress) -> u16 {
    match address {
        IpSocketAddress::Ipv4(v4) => v4.port,
        IpSocketAddress::Ipv6(v6) => v6.port,
    }
}

/// Whether both say the same.
#[must_use]
pub fn same(one: IpSocketAddress, two: IpSocketAddress) -> bool {
    match (one, two) {
        (IpSocketAddress::Ipv4(one), IpSocketAddress::Ipv4(two)) => {
            (one.address, one.port) == (two.address, two.port)
        }
        (IpSocketAddress::Ipv6(one), IpSocketAddress::Ipv6(two)) => {
            (one.address, one.port) == (two.address, two.port)
        }
        _ => false,
    }
}

/// A new TCP socket.
///
/// # Panics
/// Where there is no network.
#[must_use]
pub fn tcp(family: IpAddressFamily) -> TcpSocket {
    create_tcp_socket(family).expect("a TCP socket")
}

/// Binds at once.
///
/// # Errors
/// As `start-bind` and `finish-bind`.
pub fn bind(socket: &TcpSocket, address: IpSocketAddress) -> Result<(), ErrorCode> {
    socket.start_bind(&instance_network(), address)?;
    loop {
        match socket.finish_bind() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            done => return done,
        }
    }
}

/// A socket that listens on a free port of the loopback address, and its address.
///
/// # Panics
/// Where that fails.
#[must_use]
pub fn listener(family: IpAddressFamily) -> (TcpSocket, IpSocketAddress) {
    let socket = tcp(family);
    bind(&socket, local(family, 0)).expect("a free port");
    socket.start_listen().expect("a listener");
    while socket.finish_listen() == Err(ErrorCode::WouldBlock) {
        socket.subscribe().block();
    }
    let address = socket.local_address().expect("an address");
    (socket, address)
}

/// Connects, waiting until that is done.
///
/// # Errors
/// As `start-connect` and `finish-connect`.
pub fn connect(
    socket: &TcpSocket,
    address: IpSocketAddress,
) -> Result<(InputStream, OutputStream), ErrorCode> {
    socket.start_connect(&instance_network(), address)?;
    loop {
        match socket.finish_connect() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            done => return done,
        }
    }
}

/// Accepts, waiting until there is somebody.
///
/// # Errors
/// As `accept`.
pub fn accept(socket: &TcpSocket) -> Result<(TcpSocket, InputStream, OutputStream), ErrorCode> {
    loop {
        match socket.accept() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            done => return done,
        }
    }
}

/// One end of a connection.
pub struct End {
    /// Dropped after its streams, as wasmtime wants it.
    pub input: InputStream,
    /// What it sends.
    pub output: OutputStream,
    /// The socket.
    pub socket: TcpSocket,
}

/// Two ends of one connection: who called and who was called.
///
/// # Panics
/// Where that fails.
#[must_use]
pub fn connection(family: IpAddressFamily) -> (End, End) {
    let (listener, address) = listener(family);
    let socket = tcp(family);
    let (input, output) = connect(&socket, address).expect("a connection");
    let caller = End {
        input,
        output,
        socket,
    };
    let (socket, input, output) = accept(&listener).expect("the connection");
    (
        caller,
        End {
            input,
            output,
            socket,
        },
    )
}

/// Writes all, waiting where that must be.
///
/// # Errors
/// As the stream.
pub fn write_all(output: &OutputStream, mut bytes: &[u8]) -> Result<(), StreamError> {
    while !bytes.is_empty() {
        let permit = usize::try_from(output.check_write()?).unwrap_or(usize::MAX);
        if permit == 0 {
            output.subscribe().block();
            continue;
        }
        let (now, later) = bytes.split_at(permit.min(bytes.len()));
        output.write(now)?;
        bytes = later;
    }
    output.blocking_flush()
}

/// Reads to the end.
///
/// # Panics
/// Where the stream fails.
#[must_use]
pub fn read_to_end(input: &InputStream) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match input.blocking_read(1 << 16) {
            Ok(bytes) => all.extend_from_slice(&bytes),
            Err(StreamError::Closed) => return all,
            Err(StreamError::LastOperationFailed(error)) => panic!("{}", error.to_debug_string()),
        }
    }
}

/// A UDP socket on a free port of the loopback address, and its address.
///
/// # Panics
/// Where that fails.
#[must_use]
pub fn udp(family: IpAddressFamily) -> (UdpSocket, IpSocketAddress) {
    let socket = create_udp_socket(family).expect("a UDP socket");
    socket
        .start_bind(&instance_network(), local(family, 0))
        .expect("a free port");
    socket.finish_bind().expect("a free port");
    let address = socket.local_address().expect("an address");
    (socket, address)
}
