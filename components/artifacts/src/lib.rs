//! The built-in modules of Boxer as bytes.
//!
//! `build.rs` compiles every guest crate of the workspace, makes components of
//! them and writes the table that [`all`] returns. A guest crate is one whose
//! manifest has a `[package.metadata.boxer]` table with the `name` that the module
//! is published under.

/// A built-in module.
#[derive(Debug, Clone, Copy)]
pub struct Artifact {
    /// The package's name, `namespace:name`.
    pub name: &'static str,
    /// Its version: the guest crate's own.
    pub version: &'static str,
    /// One sentence from the guest crate's manifest.
    pub description: &'static str,
    /// SPDX licence expression from the guest crate's manifest.
    pub license: &'static str,
    /// The component.
    pub bytes: &'static [u8],
}

/// All built-in modules, sorted by name.
#[must_use]
pub fn all() -> &'static [Artifact] {
    ARTIFACTS
}

include!(concat!(env!("OUT_DIR"), "/table.rs"));
