//! What the integration tests share: a clock that moves by itself, and a box that
//! says in a word what a test means.

#![allow(dead_code, reason = "each test binary uses a part")]

pub mod calls;
pub mod host;
pub mod machine;
pub mod storage;
pub mod volume;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use proptest::test_runner::Config as ProptestConfig;
use vfs_component::{
    Change, Clock, Errno, Filesystem, Handle, Kind, Lookup, MemFs, MemNode, MountFs, OpenFlags,
    Overlay, Result, Stat, Time, Vfs, Volume,
    hostfs::{HostFs, HostTree},
    lower::{Layer, Layers, Lower, LowerTree},
    mount_table,
};
use vfs_image::{Attributes, Image, Writer};

use host::LinuxFile;
use machine::TestMachine;
use storage::Recorder;

/// So many cases, or as many as `BOXER_CASES` says.
pub fn config(usually: u32) -> ProptestConfig {
    let cases = std::env::var("BOXER_CASES").ok();
    let cases = cases.map_or(usually, |cases| cases.parse().expect("a number of cases"));
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

/// What most tests of hostfs run on: one directory of Linux.
pub type TestHostFs = HostFs<Vec<u8>, LinuxFile>;

pub const FOLLOW: Lookup = Lookup::FOLLOW;
pub const READ: OpenFlags = OpenFlags::READ;
pub const WRITE: OpenFlags = OpenFlags::WRITE;
pub const CREATE: OpenFlags = OpenFlags::CREATE;

/// Moves on a nanosecond each time it is asked, so that "later" can be told.
#[derive(Debug, Clone, Default)]
pub struct TestClock(Rc<Cell<(i64, u32)>>);

impl TestClock {
    pub fn advance(&self, seconds: i64) {
        let (now, nanoseconds) = self.0.get();
        self.0.set((now + seconds, nanoseconds));
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        let (seconds, nanoseconds) = self.0.get();
        self.0.set((seconds, nanoseconds + 1));
        Time {
            seconds,
            nanoseconds: nanoseconds + 1,
        }
    }
}

/// A filesystem with its root opened.
pub struct Tree<F: Filesystem> {
    pub vfs: Vfs<F, TestClock>,
    pub clock: TestClock,
    pub root: Handle,
}

impl Tree<MemFs<Vec<u8>>> {
    pub fn memory() -> Self {
        Self::new(MemFs::new())
    }
}

/// Layers of images.
pub type TestOverlay = Overlay<Layers<Image<Vec<u8>>>>;
/// Over another filesystem.
pub type OverlayOfFiles = Overlay<LowerTree<MemFs<Vec<u8>>>>;

impl Tree<TestOverlay> {
    /// Over two layers without a file.
    pub fn overlay() -> Self {
        Self::layered(vec![Writer::new(), Writer::new()])
    }

    /// Over these layers, the topmost first.
    pub fn layered(layers: Vec<Writer<'_>>) -> Self {
        let layers = layers.into_iter().map(|writer| {
            let image = Image::open(writer.into_bytes().unwrap()).unwrap();
            Layer::whole(Rc::new(image))
        });
        Self::new(Overlay::over(Layers::new(layers.collect()).unwrap()).unwrap())
    }
}

impl Tree<OverlayOfFiles> {
    pub fn overlay_of_a_filesystem() -> Self {
        Self::new(Overlay::over(LowerTree::new(MemFs::new()).unwrap()).unwrap())
    }
}

impl Tree<MountFs<Vec<u8>, TestMachine>> {
    /// Memory mounted over the root, without special files.
    pub fn mount() -> Self {
        let settings = [
            ("dev", "false"),
            ("proc", "false"),
            ("tmp", "false"),
            ("tmpfs.0.at", "/"),
        ];
        Self::mount_table(MemFs::new(), TestMachine::default(), &settings)
    }

    pub fn mount_table(
        base: MemFs<Vec<u8>>,
        machine: TestMachine,
        settings: &[(&str, &str)],
    ) -> Self {
        let settings = settings.iter().copied();
        let now = Time {
            seconds: 1_000_000,
            nanoseconds: 0,
        };
        Self::new(mount_table(base, machine, settings, now).unwrap())
    }
}

impl Tree<Volume<Recorder>> {
    pub fn volume() -> Self {
        Self::new(Volume::open(Recorder::default(), Time::default()).unwrap())
    }
}

impl Tree<TestHostFs> {
    /// With a directory of Linux as the root.
    pub fn host(top: &Path) -> Self {
        Self::mounted(&[("/", top, false)])
    }

    /// With directories of Linux at these places, read-only where it says so.
    pub fn mounted(mounts: &[(&str, &Path, bool)]) -> Self {
        let mounts = (2..).zip(mounts).map(|(device, (guest, host, read_only))| {
            let root = LinuxFile::directory(host);
            ((*guest).to_owned(), HostTree::new(root, device, *read_only))
        });
        Self::new(HostFs::new(MemFs::new(), mounts.collect(), Time::default()).unwrap())
    }
}

impl<F: Filesystem> Tree<F> {
    pub fn new(fs: F) -> Self {
        let clock = TestClock::default();
        clock.advance(1_000_000);
        let mut vfs = Vfs::new(fs, clock.clone());
        let root = vfs.root().expect("a root that opens");
        Self { vfs, clock, root }
    }

    pub fn open(&mut self, path: &str, how: OpenFlags) -> Result<Handle> {
        self.vfs.open_at(self.root, path, FOLLOW, how, 0o644)
    }

    /// Creates or replaces a file.
    pub fn write(&mut self, path: &str, content: &[u8]) -> Result<()> {
        let file = self.open(path, WRITE | CREATE | OpenFlags::TRUNCATE)?;
        let (mut written, mut result) = (0, Ok(()));
        while written < content.len() && result.is_ok() {
            let rest = &content[written..];
            match self.vfs.write_at(file, written as u64, rest) {
                Ok(taken) => written += taken,
                Err(errno) => result = Err(errno),
            }
        }
        self.vfs.close(file);
        result
    }

    pub fn read(&mut self, path: &str) -> Result<Vec<u8>> {
        let file = self.open(path, READ)?;
        let content = self.content(file);
        self.vfs.close(file);
        content
    }

    /// All bytes of an open file.
    pub fn content(&mut self, file: Handle) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        loop {
            let piece = self.vfs.read_at(file, content.len() as u64, 1 << 20)?;
            if piece.is_empty() {
                return Ok(content);
            }
            content.extend(piece);
        }
    }

    pub fn mkdir(&mut self, path: &str) -> Result<()> {
        self.vfs.make_directory_at(self.root, path, FOLLOW, 0o755)
    }

    pub fn symlink(&mut self, target: &str, path: &str) -> Result<()> {
        self.vfs.symlink_at(target, self.root, path, FOLLOW)
    }

    pub fn link(&mut self, old: &str, new: &str) -> Result<()> {
        self.vfs
            .link_at(self.root, old, Lookup::empty(), self.root, new)
    }

    pub fn unlink(&mut self, path: &str) -> Result<()> {
        self.vfs.unlink_at(self.root, path, FOLLOW)
    }

    pub fn rmdir(&mut self, path: &str) -> Result<()> {
        self.vfs.remove_directory_at(self.root, path, FOLLOW)
    }

    pub fn rename(&mut self, old: &str, new: &str) -> Result<()> {
        let mode = vfs_component::RenameMode::Replace;
        self.vfs
            .rename_at(self.root, old, FOLLOW, self.root, new, mode)
    }

    pub fn stat(&mut self, path: &str) -> Result<Stat> {
        self.vfs.stat_at(self.root, path, FOLLOW)
    }

    pub fn lstat(&mut self, path: &str) -> Result<Stat> {
        self.vfs.stat_at(self.root, path, Lookup::empty())
    }

    /// The names in a directory, sorted.
    pub fn names(&mut self, path: &str) -> Result<Vec<String>> {
        let directory = self.open(path, READ | OpenFlags::DIRECTORY)?;
        let names = self.names_in(directory);
        self.vfs.close(directory);
        names
    }

    pub fn names_in(&mut self, directory: Handle) -> Result<Vec<String>> {
        let (mut names, mut cookie) = (Vec::new(), 0);
        loop {
            let entries = self.vfs.read_directory(directory, cookie, 3)?;
            let Some(last) = entries.last() else { break };
            cookie = last.next;
            names.extend(entries.into_iter().map(|entry| entry.name));
        }
        names.sort();
        Ok(names)
    }
}

