//! What a tree looks like on both sides.

use std::collections::BTreeMap;

use rustix::fs as linux;
use vfs_component::{Filesystem, Kind, Lookup, Stat};

use crate::pair::Pair;

impl<F: Filesystem> Pair<F> {
    /// What both sides must agree on.
    pub fn seen(&self, stat: &Stat) -> Seen {
        let sized = matches!(stat.kind, Kind::Regular | Kind::SymbolicLink);
        let beyond = self.abilities.beyond_wasi;
        Seen {
            kind: stat.kind,
            mode: if beyond { stat.mode } else { 0 },
            links: if beyond || stat.kind != Kind::Directory {
                stat.links
            } else {
                0
            },
            owner: if beyond && self.privileged {
                (stat.user, stat.group)
            } else {
                (0, 0)
            },
            size: if sized { stat.size } else { 0 },
            blocks: if self.pages && beyond && stat.kind == Kind::Regular {
                stat.blocks
            } else {
                0
            },
        }
    }

    pub fn linux_seen(&self, stat: &linux::Stat) -> Seen {
        let kind = match linux::FileType::from_raw_mode(stat.st_mode) {
            linux::FileType::RegularFile => Kind::Regular,
            linux::FileType::Directory => Kind::Directory,
            linux::FileType::Symlink => Kind::SymbolicLink,
            linux::FileType::Fifo => Kind::Fifo,
            other => panic!("Linux made a {other:?}"),
        };
        let times = vfs_component::Times::default();
        self.seen(&Stat {
            device: 0,
            inode: 0,
            kind,
            mode: stat.st_mode & 0o7777,
            links: stat.st_nlink,
            user: stat.st_uid,
            group: stat.st_gid,
            device_number: 0,
            size: stat.st_size as u64,
            blocks: stat.st_blocks as u64,
            block_size: 0,
            times,
        })
    }

    pub fn our_tree(&mut self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut inodes = BTreeMap::new();
        let mut open = vec![String::new()];
        while let Some(directory) = open.pop() {
            for name in self.tree.names(&format!("/{directory}")).unwrap() {
                let path = format!("{directory}{name}");
                let stat = self.tree.lstat(&path).unwrap();
                let what = match stat.kind {
                    Kind::Directory => {
                        open.push(format!("{path}/"));
                        String::new()
                    }
                    Kind::Regular => digest(&self.tree.read(&path).unwrap()),
                    Kind::SymbolicLink => self
                        .tree
                        .vfs
                        .read_link_at(self.tree.root, &path, Lookup::empty())
                        .unwrap(),
                    _ => String::new(),
                };
                inodes
                    .entry(stat.inode)
                    .or_insert_with(Vec::new)
                    .push(path.clone());
                found.insert(path, format!("{:?} {what}", self.seen(&stat)));
            }
        }
        with_links(found, inodes)
    }

    pub fn their_tree(&self) -> BTreeMap<String, String> {
        use std::os::unix::fs::MetadataExt;
        let mut found = BTreeMap::new();
        let mut inodes = BTreeMap::new();
        let mut open = vec![String::new()];
        while let Some(directory) = open.pop() {
            for entry in std::fs::read_dir(self.top.join(&directory)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let path = format!("{directory}{name}");
                let full = self.top.join(&path);
                let metadata = full.symlink_metadata().unwrap();
                let what = if metadata.is_dir() {
                    open.push(format!("{path}/"));
                    String::new()
                } else if metadata.is_file() {
                    digest(&std::fs::read(&full).unwrap())
                } else if metadata.is_symlink() {
                    std::fs::read_link(&full)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned()
                } else {
                    String::new()
                };
                let stat = linux::lstat(&full).unwrap();
                inodes
                    .entry(metadata.ino())
                    .or_insert_with(Vec::new)
                    .push(path.clone());
                found.insert(path, format!("{:?} {what}", self.linux_seen(&stat)));
            }
        }
        with_links(found, inodes)
    }
}

/// Adds to each file under which other names it is known.
fn with_links(
    mut found: BTreeMap<String, String>,
    inodes: BTreeMap<u64, Vec<String>>,
) -> BTreeMap<String, String> {
    for mut paths in inodes.into_values().filter(|paths| paths.len() > 1) {
        paths.sort();
        for path in &paths {
            found
                .get_mut(path)
                .unwrap()
                .push_str(&format!(" {paths:?}"));
        }
    }
    found
}

#[derive(Debug, PartialEq)]
pub struct Seen {
    kind: Kind,
    mode: u32,
    links: u64,
    owner: (u32, u32),
    size: u64,
    blocks: u64,
}

/// Runs of equal bytes: short to print, and it says where two differ.
pub fn digest(bytes: &[u8]) -> String {
    let runs = bytes.chunk_by(|one, other| one == other);
    runs.map(|run| format!("{}*{:02x}", run.len(), run[0]))
        .collect::<Vec<_>>()
        .join(" ")
}
