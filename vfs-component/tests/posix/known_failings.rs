//! The fourteen known failings of wasm-vfs, an older filesystem for wasm, one test each on every
//! driver that can be written to.

use vfs_component::{Errno, OpenFlags};

use crate::common::{CREATE, FOLLOW, READ, WRITE, errno};

crate::rules! { everywhere:
    fn o_excl_on_an_existing_file(tree) {
        tree.write("f", b"kept").unwrap();
        let how = WRITE | CREATE | OpenFlags::EXCLUSIVE;
        assert_eq!(errno(tree.open("f", how)), Errno::Exist);
        assert_eq!(tree.read("f").unwrap(), b"kept");
    }

    fn create_in_a_missing_directory(tree) {
        assert_eq!(errno(tree.open("no/f", WRITE | CREATE)), Errno::NoEntry);
        assert_eq!(tree.names("/").unwrap().len(), 0);
    }

    fn write_through_a_read_only_descriptor(tree) {
        tree.write("f", b"kept").unwrap();
        let file = tree.open("f", READ).unwrap();
        assert_eq!(errno(tree.vfs.write_at(file, 0, b"lost")), Errno::BadDescriptor);
        assert_eq!(tree.read("f").unwrap(), b"kept");
    }

    /// The offset is the libc shim's; what it needs from here is that two handles of
    /// one file see one content and one set of flags stays with each.
    fn shared_offset_after_dup(tree) {
        let one = tree.open("f", READ | WRITE | CREATE).unwrap();
        let other = tree.open("f", READ | WRITE).unwrap();
        tree.vfs.write_at(one, 0, b"one").unwrap();
        tree.vfs.write_at(other, 3, b"two").unwrap();
        assert_eq!(tree.content(one).unwrap(), b"onetwo");
        tree.vfs.set_flags(one, OpenFlags::APPEND).unwrap();
        assert!(!tree.vfs.flags(other).unwrap().contains(OpenFlags::APPEND));
    }

    fn size_after_o_trunc(tree) {
        tree.write("f", b"content").unwrap();
        let file = tree.open("f", WRITE | OpenFlags::TRUNCATE).unwrap();
        assert_eq!((tree.vfs.stat(file).unwrap().size, tree.stat("f").unwrap().size), (0, 0));
    }

    /// chdir(2) is the libc shim's: to open relative to another directory.
    fn relative_open_after_chdir(tree) {
        tree.mkdir("d").unwrap();
        let d = tree.open("d", READ | OpenFlags::DIRECTORY).unwrap();
        let file = tree.vfs.open_at(d, "f", FOLLOW, WRITE | CREATE, 0o644).unwrap();
        tree.vfs.write_at(file, 0, b"here").unwrap();
        assert_eq!(tree.read("/d/f").unwrap(), b"here");
        assert_eq!(tree.vfs.stat_at(d, "../d/f", FOLLOW).unwrap().size, 4);
    }

    fn stat_through_a_symlink(tree) {
        tree.write("f", b"12345").unwrap();
        tree.symlink("f", "l").unwrap();
        assert_eq!(tree.stat("l").unwrap().size, 5);
        assert_eq!(tree.stat("l").unwrap().inode, tree.stat("f").unwrap().inode);
    }

    fn link_count_after_link(tree) {
        tree.write("f", b"").unwrap();
        tree.link("f", "g").unwrap();
        assert_eq!((tree.stat("f").unwrap().links, tree.stat("g").unwrap().links), (2, 2));
    }

    fn children_after_a_directory_rename(tree) {
        tree.mkdir("a").unwrap();
        tree.mkdir("a/b").unwrap();
        tree.write("a/b/f", b"1").unwrap();
        tree.rename("a", "z").unwrap();
        assert_eq!(tree.read("z/b/f").unwrap(), b"1");
        assert_eq!(errno(tree.stat("a/b/f")), Errno::NoEntry);
    }

    fn dot_dot_of_an_empty_directory(tree) {
        tree.mkdir("e").unwrap();
        tree.write("a", b"1").unwrap();
        assert_eq!(tree.stat("/e/../a").unwrap().size, 1);
    }

    fn more_than_256_files(tree) {
        let handles: Vec<_> =
            (0..1000).map(|n| tree.open(&format!("f{n}"), READ | WRITE | CREATE).unwrap()).collect();
        for (number, handle) in handles.iter().enumerate() {
            tree.vfs.write_at(*handle, 0, number.to_string().into_bytes()).unwrap();
        }
        for (number, handle) in handles.iter().enumerate() {
            assert_eq!(tree.content(*handle).unwrap(), number.to_string().as_bytes());
        }
        assert_eq!(tree.names("/").unwrap().len(), 1000);
    }

    fn variable_length_directory_records(tree) {
        for length in 1..=255 {
            tree.write(&"n".repeat(length), b"").unwrap();
        }
        let names = tree.names("/").unwrap();
        assert_eq!(names.iter().map(String::len).collect::<Vec<_>>(), (1..=255).collect::<Vec<_>>());
    }

    fn timestamps_that_move(tree) {
        tree.write("f", b"1").unwrap();
        let old = tree.stat("f").unwrap().times.modified;
        // A host's clock may tick slowly.
        for _ in 0..100_000 {
            tree.write("f", b"2").unwrap();
            if tree.stat("f").unwrap().times.modified > old {
                return;
            }
        }
        panic!("the time of modification stands still");
    }
}

mod memory {
    use crate::common::{CREATE, FOLLOW, WRITE};

    crate::rules! { memory:
        /// The umask is the libc shim's: a mode that is given is final.
        fn umask_on_open(tree) {
            let (root, how) = (tree.root, WRITE | CREATE);
            tree.vfs.open_at(root, "f", FOLLOW, how, 0o666 & !0o027).unwrap();
            assert_eq!(tree.stat("f").unwrap().mode, 0o640);
        }
    }
}
