//! Overlays: layers with whiteouts, copy-up, and the difference as a layer.

mod common;

use std::rc::Rc;

use common::{CREATE, OverlayOfFiles, READ, TestOverlay, Tree, WRITE, errno, layer};
use vfs_component::lower::{Layer, Layers, LowerTree};
use vfs_component::{Change, Errno, Filesystem, Kind, MemFs, OpenFlags, Overlay, RenameMode, Time};
use vfs_image::{Attributes, Image, Writer};

fn attributes() -> Attributes {
    Attributes {
        modified: Time {
            seconds: 5,
            nanoseconds: 0,
        },
        ..Attributes::new(0o640)
    }
}

/// A layer of these files; a path that ends in `/` is a directory.
fn files(paths: &[(&str, &str)]) -> Writer<'static> {
    let mut writer = Writer::new();
    for (path, content) in paths {
        if path.ends_with('/') {
            writer
                .directory(path.trim_end_matches('/'), attributes())
                .unwrap();
        } else {
            let content = content.as_bytes().to_vec();
            writer.file(path, attributes(), content).unwrap();
        }
    }
    writer
}

fn changes<L: vfs_component::lower::Lower>(tree: &mut Tree<Overlay<L>>) -> Vec<String> {
    let mut told = Vec::new();
    tree.vfs
        .filesystem_mut()
        .changes(|_, path, change| {
            told.push(match change {
                Change::Removed => format!("- {path}"),
                Change::Directory { opaque: false, .. } => format!("d {path}"),
                Change::Directory { opaque: true, .. } => format!("o {path}"),
                Change::File(_) => format!("f {path}"),
            });
            Ok(())
        })
        .unwrap();
    told.sort();
    told
}

#[test]
fn upper_layers_cover_lower_ones_and_directories_merge() {
    let top = files(&[("a", "top"), ("d/new", "1"), ("f/inside", "2")]);
    let bottom = files(&[("a", "bottom"), ("d/old", "3"), ("f", "4"), ("b", "5")]);
    let mut tree = Tree::layered(vec![top, bottom]);
    assert_eq!(tree.names("/").unwrap(), ["a", "b", "d", "f"]);
    assert_eq!(tree.read("a").unwrap(), b"top");
    assert_eq!(tree.names("d").unwrap(), ["new", "old"]);
    assert_eq!(tree.names("f").unwrap(), ["inside"]);
    assert_eq!(tree.stat("/").unwrap().links, 4);
}

#[test]
fn whiteouts_hide_what_is_below_and_are_not_seen() {
    let top = files(&[
        (".wh.gone", ""),
        ("d/.wh.gone", ""),
        ("both/.wh.x", ""),
        ("both/x/mine", ""),
    ]);
    let bottom = files(&[
        ("gone/deep/f", ""),
        ("d/gone", ""),
        ("d/kept", ""),
        ("both/x/theirs", ""),
    ]);
    let mut tree = Tree::layered(vec![top, bottom]);
    assert_eq!(tree.names("/").unwrap(), ["both", "d"]);
    assert_eq!(tree.names("d").unwrap(), ["kept"]);
    assert_eq!(tree.names("both/x").unwrap(), ["mine"]);
    assert_eq!(errno(tree.stat("gone/deep/f")), Errno::NoEntry);
    assert_eq!(tree.stat("/").unwrap().links, 4);
}

#[test]
fn an_opaque_directory_hides_all_below_it() {
    let layers = vec![
        files(&[("d/.wh..wh..opq", ""), ("d/a", "")]),
        files(&[("d/b", ""), ("e", "")]),
        files(&[("d/c", ""), ("e", "")]),
    ];
    let mut tree = Tree::layered(layers);
    assert_eq!(tree.names("d").unwrap(), ["a"]);
    assert_eq!(tree.names("/").unwrap(), ["d", "e"]);
}

#[test]
fn a_whiteout_reaches_through_all_layers_below_it() {
    let layers = vec![
        files(&[("z", "")]),
        files(&[(".wh.d", "")]),
        files(&[("d/b", "")]),
        files(&[("d/c", "")]),
    ];
    assert_eq!(Tree::layered(layers).names("/").unwrap(), ["z"]);
    // What is made again above a whiteout does not merge with what was there before.
    let layers = vec![
        files(&[("d/a", "")]),
        files(&[(".wh.d", "")]),
        files(&[("d/c", "")]),
    ];
    assert_eq!(Tree::layered(layers).names("d").unwrap(), ["a"]);
}

