//! Damaged volumes, and files that are none: an error, never a panic or an endless loop.
//!
//! `BOXER_CASES=100000` makes each test look at so many.

mod common;

use common::storage::Recorder;
use common::volume::{NARROW, Numbers, change, reseal};
use common::{CREATE, READ, TestClock, Tree, WRITE};
use proptest::prelude::*;
use vfs_component::volume::{self, Thresholds};
use vfs_component::{Errno, Kind, Lookup, Time, Vfs, Volume};

type Box = Tree<Volume<Recorder>>;

fn sync(tree: &mut Box) {
    tree.vfs.filesystem_mut().commit(true).unwrap();
}

#[test]
fn what_is_no_volume_is_left_alone() {
    for other in [
        vec![1; 100],
        b"SQLite format 3\0".to_vec(),
        vec![0; 1 << 20],
    ] {
        let storage = Recorder::with(other.clone());
        let opened = Volume::open(storage.clone(), Time::default());
        assert_eq!(opened.err(), Some(Errno::Invalid));
        assert_eq!(storage.bytes(), other);
    }
}

/// Volumes with something of each kind in them.
fn some_volume(thresholds: Thresholds) -> Vec<u8> {
    let storage = Recorder::default();
    let volume = Volume::open(storage.clone(), Time::default()).unwrap();
    let mut tree = Tree::new(volume.with_thresholds(thresholds));
    let mut numbers = Numbers(77);
    for _ in 0..100 {
        change(&mut tree, &mut numbers, &mut |_| {});
    }
    sync(&mut tree);
    storage.bytes()
}

#[test]
fn what_was_resealed_is_what_it_was() {
    for thresholds in [NARROW, Thresholds::default()] {
        let bytes = some_volume(thresholds);
        let mut resealed = bytes.clone();
        reseal(&mut resealed);
        assert!(resealed == bytes, "the tests know another format");
    }
}

/// Uses a volume whatever it says, and ends.
fn use_all(bytes: Vec<u8>) {
    let storage = Recorder::with(bytes);
    let _ = volume::check(storage.clone());
    let Ok(volume) = Volume::open(storage, Time::default()) else {
        return;
    };
    let mut vfs = Vfs::new(volume, TestClock::default());
    let root = vfs.root().unwrap();
    let mut open = vec![(root, 0)];
    while let Some((directory, depth)) = open.pop() {
        let mut cookie = 0;
        while let Ok(entries) = vfs.read_directory(directory, cookie, 100) {
            let Some(last) = entries.last() else { break };
            cookie = last.next;
            for entry in entries {
                let _ = vfs.stat_at(directory, &entry.name, Lookup::empty());
                if let Ok(file) = vfs.open_at(directory, &entry.name, Lookup::empty(), READ, 0) {
                    let _ = vfs.read_at(file, 0, 1 << 20);
                    if entry.kind == Kind::Directory && depth < 50 {
                        open.push((file, depth + 1));
                    }
                }
            }
        }
    }
    let how = READ | WRITE | CREATE;
    if let Ok(file) = vfs.open_at(root, "new", Lookup::empty(), how, 0o644) {
        let _ = vfs.write_at(file, 0, &[1; 10_000][..]);
        let _ = vfs.sync(file, false);
    }
}

#[test]
fn a_damaged_block_under_bytes_of_the_log_costs_its_page() {
    let storage = Recorder::default();
    let mut tree = Box::new(Volume::open(storage.clone(), Time::default()).unwrap());
    tree.write("f", &[0xa5; 20_000]).unwrap();
    tree.vfs.filesystem_mut().commit(true).unwrap();
    for page in [0, 1] {
        let file = tree.open("f", WRITE).unwrap();
        tree.vfs.write_at(file, page * 4096, b"few").unwrap();
        tree.vfs.close(file);
    }
    tree.vfs.filesystem_mut().commit(true).unwrap();
    let mut bytes = storage.bytes();
    let block = bytes
        .chunks(4096)
        .position(|block| *block == [0xa5; 4096])
        .expect("a block of the first page");
    bytes[block * 4096 + 100] = 0;

    let report = volume::check(Recorder::with(bytes.clone())).unwrap();
    assert_eq!(report.damaged, [("/f".to_owned(), 0)]);
    let mut tree = Box::new(Volume::open(Recorder::with(bytes), Time::default()).unwrap());
    let file = tree.open("f", READ).unwrap();
    assert_eq!(tree.vfs.read_at(file, 0, 10), Err(Errno::Io));
    let rest = tree.vfs.read_at(file, 4096, 20_000).unwrap();
    assert_eq!((&rest[..4], rest.len()), (&b"few\xa5"[..], 20_000 - 4096));
    // What is not damaged can still be changed and kept.
    tree.write("g", b"more").unwrap();
    tree.vfs.filesystem_mut().commit(true).unwrap();
}

proptest! {
    #![proptest_config(common::config(300))]

    #[test]
    fn damage_is_survived(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = some_volume(Thresholds::default());
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        use_all(bytes);
    }

    /// As of somebody who means it: every checksum is right.
    #[test]
    fn malice_is_survived(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        numbers in prop::collection::vec((any::<prop::sample::Index>(), 0_u32..40), 0..6),
        narrow in any::<bool>(),
    ) {
        let mut bytes = some_volume(if narrow { NARROW } else { Thresholds::default() });
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        // Numbers of blocks, files and pages that are there.
        for (place, number) in numbers {
            let at = place.index(bytes.len() - 4);
            bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        reseal(&mut bytes);
        use_all(bytes);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..20_000)) {
        use_all(bytes);
    }
}
