//! Layers as archives, over one another, and between trees.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};
use vfs_image::{Attributes, Image, Kind, Time, Writer};
use vfs_layer::{Content, Entry, Layer, LayerError, Stack};

fn attributes(mode: u32) -> Attributes {
    Attributes {
        mode,
        user: 1000,
        group: 3_000_000,
        modified: Time {
            seconds: 1_700_000_000,
            nanoseconds: 123_456_789,
        },
        xattrs: [("user.lines".to_owned(), b"one\ntwo=\0\n".to_vec())].into(),
    }
}

fn files(files: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new();
    for (path, content) in files {
        layer
            .file(path, Attributes::new(0o644), content.as_bytes())
            .unwrap();
    }
    layer
}

fn tar(layer: &Layer) -> Vec<u8> {
    let mut tar = Vec::new();
    layer.write(&mut tar).unwrap();
    tar
}

/// An archive as others write them: names and contents in this order.
fn foreign(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
    let mut out = Builder::new(Vec::new());
    for (path, kind, rest) in entries {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o755);
        let is_link = matches!(kind, EntryType::Link | EntryType::Symlink);
        if is_link {
            header.set_size(0);
            out.append_link(&mut header, path, rest).unwrap();
        } else {
            header.set_size(rest.len() as u64);
            // The builder refuses what leads out, which is what some tests are about.
            let name = header.as_old_mut();
            name.name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            out.append(&header, rest.as_bytes()).unwrap();
        }
    }
    out.into_inner().unwrap()
}

fn stack(layers: &[Layer]) -> Stack {
    let mut stack = Stack::new();
    for layer in layers {
        stack.push(layer).unwrap();
    }
    stack
}

fn paths(stack: &Stack) -> Vec<&str> {
    stack.paths().map(|(path, _)| path).collect()
}

fn text(stack: &Stack, path: &str) -> String {
    let content = stack
        .content(path)
        .unwrap_or_else(|| panic!("no file at {path}"));
    String::from_utf8(content.bytes().unwrap()).unwrap()
}

#[test]
fn a_layer_is_the_same_after_a_tar() {
    let mut layer = Layer::new();
    layer.directory("/", attributes(0o755)).unwrap();
    layer.directory("d", attributes(0o1777)).unwrap();
    layer
        .file("d/large", attributes(0o640), vec![7; 100_000])
        .unwrap();
    let long = "é".repeat(120);
    let deep = format!("{long}/{long}/{long}/file");
    layer
        .file(&deep, attributes(0o4755), b"x".as_slice())
        .unwrap();
    let early = Attributes {
        modified: Time {
            seconds: -2,
            nanoseconds: 750_000_000,
        },
        ..Attributes::new(0o600)
    };
    layer.file("early", early, b"".as_slice()).unwrap();
    let target = "x/".repeat(300);
    let link = Entry::SymbolicLink {
        attributes: attributes(0o777),
        target,
    };
    layer.insert("link", link).unwrap();
    let device = Entry::Node {
        attributes: attributes(0o600),
        kind: Kind::CharacterDevice,
        device: 1 << 32 | 3,
    };
    layer.insert("null", device).unwrap();
    layer
        .insert("a-second-name", Entry::HardLink(deep.clone()))
        .unwrap();
    layer.remove("d/gone").unwrap();
    layer.remove(&"n".repeat(255)).unwrap();
    let opaque = Entry::Directory {
        attributes: None,
        opaque: true,
    };
    layer.insert("opaque", opaque).unwrap();

    let bytes = tar(&layer);
    assert_eq!(Layer::read(&bytes[..]).unwrap(), layer);
    assert_eq!(
        tar(&Layer::read(&bytes[..]).unwrap()),
        bytes,
        "and the tar after the layer"
    );

    let mut compressed = GzEncoder::new(Vec::new(), Compression::fast());
    compressed.write_all(&bytes).unwrap();
    let compressed = compressed.finish().unwrap();
    assert_eq!(Layer::read(&compressed[..]).unwrap(), layer);
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in [("plain.tar", &bytes), ("small.tar.gz", &compressed)] {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        assert_eq!(Layer::open(&path).unwrap(), layer, "{name}");
    }
}

