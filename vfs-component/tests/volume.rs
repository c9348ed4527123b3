//! Volumes: what they keep, and when.

mod common;

use common::storage::Recorder;
use common::volume::everything;
use common::{CREATE, READ, Tree, WRITE, errno};
use vfs_component::volume::{self, WriteBack};
use vfs_component::{AttributeMode, Attributes, Errno, Kind, Limits, Lookup, Time, Volume};

type Box = Tree<Volume<Recorder>>;

fn open(storage: Recorder) -> Box {
    Tree::new(Volume::open(storage, Time::default()).unwrap())
}

/// The same volume as another process finds it.
fn again(storage: &Recorder) -> Box {
    open(Recorder::with(storage.bytes()))
}

fn sync(tree: &mut Box) {
    tree.vfs.filesystem_mut().commit(true).unwrap();
}

#[test]
fn everything_is_kept() {
    let storage = Recorder::default();
    let mut tree = open(storage.clone());
    tree.mkdir("d").unwrap();
    tree.write("d/f", &[7; 10_000]).unwrap();
    tree.link("d/f", "g").unwrap();
    tree.symlink("d/f", "l").unwrap();
    let (root, lookup) = (tree.root, Lookup::empty());
    let kind = Kind::CharacterDevice;
    tree.vfs
        .make_node_at(root, "n", lookup, kind, 0o600, 1 << 32 | 3)
        .unwrap();
    let file = tree.open("g", READ | WRITE).unwrap();
    let mode = AttributeMode::Set;
    tree.vfs.set_xattr(file, "user.a", b"value", mode).unwrap();
    let change = Attributes {
        mode: Some(0o4711),
        user: Some(5),
        group: Some(6),
        ..Attributes::default()
    };
    tree.vfs.set_attributes(file, &change).unwrap();
    tree.vfs.set_size(file, 1 << 20).unwrap();
    sync(&mut tree);
    let mut other = again(&storage);
    assert_eq!(other.stat("d/f").unwrap(), tree.stat("d/f").unwrap());
    assert_eq!(everything(&mut other).len(), 5);
    assert_eq!(other.stat("n").unwrap().device_number, 1 << 32 | 3);
    let file = other.open("d/f", READ | WRITE).unwrap();
    assert_eq!(other.vfs.xattr(file, "user.a").unwrap(), b"value");
    assert_eq!(other.vfs.read_at(file, 9_999, 3).unwrap(), [7, 0, 0]);
    // New files get new inodes.
    let inode = tree.stat("l").unwrap().inode;
    other.write("new", b"").unwrap();
    assert!(other.stat("new").unwrap().inode > inode);
}

#[test]
fn what_is_closed_outlives_the_process_without_a_sync() {
    let storage = Recorder::default();
    let mut tree = open(storage.clone());
    tree.write("f", b"closed").unwrap();
    tree.mkdir("d").unwrap();
    tree.rename("f", "d/g").unwrap();
    let expected = everything(&mut tree);
    assert_eq!(everything(&mut again(&storage)), expected);
    tree.unlink("d/g").unwrap();
    assert_eq!(again(&storage).names("d").unwrap().len(), 0);
}

#[test]
fn late_write_back_waits_for_a_sync() {
    let storage = Recorder::default();
    let volume = Volume::open(storage.clone(), Time::default()).unwrap();
    let mut tree = Tree::new(volume.with_write_back(WriteBack::Late));
    let before = storage.events();
    for name in 0..100 {
        tree.write(&name.to_string(), b"1").unwrap();
    }
    assert_eq!(storage.events(), before);
    sync(&mut tree);
    // The pages in one run, the batch, and the sync.
    assert!(storage.events() - before <= 3 + 100);
    assert_eq!(again(&storage).names("/").unwrap().len(), 100);
}

#[test]
fn space_is_used_again() {
    let storage = Recorder::default();
    let mut tree = open(storage.clone());
    for round in 0..200 {
        tree.write("f", &vec![round; 100_000]).unwrap();
        sync(&mut tree);
    }
    assert!(
        storage.bytes().len() < 2_000_000,
        "{}",
        storage.bytes().len()
    );
    assert_eq!(tree.read("f").unwrap(), [199; 100_000]);
}

#[test]
fn a_long_log_is_begun_anew() {
    let storage = Recorder::default();
    let mut tree = open(storage.clone());
    for round in 0..120_000_u32 {
        let name = format!("a-name-of-some-length-{}", round % 50);
        tree.write(&name, &round.to_le_bytes()).unwrap();
    }
    sync(&mut tree);
    let expected = everything(&mut tree);
    assert_eq!(everything(&mut again(&storage)), expected);
    let report = volume::check(Recorder::with(storage.bytes())).unwrap();
    assert_eq!((report.files, report.directories), (50, 1));
    assert!(report.log_bytes < 18 << 20, "{report:?}");
    assert!(
        storage.bytes().len() < 72 << 20,
        "{}",
        storage.bytes().len()
    );
}

