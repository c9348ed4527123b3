//! What a box is made of, as a bill of materials in CycloneDX.
//!
//! Derived from the lock, which pins every component by its digest. The same lock gives
//! the same document: there is no time in it, and its serial number comes from the box.
//! Source: <https://cyclonedx.org/docs/1.5/json/>

use boxfile_spec::{Digest, LockedPackage, Lockfile, PackageId, PackageName};
use semver::Version;
use serde_json::{Value, json};

use crate::digest::digest_of;
use crate::release::{BUILT_IN, Release};

/// The box that a bill of materials is about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its name in the Boxfile.
    pub name: PackageName,
    /// Its version in the Boxfile, where it has one.
    pub version: Option<Version>,
    /// Of the finished box, where it is built.
    pub digest: Option<Digest>,
}

/// Writes a bill of materials, version 1.5 of the format, in JSON.
///
/// `describe` tells more of a package where it can: description, licence and size are in
/// the index, not in the lock.
#[must_use]
pub fn cyclonedx(
    subject: &Subject,
    lock: &Lockfile,
    describe: impl Fn(&PackageId) -> Option<Release>,
) -> String {
    let root = reference(&subject.name, subject.version.as_ref());
    let mut main = json!({
        "type": "application",
        "bom-ref": root,
        "group": subject.name.namespace(),
        "name": subject.name.name(),
    });
    if let Some(version) = &subject.version {
        main["version"] = json!(version.to_string());
    }
    if let Some(digest) = &subject.digest {
        main["hashes"] = hashes(digest);
    }
    let components: Vec<Value> = lock
        .packages()
        .map(|package| component(package, describe(&package.id()).as_ref()))
        .collect();
    let mut dependencies = vec![json!({
        "ref": root,
        "dependsOn": lock.packages().map(|p| reference(&p.name, Some(&p.version))).collect::<Vec<_>>(),
    })];
    dependencies.extend(lock.packages().map(|package| {
        let on = package.dependencies.iter();
        json!({
            "ref": reference(&package.name, Some(&package.version)),
            "dependsOn": on.map(|id| reference(&id.name, Some(&id.version))).collect::<Vec<_>>(),
        })
    }));
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": serial(&format!("{root}\n{}\n{lock}", main["hashes"])),
        "version": 1,
        "metadata": {
            "component": main,
            "tools": { "components": [{
                "type": "application",
                "name": "box",
                "version": env!("CARGO_PKG_VERSION"),
            }]},
        },
        "components": components,
        "dependencies": dependencies,
    });
    // `Value` prints whatever happens: its keys are text.
    format!("{document:#}\n")
}

fn component(package: &LockedPackage, release: Option<&Release>) -> Value {
    let version = package.version.to_string();
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(&package.name, Some(&package.version)),
        "group": package.name.namespace(),
        "name": package.name.name(),
        "version": version,
        "scope": "required",
        "hashes": hashes(&package.digest),
        "purl": package_url(package),
        "properties": [{ "name": "box:source", "value": package.source }],
    });
    if is_web_address(&package.source) {
        component["externalReferences"] =
            json!([{ "type": "distribution", "url": package.source }]);
    }
    // Of another digest it would be another package.
    if let Some(release) = release.filter(|release| release.digest == package.digest) {
        if !release.description.is_empty() {
            component["description"] = json!(release.description);
        }
        if !release.license.is_empty() {
            component["licenses"] = json!([{ "expression": release.license }]);
        }
    }
    component
}

/// Whether a source is an address that RFC 3986 section 2 lets stand as it is.
fn is_web_address(source: &str) -> bool {
    (source.starts_with("http://") || source.starts_with("https://"))
        && source
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !br#"<>"{}|\^`"#.contains(&byte))
}

fn hashes(digest: &Digest) -> Value {
    json!([{ "alg": "SHA-256", "content": digest.to_hex() }])
}

fn reference(name: &PackageName, version: Option<&Version>) -> String {
    version.map_or_else(|| name.to_string(), |version| format!("{name}@{version}"))
}

/// Source: <https://github.com/package-url/purl-spec>, the types `oci` and `generic`.
fn package_url(package: &LockedPackage) -> String {
    let (namespace, name) = (package.name.namespace(), package.name.name());
    let hex = package.digest.to_hex();
    let version = escape(&package.version.to_string());
    if let Some(registry) = package.source.strip_prefix("oci://") {
        let repository = escape(&format!("{registry}/{namespace}/{name}"));
        return format!("pkg:oci/{name}@sha256%3A{hex}?repository_url={repository}&tag={version}");
    }
    let place = if package.source == BUILT_IN || package.source.starts_with("path+") {
        String::new()
    } else {
        format!("&download_url={}", escape(&package.source))
    };
    format!("pkg:generic/{namespace}/{name}@{version}?checksum=sha256:{hex}{place}")
}