#[test]
fn layers_can_be_directories_of_one_image() {
    let image = files(&[
        ("layers/0/a", "0"),
        ("layers/1/a", "1"),
        ("layers/1/b", "1"),
    ]);
    let image = Rc::new(Image::open(image.into_bytes().unwrap()).unwrap());
    let layer = |path| Layer::at(Rc::clone(&image), path);
    let layers = vec![layer("/layers/0").unwrap(), layer("layers/1/").unwrap()];
    let mut tree = Tree::new(Overlay::over(Layers::new(layers).unwrap()).unwrap());
    assert_eq!(tree.names("/").unwrap(), ["a", "b"]);
    assert_eq!(tree.read("a").unwrap(), b"0");
    assert_eq!(layer("/layers/2").unwrap_err(), Errno::NoEntry);
    assert_eq!(layer("/layers/0/a").unwrap_err(), Errno::NotDirectory);
    assert_eq!(
        Layers::<Image<Vec<u8>>>::new(Vec::new()).unwrap_err(),
        Errno::Invalid
    );
}

#[test]
fn writing_changes_only_what_is_above() {
    let bottom = files(&[("f", "0123456789")]).into_bytes().unwrap();
    let over = || {
        let image = Image::open(bottom.clone()).unwrap();
        Tree::new(Overlay::over(image).unwrap())
    };
    let mut tree = over();
    let reader = tree.open("f", READ).unwrap();
    let before = tree.stat("f").unwrap();
    let file = tree.open("f", WRITE).unwrap();
    tree.vfs.write_at(file, 5, b"xx").unwrap();
    assert_eq!(tree.read("f").unwrap(), b"01234xx789");
    // A handle that was open before sees it too, and the file is the same.
    assert_eq!(tree.content(reader).unwrap(), b"01234xx789");
    let after = tree.stat("f").unwrap();
    assert_eq!((before.device, before.inode), (after.device, after.inode));
    assert_eq!(over().read("f").unwrap(), b"0123456789");
}

#[test]
fn a_hard_link_below_stays_one_file() {
    let mut bottom = files(&[("a", "1")]);
    bottom.hard_link("d/b", "a").unwrap();
    let mut tree = Tree::layered(vec![bottom]);
    assert_eq!(tree.stat("a").unwrap().links, 2);
    tree.write("a", b"changed").unwrap();
    assert_eq!(tree.read("d/b").unwrap(), b"changed");
    assert_eq!(
        tree.stat("a").unwrap().inode,
        tree.stat("d/b").unwrap().inode
    );
    assert_eq!(changes(&mut tree), ["d ", "d d", "f a", "f d/b"]);
    tree.unlink("a").unwrap();
    assert_eq!(tree.stat("d/b").unwrap().links, 1);
}

#[test]
fn a_lower_directory_is_renamed_with_all_that_is_in_it() {
    let mut tree = Tree::layered(vec![files(&[("a/b/c", "1"), ("a/d", "2"), ("z/", "")])]);
    let inode = tree.stat("a/b/c").unwrap().inode;
    tree.rename("a", "z/new").unwrap();
    assert_eq!(tree.read("z/new/b/c").unwrap(), b"1");
    assert_eq!(tree.stat("z/new/b/c").unwrap().inode, inode);
    assert_eq!(errno(tree.stat("a")), Errno::NoEntry);
    tree.rename("z/new", "a").unwrap();
    let (root, mode) = (tree.root, RenameMode::Exchange);
    let lookup = vfs_component::Lookup::empty();
    tree.vfs
        .rename_at(root, "a/b", lookup, root, "z", mode)
        .unwrap();
    assert_eq!(tree.names("z").unwrap(), ["c"]);
    assert_eq!(tree.names("a/b").unwrap().len(), 0);
}

#[test]
fn only_what_is_removed_is_gone() {
    let mut tree = Tree::layered(vec![files(&[("d/a", "1"), ("d/b", "2")])]);
    assert_eq!(errno(tree.rmdir("d")), Errno::NotEmpty);
    tree.unlink("d/a").unwrap();
    assert_eq!(tree.names("d").unwrap(), ["b"]);
    tree.unlink("d/b").unwrap();
    tree.rmdir("d").unwrap();
    tree.mkdir("d").unwrap();
    assert_eq!(tree.names("d").unwrap().len(), 0);
}

