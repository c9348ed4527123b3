//! Random calls on each driver and on Linux's tmpfs: results, errors, contents and metadata
//! must be equal, and where they are not, the calls shrink to the few that show it.
//!
//! | file | what |
//! | --- | --- |
//! | `call.rs` | calls, drawn at random |
//! | `pair.rs` | ours and theirs, side by side |
//! | `by_handle.rs`, `by_name.rs` | making a call on both |
//! | `outcome.rs`, `seen.rs` | what it gave, and what the trees look like then |
//!
//! `BOXER_CALLS=1000000` makes it a long run of at least so many calls on each driver.

#[path = "../common/mod.rs"]
mod common;

mod by_handle;
mod by_name;
mod call;
mod outcome;
mod pair;
mod seen;

use std::path::PathBuf;
use std::rc::Rc;

use call::{Abilities, Call, call};
use common::storage::Recorder;
use common::{TestOverlay, Tree, possible_layer};
use pair::Pair;
use proptest::collection::vec;
use proptest::prelude::*;
use vfs_component::lower::{Layer, Layers, LowerTree};
use vfs_component::{Filesystem, ImageFs, MemFs, Overlay, Time, Volume};
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

/// Calls in a case, on average: at least one and fewer than `CALLS`, in each of its rounds.
const CALLS: usize = 80;

/// A short run unless more is asked for. The minimal sequence is printed; a file of seeds
/// would say less.
fn config(rounds: usize) -> ProptestConfig {
    let calls = std::env::var("BOXER_CALLS").ok();
    let calls: usize = calls.map_or(0, |calls| calls.parse().expect("a number of calls"));
    let cases = (calls / (rounds * CALLS / 2)).max(64) as u32;
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Calls made on one pair.
fn check<F: Filesystem>(pair: &mut Pair<F>, calls: &[Call]) -> Result<(), TestCaseError> {
    calls.iter().try_for_each(|call| pair.check(call))
}

fn top() -> tempfile::TempDir {
    tempfile::tempdir_in(memory()).unwrap()
}

/// A stack of layers, the topmost first, and the directories that hold them.
fn stacked(layers: &[Vec<u8>]) -> Tree<TestOverlay> {
    let layers = layers.iter().map(|layer| {
        let image = Image::open(layer.clone()).unwrap();
        Layer::whole(Rc::new(image))
    });
    Tree::new(Overlay::over(Layers::new(layers.collect()).unwrap()).unwrap())
}

fn volume(storage: Recorder) -> Tree<Volume<Recorder>> {
    Tree::new(Volume::open(storage, Time::default()).unwrap())
}

proptest! {
    #![proptest_config(config(1))]

    #[test]
    fn memfs_does_what_tmpfs_does(calls in vec(call(ALL), 1..CALLS)) {
        let top = top();
        check(&mut Pair::new(Tree::memory(), top.path(), ALL), &calls)?;
    }

    #[test]
    fn hostfs_does_what_linux_does(calls in vec(call(WASI), 1..CALLS)) {
        let (ours, theirs) = (top(), top());
        check(&mut Pair::new(Tree::host(ours.path()), theirs.path(), WASI), &calls)?;
    }

    #[test]
    fn a_mounted_filesystem_does_what_tmpfs_does(calls in vec(call(ALL), 1..CALLS)) {
        let top = top();
        check(&mut Pair::new(Tree::mount(), top.path(), ALL), &calls)?;
    }
}

proptest! {
    #![proptest_config(config(2))]

    #[test]
    fn memfs_over_an_image_does_what_tmpfs_does(
        before in vec(call(ALL), 1..CALLS),
        after in vec(call(ALL), 1..CALLS),
    ) {
        let top = top();
        let mut pair = Pair::new(Tree::memory(), top.path(), ALL);
        check(&mut pair, &before)?;
        let mut pair = pair.bake(|image| {
            Tree::new(MemFs::over(Image::open(image).unwrap()).unwrap())
        });
        check(&mut pair, &after)?;
    }

    #[test]
    fn imagefs_has_the_files_that_were_baked_in(calls in vec(call(ALL), 1..2 * CALLS)) {
        let top = top();
        let mut pair = Pair::new(Tree::memory(), top.path(), ALL);
        check(&mut pair, &calls)?;
        let mut pair = pair.bake(|image| {
            Tree::new(ImageFs::new(Image::open(image).unwrap()).unwrap())
        });
        pair.compare()?;
    }

    #[test]
    fn an_overlay_of_a_filesystem_does_what_tmpfs_does(
        before in vec(call(ALL), 1..CALLS),
        after in vec(call(ALL), 1..CALLS),
    ) {
        let top = top();
        let mut pair = Pair::new(Tree::memory(), top.path(), ALL);
        check(&mut pair, &before)?;
        let mut pair = pair.go_on(false, |tree| {
            let lower = LowerTree::new(tree.vfs.into_filesystem()).unwrap();
            Tree::new(Overlay::over(lower).unwrap())
        });
        check(&mut pair, &after)?;
    }

    /// Closed and opened again in the middle.
    #[test]
    fn a_volume_does_what_tmpfs_does(
        before in vec(call(ALL), 1..CALLS),
        after in vec(call(ALL), 1..CALLS),
    ) {
        let (top, storage) = (top(), Recorder::default());
        let mut pair = Pair::new(volume(storage.clone()), top.path(), ALL);
        check(&mut pair, &before)?;
        let mut pair = pair.go_on(true, |mut tree| {
            tree.vfs.filesystem_mut().commit(true).unwrap();
            volume(storage)
        });
        pair.compare()?;
        check(&mut pair, &after)?;
    }
}

proptest! {
    #![proptest_config(config(3))]

    /// Over an image; then what was changed becomes a layer of its own, and the stack goes on.
    #[test]
    fn an_overlay_does_what_tmpfs_does(
        calls in vec(vec(call(ALL), 1..CALLS), 3),
    ) {
        let top = top();
        let mut pair = Pair::new(Tree::memory(), top.path(), ALL);
        check(&mut pair, &calls[0])?;
        let mut layers = Vec::new();
        let mut pair = pair.bake(|image| {
            layers.push(image);
            stacked(&layers)
        });
        for calls in &calls[1..] {
            check(&mut pair, calls)?;
            let Some(layer) = possible_layer(&mut pair.tree) else {
                return Ok(());
            };
            pair = pair.go_on(false, |_| {
                layers.insert(0, layer.into_bytes().unwrap());
                stacked(&layers)
            });
            pair.compare()?;
        }
    }
}