/// Percent-encodes all but what RFC 3986 section 2.3 leaves unreserved, and `:` and `/`.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' => {
                escaped.push(char::from(byte));
            }
            _ => escaped += &format!("%{byte:02X}"),
        }
    }
    escaped
}

/// A UUID of version 8, RFC 9562 section 5.8: ours, made of a hash.
fn serial(of: &str) -> String {
    let mut hex = digest_of(of.as_bytes()).to_hex();
    hex.truncate(32);
    hex.replace_range(12..13, "8");
    hex.replace_range(16..17, "8");
    format!(
        "urn:uuid:{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

#[cfg(test)]
mod tests {
    use boxfile_spec::{LockedPackage, Lockfile, PackageId};
    use cyclonedx_bom::models::hash::HashAlgorithm;
    use cyclonedx_bom::prelude::{Bom, SpecVersion, Validate as _};

    use super::{Subject, cyclonedx};
    use crate::digest::digest_of;
    use crate::release::Release;

    fn locked(name: &str, source: &str, dependencies: &[&str]) -> LockedPackage {
        LockedPackage {
            name: name.parse().unwrap(),
            version: "1.2.0-rc.1+5".parse().unwrap(),
            source: source.to_owned(),
            digest: digest_of(name.as_bytes()),
            dependencies: dependencies
                .iter()
                .map(|name| PackageId {
                    name: name.parse().unwrap(),
                    version: "1.2.0-rc.1+5".parse().unwrap(),
                })
                .collect(),
        }
    }

    fn lock() -> Lockfile {
        let mut lock = Lockfile::default();
        lock.insert(locked("boxer:memfs", "builtin", &[]));
        lock.insert(locked(
            "acme:a",
            "https://example.com/index?x=y z",
            &["acme:b"],
        ));
        lock.insert(locked("acme:b", "oci://ghcr.io/acme", &["boxer:memfs"]));
        lock.insert(locked("acme:c", "path+../c.wasm", &[]));
        lock.insert(locked("acme:d", "https://example.com/index", &[]));
        lock
    }

    fn subject() -> Subject {
        Subject {
            name: "acme:app".parse().unwrap(),
            version: Some("0.1.0".parse().unwrap()),
            digest: Some(digest_of(b"the box")),
        }
    }

    /// `acme:a` with a licence, as an index would tell of it.
    fn described(id: &PackageId) -> Option<Release> {
        let bytes = b"\0asm\x0d\0\x01\0";
        let mut release = Release::describe(id.name.clone(), id.version.clone(), bytes).ok()?;
        release.digest = digest_of(id.name.as_str().as_bytes());
        release.license = "MIT OR Apache-2.0".to_owned();
        (id.name.name() == "a").then_some(release)
    }

    #[test]
    fn another_implementation_reads_it_and_finds_it_valid() {
        let text = cyclonedx(&subject(), &lock(), described);
        let bom = Bom::parse_from_json_v1_5(text.as_bytes()).unwrap();
        let result = bom.validate_version(SpecVersion::V1_5);
        assert!(result.passed(), "{result:?}\n{text}");
        let components = bom.components.unwrap().0;
        let names: Vec<_> = components.iter().map(|c| c.name.to_string()).collect();
        assert_eq!(names, ["a", "b", "c", "d", "memfs"]);
        let hash = &components[0].hashes.as_ref().unwrap().0[0];
        assert_eq!(hash.alg, HashAlgorithm::SHA_256);
        assert_eq!(hash.content.0, digest_of(b"acme:a").to_hex());
        assert!(components[3].external_references.is_some());
        assert!(components[0].licenses.is_some() && components[1].licenses.is_none());
        let urls: Vec<_> = components
            .iter()
            .map(|c| c.purl.as_ref().unwrap().to_string())
            .collect();
        assert!(
            urls[0].starts_with("pkg:generic/acme/a@1.2.0-rc.1%2B5?checksum=sha256:"),
            "{urls:?}"
        );
        assert!(urls[1].starts_with("pkg:oci/b@sha256%3A"), "{urls:?}");
        let edges = bom.dependencies.unwrap().0;
        assert_eq!(edges[0].dependencies.len(), 5);
        let of_a = edges
            .iter()
            .find(|d| d.dependency_ref.starts_with("acme:a@"))
            .unwrap();
        assert_eq!(of_a.dependencies, ["acme:b@1.2.0-rc.1+5"]);
    }

    #[test]
    fn the_same_lock_gives_the_same_document() {
        let text = cyclonedx(&subject(), &lock(), |_| None);
        assert_eq!(text, cyclonedx(&subject(), &lock(), |_| None));
        let mut other = subject();
        other.digest = Some(digest_of(b"another box"));
        assert_ne!(text, cyclonedx(&other, &lock(), |_| None));
    }

    #[test]
    fn a_description_of_other_bytes_is_not_used() {
        let text = cyclonedx(&subject(), &lock(), |id| {
            let mut release = described(id)?;
            release.digest = digest_of(b"other");
            Some(release)
        });
        assert!(!text.contains("MIT"));
    }
}
