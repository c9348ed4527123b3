//! Any text, read as a Boxfile and as a lock file. A good first corpus:
//!
//! ```text
//! mkdir -p fuzz/corpus/boxfile
//! cp boxfile-spec/tests/valid/*.toml boxfile-spec/tests/broken/*.{toml,lock} fuzz/corpus/boxfile
//! ```

#![no_main]

#[path = "../../boxfile-spec/tests/invariants/mod.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|text: &str| {
    invariants::check_boxfile(text);
    invariants::check_lock(text);
});
