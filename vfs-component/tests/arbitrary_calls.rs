//! Any calls of the guest interface, on each driver: whatever a program asks for, there is an
//! answer.
//!
//! `BOXER_CASES=100000` makes it so many sequences.

mod common;

use common::{Tree, calls};
use proptest::prelude::*;
use vfs_component::{Filesystem, ImageFs, Limits, MemFs, Time, Volume};
use vfs_image::{Image, Writer};

/// So much that the errors for what is full are met as well.
const LIMITS: Limits = Limits {
    size: Some(8 << 20),
    inodes: Some(40),
    quota_bytes: Some(6 << 20),
    quota_inodes: Some(30),
    open_files: Some(20),
};

fn config() -> ProptestConfig {
    let cases = std::env::var("BOXER_CASES").ok();
    let cases = cases.map_or(200, |cases| cases.parse().expect("a number of cases"));
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

/// Makes the calls, and then one that has to do what it always does.
fn answers<F: Filesystem>(mut tree: Tree<F>, bytes: &[u8]) {
    calls::make(&mut tree.vfs, bytes);
    let root = tree.stat("/").expect("the root can still be looked at");
    assert_eq!(root.kind, vfs_component::Kind::Directory);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_call_has_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        answers(Tree::new(MemFs::<Vec<u8>>::new().limited(LIMITS)), &bytes);
        answers(Tree::new(Tree::overlay().vfs.into_filesystem().limited(LIMITS)), &bytes);
        answers(Tree::overlay_of_a_filesystem(), &bytes);
        answers(Tree::mount(), &bytes);
        let volume = Volume::open(common::storage::Recorder::default(), Time::default()).unwrap();
        answers(Tree::new(volume.limited(LIMITS)), &bytes);
        let image = Image::open(Writer::new().into_bytes().unwrap()).unwrap();
        answers(Tree::new(ImageFs::new(image).unwrap()), &bytes);
        let host = tempfile::tempdir().unwrap();
        answers(Tree::host(host.path()), &bytes);
    }
}
