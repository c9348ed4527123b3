//! The listing of a host's directory, which has no cookies.

use alloc::string::String;
use alloc::vec::Vec;

use crate::types::Kind;

/// What a handle has told of a directory. Names keep their cookies for as long as the
/// handle is open, also where the listing starts over and comes out differently.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// In the order of their cookies: a cookie is a position here and 1.
    names: Vec<Listed>,
    started: bool,
}

#[derive(Debug)]
pub(super) struct Listed {
    pub name: String,
    pub kind: Kind,
    /// Whether the last reading of the directory had it.
    there: bool,
}

impl Listing {
    /// Whether the directory must be read: for the first time, or again from the start.
    pub fn is_due(&self, cookie: u64) -> bool {
        cookie == 0 || !self.started
    }

    /// Takes in a reading of the directory.
    pub fn update(&mut self, found: Vec<(String, Kind)>) {
        self.started = true;
        for known in &mut self.names {
            known.there = false;
        }
        let mut by_name: Vec<usize> = (0..self.names.len()).collect();
        by_name.sort_unstable_by(|&a, &b| self.names[a].name.cmp(&self.names[b].name));
        for (name, kind) in found {
            match by_name.binary_search_by(|&at| self.names[at].name.cmp(&name)) {
                Ok(at) => {
                    let known = &mut self.names[by_name[at]];
                    (known.kind, known.there) = (kind, true);
                }
                Err(_) => self.names.push(Listed {
                    name,
                    kind,
                    there: true,
                }),
            }
        }
    }

    /// The names behind a cookie, each with its own.
    pub fn after(&self, cookie: u64) -> impl Iterator<Item = (&Listed, u64)> {
        let first = usize::try_from(cookie)
            .unwrap_or(usize::MAX)
            .min(self.names.len());
        let with_cookies = self.names.iter().zip(1..).skip(first);
        with_cookies.filter(|(listed, _)| listed.there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(listing: &Listing, cookie: u64) -> Vec<(&str, u64)> {
        listing
            .after(cookie)
            .map(|(listed, next)| (listed.name.as_str(), next))
            .collect()
    }

    fn found(names: &[&str]) -> Vec<(String, Kind)> {
        names
            .iter()
            .map(|name| ((*name).to_owned(), Kind::Regular))
            .collect()
    }

    #[test]
    fn cookies_survive_starting_over() {
        let mut listing = Listing::default();
        listing.update(found(&["b", "a", "c"]));
        assert_eq!(names(&listing, 0), [("b", 1), ("a", 2), ("c", 3)]);
        listing.update(found(&["d", "c", "b"]));
        assert_eq!(names(&listing, 0), [("b", 1), ("c", 3), ("d", 4)]);
        assert_eq!(names(&listing, 2), [("c", 3), ("d", 4)]);
        assert_eq!(names(&listing, 4), []);
        assert_eq!(names(&listing, u64::MAX), []);
    }
}
