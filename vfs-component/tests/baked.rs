//! Memory over an image: what is read when, what is copied when, and that damage is an
//! error.

mod common;

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use common::{CREATE, FOLLOW, READ, Tree, WRITE, errno};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use vfs_component::{Allocation, Errno, Extent, Kind, MemFs, OpenFlags, Time};
use vfs_image::{Attributes, Image, Source, Writer};

/// A source that writes down what is read: offset and length.
#[derive(Clone)]
struct Watched(Rc<Vec<u8>>, Rc<RefCell<Vec<(u64, u32)>>>);

impl Watched {
    fn taken(&self) -> u64 {
        self.1
            .take()
            .iter()
            .map(|&(_, length)| u64::from(length))
            .sum()
    }
}

impl Source for Watched {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read(&self, offset: u64, length: u32) -> Cow<'_, [u8]> {
        self.1.borrow_mut().push((offset, length));
        self.0.read(offset, length)
    }
}

fn watched(writer: Writer<'_>) -> (Watched, Tree<MemFs<Watched>>) {
    let source = Watched(Rc::new(writer.into_bytes().unwrap()), Rc::default());
    let image = Image::open(source.clone()).unwrap();
    let tree = Tree::new(MemFs::over(image).unwrap());
    (source, tree)
}

fn tree(writer: Writer<'_>) -> Tree<MemFs<Vec<u8>>> {
    let image = Image::open(writer.into_bytes().unwrap()).unwrap();
    Tree::new(MemFs::over(image).unwrap())
}

fn attributes() -> Attributes {
    Attributes::new(0o640)
}

#[test]
fn starting_reads_header_and_root_only() {
    let mut writer = Writer::new();
    for number in 0..5000 {
        writer
            .file(
                &format!("/{}/{number}", number % 50),
                attributes(),
                vec![1; 100],
            )
            .unwrap();
    }
    let (source, mut tree) = watched(writer);
    assert!(source.taken() <= 256, "header and root");
    assert_eq!(tree.stat("/7/7").unwrap().size, 100);
    assert!(source.taken() < 8192, "two directories and two inodes");
    assert_eq!(tree.stat("/7/57").unwrap().size, 100);
    assert!(source.taken() <= 64, "the directory is known, one inode");
    tree.stat("/7/7").unwrap();
    tree.names("/7").unwrap();
    assert_eq!(source.taken(), 0, "all is known");
}

#[test]
fn a_content_is_read_where_it_is_asked_for() {
    let content: Vec<u8> = (0..10_000_000_u32).map(|at| (at % 253) as u8).collect();
    let mut writer = Writer::new();
    writer.file("/big", attributes(), &content[..]).unwrap();
    let (source, mut tree) = watched(writer);
    let big = tree.open("big", READ | WRITE).unwrap();
    source.taken();
    assert_eq!(
        tree.vfs.read_at(big, 5_000_000, 1000).unwrap(),
        content[5_000_000..5_001_000]
    );
    assert_eq!(source.taken(), 1000);
    // A write copies the chunk that it falls into, and no more than it must.
    tree.vfs.write_at(big, 5_000_000, b"new").unwrap();
    assert!(source.taken() <= 65536);
    tree.vfs.write_at(big, 65536, vec![9; 65536]).unwrap();
    assert_eq!(source.taken(), 0);
    let mut expected = content;
    expected[5_000_000..5_000_003].copy_from_slice(b"new");
    expected[65536..131_072].fill(9);
    assert!(tree.content(big).unwrap() == expected);
    tree.vfs.set_size(big, 0).unwrap();
    source.taken();
    tree.vfs.set_size(big, 100).unwrap();
    assert_eq!(tree.content(big).unwrap(), [0; 100]);
    assert_eq!(source.taken(), 0);
}

#[test]
fn attributes_come_from_the_image() {
    let mut writer = Writer::new();
    let baked = Attributes {
        mode: 0o4751,
        user: 12,
        group: 34,
        modified: Time {
            seconds: 1_000,
            nanoseconds: 5,
        },
        xattrs: [(String::from("user.a"), b"1".to_vec())].into(),
    };
    writer.file("/d/f", baked.clone(), b"content").unwrap();
    writer.directory("/d", baked.clone()).unwrap();
    writer.directory("/", baked).unwrap();
    writer.symlink("/l", "d/f", attributes()).unwrap();
    writer
        .node("/null", Kind::CharacterDevice, (1 << 32) | 3, attributes())
        .unwrap();
    let mut tree = tree(writer);
    for path in ["/", "d", "d/f"] {
        let stat = tree.stat(path).unwrap();
        assert_eq!(
            (stat.mode, stat.user, stat.group),
            (0o4751, 12, 34),
            "{path}"
        );
        assert_eq!(
            stat.times.modified,
            Time {
                seconds: 1_000,
                nanoseconds: 5
            }
        );
        let file = tree.open(path, READ).unwrap();
        assert_eq!(tree.vfs.xattr(file, "user.a").unwrap(), b"1");
    }
    assert_eq!(tree.stat("l").unwrap().size, 7);
    let null = tree.stat("null").unwrap();
    assert_eq!(
        (null.kind, null.device_number),
        (Kind::CharacterDevice, (1 << 32) | 3)
    );
}

