//! Between the types of the WIT and those of `net-component`.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use net_component as net;

use crate::bindings::exports::boxer::kernel::net::{
    AddressFamily, Errno, IpAddress, Readiness, ShutdownHow, SocketAddress, SocketKind,
    SocketOption,
};

/// Why a call failed.
#[must_use]
pub fn errno(errno: net::Errno) -> Errno {
    match errno {
        net::Errno::NotPermitted => Errno::NotPermitted,
        net::Errno::Interrupted => Errno::Interrupted,
        net::Errno::Io => Errno::Io,
        net::Errno::Again => Errno::Again,
        net::Errno::NoMemory => Errno::NoMemory,
        net::Errno::Access => Errno::Access,
        net::Errno::Invalid => Errno::Invalid,
        net::Errno::TooManyFilesInSystem => Errno::TooManyFilesInSystem,
        net::Errno::TooManyFiles => Errno::TooManyFiles,
        net::Errno::BrokenPipe => Errno::BrokenPipe,
        net::Errno::NotSupported => Errno::NotSupported,
        net::Errno::DestinationRequired => Errno::DestinationRequired,
        net::Errno::MessageTooLarge => Errno::MessageTooLarge,
        net::Errno::Protocol => Errno::Protocol,
        net::Errno::NoProtocolOption => Errno::NoProtocolOption,
        net::Errno::ProtocolNotSupported => Errno::ProtocolNotSupported,
        net::Errno::FamilyNotSupported => Errno::FamilyNotSupported,
        net::Errno::AddressInUse => Errno::AddressInUse,
        net::Errno::AddressNotAvailable => Errno::AddressNotAvailable,
        net::Errno::NetworkDown => Errno::NetworkDown,
        net::Errno::NetworkUnreachable => Errno::NetworkUnreachable,
        net::Errno::HostUnreachable => Errno::HostUnreachable,
        net::Errno::ConnectionAborted => Errno::ConnectionAborted,
        net::Errno::ConnectionReset => Errno::ConnectionReset,
        net::Errno::ConnectionRefused => Errno::ConnectionRefused,
        net::Errno::NoBuffers => Errno::NoBuffers,
        net::Errno::Connected => Errno::Connected,
        net::Errno::NotConnected => Errno::NotConnected,
        net::Errno::TimedOut => Errno::TimedOut,
        net::Errno::Already => Errno::Already,
        net::Errno::InProgress => Errno::InProgress,
        net::Errno::NameUnresolvable => Errno::NameUnresolvable,
        net::Errno::ResolverTemporary => Errno::ResolverTemporary,
    }
}

/// An address family that the caller asked for.
#[must_use]
pub fn family_from(family: AddressFamily) -> net::AddressFamily {
    match family {
        AddressFamily::Ipv4 => net::AddressFamily::Ipv4,
        AddressFamily::Ipv6 => net::AddressFamily::Ipv6,
    }
}

/// An address family to tell the caller.
#[must_use]
pub fn family_to(family: net::AddressFamily) -> AddressFamily {
    match family {
        net::AddressFamily::Ipv4 => AddressFamily::Ipv4,
        net::AddressFamily::Ipv6 => AddressFamily::Ipv6,
    }
}

/// What a socket transports.
#[must_use]
pub fn kind(kind: SocketKind) -> net::SocketKind {
    match kind {
        SocketKind::Stream => net::SocketKind::Stream,
        SocketKind::Datagram => net::SocketKind::Datagram,
    }
}

/// The direction to shut down.
#[must_use]
pub fn shutdown(how: ShutdownHow) -> net::ShutdownHow {
    match how {
        ShutdownHow::Receive => net::ShutdownHow::Receive,
        ShutdownHow::Send => net::ShutdownHow::Send,
        ShutdownHow::Both => net::ShutdownHow::Both,
    }
}

/// The name of an option.
#[must_use]
pub fn option(name: SocketOption) -> net::SocketOption {
    match name {
        SocketOption::KeepAlive => net::SocketOption::KeepAlive,
        SocketOption::KeepAliveIdle => net::SocketOption::KeepAliveIdle,
        SocketOption::KeepAliveInterval => net::SocketOption::KeepAliveInterval,
        SocketOption::KeepAliveCount => net::SocketOption::KeepAliveCount,
        SocketOption::HopLimit => net::SocketOption::HopLimit,
        SocketOption::ReceiveBuffer => net::SocketOption::ReceiveBuffer,
        SocketOption::SendBuffer => net::SocketOption::SendBuffer,
        SocketOption::NoDelay => net::SocketOption::NoDelay,
        SocketOption::ReuseAddress => net::SocketOption::ReuseAddress,
        SocketOption::Ipv6Only => net::SocketOption::Ipv6Only,
        SocketOption::Broadcast => net::SocketOption::Broadcast,
        SocketOption::Accepting => net::SocketOption::Accepting,
    }
}

/// What the caller wants to be ready for.
#[must_use]
pub fn readiness_from(readiness: Readiness) -> net::Readiness {
    net::Readiness {
        readable: readiness.contains(Readiness::READABLE),
        writable: readiness.contains(Readiness::WRITABLE),
        hangup: readiness.contains(Readiness::HANGUP),
        error: readiness.contains(Readiness::ERROR),
    }
}

/// What the caller could do now.
#[must_use]
pub fn readiness_to(readiness: net::Readiness) -> Readiness {
    let mut flags = Readiness::empty();
    flags.set(Readiness::READABLE, readiness.readable);
    flags.set(Readiness::WRITABLE, readiness.writable);
    flags.set(Readiness::HANGUP, readiness.hangup);
    flags.set(Readiness::ERROR, readiness.error);
    flags
}

/// An address to tell the caller.
#[must_use]
pub fn ip_to(address: IpAddr) -> IpAddress {
    match address {
        IpAddr::V4(v4) => IpAddress::Ipv4(v4.octets().into()),
        IpAddr::V6(v6) => IpAddress::Ipv6(v6.segments().into()),
    }
}

/// An address and port to tell the caller.
#[must_use]
pub fn address_to(address: SocketAddr) -> SocketAddress {
    let (flow_info, scope_id) = match address {
        SocketAddr::V4(_) => (0, 0),
        SocketAddr::V6(v6) => (v6.flowinfo(), v6.scope_id()),
    };
    SocketAddress {
        address: ip_to(address.ip()),
        port: address.port(),
        flow_info,
        scope_id,
    }
}

/// An address and port that the caller gave.
#[must_use]
pub fn address_from(address: SocketAddress) -> SocketAddr {
    let SocketAddress {
        address,
        port,
        flow_info,
        scope_id,
    } = address;
    match address {
        IpAddress::Ipv4(octets) => {
            SocketAddrV4::new(Ipv4Addr::from(<[u8; 4]>::from(octets)), port).into()
        }
        IpAddress::Ipv6(groups) => {
            let v6 = Ipv6Addr::from(<[u16; 8]>::from(groups));
            SocketAddrV6::new(v6, port, flow_info, scope_id).into()
        }
    }
}
