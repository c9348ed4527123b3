//! Names of interfaces, and which versions of one stand in for one another.

use std::fmt;
use std::str::FromStr;

use semver::Version;
use wasmparser::names::{ComponentName, ComponentNameKind};

/// The name of a WIT interface: `wasi:cli/run@0.2.6`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceName {
    /// `wasi`.
    pub namespace: String,
    /// `cli`.
    pub package: String,
    /// `run`.
    pub interface: String,
    /// `0.2.6`; unversioned interfaces are a world of their own.
    pub version: Option<Version>,
}

/// Versions of an interface that stand in for one another: those that Cargo would
/// call compatible. `0.2.6` and `0.2.0` are both on track `0.2`.
///
/// Source: "Canonical interface name" in the component model's `Explainer.md`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Track {
    /// `wasi:cli/run`.
    pub name: String,
    /// `0.2`, `1`, `0.0.7`, a whole version where it is a prerelease, or empty.
    pub version: String,
}

/// A text that does not name an interface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the name of an interface: expected `namespace:package/interface@version`")]
pub struct ParseInterfaceNameError {
    /// What was read.
    pub text: String,
}

impl InterfaceName {
    /// Which versions can stand in for this one.
    #[must_use]
    pub fn track(&self) -> Track {
        let version = self.version.as_ref().map_or_else(String::new, |v| {
            if !v.pre.is_empty() {
                // Build metadata does not tell versions apart.
                format!("{}.{}.{}-{}", v.major, v.minor, v.patch, v.pre)
            } else if v.major > 0 {
                v.major.to_string()
            } else if v.minor > 0 {
                format!("0.{}", v.minor)
            } else {
                format!("0.0.{}", v.patch)
            }
        });
        Track {
            name: self.path(),
            version,
        }
    }

    /// The name without the version: `wasi:cli/run`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}:{}/{}", self.namespace, self.package, self.interface)
    }

    /// The name of the WIT package without the version: `wasi:cli`.
    #[must_use]
    pub fn package_path(&self) -> String {
        format!("{}:{}", self.namespace, self.package)
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.namespace, self.package, self.interface)?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.version.is_empty() {
            Ok(())
        } else {
            write!(f, "@{}", self.version)
        }
    }
}

impl FromStr for InterfaceName {
    type Err = ParseInterfaceNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseInterfaceNameError {
            text: text.to_owned(),
        };
        let name = ComponentName::new(text, 0).map_err(|_| error())?;
        let ComponentNameKind::Interface(name) = name.kind() else {
            return Err(error());
        };
        Ok(Self {
            namespace: name.namespace().to_string(),
            package: name.package().to_string(),
            interface: name.interface().to_string(),
            version: name.version(None).map_err(|_| error())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::InterfaceName;

    #[test]
    fn tracks_follow_cargos_rule() {
        for (version, track) in [
            ("1.2.3", "1"),
            ("0.2.6", "0.2"),
            ("0.0.7", "0.0.7"),
            ("1.0.0-rc.1", "1.0.0-rc.1"),
            ("1.0.0+build", "1"),
        ] {
            let name: InterfaceName = format!("a:b/c@{version}").parse().unwrap();
            assert_eq!(name.track().version, track);
        }
        let bare: InterfaceName = "a:b/c".parse().unwrap();
        assert_eq!(
            (bare.track().version.as_str(), bare.to_string().as_str()),
            ("", "a:b/c")
        );
        for text in [
            "",
            "c",
            "a:b",
            "a:b/c@",
            "a:b/c@1",
            "A b:c/d",
            "a:b/c@1.2.3@4",
        ] {
            assert!(text.parse::<InterfaceName>().is_err(), "{text}");
        }
    }
}
