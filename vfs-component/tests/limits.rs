//! Sizes, quotas and open files: ENOSPC, EDQUOT, EMFILE.

mod common;

use std::rc::Rc;

use common::machine::TestMachine;
use common::storage::Recorder;
use common::{CREATE, READ, Tree, WRITE, errno};
use vfs_component::lower::{Layer, Layers};
use vfs_component::{
    Allocation, Errno, Filesystem, Limits, MemFs, Overlay, Time, Vfs, Volume, mount_table,
};
use vfs_image::{Attributes, Image, Writer};

const PAGE: usize = 4096;

fn limited(limits: Limits) -> Tree<MemFs<Vec<u8>>> {
    Tree::new(MemFs::new().limited(limits))
}

fn pages(size: u64) -> Limits {
    Limits {
        size: Some(size * PAGE as u64),
        ..Limits::default()
    }
}

#[test]
fn a_full_filesystem_takes_what_fits_and_then_nothing() {
    let mut tree = limited(pages(4));
    let file = tree.open("f", READ | WRITE | CREATE).unwrap();
    let data = vec![7; 5 * PAGE];
    assert_eq!(tree.vfs.write_at(file, 100, &data[..]), Ok(4 * PAGE - 100));
    assert_eq!(
        errno(tree.vfs.write_at(file, 4 * PAGE as u64, b"x")),
        Errno::NoSpace
    );
    assert_eq!(tree.vfs.write_at(file, 0, b"over").unwrap(), 4);
    assert_eq!(errno(tree.write("g", b"1")), Errno::NoSpace);
    let stat = tree.vfs.filesystem_stat(file).unwrap();
    assert_eq!((stat.blocks, stat.blocks_free), (4, 0));
    tree.vfs.set_size(file, PAGE as u64).unwrap();
    assert_eq!(tree.vfs.filesystem_stat(file).unwrap().blocks_free, 3);
    tree.write("g", b"1").unwrap();
}

#[test]
fn space_comes_back_with_the_last_name_and_the_last_handle() {
    let mut tree = limited(pages(2));
    tree.write("f", &[1; 2 * PAGE]).unwrap();
    let file = tree.open("f", READ).unwrap();
    tree.unlink("f").unwrap();
    assert_eq!(errno(tree.write("g", b"1")), Errno::NoSpace);
    tree.vfs.close(file);
    tree.write("g", &[1; 2 * PAGE]).unwrap();
    tree.write("h", b"").unwrap();
    tree.rename("h", "g").unwrap();
    tree.write("h", &[1; 2 * PAGE]).unwrap();
}

#[test]
fn holes_take_no_space() {
    let mut tree = limited(pages(2));
    let file = tree.open("f", READ | WRITE | CREATE).unwrap();
    tree.vfs.set_size(file, 1 << 40).unwrap();
    tree.vfs.write_at(file, 1 << 39, b"x").unwrap();
    tree.vfs.write_at(file, 0, b"x").unwrap();
    assert_eq!(
        errno(tree.vfs.write_at(file, 1 << 20, b"x")),
        Errno::NoSpace
    );
    let punch = Allocation::PunchHole;
    tree.vfs
        .allocate(file, punch, 1 << 39, PAGE as u64)
        .unwrap();
    tree.vfs.write_at(file, 1 << 20, b"x").unwrap();
}

#[test]
fn what_is_reserved_is_taken() {
    let mut tree = limited(pages(4));
    let file = tree.open("f", READ | WRITE | CREATE).unwrap();
    let extend = Allocation::Extend;
    assert_eq!(
        errno(tree.vfs.allocate(file, extend, 0, 5 * PAGE as u64)),
        Errno::NoSpace
    );
    assert_eq!(tree.vfs.stat(file).unwrap().blocks, 0);
    tree.vfs.allocate(file, extend, 0, 4 * PAGE as u64).unwrap();
    assert_eq!(errno(tree.write("g", b"1")), Errno::NoSpace);
    assert_eq!(tree.vfs.write_at(file, 0, &[1; 4 * PAGE][..]), Ok(4 * PAGE));
}

#[test]
fn a_quota_is_edquot() {
    let mut tree = limited(Limits {
        quota_bytes: Some(PAGE as u64),
        quota_inodes: Some(2),
        ..Limits::default()
    });
    assert_eq!(errno(tree.write("f", &[1; 2 * PAGE])), Errno::Quota);
    assert_eq!(tree.stat("f").unwrap().size, PAGE as u64);
    tree.mkdir("d").unwrap();
    assert_eq!(errno(tree.mkdir("e")), Errno::Quota);
    assert_eq!(errno(tree.symlink("f", "l")), Errno::Quota);
    // A second name is no second file.
    tree.link("f", "g").unwrap();
    tree.rmdir("d").unwrap();
    tree.symlink("f", "l").unwrap();
}

#[test]
fn inodes_run_out() {
    let mut tree = limited(Limits {
        inodes: Some(10),
        ..Limits::default()
    });
    for name in 0..10 {
        tree.write(&name.to_string(), b"").unwrap();
    }
    assert_eq!(errno(tree.write("one more", b"")), Errno::NoSpace);
    let stat = tree.vfs.filesystem_stat(tree.root).unwrap();
    assert_eq!((stat.files, stat.files_free), (10, 0));
    tree.unlink("3").unwrap();
    tree.write("one more", b"").unwrap();
}

