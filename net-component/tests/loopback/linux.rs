//! The sockets of the machine that runs the tests, behind the same traits.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

use net_component::{
    AddressFamily, Datagram, Errno, Instant, Names, Readiness, ShutdownHow, Socket, SocketKind,
    SocketOption, Stack,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno as Os;
use rustix::net::{self, RecvFlags, SendFlags, SocketAddrAny, SocketFlags, SocketType, sockopt};

/// The stack of the machine, as far as it is needed.
pub(crate) struct Linux;

/// One of its sockets; as in WASI, one of IPv6 starts with `IPV6_V6ONLY` on.
pub(crate) struct LinuxSocket {
    fd: OwnedFd,
    family: AddressFamily,
}

impl Stack for Linux {
    type Socket = LinuxSocket;
    type Lookup = Names;

    fn open(&self, family: AddressFamily, kind: SocketKind) -> Result<LinuxSocket, Errno> {
        let domain = match family {
            AddressFamily::Ipv4 => net::AddressFamily::INET,
            AddressFamily::Ipv6 => net::AddressFamily::INET6,
        };
        let kind = match kind {
            SocketKind::Stream => SocketType::STREAM,
            SocketKind::Datagram => SocketType::DGRAM,
        };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let fd = net::socket_with(domain, kind, flags, None).map_err(errno)?;
        let socket = LinuxSocket { fd, family };
        if family == AddressFamily::Ipv6 {
            socket.set_option(SocketOption::Ipv6Only, 1)?;
        }
        Ok(socket)
    }

    fn resolve(&self, name: &str) -> Result<Names, Errno> {
        Names::local(name)
    }

    fn step(&self, _now: Instant) -> Option<Instant> {
        None
    }
}

impl Socket for LinuxSocket {
    fn bind(&self, local: SocketAddr) -> Result<(), Errno> {
        net::bind(&self.fd, &local).map_err(errno)
    }

    fn listen(&self, backlog: u32) -> Result<(), Errno> {
        net::listen(&self.fd, backlog.cast_signed()).map_err(errno)
    }

    fn accept(&self) -> Result<(Self, SocketAddr), Errno> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let (fd, peer) = net::acceptfrom_with(&self.fd, flags).map_err(errno)?;
        let peer = address(peer.expect("an accepted connection has a peer"));
        Ok((
            Self {
                fd,
                family: self.family,
            },
            peer,
        ))
    }

    fn connect(&self, remote: Option<SocketAddr>) -> Result<(), Errno> {
        match remote {
            Some(remote) => net::connect(&self.fd, &remote),
            None => net::connect_unspec(&self.fd),
        }
        .map_err(errno)
    }

    fn take_error(&self) -> Option<Errno> {
        sockopt::socket_error(&self.fd)
            .expect("SO_ERROR")
            .err()
            .map(errno)
    }

    fn send(&self, data: Vec<u8>) -> Result<usize, Errno> {
        net::send(&self.fd, &data, SendFlags::NOSIGNAL).map_err(errno)
    }

    fn receive(&self, length: usize) -> Result<Vec<u8>, Errno> {
        let mut buffer = vec![0; length];
        let (count, _) = net::recv(&self.fd, &mut buffer[..], RecvFlags::empty()).map_err(errno)?;
        buffer.truncate(count);
        Ok(buffer)
    }

    fn send_to(&self, data: Vec<u8>, remote: Option<SocketAddr>) -> Result<(), Errno> {
        match remote {
            Some(remote) => net::sendto(&self.fd, &data, SendFlags::NOSIGNAL, &remote),
            None => net::send(&self.fd, &data, SendFlags::NOSIGNAL),
        }
        .map(|_| ())
        .map_err(errno)
    }

    fn receive_from(&self) -> Result<Datagram, Errno> {
        let mut buffer = vec![0; 1 << 16];
        let (count, _, source) =
            net::recvfrom(&self.fd, &mut buffer[..], RecvFlags::empty()).map_err(errno)?;
        buffer.truncate(count);
        let source = address(source.expect("a datagram has a source"));
        Ok(Datagram {
            data: buffer,
            source,
        })
    }

    fn shutdown(&self, how: ShutdownHow) -> Result<(), Errno> {
        let how = match how {
            ShutdownHow::Receive => net::Shutdown::Read,
            ShutdownHow::Send => net::Shutdown::Write,
            ShutdownHow::Both => net::Shutdown::Both,
        };
        net::shutdown(&self.fd, how).map_err(errno)
    }

    fn local_address(&self) -> Result<SocketAddr, Errno> {
        let local = address(net::getsockname(&self.fd).map_err(errno)?);
        if local.port() == 0 {
            Err(Errno::Invalid)
        } else {
            Ok(local)
        }
    }

    fn remote_address(&self) -> Result<SocketAddr, Errno> {
        net::getpeername(&self.fd)
            .map_err(errno)?
            .map(address)
            .ok_or(Errno::NotConnected)
    }

    fn family(&self) -> AddressFamily {
        self.family
    }

    fn get_option(&self, name: SocketOption) -> Result<u64, Errno> {
        match name {
            SocketOption::KeepAlive => sockopt::socket_keepalive(&self.fd).map(u64::from),
            SocketOption::KeepAliveIdle => sockopt::tcp_keepidle(&self.fd).map(nanoseconds),
            SocketOption::KeepAliveInterval => sockopt::tcp_keepintvl(&self.fd).map(nanoseconds),
            SocketOption::KeepAliveCount => sockopt::tcp_keepcnt(&self.fd).map(u64::from),
            SocketOption::HopLimit => match self.family {
                AddressFamily::Ipv4 => sockopt::ip_ttl(&self.fd).map(u64::from),
                AddressFamily::Ipv6 => sockopt::ipv6_unicast_hops(&self.fd).map(u64::from),
            },
            SocketOption::ReceiveBuffer => {
                sockopt::socket_recv_buffer_size(&self.fd).map(|size| size as u64)
            }
            SocketOption::SendBuffer => {
                sockopt::socket_send_buffer_size(&self.fd).map(|size| size as u64)
            }
            SocketOption::NoDelay => sockopt::tcp_nodelay(&self.fd).map(u64::from),
            SocketOption::ReuseAddress => sockopt::socket_reuseaddr(&self.fd).map(u64::from),
            SocketOption::Ipv6Only => sockopt::ipv6_v6only(&self.fd).map(u64::from),
            SocketOption::Broadcast => sockopt::socket_broadcast(&self.fd).map(u64::from),
            SocketOption::Accepting => sockopt::socket_acceptconn(&self.fd).map(u64::from),
        }
        .map_err(errno)
    }

    fn set_option(&self, name: SocketOption, value: u64) -> Result<(), Errno> {
        let small = u32::try_from(value).unwrap_or(u32::MAX);
        let size = usize::try_from(value).unwrap_or(usize::MAX);
        match name {
            SocketOption::KeepAlive => sockopt::set_socket_keepalive(&self.fd, value != 0),
            SocketOption::KeepAliveIdle => {
                sockopt::set_tcp_keepidle(&self.fd, Duration::from_nanos(value))
            }
            SocketOption::KeepAliveInterval => {
                sockopt::set_tcp_keepintvl(&self.fd, Duration::from_nanos(value))
            }
            SocketOption::KeepAliveCount => sockopt::set_tcp_keepcnt(&self.fd, small),
            SocketOption::HopLimit => match self.family {
                AddressFamily::Ipv4 => sockopt::set_ip_ttl(&self.fd, small),
                AddressFamily::Ipv6 => {
                    let hops = u8::try_from(value).map_err(|_| Errno::Invalid)?;
                    sockopt::set_ipv6_unicast_hops(&self.fd, Some(hops))
                }
            },
            SocketOption::ReceiveBuffer => sockopt::set_socket_recv_buffer_size(&self.fd, size),
            SocketOption::SendBuffer => sockopt::set_socket_send_buffer_size(&self.fd, size),
            SocketOption::NoDelay => sockopt::set_tcp_nodelay(&self.fd, value != 0),
            SocketOption::ReuseAddress => sockopt::set_socket_reuseaddr(&self.fd, value != 0),
            SocketOption::Ipv6Only => sockopt::set_ipv6_v6only(&self.fd, value != 0),
            SocketOption::Broadcast => sockopt::set_socket_broadcast(&self.fd, value != 0),
            SocketOption::Accepting => return Err(Errno::NoProtocolOption),
        }
        .map_err(errno)
    }

    fn ready(&self) -> Readiness {
        let asked = PollFlags::IN | PollFlags::OUT;
        let mut polled = [PollFd::new(&self.fd, asked)];
        poll(
            &mut polled,
            Some(&Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            }),
        )
        .expect("poll");
        let flags = polled[0].revents();
        Readiness {
            readable: flags.contains(PollFlags::IN),
            writable: flags.contains(PollFlags::OUT),
            hangup: flags.contains(PollFlags::HUP),
            error: flags.contains(PollFlags::ERR),
        }
    }
}

