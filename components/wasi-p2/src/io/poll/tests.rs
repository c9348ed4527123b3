use super::*;
use crate::double::{clock, console, net, wait as waits};
use crate::io::streams::{Input, Source};
use crate::kernel::Errno;
use std::cell::Cell;

/// Becomes ready when a test says so.
struct Switch {
    on: Rc<Cell<bool>>,
    token: Option<Token>,
}

impl Switch {
    fn new(token: Option<Token>) -> Self {
        Self {
            on: Rc::new(Cell::new(false)),
            token,
        }
    }
}

impl Waitable for Switch {
    fn is_ready(&self, _now: &mut Now) -> bool {
        self.on.get()
    }

    fn wakers(&self, wakers: &mut Wakers) {
        wakers.token(self.token);
    }
}

fn waited() -> Vec<(Vec<Token>, Option<u64>)> {
    waits::LOG.take()
}

#[test]
fn tells_the_positions_of_all_that_are_ready() {
    let off = Switch::new(None);
    let list: [&dyn Waitable; 5] = [&off, &Always, &off, &Always, &Always];
    assert_eq!(wait_for(&list), [1, 3, 4]);
    assert_eq!(waited(), []);
}

#[test]
fn reads_the_clock_only_for_timers_and_once_a_look() {
    wait_for(&[&Always]);
    assert_eq!(clock::READS.get(), 0);
    wait_for(&[&Timer(1), &Timer(2), &Timer(3)]);
    assert_eq!(clock::READS.get(), 1);
}

#[test]
fn sleeps_until_the_first_deadline() {
    assert_eq!(
        wait_for(&[&Timer(5_000), &Timer(3_000), &Timer(4_000)]),
        [1]
    );
    assert_eq!(waited(), [(vec![], Some(2_000))]);
    assert_eq!(clock::NOW.get(), 3_000);
}

#[test]
fn a_sleep_that_ends_early_is_taken_up_again() {
    waits::happens(|| clock::NOW.set(1_500));
    assert_eq!(wait_for(&[&Timer(3_000)]), [0]);
    assert_eq!(waited(), [(vec![], Some(2_000)), (vec![], Some(1_500))]);
}

#[test]
fn a_virtual_clock_jumps_without_a_wait() {
    clock::VIRTUAL.set(true);
    assert_eq!(wait_for(&[&Timer(1 << 60)]), [0]);
    assert_eq!(clock::NOW.get(), 1 << 60);
    assert_eq!(waited(), []);
}

#[test]
fn a_virtual_clock_still_looks_at_tokens() {
    clock::VIRTUAL.set(true);
    let switch = Switch::new(Some(7));
    assert_eq!(wait_for(&[&switch, &Timer(9_000)]), [1]);
    assert_eq!(waited(), [(vec![7], Some(0))]);
}

#[test]
fn waits_on_the_tokens_of_everything_at_once() {
    let (one, two) = (Switch::new(Some(1)), Switch::new(Some(2)));
    let on = two.on.clone();
    waits::happens(move || on.set(true));
    assert_eq!(wait_for(&[&one, &two, &Timer(9_000)]), [1]);
    assert_eq!(waited(), [(vec![1, 2], Some(8_000))]);
}

#[test]
#[should_panic(expected = "deadlock")]
fn what_nothing_can_wake_is_a_deadlock() {
    wait_for(&[&Switch::new(None)]);
}

#[test]
fn standard_input_and_a_timer() {
    let input = Input::new(Source::Console(crate::cli::stdio::ConsoleReader));
    waits::happens(|| console::INPUT.with_borrow_mut(|input| input.push_back(Ok(vec![1]))));
    assert_eq!(wait_for(&[&Timer(9_000), &input]), [1]);
    assert_eq!(waited(), [(vec![console::INPUT_TOKEN], Some(8_000))]);
    assert_eq!(input.read(9).unwrap(), [1]);
}

#[test]
fn a_stack_without_timers_is_stepped_only_before_a_sleep() {
    stack::opened();
    wait_for(&[&Always]);
    assert_eq!((net::STEPS.get(), clock::READS.get()), (0, 0));
    wait_for(&[&Timer(2_000)]);
    assert_eq!(net::STEPS.get(), 1);
}

#[test]
fn the_stack_wakes_the_box_at_its_deadline() {
    stack::opened();
    net::DEADLINE.set(Some(1_700));
    waits::happens(|| {
        clock::NOW.set(1_700);
        net::DEADLINE.set(Some(2_600));
    });
    assert_eq!(wait_for(&[&Timer(2_500)]), [0]);
    assert_eq!(waited(), [(vec![], Some(700)), (vec![], Some(800))]);
}

#[test]
fn links_are_waited_on_whatever_the_program_waits_for() {
    net::LINKS.with_borrow_mut(|links| links.push(99));
    stack::opened();
    assert!(stack::is_timed());
    assert_eq!(wait_for(&[&Timer(2_000)]), [0]);
    assert_eq!(waited(), [(vec![99], Some(1_000))]);
}

#[test]
fn a_timed_stack_is_stepped_before_every_look() {
    net::LINKS.with_borrow_mut(|links| links.push(99));
    stack::opened();
    wait_for(&[&Always]);
    assert_eq!(net::STEPS.get(), 1);
    is_ready(&Always);
    assert_eq!(net::STEPS.get(), 2);
}

#[test]
fn ready_never_waits() {
    let switch = Switch::new(Some(1));
    assert!(!is_ready(&switch));
    switch.on.set(true);
    assert!(is_ready(&switch));
    assert_eq!(waited(), []);
}

#[test]
fn a_failed_stream_is_ready() {
    let input = Input::new(Source::Console(crate::cli::stdio::ConsoleReader));
    console::INPUT.with_borrow_mut(|input| input.push_back(Err(Errno::Io)));
    assert!(input.read(1).is_err());
    assert!(is_ready(&input));
}
