//! Whether a new version keeps what an old one promised.
//!
//! An interface that is gone or narrowed breaks those who import it, so it needs the
//! version bump that Cargo would want: the leftmost digit that is not zero.

use std::fmt;

use semver::Version;

use crate::difference::{Difference, difference};
use crate::interface::ComponentError;
use crate::interface_name::InterfaceName;
use crate::kind::Kind;
use crate::release::Release;
use crate::shape::{Definition, Item, Shape, Shapes};

/// Two versions of a package, compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The older version.
    pub old: Version,
    /// The newer one.
    pub new: Version,
    /// What the old one promised and the new one does not keep.
    pub breakages: Vec<Breakage>,
    /// Which imports and exports came and went.
    pub difference: Difference,
}

/// A promise that is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breakage {
    /// An export is gone.
    Removed {
        /// What: an interface or a function.
        export: String,
    },
    /// An interface is exported at a lower version than before.
    Lowered {
        /// As it was.
        old: String,
        /// As it is.
        new: String,
    },
    /// A function or type of an interface is gone.
    ItemRemoved {
        /// The interface.
        interface: String,
        /// Its item.
        item: String,
    },
    /// A function or type has another definition.
    ItemChanged {
        /// The interface; empty for a function that the component exports itself.
        interface: String,
        /// Its item.
        item: String,
        /// Its definition in the style of WIT, before.
        old: String,
        /// And now.
        new: String,
    },
}

impl fmt::Display for Breakage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Removed { export } => write!(f, "`{export}` is not exported any more"),
            Self::Lowered { old, new } => write!(f, "`{old}` is exported as `{new}` only"),
            Self::ItemRemoved { interface, item } => {
                write!(f, "`{interface}` has no {item} any more")
            }
            Self::ItemChanged {
                interface,
                item,
                old,
                new,
            } => {
                let place = if interface.is_empty() {
                    String::new()
                } else {
                    format!(" of `{interface}`")
                };
                write!(f, "{item}{place} was `{old}` and is `{new}`")
            }
        }
    }
}

/// Whether going from `old` to `new` is a step that may break users, by Cargo's rule.
/// Source: <https://doc.rust-lang.org/cargo/reference/semver.html>
#[must_use]
pub fn needs_bump(old: &Version, new: &Version) -> bool {
    // A prerelease promises nothing, and is taken by nobody who does not ask for it.
    if !old.pre.is_empty() || !new.pre.is_empty() {
        return true;
    }
    let significant = |v: &Version| match (v.major, v.minor) {
        (0, 0) => (0, 0, v.patch + 1),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    significant(old) != significant(new)
}

/// The lowest version above `version` that may break its users.
pub(crate) fn bumped(version: &Version) -> Version {
    match (version.major, version.minor) {
        (0, 0) => Version::new(0, 0, version.patch + 1),
        (0, minor) => Version::new(0, minor + 1, 0),
        (major, _) => Version::new(major + 1, 0, 0),
    }
}

/// Compares two versions of a package by their bytes.
///
/// # Errors
///
/// Where either cannot be read.
pub fn compare(
    old: &Release,
    old_bytes: &[u8],
    new: &Release,
    new_bytes: &[u8],
) -> Result<Comparison, ComponentError> {
    let typed = |release: &Release| !matches!(release.kind, Kind::Layer | Kind::CoreModule);
    let breakages = if typed(old) && typed(new) {
        breakages(
            &Shapes::read(old_bytes)?.exports,
            &Shapes::read(new_bytes)?.exports,
        )
    } else {
        Vec::new()
    };
    Ok(Comparison {
        old: old.version.clone(),
        new: new.version.clone(),
        breakages,
        difference: difference(old, new),
    })
}

fn breakages(old: &[Shape], new: &[Shape]) -> Vec<Breakage> {
    let mut found = Vec::new();
    for was in old {
        let Some(is) = counterpart(was, new) else {
            found.push(Breakage::Removed {
                export: was.name.clone(),
            });
            continue;
        };
        if version(&is.name) < version(&was.name) {
            found.push(Breakage::Lowered {
                old: was.name.clone(),
                new: is.name.clone(),
            });
        }
        for item in &was.items {
            let interface = if was.interface {
                was.name.clone()
            } else {
                String::new()
            };
            match is.items.iter().find(|now| now.name == item.name) {
                Some(now) if now.definition == item.definition => {}
                Some(now) => found.push(Breakage::ItemChanged {
                    interface,
                    item: described(item),
                    old: item.definition.text(),
                    new: now.definition.text(),
                }),
                // A type of another interface may be used no more.
                None if item.foreign => {}
                None => found.push(Breakage::ItemRemoved {
                    interface,
                    item: described(item),
                }),
            }
        }
    }
    found
}

fn described(item: &Item) -> String {
    let what = match item.definition {
        Definition::Function { .. } => "function",
        Definition::Resource => "resource",
        Definition::Block(..) | Definition::Alias(_) | Definition::Use(..) => "type",
    };
    format!("{what} `{}`", item.name)
}

/// The export that takes the place of an old one: of the same name, or the newest of the
/// same track.
fn counterpart<'a>(was: &Shape, new: &'a [Shape]) -> Option<&'a Shape> {
    let same = new.iter().find(|is| is.name == was.name);
    same.or_else(|| {
        let track = was.name.parse::<InterfaceName>().ok()?.track();
        new.iter()
            .filter(|is| {
                let name = is.name.parse::<InterfaceName>();
                name.is_ok_and(|name| name.track() == track)
            })
            .max_by_key(|is| version(&is.name))
    })
}