#[test]
fn what_is_deleted_while_it_is_open_is_gone_after_a_crash() {
    let storage = Recorder::default();
    let mut tree = open(storage.clone());
    tree.write("f", &[1; 50_000]).unwrap();
    let file = tree.open("f", READ | WRITE).unwrap();
    tree.unlink("f").unwrap();
    tree.vfs.write_at(file, 0, &[2; 50_000][..]).unwrap();
    sync(&mut tree);
    assert_eq!(tree.content(file).unwrap(), [2; 50_000]);
    let report = volume::check(Recorder::with(storage.bytes())).unwrap();
    assert_eq!(report.files, 0);
    let mut other = again(&storage);
    other.write("g", &[3; 50_000]).unwrap();
    assert_eq!(other.read("g").unwrap(), [3; 50_000]);
}

#[test]
fn sizes_and_quotas_hold() {
    let volume = Volume::open(Recorder::default(), Time::default()).unwrap();
    let mut tree = Tree::new(volume.limited(Limits {
        size: Some(4 * 4096),
        quota_inodes: Some(2),
        ..Limits::default()
    }));
    assert_eq!(errno(tree.write("f", &[1; 5 * 4096])), Errno::NoSpace);
    assert_eq!(tree.stat("f").unwrap().size, 4 * 4096);
    // Space that is only replaced is there, however often.
    for byte in 0..50 {
        let file = tree.open("f", WRITE).unwrap();
        tree.vfs.write_at(file, 0, &[byte; 4 * 4096][..]).unwrap();
        tree.vfs.sync(file, true).unwrap();
        tree.vfs.close(file);
    }
    let stat = tree.vfs.filesystem_stat(tree.root).unwrap();
    assert_eq!((stat.blocks, stat.blocks_free), (4, 0));
    tree.write("g", b"").unwrap();
    assert_eq!(errno(tree.mkdir("d")), Errno::Quota);
    tree.unlink("f").unwrap();
    tree.write("h", &[1; 4 * 4096]).unwrap();
}

#[test]
fn a_host_that_fails_loses_nothing_that_was_synced() {
    for good in 0..60 {
        let storage = Recorder::default();
        let mut tree = open(storage.clone());
        tree.write("kept", &[1; 20_000]).unwrap();
        sync(&mut tree);
        storage.fail_after(Some(good));
        for name in 0..10 {
            // It is there as long as the box runs, whatever the host says.
            tree.write(&format!("f{name}"), &[name; 9_000]).unwrap();
        }
        tree.write("kept", &[2; 20_000]).unwrap();
        let synced = tree.vfs.filesystem_mut().commit(true);
        let kept = again(&storage).read("kept").unwrap();
        assert!(synced.is_err() || kept == [2; 20_000]);
        assert!(
            kept == [1; 20_000] || kept == [2; 20_000] || kept.is_empty(),
            "{good}"
        );
        // The host has recovered: all of it can be kept now.
        storage.fail_after(None);
        sync(&mut tree);
        let expected = everything(&mut tree);
        assert_eq!(everything(&mut again(&storage)), expected, "{good}");
    }
}

#[test]
fn a_read_only_volume_changes_nothing() {
    let storage = Recorder::default();
    let mut tree = open(storage.clone());
    tree.write("f", b"kept").unwrap();
    sync(&mut tree);
    let bytes = storage.bytes();
    let storage = Recorder::with(bytes.clone());
    let volume = Volume::open(storage.clone(), Time::default()).unwrap();
    let mut tree = Tree::new(volume.read_only());
    assert_eq!(tree.read("f").unwrap(), b"kept");
    assert_eq!(errno(tree.write("f", b"")), Errno::ReadOnly);
    assert_eq!(errno(tree.mkdir("d")), Errno::ReadOnly);
    sync(&mut tree);
    assert_eq!((storage.bytes(), storage.events()), (bytes, 0));
}

#[test]
fn a_new_file_has_nothing_of_one_that_is_gone() {
    let storage = Recorder::default();
    let mut tree = open(storage.clone());
    tree.write("old", &[1; 20_000]).unwrap();
    let inode = tree.stat("old").unwrap().inode;
    tree.unlink("old").unwrap();
    sync(&mut tree);
    // The log tells of both files, so it must not take them for one.
    let storage = Recorder::with(storage.bytes());
    let mut tree = open(storage.clone());
    tree.write("new", &[2; 4096]).unwrap();
    let file = tree.open("new", READ | WRITE).unwrap();
    tree.vfs.set_size(file, 20_000).unwrap();
    assert!(tree.stat("new").unwrap().inode > inode);
    sync(&mut tree);
    let mut content = vec![2; 4096];
    content.resize(20_000, 0);
    assert_eq!(again(&storage).read("new").unwrap(), content);
    let report = volume::check(Recorder::with(storage.bytes())).unwrap();
    assert_eq!(report.damaged, []);
}

#[test]
fn what_was_written_is_there_though_nobody_closed_the_file() {
    let storage = Recorder::default();
    let mut tree = open(storage.clone());
    let file = tree.open("f", WRITE | CREATE).unwrap();
    tree.vfs.write_at(file, 0, &b"never closed"[..]).unwrap();
    assert_eq!(again(&storage).read("f").unwrap(), b"never closed");
    tree.vfs.set_size(file, 5).unwrap();
    assert_eq!(again(&storage).read("f").unwrap(), b"never");
}
