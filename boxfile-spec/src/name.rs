//! Names: packages, references to packages with a version requirement, and
//! what a component imports.

use std::fmt;
use std::str::FromStr;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest half of a package name, in bytes. It keeps `namespace/name`
/// within a repository path of an OCI registry and a file name of any system.
const LONGEST_PART: usize = 64;

/// Why a text is no name. The text of each says what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing between the quotes.
    #[error("a name may not be empty")]
    Empty,
    /// No `namespace:` in front.
    #[error("`{0}` has no namespace")]
    NoNamespace(String),
    /// More than one `:`.
    #[error("`{0}` has more than one `:`")]
    TooManyColons(String),
    /// Nothing on one side of the `:` or `/`.
    #[error("a name is missing beside its `{0}`")]
    Half(char),
    /// A half that is not kebab-case.
    #[error("`{part}` is not in kebab-case")]
    NotKebab {
        /// The offending half.
        part: String,
    },
    /// A half that is longer than 64 bytes.
    #[error("`{part}` is longer than {LONGEST_PART} bytes")]
    TooLong {
        /// The offending half.
        part: String,
    },
    /// No `/interface` behind the package of an interface.
    #[error("`{0}` names a package, not one of its interfaces")]
    NoInterface(String),
    /// No `@version` where one is needed.
    #[error("`{0}` has no version")]
    NoVersion(String),
    /// The text behind the `@` is no version requirement.
    #[error("`{requirement}` is not a version requirement: {reason}")]
    Requirement {
        /// The text behind the `@`.
        requirement: String,
        /// What the semver reader says about it.
        reason: String,
    },
    /// The text behind the `@` is no version.
    #[error("`{version}` is not a version: {reason}")]
    Version {
        /// The text behind the `@`.
        version: String,
        /// What the semver reader says about it.
        reason: String,
    },
}

/// The name of a package, `namespace:name`, as WIT and OCI registries have it.
///
/// Both halves are kebab-case in lower case: words of letters and digits joined
/// by single hyphens, the first of which begins with a letter; at most 64 bytes
/// each. (Component model, `Explainer.md`, "Import and Export Names"; upper
/// case, which WIT allows, is left out since OCI has none.)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageName {
    text: String,
    colon: usize,
}

impl PackageName {
    /// The part before the colon.
    pub fn namespace(&self) -> &str {
        &self.text[..self.colon]
    }

    /// The part behind the colon.
    pub fn name(&self) -> &str {
        &self.text[self.colon + 1..]
    }

    /// The whole, `namespace:name`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for PackageName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        let Some((namespace, name)) = text.split_once(':') else {
            return Err(NameError::NoNamespace(text.into()));
        };
        if name.contains(':') {
            return Err(NameError::TooManyColons(text.into()));
        }
        check_part(namespace, ':')?;
        check_part(name, ':')?;
        Ok(Self {
            text: text.into(),
            colon: namespace.len(),
        })
    }
}

impl TryFrom<String> for PackageName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<PackageName> for String {
    fn from(name: PackageName) -> Self {
        name.text
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn check_part(part: &str, beside: char) -> Result<(), NameError> {
    if part.is_empty() {
        return Err(NameError::Half(beside));
    }
    if !is_kebab(part) {
        return Err(NameError::NotKebab { part: part.into() });
    }
    if part.len() > LONGEST_PART {
        return Err(NameError::TooLong { part: part.into() });
    }
    Ok(())
}

/// Lower-case kebab-case; the pattern is also that of the JSON Schema.
fn is_kebab(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('-').all(word)
}

/// A package and the versions of it that will do: `boxer:memfs`, which means any
/// version, or `boxer:memfs@^0.1`. `1.2` means `^1.2`, as in Cargo.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageRef {
    /// Which package.
    pub name: PackageName,
    /// Which of its versions; `*` where the text has no `@`.
    pub requirement: VersionReq,
}

impl PackageRef {
    /// Any version of `name`.
    pub fn any(name: PackageName) -> Self {
        Self {
            name,
            requirement: VersionReq::STAR,
        }
    }
}

impl FromStr for PackageRef {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let Some((name, requirement)) = text.split_once('@') else {
            return Ok(Self::any(text.parse()?));
        };
        Ok(Self {
            name: name.parse()?,
            requirement: parse_requirement(requirement)?,
        })
    }
}