#[test]
fn whiteouts_stand_before_their_siblings() {
    let mut layer = files(&[("d/a", ""), ("d/z", "")]);
    layer.remove("d/m").unwrap();
    let opaque = Entry::Directory {
        attributes: Some(Attributes::new(0o755)),
        opaque: true,
    };
    layer.insert("d", opaque).unwrap();
    let bytes = tar(&layer);
    let mut archive = tar::Archive::new(&bytes[..]);
    let names: Vec<String> = archive
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["d/", "d/.wh..wh..opq", "d/.wh.m", "d/a", "d/z"]);
}

#[test]
fn archives_of_others_are_layers() {
    use EntryType::{Directory, Link, Regular, Symlink};
    let base = foreign(&[
        ("./", Directory, ""),
        ("./etc/", Directory, ""),
        ("./etc/motd", Regular, "hello"),
        ("./etc/old", Regular, "x"),
        ("./usr/lib/", Directory, ""),
        ("./usr/lib/a.so", Regular, "so"),
        ("./lib", Symlink, "usr/lib"),
        ("./b.so", Link, "lib/a.so"),
    ]);
    // Whiteouts may come behind what they stand beside, and paths go through links.
    let upper = foreign(&[
        ("etc/new", Regular, "new"),
        ("etc/.wh.old", Regular, ""),
        ("etc/.wh..wh.plnk", Regular, ""),
        ("lib/c.so", Regular, "c"),
        ("lib/.wh.a.so", Regular, ""),
    ]);
    let layers = [
        Layer::read(&base[..]).unwrap(),
        Layer::read(&upper[..]).unwrap(),
    ];
    let stack = stack(&layers);
    let expected = [
        "b.so",
        "etc",
        "etc/motd",
        "etc/new",
        "lib",
        "usr",
        "usr/lib",
        "usr/lib/c.so",
    ];
    assert_eq!(paths(&stack), expected);
    assert_eq!(text(&stack, "b.so"), "so");
}

#[test]
fn upper_layers_cover_and_join() {
    let base = files(&[
        ("d/a", "1"),
        ("d/b", "2"),
        ("e/x", "3"),
        ("f", "4"),
        ("g/y", "5"),
    ]);
    let mut upper = files(&[
        ("d/b", "new"),
        ("e", "a file now"),
        ("f/z", "a directory now"),
    ]);
    upper.remove("g").unwrap();
    upper.directory("f", Attributes::new(0o700)).unwrap();
    let stack = stack(&[base, upper]);
    assert_eq!(paths(&stack), ["d", "d/a", "d/b", "e", "f", "f/z"]);
    assert_eq!(text(&stack, "d/b"), "new");
}

#[test]
fn a_directory_in_place_of_a_file_may_have_links_in_it() {
    let base = files(&[("a", "a file")]);
    let mut upper = Layer::new();
    upper.directory("a", Attributes::new(0o755)).unwrap();
    let link = Entry::SymbolicLink {
        attributes: Attributes::new(0o777),
        target: "x".into(),
    };
    upper.insert("a/link", link).unwrap();
    assert_eq!(paths(&stack(&[base, upper])), ["a", "a/link"]);
}

#[test]
fn opaque_directories_hide_what_is_below() {
    let base = files(&[("d/a", "1"), ("d/e/b", "2")]);
    let mut upper = files(&[("d/c", "3")]);
    let opaque = Entry::Directory {
        attributes: None,
        opaque: true,
    };
    upper.insert("d", opaque).unwrap();
    assert_eq!(paths(&stack(&[base.clone(), upper])), ["d", "d/c"]);
    // A directory beside its own whiteout is opaque as well, in either order.
    use EntryType::{Directory, Regular};
    for entries in [
        [("d/", Directory, ""), (".wh.d", Regular, "")],
        [(".wh.d", Regular, ""), ("d/", Directory, "")],
    ] {
        let upper = Layer::read(&foreign(&entries)[..]).unwrap();
        assert_eq!(paths(&stack(&[base.clone(), upper])), ["d"]);
    }
}