fn version(name: &str) -> Option<Version> {
    name.parse::<InterfaceName>().ok()?.version
}

#[cfg(test)]
mod tests {
    use super::{bumped, compare, needs_bump};
    use crate::release::Release;

    fn broken(old: &str, new: &str) -> Vec<String> {
        let parts = [old, new].map(|text| {
            let bytes = wat::parse_str(text).unwrap();
            let name = "acme:a".parse().unwrap();
            let release = Release::describe(name, "1.0.0".parse().unwrap(), &bytes).unwrap();
            (release, bytes)
        });
        let [(old, old_bytes), (new, new_bytes)] = &parts;
        let comparison = compare(old, old_bytes, new, new_bytes).unwrap();
        comparison
            .breakages
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    /// A component that exports an interface with this inside; it imports it, so no code
    /// is needed.
    fn with(interface: &str, inside: &str) -> String {
        format!(
            r#"(component
                (import "{interface}" (instance $i {inside}))
                (export "{interface}" (instance $i)))"#
        )
    }

    const RECORD: &str = r#"
        (type $r (record (field "a" u32)))
        (export "r" (type $r2 (eq $r)))
        (export "get" (func (param "key" string) (result $r2)))"#;

    #[test]
    fn what_stays_or_grows_is_no_break() {
        let old = with("acme:kv/store@1.0.0", RECORD);
        assert_eq!(broken(&old, &old), [""; 0]);
        let grown = with(
            "acme:kv/store@1.1.0",
            &format!(r#"{RECORD} (export "put" (func))"#),
        );
        assert_eq!(broken(&old, &grown), [""; 0]);
    }

    #[test]
    fn names_the_interface_that_is_gone_or_narrowed() {
        let old = with("acme:kv/store@1.0.0", RECORD);
        assert_eq!(
            broken(&old, "(component)"),
            ["`acme:kv/store@1.0.0` is not exported any more"]
        );
        assert_eq!(
            broken(&old, &with("acme:kv/store@2.0.0", RECORD)),
            ["`acme:kv/store@1.0.0` is not exported any more"]
        );
        assert_eq!(
            broken(&with("acme:kv/store@1.2.0", RECORD), &old),
            ["`acme:kv/store@1.2.0` is exported as `acme:kv/store@1.0.0` only"]
        );
        let narrowed = RECORD.replace(r#""get""#, r#""fetch""#);
        assert_eq!(
            broken(&old, &with("acme:kv/store@1.0.1", &narrowed)),
            ["`acme:kv/store@1.0.0` has no function `get` any more"]
        );
    }

    #[test]
    fn shows_both_definitions_of_what_changed() {
        let old = with("acme:kv/store@1.0.0", RECORD);
        let parameter = RECORD.replace("string", "u64");
        assert_eq!(
            broken(&old, &with("acme:kv/store@1.0.0", &parameter)),
            [
                "function `get` of `acme:kv/store@1.0.0` was `func(key: string) -> r` and is `func(key: u64) -> r`"
            ]
        );
        let field = RECORD.replace(r#"(field "a" u32)"#, r#"(field "a" u32) (field "b" u8)"#);
        assert_eq!(
            broken(&old, &with("acme:kv/store@1.0.0", &field)),
            [
                "type `r` of `acme:kv/store@1.0.0` was `record { a: u32 }` and is `record { a: u32, b: u8 }`"
            ]
        );
    }

    #[test]
    fn plain_functions_count_as_well() {
        let old = r#"(component (import "g" (func $f (param "x" u32))) (export "f" (func $f)))"#;
        assert_eq!(broken(old, old), [""; 0]);
        assert_eq!(broken(old, "(component)"), ["`f` is not exported any more"]);
        assert_eq!(
            broken(old, &old.replace("u32", "s8")),
            ["function `f` was `func(x: u32)` and is `func(x: s8)`"]
        );
    }

    #[test]
    fn bumps_follow_cargo() {
        for (old, new, bump) in [
            ("1.2.3", "1.9.0", false),
            ("1.2.3", "2.0.0", true),
            ("0.2.3", "0.2.4", false),
            ("0.2.3", "0.3.0", true),
            ("0.0.3", "0.0.4", true),
            ("1.0.0-rc.1", "1.0.0", true),
            ("1.0.0", "1.1.0-rc.1", true),
        ] {
            let found = needs_bump(&old.parse().unwrap(), &new.parse().unwrap());
            assert_eq!(found, bump, "{old} {new}");
        }
        for (version, next) in [("1.2.3", "2.0.0"), ("0.2.3", "0.3.0"), ("0.0.3", "0.0.4")] {
            assert_eq!(bumped(&version.parse().unwrap()).to_string(), next);
        }
    }
}
