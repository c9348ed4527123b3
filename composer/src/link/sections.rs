//! What a box tells of itself, in custom sections at its end.
//!
//! | section | content |
//! | --- | --- |
//! | `boxer:manifest` | the text of the Boxfile |
//! | `boxer:lock` | the text of the lock |
//! | `boxer:box` | the [`Description`], as JSON |
//! | `producers` | this linker, as the [tool conventions] ask |
//!
//! [tool conventions]: https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md

use std::borrow::Cow;

use wasm_encoder::{ComponentSection as _, CustomSection, ProducersField, ProducersSection};

use crate::description::Description;

pub(crate) const MANIFEST: &str = "boxer:manifest";
pub(crate) const LOCK: &str = "boxer:lock";
pub(crate) const BOX: &str = "boxer:box";

/// The texts that go into a box.
#[derive(Debug, Clone, Copy, Default)]
pub struct Texts<'a> {
    /// The Boxfile.
    pub manifest: &'a str,
    /// Its lock.
    pub lock: &'a str,
}

/// Appends to an encoded component what it is made of and from.
pub fn label(component: &mut Vec<u8>, description: &Description, texts: &Texts<'_>) {
    // Writing JSON of plain data to memory cannot fail.
    let description = serde_json::to_vec(description).unwrap_or_default();
    let sections = [
        (MANIFEST, texts.manifest.as_bytes()),
        (LOCK, texts.lock.as_bytes()),
        (BOX, &description),
    ];
    for (name, data) in sections {
        let section = CustomSection {
            name: Cow::Borrowed(name),
            data: Cow::Borrowed(data),
        };
        section.append_to_component(component);
    }
    let mut processed = ProducersField::new();
    processed.value("boxer", env!("CARGO_PKG_VERSION"));
    let mut producers = ProducersSection::new();
    producers.field("processed-by", &processed);
    producers.append_to_component(component);
}
