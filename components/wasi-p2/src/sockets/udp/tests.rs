use super::*;
use crate::bindings::exports::wasi::sockets::network::Ipv4SocketAddress;
use crate::double::net::Script;
use crate::io::poll;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn v4(port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port,
        address: (127, 0, 0, 1),
    })
}

fn bound() -> (Rc<Udp>, Rc<Script>) {
    let udp = Udp::open(IpAddressFamily::Ipv4).unwrap();
    udp.start_bind(v4(0)).unwrap();
    udp.finish_bind().unwrap();
    let script = net::last();
    script.ready.set(Readiness::WRITABLE);
    (Rc::new(udp), script)
}

fn pair(udp: &Rc<Udp>, remote: Option<IpSocketAddress>) -> (Incoming, Outgoing) {
    let pair = udp.stream(remote).unwrap();
    (
        Incoming::new(udp.clone(), pair),
        Outgoing::new(udp.clone(), pair),
    )
}

fn to(remote: Option<IpSocketAddress>) -> OutgoingDatagram {
    OutgoingDatagram {
        data: vec![1],
        remote_address: remote,
    }
}

#[test]
fn binding() {
    let udp = Udp::open(IpAddressFamily::Ipv4).unwrap();
    let script = net::last();
    assert_eq!(udp.finish_bind(), Err(ErrorCode::NotInProgress));
    assert_eq!(udp.stream(None), Err(ErrorCode::InvalidState));
    assert_eq!(udp.local_address().map(drop), Err(ErrorCode::InvalidState));
    script.refusal.set(Some(Errno::AddressInUse));
    assert_eq!(udp.start_bind(v4(9)), Err(ErrorCode::AddressInUse));
    udp.start_bind(v4(9)).unwrap();
    assert_eq!(udp.start_bind(v4(9)), Err(ErrorCode::ConcurrencyConflict));
    assert_eq!(udp.stream(None), Err(ErrorCode::ConcurrencyConflict));
    udp.finish_bind().unwrap();
    assert_eq!(udp.finish_bind(), Err(ErrorCode::NotInProgress));
    assert_eq!(udp.start_bind(v4(9)), Err(ErrorCode::InvalidState));
    udp.local_address().map(drop).unwrap();
}

#[test]
fn a_stream_connects_and_disconnects() {
    let (udp, script) = bound();
    assert_eq!(udp.remote_address().map(drop), Err(ErrorCode::InvalidState));
    udp.stream(None).unwrap();
    udp.stream(Some(v4(1))).unwrap();
    assert!(is_same(udp.remote_address().unwrap(), v4(1)));
    udp.stream(Some(v4(2))).unwrap();
    udp.stream(None).unwrap();
    assert_eq!(udp.remote_address().map(drop), Err(ErrorCode::InvalidState));
    assert_eq!(
        *script.log.borrow(),
        ["bind", "connect", "disconnect", "connect", "disconnect"]
    );
    assert_eq!(udp.stream(Some(v4(0))), Err(ErrorCode::InvalidArgument));
}

#[test]
fn only_the_last_pair_works() {
    let (udp, _) = bound();
    let (old_in, old_out) = pair(&udp, None);
    old_out.check_send().unwrap();
    let (new_in, new_out) = pair(&udp, None);
    assert_eq!(old_in.receive(1).map(drop), Err(ErrorCode::InvalidState));
    assert_eq!(old_out.check_send(), Err(ErrorCode::InvalidState));
    assert_eq!(
        old_out.send(&[to(Some(v4(1)))]),
        Err(ErrorCode::InvalidState)
    );
    assert!(poll::is_ready(&old_in) && poll::is_ready(&old_out));
    assert!(!poll::is_ready(&new_in) && poll::is_ready(&new_out));
}

