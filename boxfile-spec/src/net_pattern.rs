//! `host:port` patterns of the network grants.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text is no `host:port`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetPatternError {
    /// Nothing between the quotes.
    #[error("the address is empty")]
    Empty,
    /// A URL where `host:port` was expected.
    #[error("`{text}` is a URL")]
    Url {
        /// The text as it was written.
        text: String,
        /// The host in it.
        host: String,
        /// The port that it means.
        port: Option<u16>,
    },
    /// No `:port` at the end.
    #[error("`{0}` has no port")]
    NoPort(String),
    /// The port is neither a number of 16 bits nor `*`.
    #[error("`{0}` is not a port")]
    BadPort(String),
    /// An IPv6 address without brackets.
    #[error("`{0}` is an IPv6 address without brackets")]
    Unbracketed(String),
    /// Brackets around something that is no IPv6 address.
    #[error("`{0}` is not an IPv6 address")]
    BadIpv6(String),
    /// Four numbers that make no IPv4 address.
    #[error("`{0}` is not an IPv4 address")]
    BadIpv4(String),
    /// A `*` within a name.
    #[error("`{0}` has a wildcard inside a name")]
    PartialWildcard(String),
    /// Not a host name by RFC 1123.
    #[error("`{0}` is not a host name")]
    BadName(String),
}

/// The host half of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostPattern {
    /// `*`: any host; when listening, every address of the machine.
    Any,
    /// A host name, in lower case.
    Name(String),
    /// An address; IPv6 is written in brackets.
    Address(IpAddr),
}

/// The port half of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortPattern {
    /// `*`: any port.
    Any,
    /// This port; 0 when listening means one that the system picks.
    Port(u16),
}

/// Whom a box may connect to, or where it may listen: `api.example.com:443`,
/// `192.0.2.1:80`, `[2001:db8::1]:80`, `*:443`, `localhost:*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NetPattern {
    /// Which hosts.
    pub host: HostPattern,
    /// Which ports.
    pub port: PortPattern,
}

impl NetPattern {
    /// Whether the pattern covers a port of an address. A pattern with a host
    /// name covers no address by itself: whoever resolves the name asks
    /// [`NetPattern::covers_name`] first and remembers the addresses.
    pub fn covers_address(&self, address: IpAddr, port: u16) -> bool {
        let host = match &self.host {
            HostPattern::Any => true,
            HostPattern::Name(_) => false,
            HostPattern::Address(own) => own.to_canonical() == address.to_canonical(),
        };
        host && self.covers_port(port)
    }

    /// Whether the pattern covers some port of the host called `name`, in any
    /// case and with or without the final dot.
    pub fn covers_name(&self, name: &str) -> bool {
        match &self.host {
            HostPattern::Any => true,
            HostPattern::Name(own) => {
                own.eq_ignore_ascii_case(name.strip_suffix('.').unwrap_or(name))
            }
            HostPattern::Address(own) => name.parse() == Ok(*own),
        }
    }

    /// Whether the pattern covers `port`.
    pub fn covers_port(&self, port: u16) -> bool {
        match self.port {
            PortPattern::Any => true,
            PortPattern::Port(own) => own == port,
        }
    }
}

impl FromStr for NetPattern {
    type Err = NetPatternError;

    fn from_str(text: &str) -> Result<Self, NetPatternError> {
        if text.is_empty() {
            return Err(NetPatternError::Empty);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return Err(url(text, scheme, rest));
        }
        if text.parse::<Ipv6Addr>().is_ok() {
            return Err(NetPatternError::Unbracketed(text.into()));
        }
        let Some((host, port)) = text.rsplit_once(':') else {
            return Err(NetPatternError::NoPort(text.into()));
        };
        if host.starts_with('[') && !host.ends_with(']') {
            // The last colon is one of the address: `[::1]` without a port.
            return Err(NetPatternError::NoPort(text.into()));
        }
        Ok(Self {
            host: parse_host(host, text)?,
            port: parse_port(port)?,
        })
    }
}

/// Refuses a URL with what is needed to say the pattern in its place.
fn url(text: &str, scheme: &str, rest: &str) -> NetPatternError {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let well_known = match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    };
    let (host, port) = match authority.parse::<NetPattern>() {
        Ok(NetPattern {
            port: PortPattern::Port(port),
            ..
        }) => (
            authority
                .rsplit_once(':')
                .map_or(authority, |(host, _)| host),
            Some(port),
        ),
        _ => (authority, well_known),
    };
    NetPatternError::Url {
        text: text.into(),
        host: host.into(),
        port,
    }
}

