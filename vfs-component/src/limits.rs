//! How much a filesystem may hold, from its settings: `size`, `inodes`, `quota.bytes`,
//! `quota.inodes` and `open-files`.

use crate::errno::{Errno, Result};

/// The unit in which space is counted, in bytes.
pub(crate) const PAGE: u64 = 4096;

/// Limits of a filesystem; `None` is none.
///
/// `size` and `inodes` are what the filesystem is said to have, as the options of tmpfs(5):
/// at the end of it is `no-space`, and statvfs(3) tells of it. The quotas are what its one
/// user may use of it: at their end is `quota`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Space for contents in bytes: setting `size`.
    pub size: Option<u64>,
    /// Number of files: setting `inodes`.
    pub inodes: Option<u64>,
    /// Space for contents in bytes: setting `quota.bytes`.
    pub quota_bytes: Option<u64>,
    /// Number of files: setting `quota.inodes`.
    pub quota_inodes: Option<u64>,
    /// Open file handles: setting `open-files`.
    pub open_files: Option<u32>,
}

impl Limits {
    /// Reads the limits from settings; others are ignored.
    ///
    /// # Errors
    /// `invalid` for a value that is not a number, as `65536`, `64k`, `64KiB` or `1G`.
    pub fn from_settings<'s>(
        settings: impl IntoIterator<Item = (&'s str, &'s str)>,
    ) -> Result<Self> {
        let mut limits = Self::default();
        for (key, value) in settings {
            let limit = match key {
                "size" => &mut limits.size,
                "inodes" => &mut limits.inodes,
                "quota.bytes" => &mut limits.quota_bytes,
                "quota.inodes" => &mut limits.quota_inodes,
                "open-files" => {
                    let most = u32::try_from(number(value)?).unwrap_or(u32::MAX);
                    limits.open_files = Some(most);
                    continue;
                }
                _ => continue,
            };
            *limit = Some(number(value)?);
        }
        Ok(limits)
    }
}

/// A number with a suffix of tmpfs(5) (`k`, `m`, `g`) or of the IEC (`KiB` …), all of them
/// powers of 1,024.
fn number(text: &str) -> Result<u64> {
    let letters = text
        .bytes()
        .rev()
        .take_while(u8::is_ascii_alphabetic)
        .count();
    let (digits, suffix) = text.split_at(text.len() - letters);
    let factor: u64 = match suffix {
        "" | "B" => 1,
        "k" | "K" | "KiB" => 1 << 10,
        "m" | "M" | "MiB" => 1 << 20,
        "g" | "G" | "GiB" => 1 << 30,
        "t" | "T" | "TiB" => 1 << 40,
        _ => return Err(Errno::Invalid),
    };
    // TOML may have `_` between digits, but writes numbers without.
    let number: u64 = digits
        .trim_ascii_end()
        .parse()
        .map_err(|_| Errno::Invalid)?;
    number.checked_mul(factor).ok_or(Errno::Invalid)
}

/// What is used, and what may be.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Space {
    limits: Limits,
    pages: u64,
    inodes: u64,
}

impl Space {
    /// Other limits from now on; what is used stays so.
    pub fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Counts a file that was there before anybody asked for limits.
    pub fn restore_inode(&mut self) {
        self.inodes += 1;
    }

    /// Pages that may still be taken, and the error for one more.
    pub fn room(&self) -> (u64, Errno) {
        let left = |limit: Option<u64>| {
            limit.map_or(u64::MAX, |limit| (limit / PAGE).saturating_sub(self.pages))
        };
        let (size, quota) = (left(self.limits.size), left(self.limits.quota_bytes));
        if quota < size {
            (quota, Errno::Quota)
        } else {
            (size, Errno::NoSpace)
        }
    }

    /// After what took `before` pages takes `after`.
    pub fn moved(&mut self, before: u64, after: u64) {
        self.pages = (self.pages + after).saturating_sub(before);
    }

    /// Counts one file more.
    ///
    /// # Errors
    /// `no-space`, `quota`.
    pub fn add_inode(&mut self) -> Result<()> {
        let reached = |limit: Option<u64>| limit.is_some_and(|limit| self.inodes >= limit);
        if reached(self.limits.quota_inodes) {
            return Err(Errno::Quota);
        }
        if reached(self.limits.inodes) {
            return Err(Errno::NoSpace);
        }
        self.inodes += 1;
        Ok(())
    }

    pub fn remove_inode(&mut self) {
        self.inodes = self.inodes.saturating_sub(1);
    }

    /// `f_blocks`, `f_bfree`, `f_files` and `f_ffree` of statvfs(3) in pages.
    pub fn totals(&self) -> (u64, u64, u64, u64) {
        let pages = self.limits.size.map_or(0, |size| size / PAGE);
        let (room, _) = self.room();
        let files = self.limits.inodes.unwrap_or(0);
        let files_left = self
            .limits
            .quota_inodes
            .map_or(u64::MAX, |quota| quota.saturating_sub(self.inodes))
            .min(files.saturating_sub(self.inodes));
        (pages, room.min(pages), files, files_left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_suffixes() {
        let settings = [
            ("size", "64MiB"),
            ("inodes", "10k"),
            ("quota.bytes", "4096"),
            ("open-files", "256"),
            ("lowers.0", "/a"),
        ];
        let limits = Limits::from_settings(settings).unwrap();
        assert_eq!(limits.size, Some(64 << 20));
        assert_eq!(limits.inodes, Some(10 << 10));
        assert_eq!(limits.quota_bytes, Some(4096));
        assert_eq!((limits.quota_inodes, limits.open_files), (None, Some(256)));
        for wrong in [
            "",
            "M",
            "1 stone",
            "-1",
            "1e3",
            "99999999999999999999",
            "99999999999G",
        ] {
            assert_eq!(
                Limits::from_settings([("size", wrong)]),
                Err(Errno::Invalid),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_nearer_limit_names_the_error() {
        let mut space = Space::default();
        space.limit(Limits {
            size: Some(8 * PAGE),
            quota_bytes: Some(6 * PAGE),
            ..Limits::default()
        });
        assert_eq!(space.room(), (6, Errno::Quota));
        space.moved(0, 6);
        assert_eq!(space.room(), (0, Errno::Quota));
        space.moved(3, 0);
        assert_eq!(space.totals(), (8, 3, 0, 0));
    }
}
