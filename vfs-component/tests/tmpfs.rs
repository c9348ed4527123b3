//! Random calls on memfs and on Linux's tmpfs: results, errors, contents and metadata
//! must be equal. `PROPTEST_CASES=25000` makes it a run of some million calls.

mod common;
#[path = "common/pair.rs"]
mod pair;

use std::path::PathBuf;

use common::Tree;
use pair::{Abilities, Pair, call};
use proptest::collection::vec;
use proptest::prelude::*;

/// A tmpfs where the machine has one in its usual place.
fn memory() -> PathBuf {
    let shm = PathBuf::from("/dev/shm");
    if shm.is_dir() {
        shm
    } else {
        std::env::temp_dir()
    }
}

const ALL: Abilities = Abilities { beyond_wasi: true };

proptest! {
    // The minimal sequence is printed; a file of seeds would say less.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memfs_does_what_tmpfs_does(calls in vec(call(ALL), 1..80)) {
        let top = tempfile::tempdir_in(memory()).unwrap();
        let mut pair = Pair::new(Tree::memory(), top.path(), ALL);
        for call in &calls {
            pair.check(call)?;
        }
    }
}
