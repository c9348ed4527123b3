//! "Did you mean": the word of a list that was probably meant.

/// Words from other tools for what a Boxfile calls otherwise.
const SYNONYMS: &[(&str, &str)] = &[
    ("package", "box"),
    ("module", "box"),
    ("application", "app"),
    ("permissions", "grants"),
    ("capabilities", "grants"),
    ("deps", "dependencies"),
    ("requires", "dependencies"),
    ("filesystem", "vfs"),
    ("fs", "vfs"),
    ("network", "net"),
    ("sockets", "net"),
    ("time", "clock"),
    ("clocks", "clock"),
    ("rand", "random"),
    ("stdio", "console"),
    ("console", "stdio"),
    ("env", "environment"),
    ("environment", "env"),
    ("wasi", "libc"),
    ("personality", "libc"),
    ("interpreter", "runtime"),
    ("language", "runtime"),
    ("author", "authors"),
    ("repo", "repository"),
    ("wasm", "component"),
    ("source", "component"),
    ("main", "script"),
    ("crate", "cargo"),
    ("workdir", "cwd"),
    ("working-dir", "cwd"),
    ("arguments", "args"),
    ("req", "version"),
    ("settings", "config"),
    ("options", "config"),
    ("source", "from"),
    ("src", "from"),
    ("permissions", "mode"),
    ("from", "host"),
    ("path", "host"),
    ("to", "guest"),
    ("path", "from"),
    ("target", "guest"),
    ("readonly", "ro"),
    ("read-only", "ro"),
    ("read", "ro"),
    ("r", "ro"),
    ("readwrite", "rw"),
    ("read-write", "rw"),
    ("write", "rw"),
    ("w", "rw"),
    ("singleton", "shared"),
    ("one", "shared"),
    ("unique", "per-consumer"),
    ("each", "per-consumer"),
];

/// The word of `known` that `word` was probably meant to be.
pub(crate) fn closest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    // Case and underscores first: they are never meant.
    let plain = word.to_ascii_lowercase().replace('_', "-");
    // Nobody misspells at such length, and the distance takes time.
    if plain.len() > 64 {
        return None;
    }
    if let Some(same) = known.iter().find(|candidate| **candidate == plain) {
        return Some(same);
    }
    let synonym = SYNONYMS
        .iter()
        .filter(|(from, _)| *from == plain)
        .find_map(|(_, to)| known.iter().find(|candidate| *candidate == to));
    if let Some(synonym) = synonym {
        return Some(synonym);
    }
    // One slip in three letters, as rustc allows it.
    let most = plain.chars().count().max(3) / 3;
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&plain, candidate), *candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_synonyms_and_spellings_are_understood() {
        let slots = ["libc", "vfs", "net", "clock", "random", "environment"];
        for (word, meant) in [
            ("nett", Some("net")),
            ("VFS", Some("vfs")),
            ("filesystem", Some("vfs")),
            ("clokc", Some("clock")),
            ("enviroment", Some("environment")),
            ("env", Some("environment")),
            ("gpu", None),
            ("", None),
        ] {
            assert_eq!(closest(word, &slots), meant, "{word}");
        }
        assert_eq!(
            closest("per_consumer", &["shared", "per-consumer"]),
            Some("per-consumer")
        );
        assert_eq!(closest(&"x".repeat(1_000_000), &slots), None);
    }
}