#[test]
fn files_from_below_cost_nothing_until_they_are_written() {
    let mut writer = Writer::new();
    writer
        .file("big", Attributes::new(0o644), vec![1; 100 * PAGE])
        .unwrap();
    let image = Image::open(writer.into_bytes().unwrap()).unwrap();
    let mut tree = Tree::new(MemFs::over(image).unwrap().limited(pages(20)));
    assert_eq!(tree.read("big").unwrap().len(), 100 * PAGE);
    let file = tree.open("big", WRITE).unwrap();
    // One chunk of sixteen pages comes up, a second has no room.
    tree.vfs.write_at(file, 0, b"x").unwrap();
    assert_eq!(
        errno(tree.vfs.write_at(file, 32 * PAGE as u64, b"x")),
        Errno::NoSpace
    );
    assert_eq!(
        tree.vfs
            .write_at(file, 16 * PAGE as u64, &[2; 16 * PAGE][..]),
        Err(Errno::NoSpace)
    );
    tree.vfs.set_size(file, 0).unwrap();
    tree.vfs.write_at(file, 0, &[2; 20 * PAGE][..]).unwrap();
    tree.unlink("big").unwrap();
}

#[test]
fn open_files_run_out() {
    let mut vfs =
        Vfs::new(MemFs::<Vec<u8>>::new(), common::TestClock::default()).with_open_files_max(3);
    let root = vfs.root().unwrap();
    let how = WRITE | CREATE;
    let open = |vfs: &mut Vfs<_, _>, path| vfs.open_at(root, path, common::FOLLOW, how, 0o644);
    let a = open(&mut vfs, "a").unwrap();
    open(&mut vfs, "b").unwrap();
    assert_eq!(errno(open(&mut vfs, "c")), Errno::TooManyFiles);
    assert_eq!(
        errno(vfs.stat_at(root, "c", common::FOLLOW)),
        Errno::NoEntry
    );
    assert_eq!(errno(vfs.root()), Errno::TooManyFiles);
    vfs.close(a);
    open(&mut vfs, "c").unwrap();
}

/// What the settings of a Boxfile say holds on a driver.
fn hold<F: Filesystem>(mut make: impl FnMut(Limits) -> F) {
    let mut with = |settings: &[(&str, &str)]| {
        let limits = Limits::from_settings(settings.iter().copied()).unwrap();
        let mut tree = Tree::new(make(limits));
        if let Some(most) = limits.open_files {
            tree.vfs = tree.vfs.with_open_files_max(most);
        }
        tree
    };
    let mut tree = with(&[("size", "64KiB")]);
    tree.write("f", &[1; 8 * PAGE]).unwrap();
    assert_eq!(errno(tree.write("g", &[1; 9 * PAGE])), Errno::NoSpace);
    let stat = tree.vfs.filesystem_stat(tree.root).unwrap();
    assert_eq!((stat.blocks, stat.blocks_free), (16, 0));
    tree.unlink("g").unwrap();
    tree.write("f", &[1; 16 * PAGE]).unwrap();

    let mut tree = with(&[("size", "64KiB"), ("quota.bytes", "32k")]);
    assert_eq!(errno(tree.write("f", &[1; 9 * PAGE])), Errno::Quota);
    assert_eq!(tree.stat("f").unwrap().size, 8 * PAGE as u64);

    let mut tree = with(&[("inodes", "3"), ("quota.inodes", "4")]);
    tree.mkdir("d").unwrap();
    tree.symlink("d", "l").unwrap();
    tree.write("f", b"").unwrap();
    tree.link("f", "h").unwrap();
    assert_eq!(errno(tree.write("g", b"")), Errno::NoSpace);
    tree.unlink("l").unwrap();
    tree.write("g", b"").unwrap();
    let mut tree = with(&[("quota.inodes", "1")]);
    tree.write("f", b"").unwrap();
    assert_eq!(errno(tree.mkdir("d")), Errno::Quota);

    let mut tree = with(&[("open-files", "3")]);
    let first = tree.open("f", WRITE | CREATE).unwrap();
    // Two, with the root.
    tree.open("f", READ).unwrap();
    assert_eq!(errno(tree.open("f", READ)), Errno::TooManyFiles);
    tree.vfs.close(first);
    tree.open("f", READ).unwrap();
}

#[test]
fn limits_hold_in_memory() {
    hold(|limits| MemFs::<Vec<u8>>::new().limited(limits));
}

#[test]
fn limits_hold_over_layers() {
    hold(|limits| {
        let image = Image::open(Writer::new().into_bytes().unwrap()).unwrap();
        let layers = Layers::new(vec![Layer::whole(Rc::new(image))]).unwrap();
        Overlay::over(layers).unwrap().limited(limits)
    });
}

#[test]
fn limits_hold_below_a_mount_table() {
    hold(|limits| {
        let base = MemFs::<Vec<u8>>::new().limited(limits);
        let settings = [("tmp", "false"), ("dev", "false"), ("proc", "false")];
        mount_table(base, TestMachine::default(), settings, Time::default()).unwrap()
    });
}

#[test]
fn limits_hold_on_a_volume() {
    hold(|limits| {
        let volume = Volume::open(Recorder::default(), Time::default()).unwrap();
        volume.limited(limits)
    });
}
