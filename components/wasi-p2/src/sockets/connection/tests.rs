use super::*;
use crate::double::net::{self, Script};
use crate::double::wait as waits;
use crate::io::poll::{self, Always, Now};
use crate::io::streams::{Output, Sink, StreamError};

fn connection() -> (Rc<Connection>, Rc<Script>) {
    stack::opened();
    let connection = Connection::new(Rc::new(net::socket()));
    let script = net::last();
    script.ready.set(Readiness::WRITABLE);
    (connection, script)
}

#[test]
fn what_the_stack_has_no_room_for_waits_and_nothing_more_is_permitted() {
    let (connection, script) = connection();
    script.room.set(3);
    assert!(connection.permit().unwrap() >= 5);
    connection.send(b"hello".to_vec()).unwrap();
    assert_eq!(*script.sent.borrow(), b"hel");
    assert_eq!(connection.permit(), Ok(0));
    assert_eq!(connection.flush(), Ok(false));
    assert!(!connection.can_send());
    script.room.set(100);
    assert!(connection.can_send());
    assert_eq!(*script.sent.borrow(), b"hello");
    assert_eq!(connection.flush(), Ok(true));
}

#[test]
fn what_waits_is_sent_while_the_program_waits_for_something_else() {
    let (connection, script) = connection();
    script.room.set(1);
    connection.send(b"ab".to_vec()).unwrap();
    script.room.set(9);
    poll::wait_for(&[&poll::Timer(2_000)]);
    assert_eq!(*script.sent.borrow(), b"ab");
    // Its token was waited on, should that have been what it needed.
    poll::wait_for(&[&Always]);
}

#[test]
fn a_dropped_connection_stays_open_until_all_is_sent() {
    let (connection, script) = connection();
    script.room.set(1);
    connection.send(b"ab".to_vec()).unwrap();
    drop(connection);
    assert!(!script.closed.get());
    script.room.set(9);
    stack::turn(&mut Now::default());
    assert_eq!(*script.sent.borrow(), b"ab");
    assert!(script.closed.get());
}

#[test]
fn a_dropped_connection_closes_at_once_when_nothing_waits() {
    let (connection, script) = connection();
    connection.send(b"ab".to_vec()).unwrap();
    drop(connection);
    assert!(script.closed.get());
}

#[test]
fn an_end_comes_behind_what_waits() {
    let (connection, script) = connection();
    script.room.set(1);
    connection.send(b"ab".to_vec()).unwrap();
    connection.shut(false, true).unwrap();
    assert!(script.log.borrow().is_empty());
    assert_eq!(connection.permit(), Err(Errno::BrokenPipe));
    script.room.set(9);
    stack::turn(&mut Now::default());
    assert_eq!(*script.sent.borrow(), b"ab");
    assert_eq!(*script.log.borrow(), ["shutdown send"]);
}

#[test]
fn each_direction_is_shut_once() {
    let (connection, script) = connection();
    for _ in 0..2 {
        connection.shut(true, false).unwrap();
        connection.shut(false, true).unwrap();
        connection.shut(true, true).unwrap();
    }
    assert_eq!(*script.log.borrow(), ["shutdown receive", "shutdown send"]);
}

#[test]
fn who_is_deaf_receives_the_end() {
    let (connection, script) = connection();
    script.received.borrow_mut().push_back(Ok(b"late".to_vec()));
    connection.shut(true, false).unwrap();
    assert!(connection.can_receive());
    assert_eq!(connection.receive(9), Ok(vec![]));
}

#[test]
fn a_late_failure_is_told_at_the_next_call() {
    let (connection, script) = connection();
    script.room.set(1);
    connection.send(b"ab".to_vec()).unwrap();
    script.send_error.set(Some(Errno::ConnectionReset));
    assert!(connection.can_send());
    assert_eq!(connection.permit(), Err(Errno::ConnectionReset));
    assert_eq!(connection.flush(), Err(Errno::ConnectionReset));
}

#[test]
fn a_stream_whose_peer_is_gone_is_closed_and_one_that_was_reset_has_failed() {
    for (errno, closed) in [(Errno::BrokenPipe, true), (Errno::ConnectionReset, false)] {
        let (connection, script) = connection();
        let output = Output::new(Sink::Tcp(connection));
        script.send_error.set(Some(errno));
        output.check_write().unwrap();
        let error = output.write(vec![1]).unwrap_err();
        assert_eq!(error == StreamError::Closed, closed);
        assert_eq!(output.check_write(), Err(StreamError::Closed));
    }
}

#[test]
fn a_blocking_write_waits_until_the_stack_has_it() {
    let (connection, script) = connection();
    let output = Output::new(Sink::Tcp(connection));
    script.room.set(1);
    let later = script.clone();
    waits::happens(move || later.room.set(9));
    output.blocking_write_and_flush(b"abc".to_vec()).unwrap();
    assert_eq!(*script.sent.borrow(), b"abc");
    // Nothing but the socket could wake it.
    assert!(
        waits::LOG
            .take()
            .iter()
            .all(|(tokens, timeout)| tokens.contains(&20) && timeout.is_none())
    );
}

#[test]
fn a_receive_that_would_block_gives_the_stack_a_turn() {
    let (connection, _script) = connection();
    let before = net::STEPS.get();
    assert_eq!(connection.receive(9), Err(Errno::Again));
    assert_eq!(net::STEPS.get(), before + 1);
}
