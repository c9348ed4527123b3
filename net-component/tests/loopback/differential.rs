//! The same calls on loopback and on the machine's own loopback device, with the
//! same outcome: results, errors, addresses and readiness after every call.
//!
//! Ports differ between the two; they are compared by whose they are. What takes
//! time on Linux is waited for, up to a bound. Left out is what Linux does not
//! determine or POSIX and WASI want otherwise; each exception stands where it is made.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use net_component::{
    AddressFamily, Errno, Loopback, LoopbackSocket, ShutdownHow, Socket, SocketKind, SocketOption,
    Stack,
};
use proptest::prelude::*;

use crate::linux::{Linux, LinuxSocket};

/// How often and how long to wait for Linux to get as far as loopback is.
const LOOKS: u32 = 4_000;
const PAUSE: Duration = Duration::from_millis(1);

/// The most sockets of a run.
const SOCKETS: usize = 10;

/// A port that no test binds: tcpmux, long out of use.
const NOBODY: u16 = 1;

#[derive(Debug, Clone)]
enum Call {
    Open(AddressFamily, SocketKind),
    /// A listener, and what connects to it by this address; accepted or not yet.
    Pair(AddressFamily, Address, bool),
    Close,
    Bind(Address, Port),
    Listen(u32),
    Accept,
    Connect(Address, Port),
    Disconnect,
    TakeError,
    Send(usize),
    Receive(usize),
    SendTo(usize, Option<(Address, Port)>),
    ReceiveFrom,
    Shutdown(ShutdownHow),
    SetOption(SocketOption, u64),
    GetOption(SocketOption),
}

/// Addresses of either family; the wrong one is given now and then.
#[derive(Debug, Clone, Copy)]
enum Address {
    Any,
    Local,
    /// 127.0.0.2, which also is the box's own; ::1 in IPv6.
    Second,
    MappedAny,
    MappedLocal,
    /// 127.255.255.255.
    Broadcast,
    /// Of the other family than the socket is.
    Foreign,
}