fn address(any: SocketAddrAny) -> SocketAddr {
    any.try_into().expect("an internet address")
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn errno(os: Os) -> Errno {
    match os {
        Os::PERM => Errno::NotPermitted,
        Os::INTR => Errno::Interrupted,
        Os::AGAIN => Errno::Again,
        Os::ACCESS => Errno::Access,
        Os::INVAL => Errno::Invalid,
        Os::PIPE => Errno::BrokenPipe,
        Os::OPNOTSUPP => Errno::NotSupported,
        Os::DESTADDRREQ => Errno::DestinationRequired,
        Os::MSGSIZE => Errno::MessageTooLarge,
        Os::NOPROTOOPT => Errno::NoProtocolOption,
        Os::AFNOSUPPORT => Errno::FamilyNotSupported,
        Os::ADDRINUSE => Errno::AddressInUse,
        Os::ADDRNOTAVAIL => Errno::AddressNotAvailable,
        Os::NETUNREACH => Errno::NetworkUnreachable,
        Os::HOSTUNREACH => Errno::HostUnreachable,
        Os::CONNABORTED => Errno::ConnectionAborted,
        Os::CONNRESET => Errno::ConnectionReset,
        Os::CONNREFUSED => Errno::ConnectionRefused,
        Os::NOBUFS => Errno::NoBuffers,
        Os::ISCONN => Errno::Connected,
        Os::NOTCONN => Errno::NotConnected,
        Os::TIMEDOUT => Errno::TimedOut,
        Os::ALREADY => Errno::Already,
        Os::INPROGRESS => Errno::InProgress,
        other => panic!("an error that no socket call should give: {other}"),
    }
}
