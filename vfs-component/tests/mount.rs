//! The mount table with `/dev` and `/proc`.

mod common;

use common::machine::TestMachine;
use common::{CREATE, READ, Tree, WRITE, errno};
use vfs_component::{Errno, Kind, Lookup, MemFs, MountFs, OpenFlags, Readiness, Time, mount_table};
use vfs_image::{Attributes, Image, Writer};

type Box = Tree<MountFs<Vec<u8>, TestMachine>>;

fn machine() -> (Box, TestMachine) {
    let machine = TestMachine::default();
    let tree = Tree::mount_table(MemFs::new(), machine.clone(), &[]);
    (tree, machine)
}

fn text(tree: &mut Box, path: &str) -> String {
    String::from_utf8(tree.read(path).unwrap()).unwrap()
}

#[test]
fn without_settings_there_are_dev_proc_and_tmp() {
    let (mut tree, _) = machine();
    assert_eq!(tree.names("/").unwrap(), ["dev", "proc", "tmp"]);
    assert_eq!(tree.stat("/tmp").unwrap().mode, 0o1777);
    tree.write("/tmp/f", b"1").unwrap();
    tree.write("/dev/shm/f", b"2").unwrap();
    assert_eq!(tree.read("/dev/shm/f").unwrap(), b"2");
    assert_eq!(
        errno(tree.rename("/tmp/f", "/dev/shm/g")),
        Errno::CrossDevice
    );
    assert_eq!(errno(tree.rmdir("/dev/shm")), Errno::ReadOnly);
    let devices = ["/", "/dev", "/proc", "/dev/shm"].map(|path| tree.stat(path).unwrap().device);
    assert_eq!(devices, [1, 2, 3, 4]);
}

#[test]
fn baked_files_are_below() {
    let mut writer = Writer::new();
    writer
        .file("/etc/motd", Attributes::new(0o644), b"hello")
        .unwrap();
    writer
        .file("/tmp/kept", Attributes::new(0o644), b"")
        .unwrap();
    let image = Image::open(writer.into_bytes().unwrap()).unwrap();
    let base = MemFs::over(image).unwrap();
    let mut tree = Tree::mount_table(base, TestMachine::default(), &[]);
    assert_eq!(tree.read("/etc/motd").unwrap(), b"hello");
    assert_eq!(tree.names("/tmp").unwrap(), ["kept"]);
}

#[test]
fn the_devices_of_memory() {
    let (mut tree, _) = machine();
    let how = READ | WRITE | CREATE | OpenFlags::TRUNCATE;
    let null = tree.open("/dev/null", how).unwrap();
    assert_eq!(tree.vfs.write_at(null, 1 << 50, b"gone"), Ok(4));
    assert_eq!(tree.vfs.append(null, b"gone"), Ok((4, 4)));
    assert_eq!(tree.vfs.read_at(null, 0, 10).unwrap(), b"");
    let zero = tree.open("/dev/zero", READ).unwrap();
    assert_eq!(tree.vfs.read_at(zero, 1 << 50, 3).unwrap(), [0; 3]);
    let full = tree.open("/dev/full", READ | WRITE).unwrap();
    assert_eq!(errno(tree.vfs.write_at(full, 0, b"x")), Errno::NoSpace);
    for path in ["/dev/random", "/dev/urandom"] {
        let random = tree.open(path, READ).unwrap();
        assert_eq!(tree.vfs.read_at(random, 0, 3).unwrap(), [1, 8, 15]);
    }
    let stat = tree.stat("/dev/null").unwrap();
    assert_eq!(
        (stat.kind, stat.device_number, stat.mode),
        (Kind::CharacterDevice, 1 << 32 | 3, 0o666)
    );
    assert_eq!(errno(tree.vfs.set_size(null, 0)), Errno::Invalid);
    assert_eq!(errno(tree.vfs.sync(null, false)), Errno::Invalid);
}

#[test]
fn the_standard_streams_are_the_console() {
    let (mut tree, machine) = machine();
    let input = tree.open("/dev/stdin", READ).unwrap();
    assert_eq!(errno(tree.vfs.read_at(input, 0, 10)), Errno::Again);
    assert_eq!(tree.vfs.ready(input).unwrap(), Readiness::empty());
    assert_eq!(
        tree.vfs.wait_token(input, Readiness::READABLE).unwrap(),
        Some(42)
    );
    machine.input.borrow_mut().extend(b"typed");
    assert_eq!(tree.vfs.read_at(input, 99, 3).unwrap(), b"typ");
    assert_eq!(tree.vfs.ready(input).unwrap(), Readiness::READABLE);
    let output = tree
        .open("/proc/self/fd/1", WRITE | OpenFlags::APPEND)
        .unwrap();
    tree.vfs.append(output, b"out").unwrap();
    let error = tree.open("/dev/fd/2", WRITE).unwrap();
    tree.vfs.write_at(error, 0, b"err").unwrap();
    assert_eq!(&*machine.output.borrow(), b"out");
    assert_eq!(&*machine.error.borrow(), b"err");
    assert_eq!(
        errno(tree.open("/dev/tty", READ | WRITE)),
        Errno::NoDeviceOrAddress
    );
    let terminal = TestMachine {
        terminal: true,
        ..machine
    };
    let mut tree = Tree::mount_table(MemFs::new(), terminal, &[]);
    let tty = tree.open("/dev/tty", READ | WRITE).unwrap();
    assert_eq!(tree.vfs.read_at(tty, 0, 10).unwrap(), b"ed");
}

