//! Documents that were fetched before, with the tags by which to ask whether they changed.
//!
//! ```text
//! ROOT/2c/2cf24dba…b9824     one line of JSON {"url", "tag", "digest"}, then the document
//! ```
//!
//! Named by the digest of the address. A document that is not what its line says counts
//! as absent, so a damaged cache costs a request.

use std::fs;
use std::io;
use std::path::PathBuf;

use boxfile_spec::Digest;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::digest::digest_of;
use crate::store::write_whole;

#[derive(Debug, Clone)]
pub(super) struct Cache {
    root: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Header {
    url: String,
    tag: String,
    digest: Digest,
}

/// What is known of an address.
pub(super) struct Known {
    pub(super) tag: String,
    pub(super) body: Bytes,
}

impl Cache {
    pub(super) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, url: &str) -> PathBuf {
        let hex = digest_of(url.as_bytes()).to_hex();
        self.root.join(&hex[..2]).join(hex)
    }

    pub(super) fn get(&self, url: &str) -> Option<Known> {
        let bytes = Bytes::from(fs::read(self.path(url)).ok()?);
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let header: Header = serde_json::from_slice(&bytes[..end]).ok()?;
        let body = bytes.slice(end + 1..);
        (header.url == url && header.digest == digest_of(&body)).then_some(Known {
            tag: header.tag,
            body,
        })
    }

    pub(super) fn put(&self, url: &str, tag: &str, body: &[u8]) -> io::Result<()> {
        let header = Header {
            url: url.to_owned(),
            tag: tag.to_owned(),
            digest: digest_of(body),
        };
        let mut bytes = serde_json::to_vec(&header)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(body);
        write_whole(&self.path(url), &bytes)
    }

    /// Forgets an address, whose document is gone.
    pub(super) fn remove(&self, url: &str) {
        // What cannot be removed is asked about again, and found gone again.
        let _ = fs::remove_file(self.path(url));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Cache;

    #[test]
    fn a_damaged_document_counts_as_absent() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        let url = "https://example.com/packages/acme/a.json";
        assert!(cache.get(url).is_none());
        cache.put(url, "\"1\"", b"{}\n{}").unwrap();
        let known = cache.get(url).unwrap();
        assert_eq!(
            (known.tag.as_str(), &known.body[..]),
            ("\"1\"", &b"{}\n{}"[..])
        );
        let path = cache.path(url);
        let good = fs::read(&path).unwrap();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 1;
            fs::write(&path, &bad).unwrap();
            let known = cache.get(url);
            // The tag may change unnoticed: then the server sends the document again.
            assert!(
                known.is_none_or(|known| known.body == b"{}\n{}"[..]),
                "{place}"
            );
            fs::write(&path, &good[..place]).unwrap();
            assert!(cache.get(url).is_none(), "cut at {place}");
        }
        cache.put(url, "\"2\"", b"{}").unwrap();
        cache.remove(url);
        assert!(cache.get(url).is_none());
    }
}
