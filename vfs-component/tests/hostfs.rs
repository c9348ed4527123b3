//! Directories of the host in a box: where they are mounted, and that nothing leads
//! out of them.

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use common::host::LinuxFile;
use common::{CREATE, FOLLOW, READ, TestHostFs, Tree, WRITE, errno};
use tempfile::{TempDir, tempdir};
use vfs_component::hostfs::{HostFs, HostTree};
use vfs_component::{Attributes, Errno, Kind, Lookup, MemFs, OpenFlags, RenameMode, SetTime, Time};
use vfs_image::{Image, Writer};

/// A host with `granted/`, which is mounted at `/mnt`, and a secret beside it.
struct Host {
    top: TempDir,
    tree: Tree<TestHostFs>,
}

impl Host {
    fn new() -> Self {
        let top = tempdir().unwrap();
        fs::create_dir(top.path().join("granted")).unwrap();
        fs::create_dir(top.path().join("outside")).unwrap();
        fs::write(top.path().join("outside/secret"), "secret").unwrap();
        fs::write(top.path().join("secret"), "secret").unwrap();
        let tree = Tree::mounted(&[("/mnt", &top.path().join("granted"), false)]);
        Self { top, tree }
    }

    fn granted(&self) -> std::path::PathBuf {
        self.top.path().join("granted")
    }

    /// All that could go wrong with a path, and none of it may show the secret.
    fn refuses(&mut self, path: &str) {
        for how in [
            READ,
            READ | WRITE,
            WRITE | CREATE,
            READ | OpenFlags::DIRECTORY,
        ] {
            if let Ok(file) = self.tree.open(path, how) {
                let content = self.tree.content(file).unwrap_or_default();
                assert!(content.is_empty(), "{path} shows {content:?}");
                self.tree.vfs.close(file);
            }
        }
        let _ = self.tree.unlink(path);
        let _ = self.tree.rename(path, "/mnt/taken");
        let _ = self.tree.link(path, "/mnt/linked");
        assert_eq!(
            fs::read_to_string(self.top.path().join("secret")).unwrap(),
            "secret"
        );
        assert_eq!(
            fs::read_to_string(self.top.path().join("outside/secret")).unwrap(),
            "secret"
        );
    }
}

#[test]
fn dot_dot_leads_to_the_box_s_own_tree() {
    let mut host = Host::new();
    host.tree.write("/secret", b"").unwrap();
    fs::create_dir(host.granted().join("d")).unwrap();
    for path in [
        "/mnt/../secret",
        "/mnt/d/../../secret",
        "/mnt/../../../../../../../../secret",
        "/mnt/../outside/secret",
        "/mnt/d/../../outside/secret",
    ] {
        host.refuses(path);
    }
    let root = host.tree.stat("/").unwrap();
    let up = host.tree.stat("/mnt/..").unwrap();
    assert_eq!((up.device, up.inode), (root.device, root.inode));
}

#[test]
fn dot_dot_of_an_open_directory_does_not_leave_with_it() {
    let mut host = Host::new();
    fs::create_dir(host.granted().join("d")).unwrap();
    let d = host.tree.open("/mnt/d", READ).unwrap();
    // The host moves the directory out of the grant while it is open.
    fs::rename(host.granted().join("d"), host.top.path().join("outside/d")).unwrap();
    for path in ["../secret", "../../secret", "../../outside/secret"] {
        assert_eq!(
            errno(host.tree.vfs.stat_at(d, path, FOLLOW)),
            Errno::NoEntry,
            "{path}"
        );
    }
}

#[test]
fn an_absolute_path_is_the_box_s() {
    let mut host = Host::new();
    let secret = host.top.path().join("secret");
    host.refuses(secret.to_str().unwrap());
    assert_eq!(errno(host.tree.stat("/etc/passwd")), Errno::NoEntry);
    let mnt = host.tree.open("/mnt", READ).unwrap();
    let found = host.tree.vfs.stat_at(mnt, secret.to_str().unwrap(), FOLLOW);
    assert_eq!(errno(found), Errno::NoEntry);
}

