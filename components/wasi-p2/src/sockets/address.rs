//! Addresses, and which of them a call may be given.

use crate::bindings::exports::wasi::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use crate::kernel::net::{self, AddressFamily, SocketAddress};

pub(super) fn family(family: IpAddressFamily) -> AddressFamily {
    match family {
        IpAddressFamily::Ipv4 => AddressFamily::Ipv4,
        IpAddressFamily::Ipv6 => AddressFamily::Ipv6,
    }
}

/// An address of the application's, for the driver.
pub(super) fn lower(address: IpSocketAddress) -> SocketAddress {
    match address {
        IpSocketAddress::Ipv4(v4) => SocketAddress {
            address: net::IpAddress::Ipv4(v4.address),
            port: v4.port,
            flow_info: 0,
            scope_id: 0,
        },
        IpSocketAddress::Ipv6(v6) => SocketAddress {
            address: net::IpAddress::Ipv6(v6.address),
            port: v6.port,
            flow_info: v6.flow_info,
            scope_id: v6.scope_id,
        },
    }
}

/// An address of the driver's, for the application.
pub(super) fn raise(address: SocketAddress) -> IpSocketAddress {
    match address.address {
        net::IpAddress::Ipv4(v4) => IpSocketAddress::Ipv4(Ipv4SocketAddress {
            port: address.port,
            address: v4,
        }),
        net::IpAddress::Ipv6(v6) => IpSocketAddress::Ipv6(Ipv6SocketAddress {
            port: address.port,
            flow_info: address.flow_info,
            address: v6,
            scope_id: address.scope_id,
        }),
    }
}

/// A looked-up address. An IPv4-mapped one, which `resolve-next-address` must not
/// return, is the IPv4 address that it stands for.
pub(super) fn raise_ip(address: net::IpAddress) -> IpAddress {
    match address {
        net::IpAddress::Ipv4(v4) => IpAddress::Ipv4(v4),
        net::IpAddress::Ipv6((0, 0, 0, 0, 0, 0xffff, high, low)) => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            IpAddress::Ipv4((a, b, c, d))
        }
        net::IpAddress::Ipv6(v6) => IpAddress::Ipv6(v6),
    }
}

/// What a socket of this family may be bound to: an address of its family that is
/// neither multicast, broadcast nor IPv4-mapped.
pub(super) fn check_local(
    family: IpAddressFamily,
    address: IpSocketAddress,
) -> Result<(), ErrorCode> {
    check_family(family, address)?;
    if is_unicast(address) {
        Ok(())
    } else {
        Err(ErrorCode::InvalidArgument)
    }
}

/// What a TCP socket of this family may connect to: moreover a real address and
/// port.
pub(super) fn check_peer(
    family: IpAddressFamily,
    address: IpSocketAddress,
) -> Result<(), ErrorCode> {
    check_local(family, address)?;
    check_destination(family, address)
}

/// What a datagram may be sent to: any address of the family that is one, on a
/// port that is one. Multicast is for the driver to judge.
pub(super) fn check_destination(
    family: IpAddressFamily,
    address: IpSocketAddress,
) -> Result<(), ErrorCode> {
    check_family(family, address)?;
    let (unspecified, port) = match address {
        IpSocketAddress::Ipv4(v4) => (v4.address == (0, 0, 0, 0), v4.port),
        IpSocketAddress::Ipv6(v6) => (v6.address == (0, 0, 0, 0, 0, 0, 0, 0), v6.port),
    };
    if unspecified || port == 0 {
        Err(ErrorCode::InvalidArgument)
    } else {
        Ok(())
    }
}

fn check_family(family: IpAddressFamily, address: IpSocketAddress) -> Result<(), ErrorCode> {
    match (family, address) {
        (IpAddressFamily::Ipv4, IpSocketAddress::Ipv4(_)) => Ok(()),
        (IpAddressFamily::Ipv6, IpSocketAddress::Ipv6(v6)) if !is_mapped(v6) => Ok(()),
        _ => Err(ErrorCode::InvalidArgument),
    }
}

/// `::ffff:0:0/96` (RFC 4291 section 2.5.5.2). The sockets here are for IPv6 only.
fn is_mapped(v6: Ipv6SocketAddress) -> bool {
    matches!(v6.address, (0, 0, 0, 0, 0, 0xffff, _, _))
}

/// Neither multicast (224.0.0.0/4, ff00::/8) nor 255.255.255.255.
fn is_unicast(address: IpSocketAddress) -> bool {
    match address {
        IpSocketAddress::Ipv4(v4) => {
            !(224..=239).contains(&v4.address.0) && v4.address != (255, 255, 255, 255)
        }
        IpSocketAddress::Ipv6(v6) => v6.address.0 >> 8 != 0xff,
    }
}

