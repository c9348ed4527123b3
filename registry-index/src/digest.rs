//! Hashing: what names bytes.

use boxfile_spec::Digest;
use sha2::{Digest as _, Sha256};

/// The SHA-256 (FIPS 180-4) of `bytes`.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::digest_of;

    #[test]
    fn follows_the_published_vectors() {
        // FIPS 180-4's examples: the empty message and "abc".
        assert_eq!(
            digest_of(b"").to_string(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            digest_of(b"abc").to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
