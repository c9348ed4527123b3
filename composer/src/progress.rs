//! Telling a caller what goes on, for progress bars: libraries don't print.

use boxfile_spec::PackageName;
use semver::Version;

/// What a build is about to do.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// Build `[app] cargo`: cargo itself writes to standard error meanwhile.
    Cargo,
    /// Bake `[files]`.
    Bake,
    /// Choose versions.
    Resolve,
    /// Fetch a package that is not built in.
    Fetch {
        /// Which.
        name: &'a PackageName,
        /// Which version.
        version: &'a Version,
        /// In bytes.
        size: u64,
    },
    /// Decide who satisfies which import.
    Plan,
    /// Encode the box.
    Link,
}

/// Told of each step. `()` listens to nothing.
pub trait Progress: Sync {
    /// Something is about to happen.
    fn event(&self, event: Event<'_>);
}

impl Progress for () {
    fn event(&self, _: Event<'_>) {}
}