#[test]
fn an_absolute_link_of_the_host_is_not_followed() {
    let mut host = Host::new();
    symlink("/etc", host.granted().join("etc")).unwrap();
    symlink(host.top.path().join("secret"), host.granted().join("l")).unwrap();
    assert_eq!(
        errno(host.tree.stat("/mnt/etc/passwd")),
        Errno::NotPermitted
    );
    assert_eq!(errno(host.tree.read("/mnt/l")), Errno::NotPermitted);
    assert_eq!(host.tree.lstat("/mnt/l").unwrap().kind, Kind::SymbolicLink);
    host.refuses("/mnt/l");
    host.refuses("/mnt/etc/passwd");
}

#[test]
fn a_relative_link_of_the_host_is_resolved_in_the_box() {
    let mut host = Host::new();
    symlink("../secret", host.granted().join("up")).unwrap();
    symlink(
        "../../../../../../../etc/passwd",
        host.granted().join("far"),
    )
    .unwrap();
    symlink("../outside", host.granted().join("d")).unwrap();
    for path in ["/mnt/up", "/mnt/far", "/mnt/d/secret"] {
        assert_eq!(errno(host.tree.read(path)), Errno::NoEntry, "{path}");
        host.refuses(path);
    }
    host.tree.write("/inside", b"the box's").unwrap();
    symlink("../inside", host.granted().join("in")).unwrap();
    assert_eq!(host.tree.read("/mnt/in").unwrap(), b"the box's");
}

#[test]
fn a_link_swapped_in_for_a_directory_is_not_followed() {
    let mut host = Host::new();
    fs::create_dir(host.granted().join("d")).unwrap();
    fs::write(host.granted().join("d/secret"), "public").unwrap();
    let d = host.tree.open("/mnt/d", READ).unwrap();
    fs::rename(host.granted().join("d"), host.granted().join("was-d")).unwrap();
    symlink(host.top.path().join("outside"), host.granted().join("d")).unwrap();
    assert_eq!(errno(host.tree.read("/mnt/d/secret")), Errno::NotPermitted);
    // The open directory is the one that it was.
    let file = host.tree.vfs.open_at(d, "secret", FOLLOW, READ, 0).unwrap();
    assert_eq!(host.tree.content(file).unwrap(), b"public");
}

#[test]
fn a_link_swapped_in_during_the_walk_is_not_followed() {
    use rustix::fs::{CWD, RenameFlags, renameat_with};

    let mut host = Host::new();
    let (d, l) = (host.granted().join("d"), host.granted().join("l"));
    fs::create_dir(&d).unwrap();
    fs::write(d.join("secret"), "public").unwrap();
    symlink("../outside", &l).unwrap();
    // And for a file: `f` is sometimes a link to the secret.
    let (f, m) = (host.granted().join("f"), host.granted().join("m"));
    fs::write(&f, "public").unwrap();
    symlink("../secret", &m).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                renameat_with(CWD, &d, CWD, &l, RenameFlags::EXCHANGE).unwrap();
                renameat_with(CWD, &f, CWD, &m, RenameFlags::EXCHANGE).unwrap();
            }
        });
        let mut seen = 0;
        for _ in 0..2000 {
            for path in ["/mnt/d/secret", "/mnt/f"] {
                if let Ok(content) = host.tree.read(path) {
                    assert_eq!(content, b"public");
                    seen += 1;
                }
            }
        }
        done.store(true, Ordering::Relaxed);
        // Half of the time or so there is nothing wrong.
        assert!(seen > 0);
    });
}

#[test]
fn links_can_not_be_made_to_lead_out_either() {
    let mut host = Host::new();
    assert_eq!(
        errno(host.tree.symlink("/etc/passwd", "/mnt/l")),
        Errno::NotPermitted
    );
    host.tree.symlink("../secret", "/mnt/l").unwrap();
    host.refuses("/mnt/l");
    // Creating through it made one, in the box.
    assert_eq!(
        errno(host.tree.rename("/mnt/../secret", "/mnt/x")),
        Errno::CrossDevice
    );
    assert_eq!(fs::read_dir(host.top.path()).unwrap().count(), 3);
    host.tree.write("/f", b"").unwrap();
    assert_eq!(errno(host.tree.link("/f", "/mnt/f")), Errno::CrossDevice);
    assert_eq!(errno(host.tree.rename("/f", "/mnt/f")), Errno::CrossDevice);
    host.tree.write("/mnt/g", b"").unwrap();
    assert_eq!(errno(host.tree.rename("/mnt/g", "/g")), Errno::CrossDevice);
}

