//! The network grants, enforced at the host's boundary.
//!
//! Every address that a box binds, listens on, connects or sends to is compared with
//! its grants, and so is every name that it looks up: a box that may reach one server
//! cannot use the resolver to tell another one something.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use boxfile_spec::{HostPattern, NetPattern, PortPattern};
use wasmtime::component::{HasData, Resource};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{
    Host, HostResolveAddressStream, ResolveAddressStream,
};
use wasmtime_wasi::p2::bindings::sockets::network::{
    self, ErrorCode, HostNetwork, IpAddress, Network,
};
use wasmtime_wasi::p2::{DynPollable, SocketError};
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSocketsCtxView};

use super::plan::Net;

/// The grants of one box, and the addresses that its granted names turned out to have.
#[derive(Debug, Clone)]
pub struct Gate {
    net: Arc<Net>,
    learnt: Arc<Mutex<Learnt>>,
}

#[derive(Debug, Default)]
struct Learnt {
    /// Names differ in their answer from one lookup to the next; each address that
    /// a lookup gave stays good.
    names: HashMap<String, HashSet<IpAddr>>,
    /// Who sent a datagram to the box, and so may be answered.
    callers: HashSet<SocketAddr>,
}

/// How many callers are remembered: then all are forgotten, until they call again.
const MOST_CALLERS: usize = 4096;

impl Gate {
    /// A gate that lets through what is granted.
    #[must_use]
    pub fn new(net: Net) -> Self {
        Self {
            net: Arc::new(net),
            learnt: Arc::default(),
        }
    }

    /// Whether a socket may be used so; looks names up where the grants have some.
    pub fn check(
        &self,
        address: SocketAddr,
        reason: SocketAddrUse,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + Sync>> {
        let gate = self.clone();
        Box::pin(async move {
            let Net { connect, listen } = &*gate.net;
            match reason {
                // Port 0 is what a socket gets that is about to connect or send. A
                // listener on it is stopped below, when its real port is known.
                SocketAddrUse::TcpBind | SocketAddrUse::UdpBind
                    if address.port() == 0 && !connect.is_empty() =>
                {
                    true
                }
                SocketAddrUse::TcpBind | SocketAddrUse::UdpBind => {
                    gate.covers(listen, true, address, |grant| takes(grant, address))
                        .await
                }
                // A granted port 0 means one that the system picks: it has, by now.
                SocketAddrUse::TcpListen => {
                    let picked = |grant: &NetPattern| {
                        grant.port == PortPattern::Port(0) || takes(grant, address)
                    };
                    gate.covers(listen, true, address, picked).await
                }
                // Whoever calls at a granted listener may.
                SocketAddrUse::TcpAccept => true,
                SocketAddrUse::TcpConnect => {
                    gate.covers(connect, false, address, |grant| takes(grant, address))
                        .await
                }
                SocketAddrUse::UdpReceive if !listen.is_empty() => {
                    gate.remember_caller(address);
                    true
                }
                SocketAddrUse::UdpSend if gate.learnt().callers.contains(&address) => true,
                SocketAddrUse::UdpSend | SocketAddrUse::UdpReceive => {
                    gate.covers(connect, false, address, |grant| takes(grant, address))
                        .await
                }
            }
        })
    }

    /// Whether one of the grants whose port fits is for this address. Only those with
    /// a name that is not known to have it cost a lookup.
    async fn covers(
        &self,
        grants: &[NetPattern],
        local: bool,
        address: SocketAddr,
        port: impl Fn(&NetPattern) -> bool,
    ) -> bool {
        let ip = address.ip().to_canonical();
        let fitting: Vec<&NetPattern> = grants.iter().filter(|grant| port(grant)).collect();
        let at_once = fitting.iter().any(|grant| match &grant.host {
            HostPattern::Any => true,
            // To listen on the wildcard address is to listen on each.
            HostPattern::Address(granted) if local && granted.is_unspecified() => {
                granted.is_ipv6() || ip.is_ipv4()
            }
            HostPattern::Address(granted) => granted.to_canonical() == ip,
            HostPattern::Name(name) => self.knows(name, ip),
        });
        if at_once {
            return true;
        }
        for grant in fitting {
            if let HostPattern::Name(name) = &grant.host {
                let found = resolve(name.clone()).await;
                found.iter().for_each(|&address| self.learn(name, address));
                if found.contains(&ip) {
                    return true;
                }
            }
        }
        false
    }

    fn learnt(&self) -> MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn knows(&self, name: &str, ip: IpAddr) -> bool {
        self.learnt()
            .names
            .get(name)
            .is_some_and(|addresses| addresses.contains(&ip))
    }

    fn learn(&self, name: &str, ip: IpAddr) {
        self.learnt()
            .names
            .entry(name.to_owned())
            .or_default()
            .insert(ip);
    }

    fn remember_caller(&self, caller: SocketAddr) {
        let callers = &mut self.learnt().callers;
        if callers.len() >= MOST_CALLERS {
            callers.clear();
        }
        callers.insert(caller);
    }

    /// Whether the box may ask for the addresses of `name`.
    fn may_look_up(&self, name: &str) -> bool {
        // An address is its own answer: nobody is asked.
        name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
            || self
                .net
                .connect
                .iter()
                .chain(&self.net.listen)
                .any(|grant| grant.covers_name(name))
    }
}

fn takes(grant: &NetPattern, address: SocketAddr) -> bool {
    grant.covers_port(address.port())
}

/// A name as [`NetPattern`] keeps it.
fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// The addresses of a name; none if it has none.
async fn resolve(name: String) -> Vec<IpAddr> {
    let lookup = tokio::task::spawn_blocking(move || (name.as_str(), 0).to_socket_addrs());
    match lookup.await {
        Ok(Ok(found)) => found.map(|address| address.ip().to_canonical()).collect(),
        _ => Vec::new(),
    }
}

/// The names behind the lookups that a box has open.
#[derive(Debug, Default)]
pub struct Lookups(HashMap<u32, String>);

/// `wasi:sockets/ip-name-lookup` behind the gate.
pub struct GatedLookup;

impl HasData for GatedLookup {
    type Data<'a> = GatedLookupView<'a>;
}

/// What [`GatedLookup`] works on.
pub struct GatedLookupView<'a> {
    /// The host's own lookup.
    pub sockets: WasiSocketsCtxView<'a>,
    /// The grants.
    pub gate: Option<&'a Gate>,
    /// The open lookups.
    pub lookups: &'a mut Lookups,
}

