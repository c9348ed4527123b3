//! A directory: names to files, in the order in which they came.

use alloc::vec::Vec;

use hashbrown::HashTable;

use crate::errno::{Errno, Result};
use crate::types::Kind;

/// Up to this many names are looked through one by one.
const FEW: usize = 8;

/// A directory's entries.
///
/// Entries are kept in the order in which they were made, each with a number that
/// grows and is never used again: the cookie of a listing. One that goes leaves a gap;
/// when gaps outnumber entries they are closed, and cookies stay what they are. Names
/// lie one behind the other in one run of bytes.
#[derive(Debug)]
pub(super) struct Directory {
    /// The parent's inode.
    pub parent: u32,
    /// How many children are directories.
    pub subdirectories: u32,
    /// The lower directory that it was.
    pub origin: Option<u32>,
    /// Whether the entries of that were not read yet.
    pub unread: bool,
    /// Whether the parent is kept for it although it is no entry there any more.
    pub holds_parent: bool,
    slots: Vec<Slot>,
    names: Vec<u8>,
    /// Positions in `slots` by name; empty while there are few.
    index: HashTable<u32>,
    live: u32,
    last_cookie: u64,
}

#[derive(Debug, Clone)]
struct Slot {
    cookie: u64,
    name: u32,
    hash: u32,
    child: u32,
    /// 0 in a gap.
    length: u8,
    kind: Kind,
    /// Whether `child` is a file of the lower tree that was not looked at yet.
    lower: bool,
}

/// Where an entry leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Child {
    /// To a file of the lower tree that was not looked at yet.
    Lower(u32),
    /// To an inode.
    Inode(u32),
}

/// Where an entry is; good until the directory changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position(usize);

/// An entry in a listing.
pub(super) struct Listed<'d> {
    pub name: &'d str,
    pub child: Child,
    pub kind: Kind,
    pub cookie: u64,
}

