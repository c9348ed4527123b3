//! Which version a requirement means, and its bytes.

use boxfile_spec::PackageName;
use bytes::Bytes;
use semver::VersionReq;

use crate::error::IndexError;
use crate::index::{Index, verify};
use crate::release::Release;
use crate::store::Store;

/// The newest release that fits a requirement and was not withdrawn.
///
/// A prerelease is taken only by a requirement that names one of its version, as Cargo
/// does it; `*` never takes one.
#[must_use]
pub fn newest<'a>(releases: &'a [Release], requirement: &VersionReq) -> Option<&'a Release> {
    let fitting = releases
        .iter()
        .filter(|release| !release.yanked && requirement.matches(&release.version));
    fitting.max_by(|a, b| a.version.cmp(&b.version))
}

/// Fetches the newest release that fits, from the store where that has it.
///
/// # Errors
///
/// [`IndexError::NoVersion`] with the versions that there are, and what the index says.
pub fn pull(
    index: &dyn Index,
    name: &PackageName,
    requirement: &VersionReq,
    store: Option<&Store>,
) -> Result<(Release, Bytes), IndexError> {
    let releases = index.releases(name)?;
    let Some(release) = newest(&releases, requirement) else {
        let shown = |release: &Release| {
            let yanked = if release.yanked { " (yanked)" } else { "" };
            format!("{}{yanked}", release.version)
        };
        return Err(IndexError::NoVersion {
            origin: index.origin().to_owned(),
            name: name.clone(),
            requirement: requirement.clone(),
            known: releases.iter().rev().map(shown).collect(),
        });
    };
    let bytes = match store {
        Some(store) => store.get_or_fetch(&release.digest, || index.fetch(release))?,
        None => index.fetch(release)?,
    };
    let bytes = verify(release, &format!("{name}@{}", release.version), bytes)?;
    Ok((release.clone(), bytes))
}

#[cfg(test)]
mod tests {
    use super::{newest, pull};
    use crate::error::IndexError;
    use crate::index::Index as _;
    use crate::memory::Memory;
    use crate::store::Store;

    fn index() -> Memory {
        let mut index = Memory::new("the index");
        for version in ["0.9.0", "1.0.0", "1.2.0", "1.3.0", "2.0.0-rc.1"] {
            let bytes = wat::parse_str("(component)").unwrap();
            let name = "acme:a".parse().unwrap();
            let release = index.add(name, version.parse().unwrap(), bytes).unwrap();
            release.yanked = version == "1.3.0";
        }
        index
    }

    #[test]
    fn a_requirement_means_the_newest_that_fits() {
        let releases = index().releases(&"acme:a".parse().unwrap()).unwrap();
        for (requirement, version) in [
            ("*", Some("1.2.0")),
            ("^1", Some("1.2.0")),
            ("=1.0.0", Some("1.0.0")),
            ("0.9", Some("0.9.0")),
            ("=1.3.0", None),
            ("2", None),
            ("2.0.0-rc", Some("2.0.0-rc.1")),
        ] {
            let found = newest(&releases, &requirement.parse().unwrap());
            let found = found.map(|release| release.version.to_string());
            assert_eq!(found.as_deref(), version, "{requirement}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_with_what_there_is() {
        let index = index();
        let name = "acme:a".parse().unwrap();
        let error = pull(&index, &name, &"3".parse().unwrap(), None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no version of `acme:a` in the index fits `^3`: there are 2.0.0-rc.1, 1.3.0 (yanked), 1.2.0, 1.0.0, 0.9.0"
        );
        let name = "acme:none".parse().unwrap();
        let error = pull(&index, &name, &"*".parse().unwrap(), None).unwrap_err();
        assert!(matches!(error, IndexError::NoVersion { .. }));
        assert_eq!(error.to_string(), "there is no `acme:none` in the index");
    }

    #[test]
    fn a_store_saves_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let name = "acme:a".parse().unwrap();
        let (release, bytes) = pull(&index(), &name, &"^1".parse().unwrap(), Some(&store)).unwrap();
        assert_eq!(store.get(&release.digest).unwrap(), Some(bytes));
    }
}
