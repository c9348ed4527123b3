//! What one version asks for and offers that another does not: the question to ask
//! before an update.

use std::collections::BTreeMap;

use crate::interface::Extern;
use crate::interface_name::Track;
use crate::release::Release;

/// What came and what went, from an older version to a newer one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What it asks of others: capabilities, where the host is the other.
    pub imports: Changes,
    /// What it offers.
    pub exports: Changes,
}

/// What came and what went among imports, or among exports. Another version of the same
/// track is no change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Interfaces and plain names that are new, as the newer version spells them.
    pub added: Vec<String>,
    /// Those that are gone, as the older version spells them.
    pub removed: Vec<String>,
    /// Functions that are new in an interface that was there: its name, and theirs.
    pub functions_added: Vec<(String, String)>,
    /// Functions that are gone from an interface that stays.
    pub functions_removed: Vec<(String, String)>,
}

impl Difference {
    /// Whether nothing came and nothing went.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is different between two versions of a package, sorted by name.
#[must_use]
pub fn difference(old: &Release, new: &Release) -> Difference {
    Difference {
        imports: changes(&old.imports, &new.imports),
        exports: changes(&old.exports, &new.exports),
    }
}

fn changes(old: &[Extern], new: &[Extern]) -> Changes {
    let (old, new) = (by_track(old), by_track(new));
    let mut changes = Changes::default();
    for (key, was) in &old {
        let Some(is) = new.get(key) else {
            changes.removed.push(was.name.clone());
            continue;
        };
        let pairs = |of: &Extern, without: &Extern| {
            let mut functions: Vec<_> = of.functions.iter().collect();
            functions.retain(|f| !without.functions.contains(f));
            let pair = |f: &String| (of.name.clone(), f.clone());
            functions.into_iter().map(pair).collect::<Vec<_>>()
        };
        changes.functions_added.extend(pairs(is, was));
        changes.functions_removed.extend(pairs(was, is));
    }
    let added = new.iter().filter(|(key, _)| !old.contains_key(*key));
    changes.added = added.map(|(_, is)| is.name.clone()).collect();
    changes
}

/// Plain names are tracks of their own.
fn by_track(externs: &[Extern]) -> BTreeMap<Track, &Extern> {
    let key = |one: &Extern| {
        one.interface().map_or_else(
            || Track {
                name: one.name.clone(),
                version: String::new(),
            },
            |name| name.track(),
        )
    };
    externs.iter().map(|one| (key(one), one)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Difference, difference};
    use crate::release::Release;

    fn release(imports: &str) -> Release {
        let bytes = wat::parse_str(format!("(component {imports})")).unwrap();
        Release::describe("acme:a".parse().unwrap(), "1.0.0".parse().unwrap(), &bytes).unwrap()
    }

    #[test]
    fn capabilities_come_and_go() {
        let old = release(
            r#"(import "wasi:cli/exit@0.2.0" (instance (export "exit" (func))))
               (import "wasi:random/random@0.2.0" (instance))
               (import "log" (func))"#,
        );
        let new = release(
            r#"(import "wasi:cli/exit@0.2.6" (instance
                    (export "exit" (func)) (export "exit-with-code" (func))))
               (import "wasi:sockets/tcp@0.2.6" (instance))
               (import "log" (func))"#,
        );
        let imports = difference(&old, &new).imports;
        assert_eq!(imports.added, ["wasi:sockets/tcp@0.2.6"]);
        assert_eq!(imports.removed, ["wasi:random/random@0.2.0"]);
        let pair = (
            "wasi:cli/exit@0.2.6".to_owned(),
            "exit-with-code".to_owned(),
        );
        assert_eq!(imports.functions_added, [pair]);
        assert_eq!(imports.functions_removed, []);
        let back = difference(&new, &old).imports;
        assert_eq!(back.added, ["wasi:random/random@0.2.0"]);
        assert_eq!(back.functions_removed.len(), 1);
    }

    #[test]
    fn a_patch_version_is_no_change() {
        let old = release(r#"(import "wasi:random/random@0.2.0" (instance))"#);
        let new = release(r#"(import "wasi:random/random@0.2.6" (instance))"#);
        assert_eq!(difference(&old, &new), Difference::default());
    }
}
