//! Any calls of the guest interface, on each driver: whatever a program asks for, there is an
//! answer.
//!
//! `BOXER_CASES=100000` makes it so many sequences.

mod common;

use common::{Tree, calls};
use proptest::prelude::*;
use vfs_component::{Filesystem, ImageFs, MemFs, Time, Volume};
use vfs_image::{Image, Writer};

/// Makes the calls, and then one that has to do what it always does.
fn answers<F: Filesystem>(mut tree: Tree<F>, bytes: &[u8]) {
    calls::make(&mut tree.vfs, bytes);
    let root = tree.stat("/").expect("the root can still be looked at");
    assert_eq!(root.kind, vfs_component::Kind::Directory);
}

proptest! {
    #![proptest_config(common::config(200))]

    #[test]
    fn every_call_has_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        answers(Tree::new(MemFs::<Vec<u8>>::new().limited(calls::LIMITS)), &bytes);
        answers(Tree::new(Tree::overlay().vfs.into_filesystem().limited(calls::LIMITS)), &bytes);
        answers(Tree::overlay_of_a_filesystem(), &bytes);
        answers(Tree::mount(), &bytes);
        let volume = Volume::open(common::storage::Recorder::default(), Time::default()).unwrap();
        answers(Tree::new(volume.limited(calls::LIMITS)), &bytes);
        let image = Image::open(Writer::new().into_bytes().unwrap()).unwrap();
        answers(Tree::new(ImageFs::new(image).unwrap()), &bytes);
        let host = tempfile::tempdir().unwrap();
        answers(Tree::host(host.path()), &bytes);
    }
}