impl Address {
    fn ip(self, family: AddressFamily) -> IpAddr {
        let second = Ipv4Addr::new(127, 0, 0, 2);
        match (self, family) {
            (Self::Any, AddressFamily::Ipv4) => Ipv4Addr::UNSPECIFIED.into(),
            (Self::Any, AddressFamily::Ipv6) => Ipv6Addr::UNSPECIFIED.into(),
            (Self::Local | Self::MappedLocal | Self::MappedAny, AddressFamily::Ipv4) => {
                Ipv4Addr::LOCALHOST.into()
            }
            (Self::Second, AddressFamily::Ipv4) => second.into(),
            (Self::Local, AddressFamily::Ipv6) | (Self::Foreign, AddressFamily::Ipv4) => {
                Ipv6Addr::LOCALHOST.into()
            }
            (Self::Second, AddressFamily::Ipv6) => second.to_ipv6_mapped().into(),
            (Self::MappedAny, AddressFamily::Ipv6) => Ipv4Addr::UNSPECIFIED.to_ipv6_mapped().into(),
            // An address of IPv4 on a socket of IPv6 is not among the calls: Linux
            // finds it too short and says EINVAL.
            (Self::MappedLocal | Self::Foreign, AddressFamily::Ipv6) => {
                Ipv4Addr::LOCALHOST.to_ipv6_mapped().into()
            }
            (Self::Broadcast, AddressFamily::Ipv4) => Ipv4Addr::new(127, 255, 255, 255).into(),
            (Self::Broadcast, AddressFamily::Ipv6) => {
                Ipv4Addr::new(127, 255, 255, 255).to_ipv6_mapped().into()
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Port {
    Zero,
    Nobody,
    /// Of the socket with this number, if it has one.
    Of(usize),
}

fn address() -> impl Strategy<Value = Address> {
    prop_oneof![
        4 => Just(Address::Any),
        8 => Just(Address::Local),
        2 => Just(Address::Second),
        1 => Just(Address::MappedAny),
        3 => Just(Address::MappedLocal),
        1 => Just(Address::Broadcast),
        1 => Just(Address::Foreign),
    ]
}

/// What Linux makes of a socket bound to a broadcast address is hard to say.
fn local_address() -> impl Strategy<Value = Address> {
    address().prop_map(|address| match address {
        Address::Broadcast => Address::Local,
        other => other,
    })
}

fn family() -> impl Strategy<Value = AddressFamily> {
    prop_oneof![Just(AddressFamily::Ipv4), Just(AddressFamily::Ipv6)]
}

fn remote_port() -> impl Strategy<Value = Port> {
    prop_oneof![
        1 => Just(Port::Nobody),
        12 => (0..SOCKETS).prop_map(Port::Of),
    ]
}

fn local_port() -> impl Strategy<Value = Port> {
    prop_oneof![
        2 => Just(Port::Zero),
        1 => (0..SOCKETS).prop_map(Port::Of),
    ]
}

fn how() -> impl Strategy<Value = ShutdownHow> {
    prop_oneof![
        1 => Just(ShutdownHow::Receive),
        3 => Just(ShutdownHow::Send),
        1 => Just(ShutdownHow::Both),
    ]
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![Just(0usize), 1..4usize, 1..300usize]
}

/// Options whose values the two hold alike.
fn option() -> impl Strategy<Value = SocketOption> {
    prop_oneof![
        Just(SocketOption::KeepAlive),
        Just(SocketOption::HopLimit),
        Just(SocketOption::ReuseAddress),
        Just(SocketOption::Ipv6Only),
        Just(SocketOption::Broadcast),
        Just(SocketOption::Accepting),
    ]
}

fn stream_call() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => family().prop_map(|family| Call::Open(family, SocketKind::Stream)),
        3 => Just(Call::Close),
        4 => (local_address(), local_port()).prop_map(|(ip, port)| Call::Bind(ip, port)),
        4 => (2..8u32).prop_map(Call::Listen),
        6 => Just(Call::Accept),
        10 => (address(), remote_port()).prop_map(|(ip, port)| Call::Connect(ip, port)),
        3 => Just(Call::TakeError),
        8 => size().prop_map(Call::Send),
        8 => size().prop_map(Call::Receive),
        4 => how().prop_map(Call::Shutdown),
        2 => (option(), 0..3u64).prop_map(|(name, value)| Call::SetOption(name, value)),
        1 => option().prop_map(Call::GetOption),
    ]
}

/// What happens between sockets that are connected.
fn connection_call() -> impl Strategy<Value = Call> {
    let pair = (family(), address(), prop::bool::weighted(0.7));
    prop_oneof![
        3 => pair.prop_map(|(family, ip, accepted)| Call::Pair(family, ip, accepted)),
        3 => Just(Call::Close),
        2 => Just(Call::Accept),
        1 => (address(), remote_port()).prop_map(|(ip, port)| Call::Connect(ip, port)),
        2 => Just(Call::TakeError),
        8 => size().prop_map(Call::Send),
        8 => size().prop_map(Call::Receive),
        4 => how().prop_map(Call::Shutdown),
    ]
}

/// Who may have which address.
fn binding_call(kind: SocketKind) -> impl Strategy<Value = Call> {
    let switch = prop_oneof![
        Just(SocketOption::ReuseAddress),
        Just(SocketOption::Ipv6Only)
    ];
    let bind = (local_address(), (0..SOCKETS).prop_map(Port::Of));
    prop_oneof![
        6 => family().prop_map(move |family| Call::Open(family, kind)),
        2 => Just(Call::Close),
        2 => local_address().prop_map(|ip| Call::Bind(ip, Port::Zero)),
        10 => bind.prop_map(|(ip, port)| Call::Bind(ip, port)),
        4 => (switch, 0..2u64).prop_map(|(name, value)| Call::SetOption(name, value)),
        4 => (2..8u32).prop_map(Call::Listen),
    ]
}

fn datagram_call() -> impl Strategy<Value = Call> {
    let large = prop_oneof![Just(65_507usize), Just(65_508), Just(65_527), Just(65_528)];
    prop_oneof![
        3 => family().prop_map(|family| Call::Open(family, SocketKind::Datagram)),
        2 => Just(Call::Close),
        4 => (local_address(), local_port()).prop_map(|(ip, port)| Call::Bind(ip, port)),
        6 => (address(), remote_port()).prop_map(|(ip, port)| Call::Connect(ip, port)),
        2 => Just(Call::Disconnect),
        2 => Just(Call::TakeError),
        10 => (size(), prop::option::of((address(), remote_port())))
            .prop_map(|(size, to)| Call::SendTo(size, to)),
        1 => (large, prop::option::of((address(), remote_port())))
            .prop_map(|(size, to)| Call::SendTo(size, to)),
        8 => Just(Call::ReceiveFrom),
        1 => how().prop_map(Call::Shutdown),
        2 => (option(), 0..3u64).prop_map(|(name, value)| Call::SetOption(name, value)),
        1 => option().prop_map(Call::GetOption),
    ]
}

/// A socket on both sides.
struct Both {
    ours: LoopbackSocket,
    theirs: LinuxSocket,
    kind: SocketKind,
    /// It has tried to connect to an address of IPv4.
    tried_ipv4: Cell<bool>,
}

impl Both {
    fn new(ours: LoopbackSocket, theirs: LinuxSocket, kind: SocketKind) -> Self {
        Self {
            ours,
            theirs,
            kind,
            tried_ipv4: Cell::new(false),
        }
    }

    /// Whether it turns from IPv4 to IPv6, which Linux gets wrong: a stream never hears
    /// an answer, a datagram socket still sends what is for `::` to IPv4.
    fn turns(&self, ip: IpAddr) -> bool {
        !ip.to_canonical().is_ipv4() && self.tried_ipv4.get()
    }
}

/// The sockets of a run.
#[derive(Default)]
struct World {
    net: Loopback,
    sockets: Vec<Both>,
    /// The next byte to send, so that every byte says which one it is.
    next: u8,
    /// A stream that had failed was shut down, or a datagram socket: on Linux that
    /// stays so whatever is connected later.
    spoiled: bool,
}

/// Why a run cannot go on though nothing is wrong.
struct Undetermined;

impl World {
    fn run(&mut self, calls: &[(Call, usize)]) -> Result<(), TestCaseError> {
        for (step, (call, on)) in calls.iter().enumerate() {
            match self.call(call, *on) {
                Ok(Ok(())) => {}
                Ok(Err(Undetermined)) => return Ok(()),
                Err(mismatch) => {
                    return Err(TestCaseError::fail(format!(
                        "call {step}, {call:?}: {mismatch}"
                    )));
                }
            }
            match self.settle() {
                Ok(Ok(())) => {}
                Ok(Err(Undetermined)) => return Ok(()),
                Err(mismatch) => {
                    let what = format!("after call {step}, {call:?}: {mismatch}");
                    return Err(TestCaseError::fail(what));
                }
            }
        }
        Ok(())
    }

    fn call(&mut self, call: &Call, on: usize) -> Result<Result<(), Undetermined>, String> {
        if let Call::Open(family, kind) = call {
            if self.sockets.len() < SOCKETS {
                let ours = self
                    .net
                    .open(*family, *kind)
                    .map_err(|errno| format!("{errno:?}"))?;
                let theirs = Linux
                    .open(*family, *kind)
                    .map_err(|errno| format!("{errno:?}"))?;
                if *kind == SocketKind::Stream {
                    // Or it holds small pieces back for a while (Nagle's algorithm).
                    let set = theirs.set_option(SocketOption::NoDelay, 1);
                    set.map_err(|errno| format!("{errno:?}"))?;
                }
                self.sockets.push(Both::new(ours, theirs, *kind));
            }
            return Ok(Ok(()));
        }
        if let Call::Pair(family, address, accepted) = call {
            return self.pair(*family, *address, *accepted);
        }
        if self.sockets.is_empty() {
            return Ok(Ok(()));
        }
        let on = self.pick(call, on);
        if let Call::Close = call {
            self.sockets.remove(on);
            return Ok(Ok(()));
        }
        let Both {
            ours, theirs, kind, ..
        } = &self.sockets[on];
        match call {
            Call::Open(..) | Call::Pair(..) | Call::Close => {}
            Call::Bind(ip, port) => {
                let (ours_at, theirs_at) = self.place(on, *ip, *port);
                let outcome = (ours.bind(ours_at), theirs.bind(theirs_at));
                // Linux keeps the port of a connection for a while after it is over;
                // but one that was not asked for it gives up at once when the
                // connection fails, and still tells it.
                let late = outcome == (Ok(()), Err(Errno::AddressInUse));
                let early = outcome.1 == Ok(()) && self.sockets.iter().any(is_dead);
                let gone = is_dead(&self.sockets[on]);
                if late && matches!(port, Port::Of(_)) || early && outcome.0 != Ok(()) || gone {
                    return Ok(Err(Undetermined));
                }
                same("bind", outcome)?;
            }
            Call::Listen(backlog) => {
                same("listen", (ours.listen(*backlog), theirs.listen(*backlog)))?;
            }
            Call::Accept => return self.accept(on).map(Ok),
            Call::Connect(ip, port) => {
                let (ours_at, theirs_at) = self.place(on, *ip, *port);
                if self.sockets[on].turns(ours_at.ip()) {
                    return Ok(Err(Undetermined));
                }
                self.sockets[on]
                    .tried_ipv4
                    .set(ours_at.ip().to_canonical().is_ipv4());
                let outcome = (ours.connect(Some(ours_at)), theirs.connect(Some(theirs_at)));
                // A connection that is over still counts on Linux for a while.
                let late = outcome == (Err(Errno::InProgress), Err(Errno::AddressNotAvailable));
                if outcome.1 == Err(Errno::Invalid) && self.spoiled
                    || outcome.0 == Err(Errno::NetworkUnreachable) && outcome.1 != outcome.0
                    || late
                {
                    return Ok(Err(Undetermined));
                }
                same("connect", outcome)?;
                // On Linux half of what such a socket sends is lost.
                if *kind == SocketKind::Datagram
                    && outcome.0.is_err()
                    && ours.remote_address().is_ok()
                {
                    return Ok(Err(Undetermined));
                }
                if *kind == SocketKind::Stream && !ours.ready().writable && !is_listening(ours) {
                    // It waits for room in a queue, and on Linux a second longer.
                    return Ok(Err(Undetermined));
                }
            }
            Call::Disconnect if self.spoiled => return Ok(Err(Undetermined)),
            Call::Disconnect => same("disconnect", (ours.connect(None), theirs.connect(None)))?,
            Call::TakeError => same("take_error", (ours.take_error(), theirs.take_error()))?,
            Call::Send(size) => {
                let data: Vec<u8> = (0..*size)
                    .map(|at| self.next.wrapping_add(at as u8))
                    .collect();
                let mut ours = ours.send(data.clone());
                // Linux says EPIPE where POSIX has ENOTCONN.
                if ours == Err(Errno::NotConnected) {
                    ours = Err(Errno::BrokenPipe);
                }
                same("send", (ours, theirs.send(data)))?;
                self.next = self.next.wrapping_add(*size as u8);
            }
            Call::Receive(length) => {
                let ours = ours.receive(*length);
                let theirs = patiently(theirs, *length, &ours);
                same("receive", (ours, theirs))?;
            }
            Call::SendTo(size, to) => {
                let to = to.map(|(ip, port)| self.place(on, ip, port));
                if to.is_some_and(|(ours_at, _)| self.sockets[on].turns(ours_at.ip())) {
                    return Ok(Err(Undetermined));
                }
                let data: Vec<u8> = (0..*size)
                    .map(|at| self.next.wrapping_add(at as u8))
                    .collect();
                let outcome = (
                    ours.send_to(data.clone(), to.map(|(ours, _)| ours)),
                    theirs.send_to(data, to.map(|(_, theirs)| theirs)),
                );
                // Linux sends from ::1 to an address of IPv4, as 127.0.0.6.
                if outcome.0 == Err(Errno::NetworkUnreachable) && outcome.1 != outcome.0 {
                    return Ok(Err(Undetermined));
                }
                same("send_to", outcome)?;
                self.next = self.next.wrapping_add(*size as u8);
            }
            Call::ReceiveFrom => {
                let (ours, theirs) = (ours.receive_from(), theirs.receive_from());
                // The end of what a peer sends, for which Linux has EAGAIN.
                let end = ours.as_ref().is_ok_and(|datagram| datagram.data.is_empty());
                if end && theirs == Err(Errno::Again) {
                    return Ok(Ok(()));
                }
                let data = |datagram: &Result<net_component::Datagram, Errno>| {
                    datagram
                        .as_ref()
                        .map(|datagram| datagram.data.clone())
                        .map_err(|errno| *errno)
                };
                same("receive_from", (data(&ours), data(&theirs)))?;
                if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
                    self.same_address("source", Ok(ours.source), Ok(theirs.source))?;
                }
            }
            Call::Shutdown(how) => {
                let outcome = ours.shutdown(*how);
                // Linux refuses a socket that is not connected, yet does it.
                let was_connected = *kind == SocketKind::Stream && ours.ready().readable;
                if outcome == Err(Errno::NotConnected) && !was_connected {
                    return Ok(Ok(()));
                }
                same("shutdown", (outcome, theirs.shutdown(*how)))?;
                self.spoiled |= was_connected || *kind == SocketKind::Datagram;
            }
            // Linux gives up the port of a connection that failed, we do not.
            Call::SetOption(SocketOption::Ipv6Only, _) if is_dead(&self.sockets[on]) => {
                return Ok(Err(Undetermined));
            }
            Call::SetOption(name, value) => {
                // What a switch and a hop limit take beyond their domain differs.
                let value = if *name == SocketOption::HopLimit {
                    value + 1
                } else {
                    value % 2
                };
                let outcome = (
                    ours.set_option(*name, value),
                    theirs.set_option(*name, value),
                );
                same("set_option", (outcome.0, no_option(outcome.1)))?;
            }
            // Linux switches it on when the socket is bound to an address of IPv6.
            Call::GetOption(SocketOption::Ipv6Only) if ours.local_address().is_ok() => {}
            Call::GetOption(name) => {
                let theirs = no_option(theirs.get_option(*name));
                same("get_option", (ours.get_option(*name), theirs))?;
            }
        }
        if self.ports_coincide() {
            return Ok(Err(Undetermined));
        }
        let Both { ours, theirs, .. } = &self.sockets[on];
        self.same_address(
            "remote address",
            ours.remote_address(),
            theirs.remote_address(),
        )?;
        // Linux remembers the port of an attempt that failed.
        if let Ok(local) = ours.local_address() {
            self.same_address("local address", Ok(local), theirs.local_address())?;
        }
        Ok(Ok(()))
    }

    /// The socket that a call is for: one that is connected for most that need it.
    fn pick(&self, call: &Call, on: usize) -> usize {
        let transfers = matches!(call, Call::Send(_) | Call::Receive(_) | Call::Shutdown(_));
        let connected: Vec<usize> = (0..self.sockets.len())
            .filter(|at| {
                let both = &self.sockets[*at];
                both.ours.remote_address().is_ok() || is_dead(both)
            })
            .collect();
        match connected.get(on % connected.len().max(1)) {
            Some(at) if transfers && on < SOCKETS - 1 => *at,
            _ => on % self.sockets.len(),
        }
    }

    fn pair(
        &mut self,
        family: AddressFamily,
        address: Address,
        accepted: bool,
    ) -> Result<Result<(), Undetermined>, String> {
        let listener = self.sockets.len();
        if listener + 3 > SOCKETS {
            return Ok(Ok(()));
        }
        let open = Call::Open(family, SocketKind::Stream);
        let both_families = Call::SetOption(SocketOption::Ipv6Only, 0);
        let steps = [
            (&open, listener),
            (&open, listener),
            (&both_families, listener),
            (&both_families, listener + 1),
            (&Call::Bind(Address::Any, Port::Zero), listener),
            (&Call::Listen(4), listener),
            (&Call::Connect(address, Port::Of(listener)), listener + 1),
        ];
        for (call, on) in steps {
            if let Err(Undetermined) = self.call(call, on)? {
                return Ok(Err(Undetermined));
            }
        }
        if accepted {
            if let Err(Undetermined) = self.settle()? {
                return Ok(Err(Undetermined));
            }
            return self.call(&Call::Accept, listener);
        }
        Ok(Ok(()))
    }

    fn accept(&mut self, on: usize) -> Result<(), String> {
        let Both {
            ours, theirs, kind, ..
        } = &self.sockets[on];
        let kind = *kind;
        match (ours.accept(), theirs.accept()) {
            (Ok((ours, ours_peer)), Ok((theirs, theirs_peer))) => {
                self.same_address("accept's peer", Ok(ours_peer), Ok(theirs_peer))?;
                if self.sockets.len() < SOCKETS {
                    self.sockets.push(Both::new(ours, theirs, kind));
                    let new = &self.sockets[self.sockets.len() - 1];
                    self.same_address(
                        "accepted local address",
                        new.ours.local_address(),
                        new.theirs.local_address(),
                    )?;
                }
                Ok(())
            }
            (ours, theirs) => same("accept", (ours.map(|_| ()), theirs.map(|_| ()))),
        }
    }

    /// The same place on both sides.
    fn place(&self, on: usize, ip: Address, port: Port) -> (SocketAddr, SocketAddr) {
        let ip = ip.ip(self.sockets[on].ours.family());
        let (ours, theirs) = match port {
            Port::Zero => (0, self.free_port(on, ip)),
            Port::Nobody => (NOBODY, NOBODY),
            Port::Of(other) => {
                let other = &self.sockets[other % self.sockets.len()];
                match (other.ours.local_address(), other.theirs.local_address()) {
                    (Ok(ours), Ok(theirs)) => (ours.port(), theirs.port()),
                    _ => (NOBODY, NOBODY),
                }
            }
        };
        (SocketAddr::new(ip, ours), SocketAddr::new(ip, theirs))
    }

    /// A port that is free on Linux. `bind` of port 0 would find one too, but such a
    /// port is lost when the socket is disconnected, unlike one that was asked for.
    fn free_port(&self, on: usize, ip: IpAddr) -> u16 {
        let Both { theirs, kind, .. } = &self.sockets[on];
        let bind = || {
            let socket = Linux.open(theirs.family(), *kind)?;
            if theirs.family() == AddressFamily::Ipv6 {
                let ipv6_only = theirs.get_option(SocketOption::Ipv6Only)?;
                socket.set_option(SocketOption::Ipv6Only, ipv6_only)?;
            }
            socket.bind(SocketAddr::new(ip, 0))?;
            socket.local_address()
        };
        bind().map_or(0, |local: SocketAddr| local.port())
    }

    /// Compares addresses: the same IP address, and the port of the same socket. Of
    /// a port whose socket is closed nothing is said: Linux may give it to another.
    fn same_address(
        &self,
        what: &str,
        ours: Result<SocketAddr, Errno>,
        theirs: Result<SocketAddr, Errno>,
    ) -> Result<(), String> {
        let ip = |address: SocketAddr| address.ip();
        same(what, (ours.map(ip), theirs.map(ip)))?;
        let (Ok(ours), Ok(theirs)) = (ours, theirs) else {
            return Ok(());
        };
        let has = |local: Result<SocketAddr, Errno>, port| local.is_ok_and(|at| at.port() == port);
        let mut owners = self.sockets.iter();
        match owners.find(|both| has(both.ours.local_address(), ours.port())) {
            Some(owner) if !has(owner.theirs.local_address(), theirs.port()) => Err(format!(
                "{what} is {ours}, on Linux {theirs}, which is another socket's"
            )),
            _ => Ok(()),
        }
    }

    /// Whether Linux chose one port for two sockets, for different addresses, where
    /// we did not.
    fn ports_coincide(&self) -> bool {
        let port = |local: Result<SocketAddr, Errno>| local.map(|local| local.port());
        self.sockets.iter().enumerate().any(|(at, one)| {
            self.sockets[..at].iter().any(|other| {
                let theirs = port(one.theirs.local_address()) == port(other.theirs.local_address());
                let ours = port(one.ours.local_address()) == port(other.ours.local_address());
                one.theirs.local_address().is_ok() && theirs && !ours
            })
        })
    }

    /// Waits until Linux is as far as loopback is.
    fn settle(&self) -> Result<Result<(), Undetermined>, String> {
        for (
            at,
            Both {
                ours, theirs, kind, ..
            },
        ) in self.sockets.iter().enumerate()
        {
            let expected = ours.ready();
            for look in 0.. {
                let found = theirs.ready();
                if found == expected {
                    break;
                }
                // Linux answers with no more than a thousand ICMP messages a second.
                let unanswered = *kind == SocketKind::Datagram && expected.error && !found.error;
                if unanswered && look > 20 {
                    return Ok(Err(Undetermined));
                }
                if look > LOOKS {
                    let message = format!("socket {at} is {expected:?}, on Linux {found:?}");
                    return Err(message);
                }
                sleep(PAUSE);
            }
        }
        Ok(Ok(()))
    }
}

fn is_listening(socket: &LoopbackSocket) -> bool {
    socket.get_option(SocketOption::Accepting) == Ok(1)
}

/// Linux says EOPNOTSUPP for some options of another protocol, POSIX ENOPROTOOPT.
fn no_option<T>(outcome: Result<T, Errno>) -> Result<T, Errno> {
    match outcome {
        Err(Errno::NotSupported) => Err(Errno::NoProtocolOption),
        other => other,
    }
}

/// Whether it was a connection once, and is none any more.
fn is_dead(both: &Both) -> bool {
    let ready = both.ours.ready();
    both.kind == SocketKind::Stream && ready.hangup && ready.readable
}

/// Receives on until as much has come as on our side.
fn patiently(
    socket: &LinuxSocket,
    length: usize,
    expected: &Result<Vec<u8>, Errno>,
) -> Result<Vec<u8>, Errno> {
    let mut outcome = socket.receive(length);
    let Ok(expected) = expected else {
        return outcome;
    };
    for _ in 0..LOOKS {
        match &mut outcome {
            Err(Errno::Again) => outcome = socket.receive(length),
            Ok(data) if !data.is_empty() && data.len() < expected.len() => {
                data.extend(
                    socket
                        .receive(expected.len() - data.len())
                        .unwrap_or_default(),
                );
            }
            _ => break,
        }
        sleep(PAUSE);
    }
    outcome
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, (ours, theirs): (T, T)) -> Result<(), String> {
    if ours == theirs {
        Ok(())
    } else {
        Err(format!("{what} is {ours:.400?}, on Linux {theirs:.400?}"))
    }
}

fn has_ipv6() -> bool {
    let socket = Linux.open(AddressFamily::Ipv6, SocketKind::Stream);
    socket.is_ok_and(|socket| socket.bind((Ipv6Addr::LOCALHOST, 0).into()).is_ok())
}

/// Calls, each on the socket with a number. Where the machine has no IPv6 all sockets
/// are of IPv4.
fn calls(call: impl Strategy<Value = Call>) -> impl Strategy<Value = Vec<(Call, usize)>> {
    let has_ipv6 = has_ipv6();
    let call = call.prop_map(move |call| match call {
        Call::Open(_, kind) if !has_ipv6 => Call::Open(AddressFamily::Ipv4, kind),
        Call::Pair(_, ip, accepted) if !has_ipv6 => Call::Pair(AddressFamily::Ipv4, ip, accepted),
        other => other,
    });
    prop::collection::vec((call, 0..SOCKETS), 1..60)
}

/// The machine's ports are everybody's: one run at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn run(calls: &[(Call, usize)]) -> Result<(), TestCaseError> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    World::default().run(calls)
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_time: 60_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn streams_do_what_linux_does(calls in calls(stream_call())) {
        run(&calls)?;
    }

    #[test]
    fn connections_do_what_linux_does(calls in calls(connection_call())) {
        run(&calls)?;
    }

    #[test]
    fn streams_share_ports_as_linux_has_it(calls in calls(binding_call(SocketKind::Stream))) {
        run(&calls)?;
    }

    #[test]
    fn datagram_sockets_do_what_linux_does(calls in calls(datagram_call())) {
        run(&calls)?;
    }

    #[test]
    fn datagram_sockets_share_ports_as_linux_has_it(
        calls in calls(binding_call(SocketKind::Datagram))
    ) {
        run(&calls)?;
    }
}