#[test]
fn a_read_only_mount_refuses_every_change() {
    let top = tempdir().unwrap();
    fs::write(top.path().join("f"), "kept").unwrap();
    fs::create_dir(top.path().join("d")).unwrap();
    symlink("f", top.path().join("l")).unwrap();
    let mut tree = Tree::mounted(&[("/ro", top.path(), true)]);
    let root = tree.root;
    let change = Attributes {
        modified: SetTime::Now,
        ..Attributes::default()
    };
    let f = tree.open("/ro/f", READ).unwrap();
    let results = [
        tree.open("/ro/f", WRITE).map(drop_it),
        tree.open("/ro/f", READ | WRITE).map(drop_it),
        tree.open("/ro/f", WRITE | OpenFlags::TRUNCATE).map(drop_it),
        tree.open("/ro/new", WRITE | CREATE).map(drop_it),
        tree.mkdir("/ro/new"),
        tree.symlink("f", "/ro/new"),
        tree.link("/ro/f", "/ro/new"),
        tree.unlink("/ro/f"),
        tree.rmdir("/ro/d"),
        tree.rename("/ro/f", "/ro/g"),
        tree.rename("/ro/f", "/ro/missing/g")
            .or(Err(Errno::ReadOnly)),
        tree.vfs
            .rename_at(root, "/ro/f", FOLLOW, root, "/ro/d", RenameMode::Exchange),
        tree.vfs
            .make_node_at(root, "/ro/new", FOLLOW, Kind::Fifo, 0o600, 0),
        tree.vfs.set_attributes_at(root, "/ro/f", FOLLOW, &change),
        tree.vfs.set_attributes_at(root, "/ro/d", FOLLOW, &change),
        tree.vfs.set_attributes(f, &change),
        tree.vfs
            .set_xattr(f, "user.a", b"", vfs_component::AttributeMode::Set),
        tree.vfs.remove_xattr(f, "user.a"),
    ];
    for (number, result) in results.into_iter().enumerate() {
        assert_eq!(result, Err(Errno::ReadOnly), "call {number}");
    }
    // What does not change anything is as elsewhere.
    assert_eq!(tree.read("/ro/l").unwrap(), b"kept");
    assert!(tree.open("/ro/f", READ | CREATE).is_ok());
    assert_eq!(errno(tree.mkdir("/ro/f")), Errno::Exist);
    assert_eq!(errno(tree.open("/ro/d", WRITE)), Errno::IsDirectory);
    assert!(tree.vfs.filesystem_stat(f).unwrap().read_only);
    assert_eq!(tree.names("/ro").unwrap(), ["d", "f", "l"]);
}

fn drop_it<T>(_: T) {}

#[test]
fn what_wasi_does_not_express_stays_as_it_is() {
    let mut host = Host::new();
    host.tree.write("/mnt/f", b"").unwrap();
    let root = host.tree.root;
    let stat = host.tree.stat("/mnt/f").unwrap();
    assert_eq!((stat.mode, stat.user, stat.group), (0o644, 0, 0));
    assert_eq!(host.tree.stat("/mnt").unwrap().mode, 0o755);
    let same = Attributes {
        mode: Some(0o644),
        user: Some(0),
        modified: SetTime::At(Time {
            seconds: 5,
            nanoseconds: 6,
        }),
        ..Attributes::default()
    };
    host.tree
        .vfs
        .set_attributes_at(root, "/mnt/f", FOLLOW, &same)
        .unwrap();
    assert_eq!(host.tree.stat("/mnt/f").unwrap().times.modified.seconds, 5);
    for other in [
        Attributes {
            mode: Some(0o600),
            ..Attributes::default()
        },
        Attributes {
            user: Some(1),
            ..Attributes::default()
        },
        Attributes {
            group: Some(1),
            ..Attributes::default()
        },
    ] {
        let set = host
            .tree
            .vfs
            .set_attributes_at(root, "/mnt/f", FOLLOW, &other);
        assert_eq!(errno(set), Errno::NotSupported);
    }
    let f = host.tree.open("/mnt/f", READ | WRITE).unwrap();
    let made = host
        .tree
        .vfs
        .make_node_at(root, "/mnt/p", FOLLOW, Kind::Fifo, 0o600, 0);
    assert_eq!(errno(made), Errno::NotSupported);
    let exchanged =
        host.tree
            .vfs
            .rename_at(root, "/mnt/f", FOLLOW, root, "/mnt/f", RenameMode::Exchange);
    assert_eq!(exchanged, Ok(()));
    let allocated = host
        .tree
        .vfs
        .allocate(f, vfs_component::Allocation::Extend, 0, 1);
    assert_eq!(errno(allocated), Errno::NotSupported);
    assert_eq!(errno(host.tree.vfs.xattr(f, "user.a")), Errno::NotSupported);
}

