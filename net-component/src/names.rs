//! Names that need no name server: address literals and `localhost`.

use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{Errno, Lookup};

/// The longest host name and the longest label in it, in bytes: RFC 1035 section
/// 2.3.4, as it is written (without the root's empty label).
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// What a name stands for on a host that knows only itself. An address literal
/// stands for itself; `localhost` and every name beneath it for the loopback
/// addresses (RFC 6761 section 6.3), `::1` before `127.0.0.1` (RFC 6724 section 2.1
/// gives it the higher precedence); no other name for anything.
///
/// # Errors
///
/// [`Errno::Invalid`] where the text is neither a literal nor a host name,
/// [`Errno::NameUnresolvable`] for all other names.
pub fn resolve_local(name: &str) -> Result<Vec<IpAddr>, Errno> {
    if let Ok(address) = name.parse() {
        return Ok(vec![address]);
    }
    let name = name.strip_suffix('.').unwrap_or(name).as_bytes();
    if name.len() > NAME_MAX || !name.split(|byte| *byte == b'.').all(is_label) {
        return Err(Errno::Invalid);
    }
    if is_localhost(name) {
        Ok(vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()])
    } else {
        Err(Errno::NameUnresolvable)
    }
}

fn is_localhost(name: &[u8]) -> bool {
    let last = name.rsplit(|byte| *byte == b'.').next();
    last.is_some_and(|label| label.eq_ignore_ascii_case(b"localhost"))
}

/// Letters, digits, hyphens inside (RFC 1123 section 2.1), and underscores, which
/// names in use have. Bytes above ASCII are left to whoever knows IDNA.
fn is_label(label: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte) || *byte >= 0x80;
    (1..=LABEL_MAX).contains(&label.len())
        && label.iter().all(allowed)
        && !label.starts_with(b"-")
        && !label.ends_with(b"-")
}

/// A lookup whose answer is known from the start.
#[derive(Debug)]
pub struct Names(RefCell<Result<vec::IntoIter<IpAddr>, Errno>>);

impl Names {
    /// A lookup by [`resolve_local`].
    ///
    /// # Errors
    ///
    /// [`Errno::Invalid`] where the text is neither a literal nor a host name.
    pub fn local(name: &str) -> Result<Self, Errno> {
        match resolve_local(name) {
            Err(Errno::Invalid) => Err(Errno::Invalid),
            answer => Ok(Self(RefCell::new(answer.map(Vec::into_iter)))),
        }
    }
}

impl Lookup for Names {
    fn next(&self) -> Result<Option<IpAddr>, Errno> {
        match &mut *self.0.borrow_mut() {
            Ok(addresses) => Ok(addresses.next()),
            Err(errno) => Err(*errno),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_stand_for_themselves() {
        for literal in [
            "127.0.0.1",
            "192.0.2.1",
            "::1",
            "2001:db8::7",
            "::ffff:1.2.3.4",
        ] {
            assert_eq!(resolve_local(literal), Ok(vec![literal.parse().unwrap()]));
        }
    }

    #[test]
    fn localhost_and_names_beneath_it() {
        let both: Vec<IpAddr> = vec!["::1".parse().unwrap(), "127.0.0.1".parse().unwrap()];
        for name in [
            "localhost",
            "LocalHost",
            "localhost.",
            "a.localhost",
            "a.b_c.LOCALHOST.",
        ] {
            assert_eq!(resolve_local(name), Ok(both.clone()), "{name}");
        }
    }

    #[test]
    fn other_names_do_not_resolve() {
        for name in [
            "example.com",
            "localhost.example",
            "notlocalhost",
            "1.2.3",
            "münchen.de",
            "a--b",
        ] {
            assert_eq!(resolve_local(name), Err(Errno::NameUnresolvable), "{name}");
        }
    }

    #[test]
    fn what_is_no_name() {
        let long_label = "a".repeat(64);
        let long_name = "a.".repeat(127);
        assert_eq!(long_name.len(), 254);
        for text in [
            "",
            ".",
            " ",
            "a b",
            "a..b",
            ".a",
            "a..",
            "-a",
            "a-.b",
            "localhost:80",
            "[::1]",
            "[::1]:80",
            "127.0.0.1:80",
            "http://localhost/",
            "a.b<&>",
            "a\0b",
            "::1%lo",
            &long_label,
            &[&long_name, "a"].concat(),
        ] {
            assert_eq!(resolve_local(text), Err(Errno::Invalid), "{text:?}");
        }
        assert_eq!(resolve_local(&long_name), Err(Errno::NameUnresolvable));
    }

    #[test]
    fn a_lookup_tells_one_address_at_a_time() {
        let lookup = Names::local("localhost").unwrap();
        assert_eq!(lookup.next(), Ok(Some("::1".parse().unwrap())));
        assert_eq!(lookup.next(), Ok(Some("127.0.0.1".parse().unwrap())));
        assert_eq!(lookup.next(), Ok(None));
        assert_eq!(lookup.next(), Ok(None));
    }

    #[test]
    fn a_lookup_reports_what_it_cannot_find() {
        assert!(matches!(Names::local("no name"), Err(Errno::Invalid)));
        let lookup = Names::local("example.com").unwrap();
        assert_eq!(lookup.next(), Err(Errno::NameUnresolvable));
        assert_eq!(lookup.next(), Err(Errno::NameUnresolvable));
    }
}
