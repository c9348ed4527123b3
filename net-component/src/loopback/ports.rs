//! Who holds which port of one protocol, and who may hold it as well.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::address::Scope;

/// Ports that the stack chooses from where a program names none: those that Linux
/// takes by default.
const EPHEMERAL: core::ops::RangeInclusive<u16> = 32_768..=60_999;

/// What matters of a holder when another wants the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) scope: Scope,
    /// `SO_REUSEADDR`.
    pub(super) reuse: bool,
    pub(super) listening: bool,
}

impl Holder {
    /// Two may hold a port for different addresses, or where both say
    /// `SO_REUSEADDR` and the one that was there does not listen.
    fn allows(self, newcomer: Self) -> bool {
        let shared = self.reuse && newcomer.reuse && !self.listening;
        shared || !self.scope.overlaps(newcomer.scope)
    }
}

/// The ports of one protocol.
#[derive(Debug)]
pub(super) struct Ports {
    used: Table,
    next_ephemeral: u16,
}

/// A port that somebody holds.
#[derive(Debug, Default)]
struct Port {
    /// How many holders there are of each sort: a server with ten thousand
    /// connections holds its port in two sorts.
    holders: Vec<(Holder, usize)>,
    /// The sockets that are reached by the port alone: listeners, and datagram
    /// sockets in the order in which they came.
    reached: Vec<usize>,
}

impl Ports {
    pub(super) fn new() -> Self {
        Self {
            used: Table::default(),
            next_ephemeral: *EPHEMERAL.start(),
        }
    }

    /// Holds `port` if everyone who holds it already allows it.
    pub(super) fn acquire(&mut self, port: u16, holder: Holder) -> bool {
        let allowed = match self.used.get(port) {
            Some(entry) => entry.holders.iter().all(|(other, _)| other.allows(holder)),
            None => true,
        };
        if allowed {
            self.share(port, holder);
        }
        allowed
    }

    /// Holds `port` with no question asked, as a connection does beside the
    /// listener that it came through.
    pub(super) fn share(&mut self, port: u16, holder: Holder) {
        let holders = &mut self.used.slot(port).get_or_insert_default().holders;
        match holders.iter_mut().find(|(known, _)| *known == holder) {
            Some((_, count)) => *count += 1,
            None => holders.push((holder, 1)),
        }
    }

    /// Gives the port up.
    pub(super) fn release(&mut self, port: u16, holder: Holder) {
        let slot = self.used.slot(port);
        let Some(entry) = slot else { return };
        if let Some(place) = entry.holders.iter().position(|(known, _)| *known == holder) {
            entry.holders[place].1 -= 1;
            if entry.holders[place].1 == 0 {
                entry.holders.swap_remove(place);
            }
        }
        if entry.holders.is_empty() {
            *slot = None;
        }
    }

    /// Holds a port that nobody holds, and which is not `avoided`; `None` where all
    /// are taken.
    pub(super) fn acquire_ephemeral(&mut self, holder: Holder, avoided: u16) -> Option<u16> {
        for _ in EPHEMERAL {
            let port = self.next_ephemeral;
            self.next_ephemeral = if port == *EPHEMERAL.end() {
                *EPHEMERAL.start()
            } else {
                port + 1
            };
            if port != avoided && self.used.get(port).is_none() {
                self.share(port, holder);
                return Some(port);
            }
        }
        None
    }

    /// Whether more than one holds the port.
    pub(super) fn is_shared(&self, port: u16) -> bool {
        let holders = self.used.get(port).map_or(&[][..], |entry| &entry.holders);
        holders.iter().map(|(_, count)| count).sum::<usize>() > 1
    }

    /// Makes a socket that holds `port` reachable through it.
    pub(super) fn reach(&mut self, port: u16, socket: usize) {
        if let Some(entry) = self.used.slot(port) {
            entry.reached.push(socket);
        }
    }

    /// Undoes [`Self::reach`]; may come after the port was given up.
    pub(super) fn unreach(&mut self, port: u16, socket: usize) {
        if let Some(entry) = self.used.slot(port) {
            entry.reached.retain(|known| *known != socket);
        }
    }

    /// The sockets that are reached by the port alone, oldest first.
    pub(super) fn reached(&self, port: u16) -> &[usize] {
        self.used.get(port).map_or(&[], |entry| &entry.reached)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        (0..=u16::MAX).all(|port| self.used.get(port).is_none())
    }
}

/// Something for every port, in 256 pages of which only those in use take space: a
/// map in a tenth of the code.
#[derive(Debug, Default)]
struct Table {
    pages: Vec<Page>,
}

type Page = Vec<Option<Box<Port>>>;

impl Table {
    fn get(&self, port: u16) -> Option<&Port> {
        let [page, place] = port.to_be_bytes().map(usize::from);
        self.pages.get(page)?.get(place)?.as_deref()
    }

    fn slot(&mut self, port: u16) -> &mut Option<Box<Port>> {
        let [page, place] = port.to_be_bytes().map(usize::from);
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, Page::new);
        }
        let page = &mut self.pages[page];
        if page.is_empty() {
            page.resize_with(256, || None);
        }
        &mut page[place]
    }
}
