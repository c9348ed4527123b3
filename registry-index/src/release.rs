//! One version of one package, as an index tells of it.

use boxfile_spec::{Digest, PackageName};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};

use crate::digest::digest_of;
use crate::interface::{ComponentError, Extern, Interfaces, is_component};
use crate::kind::Kind;

/// The [`Index::origin`](crate::Index::origin) of the modules that come with the
/// program, which is also what a lock file calls it.
pub const BUILT_IN: &str = "builtin";

/// What a package asks for by name, beside what its imports tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The package that is needed.
    pub name: PackageName,
    /// Versions that will do.
    pub requirement: VersionReq,
}

/// One version of one package. Up to `exports`, everything can be told from the bytes
/// and the name that they are published under, and is.
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
    /// The digest of a text in Markdown that tells more, which the index keeps with the
    /// bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readme: Option<Digest>,
    /// The publisher's signature in minisign's format; see [`Signer`](crate::Signer).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// Withdrawn: no new lock takes it, an old one keeps it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub yanked: bool,
    /// Which source of a [`Stack`](crate::Stack) it comes from: its
    /// [`Index::origin`](crate::Index::origin). Not part of what is published.
    #[serde(skip)]
    pub origin: String,
}

impl Release {
    /// Reads from the bytes all that they tell, description and licence in their custom
    /// sections among it; the rest is empty.
    ///
    /// # Errors
    ///
    /// Where the bytes are neither WebAssembly nor an archive of files.
    pub fn describe(
        name: PackageName,
        version: Version,
        bytes: &[u8],
    ) -> Result<Self, ComponentError> {
        let (kind, interfaces) = if is_layer(bytes) {
            (Kind::Layer, Interfaces::default())
        } else if is_component(bytes)? {
            let interfaces = Interfaces::read(bytes)?;
            (Kind::of(&interfaces), interfaces)
        } else {
            (Kind::CoreModule, Interfaces::default())
        };
        let texts = Texts::of(bytes);
        Ok(Self {
            name,
            version,
            digest: digest_of(bytes),
            size: bytes.len() as u64,
            kind,
            imports: interfaces.imports,
            exports: interfaces.exports,
            dependencies: Vec::new(),
            description: texts.description,
            license: texts.license,
            readme: None,
            signature: None,
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

/// Whether bytes are a layer of files: a tar archive, plain or compressed.
///
/// Sources: `ustar` at byte 257 (POSIX.1-2017, `pax`), RFC 1952 section 2.3.1 for gzip,
/// RFC 8878 section 3.1.1 for Zstandard.
fn is_layer(bytes: &[u8]) -> bool {
    // Whatever stands at byte 257 of a component is no archive.
    (bytes.get(257..262) == Some(b"ustar") && !bytes.starts_with(b"\0asm"))
        || bytes.starts_with(&[0x1f, 0x8b])
        || bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

/// What a component says of itself in custom sections, which tools write from
/// `Cargo.toml`. Source: the component model's tool conventions, by `wasm-metadata`.
#[derive(Default)]
struct Texts {
    description: String,
    license: String,
}

impl Texts {
    fn of(bytes: &[u8]) -> Self {
        let mut texts = Self::default();
        // What is nested tells of itself, not of the whole.
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload {
                Ok(Payload::CustomSection(section)) if depth == 0 => {
                    let field = match section.name() {
                        "description" => &mut texts.description,
                        "licenses" => &mut texts.license,
                        _ => continue,
                    };
                    if let Ok(text) = str::from_utf8(section.data()) {
                        text.trim().clone_into(field);
                    }
                }
                Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
                Ok(Payload::End(_)) => depth = depth.saturating_sub(1),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::Release;
    use crate::kind::Kind;

    fn describe(bytes: &[u8]) -> Release {
        Release::describe("acme:a".parse().unwrap(), "1.0.0".parse().unwrap(), bytes).unwrap()
    }

    #[test]
    fn texts_come_from_the_outermost_component() {
        let release = describe(
            &wat::parse_str(
                r#"(component
                    (component $inner (@custom "description" "the inner one"))
                    (@custom "description" " Greets people ")
                    (@custom "licenses" "MIT OR Apache-2.0"))"#,
            )
            .unwrap(),
        );
        assert_eq!(release.description, "Greets people");
        assert_eq!(release.license, "MIT OR Apache-2.0");
    }

    #[test]
    fn archives_are_layers() {
        let mut tar = vec![0; 1024];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(describe(&tar).kind, Kind::Layer);
        let inside = format!(r#"(component (@custom "c" "{}"))"#, "ustar".repeat(100));
        assert_eq!(
            describe(&wat::parse_str(inside).unwrap()).kind,
            Kind::Library
        );
        assert_eq!(describe(&[0x1f, 0x8b, 8, 0]).kind, Kind::Layer);
    }
}
