use super::*;
use crate::double::net::{ANSWERS, ASKED, OPEN_ERROR};
use crate::double::wait as waits;
use crate::io::poll;

fn answer(answer: Result<Option<net::IpAddress>, Errno>) {
    ANSWERS.with_borrow_mut(|answers| answers.push_back(answer));
}

const ONE: net::IpAddress = net::IpAddress::Ipv4((127, 0, 0, 1));

#[test]
fn addresses_come_one_by_one_and_end() {
    let names = Names::resolve("localhost").unwrap();
    assert_eq!(names.next_address().map(drop), Err(ErrorCode::WouldBlock));
    answer(Ok(Some(ONE)));
    answer(Ok(Some(net::IpAddress::Ipv6((0, 0, 0, 0, 0, 0, 0, 1)))));
    answer(Ok(None));
    assert!(matches!(
        names.next_address(),
        Ok(Some(IpAddress::Ipv4((127, 0, 0, 1))))
    ));
    assert!(matches!(names.next_address(), Ok(Some(IpAddress::Ipv6(_)))));
    for _ in 0..3 {
        assert!(matches!(names.next_address(), Ok(None)));
    }
}

#[test]
fn a_wait_takes_no_answer_away() {
    let names = Names::resolve("localhost").unwrap();
    assert!(!poll::is_ready(&names));
    waits::happens(|| answer(Ok(Some(ONE))));
    poll::block(&names);
    assert!(poll::is_ready(&names) && poll::is_ready(&names));
    assert!(matches!(names.next_address(), Ok(Some(_))));
    assert_eq!(names.next_address().map(drop), Err(ErrorCode::WouldBlock));
}

#[test]
fn a_failure_stays() {
    for (errno, code) in [
        (Errno::NameUnresolvable, ErrorCode::NameUnresolvable),
        (
            Errno::ResolverTemporary,
            ErrorCode::TemporaryResolverFailure,
        ),
        (Errno::Io, ErrorCode::PermanentResolverFailure),
    ] {
        let names = Names::resolve("nowhere").unwrap();
        answer(Err(errno));
        for _ in 0..2 {
            assert_eq!(names.next_address().map(drop), Err(code));
        }
    }
}

#[test]
fn names_reach_the_driver_in_ascii() {
    Names::resolve("bücher.example").unwrap();
    assert_eq!(ASKED.take(), "xn--bcher-kva.example");
    for (name, asked) in [
        ("[::1]", "::1"),
        ("[name]", "[name]"),
        ("[::]:80", "[::]:80"),
    ] {
        Names::resolve(name).unwrap();
        assert_eq!(ASKED.take(), asked);
    }
}

#[test]
fn what_is_no_name_is_a_wrong_argument() {
    OPEN_ERROR.set(Some(Errno::Invalid));
    assert_eq!(
        Names::resolve("a b").map(drop),
        Err(ErrorCode::InvalidArgument)
    );
}
