use super::*;
use crate::bindings::exports::wasi::sockets::network::Ipv4SocketAddress;
use crate::double::net::Script;
use crate::io::poll;

const LOCAL: IpSocketAddress = IpSocketAddress::Ipv4(Ipv4SocketAddress {
    port: 0,
    address: (127, 0, 0, 1),
});
const PEER: IpSocketAddress = IpSocketAddress::Ipv4(Ipv4SocketAddress {
    port: 80,
    address: (127, 0, 0, 1),
});
const GROUP: IpSocketAddress = IpSocketAddress::Ipv4(Ipv4SocketAddress {
    port: 80,
    address: (224, 0, 0, 1),
});

fn unbound() -> (Tcp, Rc<Script>) {
    let tcp = Tcp::open(IpAddressFamily::Ipv4).unwrap();
    (tcp, net::last())
}

fn bound() -> (Tcp, Rc<Script>) {
    let (tcp, script) = unbound();
    tcp.start_bind(LOCAL).unwrap();
    tcp.finish_bind().unwrap();
    (tcp, script)
}

fn listening() -> (Tcp, Rc<Script>) {
    let (tcp, script) = bound();
    tcp.start_listen().unwrap();
    tcp.finish_listen().unwrap();
    (tcp, script)
}

fn connecting() -> (Tcp, Rc<Script>) {
    let (tcp, script) = unbound();
    script.refusal.set(Some(Errno::InProgress));
    tcp.start_connect(PEER).unwrap();
    (tcp, script)
}

fn connected() -> (Tcp, Rc<Script>) {
    let (tcp, script) = connecting();
    script.ready.set(Readiness::WRITABLE);
    tcp.finish_connect().map(drop).unwrap();
    (tcp, script)
}

fn closed() -> (Tcp, Rc<Script>) {
    let (tcp, script) = connecting();
    script.ready.set(Readiness::ERROR);
    script.pending.set(Some(Errno::ConnectionRefused));
    assert_eq!(
        tcp.finish_connect().map(drop),
        Err(ErrorCode::ConnectionRefused)
    );
    (tcp, script)
}

/// What each call gives in a state, in the order of the WIT.
fn all_calls(tcp: &Tcp) -> [Result<(), ErrorCode>; 12] {
    [
        tcp.start_bind(LOCAL),
        tcp.finish_bind(),
        tcp.start_connect(PEER),
        tcp.finish_connect().map(drop),
        tcp.start_listen(),
        tcp.finish_listen(),
        tcp.accept().map(drop),
        tcp.local_address().map(drop),
        tcp.remote_address().map(drop),
        tcp.set_backlog(5),
        tcp.shutdown(ShutdownType::Both),
        if tcp.is_listening() {
            Ok(())
        } else {
            Err(ErrorCode::InvalidState)
        },
    ]
}

const NOT_NOW: Result<(), ErrorCode> = Err(ErrorCode::InvalidState);
const NOTHING: Result<(), ErrorCode> = Err(ErrorCode::NotInProgress);
const ANOTHER: Result<(), ErrorCode> = Err(ErrorCode::ConcurrencyConflict);
const WAIT: Result<(), ErrorCode> = Err(ErrorCode::WouldBlock);

#[test]
fn a_socket_that_listens() {
    let (tcp, _) = listening();
    assert_eq!(
        all_calls(&tcp),
        [
            NOT_NOW,
            NOTHING,
            NOT_NOW,
            NOTHING,
            NOT_NOW,
            NOTHING,
            WAIT,
            Ok(()),
            NOT_NOW,
            Ok(()),
            NOT_NOW,
            Ok(())
        ]
    );
}

#[test]
fn a_socket_that_is_connected() {
    let (tcp, _) = connected();
    assert_eq!(
        all_calls(&tcp),
        [
            NOT_NOW,
            NOTHING,
            NOT_NOW,
            NOTHING,
            NOT_NOW,
            NOTHING,
            NOT_NOW,
            Ok(()),
            Ok(()),
            NOT_NOW,
            Ok(()),
            NOT_NOW
        ]
    );
}

#[test]
fn a_socket_that_is_closed() {
    let (tcp, _) = closed();
    assert_eq!(
        all_calls(&tcp),
        [
            NOT_NOW, NOTHING, NOT_NOW, NOTHING, NOT_NOW, NOTHING, NOT_NOW, NOT_NOW, NOT_NOW,
            NOT_NOW, NOT_NOW, NOT_NOW
        ]
    );
}

#[test]
fn a_socket_that_connects() {
    let (tcp, _) = connecting();
    assert_eq!(
        all_calls(&tcp),
        [
            ANOTHER,
            NOTHING,
            ANOTHER,
            WAIT,
            ANOTHER,
            NOTHING,
            NOT_NOW,
            Ok(()),
            NOT_NOW,
            NOT_NOW,
            NOT_NOW,
            NOT_NOW
        ]
    );
}

#[test]
fn a_fresh_socket() {
    let (tcp, _) = unbound();
    assert_eq!(tcp.finish_bind(), NOTHING);
    assert_eq!(tcp.finish_connect().map(drop), NOTHING);
    assert_eq!(tcp.start_listen(), NOT_NOW);
    assert_eq!(tcp.finish_listen(), NOTHING);
    assert_eq!(tcp.accept().map(drop), NOT_NOW);
    assert_eq!(tcp.local_address().map(drop), NOT_NOW);
    assert_eq!(tcp.remote_address().map(drop), NOT_NOW);
    assert_eq!(tcp.set_backlog(5), Ok(()));
    assert_eq!(tcp.shutdown(ShutdownType::Send), NOT_NOW);
    assert!(poll::is_ready(&tcp));
}

