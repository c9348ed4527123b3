//! What a box tells of itself, in custom sections at its end.
//!
//! | section | content |
//! | --- | --- |
//! | `boxer:manifest` | the text of the Boxfile |
//! | `boxer:lock` | the text of the lock, in gzip (RFC 1952) |
//! | `boxer:box` | the [`Description`], as JSON in gzip |
//! | `producers` | this linker, as the [tool conventions] ask |
//!
//! Plain, they would be the tenth of a small box.
//!
//! [tool conventions]: https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md

use std::borrow::Cow;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use wasm_encoder::{ComponentSection as _, CustomSection, ProducersField, ProducersSection};

use crate::description::Description;

pub(crate) const MANIFEST: &str = "boxer:manifest";
pub(crate) const LOCK: &str = "boxer:lock";
pub(crate) const BOX: &str = "boxer:box";

/// More than any description has, in bytes.
const LONGEST: u64 = 64 << 20;

fn packed(text: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let written = packed.write_all(text).and_then(|()| packed.finish());
    // Nor can writing bytes there.
    written.unwrap_or_default()
}

/// The text of a section, packed or not.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn text_of(data: &[u8]) -> Result<String, String> {
    let unpacked;
    let data = if data.starts_with(&[0x1f, 0x8b]) {
        let mut all = Vec::new();
        let read = GzDecoder::new(data).take(LONGEST + 1).read_to_end(&mut all);
        if read.map_err(|error| error.to_string())? as u64 > LONGEST {
            return Err(format!("it is longer than {LONGEST} bytes"));
        }
        unpacked = all;
        &unpacked
    } else {
        data
    };
    let text = str::from_utf8(data).map_err(|error| error.to_string())?;
    Ok(text.to_owned())
}

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
    let description = packed(&serde_json::to_vec(description).unwrap_or_default());
    let lock = packed(texts.lock.as_bytes());
    let sections = [
        (MANIFEST, texts.manifest.as_bytes()),
        (LOCK, &lock),
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
