//! Random calls on memfs, on hostfs and on Linux's tmpfs: results, errors, contents and metadata
//! must be equal. `PROPTEST_CASES=25000` makes it a run of some million calls.

mod common;
#[path = "common/pair.rs"]
mod pair;

use std::path::PathBuf;

use common::Tree;
use pair::{Abilities, Pair, call};
use proptest::collection::vec;
use proptest::prelude::*;
use vfs_component::MemFs;
use vfs_image::Image;

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
const WASI: Abilities = Abilities { beyond_wasi: false };

/// A short run unless more is asked for. The minimal sequence is printed; a file of seeds
/// would say less.
fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() {
        ProptestConfig::default().cases
    } else {
        64
    };
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn memfs_does_what_tmpfs_does(calls in vec(call(ALL), 1..80)) {
        let top = tempfile::tempdir_in(memory()).unwrap();
        let mut pair = Pair::new(Tree::memory(), top.path(), ALL);
        for call in &calls {
            pair.check(call)?;
        }
    }

    #[test]
    fn hostfs_does_what_linux_does(calls in vec(call(WASI), 1..80)) {
        let (ours, theirs) = (tempfile::tempdir_in(memory()).unwrap(), tempfile::tempdir_in(memory()).unwrap());
        let mut pair = Pair::new(Tree::host(ours.path()), theirs.path(), WASI);
        for call in &calls {
            pair.check(call)?;
        }
    }

    #[test]
    fn memfs_over_an_image_does_what_tmpfs_does(
        before in vec(call(ALL), 1..80),
        after in vec(call(ALL), 1..80),
    ) {
        let top = tempfile::tempdir_in(memory()).unwrap();
        let mut pair = Pair::new(Tree::memory(), top.path(), ALL);
        for call in &before {
            pair.check(call)?;
        }
        let mut pair = pair.bake(|image| MemFs::over(Image::open(image).unwrap()).unwrap());
        for call in &after {
            pair.check(call)?;
        }
    }
}
