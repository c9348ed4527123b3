//! The image as its users see it: what goes in comes out, in any order; damage is
//! an error; little is read.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::Index;
use vfs_image::{
    Attributes, Content, HEADER_SIZE, Image, Inode, Kind, ReadError, Source, Time, WriteError,
    Writer,
};

/// What a test wants at a path.
#[derive(Debug, Clone, PartialEq)]
enum Wanted {
    Directory(Attributes),
    File(Attributes, Vec<u8>),
    Link(Attributes, String),
    Node(Attributes, Kind, u64),
}

type Tree = BTreeMap<String, Wanted>;

fn attributes() -> impl Strategy<Value = Attributes> {
    let xattrs = btree_map("user\\.[a-z]{1,8}", vec(any::<u8>(), 0..40), 0..3);
    (
        0_u32..0o10000,
        any::<u32>(),
        any::<u32>(),
        any::<i64>(),
        0_u32..1_000_000_000,
        xattrs,
    )
        .prop_map(
            |(mode, user, group, seconds, nanoseconds, xattrs)| Attributes {
                mode,
                user,
                group,
                modified: Time {
                    seconds,
                    nanoseconds,
                },
                xattrs,
            },
        )
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let length = prop_oneof![Just(0), 0_usize..300, 4000_usize..4200, 9000_usize..20_000];
    prop_oneof![
        attributes().prop_map(Wanted::Directory),
        (attributes(), length, any::<u8>()).prop_map(|(attributes, length, seed)| {
            let content = (0..length).map(|at| (at as u8).wrapping_mul(31) ^ seed);
            Wanted::File(attributes, content.collect())
        }),
        (attributes(), "[ -~é]{1,40}").prop_map(|(attributes, to)| Wanted::Link(attributes, to)),
        (attributes(), any::<u64>()).prop_map(|(attributes, device)| Wanted::Node(
            attributes,
            Kind::BlockDevice,
            device
        )),
        attributes().prop_map(|attributes| Wanted::Node(attributes, Kind::Fifo, 0)),
    ]
}

/// Trees in which every parent is a directory: files are dropped where one is not.
fn trees() -> impl Strategy<Value = Tree> {
    btree_map("(/([a-d]|é|[a-z]{250,255})){1,4}", wanted(), 0..60).prop_map(|all| {
        let mut tree = Tree::new();
        for (path, wanted) in all {
            let mut parents = path.match_indices('/').skip(1).map(|(at, _)| &path[..at]);
            let fits =
                parents.all(|parent| matches!(tree.get(parent), None | Some(Wanted::Directory(_))));
            if fits {
                tree.insert(path, wanted);
            }
        }
        tree
    })
}

fn add<'a>(writer: &mut Writer<'a>, path: &str, wanted: &'a Wanted) -> Result<(), WriteError> {
    match wanted {
        Wanted::Directory(attributes) => writer.directory(path, attributes.clone()),
        Wanted::File(attributes, content) => {
            let reader = move || Ok(Box::new(content.as_slice()) as Box<dyn Read + 'a>);
            let content = if content.len() % 2 == 0 {
                Content::from(content.as_slice())
            } else {
                Content::reader(content.len() as u64, reader)
            };
            writer.file(path, attributes.clone(), content)
        }
        Wanted::Link(attributes, target) => writer.symlink(path, target, attributes.clone()),
        Wanted::Node(attributes, kind, device) => {
            writer.node(path, *kind, *device, attributes.clone())
        }
    }
}

fn image_of(tree: &Tree, order: &[Index]) -> Vec<u8> {
    let mut left: Vec<_> = tree.iter().collect();
    let mut order = order.iter().cycle();
    let mut writer = Writer::new();
    while !left.is_empty() {
        let next = order
            .next()
            .expect("an order is never empty")
            .index(left.len());
        let (path, wanted) = left.swap_remove(next);
        add(&mut writer, path, wanted).expect("the tree is possible");
    }
    writer.into_bytes().expect("it fits into memory")
}

