//! Directory trees: written for a test, read back after it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A node of a directory tree.
#[derive(Clone, PartialEq, Eq)]
pub enum Node {
    Directory,
    File(Vec<u8>),
    Link(PathBuf),
}

/// A tree by paths relative to its root.
pub type Tree = BTreeMap<PathBuf, Node>;

/// Writes files, with the directories above them. A path that ends with `/` is an
/// empty directory.
///
/// # Panics
///
/// If the host's filesystem refuses.
pub fn write<'a>(root: &Path, files: impl IntoIterator<Item = (&'a str, &'a [u8])>) {
    for (name, content) in files {
        let path = root.join(name);
        let directory = if name.ends_with('/') {
            Some(&*path)
        } else {
            path.parent()
        };
        if let Some(directory) = directory {
            fs::create_dir_all(directory)
                .unwrap_or_else(|error| panic!("cannot make {}: {error}", directory.display()));
        }
        if !name.ends_with('/') {
            fs::write(&path, content)
                .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        }
    }
}

/// Reads the tree below `root`; symbolic links are not followed.
///
/// # Panics
///
/// If something in it cannot be read.
pub fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        let entries = fs::read_dir(&directory)
            .unwrap_or_else(|error| panic!("cannot list {}: {error}", directory.display()));
        for entry in entries {
            let path = entry.expect("an entry can be read").path();
            let kind = fs::symlink_metadata(&path)
                .unwrap_or_else(|error| panic!("cannot stat {}: {error}", path.display()))
                .file_type();
            let node = if kind.is_symlink() {
                Node::Link(fs::read_link(&path).expect("a symbolic link can be read"))
            } else if kind.is_dir() {
                pending.push(path.clone());
                Node::Directory
            } else {
                let content = fs::read(&path)
                    .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
                Node::File(content)
            };
            let name = path
                .strip_prefix(root)
                .expect("it is below the root")
                .to_owned();
            tree.insert(name, node);
        }
    }
    tree
}

/// What `after` has, lacks or has otherwise than `before`, one line each.
pub fn differences(before: &Tree, after: &Tree) -> Vec<String> {
    let mut names: Vec<&PathBuf> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let differing = names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name));
    differing
        .map(|name| {
            let (before, after) = (say(before.get(name)), say(after.get(name)));
            format!("{}: {before}, then {after}", name.display())
        })
        .collect()
}

fn say(node: Option<&Node>) -> String {
    match node {
        None => "nothing".to_owned(),
        Some(Node::Directory) => "a directory".to_owned(),
        Some(Node::Link(target)) => format!("a link to {}", target.display()),
        Some(Node::File(content)) if content.len() > 60 => format!("{} bytes", content.len()),
        Some(Node::File(content)) => format!("{:?}", String::from_utf8_lossy(content)),
    }
}

/// The tree that programs of the tests work on: nested and hidden folders, names
/// and contents beyond ASCII, binary, empty and longer files, other line ends.
///
/// # Panics
///
/// If the host's filesystem refuses.
pub fn write_sample(root: &Path) {
    let bytes: Vec<u8> = (0..=255).cycle().take(2048).collect();
    let lines: String = (0..20_000)
        .map(|i| format!("line {i} of the big file, {}\n", i * 7919 % 1000))
        .collect();
    let photos: Vec<(String, String)> = (1..=12)
        .map(|i| (format!("photos/IMG_{i}.jpg"), format!("photo {i}\n")))
        .collect();
    let files: [(&str, &[u8]); 21] = [
        (".ignore", b"*.log\n"),
        ("big.txt", lines.as_bytes()),
        ("bin.dat", &bytes),
        ("build.log", b"needle in a log\n"),
        ("crlf.txt", b"one\r\ntwo needle\r\nthree\r\n"),
        (
            "data.json",
            "{\"b\":[1,2,{\"x\":null}],\"a\":\"ä\\n\"}\n".as_bytes(),
        ),
        ("empty.txt", b""),
        ("empty/", b""),
        // A box on memfs has it anyway.
        ("tmp/", b""),
        ("go/bad.go", b"package bad\n\nfunc {\n"),
        (
            "go/neat.go",
            b"package neat\n\nfunc Neat() int { return 1 }\n",
        ),
        (
            "go/ugly.go",
            b"package  ugly\nimport \"fmt\"\nfunc  Ugly( a int,b string){fmt.Println( a,b)\n}\n",
        ),
        (
            "notes/deep/er/est.md",
            b"# Needle\nA needle in a haystack.\n",
        ),
        ("notes/todo.txt", b"buy milk\nfix the needle\nsleep\n"),
        ("src/.hidden/needle.txt", b"needle hidden\n"),
        (
            "src/main.rs",
            b"fn main() {\n    println!(\"needle\");\n}\n",
        ),
        ("style/_colors.scss", b"$main: #ff8800;\n"),
        ("style/bad.scss", b".a { color: $nope; }\n"),
        (
            "style/main.scss",
            b"@use \"colors\";\n@import \"parts/list\";\n$w: 10px;\n\
              .a { width: $w * 2; &:hover { color: colors.$main; } }\n",
        ),
        (
            "style/parts/_list.scss",
            b"@each $n in 1, 2, 3 { .i-#{$n} { margin: #{$n}px; } }\n",
        ),
        ("ümlaut/ñame with space.txt", "needle ünïcode\n".as_bytes()),
    ];
    write(root, files);
    write(
        root,
        photos
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_bytes())),
    );
}
