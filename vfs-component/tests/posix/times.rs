//! Which call moves which time, as POSIX.1-2024 has it for each function, and times of
//! access as `relatime` of mount(8) has them.

use vfs_component::{
    Allocation, AttributeMode, Attributes, Errno, Lookup, OpenFlags, RenameMode, SetTime, Stamps,
    Time,
};

use crate::common::{CREATE, FOLLOW, READ, Tree, WRITE, errno};

type MemoryTree = Tree<vfs_component::MemFs<Vec<u8>>>;

const NONE: Stamps = Stamps::empty();
const ACCESSED: Stamps = Stamps::ACCESSED;
const CHANGED: Stamps = Stamps::CHANGED;
const CONTENT: Stamps = Stamps::MODIFIED.union(Stamps::CHANGED);

/// Which times of `path` the call moves.
fn moved(tree: &mut MemoryTree, path: &str, call: impl FnOnce(&mut MemoryTree)) -> Stamps {
    let before = tree.lstat(path).unwrap().times;
    call(tree);
    let after = tree.lstat(path).unwrap().times;
    let mut moved = NONE;
    moved.set(ACCESSED, after.accessed > before.accessed);
    moved.set(Stamps::MODIFIED, after.modified > before.modified);
    moved.set(CHANGED, after.changed > before.changed);
    moved
}

/// With a directory `d`, files `f` and `d/g`, and `l`, a link to `f`; all read once, so
/// that another read moves nothing.
fn some_files() -> MemoryTree {
    let mut tree = Tree::memory();
    tree.mkdir("d").unwrap();
    tree.write("f", b"content").unwrap();
    tree.write("d/g", b"").unwrap();
    tree.symlink("f", "l").unwrap();
    read_all(&mut tree);
    tree
}

fn read_all(tree: &mut MemoryTree) {
    tree.read("l").unwrap();
    tree.read("d/g").unwrap();
    tree.names("/").unwrap();
    tree.names("d").unwrap();
}

#[test]
fn a_new_file_has_one_time_and_moves_its_directory() {
    let mut tree = some_files();
    assert_eq!(
        moved(&mut tree, "d", |tree| tree.write("d/new", b"").unwrap()),
        CONTENT
    );
    tree.mkdir("d/new2").unwrap();
    let times = tree.stat("d/new2").unwrap().times;
    assert!(times.accessed == times.modified && times.modified == times.changed);
    assert!(times.accessed.seconds == 1_000_000 && times.accessed.nanoseconds > 0);
    for make in [
        |tree: &mut MemoryTree| tree.mkdir("d/a").unwrap(),
        |tree: &mut MemoryTree| tree.symlink("x", "d/b").unwrap(),
        |tree: &mut MemoryTree| tree.link("f", "d/c").unwrap(),
    ] {
        assert_eq!(moved(&mut tree, "d", make), CONTENT);
    }
}

#[test]
fn opening_moves_nothing_unless_it_creates_or_cuts() {
    let mut tree = some_files();
    for how in [READ, WRITE, READ | WRITE | CREATE] {
        let open = |tree: &mut MemoryTree| {
            tree.open("f", how).unwrap();
        };
        assert_eq!(moved(&mut tree, "f", open), NONE);
        assert_eq!(moved(&mut tree, "/", open), NONE);
    }
    let cut = |tree: &mut MemoryTree| {
        tree.open("f", WRITE | OpenFlags::TRUNCATE).unwrap();
    };
    assert_eq!(moved(&mut tree, "f", cut), CONTENT);
    // Also where there was nothing to cut.
    assert_eq!(moved(&mut tree, "f", cut), CONTENT);
}

