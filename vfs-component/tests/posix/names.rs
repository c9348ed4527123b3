//! mkdir(2), link(2), unlink(2), rmdir(2), rename(2), symlink(2), readlink(2).

use vfs_component::{Errno, Kind, Lookup, RenameMode};

use crate::common::{CREATE, FOLLOW, READ, WRITE, errno};

crate::rules! { everywhere:
    fn mkdir_refuses_what_is_there(tree) {
        tree.mkdir("d").unwrap();
        tree.write("f", b"").unwrap();
        tree.symlink("nowhere", "l").unwrap();
        for path in ["d", "d/", "f", "l", "l/", ".", "..", "/", "d/."] {
            assert_eq!(errno(tree.mkdir(path)), Errno::Exist, "{path}");
        }
        assert_eq!(errno(tree.mkdir("missing/d")), Errno::NoEntry);
        assert_eq!(errno(tree.mkdir("f/d")), Errno::NotDirectory);
    }

    fn readlink_tells_the_target_as_it_was_given(tree) {
        tree.symlink("a//b/../c/", "l").unwrap();
        let root = tree.root;
        assert_eq!(tree.vfs.read_link_at(root, "l", FOLLOW).unwrap(), "a//b/../c/");
        assert_eq!(errno(tree.symlink("", "m")), Errno::NoEntry);
        tree.write("f", b"").unwrap();
        assert_eq!(errno(tree.vfs.read_link_at(root, "f", FOLLOW)), Errno::Invalid);
        assert_eq!(errno(tree.vfs.read_link_at(root, ".", FOLLOW)), Errno::Invalid);
    }

    fn a_hard_link_is_the_same_file(tree) {
        tree.write("a", b"1").unwrap();
        tree.link("a", "b").unwrap();
        tree.write("b", b"22").unwrap();
        assert_eq!(tree.read("a").unwrap(), b"22");
        let (a, b) = (tree.stat("a").unwrap(), tree.stat("b").unwrap());
        assert_eq!((a.device, a.inode, a.links), (b.device, b.inode, 2));
        tree.unlink("a").unwrap();
        assert_eq!(tree.stat("b").unwrap().links, 1);
        let (one, other) = (tree.open("b", READ).unwrap(), tree.open("b", READ).unwrap());
        assert!(tree.vfs.is_same(one, other).unwrap());
        assert!(!tree.vfs.is_same(one, tree.root).unwrap());
    }

    fn link_refuses_directories_and_taken_names(tree) {
        tree.mkdir("d").unwrap();
        tree.write("f", b"").unwrap();
        assert_eq!(errno(tree.link("d", "e")), Errno::NotPermitted);
        assert_eq!(errno(tree.link("f", "d")), Errno::Exist);
        assert_eq!(errno(tree.link("f", "f")), Errno::Exist);
        assert_eq!(errno(tree.link("missing", "e")), Errno::NoEntry);
        assert_eq!(errno(tree.link("f", "missing/e")), Errno::NoEntry);
    }

    fn link_takes_a_symbolic_link_itself_unless_told_to_follow(tree) {
        tree.write("f", b"1").unwrap();
        tree.symlink("f", "l").unwrap();
        tree.link("l", "m").unwrap();
        assert_eq!(tree.lstat("m").unwrap().kind, Kind::SymbolicLink);
        let root = tree.root;
        tree.vfs.link_at(root, "l", FOLLOW, root, "n").unwrap();
        assert_eq!(tree.lstat("n").unwrap().inode, tree.stat("f").unwrap().inode);
    }

    fn unlink_takes_names_of_files_only(tree) {
        tree.mkdir("d").unwrap();
        tree.write("f", b"").unwrap();
        tree.symlink("f", "l").unwrap();
        tree.unlink("l").unwrap();
        assert!(tree.stat("f").is_ok());
        for path in ["d", "d/", ".", "..", "/"] {
            assert_eq!(errno(tree.unlink(path)), Errno::IsDirectory, "{path}");
        }
        assert_eq!(errno(tree.unlink("missing")), Errno::NoEntry);
    }

    fn an_open_file_outlives_its_name(tree) {
        let file = tree.open("f", READ | WRITE | CREATE).unwrap();
        tree.vfs.write_at(file, 0, b"still here").unwrap();
        tree.unlink("f").unwrap();
        assert_eq!(errno(tree.stat("f")), Errno::NoEntry);
        assert_eq!(tree.content(file).unwrap(), b"still here");
        assert_eq!(tree.vfs.stat(file).unwrap().links, 0);
        tree.vfs.write_at(file, 0, b"S").unwrap();
        tree.write("f", b"another").unwrap();
        assert_eq!(tree.content(file).unwrap(), b"Still here");
        assert_eq!(tree.read("f").unwrap(), b"another");
    }

    fn rmdir_takes_empty_directories_only(tree) {
        tree.mkdir("d").unwrap();
        tree.mkdir("d/e").unwrap();
        tree.write("f", b"").unwrap();
        tree.symlink("d/e", "l").unwrap();
        assert_eq!(errno(tree.rmdir("d")), Errno::NotEmpty);
        assert_eq!(errno(tree.rmdir("f")), Errno::NotDirectory);
        assert_eq!(errno(tree.rmdir("l")), Errno::NotDirectory);
        assert_eq!(errno(tree.rmdir("d/.")), Errno::Invalid);
        assert_eq!(errno(tree.rmdir("d/e/..")), Errno::NotEmpty);
        assert_eq!(errno(tree.rmdir("/")), Errno::Busy);
        assert_eq!(errno(tree.rmdir("missing")), Errno::NoEntry);
        tree.rmdir("d/e").unwrap();
        tree.rmdir("d/").unwrap();
        assert_eq!(errno(tree.stat("d")), Errno::NoEntry);
    }

    fn rename_onto_itself_does_nothing(tree) {
        tree.write("f", b"1").unwrap();
        tree.link("f", "g").unwrap();
        tree.mkdir("d").unwrap();
        tree.rename("f", "f").unwrap();
        tree.rename("f", "g").unwrap();
        tree.rename("d", "d/").unwrap();
        assert_eq!(tree.names("/").unwrap(), ["d", "f", "g"]);
    }

    fn rename_replaces_a_file_by_a_file(tree) {
        tree.write("a", b"1").unwrap();
        tree.write("b", b"22").unwrap();
        let old = tree.open("b", READ).unwrap();
        tree.rename("a", "b").unwrap();
        assert_eq!(tree.read("b").unwrap(), b"1");
        assert_eq!(tree.content(old).unwrap(), b"22");
        assert_eq!(tree.names("/").unwrap(), ["b"]);
    }

    fn rename_replaces_an_empty_directory_by_a_directory(tree) {
        tree.mkdir("a").unwrap();
        tree.write("a/f", b"").unwrap();
        tree.mkdir("b").unwrap();
        tree.rename("a", "b").unwrap();
        assert_eq!(tree.names("b").unwrap(), ["f"]);
        tree.mkdir("c").unwrap();
        assert_eq!(errno(tree.rename("c", "b")), Errno::NotEmpty);
    }

    fn rename_does_not_change_the_kind_of_a_name(tree) {
        tree.mkdir("d").unwrap();
        tree.write("f", b"").unwrap();
        assert_eq!(errno(tree.rename("d", "f")), Errno::NotDirectory);
        assert_eq!(errno(tree.rename("f", "d")), Errno::IsDirectory);
    }

    fn rename_does_not_move_a_directory_into_itself(tree) {
        tree.mkdir("d").unwrap();
        tree.mkdir("d/e").unwrap();
        assert_eq!(errno(tree.rename("d", "d/e/x")), Errno::Invalid);
        assert_eq!(errno(tree.rename("d", "d/x")), Errno::Invalid);
        assert_eq!(errno(tree.rename("d/e", "d")), Errno::NotEmpty);
        tree.symlink("d/e", "l").unwrap();
        assert_eq!(errno(tree.rename("d", "l/x")), Errno::Invalid);
    }

    fn rename_of_dot_and_dot_dot_is_busy(tree) {
        tree.mkdir("d").unwrap();
        for (old, new) in [(".", "e"), ("d/..", "e"), ("d", "."), ("d", ".."), ("/", "e")] {
            assert_eq!(errno(tree.rename(old, new)), Errno::Busy, "{old} {new}");
        }
    }

    fn rename_moves_a_link_and_not_its_target(tree) {
        tree.write("f", b"1").unwrap();
        tree.symlink("f", "l").unwrap();
        tree.write("g", b"22").unwrap();
        tree.rename("g", "l").unwrap();
        assert_eq!(tree.lstat("l").unwrap().kind, Kind::Regular);
        assert_eq!(tree.read("f").unwrap(), b"1");
    }

    fn what_is_in_a_directory_moves_with_it(tree) {
        tree.mkdir("a").unwrap();
        tree.mkdir("a/b").unwrap();
        tree.write("a/b/f", b"1").unwrap();
        tree.mkdir("c").unwrap();
        tree.rename("a/b", "c/d").unwrap();
        assert_eq!(tree.read("c/d/f").unwrap(), b"1");
        assert_eq!(errno(tree.stat("a/b")), Errno::NoEntry);
    }

    fn no_replace_refuses_what_is_there(tree) {
        tree.write("a", b"1").unwrap();
        tree.write("b", b"22").unwrap();
        let root = tree.root;
        let mut rename =
            |old, new| tree.vfs.rename_at(root, old, FOLLOW, root, new, RenameMode::NoReplace);
        assert_eq!(errno(rename("a", "b")), Errno::Exist);
        assert_eq!(errno(rename("a", "a")), Errno::Exist);
        assert_eq!(errno(rename("a", ".")), Errno::Exist);
        assert_eq!(errno(rename("missing", "b")), Errno::NoEntry);
        rename("a", "c").unwrap();
        assert_eq!(tree.names("/").unwrap(), ["b", "c"]);
    }

    fn a_listing_tells_kinds(tree) {
        tree.mkdir("d").unwrap();
        tree.write("f", b"").unwrap();
        tree.symlink("f", "l").unwrap();
        let entries = tree.vfs.read_directory(tree.root, 0, 10).unwrap();
        for (name, kind) in
            [("d", Kind::Directory), ("f", Kind::Regular), ("l", Kind::SymbolicLink)]
        {
            let entry = entries.iter().find(|entry| entry.name == name).unwrap();
            assert_eq!(entry.kind, kind);
            assert_eq!(entry.inode, tree.lstat(name).unwrap().inode);
        }
    }
}

