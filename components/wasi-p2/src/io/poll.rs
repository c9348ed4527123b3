//! `wasi:io/poll`, and the one place where a box waits.
//!
//! Whatever a program waits on, it ends here: readiness is asked of each thing,
//! and where none is ready the box sleeps once, until the first deadline of a timer
//! or of the network stack, or until one of the host's tokens wakes it.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::Personality;
use crate::bindings::exports::wasi::io::poll::{
    self as wasi, Guest, GuestPollable, PollableBorrow,
};
use crate::kernel::{Instant, Token, clock, wait};
use crate::sockets::stack;
use crate::trap::trap;

/// Something that becomes ready.
pub(crate) trait Waitable {
    /// Whether a wait for it would return at once.
    fn is_ready(&self, now: &mut Now) -> bool;
    /// What could make it ready while the box sleeps.
    fn wakers(&self, wakers: &mut Wakers);
}

/// The present time, read from the clock when it is first asked for.
#[derive(Default)]
pub(crate) struct Now(Option<Instant>);

impl Now {
    pub(crate) fn get(&mut self) -> Instant {
        *self.0.get_or_insert_with(clock::monotonic_now)
    }
}

/// What ends a sleep.
#[derive(Default)]
pub(crate) struct Wakers {
    tokens: Vec<Token>,
    deadline: Option<Instant>,
}

impl Wakers {
    pub(crate) fn token(&mut self, token: Option<Token>) {
        self.tokens.extend(token);
    }

    pub(crate) fn tokens(&mut self, tokens: &[Token]) {
        self.tokens.extend_from_slice(tokens);
    }

    pub(crate) fn at(&mut self, when: Instant) {
        self.deadline = Some(self.deadline.map_or(when, |earlier| earlier.min(when)));
    }

    /// Sleeps. A virtual clock jumps to the deadline instead, which leaves no real
    /// time to wait; the tokens are looked at all the same. With neither a token
    /// nor a deadline the driver traps: the program has deadlocked.
    fn sleep(&self) {
        let timeout = self.deadline.map(clock::sleep_until);
        if timeout != Some(0) || !self.tokens.is_empty() {
            wait::wait(&self.tokens, timeout);
        }
    }
}

/// Waits until at least one of `list` is ready and tells the positions of all that
/// are.
pub(crate) fn wait_for(list: &[&dyn Waitable]) -> Vec<u32> {
    let mut now = Now::default();
    if stack::is_timed() {
        stack::turn(&mut now);
    }
    loop {
        let ready = look(list, &mut now);
        if !ready.is_empty() {
            return ready;
        }
        let mut wakers = Wakers::default();
        if stack::is_in_use() {
            if let Some(deadline) = stack::turn(&mut now) {
                wakers.at(deadline);
            }
            let ready = look(list, &mut now);
            if !ready.is_empty() {
                return ready;
            }
            stack::wakers(&mut wakers);
        }
        for waitable in list {
            waitable.wakers(&mut wakers);
        }
        wakers.sleep();
        now = Now::default();
    }
}

fn look(list: &[&dyn Waitable], now: &mut Now) -> Vec<u32> {
    (0u32..)
        .zip(list)
        .filter(|(_, waitable)| waitable.is_ready(now))
        .map(|(position, _)| position)
        .collect()
}

/// Waits for one thing.
pub(crate) fn block(waitable: &dyn Waitable) {
    wait_for(&[waitable]);
}

/// Whether it is ready, without waiting.
pub(crate) fn is_ready(waitable: &dyn Waitable) -> bool {
    let mut now = Now::default();
    if stack::is_timed() {
        stack::turn(&mut now);
    }
    if waitable.is_ready(&mut now) {
        return true;
    }
    stack::is_in_use() && {
        stack::turn(&mut now);
        waitable.is_ready(&mut now)
    }
}

/// A point in time.
pub(crate) struct Timer(pub(crate) Instant);

impl Waitable for Timer {
    fn is_ready(&self, now: &mut Now) -> bool {
        now.get() >= self.0
    }

    fn wakers(&self, wakers: &mut Wakers) {
        wakers.at(self.0);
    }
}

/// What is ready at all times.
pub(crate) struct Always;

impl Waitable for Always {
    fn is_ready(&self, _now: &mut Now) -> bool {
        true
    }

    fn wakers(&self, _wakers: &mut Wakers) {}
}

/// A `pollable`. It keeps what it was made from alive, so resources may be dropped
/// in any order.
pub(crate) struct Pollable(Rc<dyn Waitable>);

/// Makes the pollable of something.
pub(crate) fn pollable(waitable: Rc<dyn Waitable>) -> wasi::Pollable {
    wasi::Pollable::new(Pollable(waitable))
}

impl Guest for Personality {
    type Pollable = Pollable;

    fn poll(list: Vec<PollableBorrow<'_>>) -> Vec<u32> {
        if list.is_empty() {
            trap("poll of an empty list");
        }
        let waitables: Vec<&dyn Waitable> = list
            .iter()
            .map(|pollable| &*pollable.get::<Pollable>().0)
            .collect();
        wait_for(&waitables)
    }
}

impl GuestPollable for Pollable {
    fn ready(&self) -> bool {
        is_ready(&*self.0)
    }

    fn block(&self) {
        block(&*self.0);
    }
}

#[cfg(test)]
mod tests;