/// Reads a whole image back; implied directories included.
fn read_back(image: &Image<impl Source>) -> Result<Tree, ReadError> {
    fn attributes_of(image: &Image<impl Source>, file: &Inode) -> Result<Attributes, ReadError> {
        Ok(Attributes {
            mode: file.mode,
            user: file.user,
            group: file.group,
            modified: file.modified,
            xattrs: image.xattrs(file)?.into_iter().collect(),
        })
    }
    let mut tree = Tree::new();
    let mut open = vec![(String::new(), image.root()?)];
    // A damaged image may have one directory under many parents.
    let mut budget = 10_000_u32;
    while let Some((path, directory)) = open.pop() {
        let mut children = Vec::new();
        image.read_directory(&directory, 0, u64::MAX, |_, name, entry| {
            children.push((name.to_owned(), entry));
        })?;
        for (name, entry) in children {
            budget = budget.saturating_sub(1);
            if budget == 0 {
                return Err(ReadError::Corrupt("too many files for this test"));
            }
            let found = image.lookup(&directory, &name)?;
            let child = image.inode(entry.inode)?;
            let attributes = attributes_of(image, &child)?;
            let path = format!("{path}/{name}");
            let wanted = match child.kind {
                Kind::Directory => {
                    if entry.kind != Kind::Directory {
                        return Err(ReadError::Corrupt("a directory in disguise"));
                    }
                    open.push((path.clone(), child));
                    Wanted::Directory(attributes)
                }
                Kind::Regular => {
                    let length = u32::try_from(child.size).map_err(|_| ReadError::Truncated)?;
                    Wanted::File(attributes, image.read(&child, 0, length)?.into_owned())
                }
                Kind::SymbolicLink => Wanted::Link(attributes, image.target(&child)?),
                kind => Wanted::Node(attributes, kind, child.device()),
            };
            if found != Some(entry) {
                return Err(ReadError::Corrupt("lookup and listing differ"));
            }
            tree.insert(path, wanted);
        }
    }
    Ok(tree)
}

/// A source that keeps account.
struct Counting<'a> {
    bytes: &'a [u8],
    reads: RefCell<Vec<u32>>,
}

impl<'a> Counting<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            reads: RefCell::default(),
        }
    }

    /// Bytes read since the last call.
    fn taken(&self) -> u32 {
        self.reads.take().iter().sum()
    }
}

impl Source for Counting<'_> {
    fn size(&self) -> u64 {
        self.bytes.size()
    }

    fn read(&self, offset: u64, length: u32) -> Cow<'_, [u8]> {
        self.reads.borrow_mut().push(length);
        self.bytes.read(offset, length)
    }
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(tree in trees(), order in vec(any::<Index>(), 1..20)) {
        let bytes = image_of(&tree, &order);
        let image = Image::open(&bytes).expect("just written");
        let mut back = read_back(&image).expect("just written");
        back.retain(|path, wanted| {
            tree.contains_key(path) || *wanted != Wanted::Directory(Attributes::new(0o755))
        });
        let contents = tree.values().map(|wanted| match wanted {
            Wanted::File(_, content) => content.len() as u64,
            _ => 0,
        });
        prop_assert_eq!(image.content_bytes(), contents.sum::<u64>());
        prop_assert_eq!(image.size(), bytes.len() as u64);
        prop_assert_eq!(back, tree);
    }

    #[test]
    fn order_of_adding_does_not_show(
        tree in trees(),
        one in vec(any::<Index>(), 1..20),
        other in vec(any::<Index>(), 1..20),
    ) {
        prop_assert_eq!(image_of(&tree, &one), image_of(&tree, &other));
    }

    /// An error or another tree, but no panic and no end of memory or time.
    #[test]
    fn damage_is_survived(
        tree in trees(),
        order in any::<Index>(),
        damage in vec((any::<Index>(), any::<u8>()), 1..12),
        cut in any::<Option<Index>>(),
    ) {
        let mut bytes = image_of(&tree, &[order]);
        for (at, value) in damage {
            // Contents can't be damaged so that it shows, so aim at the metadata.
            let metadata = bytes.len().min(HEADER_SIZE + 64 * (tree.len() + 1) + 4096);
            let at = at.index(metadata);
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let source = Counting::new(&bytes);
        if let Ok(image) = Image::open(&source) {
            let _ = read_back(&image);
            for number in 0..image.inodes().min(200) {
                if let Ok(file) = image.inode(number) {
                    let _ = image.lookup(&file, "a");
                    let _ = image.target(&file);
                    let _ = image.xattrs(&file);
                    let _ = image.read(&file, file.size / 2, u32::MAX);
                }
            }
        }
        let largest = source.reads.take().into_iter().max().unwrap_or(0);
        prop_assert!(u64::from(largest) <= (bytes.len() as u64).max(HEADER_SIZE as u64));
    }

    #[test]
    fn bytes_that_are_no_image_are_refused(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(Image::open(&bytes).is_err());
    }
}

#[test]
fn opening_reads_the_header_only() {
    let files: Vec<String> = (0..1000).map(|n| format!("/d{}/f{n}", n % 7)).collect();
    let mut writer = Writer::new();
    for file in &files {
        writer
            .file(file, Attributes::new(0o644), file.as_bytes())
            .unwrap();
    }
    let bytes = writer.into_bytes().unwrap();
    let source = Counting::new(&bytes);
    Image::open(&source).unwrap();
    assert_eq!(source.taken(), HEADER_SIZE as u32);
}

