//! One version of one package, as an index tells of it.

use boxfile_spec::{Digest, PackageName};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::digest::digest_of;
use crate::interface::{ComponentError, Extern, Interfaces, is_component};

/// The [`Index::origin`](crate::Index::origin) of the modules that come with the
/// program, which is also what a lock file calls it.
pub const BUILT_IN: &str = "builtin";

/// What a package's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A component that runs by itself: it exports `wasi:cli/run`.
    Command,
    /// A driver or a part of the kernel: it exports an interface of `boxer:kernel`.
    KernelModule,
    /// Any other component, for others to import.
    Library,
    /// A core module, which must be adapted before it can be linked.
    CoreModule,
}

/// What a package asks for by name, beside what its imports tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The package that is needed.
    pub name: PackageName,
    /// Versions that will do.
    pub requirement: VersionReq,
}

/// One version of one package. Everything but the last three fields can be told
/// from the bytes and the name they are published under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// `namespace:name`.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// What names its bytes.
    pub digest: Digest,
    /// Of the bytes, in bytes.
    pub size: u64,
    /// What the bytes are.
    pub kind: Kind,
    /// What it asks of others.
    pub imports: Vec<Extern>,
    /// What it offers.
    pub exports: Vec<Extern>,
    /// Packages that it needs, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// One sentence, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// SPDX licence expression, or empty where it was not told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub license: String,
    /// Withdrawn: no new lock takes it, an old one keeps it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub yanked: bool,
    /// Which source of a [`Stack`](crate::Stack) it comes from: its
    /// [`Index::origin`](crate::Index::origin). Not part of what is published.
    #[serde(skip)]
    pub origin: String,
}

impl Release {
    /// Reads from the bytes all that they tell; the rest is empty.
    ///
    /// # Errors
    ///
    /// Where the bytes are no WebAssembly.
    pub fn describe(
        name: PackageName,
        version: Version,
        bytes: &[u8],
    ) -> Result<Self, ComponentError> {
        let (kind, interfaces) = if is_component(bytes)? {
            let interfaces = Interfaces::read(bytes)?;
            (Kind::of(&interfaces), interfaces)
        } else {
            (Kind::CoreModule, Interfaces::default())
        };
        Ok(Self {
            name,
            version,
            digest: digest_of(bytes),
            size: bytes.len() as u64,
            kind,
            imports: interfaces.imports,
            exports: interfaces.exports,
            dependencies: Vec::new(),
            description: String::new(),
            license: String::new(),
            yanked: false,
            origin: String::new(),
        })
    }

    /// Imports and exports together.
    #[must_use]
    pub fn interfaces(&self) -> Interfaces {
        Interfaces {
            imports: self.imports.clone(),
            exports: self.exports.clone(),
        }
    }
}

impl Kind {
    /// Tells the kinds of component apart by what they export.
    #[must_use]
    pub fn of(interfaces: &Interfaces) -> Self {
        let exports = |wanted: &dyn Fn(&str, &str) -> bool| {
            interfaces
                .exports
                .iter()
                .filter_map(Extern::interface)
                .any(|name| wanted(&name.package_path(), &name.interface))
        };
        if exports(&|package, _| package == "boxer:kernel") {
            Self::KernelModule
        } else if exports(&|package, interface| package == "wasi:cli" && interface == "run") {
            Self::Command
        } else {
            Self::Library
        }
    }
}