#[test]
fn a_layer_can_be_put_below_a_path() {
    let base = files(&[("opt/tool/old", "1"), ("opt/other", "2")]);
    let mut tool = files(&[("bin/tool", "3")]);
    tool.directory("", Attributes::new(0o700)).unwrap();
    tool.insert("bin/alias", Entry::HardLink("bin/tool".into()))
        .unwrap();
    tool.remove("old").unwrap();
    let stack = stack(&[base, tool.below("/opt/tool/").unwrap()]);
    let expected = [
        "opt",
        "opt/other",
        "opt/tool",
        "opt/tool/bin",
        "opt/tool/bin/alias",
        "opt/tool/bin/tool",
    ];
    assert_eq!(paths(&stack), expected);
    assert_eq!(text(&stack, "opt/tool/bin/alias"), "3");
    assert!(matches!(
        tool.below("../x"),
        Err(LayerError::BadPath { .. })
    ));
}

#[test]
fn equal_layers_are_in_an_image_once() {
    let layer = || {
        let mut layer = Layer::new();
        for number in 0..20_u8 {
            let content = vec![number; 50_000];
            layer
                .file(&format!("f{number}"), Attributes::new(0o644), content)
                .unwrap();
        }
        layer
    };
    let image = |places: &[&str]| {
        let mut writer = Writer::new();
        for place in places {
            stack(&[layer()]).bake(place, &mut writer).unwrap();
        }
        writer.into_bytes().unwrap()
    };
    let (one, three) = (image(&["/a"]), image(&["/a", "/b", "/c/d"]));
    assert!(one.len() > 1_000_000);
    assert!(
        three.len() < one.len() + 20_000,
        "{} and {}",
        one.len(),
        three.len()
    );
    let image = Image::open(&three[..]).unwrap();
    for place in ["a", "b"] {
        let directory = image
            .lookup(&image.root().unwrap(), place)
            .unwrap()
            .unwrap();
        let directory = image.inode(directory.inode).unwrap();
        let file = image.lookup(&directory, "f7").unwrap().unwrap();
        let file = image.inode(file.inode).unwrap();
        assert_eq!(&*image.read(&file, 49_998, 10).unwrap(), [7, 7]);
    }
}