#[test]
fn a_fifo_of_the_host_does_not_make_the_box_wait() {
    let mut host = Host::new();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, host.granted().join("p"), fifo, mode, 0).unwrap();
    assert_eq!(host.tree.stat("/mnt/p").unwrap().kind, Kind::Fifo);
    assert_eq!(
        errno(host.tree.open("/mnt/p", READ)),
        Errno::NoDeviceOrAddress
    );
}

#[test]
fn names_that_are_not_text_are_not_listed() {
    use std::os::unix::ffi::OsStrExt;
    let mut host = Host::new();
    let name = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    fs::write(host.granted().join(name), "").unwrap();
    fs::write(host.granted().join("text"), "").unwrap();
    assert_eq!(host.tree.names("/mnt").unwrap(), ["text"]);
}

#[test]
fn a_mount_covers_what_is_baked_in() {
    let top = tempdir().unwrap();
    fs::write(top.path().join("f"), "host").unwrap();
    let mut writer = Writer::new();
    let attributes = || vfs_image::Attributes::new(0o644);
    writer
        .file("/data/in/covered", attributes(), b"baked")
        .unwrap();
    writer.file("/data/beside", attributes(), b"baked").unwrap();
    writer.file("/file", attributes(), b"baked").unwrap();
    let image = Image::open(writer.into_bytes().unwrap()).unwrap();
    let mount = |guest: &str, device| {
        let host = HostTree::new(LinuxFile::directory(top.path()), device, false);
        (guest.to_owned(), host)
    };
    // Over a directory, over a file, and where nothing is.
    let mounts = vec![
        mount("/data/in", 2),
        mount("file", 3),
        mount("/new/deep/", 4),
    ];
    let fs = HostFs::new(MemFs::over(image).unwrap(), mounts, Time::default()).unwrap();
    let mut tree = Tree::new(fs);
    for path in ["/data/in/f", "/file/f", "/new/deep/f"] {
        assert_eq!(tree.read(path).unwrap(), b"host", "{path}");
    }
    assert_eq!(tree.read("/data/beside").unwrap(), b"baked");
    assert_eq!(errno(tree.read("/data/in/covered")), Errno::NoEntry);
    assert_eq!(tree.names("/").unwrap(), ["data", "file", "new"]);
    assert_eq!(tree.names("/data").unwrap(), ["beside", "in"]);
    let entries = tree.vfs.read_directory(tree.root, 0, 10).unwrap();
    assert!(entries.iter().all(|entry| entry.kind == Kind::Directory));
    let devices: Vec<u64> = ["/", "/data", "/data/in", "/file", "/new", "/new/deep"]
        .iter()
        .map(|path| tree.stat(path).unwrap().device)
        .collect();
    assert_eq!(devices, [1, 1, 2, 3, 1, 4]);
}

#[test]
fn a_mount_point_stays() {
    let mut host = Host::new();
    host.tree.mkdir("/d").unwrap();
    assert_eq!(errno(host.tree.rmdir("/mnt")), Errno::Busy);
    assert_eq!(errno(host.tree.unlink("/mnt")), Errno::IsDirectory);
    assert_eq!(errno(host.tree.rename("/mnt", "/moved")), Errno::Busy);
    assert_eq!(errno(host.tree.rename("/d", "/mnt")), Errno::Busy);
    let root = host.tree.root;
    let exchanged = host
        .tree
        .vfs
        .rename_at(root, "/d", FOLLOW, root, "/mnt", RenameMode::Exchange);
    assert_eq!(errno(exchanged), Errno::Busy);
    assert_eq!(errno(host.tree.mkdir("/mnt")), Errno::Exist);
    // What it is in may move, with it.
    host.tree.write("/mnt/f", b"1").unwrap();
    let mut tree = Tree::mounted(&[("/a/b", &host.granted(), false)]);
    tree.rename("/a", "/z").unwrap();
    assert_eq!(tree.read("/z/b/f").unwrap(), b"1");
    assert_eq!(
        tree.stat("/z/b/..").unwrap().inode,
        tree.stat("/z").unwrap().inode
    );
}

