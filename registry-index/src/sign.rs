//! Signatures of publishers, in minisign's format.
//!
//! What is signed is a line that names the package, its version, the digest of its
//! bytes and the digest of everything else that the index tells of it:
//!
//! ```text
//! acme:hello@1.2.0 sha256:2c26b46b… facts sha256:fcde2b2e…
//! ```
//!
//! So a signature holds for no other package, version, bytes, requirements or README. It
//! can be checked before anything is fetched. The line is the signature's trusted comment
//! as well, and minisign itself checks it: `printf %s 'acme:hello@1.2.0 …' >line`, then
//! `minisign -V -p KEY.pub -x SIGNATURE -m line`.

use std::fmt;

use boxfile_spec::Digest;
use minisign::{KeyPair, SecretKey, SecretKeyBox};

use crate::digest::digest_of;
use crate::release::Release;

/// A publisher's secret key.
pub struct Signer {
    key: SecretKey,
}

/// A publisher's public key: what `minisign.pub` holds.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: minisign_verify::PublicKey,
    text: String,
}

/// A new pair of keys, as texts in minisign's format.
#[derive(Clone)]
pub struct NewKey {
    /// To be kept secret; encrypted where a password was given.
    pub secret: String,
    /// To be given to everyone: base64 in one line.
    pub public: String,
}

/// A key that cannot be read, or does not sign.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{what}: {reason}")]
#[diagnostic(code(sign::key))]
pub struct SignError {
    /// What failed.
    pub what: &'static str,
    /// Why.
    pub reason: String,
}

fn failed(what: &'static str) -> impl FnOnce(minisign::PError) -> SignError {
    move |error| SignError {
        what,
        reason: error.to_string(),
    }
}

impl Signer {
    /// Makes a pair of keys. The password encrypts the secret one; encrypting takes about a
    /// second and 32 MiB, as minisign has chosen it.
    ///
    /// # Errors
    ///
    /// Where the system gives no randomness or not enough memory.
    pub fn generate(password: Option<String>) -> Result<NewKey, SignError> {
        let made = match password {
            Some(password) => KeyPair::generate_encrypted_keypair(Some(password)),
            None => KeyPair::generate_unencrypted_keypair(),
        };
        let pair = made.map_err(failed("cannot make a key"))?;
        let secret = pair
            .sk
            .to_box(None)
            .map_err(failed("cannot write the key"))?;
        Ok(NewKey {
            secret: secret.into_string(),
            public: pair.pk.to_base64(),
        })
    }

    /// Reads a secret key from the text of its file.
    ///
    /// # Errors
    ///
    /// Where it is none, or the password is missing or wrong.
    pub fn read(text: &str, password: Option<String>) -> Result<Self, SignError> {
        let failed = |reason: &str| SignError {
            what: "cannot read the secret key",
            reason: reason.to_owned(),
        };
        if PublicKey::read(text).is_ok() {
            return Err(failed("it is a public key"));
        }
        let read = || SecretKeyBox::from_string(text);
        let plain = read().and_then(SecretKeyBox::into_unencrypted_secret_key);
        let key = match (plain, password) {
            (Ok(key), _) => key,
            // Its words are all that minisign tells it by.
            (Err(error), password) if error.to_string().contains("encrypted") => {
                let password = password.ok_or_else(|| failed("it is encrypted"))?;
                let decrypted = read().and_then(|secret| secret.into_secret_key(Some(password)));
                decrypted.map_err(|_| failed("the password does not decrypt it"))?
            }
            (Err(_), _) => return Err(failed("it is no secret key in minisign's format")),
        };
        Ok(Self { key })
    }

    /// Signs all that a release tells, as the text that [`Release::signature`] holds.
    ///
    /// # Errors
    ///
    /// Where the system gives no randomness.
    pub fn sign(&self, release: &Release) -> Result<String, SignError> {
        let line = statement(release);
        let signed = minisign::sign(
            None,
            &self.key,
            line.as_bytes(),
            Some(&line),
            Some("signature of a package"),
        );
        Ok(signed.map_err(failed("cannot sign"))?.into_string())
    }
}