/// Whether two addresses are the same one. For IPv6 that includes the scope, not
/// the flow.
pub(super) fn is_same(left: IpSocketAddress, right: IpSocketAddress) -> bool {
    match (left, right) {
        (IpSocketAddress::Ipv4(l), IpSocketAddress::Ipv4(r)) => {
            (l.address, l.port) == (r.address, r.port)
        }
        (IpSocketAddress::Ipv6(l), IpSocketAddress::Ipv6(r)) => {
            (l.address, l.port, l.scope_id) == (r.address, r.port, r.scope_id)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: IpAddressFamily = IpAddressFamily::Ipv4;
    const V6: IpAddressFamily = IpAddressFamily::Ipv6;

    fn v4(address: (u8, u8, u8, u8), port: u16) -> IpSocketAddress {
        IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address })
    }

    fn v6(address: (u16, u16, u16, u16, u16, u16, u16, u16), port: u16) -> IpSocketAddress {
        IpSocketAddress::Ipv6(Ipv6SocketAddress {
            port,
            flow_info: 0,
            address,
            scope_id: 0,
        })
    }

    const ANY6: (u16, u16, u16, u16, u16, u16, u16, u16) = (0, 0, 0, 0, 0, 0, 0, 0);
    const LOCAL6: (u16, u16, u16, u16, u16, u16, u16, u16) = (0, 0, 0, 0, 0, 0, 0, 1);
    const MAPPED: (u16, u16, u16, u16, u16, u16, u16, u16) = (0, 0, 0, 0, 0, 0xffff, 0x7f00, 1);

    #[test]
    fn local_addresses() {
        for good in [
            v4((0, 0, 0, 0), 0),
            v4((127, 0, 0, 1), 80),
            v4((240, 0, 0, 1), 1),
        ] {
            assert_eq!(check_local(V4, good), Ok(()));
            assert_eq!(check_local(V6, good), Err(ErrorCode::InvalidArgument));
        }
        for good in [v6(ANY6, 0), v6(LOCAL6, 80)] {
            assert_eq!(check_local(V6, good), Ok(()));
            assert_eq!(check_local(V4, good), Err(ErrorCode::InvalidArgument));
        }
        for bad in [
            v4((224, 0, 0, 1), 0),
            v4((239, 1, 1, 1), 0),
            v4((255, 255, 255, 255), 0),
        ] {
            assert_eq!(check_local(V4, bad), Err(ErrorCode::InvalidArgument));
        }
        for bad in [v6(MAPPED, 0), v6((0xff02, 0, 0, 0, 0, 0, 0, 1), 0)] {
            assert_eq!(check_local(V6, bad), Err(ErrorCode::InvalidArgument));
        }
    }

    #[test]
    fn peers_and_destinations() {
        for check in [check_peer, check_destination] {
            assert_eq!(check(V4, v4((127, 0, 0, 1), 80)), Ok(()));
            assert_eq!(check(V6, v6(LOCAL6, 80)), Ok(()));
            for (family, bad) in [
                (V4, v4((127, 0, 0, 1), 0)),
                (V4, v4((0, 0, 0, 0), 80)),
                (V4, v6(LOCAL6, 80)),
                (V6, v6(LOCAL6, 0)),
                (V6, v6(ANY6, 80)),
                (V6, v6(MAPPED, 80)),
                (V6, v4((127, 0, 0, 1), 80)),
            ] {
                assert_eq!(check(family, bad), Err(ErrorCode::InvalidArgument));
            }
        }
        assert_eq!(
            check_peer(V4, v4((224, 0, 0, 1), 80)),
            Err(ErrorCode::InvalidArgument)
        );
        assert_eq!(check_destination(V4, v4((224, 0, 0, 1), 80)), Ok(()));
    }

    #[test]
    fn there_and_back() {
        for address in [
            v4((1, 2, 3, 4), 5),
            IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: 1,
                flow_info: 2,
                address: (1, 2, 3, 4, 5, 6, 7, 8),
                scope_id: 3,
            }),
        ] {
            assert!(is_same(raise(lower(address)), address));
        }
        assert!(!is_same(v4((1, 2, 3, 4), 5), v4((1, 2, 3, 4), 6)));
        assert!(!is_same(v4((0, 0, 0, 1), 5), v6(LOCAL6, 5)));
    }

    #[test]
    fn a_mapped_result_becomes_ipv4() {
        let ip = raise_ip(net::IpAddress::Ipv6((
            0, 0, 0, 0, 0, 0xffff, 0x0102, 0x0304,
        )));
        assert!(matches!(ip, IpAddress::Ipv4((1, 2, 3, 4))));
    }
}