/// A semver requirement, with the reason where it is none.
pub(crate) fn parse_requirement(text: &str) -> Result<VersionReq, NameError> {
    VersionReq::parse(text).map_err(|error| NameError::Requirement {
        requirement: text.into(),
        reason: error.to_string(),
    })
}

/// A whole semver version, with the reason where it is none.
pub(crate) fn parse_version(text: &str) -> Result<Version, NameError> {
    Version::parse(text).map_err(|error| NameError::Version {
        version: text.into(),
        reason: error.to_string(),
    })
}

impl TryFrom<String> for PackageRef {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<PackageRef> for String {
    fn from(reference: PackageRef) -> Self {
        reference.to_string()
    }
}

impl fmt::Display for PackageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.requirement == VersionReq::STAR {
            self.name.fmt(f)
        } else {
            write!(f, "{}@{}", self.name, self.requirement)
        }
    }
}

/// What a component imports, as `[wire]` names it: an interface of a package,
/// `acme:greet/hello` or `acme:greet/hello@1.0.0`, or a plain name, `logger`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ImportName {
    /// An interface of a package.
    Interface {
        /// The package that defines the interface.
        package: PackageName,
        /// The interface's own name.
        interface: String,
        /// Its version; without one, whatever version the consumer imports.
        version: Option<Version>,
    },
    /// An import by a name of its own.
    Plain(String),
}

impl FromStr for ImportName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if !text.contains(':') {
            check_part(text, '/')?;
            return Ok(Self::Plain(text.into()));
        }
        let Some((package, rest)) = text.split_once('/') else {
            return Err(NameError::NoInterface(text.into()));
        };
        let (interface, version) = match rest.split_once('@') {
            Some((interface, version)) => (interface, Some(parse_version(version)?)),
            None => (rest, None),
        };
        let package = package.parse()?;
        check_part(interface, '/')?;
        Ok(Self::Interface {
            package,
            interface: interface.into(),
            version,
        })
    }
}

impl TryFrom<String> for ImportName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<ImportName> for String {
    fn from(name: ImportName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for ImportName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => f.write_str(name),
            Self::Interface {
                package,
                interface,
                version,
            } => {
                write!(f, "{package}/{interface}")?;
                match version {
                    Some(version) => write!(f, "@{version}"),
                    None => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_in_lower_case() {
        for good in [
            "a:b",
            "acme:hello-world",
            "a1:b2-3c",
            "wasi:http",
            "acme:sha-256",
        ] {
            assert_eq!(good.parse::<PackageName>().unwrap().as_str(), good);
        }
        for bad in [
            "", ":", "a", "a:", ":b", "a:b:c", "A:b", "a:B", "a_b:c", "a:-b", "a:b-", "a:b--c",
            "1a:b", "a:1b", "a:b/c", "a:b@1", " a:b", "a:b ", "ä:b",
        ] {
            assert!(bad.parse::<PackageName>().is_err(), "{bad}");
        }
        let longest = "x".repeat(LONGEST_PART);
        assert!(format!("a:{longest}").parse::<PackageName>().is_ok());
        assert!(format!("a:x{longest}").parse::<PackageName>().is_err());
    }

    #[test]
    fn a_bare_version_allows_what_is_compatible_with_it() {
        let reference: PackageRef = "a:b@1.2".parse().unwrap();
        assert_eq!(reference.to_string(), "a:b@^1.2");
        assert!(reference.requirement.matches(&Version::new(1, 9, 0)));
        assert!(!reference.requirement.matches(&Version::new(2, 0, 0)));
        assert_eq!(
            "a:b".parse::<PackageRef>().unwrap().requirement,
            VersionReq::STAR
        );
        assert_eq!("a:b@*".parse::<PackageRef>().unwrap().to_string(), "a:b");
        for bad in ["a:b@", "a:b@x.y.z.w", "a:b@^1@2", "@1", "a@1"] {
            assert!(bad.parse::<PackageRef>().is_err(), "{bad}");
        }
    }

    #[test]
    fn imports_are_interfaces_or_plain_names() {
        for good in ["a:b/c", "a:b/c-d@1.2.3-rc.1", "logger", "log-2"] {
            assert_eq!(good.parse::<ImportName>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "a:b",
            "a:b/",
            "a:b/c/d",
            "a:b/C",
            "a:b/c@1.2",
            "Logger",
            "a/b",
        ] {
            assert!(bad.parse::<ImportName>().is_err(), "{bad}");
        }
    }
}
