//! What a search looks for.

use semver::Version;

use crate::interface::Extern;
use crate::interface_name::InterfaceName;
use crate::kind::Kind;
use crate::release::Release;

/// What [`Index::search`](crate::Index::search) looks for; everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Each must occur in the name or the description, in any case.
    pub words: Vec<String>,
    /// An interface that the package must export: `acme:greet/hello` at any
    /// version, or `acme:greet/hello@1.2.0` at one that can stand in for it.
    pub exports: Option<String>,
    /// An interface that the package must import: `wasi:sockets/tcp` at any version, or
    /// `wasi:sockets/tcp@0.2.6` where that version satisfies the import.
    pub imports: Option<String>,
    /// What the package must be.
    pub kind: Option<Kind>,
}

impl Query {
    /// Whether a release is one that is looked for.
    #[must_use]
    pub fn matches(&self, release: &Release) -> bool {
        let text = format!("{} {}", release.name, release.description).to_lowercase();
        self.words
            .iter()
            .all(|word| text.contains(&word.to_lowercase()))
            && self.kind.is_none_or(|kind| kind == release.kind)
            && self
                .exports
                .as_deref()
                .is_none_or(|wanted| any(&release.exports, wanted, |asked, own| asked <= own))
            && self
                .imports
                .as_deref()
                .is_none_or(|wanted| any(&release.imports, wanted, |asked, own| own <= asked))
    }

    /// As the pairs of an address: `words=…&exports=…`, without what is not asked for.
    #[must_use]
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if !self.words.is_empty() {
            pairs.push(("words", self.words.join(" ")));
        }
        pairs.extend(self.exports.clone().map(|text| ("exports", text)));
        pairs.extend(self.imports.clone().map(|text| ("imports", text)));
        pairs.extend(self.kind.map(|kind| ("kind", kind.to_string())));
        pairs
    }

    /// Of all versions of one package, the one that a search shows.
    #[must_use]
    pub fn best(releases: &[Release]) -> Option<&Release> {
        releases.iter().max_by_key(|release| {
            (
                !release.yanked,
                release.version.pre.is_empty(),
                &release.version,
            )
        })
    }
}

/// Whether one of `externs` is the interface that is asked for, at a version of the
/// same track that `fits` (asked, own); any version where none is asked for.
fn any(
    externs: &[Extern],
    wanted: &str,
    fits: impl Fn(&Option<Version>, &Option<Version>) -> bool,
) -> bool {
    let named = wanted.parse::<InterfaceName>();
    externs.iter().any(|own| match (&named, own.interface()) {
        (Ok(wanted), Some(own)) if wanted.version.is_some() => {
            wanted.track() == own.track() && fits(&wanted.version, &own.version)
        }
        (Ok(wanted), Some(own)) => wanted.path() == own.path(),
        _ => own.name == wanted,
    })
}

#[cfg(test)]
mod tests {
    use super::Query;
    use crate::kind::Kind;
    use crate::release::Release;

    fn release() -> Release {
        let bytes = wat::parse_str(
            r#"(component
                (import "wasi:sockets/tcp@0.2.3" (instance))
                (import "log" (func))
                (instance $i)
                (export "boxer:kernel/net@0.1.4" (instance $i)))"#,
        )
        .unwrap();
        let name = "acme:tunnel".parse().unwrap();
        let mut release = Release::describe(name, "1.0.0".parse().unwrap(), &bytes).unwrap();
        release.description = "Sends everything through a Tunnel".to_owned();
        release
    }

    fn matches(change: impl FnOnce(&mut Query)) -> bool {
        let mut query = Query::default();
        change(&mut query);
        query.matches(&release())
    }

    #[test]
    fn words_must_all_occur() {
        for (words, expected) in [
            (vec!["tunnel"], true),
            (vec!["TUNNEL", "everything"], true),
            (vec!["acme:t"], true),
            (vec!["tunnel", "nothing"], false),
        ] {
            let found = matches(|q| q.words = words.iter().map(|w| (*w).to_owned()).collect());
            assert_eq!(found, expected, "{words:?}");
        }
    }

    #[test]
    fn versions_of_interfaces_stand_in_in_one_direction() {
        for (exports, expected) in [
            ("boxer:kernel/net", true),
            ("boxer:kernel/net@0.1.0", true),
            ("boxer:kernel/net@0.1.4", true),
            ("boxer:kernel/net@0.1.5", false),
            ("boxer:kernel/net@0.2.0", false),
            ("boxer:kernel/vfs", false),
            ("net", false),
        ] {
            let found = matches(|q| q.exports = Some(exports.to_owned()));
            assert_eq!(found, expected, "{exports}");
        }
        for (imports, expected) in [
            ("wasi:sockets/tcp", true),
            ("wasi:sockets/tcp@0.2.3", true),
            ("wasi:sockets/tcp@0.2.6", true),
            ("wasi:sockets/tcp@0.2.0", false),
            ("log", true),
            ("boxer:kernel/net", false),
        ] {
            let found = matches(|q| q.imports = Some(imports.to_owned()));
            assert_eq!(found, expected, "{imports}");
        }
    }

    #[test]
    fn kinds_are_told_apart() {
        assert!(matches(|q| q.kind = Some(Kind::Net)));
        assert!(!matches(|q| q.kind = Some(Kind::Vfs)));
    }
}