#[test]
fn a_listing_and_stat_agree_on_inodes() {
    let mut writer = Writer::new();
    writer.file("/a", attributes(), b"1").unwrap();
    writer.hard_link("/d/b", "/a").unwrap();
    writer.file("/d/c", attributes(), b"").unwrap();
    let mut tree = tree(writer);
    tree.write("/d/new", b"").unwrap();
    let d = tree.open("d", READ).unwrap();
    let listed = tree.vfs.read_directory(d, 0, 10).unwrap();
    for entry in listed {
        let stat = tree.stat(&format!("d/{}", entry.name)).unwrap();
        assert_eq!(entry.inode, stat.inode, "{}", entry.name);
    }
    let (a, b) = (tree.stat("a").unwrap(), tree.stat("d/b").unwrap());
    assert_eq!((a.inode, a.links), (b.inode, 2));
    tree.write("a", b"22").unwrap();
    assert_eq!(tree.read("d/b").unwrap(), b"22");
    tree.unlink("a").unwrap();
    assert_eq!(tree.stat("d/b").unwrap().links, 1);
}

#[test]
fn baked_files_move_and_go_like_others() {
    let mut writer = Writer::new();
    for path in ["/a/b/f", "/a/b/g", "/a/h", "/c/i"] {
        writer.file(path, attributes(), path.as_bytes()).unwrap();
    }
    let mut tree = tree(writer);
    tree.rename("a/b", "c/b").unwrap();
    assert_eq!(tree.read("c/b/f").unwrap(), b"/a/b/f");
    assert_eq!(errno(tree.rmdir("c/b")), Errno::NotEmpty);
    tree.unlink("c/b/f").unwrap();
    tree.unlink("c/b/g").unwrap();
    tree.rmdir("c/b").unwrap();
    assert_eq!(
        (tree.stat("a").unwrap().links, tree.stat("c").unwrap().links),
        (2, 2)
    );
    tree.write("c/b", b"made anew").unwrap();
    assert_eq!(tree.names("c").unwrap(), ["b", "i"]);
}

#[test]
fn holes_can_be_made_in_what_is_baked() {
    let mut writer = Writer::new();
    writer.file("/f", attributes(), vec![1; 200_000]).unwrap();
    let mut tree = tree(writer);
    let file = tree.open("f", READ | WRITE).unwrap();
    assert_eq!(
        tree.vfs.stat(file).unwrap().blocks,
        200_000_u64.div_ceil(4096) * 8
    );
    tree.vfs
        .allocate(file, Allocation::PunchHole, 4096, 131_072)
        .unwrap();
    let stat = tree.vfs.stat(file).unwrap();
    assert_eq!(stat.blocks, (200_000_u64.div_ceil(4096) - 32) * 8);
    assert_eq!(tree.vfs.find_extent(file, Extent::Hole, 0).unwrap(), 4096);
    assert_eq!(
        tree.vfs.find_extent(file, Extent::Data, 4096).unwrap(),
        135_168
    );
    let content = tree.content(file).unwrap();
    assert!(content[4096..135_168].iter().all(|&byte| byte == 0));
    assert_eq!(
        content.iter().filter(|&&byte| byte == 1).count(),
        200_000 - 131_072
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A damaged image gives errors or other files, but nothing else goes wrong.
    #[test]
    fn damage_is_survived(
        damage in vec((any::<Index>(), any::<u8>()), 1..20),
        paths in vec("[abcd](/[abcd]){0,3}", 1..30),
    ) {
        let mut writer = Writer::new();
        for path in ["/a/a/a", "/a/b", "/b/c", "/c", "/d/d/d/d"] {
            writer.file(path, attributes(), path.repeat(100).into_bytes()).unwrap();
        }
        writer.hard_link("/a/c", "/a/b").unwrap();
        writer.hard_link("/b/a", "/a/b").unwrap();
        writer.symlink("/d/a", "../a", attributes()).unwrap();
        let mut bytes = writer.into_bytes().unwrap();
        for (at, value) in damage {
            let at = 8 + at.index(bytes.len() - 8);
            bytes[at] = value;
        }
        let Ok(image) = Image::open(bytes) else { return Ok(()) };
        let Ok(fs) = MemFs::over(image) else { return Ok(()) };
        let mut tree = Tree::new(fs);
        let mut previous = String::from("a");
        for path in paths {
            let _ = tree.stat(&path);
            let _ = tree.names(&path);
            if let Ok(file) = tree.open(&path, READ | WRITE) {
                let _ = tree.vfs.read_at(file, 0, 1000);
                let _ = tree.vfs.write_at(file, 100, b"x");
                let _ = tree.vfs.read_at(file, 0, 1000);
            }
            let _ = tree.open(&path, WRITE | CREATE | OpenFlags::TRUNCATE);
            let _ = tree.rename(&previous, &path);
            let _ = tree.link(&path, &previous);
            let _ = tree.unlink(&path);
            let _ = tree.rmdir(&path);
            let root = tree.root;
            let _ = tree.vfs.make_directory_at(root, &path, FOLLOW, 0o755);
            previous = path;
        }
    }
}
