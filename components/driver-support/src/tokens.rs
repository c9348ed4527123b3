//! Numbers that stand for things.

use alloc::vec::Vec;

/// Hands out a number for each thing, and never the same number for another thing:
/// the low half is a place, the high half counts how often it was used.
#[derive(Debug)]
pub struct Tokens<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Place<T> {
    uses: u32,
    thing: Option<T>,
}

impl<T> Tokens<T> {
    /// No tokens.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
        }
    }

    /// A token for `thing`; never 0.
    pub fn insert(&mut self, thing: T) -> u64 {
        let index = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place {
                uses: 0,
                thing: None,
            });
            // A wasm memory holds fewer than 2^32 places.
            u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
        });
        let place = &mut self.places[index as usize];
        place.uses = place.uses.wrapping_add(1);
        place.thing = Some(thing);
        u64::from(place.uses) << 32 | u64::from(index + 1)
    }

    /// What `token` stands for, if anything still.
    #[must_use]
    pub fn get(&self, token: u64) -> Option<&T> {
        let place = self.places.get(index(token)?)?;
        place
            .thing
            .as_ref()
            .filter(|_| u64::from(place.uses) == token >> 32)
    }

    /// Takes back what `token` stands for, if anything still.
    pub fn remove(&mut self, token: u64) -> Option<T> {
        self.get(token)?;
        let index = index(token)?;
        self.free.push(u32::try_from(index).ok()?);
        self.places[index].thing.take()
    }
}

impl<T> Default for Tokens<T> {
    fn default() -> Self {
        Self::new()
    }
}

fn index(token: u64) -> Option<usize> {
    let place = (token & u64::from(u32::MAX)).checked_sub(1)?;
    usize::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_for_its_thing_until_removed() {
        let mut tokens = Tokens::new();
        let (a, b) = (tokens.insert('a'), tokens.insert('b'));
        assert_eq!((tokens.get(a), tokens.get(b)), (Some(&'a'), Some(&'b')));
        assert_eq!(tokens.remove(a), Some('a'));
        assert_eq!(tokens.get(a), None);
        assert_eq!(tokens.remove(a), None);
        assert_eq!(tokens.get(b), Some(&'b'));
    }

    #[test]
    fn a_place_is_used_again_under_another_token() {
        let mut tokens = Tokens::new();
        let old = tokens.insert(1);
        tokens.remove(old);
        let new = tokens.insert(2);
        assert_eq!(tokens.places.len(), 1);
        assert_ne!(old, new);
        assert_eq!((tokens.get(old), tokens.get(new)), (None, Some(&2)));
    }

    #[test]
    fn unknown_tokens_stand_for_nothing() {
        let mut tokens = Tokens::new();
        let known = tokens.insert(());
        for unknown in [0, 1, known + 1, known << 32, u64::MAX] {
            assert_eq!(tokens.get(unknown), None);
            assert_eq!(tokens.remove(unknown), None);
        }
        assert_eq!(tokens.get(known), Some(&()));
    }
}