/// What was changed in an overlay, as a layer.
pub fn layer<L: Lower>(tree: &mut Tree<Overlay<L>>) -> Writer<'static> {
    possible_layer(tree).expect("names that leave room for a whiteout")
}

/// The same; `None` where a name is gone that is so long that there is no whiteout for it.
pub fn possible_layer<L: Lower>(tree: &mut Tree<Overlay<L>>) -> Option<Writer<'static>> {
    let (mut removed, mut directories, mut files) = (Vec::new(), Vec::new(), Vec::new());
    let fs = tree.vfs.filesystem_mut();
    fs.changes(|fs, path, change| {
        let path = path.to_owned();
        match change {
            Change::Removed => removed.push(path),
            Change::Directory { node, opaque } => {
                directories.push((path, fs.stat(&node)?, opaque, xattrs(fs, node)));
            }
            Change::File(node) => files.push((path, node, fs.stat(&node)?, xattrs(fs, node))),
        }
        Ok(())
    })
    .unwrap();
    let attributes = |stat: &Stat, xattrs| Attributes {
        mode: stat.mode,
        user: stat.user,
        group: stat.group,
        modified: stat.times.modified,
        xattrs,
    };
    let mut writer = Writer::new();
    for path in removed {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if name.len() > vfs_image::NAME_MAX - ".wh.".len() {
            return None;
        }
        let whiteout = format!("{directory}/.wh.{name}");
        writer.file(&whiteout, Attributes::new(0), b"").unwrap();
    }
    for (path, stat, opaque, xattrs) in directories {
        writer
            .directory(&format!("/{path}"), attributes(&stat, xattrs))
            .unwrap();
        if opaque {
            writer
                .file(&format!("{path}/.wh..wh..opq"), Attributes::new(0), b"")
                .unwrap();
        }
    }
    let mut known: Vec<(u64, String)> = Vec::new();
    for (path, node, stat, xattrs) in files {
        if let Some((_, first)) = known.iter().find(|(inode, _)| *inode == stat.inode) {
            writer.hard_link(&path, first).unwrap();
            continue;
        }
        known.push((stat.inode, path.clone()));
        let attributes = attributes(&stat, xattrs);
        match stat.kind {
            Kind::Regular => {
                let content = fs.read(&node, 0, stat.size as u32).unwrap();
                writer.file(&path, attributes, content).unwrap();
            }
            Kind::SymbolicLink => {
                let target = fs.read_link(&node).unwrap();
                writer.symlink(&path, &target, attributes).unwrap();
            }
            kind => writer
                .node(&path, kind, stat.device_number, attributes)
                .unwrap(),
        }
    }
    Some(writer)
}

fn xattrs<L: Lower>(fs: &mut Overlay<L>, node: MemNode) -> BTreeMap<String, Vec<u8>> {
    let names = fs.xattrs(&node).unwrap();
    let value = |name: String| {
        let value = fs.xattr(&node, &name).unwrap();
        (name, value)
    };
    names.into_iter().map(value).collect()
}

/// The error of a call that must fail.
#[track_caller]
pub fn errno<T: std::fmt::Debug>(result: Result<T>) -> Errno {
    result.expect_err("it should have failed")
}