fn parse_port(text: &str) -> Result<PortPattern, NetPatternError> {
    if text == "*" {
        return Ok(PortPattern::Any);
    }
    // `u16::from_str` takes a sign.
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(port) if digits => Ok(PortPattern::Port(port)),
        _ => Err(NetPatternError::BadPort(text.into())),
    }
}

fn parse_host(host: &str, whole: &str) -> Result<HostPattern, NetPatternError> {
    if host == "*" {
        return Ok(HostPattern::Any);
    }
    if let Some(inner) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        let address = inner.parse::<Ipv6Addr>();
        return match address {
            Ok(address) => Ok(HostPattern::Address(address.into())),
            Err(_) => Err(NetPatternError::BadIpv6(inner.into())),
        };
    }
    if host.contains(':') {
        return Err(NetPatternError::Unbracketed(whole.into()));
    }
    if host.contains('*') {
        return Err(NetPatternError::PartialWildcard(host.into()));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Ok(HostPattern::Address(address.into()));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    // A name whose last label is a number is an IPv4 address (WHATWG URL, "ends
    // in a number"), and this one is not well-formed.
    let last = name.rsplit('.').next().unwrap_or_default();
    if !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NetPatternError::BadIpv4(host.into()));
    }
    if !is_host_name(name) {
        return Err(NetPatternError::BadName(host.into()));
    }
    Ok(HostPattern::Name(name.to_ascii_lowercase()))
}

/// RFC 1123 §2.1 with the lengths of RFC 1035 §2.3.4, and `_`, which names of
/// services on private networks have.
fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    name.len() <= 253 && name.split('.').all(label)
}

impl TryFrom<String> for NetPattern {
    type Error = NetPatternError;

    fn try_from(text: String) -> Result<Self, NetPatternError> {
        text.parse()
    }
}

impl From<NetPattern> for String {
    fn from(pattern: NetPattern) -> Self {
        pattern.to_string()
    }
}

impl fmt::Display for NetPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            HostPattern::Any => f.write_str("*")?,
            HostPattern::Name(name) => f.write_str(name)?,
            HostPattern::Address(IpAddr::V4(address)) => address.fmt(f)?,
            HostPattern::Address(IpAddr::V6(address)) => write!(f, "[{address}]")?,
        }
        match self.port {
            PortPattern::Any => f.write_str(":*"),
            PortPattern::Port(port) => write!(f, ":{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> NetPattern {
        text.parse().unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_are_covered_whatever_family_they_are_mapped_into() {
        let one = pattern("192.0.2.1:80");
        assert!(one.covers_address(address("192.0.2.1"), 80));
        assert!(one.covers_address(address("::ffff:192.0.2.1"), 80));
        assert!(!one.covers_address(address("192.0.2.1"), 81));
        assert!(!one.covers_address(address("192.0.2.2"), 80));
        assert!(pattern("[2001:db8::1]:*").covers_address(address("2001:db8:0::1"), 7));
        assert!(pattern("*:443").covers_address(address("::1"), 443));
        assert!(!pattern("*:443").covers_address(address("::1"), 80));
    }

    #[test]
    fn names_are_covered_in_any_case_and_with_the_final_dot() {
        let api = pattern("API.example.com:443");
        assert!(api.covers_name("api.Example.com"));
        assert!(api.covers_name("api.example.com."));
        assert!(!api.covers_name("example.com"));
        assert!(!api.covers_name("x.api.example.com"));
        assert!(!api.covers_address(address("192.0.2.1"), 443));
        assert!(pattern("*:*").covers_name("anything.at.all"));
        assert!(pattern("[::1]:80").covers_name("::1"));
        assert!(!pattern("[::1]:80").covers_name("localhost"));
    }

    #[test]
    fn numbers_that_are_no_ports_are_refused() {
        for text in ["a:", "a:+1", "a:-1", "a:65536", "a:1 ", "a:0x50", "a:**"] {
            let error = text.parse::<NetPattern>().unwrap_err();
            assert!(
                matches!(error, NetPatternError::BadPort(_)),
                "{text}: {error}"
            );
        }
        assert!("a:65535".parse::<NetPattern>().is_ok());
    }

    #[test]
    fn lengths_of_names_are_those_of_the_domain_name_system() {
        let label = "a".repeat(63);
        assert!(format!("{label}:1").parse::<NetPattern>().is_ok());
        assert!(format!("a{label}:1").parse::<NetPattern>().is_err());
        let name = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert!(format!("{name}:1").parse::<NetPattern>().is_ok());
        assert!(format!("{name}a:1").parse::<NetPattern>().is_err());
        for name in ["-a", "a-", "a..b", ".a", "a b", "a/b"] {
            assert!(format!("{name}:1").parse::<NetPattern>().is_err(), "{name}");
        }
    }
}
