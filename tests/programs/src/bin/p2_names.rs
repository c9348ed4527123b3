//! `wasi:sockets/ip-name-lookup`: literals, `localhost` and what is no name.

use std::net::ToSocketAddrs;

use test_programs::on_another_host;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{ErrorCode, IpAddress};

fn main() {
    literals();
    localhost();
    nothing();
    through_std();
    println!("p2_names ok");
}

fn all(name: &str) -> Result<Vec<IpAddress>, ErrorCode> {
    let lookup = resolve_addresses(&instance_network(), name)?;
    let mut addresses = Vec::new();
    loop {
        match lookup.resolve_next_address() {
            Ok(Some(address)) => addresses.push(address),
            Ok(None) => {
                assert!(matches!(lookup.resolve_next_address(), Ok(None)));
                assert!(lookup.subscribe().ready());
                return Ok(addresses);
            }
            Err(ErrorCode::WouldBlock) => lookup.subscribe().block(),
            Err(error) => return Err(error),
        }
    }
}

fn literals() {
    assert!(matches!(
        all("127.0.0.1").unwrap()[..],
        [IpAddress::Ipv4((127, 0, 0, 1))]
    ));
    assert!(matches!(
        all("192.0.2.7").unwrap()[..],
        [IpAddress::Ipv4((192, 0, 2, 7))]
    ));
    assert!(matches!(
        all("::1").unwrap()[..],
        [IpAddress::Ipv6((0, 0, 0, 0, 0, 0, 0, 1))]
    ));
    for any in ["0.0.0.0", "::", "[::]"] {
        let addresses = all(any).unwrap();
        assert!(matches!(
            addresses[..],
            [IpAddress::Ipv4((0, 0, 0, 0)) | IpAddress::Ipv6((0, 0, 0, 0, 0, 0, 0, 0))]
        ));
    }
    for same in ["dead:beef::", "dead:beef::0", "DEAD:BEEF:0:0:0:0:0:0"] {
        assert!(matches!(
            all(same).unwrap()[..],
            [IpAddress::Ipv6((0xdead, 0xbeef, 0, 0, 0, 0, 0, 0))]
        ));
    }
    assert!(matches!(
        all("2001:db8::5").unwrap()[..],
        [IpAddress::Ipv6((0x2001, 0xdb8, 0, 0, 0, 0, 0, 5))]
    ));
}

fn localhost() {
    let addresses = all("localhost").unwrap();
    assert!(!addresses.is_empty());
    for address in addresses {
        assert!(matches!(
            address,
            IpAddress::Ipv4((127, 0, 0, 1)) | IpAddress::Ipv6((0, 0, 0, 0, 0, 0, 0, 1))
        ));
    }
}

fn nothing() {
    for bad in [
        "",
        " ",
        "a b",
        "a.b<&>",
        "<>@&*",
        "127.0.0.1:80",
        "[::]:80",
        "http://example.com/",
    ] {
        assert_eq!(
            all(bad).map(drop),
            Err(ErrorCode::InvalidArgument),
            "{bad:?}"
        );
    }
    // A label without letters is no name; some resolvers only fail to find it.
    let empty_label = all("a..b").map(drop);
    assert!(matches!(
        empty_label,
        Err(ErrorCode::InvalidArgument | ErrorCode::NameUnresolvable)
    ));
    if !on_another_host() {
        // Another host would ask the Internet.
        assert_eq!(
            all("no.such.name.invalid").map(drop),
            Err(ErrorCode::NameUnresolvable)
        );
        assert_eq!(
            all("bücher.invalid").map(drop),
            Err(ErrorCode::NameUnresolvable)
        );
    }
}

fn through_std() {
    let mut addresses = ("localhost", 80).to_socket_addrs().unwrap();
    assert!(addresses.all(|address| address.ip().is_loopback() && address.port() == 80));
    assert!("127.0.0.1:80".to_socket_addrs().unwrap().next().is_some());
}