// The interface uses the error codes of `network`, whose functions change nothing.
impl network::Host for GatedLookupView<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        self.sockets.convert_error_code(error)
    }

    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        self.sockets.network_error_code(error)
    }
}

impl HostNetwork for GatedLookupView<'_> {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        HostNetwork::drop(&mut self.sockets, network)
    }
}

impl Host for GatedLookupView<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> Result<Resource<ResolveAddressStream>, SocketError> {
        if !self.gate.is_some_and(|gate| gate.may_look_up(&name)) {
            return Err(ErrorCode::AccessDenied.into());
        }
        let stream = self.sockets.resolve_addresses(network, name.clone())?;
        self.lookups.0.insert(stream.rep(), plain(&name));
        Ok(stream)
    }
}

impl HostResolveAddressStream for GatedLookupView<'_> {
    fn resolve_next_address(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> Result<Option<IpAddress>, SocketError> {
        let name = self.lookups.0.get(&stream.rep());
        let next = self.sockets.resolve_next_address(stream)?;
        if let (Some(gate), Some(name), Some(found)) = (self.gate, name, next) {
            gate.learn(name, ip(found));
        }
        Ok(next)
    }

    fn subscribe(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        self.sockets.subscribe(stream)
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        self.lookups.0.remove(&stream.rep());
        HostResolveAddressStream::drop(&mut self.sockets, stream)
    }
}

