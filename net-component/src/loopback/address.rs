//! Which addresses a box without a network has: 127.0.0.0/8 and ::1.
//!
//! Inside the stack an address is IPv4 or IPv6, never IPv4 mapped into IPv6
//! (`::ffff:127.0.0.1`). A socket of IPv6 says and hears it mapped, by
//! [`from_user`] and [`to_user`].

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::{AddressFamily, Errno, Options};

const LOCAL_V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const LOCAL_V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Whether it is the broadcast address of 127.0.0.0/8.
pub(super) fn is_broadcast(address: IpAddr) -> bool {
    address == Ipv4Addr::new(127, 255, 255, 255)
}

/// What a socket receives for: an address, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    /// Unspecified for all addresses of its family.
    pub(super) address: IpAddr,
    /// Of the unspecified IPv6 address: for all of IPv4 as well.
    pub(super) dual: bool,
}

impl Scope {
    /// One address, or all of its family.
    pub(super) fn of(address: IpAddr) -> Self {
        Self {
            address,
            dual: false,
        }
    }

    /// What a socket receives for that was never bound to an address.
    pub(super) fn any(family: AddressFamily, options: &Options) -> Self {
        match family {
            AddressFamily::Ipv4 => Self::of(Ipv4Addr::UNSPECIFIED.into()),
            AddressFamily::Ipv6 => Self {
                address: Ipv6Addr::UNSPECIFIED.into(),
                dual: !options.ipv6_only(),
            },
        }
    }

    /// How well it fits a destination: not at all, or the better the higher. An
    /// exact address fits better than all addresses, and those of one family fit
    /// better than those of both.
    pub(super) fn fit(self, destination: IpAddr) -> Option<u8> {
        match self.address {
            own if own == destination => Some(2),
            own if !own.is_unspecified() => None,
            own if own.is_ipv4() == destination.is_ipv4() => Some(1),
            _ => self.dual.then_some(0),
        }
    }

    /// Whether some destination fits both.
    pub(super) fn overlaps(self, other: Self) -> bool {
        self.fit(other.address).is_some() || other.fit(self.address).is_some()
    }
}

/// Where `bind` is to bind.
///
/// # Errors
///
/// [`Errno::FamilyNotSupported`] for an address of another family,
/// [`Errno::Invalid`] for one of IPv4 on a socket that is for IPv6 only,
/// [`Errno::AddressNotAvailable`] for one that is not the box's.
pub(super) fn bind_scope(
    family: AddressFamily,
    options: &Options,
    local: IpAddr,
) -> Result<Scope, Errno> {
    let address = from_user(family, local)?;
    if address.is_ipv4() && options.ipv6_only() {
        return Err(Errno::Invalid);
    }
    if !address.is_unspecified() && !address.is_loopback() {
        return Err(Errno::AddressNotAvailable);
    }
    if address.is_ipv6() && address.is_unspecified() {
        return Ok(Scope::any(family, options));
    }
    Ok(Scope::of(address))
}

/// Where a socket that is bound to `scope` reaches when it is told `remote`, and
/// from which address. The unspecified address means the socket's own, or the
/// usual one of loopback.
///
/// # Errors
///
/// [`Errno::FamilyNotSupported`] for an address of another family than the socket or
/// the address that it is bound to, [`Errno::NetworkUnreachable`] for one that is not
/// the box's, or not to be reached from where the socket is bound.
pub(super) fn route(
    family: AddressFamily,
    options: &Options,
    scope: Scope,
    remote: IpAddr,
) -> Result<Route, Errno> {
    let mut to = from_user(family, remote)?;
    // A socket that is bound to a mapped address lives in IPv4.
    if family == AddressFamily::Ipv6 && scope.address.is_ipv4() && to == Ipv6Addr::UNSPECIFIED {
        to = LOCAL_V4;
    }
    if to.is_ipv4() && options.ipv6_only() {
        return Err(Errno::NetworkUnreachable);
    }
    let usual = if to.is_ipv4() { LOCAL_V4 } else { LOCAL_V6 };
    // Nobody sends from a broadcast address, though it can be listened on.
    let from = match scope.address {
        own if is_broadcast(own) && to.is_ipv4() => usual,
        own if own.is_ipv4() == to.is_ipv4() && !own.is_unspecified() => own,
        own if own.is_ipv4() == to.is_ipv4() || scope.dual => usual,
        own if own.is_ipv4() => return Err(Errno::FamilyNotSupported),
        _ => return Err(Errno::NetworkUnreachable),
    };
    if to.is_unspecified() {
        to = from;
    }
    if !to.is_loopback() {
        return Err(Errno::NetworkUnreachable);
    }
    Ok(Route { from, to })
}

/// The ends of a way through the loopback device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) from: IpAddr,
    pub(super) to: IpAddr,
}

fn from_user(family: AddressFamily, address: IpAddr) -> Result<IpAddr, Errno> {
    match (family, address) {
        (AddressFamily::Ipv4, IpAddr::V4(_)) => Ok(address),
        (AddressFamily::Ipv6, IpAddr::V6(_)) => Ok(address.to_canonical()),
        _ => Err(Errno::FamilyNotSupported),
    }
}

/// An address as a socket of this family tells it.
pub(super) fn to_user(family: AddressFamily, address: IpAddr, port: u16) -> SocketAddr {
    match (family, address) {
        (AddressFamily::Ipv6, IpAddr::V4(v4)) => {
            SocketAddrV6::new(v4.to_ipv6_mapped(), port, 0, 0).into()
        }
        (_, IpAddr::V4(v4)) => SocketAddrV4::new(v4, port).into(),
        (_, IpAddr::V6(v6)) => SocketAddrV6::new(v6, port, 0, 0).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        match text {
            "*" => Scope {
                address: Ipv6Addr::UNSPECIFIED.into(),
                dual: true,
            },
            text => Scope::of(text.parse().unwrap()),
        }
    }

    #[test]
    fn overlap_is_symmetric_and_as_linux_has_it() {
        for (one, other, expected) in [
            ("0.0.0.0", "0.0.0.0", true),
            ("0.0.0.0", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("::", "::1", true),
            ("::", "0.0.0.0", false),
            ("::", "127.0.0.1", false),
            ("::1", "0.0.0.0", false),
            ("*", "0.0.0.0", true),
            ("*", "127.0.0.1", true),
            ("*", "::1", true),
            ("*", "::", true),
            ("*", "*", true),
        ] {
            assert_eq!(
                scope(one).overlaps(scope(other)),
                expected,
                "{one} and {other}"
            );
            assert_eq!(
                scope(other).overlaps(scope(one)),
                expected,
                "{other} and {one}"
            );
        }
    }

    #[test]
    fn the_exact_address_fits_best() {
        let fit = |text, destination: &str| scope(text).fit(destination.parse().unwrap());
        assert!(fit("127.0.0.1", "127.0.0.1") > fit("0.0.0.0", "127.0.0.1"));
        assert!(fit("0.0.0.0", "127.0.0.1") > fit("*", "127.0.0.1"));
        assert!(fit("*", "127.0.0.1").is_some());
        assert_eq!(fit("::", "127.0.0.1"), None);
        assert_eq!(fit("127.0.0.2", "127.0.0.1"), None);
    }
}