#[test]
fn receiving() {
    let (udp, script) = bound();
    let (incoming, _) = pair(&udp, None);
    assert_eq!(incoming.receive(0).unwrap().len(), 0);
    assert_eq!(incoming.receive(9).unwrap().len(), 0);
    script
        .received
        .borrow_mut()
        .extend([Ok(vec![1]), Ok(vec![]), Ok(vec![3])]);
    let two = incoming.receive(2).unwrap();
    assert_eq!(
        two.iter().map(|one| one.data.len()).collect::<Vec<_>>(),
        [1, 0]
    );
    assert_eq!(incoming.receive(u64::MAX).unwrap().len(), 1);
}

#[test]
fn an_error_behind_datagrams_is_not_lost() {
    let (udp, script) = bound();
    let (incoming, _) = pair(&udp, Some(v4(1)));
    script
        .received
        .borrow_mut()
        .extend([Ok(vec![1]), Err(Errno::ConnectionRefused)]);
    assert_eq!(incoming.receive(9).unwrap().len(), 1);
    assert!(poll::is_ready(&incoming));
    assert_eq!(
        incoming.receive(9).map(drop),
        Err(ErrorCode::ConnectionRefused)
    );
    assert_eq!(incoming.receive(9).unwrap().len(), 0);
}

#[test]
fn sending_needs_a_permit_each_time() {
    let (udp, _) = bound();
    let (_, outgoing) = pair(&udp, None);
    let traps = |count: usize| {
        let many: Vec<_> = (0..count).map(|_| to(Some(v4(1)))).collect();
        catch_unwind(AssertUnwindSafe(|| outgoing.send(&many))).is_err()
    };
    assert!(traps(1));
    assert_eq!(outgoing.send(&[]), Ok(0));
    let permit = outgoing.check_send().unwrap();
    assert!(permit > 1);
    assert!(traps(permit as usize + 1));
    outgoing.check_send().unwrap();
    assert_eq!(outgoing.send(&[to(Some(v4(1))), to(Some(v4(2)))]), Ok(2));
    assert!(traps(1));
}

#[test]
fn where_a_datagram_may_go() {
    let (udp, script) = bound();
    let (_, outgoing) = pair(&udp, None);
    let send = |outgoing: &Outgoing, to: OutgoingDatagram| {
        outgoing.check_send().unwrap();
        outgoing.send(&[to])
    };
    assert_eq!(send(&outgoing, to(None)), Err(ErrorCode::InvalidArgument));
    assert_eq!(
        send(&outgoing, to(Some(v4(0)))),
        Err(ErrorCode::InvalidArgument)
    );
    assert_eq!(send(&outgoing, to(Some(v4(1)))), Ok(1));
    let (_, outgoing) = pair(&udp, Some(v4(5)));
    assert_eq!(send(&outgoing, to(None)), Ok(1));
    assert_eq!(send(&outgoing, to(Some(v4(5)))), Ok(1));
    assert_eq!(
        send(&outgoing, to(Some(v4(6)))),
        Err(ErrorCode::InvalidArgument)
    );
    let sent: Vec<_> = script
        .log
        .borrow()
        .iter()
        .copied()
        .filter(|call| call.starts_with("send"))
        .collect();
    assert_eq!(sent, ["send-to", "send", "send"]);
}

#[test]
fn an_error_after_a_success_waits_for_the_next_call() {
    let (udp, script) = bound();
    let (_, outgoing) = pair(&udp, None);
    outgoing.check_send().unwrap();
    assert_eq!(outgoing.send(&[to(Some(v4(1))), to(None)]), Ok(1));
    script.refusal.set(Some(Errno::MessageTooLarge));
    outgoing.check_send().unwrap();
    assert_eq!(
        outgoing.send(&[to(Some(v4(1)))]),
        Err(ErrorCode::DatagramTooLarge)
    );
}

#[test]
fn a_full_stack_sends_nothing_and_is_no_error() {
    let (udp, script) = bound();
    let (_, outgoing) = pair(&udp, None);
    outgoing.check_send().unwrap();
    script.room.set(0);
    assert_eq!(outgoing.send(&[to(Some(v4(1)))]), Ok(0));
    script.ready.set(Readiness::empty());
    assert_eq!(outgoing.check_send(), Ok(0));
    assert!(!poll::is_ready(&outgoing));
}