fn ip(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => IpAddr::from([a, b, c, d]),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => {
            IpAddr::from([a, b, c, d, e, f, g, h]).to_canonical()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SocketAddrUse::{TcpBind, TcpConnect, TcpListen, UdpBind, UdpReceive, UdpSend};

    fn gate(connect: &[&str], listen: &[&str]) -> Gate {
        let parse = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        Gate::new(Net {
            connect: parse(connect),
            listen: parse(listen),
        })
    }

    fn allows(gate: &Gate, address: &str, reason: SocketAddrUse) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(gate.check(address.parse().unwrap(), reason))
    }

    #[test]
    fn connecting_needs_the_very_address_and_port() {
        let gate = gate(&["10.0.0.1:443"], &[]);
        assert!(allows(&gate, "10.0.0.1:443", TcpConnect));
        assert!(allows(&gate, "[::ffff:10.0.0.1]:443", TcpConnect));
        assert!(allows(&gate, "10.0.0.1:443", UdpSend));
        assert!(allows(&gate, "10.0.0.1:443", UdpReceive));
        for other in ["10.0.0.1:80", "10.0.0.2:443", "[::1]:443"] {
            assert!(!allows(&gate, other, TcpConnect), "{other}");
            assert!(!allows(&gate, other, UdpSend), "{other}");
            assert!(!allows(&gate, other, UdpReceive), "{other}");
        }
    }

    #[test]
    fn a_box_that_may_connect_may_not_listen() {
        let gate = gate(&["*:*"], &[]);
        assert!(allows(&gate, "0.0.0.0:0", TcpBind));
        assert!(allows(&gate, "0.0.0.0:0", UdpBind));
        assert!(!allows(&gate, "0.0.0.0:8080", TcpBind));
        assert!(!allows(&gate, "0.0.0.0:43210", TcpListen));
    }

    #[test]
    fn listening_is_where_it_says() {
        let one = gate(&[], &["127.0.0.1:8080"]);
        assert!(allows(&one, "127.0.0.1:8080", TcpBind));
        assert!(allows(&one, "127.0.0.1:8080", TcpListen));
        assert!(!allows(&one, "0.0.0.0:8080", TcpListen));
        assert!(!allows(&one, "127.0.0.1:0", TcpBind));
        assert!(!allows(&one, "127.0.0.1:80", TcpConnect));
        let any = gate(&[], &["0.0.0.0:0"]);
        assert!(allows(&any, "127.0.0.1:0", TcpBind));
        assert!(!allows(&any, "127.0.0.1:8080", TcpBind));
        assert!(allows(&any, "127.0.0.1:43210", TcpListen));
        assert!(!allows(&any, "[::1]:43210", TcpListen));
        assert!(allows(&gate(&[], &["*:*"]), "[::1]:80", TcpBind));
    }

    #[test]
    fn nothing_is_granted_by_default() {
        let gate = gate(&[], &[]);
        for reason in [TcpBind, TcpListen, TcpConnect, UdpBind, UdpSend, UdpReceive] {
            assert!(!allows(&gate, "127.0.0.1:0", reason), "{reason:?}");
        }
        assert!(!gate.may_look_up("example.com"));
    }

    #[test]
    fn who_called_may_be_answered() {
        let gate = gate(&[], &["0.0.0.0:53"]);
        assert!(!allows(&gate, "192.0.2.1:4000", UdpSend));
        assert!(allows(&gate, "192.0.2.1:4000", UdpReceive));
        assert!(allows(&gate, "192.0.2.1:4000", UdpSend));
        assert!(!allows(&gate, "192.0.2.1:4000", TcpConnect));
        assert!(!allows(&gate, "192.0.2.1:4001", UdpSend));
    }

    #[test]
    fn names_stand_for_their_addresses() {
        let gate = gate(&["localhost:80"], &[]);
        assert!(allows(&gate, "127.0.0.1:80", TcpConnect));
        assert!(!allows(&gate, "127.0.0.1:81", TcpConnect));
        assert!(!allows(&gate, "192.0.2.1:80", TcpConnect));
        gate.learn("localhost", "192.0.2.1".parse().unwrap());
        assert!(allows(&gate, "192.0.2.1:80", TcpConnect));
    }

    #[test]
    fn only_granted_names_are_looked_up() {
        let gate = gate(&["api.example.com:443"], &["localhost:80"]);
        for granted in [
            "api.example.com",
            "API.Example.com.",
            "localhost",
            "10.0.0.1",
            "::1",
            "[::1]",
        ] {
            assert!(gate.may_look_up(granted), "{granted}");
        }
        for other in [
            "example.com",
            "secret.api.example.com",
            "",
            "api.example.com.evil.org",
        ] {
            assert!(!gate.may_look_up(other), "{other}");
        }
    }
}
