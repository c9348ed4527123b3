//! What a run changed, as a layer: put over what was there before, it is what there was then.
//!
//! `BOXER_CASES=100000` looks at so many runs.

use proptest::prelude::*;
use vfs_component::lower::{LowerTree, Nothing};
use vfs_component::{Clock, Filesystem, Lookup, MemFs, OpenFlags, Overlay, RenameMode, Time, Vfs};
use vfs_image::{Image, Writer};
use vfs_layer::{Entry, Layer, Stack};

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Time {
        Time {
            seconds: 1_000_000_000,
            nanoseconds: 0,
        }
    }
}

#[derive(Debug, Clone)]
enum Call {
    Write(String, Vec<u8>),
    Mkdir(String),
    Link(String, String),
    Symlink(String, String),
    Rename(String, String, bool),
    Remove(String),
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..4)
        .prop_map(|names| names.join("/"))
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => (path(), prop::collection::vec(any::<u8>(), 0..10)).prop_map(|(path, data)| Call::Write(path, data)),
        3 => path().prop_map(Call::Mkdir),
        2 => (path(), path()).prop_map(|(old, new)| Call::Link(old, new)),
        1 => (path(), path()).prop_map(|(old, new)| Call::Symlink(old, new)),
        3 => (path(), path(), any::<bool>()).prop_map(|(old, new, swap)| Call::Rename(old, new, swap)),
        2 => path().prop_map(Call::Remove),
    ]
}

/// Makes calls; what is not possible is refused.
fn make<F: Filesystem>(fs: F, calls: &[Call]) -> F {
    let mut vfs = Vfs::new(fs, Stopped);
    let root = vfs.root().unwrap();
    let none = Lookup::empty();
    for call in calls {
        match call {
            Call::Write(path, data) => {
                let how = OpenFlags::WRITE | OpenFlags::CREATE;
                if let Ok(file) = vfs.open_at(root, path, none, how, 0o644) {
                    if !data.is_empty() {
                        vfs.write_at(file, 0, data.clone()).unwrap();
                    }
                    vfs.close(file);
                }
            }
            Call::Mkdir(path) => {
                let _ = vfs.make_directory_at(root, path, none, 0o755);
            }
            Call::Link(old, new) => {
                let _ = vfs.link_at(root, old, none, root, new);
            }
            Call::Symlink(target, path) => {
                let _ = vfs.symlink_at(target, root, path, none);
            }
            Call::Rename(old, new, swap) => {
                let mode = if *swap {
                    RenameMode::Exchange
                } else {
                    RenameMode::Replace
                };
                let _ = vfs.rename_at(root, old, none, root, new, mode);
            }
            Call::Remove(path) => {
                if vfs.unlink_at(root, path, none).is_err() {
                    let _ = vfs.remove_directory_at(root, path, none);
                }
            }
        }
    }
    vfs.into_filesystem()
}

fn image(calls: &[Call]) -> Image<Vec<u8>> {
    let fs = make(Overlay::<Nothing>::new(), calls);
    let stack = Stack::of_tree(&LowerTree::new(fs).unwrap()).unwrap();
    let mut writer = Writer::new();
    stack.bake("/", &mut writer).unwrap();
    Image::open(writer.into_bytes().unwrap()).unwrap()
}

#[test]
fn a_run_that_changes_nothing_is_an_empty_layer() {
    let calls = [
        Call::Mkdir("a".into()),
        Call::Write("a/b".into(), vec![1; 9]),
    ];
    let before = Stack::of_tree(&image(&calls)).unwrap();
    let after = MemFs::over(image(&calls)).unwrap();
    let after = Stack::of_tree(&LowerTree::new(after).unwrap()).unwrap();
    assert!(before.difference(&after).unwrap().is_empty());
}

#[test]
fn what_is_gone_is_told_once() {
    let calls = [
        Call::Mkdir("a".into()),
        Call::Mkdir("a/b".into()),
        Call::Write("a/b/c".into(), vec![1]),
    ];
    let before = Stack::of_tree(&image(&calls)).unwrap();
    let changes = before
        .difference(&Stack::of_tree(&image(&[])).unwrap())
        .unwrap();
    let removed: Vec<_> = changes
        .entries()
        .filter(|(_, entry)| **entry == Entry::Removed)
        .collect();
    assert_eq!(removed, [("a", &Entry::Removed)]);
}

fn config() -> ProptestConfig {
    let cases = std::env::var("BOXER_CASES").ok();
    let cases = cases.map_or(400, |cases| cases.parse().expect("a number of cases"));
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_changed_makes_what_there_is_of_what_there_was(
        before in prop::collection::vec(call(), 0..20),
        during in prop::collection::vec(call(), 0..20),
    ) {
        let lower = Stack::of_tree(&image(&before)).unwrap();
        let fs = make(MemFs::over(image(&before)).unwrap(), &during);
        let upper = Stack::of_tree(&LowerTree::new(fs).unwrap()).unwrap();
        let changes = lower.difference(&upper).unwrap();
        let mut tar = Vec::new();
        changes.write(&mut tar).unwrap();
        let mut again = lower;
        again.push(&Layer::read(&tar[..]).unwrap()).unwrap();
        let left = again.difference(&upper).unwrap();
        prop_assert!(left.is_empty(), "{left:?} is missing behind {changes:?}");
        let left = upper.difference(&again).unwrap();
        prop_assert!(left.is_empty(), "{left:?} is too much in {changes:?}");
    }
}