#[test]
fn nothing_else_begins_while_something_is_in_progress() {
    let (tcp, _) = unbound();
    tcp.start_bind(LOCAL).unwrap();
    assert_eq!(tcp.start_bind(LOCAL), ANOTHER);
    assert_eq!(tcp.start_connect(PEER), ANOTHER);
    assert_eq!(tcp.start_listen(), ANOTHER);
    assert_eq!(tcp.local_address().map(drop), NOT_NOW);
    assert!(poll::is_ready(&tcp));
    tcp.finish_bind().unwrap();
    assert_eq!(tcp.start_bind(LOCAL), NOT_NOW);
    tcp.start_listen().unwrap();
    assert_eq!(tcp.start_listen(), ANOTHER);
    assert_eq!(tcp.start_connect(PEER), ANOTHER);
    assert_eq!(tcp.accept().map(drop), NOT_NOW);
    tcp.finish_listen().unwrap();
    assert_eq!(tcp.finish_listen(), NOTHING);
}

#[test]
fn a_bind_that_failed_may_be_tried_again() {
    let (tcp, script) = unbound();
    for (errno, code) in [
        (Errno::AddressInUse, ErrorCode::AddressInUse),
        (Errno::AddressNotAvailable, ErrorCode::AddressNotBindable),
        (Errno::FamilyNotSupported, ErrorCode::InvalidArgument),
        (Errno::Access, ErrorCode::AccessDenied),
    ] {
        script.refusal.set(Some(errno));
        assert_eq!(tcp.start_bind(LOCAL), Err(code));
        assert_eq!(tcp.finish_bind(), NOTHING);
    }
    assert_eq!(tcp.start_bind(GROUP), Err(ErrorCode::InvalidArgument));
    tcp.start_bind(LOCAL).unwrap();
    tcp.finish_bind().unwrap();
    assert_eq!(
        *script.options.borrow(),
        [(SocketOption::ReuseAddress, 1); 5]
    );
}

#[test]
fn a_wrong_address_leaves_the_socket_as_it_is() {
    let (tcp, script) = unbound();
    for wrong in [LOCAL, GROUP] {
        assert_eq!(tcp.start_connect(wrong), Err(ErrorCode::InvalidArgument));
    }
    assert!(script.log.borrow().is_empty());
    tcp.start_connect(PEER).unwrap();
}

#[test]
fn a_connection_that_fails_at_once_closes() {
    let (tcp, script) = unbound();
    script.refusal.set(Some(Errno::NetworkUnreachable));
    assert_eq!(tcp.start_connect(PEER), Err(ErrorCode::RemoteUnreachable));
    assert_eq!(tcp.start_connect(PEER), NOT_NOW);
    assert_eq!(tcp.finish_connect().map(drop), NOTHING);
}

#[test]
fn a_connection_is_waited_for() {
    let (tcp, script) = connecting();
    assert!(!poll::is_ready(&tcp));
    let later = script;
    crate::double::wait::happens(move || later.ready.set(Readiness::WRITABLE));
    poll::block(&tcp);
    tcp.finish_connect().map(drop).unwrap();
}

#[test]
fn a_step_may_finish_a_connection() {
    let (tcp, script) = connecting();
    net::MOVES.with_borrow_mut(|moves| moves.push((script, Readiness::WRITABLE)));
    tcp.finish_connect().map(drop).unwrap();

    let (tcp, script) = connecting();
    net::MOVES.with_borrow_mut(|moves| moves.push((script, Readiness::WRITABLE)));
    poll::block(&tcp);
    assert!(crate::double::wait::LOG.take().is_empty());
}

#[test]
fn an_accepted_socket_is_connected() {
    let (tcp, script) = listening();
    assert!(!poll::is_ready(&tcp));
    script.accepted.borrow_mut().push_back(net::socket());
    let (accepted, _) = tcp.accept().unwrap();
    accepted.remote_address().map(drop).unwrap();
    accepted.shutdown(ShutdownType::Send).unwrap();
    assert_eq!(tcp.accept().map(drop), WAIT);
    for (errno, code) in [
        (Errno::ConnectionAborted, ErrorCode::ConnectionAborted),
        (Errno::TooManyFiles, ErrorCode::NewSocketLimit),
    ] {
        script.refusal.set(Some(errno));
        assert_eq!(tcp.accept().map(drop), Err(code));
    }
    assert!(tcp.is_listening());
}

#[test]
fn the_backlog_reaches_the_stack() {
    let (tcp, script) = listening();
    assert_eq!(tcp.set_backlog(0), Err(ErrorCode::InvalidArgument));
    assert_eq!(tcp.set_backlog(u64::MAX), Ok(()));
    script.refusal.set(Some(Errno::Invalid));
    assert_eq!(tcp.set_backlog(7), Err(ErrorCode::NotSupported));
    let listens = script
        .log
        .borrow()
        .iter()
        .filter(|call| **call == "listen")
        .count();
    assert_eq!(listens, 3);
}

#[test]
fn the_connection_outlives_the_socket_and_its_streams_do_not_shut_it() {
    let (tcp, script) = connecting();
    script.ready.set(Readiness::WRITABLE);
    let stream = tcp.finish_connect().unwrap();
    drop(tcp);
    assert!(!script.closed.get());
    drop(stream);
    assert!(script.closed.get());

    let (tcp, script) = connected();
    assert!(!script.closed.get());
    tcp.shutdown(ShutdownType::Both).unwrap();
    drop(tcp);
    assert!(script.closed.get());
}

#[test]
fn a_box_without_a_network_says_so() {
    net::OPEN_ERROR.set(Some(Errno::Access));
    assert_eq!(
        Tcp::open(IpAddressFamily::Ipv4).map(drop),
        Err(ErrorCode::AccessDenied)
    );
}