#[test]
fn the_root_can_be_the_host_s_with_others_in_it() {
    let (one, other) = (tempdir().unwrap(), tempdir().unwrap());
    fs::create_dir_all(one.path().join("there/deep")).unwrap();
    fs::write(other.path().join("f"), "other").unwrap();
    let other = other.path();
    let mounts: [(&str, &Path, bool); 4] = [
        ("/there/deep/point", other, false),
        ("/not/there", other, false),
        (".", one.path(), false),
        ("/there", other, true),
    ];
    let mut tree = Tree::mounted(&mounts[..3]);
    assert_eq!(tree.read("/there/deep/point/f").unwrap(), b"other");
    assert_eq!(tree.read("/not/there/f").unwrap(), b"other");
    assert_eq!(tree.names("/").unwrap(), ["not", "there"]);
    assert_eq!(tree.names("/there/deep").unwrap(), ["point"]);
    tree.write("/made", b"").unwrap();
    assert!(one.path().join("made").exists());
    assert_eq!(tree.names("/").unwrap(), ["made", "not", "there"]);
    assert_eq!(
        tree.stat("/not/there/../..").unwrap().inode,
        tree.stat("/").unwrap().inode
    );
    let mut tree = Tree::mounted(&mounts[2..]);
    assert_eq!(tree.names("/there").unwrap(), ["f"]);
}

#[test]
fn a_directory_that_the_host_does_not_give_refuses_cleanly() {
    let mounts = vec![(String::from("/out"), HostTree::<LinuxFile>::missing(2))];
    let fs: TestHostFs = HostFs::new(MemFs::new(), mounts, Time::default()).unwrap();
    let mut tree = Tree::new(fs);
    assert_eq!(tree.names("/").unwrap(), ["out"]);
    assert_eq!(errno(tree.stat("/out")), Errno::NoDevice);
    assert_eq!(errno(tree.read("/out/f")), Errno::NoDevice);
    assert_eq!(errno(tree.names("/out")), Errno::NoDevice);
    assert!(tree.write("/out/f", b"").is_err());
    tree.write("/elsewhere", b"").unwrap();
}

#[test]
fn a_path_alone_survives_what_happens_to_it() {
    let mut host = Host::new();
    host.tree.write("/mnt/f", b"1").unwrap();
    let root = host.tree.root;
    let how = OpenFlags::PATH_ONLY;
    let f = host
        .tree
        .vfs
        .open_at(root, "/mnt/f", Lookup::empty(), how, 0)
        .unwrap();
    host.tree.unlink("/mnt/f").unwrap();
    assert_eq!(errno(host.tree.vfs.stat(f)), Errno::NoEntry);
}

#[test]
fn a_directory_that_was_removed_has_no_listing() {
    let mut host = Host::new();
    host.tree.mkdir("/mnt/d").unwrap();
    let d = host.tree.open("/mnt/d", READ).unwrap();
    assert_eq!(host.tree.names_in(d).unwrap().len(), 0);
    host.tree.rmdir("/mnt/d").unwrap();
    assert_eq!(errno(host.tree.names_in(d)), Errno::NoEntry);
}

#[test]
fn a_deep_directory_can_be_let_go() {
    let mut host = Host::new();
    let mut at = host.tree.open("/mnt", READ).unwrap();
    for _ in 0..3000 {
        host.tree
            .vfs
            .make_directory_at(at, "d", Lookup::empty(), 0o755)
            .unwrap();
        let next = host
            .tree
            .vfs
            .open_at(at, "d", Lookup::empty(), READ, 0)
            .unwrap();
        host.tree.vfs.close(at);
        at = next;
    }
    host.tree.vfs.close(at);
    // Removing it by its path would be too long a path.
    for _ in 0..3000 {
        let (old, new) = (host.granted().join("d"), host.top.path().join("d"));
        fs::rename(&old, &new).unwrap();
        if new.join("d").exists() {
            fs::rename(new.join("d"), &old).unwrap();
        }
        fs::remove_dir(&new).unwrap();
    }
}
