//! Which publishers are believed: keys for each namespace.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use boxfile_spec::PackageName;
use bytes::Bytes;
use serde::Deserialize;

use crate::error::IndexError;
use crate::index::Index;
use crate::query::Query;
use crate::release::{BUILT_IN, Release};
use crate::sign::PublicKey;

/// Whose signatures count, and where one is required.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// For each namespace, whoever may publish in it.
    pub keys: BTreeMap<String, Vec<PublicKey>>,
    /// Namespaces whose packages must be signed.
    pub require_signed: BTreeSet<String>,
    /// Whether all others must be, too. What is built in never needs it.
    pub require_signed_everywhere: bool,
}

/// `[trust]`, as people write it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    #[serde(default)]
    require_signed: Required,
    #[serde(default)]
    keys: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Required {
    Everywhere(bool),
    Namespaces(BTreeSet<String>),
}

impl Default for Required {
    fn default() -> Self {
        Self::Everywhere(false)
    }
}

/// What a signature is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It comes with the program.
    BuiltIn,
    /// It was signed by one of the namespace's keys.
    Signed,
    /// It is signed, and no key of its namespace is known that could tell.
    UnknownKey,
    /// It is not signed.
    Unsigned,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BuiltIn => "built in",
            Self::Signed => "signed",
            Self::UnknownKey => "signed with an unknown key",
            Self::Unsigned => "not signed",
        })
    }
}

impl Trust {
    /// Reads the table `[trust]` of a configuration in TOML; `file` is what errors call it.
    ///
    /// ```
    /// use registry_index::Trust;
    ///
    /// let trust = Trust::parse(
    ///     r#"
    ///     [trust]
    ///     require-signed = ["acme"]   # or true, for all
    ///     [trust.keys]
    ///     acme = ["RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"]
    ///     "#,
    ///     "config.toml",
    /// )?;
    /// assert_eq!(trust.keys["acme"].len(), 1);
    /// assert!(trust.require_signed.contains("acme"));
    /// # Ok::<(), registry_index::IndexError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`IndexError::Settings`], naming the namespace of a key that is none.
    pub fn parse(text: &str, file: &str) -> Result<Self, IndexError> {
        let wrong = |reason: String| IndexError::Settings {
            file: file.to_owned(),
            reason: reason.trim_end().to_owned(),
        };
        let mut table: toml::Table = text
            .parse()
            .map_err(|e: toml::de::Error| wrong(e.to_string()))?;
        let Some(written) = table.remove("trust") else {
            return Ok(Self::default());
        };
        let written: Written = written
            .try_into()
            .map_err(|e| wrong(format!("[trust]: {e}")))?;
        let mut keys = BTreeMap::new();
        for (namespace, texts) in written.keys {
            let read = texts.iter().map(|text| PublicKey::read(text));
            let read = read.collect::<Result<Vec<_>, _>>();
            let read = read.map_err(|error| wrong(format!("[trust.keys] {namespace}: {error}")))?;
            keys.insert(namespace, read);
        }
        let (require_signed, require_signed_everywhere) = match written.require_signed {
            Required::Everywhere(all) => (BTreeSet::new(), all),
            Required::Namespaces(some) => (some, false),
        };
        Ok(Self {
            keys,
            require_signed,
            require_signed_everywhere,
        })
    }

    /// Looks at a release's signature.
    ///
    /// # Errors
    ///
    /// [`IndexError::Signature`] where one is required and there is none that counts, and
    /// wherever one is there that none of the namespace's keys made.
    pub fn judge(&self, release: &Release) -> Result<Verdict, IndexError> {
        if release.origin == BUILT_IN {
            return Ok(Verdict::BuiltIn);
        }
        let namespace = release.name.namespace();
        let keys = self
            .keys
            .get(namespace)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let required = self.require_signed_everywhere || self.require_signed.contains(namespace);
        let refuse = |reason: &str| {
            Err(IndexError::Signature {
                origin: release.origin.clone(),
                name: release.name.clone(),
                version: release.version.clone(),
                reason: reason.to_owned(),
            })
        };
        match (&release.signature, keys) {
            (None, _) if required => refuse("is not signed, and its namespace requires it"),
            (None, _) => Ok(Verdict::Unsigned),
            (Some(_), []) if required => {
                refuse("is signed, but no key of its namespace is configured")
            }
            (Some(_), []) => Ok(Verdict::UnknownKey),
            (Some(_), keys) if keys.iter().any(|key| key.signed(release)) => Ok(Verdict::Signed),
            (Some(_), _) => refuse("has a signature that no key of its namespace made for it"),
        }
    }
}

