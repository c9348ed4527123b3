//! A map for few keys, or keys that mostly come in order.

use alloc::vec::Vec;

/// Keys and values in a sorted list: lookup halves its way, and in the places where it
/// is used hardly anything is ever inserted but at the end. It costs a guest a tenth
/// of the code that a B-tree does.
#[derive(Debug)]
pub(crate) struct SortedMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord + Copy, V> SortedMap<K, V> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        Some(&self.0[self.position(key).ok()?].1)
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.position(key).ok()?;
        Some(&mut self.0[at].1)
    }

    /// The value of a key, made first if there is none; `None` where memory is short.
    pub fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> Option<&mut V> {
        let at = match self.position(&key) {
            Ok(at) => at,
            Err(at) => {
                self.0.try_reserve(1).ok()?;
                self.0.insert(at, (key, make()));
                at
            }
        };
        Some(&mut self.0[at].1)
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.position(key).ok()?;
        Some(self.0.remove(at).1)
    }

    /// Takes out all up to and with this key.
    pub fn take_through(&mut self, key: &K) -> impl Iterator<Item = (K, V)> {
        let end = self.0.partition_point(|(known, _)| known <= key);
        self.0.drain(..end)
    }

    /// Drops all from this key on.
    pub fn truncate(&mut self, key: &K) {
        let end = self.0.partition_point(|(known, _)| known < key);
        self.0.truncate(end);
        self.0.shrink_to(2 * end);
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|(key, value)| keep(key, value));
    }

    /// Keys and values from this key on, in order.
    pub fn from(&self, key: K) -> impl Iterator<Item = (K, &V)> {
        let start = self.0.partition_point(|(known, _)| *known < key);
        self.0[start..].iter().map(|(key, value)| (*key, value))
    }

    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    fn position(&self, key: &K) -> Result<usize, usize> {
        // What comes in order is found at the end.
        match self.0.last() {
            Some((last, _)) if last < key => Err(self.0.len()),
            _ => self.0.binary_search_by(|(known, _)| known.cmp(key)),
        }
    }
}
