//! Which directories of the host are mounted: the settings `mounts.N.guest` and
//! `mounts.N.mode`.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::errno::{Errno, Result};

/// A directory of the host that the box may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Where in the box, which is also the name that the host gives it.
    pub guest: String,
    /// Whether it must not be changed.
    pub read_only: bool,
}

/// Reads the grants from settings. `None` where there are none: then each directory
/// that the host gives is mounted at its name. Other settings are ignored.
///
/// # Errors
/// `invalid` for a mode other than `ro` and `rw`, and for a grant without a path.
pub fn grants<'s>(
    settings: impl IntoIterator<Item = (&'s str, &'s str)>,
) -> Result<Option<Vec<Grant>>> {
    let mut found: Vec<(&str, Option<&str>, Option<bool>)> = Vec::new();
    for (key, value) in settings {
        let Some((number, field)) = key
            .strip_prefix("mounts.")
            .and_then(|key| key.split_once('.'))
        else {
            continue;
        };
        let at = match found.iter().position(|(known, ..)| *known == number) {
            Some(at) => at,
            None => {
                found.push((number, None, None));
                found.len() - 1
            }
        };
        match (field, value) {
            ("guest", path) => found[at].1 = Some(path),
            ("mode", "ro") => found[at].2 = Some(true),
            ("mode", "rw") => found[at].2 = Some(false),
            ("mode", _) => return Err(Errno::Invalid),
            _ => {}
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let grants = found.into_iter().map(|(_, guest, read_only)| {
        let guest = guest.ok_or(Errno::Invalid)?.to_owned();
        // Nothing said is the least that can be meant.
        Ok(Grant {
            guest,
            read_only: read_only.unwrap_or(true),
        })
    });
    grants.collect::<Result<_>>().map(Some)
}

/// A path in one form, whether it was given as `/out`, `out/` or `./out`: as hosts name what
/// they give, and Boxfiles what they ask for.
#[must_use]
pub fn normal(path: &str) -> String {
    let names = path.split('/');
    let names = names.filter(|name| !name.is_empty() && *name != ".");
    names.fold(String::new(), |path, name| path + "/" + name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(guest: &str, read_only: bool) -> Grant {
        Grant {
            guest: guest.to_owned(),
            read_only,
        }
    }

    #[test]
    fn grants_are_read_in_order() {
        let settings = [
            ("mounts.0.guest", "/out"),
            ("mounts.0.mode", "rw"),
            ("cache", "none"),
            ("mounts.1.mode", "ro"),
            ("mounts.1.guest", "/in"),
            ("mounts.2.guest", "/unsaid"),
        ];
        let expected = vec![
            grant("/out", false),
            grant("/in", true),
            grant("/unsaid", true),
        ];
        assert_eq!(grants(settings), Ok(Some(expected)));
        assert_eq!(grants([("cache", "none")]), Ok(None));
    }

    #[test]
    fn a_path_has_one_form() {
        for path in ["/out/a", "out/a", "./out//a/", "/./out/a"] {
            assert_eq!(normal(path), "/out/a");
        }
        assert_eq!(normal("."), "");
    }

    #[test]
    fn half_a_grant_is_refused() {
        assert_eq!(grants([("mounts.0.mode", "rw")]), Err(Errno::Invalid));
        let settings = [("mounts.0.guest", "/a"), ("mounts.0.mode", "w")];
        assert_eq!(grants(settings), Err(Errno::Invalid));
    }
}
