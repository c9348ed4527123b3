//! Drivers for unit tests: they do what a test tells them, log what they are asked,
//! and let time pass only in a sleep.
//!
//! Each test runs in a thread of its own, so each has a world of its own.

use std::cell::{Cell, RefCell};

/// A `clock` that stands still between sleeps.
pub(crate) mod clock {
    use super::Cell;
    use crate::bindings::boxer::kernel::types::{Duration, Instant, Timestamp};

    thread_local! {
        pub(crate) static NOW: Cell<Instant> = const { Cell::new(1_000) };
        pub(crate) static READS: Cell<u32> = const { Cell::new(0) };
        /// Whether a sleep is a jump that takes no real time.
        pub(crate) static VIRTUAL: Cell<bool> = const { Cell::new(false) };
    }

    pub(crate) fn monotonic_now() -> Instant {
        READS.set(READS.get() + 1);
        NOW.get()
    }

    pub(crate) fn monotonic_resolution() -> Duration {
        1
    }

    pub(crate) fn wall_now() -> Timestamp {
        Timestamp {
            seconds: 0,
            nanoseconds: 0,
        }
    }

    pub(crate) fn wall_resolution() -> Timestamp {
        Timestamp {
            seconds: 0,
            nanoseconds: 1,
        }
    }

    pub(crate) fn sleep_until(deadline: Instant) -> Duration {
        let rest = deadline.saturating_sub(NOW.get());
        if VIRTUAL.get() {
            NOW.set(NOW.get().max(deadline));
            0
        } else {
            rest
        }
    }
}

/// A `wait` during which a test changes the world.
pub(crate) mod wait {
    use super::{RefCell, clock};
    use crate::bindings::boxer::kernel::types::{Duration, Token};

    type Event = Box<dyn FnOnce()>;

    thread_local! {
        /// What each wait was given.
        pub(crate) static LOG: RefCell<Vec<(Vec<Token>, Option<Duration>)>> =
            const { RefCell::new(Vec::new()) };
        /// What happens during the next waits; afterwards they last to their end.
        static EVENTS: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
    }

    pub(crate) fn happens(event: impl FnOnce() + 'static) {
        EVENTS.with_borrow_mut(|events| events.push(Box::new(event)));
    }

    pub(crate) fn wait(tokens: &[Token], timeout: Option<Duration>) -> Vec<u32> {
        LOG.with_borrow_mut(|log| log.push((tokens.to_vec(), timeout)));
        let event = EVENTS.with_borrow_mut(|events| (!events.is_empty()).then(|| events.remove(0)));
        match (event, timeout) {
            (Some(event), _) => event(),
            (None, Some(timeout)) => clock::NOW.set(clock::NOW.get() + timeout),
            (None, None) => panic!("deadlock"),
        }
        Vec::new()
    }
}

/// A `console` with scripted answers.
pub(crate) mod console {
    use super::{Cell, RefCell};
    pub(crate) use crate::bindings::boxer::kernel::console::StandardStream;
    use crate::bindings::boxer::kernel::types::{Errno, Readiness, Token};
    use std::collections::VecDeque;

    pub(crate) const INPUT_TOKEN: Token = 10;
    pub(crate) const OUTPUT_TOKEN: Token = 11;

    thread_local! {
        /// Answers to reads; without one a read would block.
        pub(crate) static INPUT: RefCell<VecDeque<Result<Vec<u8>, Errno>>> =
            const { RefCell::new(VecDeque::new()) };
        /// Answers to writes; without one a write takes everything.
        pub(crate) static WRITES: RefCell<VecDeque<Result<u32, Errno>>> =
            const { RefCell::new(VecDeque::new()) };
        /// Answers to flushes; without one a flush succeeds.
        pub(crate) static FLUSHES: RefCell<VecDeque<Errno>> =
            const { RefCell::new(VecDeque::new()) };
        pub(crate) static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        pub(crate) static CALLS: Cell<u32> = const { Cell::new(0) };
        pub(crate) static WRITABLE: Cell<bool> = const { Cell::new(true) };
    }

    fn called() {
        CALLS.set(CALLS.get() + 1);
    }

    pub(crate) fn read(length: u32) -> Result<Vec<u8>, Errno> {
        called();
        let answer = INPUT
            .with_borrow_mut(VecDeque::pop_front)
            .unwrap_or(Err(Errno::Again))?;
        assert!(answer.len() <= length as usize);
        Ok(answer)
    }

    pub(crate) fn write(_to: StandardStream, data: &[u8]) -> Result<u32, Errno> {
        called();
        let all = data.len() as u32;
        let taken = WRITES
            .with_borrow_mut(VecDeque::pop_front)
            .unwrap_or(Ok(all))?
            .min(all);
        WRITTEN.with_borrow_mut(|written| written.extend_from_slice(&data[..taken as usize]));
        Ok(taken)
    }

