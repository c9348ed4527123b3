//! Packages to publish.

use bytes::Bytes;
use registry_index::{Draft, PackageName, Parcel};

/// A component that imports an interface of this version and nothing else.
pub fn component(minor: u64) -> Bytes {
    text(&format!(
        r#"(component (import "acme:log/sink@1.{minor}.0" (instance (export "put" (func)))))"#
    ))
}

/// A component from its text.
pub fn text(wat: &str) -> Bytes {
    wat::parse_str(wat).unwrap().into()
}

pub fn name(text: &str) -> PackageName {
    text.parse().unwrap()
}

pub fn draft(name: &str, version: &str, bytes: &Bytes) -> Draft {
    Draft::new(
        name.parse().unwrap(),
        version.parse().unwrap(),
        bytes.clone(),
    )
}

pub fn parcel(name: &str, version: &str, bytes: &Bytes) -> Parcel {
    draft(name, version, bytes).prepare(None).unwrap()
}
