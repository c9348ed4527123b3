//! Prepares itself before its box is finished: the hook reads a baked file and counts its
//! lines, and the program says what it found, beside what must be of this start.

#![allow(
    unsafe_code,
    missing_docs,
    reason = "what the macro makes of the world"
)]

use std::collections::HashMap;
use std::fs;
use std::sync::OnceLock;
use std::time::SystemTime;

wit_bindgen::generate!({
    inline: "
        package test:preinit;

        world program {
            export preinit: func();
            export ask-for-arguments: func();
        }
    ",
});

struct Program;
export!(Program);

/// Words of the baked file, and how often each is there.
static WORDS: OnceLock<HashMap<String, usize>> = OnceLock::new();

fn words() -> HashMap<String, usize> {
    let text = fs::read_to_string("/words.txt").unwrap_or_default();
    let mut words = HashMap::new();
    for word in text.split_whitespace() {
        *words.entry(word.to_owned()).or_default() += 1;
    }
    words
}

impl Guest for Program {
    fn preinit() {
        let counted = words();
        assert!(!counted.is_empty(), "the baked file is there already");
        fs::write("/tmp-of-the-hook", "kept").expect("the box's own files can be written");
        WORDS.get_or_init(|| counted);
    }

    fn ask_for_arguments() {
        assert_eq!(std::env::args().count(), 0);
    }
}

fn main() {
    let ready = WORDS.get().is_some();
    let mut counted: Vec<_> = WORDS.get_or_init(words).iter().collect();
    counted.sort();
    println!("{counted:?}");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    println!("{arguments:?} {:?}", std::env::var("GREETING"));
    let fresh = wasip2::random::random::get_random_u64();
    let again = wasip2::random::random::get_random_u64();
    let year = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |time| 1970 + time.as_secs() / 31_556_952);
    assert_ne!(fresh, again);
    eprintln!("ready {ready}, random {fresh}, year {year}");
}