mod memory {
    use vfs_component::{Errno, Kind, RenameMode};

    use super::*;

    crate::rules! { memory:
        fn exchange_swaps_two_files_of_any_kinds(tree) {
            tree.mkdir("d").unwrap();
            tree.mkdir("d/e").unwrap();
            tree.write("d/e/f", b"1").unwrap();
            tree.write("g", b"22").unwrap();
            let root = tree.root;
            let mut exchange =
                |old, new| tree.vfs.rename_at(root, old, FOLLOW, root, new, RenameMode::Exchange);
            exchange("d/e", "g").unwrap();
            assert_eq!(errno(exchange("d", "missing")), Errno::NoEntry);
            assert_eq!(errno(exchange("g", "g/f")), Errno::Invalid);
            assert_eq!(errno(exchange("g/f", "g")), Errno::Invalid);
            assert_eq!(tree.read("d/e").unwrap(), b"22");
            assert_eq!(tree.read("g/f").unwrap(), b"1");
            assert_eq!((tree.stat("/").unwrap().links, tree.stat("d").unwrap().links), (4, 2));
            assert_eq!(tree.stat("g/..").unwrap().inode, tree.stat("/").unwrap().inode);
        }

        fn a_directory_counts_itself_and_its_subdirectories(tree) {
            tree.mkdir("a").unwrap();
            tree.mkdir("a/b").unwrap();
            tree.write("a/f", b"").unwrap();
            tree.mkdir("c").unwrap();
            let mut links = |path: &str| tree.stat(path).unwrap().links;
            assert_eq!((links("/"), links("a"), links("a/b"), links("c")), (4, 3, 2, 2));
            tree.rename("a/b", "c/b").unwrap();
            let mut links = |path: &str| tree.stat(path).unwrap().links;
            assert_eq!((links("/"), links("a"), links("c")), (4, 2, 3));
            tree.mkdir("a/b").unwrap();
            tree.rename("a/b", "c/b").unwrap();
            let mut links = |path: &str| tree.stat(path).unwrap().links;
            assert_eq!((links("a"), links("c")), (2, 3));
            let b = tree.open("c/b", READ).unwrap();
            tree.rmdir("c/b").unwrap();
            assert_eq!(tree.stat("c").unwrap().links, 2);
            assert_eq!(tree.vfs.stat(b).unwrap().links, 0);
        }

        fn nodes_are_kept_with_their_numbers(tree) {
            let root = tree.root;
            let device = (1 << 32) | 3;
            let kinds =
                [Kind::CharacterDevice, Kind::BlockDevice, Kind::Fifo, Kind::Socket, Kind::Regular];
            for (name, kind) in ["c", "b", "p", "s", "r"].into_iter().zip(kinds) {
                tree.vfs.make_node_at(root, name, FOLLOW, kind, 0o620, device).unwrap();
                let stat = tree.stat(name).unwrap();
                let is_device = matches!(kind, Kind::CharacterDevice | Kind::BlockDevice);
                let number = if is_device { device } else { 0 };
                assert_eq!((stat.kind, stat.mode, stat.device_number), (kind, 0o620, number));
            }
            let mut make = |kind| tree.vfs.make_node_at(root, "x", FOLLOW, kind, 0o600, 0);
            assert_eq!(errno(make(Kind::Directory)), Errno::NotPermitted);
            assert_eq!(errno(make(Kind::SymbolicLink)), Errno::Invalid);
        }

        fn a_removed_directory_keeps_its_parent_for_who_has_it_open(tree) {
            tree.mkdir("a").unwrap();
            tree.mkdir("a/b").unwrap();
            let b = tree.open("a/b", READ).unwrap();
            let a = tree.stat("a").unwrap().inode;
            tree.rmdir("a/b").unwrap();
            tree.rmdir("a").unwrap();
            // New files must not take the place of the one that is still needed.
            for name in ["x", "y", "z"] {
                tree.mkdir(name).unwrap();
            }
            assert_eq!(tree.vfs.stat_at(b, "..", Lookup::empty()).unwrap().inode, a);
            tree.vfs.close(b);
        }
    }
}