impl PublicKey {
    /// Reads a key: the line in base64, or the whole of a `minisign.pub`.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn read(text: &str) -> Result<Self, SignError> {
        let lines = text.lines().map(str::trim);
        let mut lines =
            lines.filter(|line| !line.is_empty() && !line.starts_with("untrusted comment:"));
        let line = lines.next().unwrap_or_default();
        let key = minisign_verify::PublicKey::from_base64(line).map_err(|error| SignError {
            what: "cannot read the public key",
            reason: error.to_string(),
        })?;
        Ok(Self {
            key,
            text: line.to_owned(),
        })
    }

    /// Whether the signature of a release was made with this key, for this release.
    #[must_use]
    pub fn signed(&self, release: &Release) -> bool {
        let Some(signature) = &release.signature else {
            return false;
        };
        let line = statement(release);
        minisign_verify::Signature::decode(signature).is_ok_and(|signature| {
            signature.trusted_comment() == line
                && self.key.verify(line.as_bytes(), &signature, false).is_ok()
        })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The line that is signed; see the module's text.
#[must_use]
pub fn statement(release: &Release) -> String {
    format!(
        "{}@{} {} facts {}",
        release.name,
        release.version,
        release.digest,
        facts(release)
    )
}

/// Of everything that the index tells, but for what may change later: whether it is
/// withdrawn, and the signature itself.
fn facts(release: &Release) -> Digest {
    let facts = Release {
        yanked: false,
        signature: None,
        ..release.clone()
    };
    // Field by field in their order, without spaces: the same facts are the same bytes.
    digest_of(&serde_json::to_vec(&facts).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{PublicKey, Signer, statement};
    use crate::release::{Dependency, Release};

    fn release() -> Release {
        let bytes = wat::parse_str(r#"(component (import "log" (func)))"#).unwrap();
        Release::describe("acme:a".parse().unwrap(), "1.0.0".parse().unwrap(), &bytes).unwrap()
    }

    #[test]
    fn a_signature_holds_for_one_release() {
        let pair = Signer::generate(None).unwrap();
        let signer = Signer::read(&pair.secret, None).unwrap();
        let key = PublicKey::read(&pair.public).unwrap();
        let mut signed = release();
        assert!(!key.signed(&signed));
        signed.signature = Some(signer.sign(&signed).unwrap());
        assert!(key.signed(&signed));
        signed.yanked = true;
        assert!(key.signed(&signed), "withdrawing needs no new signature");

        let changes: [fn(&mut Release); 7] = [
            |r| r.name = "acme:b".parse().unwrap(),
            |r| r.version.patch = 1,
            |r| r.digest = crate::digest_of(b"other"),
            |r| r.imports.clear(),
            |r| r.description = "better".to_owned(),
            |r| {
                r.dependencies.push(Dependency {
                    name: "evil:a".parse().unwrap(),
                    requirement: "*".parse().unwrap(),
                });
            },
            |r| r.readme = Some(crate::digest_of(b"other")),
        ];
        for (place, change) in changes.iter().enumerate() {
            let mut other = signed.clone();
            change(&mut other);
            assert!(!key.signed(&other), "change {place} went unnoticed");
        }
        let other = Signer::generate(None).unwrap();
        assert!(!PublicKey::read(&other.public).unwrap().signed(&signed));
    }

    #[test]
    fn no_damaged_signature_holds() {
        let pair = Signer::generate(None).unwrap();
        let key = PublicKey::read(&pair.public).unwrap();
        let mut signed = release();
        let text = Signer::read(&pair.secret, None)
            .unwrap()
            .sign(&signed)
            .unwrap();
        let lines: Vec<&str> = text.lines().collect();
        // The first line is the untrusted comment, which is just that.
        let start = lines[0].len() + 1;
        for place in start..text.trim_end().len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            signed.signature = String::from_utf8(bytes).ok();
            assert!(!key.signed(&signed), "byte {place}");
        }
        for cut in 0..text.trim_end().len() {
            signed.signature = Some(text[..cut].to_owned());
            assert!(!key.signed(&signed), "cut at {cut}");
        }
    }

    #[test]
    fn keys_are_minisigns_own_files() {
        let pair = Signer::generate(None).unwrap();
        let file = format!("untrusted comment: minisign public key\n{}\n", pair.public);
        assert_eq!(PublicKey::read(&file).unwrap().to_string(), pair.public);
        assert!(PublicKey::read("nothing").is_err());
        assert!(Signer::read("nothing", None).is_err());
        // The example of minisign's own manual page.
        assert!(
            PublicKey::read("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3").is_ok()
        );
    }

    #[test]
    fn an_encrypted_key_needs_its_password() {
        let pair = Signer::generate(Some("swordfish".to_owned())).unwrap();
        assert!(Signer::read(&pair.secret, None).is_err());
        assert!(Signer::read(&pair.secret, Some("guess".to_owned())).is_err());
        let signer = Signer::read(&pair.secret, Some("swordfish".to_owned())).unwrap();
        let mut signed = release();
        signed.signature = Some(signer.sign(&signed).unwrap());
        assert!(PublicKey::read(&pair.public).unwrap().signed(&signed));
    }

    #[test]
    fn the_line_names_all_that_counts() {
        let release = release();
        let line = statement(&release);
        assert!(line.starts_with("acme:a@1.0.0 sha256:"), "{line}");
        assert!(line.contains(&release.digest.to_string()));
    }
}