    pub(crate) fn flush(_to: StandardStream) -> Result<(), Errno> {
        called();
        FLUSHES
            .with_borrow_mut(VecDeque::pop_front)
            .map_or(Ok(()), Err)
    }

    pub(crate) fn ready(which: StandardStream) -> Readiness {
        let ready = match which {
            StandardStream::Input => INPUT.with_borrow(|input| !input.is_empty()),
            StandardStream::Output | StandardStream::Error => WRITABLE.get(),
        };
        if ready {
            Readiness::READABLE | Readiness::WRITABLE
        } else {
            Readiness::empty()
        }
    }

    pub(crate) fn wait_token(which: StandardStream) -> Option<Token> {
        Some(if which == StandardStream::Input {
            INPUT_TOKEN
        } else {
            OUTPUT_TOKEN
        })
    }

    pub(crate) fn is_terminal(_which: StandardStream) -> bool {
        false
    }
}

/// A `net` whose sockets are scripted one by one.
pub(crate) mod net {
    use super::{Cell, RefCell};
    pub(crate) use crate::bindings::boxer::kernel::net::{
        AddressFamily, Datagram, IpAddress, ShutdownHow, SocketAddress, SocketKind, SocketOption,
    };
    use crate::bindings::boxer::kernel::types::{Errno, Instant, Readiness, Token};
    use std::collections::VecDeque;
    use std::rc::Rc;

    /// What is behind a socket: a test holds it too.
    pub(crate) struct Script {
        pub(crate) ready: Cell<Readiness>,
        /// How many bytes may still be sent before a send would block.
        pub(crate) room: Cell<usize>,
        /// What a send fails with, once there is something.
        pub(crate) send_error: Cell<Option<Errno>>,
        pub(crate) sent: RefCell<Vec<u8>>,
        pub(crate) received: RefCell<VecDeque<Result<Vec<u8>, Errno>>>,
        pub(crate) pending: Cell<Option<Errno>>,
        /// What the next call of these fails with.
        pub(crate) refusal: Cell<Option<Errno>>,
        pub(crate) accepted: RefCell<VecDeque<Socket>>,
        pub(crate) log: RefCell<Vec<&'static str>>,
        pub(crate) options: RefCell<Vec<(SocketOption, u64)>>,
        pub(crate) closed: Cell<bool>,
        pub(crate) token: Cell<Option<Token>>,
    }

    /// Closes when dropped.
    pub(crate) struct Socket(Rc<Script>);

    impl Drop for Socket {
        fn drop(&mut self) {
            self.0.closed.set(true);
        }
    }

    thread_local! {
        static LAST: RefCell<Option<Rc<Script>>> = const { RefCell::new(None) };
        pub(crate) static OPEN_ERROR: Cell<Option<Errno>> = const { Cell::new(None) };
        pub(crate) static STEPS: Cell<u32> = const { Cell::new(0) };
        pub(crate) static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
        pub(crate) static LINKS: RefCell<Vec<Token>> = const { RefCell::new(Vec::new()) };
        /// Whom a step makes ready.
        pub(crate) static MOVES: RefCell<Vec<(Rc<Script>, Readiness)>> =
            const { RefCell::new(Vec::new()) };
        pub(crate) static ANSWERS: RefCell<VecDeque<Result<Option<IpAddress>, Errno>>> =
            const { RefCell::new(VecDeque::new()) };
        pub(crate) static ASKED: RefCell<String> = const { RefCell::new(String::new()) };
    }

    /// The socket that was opened last.
    pub(crate) fn last() -> Rc<Script> {
        LAST.with_borrow(Clone::clone).expect("a socket was opened")
    }

    pub(crate) fn socket() -> Socket {
        let script = Rc::new(Script {
            ready: Cell::new(Readiness::empty()),
            room: Cell::new(usize::MAX),
            send_error: Cell::new(None),
            sent: RefCell::default(),
            received: RefCell::default(),
            pending: Cell::new(None),
            refusal: Cell::new(None),
            accepted: RefCell::default(),
            log: RefCell::default(),
            options: RefCell::default(),
            closed: Cell::new(false),
            token: Cell::new(Some(20)),
        });
        LAST.set(Some(script.clone()));
        Socket(script)
    }

    pub(crate) fn open(_family: AddressFamily, _kind: SocketKind) -> Result<Socket, Errno> {
        match OPEN_ERROR.get() {
            Some(errno) => Err(errno),
            None => Ok(socket()),
        }
    }