#[test]
fn changes_are_told_as_layers_tell_them() {
    let bottom = [
        ("d/a", "1"),
        ("d/b", "2"),
        ("e/f", "3"),
        ("g/h", "4"),
        ("same", "5"),
    ];
    let mut tree = Tree::layered(vec![files(&bottom)]);
    assert_eq!(changes(&mut tree).len(), 0);
    // To look is no change.
    tree.read("same").unwrap();
    tree.names("d").unwrap();
    assert_eq!(changes(&mut tree).len(), 0);
    tree.unlink("d/a").unwrap();
    tree.write("d/b", b"other").unwrap();
    tree.rename("g", "moved").unwrap();
    tree.unlink("e/f").unwrap();
    tree.rmdir("e").unwrap();
    tree.mkdir("e").unwrap();
    tree.write("e/new", b"").unwrap();
    let expected = [
        "- d/a",
        "- g",
        "d ",
        "d d",
        "d moved",
        "f d/b",
        "f e/new",
        "f moved/h",
        "o e",
    ];
    assert_eq!(changes(&mut tree), expected);
}

/// Everything about a tree that a layer keeps.
fn everything<F: Filesystem>(tree: &mut Tree<F>) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![String::new()]);
    while let Some(directory) = open.pop() {
        for name in tree.names(&format!("/{directory}")).unwrap() {
            let path = format!("{directory}{name}");
            let stat = tree.lstat(&path).unwrap();
            let content = match stat.kind {
                Kind::Regular => String::from_utf8(tree.read(&path).unwrap()).unwrap(),
                Kind::Directory => {
                    open.push(format!("{path}/"));
                    String::new()
                }
                _ => String::new(),
            };
            found.push(format!("{path} {:o} {} {content}", stat.mode, stat.links));
        }
    }
    found.sort();
    found
}

#[test]
fn changes_as_a_layer_make_the_same_tree() {
    let bottom = || files(&[("d/a", "1"), ("d/b", "2"), ("e/f", "3"), ("g/h/i", "4")]);
    let mut tree: Tree<TestOverlay> = Tree::layered(vec![bottom()]);
    tree.write("d/a", b"new").unwrap();
    tree.link("d/b", "b").unwrap();
    tree.rename("g/h", "h").unwrap();
    tree.rename("e", "g/e").unwrap();
    tree.mkdir("e").unwrap();
    let expected = everything(&mut tree);
    let layer = layer(&mut tree);
    let mut again = Tree::layered(vec![layer, bottom()]);
    assert_eq!(everything(&mut again), expected);
}

#[test]
fn a_hard_link_below_that_is_renamed_stays_one_file() {
    let bottom = || {
        let mut bottom = files(&[("a", "1")]);
        bottom.hard_link("b", "a").unwrap();
        bottom
    };
    let mut tree: Tree<TestOverlay> = Tree::layered(vec![bottom()]);
    tree.rename("a", "c").unwrap();
    tree.mkdir("a").unwrap();
    let mut again = Tree::layered(vec![layer(&mut tree), bottom()]);
    let (b, c) = (again.stat("b").unwrap(), again.stat("c").unwrap());
    assert_eq!((b.inode, b.links), (c.inode, 2));
    assert_eq!(again.names("/").unwrap(), ["a", "b", "c"]);
}

#[test]
fn a_filesystem_can_be_below() {
    let mut below: Tree<MemFs<Vec<u8>>> = Tree::memory();
    below.mkdir("d").unwrap();
    below.write("d/f", b"below").unwrap();
    below.link("d/f", "g").unwrap();
    below.symlink("d/f", "l").unwrap();
    let file = below.open("d/f", READ).unwrap();
    let mode = vfs_component::AttributeMode::Set;
    below.vfs.set_xattr(file, "user.a", b"1", mode).unwrap();
    below.vfs.close(file);
    let lower = LowerTree::new(below.vfs.into_filesystem()).unwrap();
    let mut tree: Tree<OverlayOfFiles> = Tree::new(Overlay::over(lower).unwrap());
    assert_eq!(tree.read("l").unwrap(), b"below");
    assert_eq!(
        tree.stat("d/f").unwrap().inode,
        tree.stat("g").unwrap().inode
    );
    let file = tree.open("g", READ | WRITE).unwrap();
    assert_eq!(tree.vfs.xattr(file, "user.a").unwrap(), b"1");
    tree.vfs.write_at(file, 0, b"ab").unwrap();
    assert_eq!(tree.read("d/f").unwrap(), b"ablow");
    assert_eq!(changes(&mut tree), ["d ", "d d", "f d/f", "f g"]);
}

#[test]
fn a_file_is_created_beside_those_below() {
    let mut tree = Tree::layered(vec![files(&[("d/a", "1")])]);
    let file = tree
        .open("d/b", WRITE | CREATE | OpenFlags::EXCLUSIVE)
        .unwrap();
    tree.vfs.write_at(file, 0, b"2").unwrap();
    assert_eq!(
        errno(tree.open("d/a", WRITE | CREATE | OpenFlags::EXCLUSIVE)),
        Errno::Exist
    );
    assert_eq!(tree.names("d").unwrap(), ["a", "b"]);
}
