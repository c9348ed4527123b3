//! stat(2), chmod(2), chown(2), statvfs(3), xattr(7).

use vfs_component::{Attributes, Kind, Lookup, SetTime, Time};

use crate::common::{FOLLOW, READ};

crate::rules! { everywhere:
    fn stat_by_path_and_by_handle_agree(tree) {
        tree.write("f", b"12345").unwrap();
        let file = tree.open("f", READ).unwrap();
        let stat = tree.vfs.stat(file).unwrap();
        assert_eq!(stat, tree.stat("f").unwrap());
        assert_eq!((stat.kind, stat.size, stat.links), (Kind::Regular, 5, 1));
        let root = tree.stat("/").unwrap();
        assert_eq!((root.kind, root.device), (Kind::Directory, stat.device));
    }

    fn the_size_of_a_link_is_that_of_its_target(tree) {
        tree.symlink("twelve bytes", "l").unwrap();
        let stat = tree.lstat("l").unwrap();
        assert_eq!((stat.kind, stat.size, stat.mode), (Kind::SymbolicLink, 12, 0o777));
    }

    fn statvfs_tells_the_longest_name(tree) {
        let root = tree.root;
        let stat = tree.vfs.filesystem_stat(root).unwrap();
        assert_eq!((stat.name_max, stat.read_only), (255, false));
        assert!(stat.block_size >= 512);
    }

    fn times_can_be_set_by_path_and_by_handle(tree) {
        tree.write("f", b"").unwrap();
        tree.mkdir("d").unwrap();
        tree.symlink("f", "l").unwrap();
        let time = |seconds| Time { seconds, nanoseconds: 500 };
        let change = |seconds| Attributes {
            accessed: SetTime::At(time(seconds)),
            modified: SetTime::At(time(seconds + 1)),
            ..Attributes::default()
        };
        let root = tree.root;
        let (f, d) = (tree.open("f", READ).unwrap(), tree.open("d", READ).unwrap());
        tree.vfs.set_attributes(f, &change(10)).unwrap();
        tree.vfs.set_attributes(d, &change(20)).unwrap();
        tree.vfs.set_attributes_at(root, "l", Lookup::empty(), &change(30)).unwrap();
        for (path, seconds) in [("f", 10), ("d", 20), ("l", 30)] {
            let times = tree.lstat(path).unwrap().times;
            assert_eq!((times.accessed, times.modified), (time(seconds), time(seconds + 1)));
        }
        tree.vfs.set_attributes_at(root, "l", FOLLOW, &change(40)).unwrap();
        assert_eq!(tree.stat("f").unwrap().times.accessed, time(40));
    }
}

mod memory {
    use vfs_component::{AttributeMode, Attributes, Errno, Kind, Lookup, OpenFlags};

    use crate::common::{FOLLOW, READ, errno};