    pub(crate) fn step(_now: Instant) -> Option<Instant> {
        STEPS.set(STEPS.get() + 1);
        for (script, ready) in MOVES.take() {
            script.ready.set(ready);
        }
        DEADLINE.get()
    }

    pub(crate) fn link_tokens() -> Vec<Token> {
        LINKS.with_borrow(Clone::clone)
    }

    impl Script {
        fn outcome(&self, call: &'static str) -> Result<(), Errno> {
            self.log.borrow_mut().push(call);
            self.refusal.take().map_or(Ok(()), Err)
        }
    }

    const LOCAL: SocketAddress = SocketAddress {
        address: IpAddress::Ipv4((127, 0, 0, 1)),
        port: 4000,
        flow_info: 0,
        scope_id: 0,
    };

    impl Socket {
        pub(crate) fn bind(&self, _local: SocketAddress) -> Result<(), Errno> {
            self.0.outcome("bind")
        }

        pub(crate) fn listen(&self, _backlog: u32) -> Result<(), Errno> {
            self.0.outcome("listen")
        }

        pub(crate) fn accept(&self) -> Result<(Socket, SocketAddress), Errno> {
            self.0.outcome("accept")?;
            let socket = self
                .0
                .accepted
                .borrow_mut()
                .pop_front()
                .ok_or(Errno::Again)?;
            Ok((socket, LOCAL))
        }

        pub(crate) fn connect(&self, remote: Option<SocketAddress>) -> Result<(), Errno> {
            self.0.outcome(if remote.is_some() {
                "connect"
            } else {
                "disconnect"
            })
        }

        pub(crate) fn take_error(&self) -> Option<Errno> {
            self.0.pending.take()
        }

        pub(crate) fn send(&self, data: &[u8]) -> Result<u32, Errno> {
            if let Some(errno) = self.0.send_error.get() {
                return Err(errno);
            }
            let taken = data.len().min(self.0.room.get());
            if taken == 0 {
                return Err(Errno::Again);
            }
            self.0.room.set(self.0.room.get() - taken);
            self.0.sent.borrow_mut().extend_from_slice(&data[..taken]);
            Ok(taken as u32)
        }

        pub(crate) fn receive(&self, _length: u32) -> Result<Vec<u8>, Errno> {
            self.0
                .received
                .borrow_mut()
                .pop_front()
                .unwrap_or(Err(Errno::Again))
        }

        pub(crate) fn send_to(
            &self,
            data: &[u8],
            remote: Option<SocketAddress>,
        ) -> Result<(), Errno> {
            self.0
                .outcome(if remote.is_some() { "send-to" } else { "send" })?;
            self.send(data).map(drop)
        }

        pub(crate) fn receive_from(&self) -> Result<Datagram, Errno> {
            self.receive(u32::MAX).map(|data| Datagram {
                data,
                source: LOCAL,
            })
        }

        pub(crate) fn shutdown(&self, how: ShutdownHow) -> Result<(), Errno> {
            self.0.outcome(match how {
                ShutdownHow::Receive => "shutdown receive",
                ShutdownHow::Send => "shutdown send",
                ShutdownHow::Both => "shutdown both",
            })
        }

        pub(crate) fn local_address(&self) -> Result<SocketAddress, Errno> {
            Ok(LOCAL)
        }

        pub(crate) fn remote_address(&self) -> Result<SocketAddress, Errno> {
            Ok(LOCAL)
        }

        pub(crate) fn get_option(&self, name: SocketOption) -> Result<u64, Errno> {
            let options = self.0.options.borrow();
            let found = options.iter().rev().find(|(option, _)| *option == name);
            found
                .map(|(_, value)| *value)
                .ok_or(Errno::NoProtocolOption)
        }

        pub(crate) fn set_option(&self, name: SocketOption, value: u64) -> Result<(), Errno> {
            self.0.options.borrow_mut().push((name, value));
            Ok(())
        }

        pub(crate) fn ready(&self) -> Readiness {
            self.0.ready.get()
        }

        pub(crate) fn wait_token(&self, _interest: Readiness) -> Option<Token> {
            self.0.token.get()
        }
    }

    /// A lookup that gives the scripted answers.
    pub(crate) struct Lookup;

    pub(crate) fn resolve(name: &str) -> Result<Lookup, Errno> {
        ASKED.set(name.to_owned());
        match OPEN_ERROR.get() {
            Some(errno) => Err(errno),
            None => Ok(Lookup),
        }
    }

    impl Lookup {
        pub(crate) fn next(&self) -> Result<Option<IpAddress>, Errno> {
            ANSWERS
                .with_borrow_mut(VecDeque::pop_front)
                .unwrap_or(Err(Errno::Again))
        }

        pub(crate) fn wait_token(&self) -> Option<Token> {
            Some(30)
        }
    }
}