#[test]
fn lookup_in_a_large_directory_reads_little() {
    let mut writer = Writer::new();
    for number in 0..100_000 {
        let path = format!("/many/{number:06}-{}", "x".repeat(number % 40));
        writer.file(&path, Attributes::new(0o600), b"").unwrap();
    }
    let bytes = writer.into_bytes().unwrap();
    let source = Counting::new(&bytes);
    let image = Image::open(&source).unwrap();
    let many = image
        .lookup(&image.root().unwrap(), "many")
        .unwrap()
        .unwrap();
    let many = image.inode(many.inode).unwrap();
    source.taken();
    let found = image.lookup(&many, &format!("{:06}-{}", 77_777, "x".repeat(77_777 % 40)));
    assert!(found.unwrap().is_some());
    let taken = source.taken();
    assert!(taken < 8192, "read {taken} bytes of {}", many.size);
    assert_eq!(image.lookup(&many, "absent").unwrap(), None);
    assert!(source.taken() < 8192);
}

#[test]
fn hard_links_share_an_inode_and_count() {
    let mut writer = Writer::new();
    writer.hard_link("/z/alias", "/a").unwrap();
    writer
        .file("/a", Attributes::new(0o640), b"shared")
        .unwrap();
    writer.hard_link("/again", "a").unwrap();
    writer
        .directory("/z/inner", Attributes::new(0o700))
        .unwrap();
    let bytes = writer.into_bytes().unwrap();
    let image = Image::open(&bytes).unwrap();
    let root = image.root().unwrap();
    let a = image.lookup(&root, "a").unwrap().unwrap();
    let z = image.lookup(&root, "z").unwrap().unwrap();
    let z = image.inode(z.inode).unwrap();
    assert_eq!(image.lookup(&z, "alias").unwrap(), Some(a));
    assert_eq!(image.lookup(&root, "again").unwrap(), Some(a));
    assert_eq!(image.inode(a.inode).unwrap().links, 3);
    assert_eq!((root.links, z.links), (3, 3));
    assert_eq!(image.inodes(), 4);
}

#[test]
fn impossible_files_are_refused() {
    let file = Attributes::new(0o644);
    let mut writer = Writer::new();
    writer.file("/a/b", file.clone(), b"").unwrap();
    let attempts = [
        writer.file("a//b", file.clone(), b""),
        writer.file("/a/b/c", file.clone(), b""),
        writer.file("/a/../c", file.clone(), b""),
        writer.file("/", file.clone(), b""),
        writer.file("/nul\0", file.clone(), b""),
        writer.file(&"n".repeat(256), file.clone(), b""),
        writer.symlink("/l", "", file.clone()),
        writer.symlink("/l", &"t".repeat(4096), file.clone()),
        writer.node("/n", Kind::Regular, 0, file.clone()),
        writer.directory("/a/b", file.clone()),
    ];
    for attempt in &attempts {
        assert!(attempt.is_err(), "{attempts:?}");
    }
    // Implied once, given attributes once, and then it is there.
    writer.directory("/a", Attributes::new(0o700)).unwrap();
    assert!(matches!(
        writer.directory("/a", Attributes::new(0o700)),
        Err(WriteError::Exists { .. })
    ));
    for existing in ["/nowhere", "/a", "/"] {
        let mut writer = Writer::new();
        writer.directory("/a", file.clone()).unwrap();
        writer.hard_link("/h", existing).unwrap();
        assert!(
            matches!(writer.into_bytes(), Err(WriteError::BadLink { .. })),
            "{existing}"
        );
    }
}

#[test]
fn contents_must_have_the_announced_size() {
    for (announced, given) in [(3, 2), (3, 4), (0, 1)] {
        let mut writer = Writer::new();
        let content = Content::reader(announced, move || Ok(Box::new(io::repeat(1).take(given))));
        writer.file("/f", Attributes::new(0o644), content).unwrap();
        let written = writer.into_bytes();
        // Nothing is read of what announces nothing.
        let expected = announced != 0;
        assert_eq!(
            matches!(written, Err(WriteError::Size { .. })),
            expected,
            "{written:?}"
        );
    }
    let mut writer = Writer::new();
    let content = Content::reader(1, || Err(io::Error::other("gone")));
    writer.file("/f", Attributes::new(0o644), content).unwrap();
    assert!(matches!(writer.into_bytes(), Err(WriteError::Read { .. })));
}

#[test]
fn large_contents_lie_on_pages_and_small_ones_on_one() {
    let sizes = [1, 3000, 2000, 5000, 10, 4096, 4086];
    let contents: Vec<Vec<u8>> = (0xa0..)
        .zip(sizes)
        .map(|(byte, size)| vec![byte; size])
        .collect();
    let mut writer = Writer::new();
    for (number, content) in contents.iter().enumerate() {
        let path = format!("/{number}");
        writer
            .file(&path, Attributes::new(0o644), content.as_slice())
            .unwrap();
    }
    let bytes = writer.into_bytes().unwrap();
    for content in &contents {
        let at = bytes
            .windows(content.len())
            .position(|piece| piece == content)
            .unwrap();
        let pages = at / 4096..=(at + content.len() - 1) / 4096;
        if content.len() >= 4096 {
            assert_eq!(at % 4096, 0);
        } else if content.len() > 1 {
            assert_eq!(pages.start(), pages.end());
        }
    }
}