/// A source of which only what is trusted is seen.
///
/// Versions that lack a required signature are as good as absent, so the resolver takes
/// others; where nothing is left, the error says why. It tells what it let pass, so that
/// unsigned packages can be reported.
pub struct Trusted {
    inner: Arc<dyn Index>,
    trust: Trust,
    fetched: Mutex<BTreeMap<(PackageName, String), Verdict>>,
}

impl Trusted {
    /// Puts a source under these rules.
    #[must_use]
    pub fn new(inner: Arc<dyn Index>, trust: Trust) -> Self {
        Self {
            inner,
            trust,
            fetched: Mutex::default(),
        }
    }

    /// What the signatures of the packages that were fetched so far are worth, with their
    /// versions, sorted.
    #[must_use]
    pub fn fetched(&self) -> Vec<(PackageName, String, Verdict)> {
        let fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = fetched.iter();
        rows.map(|((name, version), verdict)| (name.clone(), version.clone(), *verdict))
            .collect()
    }

    /// Those that are trusted; an error where none is left.
    fn sift(&self, releases: Vec<Release>) -> Result<Vec<Release>, IndexError> {
        let mut refusal = None;
        let mut trusted = Vec::new();
        for release in releases {
            match self.trust.judge(&release) {
                Ok(_) => trusted.push(release),
                // A signature that is not true is an alarm, one that is missing is not.
                Err(error) if release.signature.is_some() => return Err(error),
                Err(error) => refusal = Some(error),
            }
        }
        match refusal {
            Some(error) if trusted.is_empty() => Err(error),
            _ => Ok(trusted),
        }
    }
}

impl Index for Trusted {
    fn origin(&self) -> &str {
        self.inner.origin()
    }

    fn owns(&self, release: &Release) -> bool {
        self.inner.owns(release)
    }

    fn releases(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        self.sift(self.inner.releases(name)?)
    }

    fn remembered(&self, name: &PackageName) -> Result<Vec<Release>, IndexError> {
        self.sift(self.inner.remembered(name)?)
    }

    fn fetch(&self, release: &Release) -> Result<Bytes, IndexError> {
        let verdict = self.trust.judge(release)?;
        let bytes = self.inner.fetch(release)?;
        let key = (release.name.clone(), release.version.to_string());
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.insert(key, verdict);
        Ok(bytes)
    }

    fn readme(&self, release: &Release) -> Result<Option<String>, IndexError> {
        self.inner.readme(release)
    }

    fn search(&self, query: &Query) -> Result<Vec<Release>, IndexError> {
        let mut found = self.inner.search(query)?;
        found.retain(|release| self.trust.judge(release).is_ok());
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Trust, Trusted, Verdict};
    use crate::error::IndexError;
    use crate::index::Index as _;
    use crate::memory::Memory;
    use crate::publish::Draft;
    use crate::query::Query;
    use crate::sign::{PublicKey, Signer};

    struct Keys {
        signer: Signer,
        public: PublicKey,
    }

    fn keys() -> Keys {
        let pair = Signer::generate(None).unwrap();
        Keys {
            signer: Signer::read(&pair.secret, None).unwrap(),
            public: PublicKey::read(&pair.public).unwrap(),
        }
    }

    fn memory(releases: &[(&str, &str, Option<&Signer>)]) -> Arc<Memory> {
        let mut memory = Memory::new("the index");
        for (name, version, signer) in releases {
            let bytes = wat::parse_str("(component)").unwrap();
            let draft = Draft::new(name.parse().unwrap(), version.parse().unwrap(), bytes);
            let parcel = draft.prepare(*signer).unwrap();
            memory.insert(parcel.release, parcel.bytes).unwrap();
        }
        Arc::new(memory)
    }

