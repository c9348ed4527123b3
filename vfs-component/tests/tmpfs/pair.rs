//! A filesystem of ours and one of Linux, and whether they differ.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rustix::fs::{self as linux, Mode, OFlags};
use vfs_component::{Errno, Filesystem, Handle, Kind, Lookup, OpenFlags};

use crate::call::{Abilities, Call};
use crate::common::Tree;

/// So deep below the root that no `..` of a test gets out.
pub const BASE: &str = "0/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f";
/// How many handles a case has open at most.
pub const SLOTS: usize = 4;

/// A filesystem of ours and a directory of Linux, side by side.
pub struct Pair<F: Filesystem> {
    pub tree: Tree<F>,
    pub ours: Handle,
    pub theirs: OwnedFd,
    pub top: PathBuf,
    pub slots: [Option<(Handle, OwnedFd, OpenFlags)>; SLOTS],
    pub abilities: Abilities,
    pub privileged: bool,
    /// Whether space and holes are counted in pages of 4,096 bytes.
    pub pages: bool,
    /// Whether space was reserved: Linux finds it to be data or a hole as it likes.
    pub reserved: bool,
}

impl<F: Filesystem> Pair<F> {
    /// `top` is an empty directory of Linux that stands for the root.
    pub fn new(mut tree: Tree<F>, top: &Path, abilities: Abilities) -> Self {
        rustix::process::umask(Mode::empty());
        std::fs::create_dir_all(top.join(BASE)).unwrap();
        let mut path = String::new();
        for name in BASE.split('/') {
            path = format!("{path}/{name}");
            match tree.mkdir(&path) {
                Ok(()) | Err(Errno::Exist) => {}
                Err(errno) => panic!("{path}: {errno}"),
            }
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(top.join(&path[1..]), mode).unwrap();
        }
        let how = OpenFlags::PATH_ONLY | OpenFlags::DIRECTORY;
        let ours = tree
            .vfs
            .open_at(tree.root, BASE, Lookup::empty(), how, 0)
            .unwrap();
        let how = OFlags::PATH | OFlags::DIRECTORY;
        let theirs = linux::open(top.join(BASE), how, Mode::empty()).unwrap();
        let tmpfs = linux::statfs(top).unwrap().f_type == 0x0102_1994;
        let huge = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
        Self {
            tree,
            ours,
            theirs,
            top: top.to_owned(),
            slots: Default::default(),
            abilities,
            privileged: rustix::process::geteuid().is_root(),
            pages: tmpfs && huge.is_ok_and(|setting| setting.contains("[never]")),
            reserved: false,
        }
    }

    /// Bakes the files of Linux into an image and goes on with a filesystem over that.
    pub fn bake<G: Filesystem>(self, over: impl FnOnce(Vec<u8>) -> Tree<G>) -> Pair<G> {
        let image = self.image();
        // The image knows no holes.
        self.go_on(false, |_| over(image))
    }

    /// Goes on with another filesystem, which has the same files. Handles are closed.
    pub fn go_on<G: Filesystem>(
        self,
        pages: bool,
        with: impl FnOnce(Tree<F>) -> Tree<G>,
    ) -> Pair<G> {
        let mut tree = with(self.tree);
        let how = OpenFlags::PATH_ONLY | OpenFlags::DIRECTORY;
        let ours = tree
            .vfs
            .open_at(tree.root, BASE, Lookup::empty(), how, 0)
            .unwrap();
        Pair {
            tree,
            ours,
            theirs: self.theirs,
            top: self.top,
            slots: Default::default(),
            abilities: self.abilities,
            privileged: self.privileged,
            pages: pages && self.pages,
            reserved: self.reserved,
        }
    }

    /// Whether both sides have the same files.
    pub fn compare(&mut self) -> Result<(), TestCaseError> {
        let (ours, theirs) = (self.our_tree(), self.their_tree());
        prop_assert_eq!(ours, theirs);
        Ok(())
    }

    fn image(&self) -> Vec<u8> {
        use std::os::unix::fs::MetadataExt;
        let mut writer = vfs_image::Writer::new();
        let mut known: BTreeMap<u64, String> = BTreeMap::new();
        let mut open = vec![String::new()];
        while let Some(directory) = open.pop() {
            let metadata = self.top.join(&directory).symlink_metadata().unwrap();
            writer
                .directory(
                    &directory,
                    baked_attributes(&self.top.join(&directory), &metadata),
                )
                .unwrap();
            for entry in std::fs::read_dir(self.top.join(&directory)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let path = format!("{directory}{name}");
                let full = self.top.join(&path);
                let metadata = full.symlink_metadata().unwrap();
                let attributes = baked_attributes(&full, &metadata);
                if metadata.is_dir() {
                    open.push(format!("{path}/"));
                    continue;
                }
                if let Some(first) = known.get(&metadata.ino()) {
                    writer.hard_link(&path, first).unwrap();
                    continue;
                }
                known.insert(metadata.ino(), path.clone());
                if metadata.is_file() {
                    let content = vfs_image::Content::file(&full).unwrap();
                    writer.file(&path, attributes, content).unwrap();
                } else if metadata.is_symlink() {
                    let target = std::fs::read_link(&full).unwrap();
                    writer
                        .symlink(&path, target.to_str().unwrap(), attributes)
                        .unwrap();
                } else {
                    writer.node(&path, Kind::Fifo, 0, attributes).unwrap();
                }
            }
        }
        writer.into_bytes().unwrap()
    }

    /// Makes the call on both sides; fails where results or trees differ.
    pub fn check(&mut self, call: &Call) -> Result<(), TestCaseError> {
        let (ours, theirs) = self.make(call);
        prop_assert_eq!(&ours, &theirs, "ours and Linux's result of {:?}", call);
        if call.only_looks() {
            return Ok(());
        }
        let (ours, theirs) = (self.our_tree(), self.their_tree());
        for (path, theirs) in &theirs {
            prop_assert_eq!(ours.get(path), Some(theirs), "{} after {:?}", path, call);
        }
        for path in ours.keys() {
            prop_assert!(theirs.contains_key(path), "{path} is left after {call:?}");
        }
        Ok(())
    }

    pub fn base(&self, at: Option<usize>) -> Option<(Handle, BorrowedFd<'_>)> {
        let Some(at) = at else {
            return Some((self.ours, self.theirs.as_fd()));
        };
        let (ours, theirs, _) = self.slots[at].as_ref()?;
        Some((*ours, theirs.as_fd()))
    }
}

fn baked_attributes(path: &Path, metadata: &std::fs::Metadata) -> vfs_image::Attributes {
    use std::os::unix::fs::MetadataExt;
    let mut names = [0; 1024];
    // Some tmpfs have no extended attributes; then no call has set one.
    let length = linux::llistxattr(path, &mut names[..]).unwrap_or(0);
    let names = names[..length].split(|byte| *byte == 0);
    let xattrs = names
        .filter_map(|name| std::str::from_utf8(name).ok())
        .filter(|name| name.starts_with("user."))
        .map(|name| {
            let mut value = [0; 64];
            let length = linux::lgetxattr(path, name, &mut value[..]).unwrap();
            (name.to_owned(), value[..length].to_vec())
        });
    vfs_image::Attributes {
        user: metadata.uid(),
        group: metadata.gid(),
        xattrs: xattrs.collect(),
        ..vfs_image::Attributes::new(metadata.mode())
    }
}