#[test]
fn writing_moves_modification_and_change() {
    let mut tree = some_files();
    let file = tree.open("f", READ | WRITE).unwrap();
    type Call<'c> = dyn Fn(&mut MemoryTree) -> Result<(), Errno> + 'c;
    let punch = Allocation::PunchHole;
    let calls: [(&str, &Call<'_>); 6] = [
        ("write", &|tree| {
            tree.vfs.write_at(file, 0, b"x").map(|_| ())
        }),
        ("append", &|tree| tree.vfs.append(file, b"x").map(|_| ())),
        ("cut", &|tree| tree.vfs.set_size(file, 1)),
        ("same size", &|tree| tree.vfs.set_size(file, 1)),
        ("allocate", &|tree| {
            tree.vfs.allocate(file, Allocation::Extend, 0, 9)
        }),
        ("punch", &|tree| tree.vfs.allocate(file, punch, 0, 9)),
    ];
    for (name, call) in calls {
        let call = |tree: &mut MemoryTree| call(tree).unwrap();
        assert_eq!(moved(&mut tree, "f", call), CONTENT, "{name}");
    }
    let nothing = |tree: &mut MemoryTree| assert!(tree.vfs.write_at(file, 0, b"").is_ok());
    assert_eq!(moved(&mut tree, "f", nothing), NONE);
    let parent = |tree: &mut MemoryTree| assert!(tree.vfs.write_at(file, 0, b"x").is_ok());
    assert_eq!(moved(&mut tree, "/", parent), NONE);
}

#[test]
fn reading_moves_access_once_after_each_change() {
    let mut tree = some_files();
    let read = |tree: &mut MemoryTree| drop(tree.read("f").unwrap());
    assert_eq!(moved(&mut tree, "f", read), NONE);
    tree.write("f", b"changed").unwrap();
    assert_eq!(moved(&mut tree, "f", read), ACCESSED);
    assert_eq!(moved(&mut tree, "f", read), NONE);
    // At the end of the file as well, but not where nothing is asked for.
    tree.write("f", b"").unwrap();
    let file = tree.open("f", READ).unwrap();
    let ask =
        |length| move |tree: &mut MemoryTree| drop(tree.vfs.read_at(file, 0, length).unwrap());
    assert_eq!(moved(&mut tree, "f", ask(0)), NONE);
    assert_eq!(moved(&mut tree, "f", ask(1)), ACCESSED);
}

#[test]
fn reading_moves_access_after_a_day() {
    let mut tree = some_files();
    let read = |tree: &mut MemoryTree| drop(tree.read("f").unwrap());
    tree.clock.advance(24 * 60 * 60 - 1);
    assert_eq!(moved(&mut tree, "f", read), NONE);
    tree.clock.advance(1);
    assert_eq!(moved(&mut tree, "f", read), ACCESSED);
}

#[test]
fn listing_moves_access_of_the_directory() {
    let mut tree = some_files();
    tree.write("d/new", b"").unwrap();
    let list = |tree: &mut MemoryTree| drop(tree.names("d").unwrap());
    assert_eq!(moved(&mut tree, "d", list), ACCESSED);
    assert_eq!(moved(&mut tree, "d", list), NONE);
}

#[test]
fn following_or_reading_a_link_moves_its_access() {
    let mut tree = Tree::memory();
    tree.write("f", b"").unwrap();
    tree.symlink("f", "l").unwrap();
    tree.symlink("f", "m").unwrap();
    assert_eq!(
        moved(&mut tree, "l", |tree| assert!(tree.stat("l").is_ok())),
        ACCESSED
    );
    let root = tree.root;
    let read = |tree: &mut MemoryTree| drop(tree.vfs.read_link_at(root, "m", FOLLOW).unwrap());
    assert_eq!(moved(&mut tree, "m", read), ACCESSED);
}

#[test]
fn looking_moves_nothing() {
    let mut tree = some_files();
    let look = |tree: &mut MemoryTree| {
        tree.stat("f").unwrap();
        tree.stat("d").unwrap();
        let file = tree.open("d/g", READ).unwrap();
        tree.vfs.stat(file).unwrap();
        tree.vfs.filesystem_stat(file).unwrap();
        tree.vfs.sync(file, false).unwrap();
        let _ = tree.vfs.xattr(file, "user.none");
    };
    for path in ["/", "f", "d", "d/g", "l"] {
        assert_eq!(moved(&mut tree, path, look), NONE, "{path}");
    }
}

#[test]
fn linking_and_unlinking_move_the_file_s_change_and_the_directory() {
    let mut tree = some_files();
    let link = |tree: &mut MemoryTree| tree.link("f", "d/f").unwrap();
    assert_eq!(moved(&mut tree, "f", link), CHANGED);
    let unlink = |tree: &mut MemoryTree| tree.unlink("d/f").unwrap();
    assert_eq!(moved(&mut tree, "f", unlink), CHANGED);
    tree.link("f", "d/f").unwrap();
    assert_eq!(moved(&mut tree, "d", unlink), CONTENT);
    tree.mkdir("d/e").unwrap();
    assert_eq!(
        moved(&mut tree, "d", |tree| tree.rmdir("d/e").unwrap()),
        CONTENT
    );
}

#[test]
fn renaming_moves_both_directories_and_the_file_s_change() {
    let mut tree = some_files();
    tree.mkdir("e").unwrap();
    read_all(&mut tree);
    let (there, back) = (
        |tree: &mut MemoryTree| tree.rename("d/g", "e/h").unwrap(),
        |tree: &mut MemoryTree| tree.rename("e/h", "d/g").unwrap(),
    );
    assert_eq!(moved(&mut tree, "d", there), CONTENT);
    back(&mut tree);
    assert_eq!(moved(&mut tree, "e", there), CONTENT);
    let before = tree.stat("e/h").unwrap().times;
    back(&mut tree);
    let after = tree.stat("d/g").unwrap().times;
    assert!(after.changed > before.changed && after.modified == before.modified);
    // Onto itself, nothing happens.
    let same = |tree: &mut MemoryTree| tree.rename("d/g", "d/g").unwrap();
    assert_eq!(moved(&mut tree, "d", same), NONE);
    // What is replaced changes for who still sees it.
    tree.write("x", b"").unwrap();
    tree.link("x", "y").unwrap();
    assert_eq!(
        moved(&mut tree, "y", |tree| tree.rename("f", "x").unwrap()),
        CHANGED
    );
}

#[test]
fn exchanging_moves_both_files_change() {
    let mut tree = some_files();
    tree.write("x", b"").unwrap();
    tree.link("x", "y").unwrap();
    tree.link("f", "g").unwrap();
    let root = tree.root;
    let exchange = |tree: &mut MemoryTree| {
        tree.vfs
            .rename_at(root, "x", FOLLOW, root, "f", RenameMode::Exchange)
            .unwrap();
    };
    assert_eq!(moved(&mut tree, "y", exchange), CHANGED);
    assert_eq!(moved(&mut tree, "g", exchange), CHANGED);
}

#[test]
fn changing_attributes_moves_change_only() {
    let mut tree = some_files();
    let changes = [
        Attributes {
            mode: Some(0o600),
            ..Attributes::default()
        },
        Attributes {
            user: Some(5),
            ..Attributes::default()
        },
        Attributes {
            group: Some(5),
            ..Attributes::default()
        },
    ];
    for change in changes {
        let root = tree.root;
        let set = |tree: &mut MemoryTree| {
            tree.vfs
                .set_attributes_at(root, "f", FOLLOW, &change)
                .unwrap();
        };
        assert_eq!(moved(&mut tree, "f", set), CHANGED, "{change:?}");
    }
    let file = tree.open("f", READ).unwrap();
    let set = |tree: &mut MemoryTree| {
        tree.vfs
            .set_xattr(file, "user.a", b"1", AttributeMode::Set)
            .unwrap();
    };
    assert_eq!(moved(&mut tree, "f", set), CHANGED);
    let remove = |tree: &mut MemoryTree| tree.vfs.remove_xattr(file, "user.a").unwrap();
    assert_eq!(moved(&mut tree, "f", remove), CHANGED);
    let nothing = |tree: &mut MemoryTree| {
        tree.vfs
            .set_attributes(file, &Attributes::default())
            .unwrap();
    };
    assert_eq!(moved(&mut tree, "f", nothing), NONE);
}

#[test]
fn times_are_set_to_the_nanosecond() {
    let mut tree = some_files();
    let root = tree.root;
    let old = tree.stat("f").unwrap().times;
    let at = |seconds, nanoseconds| {
        SetTime::At(Time {
            seconds,
            nanoseconds,
        })
    };
    let change = Attributes {
        modified: at(-5, 999_999_999),
        ..Attributes::default()
    };
    tree.vfs
        .set_attributes_at(root, "f", FOLLOW, &change)
        .unwrap();
    let times = tree.stat("f").unwrap().times;
    assert_eq!(
        times.modified,
        Time {
            seconds: -5,
            nanoseconds: 999_999_999
        }
    );
    assert_eq!(times.accessed, old.accessed);
    assert!(times.changed > old.changed);
    let change = Attributes {
        accessed: SetTime::Now,
        ..Attributes::default()
    };
    tree.vfs
        .set_attributes_at(root, "f", FOLLOW, &change)
        .unwrap();
    let now = tree.stat("f").unwrap().times;
    assert!(now.accessed > times.accessed && now.modified == times.modified);
    let change = Attributes {
        accessed: at(0, 1_000_000_000),
        ..Attributes::default()
    };
    let set = tree.vfs.set_attributes_at(root, "f", FOLLOW, &change);
    assert_eq!(errno(set), Errno::Invalid);
    // Of a link itself, too.
    let change = Attributes {
        modified: at(7, 0),
        ..Attributes::default()
    };
    tree.vfs
        .set_attributes_at(root, "l", Lookup::empty(), &change)
        .unwrap();
    assert_eq!(tree.lstat("l").unwrap().times.modified.seconds, 7);
    assert_eq!(tree.stat("l").unwrap().times.modified.seconds, -5);
}