#[test]
fn the_process_tells_of_itself() {
    let (mut tree, _) = machine();
    assert_eq!(
        text(&mut tree, "/proc/self/cmdline"),
        "bin/a-program-with-a-long-name\0-x\0"
    );
    assert_eq!(text(&mut tree, "/proc/self/environ"), "LANG=C\0A=b=c\0");
    assert_eq!(text(&mut tree, "/proc/1/comm"), "a-program-with-\n");
    let mut link = |path| {
        tree.vfs
            .read_link_at(tree.root, path, Lookup::empty())
            .unwrap()
    };
    assert_eq!(link("/proc/self"), "1");
    assert_eq!(
        link("/proc/self/exe"),
        "/home/bin/a-program-with-a-long-name"
    );
    assert_eq!(link("/proc/self/cwd"), "/home");
    assert_eq!(link("/proc/self/fd/0"), "/dev/stdin");
    assert!(text(&mut tree, "/proc/self/status").contains("\nPid:\t1\n"));
    let stat = text(&mut tree, "/proc/self/stat");
    // proc_pid_stat(5) has 52 fields.
    assert_eq!(stat.trim_end().split(' ').count(), 52);
    assert_eq!(tree.names("/proc/self/fd").unwrap(), ["0", "1", "2"]);
}

#[test]
fn the_system_tells_of_itself() {
    let (mut tree, _) = machine();
    for path in [
        "cpuinfo",
        "meminfo",
        "mounts",
        "uptime",
        "version",
        "filesystems",
        "loadavg",
        "stat",
        "sys/kernel/hostname",
        "sys/kernel/osrelease",
        "sys/kernel/random/boot_id",
        "self/mountinfo",
        "self/limits",
        "self/cgroup",
    ] {
        let path = format!("/proc/{path}");
        assert!(text(&mut tree, &path).ends_with('\n'), "{path}");
        assert_eq!(tree.stat(&path).unwrap().size, 0);
    }
    assert!(text(&mut tree, "/proc/mounts").contains("tmpfs /dev/shm tmpfs rw 0 0\n"));
    let uuid = text(&mut tree, "/proc/sys/kernel/random/uuid");
    assert_eq!((uuid.len(), &uuid[14..15]), (37, "4"));
    let boot = text(&mut tree, "/proc/sys/kernel/random/boot_id");
    assert_eq!(text(&mut tree, "/proc/sys/kernel/random/boot_id"), boot);
}

#[test]
fn a_text_is_read_in_pieces_of_one_reading() {
    let (mut tree, _) = machine();
    let whole = text(&mut tree, "/proc/meminfo");
    let file = tree.open("/proc/meminfo", READ).unwrap();
    let one = tree.vfs.read_at(file, 0, 10).unwrap();
    let rest = tree.vfs.read_at(file, 10, 10_000).unwrap();
    assert_eq!(whole.as_bytes(), [one, rest].concat());
    assert_eq!(tree.vfs.read_at(file, 1 << 40, 10).unwrap(), b"");
}

#[test]
fn special_directories_take_nothing() {
    let (mut tree, _) = machine();
    assert_eq!(errno(tree.write("/dev/new", b"")), Errno::ReadOnly);
    assert_eq!(errno(tree.unlink("/proc/version")), Errno::ReadOnly);
    assert_eq!(errno(tree.open("/proc/version", WRITE)), Errno::ReadOnly);
    assert_eq!(errno(tree.mkdir("/proc/2")), Errno::ReadOnly);
    assert_eq!(errno(tree.stat("/proc/2")), Errno::NoEntry);
    assert_eq!(errno(tree.rmdir("/proc")), Errno::Busy);
}

#[test]
fn settings_mount_memory_and_switch_off() {
    let settings = [
        ("dev", "false"),
        ("tmp", "false"),
        ("tmpfs.0.at", "/run/a b"),
        ("tmpfs.0.size", "8KiB"),
    ];
    let mut tree = Tree::mount_table(MemFs::new(), TestMachine::default(), &settings);
    assert_eq!(tree.names("/").unwrap(), ["proc", "run"]);
    assert_eq!(
        errno(tree.write("/run/a b/f", &[1; 10_000])),
        Errno::NoSpace
    );
    assert!(text(&mut tree, "/proc/mounts").contains("tmpfs /run/a\\040b tmpfs rw 0 0\n"));
    for wrong in [
        ("proc", "no"),
        ("tmpfs.0.size", "1"),
        ("tmpfs.1.at", "/../x"),
    ] {
        let fs = mount_table(
            MemFs::<Vec<u8>>::new(),
            TestMachine::default(),
            [wrong],
            Time::default(),
        );
        assert!(fs.is_err(), "{wrong:?}");
    }
}