    crate::rules! { memory:
        fn modes_and_owners_are_kept_and_not_enforced(tree) {
            tree.write("f", b"1").unwrap();
            let root = tree.root;
            let change = Attributes {
                mode: Some(0o7000),
                user: Some(1000),
                group: Some(u32::MAX - 1),
                ..Attributes::default()
            };
            tree.vfs.set_attributes_at(root, "f", FOLLOW, &change).unwrap();
            let stat = tree.stat("f").unwrap();
            assert_eq!((stat.mode, stat.user, stat.group), (0o7000, 1000, u32::MAX - 1));
            assert_eq!(tree.read("f").unwrap(), b"1");
            let change = Attributes { mode: Some(0o170_644), ..Attributes::default() };
            tree.vfs.set_attributes_at(root, "f", FOLLOW, &change).unwrap();
            assert_eq!(tree.stat("f").unwrap().mode, 0o644);
        }

        fn a_link_has_no_mode_of_its_own(tree) {
            tree.write("f", b"").unwrap();
            tree.symlink("f", "l").unwrap();
            let root = tree.root;
            let change = Attributes { mode: Some(0o600), ..Attributes::default() };
            let set = tree.vfs.set_attributes_at(root, "l", Lookup::empty(), &change);
            assert_eq!(errno(set), Errno::NotSupported);
            tree.vfs.set_attributes_at(root, "l", FOLLOW, &change).unwrap();
            assert_eq!(tree.stat("f").unwrap().mode, 0o600);
            let change = Attributes { user: Some(7), ..Attributes::default() };
            tree.vfs.set_attributes_at(root, "l", Lookup::empty(), &change).unwrap();
            assert_eq!((tree.lstat("l").unwrap().user, tree.stat("f").unwrap().user), (7, 0));
        }

        fn a_name_alone_changes_no_attributes(tree) {
            tree.write("f", b"").unwrap();
            let file = tree.open("f", OpenFlags::PATH_ONLY).unwrap();
            let change = Attributes { mode: Some(0o600), ..Attributes::default() };
            assert_eq!(errno(tree.vfs.set_attributes(file, &change)), Errno::BadDescriptor);
        }

        fn extended_attributes_are_kept(tree) {
            tree.write("f", b"").unwrap();
            let file = tree.open("f", READ).unwrap();
            let mut set = |name, value, mode| tree.vfs.set_xattr(file, name, value, mode);
            set("user.a", b"1", AttributeMode::Set).unwrap();
            assert_eq!(errno(set("user.a", b"2", AttributeMode::Create)), Errno::Exist);
            assert_eq!(errno(set("user.b", b"2", AttributeMode::Replace)), Errno::NoData);
            set("user.b", b"", AttributeMode::Create).unwrap();
            set("user.a", b"\xff\0", AttributeMode::Replace).unwrap();
            set("trusted.c", &[3; 65536], AttributeMode::Set).unwrap();
            assert_eq!(errno(set("user.d", &[3; 65537], AttributeMode::Set)), Errno::NoSpace);
            assert_eq!(tree.vfs.xattr(file, "user.a").unwrap(), b"\xff\0");
            assert_eq!(tree.vfs.xattr(file, "user.b").unwrap(), b"");
            assert_eq!(errno(tree.vfs.xattr(file, "user.c")), Errno::NoData);
            let mut names = tree.vfs.xattrs(file).unwrap();
            names.sort();
            assert_eq!(names, ["trusted.c", "user.a", "user.b"]);
            tree.vfs.remove_xattr(file, "user.a").unwrap();
            assert_eq!(errno(tree.vfs.remove_xattr(file, "user.a")), Errno::NoData);
            // They are the file's, not the name's.
            tree.rename("f", "g").unwrap();
            let again = tree.open("g", READ).unwrap();
            assert_eq!(tree.vfs.xattrs(again).unwrap().len(), 2);
        }

        fn names_of_extended_attributes_have_a_namespace(tree) {
            let file = tree.open("/", READ).unwrap();
            let long = format!("user.{}", "n".repeat(251));
            for (name, expected) in [
                ("", Errno::Invalid),
                ("user.", Errno::Invalid),
                ("user.\0", Errno::Invalid),
                ("none", Errno::NotSupported),
                ("system.x", Errno::NotSupported),
                (long.as_str(), Errno::NameTooLong),
            ] {
                let set = tree.vfs.set_xattr(file, name, b"", AttributeMode::Set);
                assert_eq!(errno(set), expected, "{name}");
                assert_eq!(errno(tree.vfs.xattr(file, name)), expected, "{name}");
                assert_eq!(errno(tree.vfs.remove_xattr(file, name)), expected, "{name}");
            }
            tree.vfs.set_xattr(file, &long[..255], b"", AttributeMode::Set).unwrap();
        }

        fn an_inode_number_is_not_used_again(tree) {
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..100 {
                tree.write("f", b"").unwrap();
                assert!(seen.insert(tree.stat("f").unwrap().inode));
                tree.unlink("f").unwrap();
            }
        }

        fn devices_keep_their_numbers_through_a_rename(tree) {
            let root = tree.root;
            tree.vfs.make_node_at(root, "n", FOLLOW, Kind::CharacterDevice, 0o666, 259).unwrap();
            tree.rename("n", "null").unwrap();
            assert_eq!(tree.stat("null").unwrap().device_number, 259);
        }
    }
}