impl Directory {
    pub fn new(parent: u32) -> Self {
        Self {
            parent,
            subdirectories: 0,
            origin: None,
            unread: false,
            holds_parent: false,
            slots: Vec::new(),
            names: Vec::new(),
            index: HashTable::new(),
            live: 0,
            last_cookie: 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The space that its entries take, in bytes.
    pub fn size(&self) -> u64 {
        (self.slots.len() * size_of::<Slot>() + self.names.len()) as u64
    }

    pub fn find(&self, name: &str) -> Option<Position> {
        let hash = hash(name.as_bytes());
        let is_it = |slot: &Slot| slot.hash == hash && self.name(slot) == name.as_bytes();
        if self.slots.len() <= FEW {
            return self.slots.iter().position(is_it).map(Position);
        }
        let found = self
            .index
            .find(spread(hash), |&at| is_it(&self.slots[at as usize]));
        found.map(|&at| Position(at as usize))
    }

    pub fn child(&self, at: Position) -> Child {
        self.slots[at.0].child()
    }

    pub fn kind(&self, at: Position) -> Kind {
        self.slots[at.0].kind
    }

    /// Adds an entry of a name that is free.
    pub fn insert(&mut self, name: &str, child: Child, kind: Kind) -> Result<()> {
        let start = u32::try_from(self.names.len()).map_err(|_| Errno::NoSpace)?;
        let at = u32::try_from(self.slots.len()).map_err(|_| Errno::NoSpace)?;
        let length = u8::try_from(name.len()).map_err(|_| Errno::NameTooLong)?;
        self.slots.try_reserve(1).map_err(|_| Errno::NoSpace)?;
        self.names
            .try_reserve(name.len())
            .map_err(|_| Errno::NoSpace)?;
        let hash = hash(name.as_bytes());
        if self.slots.len() >= FEW {
            // The first that is one too many brings all into the index.
            let missing = if self.slots.len() == FEW { FEW + 1 } else { 1 };
            // The new one has no slot yet, so all places must be there before.
            let rehash = by_hash(&self.slots);
            self.index
                .try_reserve(missing, rehash)
                .map_err(|_| Errno::NoSpace)?;
            if missing > 1 {
                for (at, slot) in (0..).zip(&self.slots).filter(|(_, slot)| slot.length > 0) {
                    self.index
                        .insert_unique(spread(slot.hash), at, by_hash(&self.slots));
                }
            }
            self.index
                .insert_unique(spread(hash), at, by_hash(&self.slots));
        }
        self.names.extend_from_slice(name.as_bytes());
        self.last_cookie += 1;
        let (child, lower) = match child {
            Child::Lower(child) => (child, true),
            Child::Inode(child) => (child, false),
        };
        let cookie = self.last_cookie;
        self.slots.push(Slot {
            cookie,
            name: start,
            hash,
            child,
            length,
            kind,
            lower,
        });
        self.live += 1;
        Ok(())
    }

    /// Lets an entry lead elsewhere; it keeps its place in listings.
    pub fn replace(&mut self, at: Position, inode: u32, kind: Kind) {
        let slot = &mut self.slots[at.0];
        slot.child = inode;
        slot.kind = kind;
        slot.lower = false;
    }

    pub fn remove(&mut self, at: Position) {
        let hash = self.slots[at.0].hash;
        if let Ok(entry) = self
            .index
            .find_entry(spread(hash), |&found| found as usize == at.0)
        {
            entry.remove();
        }
        self.slots[at.0].length = 0;
        self.live -= 1;
        let gaps = self.slots.len() - self.live as usize;
        if gaps > self.live as usize + FEW || self.live == 0 {
            self.close_gaps();
        }
    }

    /// Forgets all entries, as before they were read.
    pub fn clear(&mut self) {
        *self = Self {
            origin: self.origin,
            unread: self.unread,
            ..Self::new(self.parent)
        };
    }

    /// The cookie of the newest entry that there ever was.
    pub fn last_cookie(&self) -> u64 {
        self.last_cookie
    }

    /// The entries behind a cookie.
    pub fn after(&self, cookie: u64) -> impl Iterator<Item = Listed<'_>> {
        let first = self.slots.partition_point(|slot| slot.cookie <= cookie);
        let there = self.slots[first..].iter().filter(|slot| slot.length > 0);
        there.map(|slot| Listed {
            // Only names that are text were put in.
            name: str::from_utf8(self.name(slot)).unwrap_or_default(),
            child: slot.child(),
            kind: slot.kind,
            cookie: slot.cookie,
        })
    }

    fn name(&self, slot: &Slot) -> &[u8] {
        &self.names[slot.name as usize..][..usize::from(slot.length)]
    }

    fn close_gaps(&mut self) {
        let live = self.live as usize;
        let kept = self.slots.iter().map(|slot| usize::from(slot.length)).sum();
        let mut slots = Vec::with_capacity(live);
        let mut names = Vec::with_capacity(kept);
        for slot in self.slots.iter().filter(|slot| slot.length > 0) {
            let name = names.len() as u32;
            names.extend_from_slice(self.name(slot));
            slots.push(Slot {
                name,
                ..slot.clone()
            });
        }
        self.index = HashTable::new();
        if slots.len() > FEW {
            for (at, slot) in (0..).zip(&slots) {
                self.index
                    .insert_unique(spread(slot.hash), at, by_hash(&slots));
            }
        }
        self.slots = slots;
        self.names = names;
    }
}

impl Slot {
    fn child(&self) -> Child {
        if self.lower {
            Child::Lower(self.child)
        } else {
            Child::Inode(self.child)
        }
    }
}

/// Mixes eight bytes at a time by multiplication; names are short and nobody but the
/// box itself chooses them, so nothing stronger is needed.
fn hash(name: &[u8]) -> u32 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = name.len() as u64;
    let mut mix = |word: u64| {
        hash = (hash ^ word).wrapping_mul(MULTIPLIER);
        hash ^= hash >> 29;
    };
    let words = name.chunks_exact(8);
    let mut rest = [0; 8];
    rest[..words.remainder().len()].copy_from_slice(words.remainder());
    for word in words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        mix(u64::from_le_bytes(bytes));
    }
    mix(u64::from_le_bytes(rest));
    (hash >> 32) as u32 ^ hash as u32
}

/// What the index is ordered by: one function, for each would be compiled by itself.
fn by_hash(slots: &[Slot]) -> impl Fn(&u32) -> u64 {
    |&at| spread(slots[at as usize].hash)
}

/// The table looks at the lowest and the highest bits of a word.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}
