//! Turning the network stack.
//!
//! A stack that keeps timers or has links must be stepped after each call that may
//! have made packets and before each look at readiness, and each step costs a look
//! at the clock. One that does neither, as loopback, is spared that: it is stepped
//! only when nothing else is left to do. Which kind it is shows by itself.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use super::connection::Connection;
use crate::io::poll::{Now, Wakers};
use crate::kernel::{Instant, net};

bare_guest::local! {
    static IN_USE: Cell<bool> = const { Cell::new(false) };
    static TIMED: Cell<bool> = const { Cell::new(false) };
    /// Connections that hold bytes which the stack had no room for. They stay here,
    /// and open, until those are gone, even when the application has let go.
    static UNSENT: RefCell<Vec<Rc<Connection>>> = const { RefCell::new(Vec::new()) };
}

/// To be told before the first socket or lookup.
pub(crate) fn opened() {
    if !IN_USE.replace(true) && !net::link_tokens().is_empty() {
        TIMED.set(true);
    }
}

/// Whether the program has had a socket.
pub(crate) fn is_in_use() -> bool {
    IN_USE.get()
}

/// Whether the stack must be stepped before readiness means anything.
pub(crate) fn is_timed() -> bool {
    TIMED.get()
}

/// Lets the stack do what is due and tells when it wants to be called again.
pub(crate) fn turn(now: &mut Now) -> Option<Instant> {
    send_what_is_left();
    let deadline = net::step(now.get());
    if deadline.is_some() {
        TIMED.set(true);
    }
    deadline
}

/// After a call that may have made packets.
pub(super) fn kick() {
    if is_timed() {
        turn(&mut Now::default());
    }
}

/// Does it again, once, where it would block: packets may have waited for a step.
pub(super) fn again<T>(would_block: impl Fn(&T) -> bool, attempt: impl Fn() -> T) -> T {
    let outcome = attempt();
    if !would_block(&outcome) {
        return outcome;
    }
    turn(&mut Now::default());
    attempt()
}

/// What can end a sleep besides the things that are waited for.
pub(crate) fn wakers(wakers: &mut Wakers) {
    wakers.tokens(&net::link_tokens());
    UNSENT.with_borrow(|unsent| {
        for connection in unsent {
            wakers.token(connection.send_token());
        }
    });
}

/// Remembers a connection with bytes that are not sent yet.
pub(super) fn remember(connection: Rc<Connection>) {
    UNSENT.with_borrow_mut(|unsent| unsent.push(connection));
}

/// Offers the stack what it had no room for.
pub(crate) fn send_what_is_left() {
    UNSENT.with_borrow_mut(|unsent| unsent.retain(|connection| !connection.push()));
}