#[test]
fn a_directory_of_the_host_is_a_layer() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let top = tempfile::tempdir().unwrap();
    let (from, to) = (top.path().join("from"), top.path().join("to"));
    fs::create_dir_all(from.join("d/e")).unwrap();
    fs::write(from.join("d/f"), "content").unwrap();
    fs::set_permissions(from.join("d/f"), fs::Permissions::from_mode(0o751)).unwrap();
    fs::hard_link(from.join("d/f"), from.join("g")).unwrap();
    symlink("../outside", from.join("d/link")).unwrap();
    fs::set_permissions(from.join("d/e"), fs::Permissions::from_mode(0o555)).unwrap();

    let layer = Layer::of_directory(&from, None).unwrap();
    let layer = Layer::read(&tar(&layer)[..]).unwrap();
    let extracted = stack(std::slice::from_ref(&layer)).extract(&to).unwrap();
    assert_eq!((extracted.made, extracted.left_out.len()), (5, 0));
    assert_eq!(
        Layer::of_directory(&to, None).unwrap().get("d/f"),
        layer.get("d/f")
    );
    assert_eq!(
        fs::read_link(to.join("d/link")).unwrap().to_str(),
        Some("../outside")
    );
    assert_eq!(fs::read(to.join("g")).unwrap(), b"content");
    let mode = fs::metadata(to.join("d/e")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o555);

    // With one time for all the same files make the same bytes anywhere.
    let epoch = Some(Time::default());
    let of = |directory| tar(&Layer::of_directory(directory, epoch).unwrap());
    let other = top.path().join("other");
    stack(&[layer]).extract(&other).unwrap();
    assert_eq!(of(&to), of(&other));
    for directory in [&from, &to, &other] {
        fs::set_permissions(directory.join("d/e"), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn nothing_leads_out() {
    use EntryType::{Link, Regular, Symlink};
    for path in ["../out", "a/../../out", "..", "a/.."] {
        let read = Layer::read(&foreign(&[(path, Regular, "x")])[..]);
        assert!(
            matches!(read, Err(LayerError::BadPath { .. })),
            "{path}: {read:?}"
        );
    }
    let top = tempfile::tempdir().unwrap();
    let outside = top.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let host = outside.to_str().unwrap();
    // Links to where the host has a directory: what goes through them stays inside.
    let layer = foreign(&[
        ("absolute", Symlink, host),
        ("absolute/f", Regular, "1"),
        ("up", Symlink, "../../../../../../../../../.."),
        ("up/g", Regular, "2"),
    ]);
    let layer = Layer::read(&layer[..]).unwrap();
    let inside = top.path().join("inside");
    stack(&[layer]).extract(&inside).unwrap();
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    assert_eq!(fs::read(inside.join("g")).unwrap(), b"2");
    assert_eq!(fs::read(inside.join(&host[1..]).join("f")).unwrap(), b"1");

    let link = Layer::read(&foreign(&[("l", Link, "/etc/passwd")])[..]).unwrap();
    let pushed = Stack::new().push(&link);
    assert!(
        matches!(pushed, Err(LayerError::BadLink { .. })),
        "{pushed:?}"
    );
    let ring = foreign(&[
        ("a", Symlink, "b"),
        ("b", Symlink, "a"),
        ("a/f", Regular, ""),
    ]);
    let pushed = Stack::new().push(&Layer::read(&ring[..]).unwrap());
    assert!(
        matches!(pushed, Err(LayerError::NotDirectory { .. })),
        "{pushed:?}"
    );
    let again = stack(&[files(&[("f", "")])]).extract(&inside);
    assert!(
        matches!(again, Err(LayerError::NotEmpty { .. })),
        "{again:?}"
    );
}

#[test]
fn compressed_layers_are_the_same_layers() {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    let layer = files(&[("f", &"x".repeat(300_000)), ("g", "short")]);
    let whole = tar(&layer);
    let zstd = |bytes: &[u8]| compress_to_vec(bytes, CompressionLevel::Fastest);
    let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    let (head, tail) = whole.split_at(1000);
    let frames = [zstd(head), skipped.to_vec(), zstd(tail), skipped.to_vec()];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &whole).unwrap();
    for packed in [zstd(&whole), frames.concat(), gzip.finish().unwrap()] {
        assert_eq!(Layer::read(&packed[..]).unwrap(), layer);
        for cut in [5, packed.len() / 2, packed.len() - 1] {
            // What is skipped at the end may be cut off, and nothing is lost.
            let read = Layer::read(&packed[..cut]);
            assert!(read.is_err() || read.unwrap() == layer, "{cut}");
        }
    }
}

#[test]
fn what_is_no_layer_is_refused() {
    assert!(matches!(
        Layer::read(&b"BZh91AY&SY"[..]),
        Err(LayerError::Compression("bzip2"))
    ));
    let whole = tar(&files(&[("f", &"x".repeat(3000))]));
    for cut in [100, 511, 600, 2000] {
        let read = Layer::read(&whole[..cut]);
        assert!(matches!(read, Err(LayerError::Read(_))), "{cut}: {read:?}");
    }
    assert!(Layer::read(&b""[..]).unwrap().is_empty());
    let mut layer = Layer::new();
    let reserved = layer.file("d/.wh.x", Attributes::new(0), b"".as_slice());
    assert!(matches!(reserved, Err(LayerError::Reserved { .. })));
    assert!(matches!(
        layer.insert("", Entry::Removed),
        Err(LayerError::BadPath { .. })
    ));
}

#[test]
fn contents_are_known_by_their_digest() {
    let content = Content::from(b"abc".as_slice());
    let digest: String = content
        .digest()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        digest,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(
        (content.size(), content.bytes().unwrap()),
        (3, b"abc".to_vec())
    );
}