    fn trust(key: &PublicKey, required: bool) -> Trust {
        Trust {
            keys: [("acme".to_owned(), vec![key.clone()])].into(),
            require_signed: required.then(|| "acme".to_owned()).into_iter().collect(),
            require_signed_everywhere: false,
        }
    }

    #[test]
    fn unsigned_is_allowed_and_reported() {
        let keys = keys();
        let index = memory(&[
            ("acme:a", "1.0.0", None),
            ("acme:b", "1.0.0", Some(&keys.signer)),
            ("other:c", "1.0.0", Some(&keys.signer)),
        ]);
        let index = Trusted::new(index, trust(&keys.public, false));
        for name in ["acme:a", "acme:b", "other:c"] {
            let releases = index.releases(&name.parse().unwrap()).unwrap();
            index.fetch(&releases[0]).unwrap();
        }
        let verdicts: Vec<_> = index.fetched().into_iter().map(|row| row.2).collect();
        assert_eq!(
            verdicts,
            [Verdict::Unsigned, Verdict::Signed, Verdict::UnknownKey]
        );
    }

    #[test]
    fn required_signatures_hide_the_rest() {
        let keys = keys();
        let index = memory(&[
            ("acme:a", "1.0.0", Some(&keys.signer)),
            ("acme:a", "1.1.0", None),
            ("acme:b", "1.0.0", None),
            ("other:c", "1.0.0", None),
        ]);
        let index = Trusted::new(index, trust(&keys.public, true));
        let releases = index.releases(&"acme:a".parse().unwrap()).unwrap();
        assert_eq!(releases.len(), 1);
        let error = index.releases(&"acme:b".parse().unwrap()).unwrap_err();
        assert!(matches!(error, IndexError::Signature { .. }), "{error}");
        assert!(error.to_string().contains("is not signed"), "{error}");
        assert_eq!(
            index.releases(&"other:c".parse().unwrap()).unwrap().len(),
            1
        );
        assert_eq!(
            index.releases(&"acme:unheard".parse().unwrap()).unwrap(),
            []
        );
        let found = index.search(&Query::default()).unwrap();
        let found: Vec<_> = found.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(
            found,
            ["other:c"],
            "the best version of acme:a is not signed"
        );
    }

    #[test]
    fn a_strangers_signature_is_an_alarm() {
        let (ours, theirs) = (keys(), keys());
        let index = memory(&[("acme:a", "1.0.0", Some(&theirs.signer))]);
        for required in [false, true] {
            let index = Trusted::new(index.clone(), trust(&ours.public, required));
            let error = index.releases(&"acme:a".parse().unwrap()).unwrap_err();
            assert!(matches!(error, IndexError::Signature { .. }), "{error}");
        }
    }

    #[test]
    fn a_configuration_that_is_wrong_is_told() {
        assert!(Trust::parse("[other]\nx = 1", "c").unwrap().keys.is_empty());
        let all = Trust::parse("[trust]\nrequire-signed = true", "c").unwrap();
        assert!(all.require_signed_everywhere);
        for (text, told) in [
            ("[trust", "c"),
            ("[trust]\nrequire-sined = true", "require-sined"),
            ("[trust]\nrequire-signed = 5", "[trust]"),
            ("[trust.keys]\nacme = [\"nonsense\"]", "[trust.keys] acme"),
        ] {
            let error = Trust::parse(text, "c").unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn bytes_of_what_is_not_trusted_are_not_fetched() {
        let keys = keys();
        let inner = memory(&[("acme:a", "1.0.0", None)]);
        let release = inner
            .releases(&"acme:a".parse().unwrap())
            .unwrap()
            .remove(0);
        let index = Trusted::new(inner, trust(&keys.public, true));
        assert!(matches!(
            index.fetch(&release),
            Err(IndexError::Signature { .. })
        ));
    }
}
