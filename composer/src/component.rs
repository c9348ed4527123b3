//! A component's bytes with what was read from them, once.

use std::sync::Arc;

use boxfile_spec::Digest;
use bytes::Bytes;
use registry_index::{ComponentError, Interfaces, digest_of};

/// A component. Cheap to share: the same bytes in two places of a box are one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    bytes: Bytes,
    digest: Digest,
    interfaces: Interfaces,
}

impl Component {
    /// Reads what a component imports and exports. Function bodies are not looked
    /// at: [`Component::validated`] does that too.
    ///
    /// # Errors
    ///
    /// Where the bytes are no component.
    pub fn read(bytes: impl Into<Bytes>) -> Result<Arc<Self>, ComponentError> {
        let bytes = bytes.into();
        let interfaces = Interfaces::read(&bytes)?;
        Ok(Arc::new(Self {
            digest: digest_of(&bytes),
            bytes,
            interfaces,
        }))
    }

    /// Like [`Component::read`], for bytes that nobody has checked before: a broken
    /// function body is named here, not when the box is run.
    ///
    /// # Errors
    ///
    /// Where the bytes are no component, or need more than a host of WASI 0.2 has.
    pub fn validated(bytes: impl Into<Bytes>) -> Result<Arc<Self>, ComponentError> {
        let bytes = bytes.into();
        registry_index::validate(&bytes)?;
        Self::read(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What names the bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What it imports and exports.
    #[must_use]
    pub fn interfaces(&self) -> &Interfaces {
        &self.interfaces
    }
}
