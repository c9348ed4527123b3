//! A short fuzz run on a stable toolchain: texts made from the cases of the other
//! tests by a few random changes each. The same checks run for longer, and guided by
//! coverage, in the folder `fuzz` of the repository.
//!
//! `PROPTEST_CASES=100000 cargo test -p boxfile-spec --test fuzz` runs longer here.

mod invariants;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::FileFailurePersistence;

static SEEDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut paths = Vec::new();
    for folder in ["valid", "broken"] {
        for entry in fs::read_dir(tests.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension != "txt") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let seeds: Vec<String> = paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert!(seeds.len() > 50);
    seeds
});

/// What the readers look for, and what other formats and people write.
const WORDS: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "#",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\\",
    "\\u0000",
    "\\uD800",
    "\0",
    "\u{feff}",
    "\u{1b}[31m",
    "é",
    "🦀",
    "\u{202e}",
    "true",
    "false",
    "0",
    "-1",
    "0o644",
    "1e999",
    "nan",
    "99999999999999999999",
    "1979-05-27",
    "..",
    "/",
    "//",
    "/../",
    "*",
    ":",
    "@",
    "^",
    "<<<<<<< HEAD\n",
    "=======\n",
    "[box]\n",
    "[app]\n",
    "[kernel]\n",
    "[files]\n",
    "[dependencies]\n",
    "[wire]\n",
    "[grants]\n",
    "[[grants.fs]]\n",
    "kernel.vfs",
    "name = ",
    "version = 1\n",
    "[[package]]\n",
    "sha256:",
    "\"/app\" = ",
    "boxer:memfs@^0.1",
];

#[derive(Debug, Clone)]
enum Change {
    /// Puts a word in.
    Insert(Index, Index),
    /// Takes some characters out.
    Remove(Index, u8),
    /// Writes a character over another.
    Replace(Index, char),
    /// Writes a line again somewhere else.
    Repeat(Index, Index),
    /// Exchanges two lines.
    Exchange(Index, Index),
    /// Ends the text.
    Cut(Index),
    /// Goes on with another seed.
    Splice(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    prop_oneof![
        4 => (place(), place()).prop_map(|(at, word)| Change::Insert(at, word)),
        3 => (place(), any::<u8>()).prop_map(|(at, count)| Change::Remove(at, count)),
        2 => (place(), any::<char>()).prop_map(|(at, character)| Change::Replace(at, character)),
        2 => (place(), place()).prop_map(|(from, to)| Change::Repeat(from, to)),
        1 => (place(), place()).prop_map(|(one, other)| Change::Exchange(one, other)),
        1 => place().prop_map(Change::Cut),
        1 => (place(), place()).prop_map(|(at, seed)| Change::Splice(at, seed)),
    ]
}

fn apply(text: &mut String, change: &Change) {
    let boundary = |text: &str, at: &Index| {
        let at = at.index(text.len() + 1);
        (0..=at)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or_default()
    };
    match change {
        Change::Insert(at, word) => {
            text.insert_str(boundary(text, at), WORDS[word.index(WORDS.len())]);
        }
        Change::Remove(at, count) => {
            let start = boundary(text, at);
            let gone: usize = text[start..]
                .chars()
                .take(usize::from(*count) % 40)
                .map(char::len_utf8)
                .sum();
            text.replace_range(start..start + gone, "");
        }
        Change::Replace(at, with) => {
            let start = boundary(text, at);
            let old = text[start..].chars().next().map_or(0, char::len_utf8);
            text.replace_range(start..start + old, with.encode_utf8(&mut [0; 4]));
        }
        Change::Repeat(from, to) => {
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            if !lines.is_empty() {
                let line = *from.get(&lines);
                lines.insert(to.index(lines.len() + 1), line);
                *text = lines.concat();
            }
        }
        Change::Exchange(one, other) => {
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            if !lines.is_empty() {
                let (one, other) = (one.index(lines.len()), other.index(lines.len()));
                lines.swap(one, other);
                *text = lines.concat();
            }
        }
        Change::Cut(at) => text.truncate(boundary(text, at)),
        Change::Splice(at, seed) => {
            let at = boundary(text, at);
            text.truncate(at);
            text.push_str(&SEEDS[seed.index(SEEDS.len())]);
        }
    }
}

fn config() -> ProptestConfig {
    // 1,500 unless PROPTEST_CASES says otherwise, which `default` reads.
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: if asked { default.cases } else { 1500 },
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..default
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn changed_files_never_cause_a_panic(
        seed in any::<Index>(),
        changes in prop::collection::vec(change(), 1..8),
    ) {
        let mut text = seed.get(&SEEDS[..]).clone();
        for change in &changes {
            apply(&mut text, change);
        }
        invariants::check_boxfile(&text);
        invariants::check_lock(&text);
    }

    #[test]
    fn arbitrary_texts_never_cause_a_panic(text in any::<String>()) {
        invariants::check_boxfile(&text);
        invariants::check_lock(&text);
    }

    #[test]
    fn heaps_of_words_never_cause_a_panic(words in prop::collection::vec(any::<Index>(), 0..60)) {
        let text: String = words.iter().map(|word| *word.get(WORDS)).collect();
        invariants::check_boxfile(&text);
        invariants::check_lock(&text);
    }
}

#[test]
fn the_cases_themselves() {
    for seed in SEEDS.iter() {
        invariants::check_boxfile(seed);
        invariants::check_lock(seed);
    }
}

/// Depth and length that would overflow a stack or take quadratic time.
#[test]
fn extremes() {
    let mut texts = Vec::new();
    for count in [100, 10_000, 200_000] {
        texts.push("a.".repeat(count) + "a = 1");
        texts.push(format!("[{}a]", "a.".repeat(count)));
        texts.push("a = ".to_owned() + &"[".repeat(count));
        texts.push("a = ".to_owned() + &"{a=".repeat(count));
        texts.push("a = ".to_owned() + &"[".repeat(count) + &"]".repeat(count));
        texts.push("[box]\n".repeat(count));
        texts.push("[[grants.fs]]\n".repeat(count));
        texts.push(format!("[box]\nname = \"{}\"", "a".repeat(count)));
        texts.push(format!("[kernel]\n\"{}\" = 1", "x".repeat(count)));
        texts.push(format!("[app]\nargs = [{}]", "\"x\",".repeat(count)));
    }
    texts.push(format!(
        "[files]\n{}",
        (0..20_000)
            .map(|n| format!("\"/{n}\" = \"x\"\n"))
            .collect::<String>()
    ));
    texts.push(format!(
        "[files]\n{}",
        (0..2_000)
            .map(|n| format!("\"{}\" = \"x\"\n", "/a".repeat(n)))
            .collect::<String>()
    ));
    for text in texts {
        invariants::check_boxfile(&text);
        invariants::check_lock(&text);
    }
}
