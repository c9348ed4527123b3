//! path_resolution(7).

use vfs_component::{Errno, Lookup, OpenFlags};

use crate::common::{FOLLOW, READ, errno};

crate::rules! { everywhere:
    fn an_empty_path_is_no_entry(tree) {
        assert_eq!(errno(tree.stat("")), Errno::NoEntry);
        assert_eq!(errno(tree.mkdir("")), Errno::NoEntry);
        assert_eq!(errno(tree.open("", READ)), Errno::NoEntry);
    }

    fn a_nul_in_a_path_is_invalid(tree) {
        assert_eq!(errno(tree.stat("a\0b")), Errno::Invalid);
        assert_eq!(errno(tree.mkdir("a\0b")), Errno::Invalid);
        assert_eq!(errno(tree.symlink("a\0b", "l")), Errno::Invalid);
    }

    fn dot_and_repeated_slashes_are_nothing(tree) {
        tree.mkdir("d").unwrap();
        tree.write("d/f", b"1").unwrap();
        for path in ["/d/f", "./d/./f", "//d///f", "d/../d/f", "d/././../d/f"] {
            assert_eq!(tree.stat(path).unwrap().size, 1, "{path}");
        }
    }

    fn dot_dot_at_the_root_stays_there(tree) {
        tree.write("f", b"1").unwrap();
        assert_eq!(tree.stat("/../../f").unwrap().size, 1);
        assert_eq!(tree.stat("..").unwrap().inode, tree.stat("/").unwrap().inode);
    }

    fn dot_dot_behind_a_missing_directory_is_no_entry(tree) {
        tree.write("f", b"").unwrap();
        assert_eq!(errno(tree.stat("missing/../f")), Errno::NoEntry);
        assert_eq!(errno(tree.stat("f/../f")), Errno::NotDirectory);
        assert_eq!(errno(tree.stat("f/.")), Errno::NotDirectory);
    }

    fn dot_dot_is_physical_behind_a_link(tree) {
        tree.mkdir("d").unwrap();
        tree.mkdir("d/e").unwrap();
        tree.write("d/f", b"22").unwrap();
        tree.symlink("d/e", "l").unwrap();
        assert_eq!(tree.stat("l/../f").unwrap().size, 2);
    }

    fn a_trailing_slash_asks_for_a_directory(tree) {
        tree.mkdir("d").unwrap();
        tree.write("f", b"").unwrap();
        tree.symlink("d", "to-d").unwrap();
        tree.symlink("f", "to-f").unwrap();
        assert!(tree.lstat("d/").is_ok());
        assert_eq!(errno(tree.stat("f/")), Errno::NotDirectory);
        assert_eq!(errno(tree.open("f/", READ)), Errno::NotDirectory);
        // It also asks to follow.
        assert_eq!(tree.lstat("to-d/").unwrap().inode, tree.stat("d").unwrap().inode);
        assert_eq!(errno(tree.lstat("to-f/")), Errno::NotDirectory);
        assert_eq!(errno(tree.unlink("f/")), Errno::NotDirectory);
        assert_eq!(errno(tree.unlink("to-d/")), Errno::NotDirectory);
        assert_eq!(errno(tree.rmdir("to-d/")), Errno::NotDirectory);
        assert_eq!(errno(tree.symlink("x", "new/")), Errno::NoEntry);
        assert_eq!(errno(tree.link("f", "new/")), Errno::NoEntry);
        tree.mkdir("new/").unwrap();
        assert_eq!(errno(tree.rename("f", "f2/")), Errno::NotDirectory);
        tree.rename("new/", "newer/").unwrap();
    }

    fn a_link_is_followed_in_the_middle_and_on_request_at_the_end(tree) {
        tree.mkdir("d").unwrap();
        tree.write("d/f", b"333").unwrap();
        tree.symlink("d", "l").unwrap();
        tree.symlink("d/f", "m").unwrap();
        assert_eq!(tree.lstat("l/f").unwrap().size, 3);
        assert_eq!(tree.stat("m").unwrap().size, 3);
        assert_eq!(tree.lstat("m").unwrap().size, "d/f".len() as u64);
    }

    fn a_relative_link_starts_where_it_is(tree) {
        tree.mkdir("d").unwrap();
        tree.write("f", b"1").unwrap();
        tree.symlink("../f", "d/l").unwrap();
        assert_eq!(tree.stat("d/l").unwrap().size, 1);
    }

    fn forty_links_are_followed_and_no_more(tree) {
        tree.write("0", b"end").unwrap();
        for number in 1..=41 {
            tree.symlink(&format!("{}", number - 1), &format!("{number}")).unwrap();
        }
        assert_eq!(tree.stat("40").unwrap().size, 3);
        assert_eq!(errno(tree.stat("41")), Errno::Loop);
        tree.symlink("self", "self").unwrap();
        assert_eq!(errno(tree.stat("self")), Errno::Loop);
        assert_eq!(errno(tree.stat("self/x")), Errno::Loop);
    }

    fn a_name_has_at_most_255_bytes(tree) {
        let longest = "n".repeat(255);
        tree.write(&longest, b"").unwrap();
        let longer = "n".repeat(256);
        assert_eq!(errno(tree.stat(&longer)), Errno::NameTooLong);
        assert_eq!(errno(tree.mkdir(&longer)), Errno::NameTooLong);
        assert_eq!(errno(tree.rename(&longest, &longer)), Errno::NameTooLong);
        assert_eq!(errno(tree.stat(&format!("missing/{longer}"))), Errno::NoEntry);
        assert_eq!(errno(tree.stat(&format!("{longest}/{longer}"))), Errno::NotDirectory);
    }

    fn a_path_has_at_most_4095_bytes(tree) {
        let path = "./".repeat(2047) + ".";
        assert_eq!(path.len(), 4095);
        assert!(tree.stat(&path).is_ok());
        assert_eq!(errno(tree.stat(&format!("{path}/"))), Errno::NameTooLong);
        assert_eq!(errno(tree.symlink(&format!("{path}/"), "l")), Errno::NameTooLong);
    }

    fn a_path_may_be_relative_to_any_open_directory(tree) {
        tree.mkdir("d").unwrap();
        tree.mkdir("d/e").unwrap();
        tree.write("d/f", b"1").unwrap();
        let e = tree.open("d/e", READ).unwrap();
        assert_eq!(tree.vfs.stat_at(e, "../f", FOLLOW).unwrap().size, 1);
        assert_eq!(tree.vfs.stat_at(e, "/d/f", FOLLOW).unwrap().size, 1);
        let f = tree.open("d/f", READ).unwrap();
        assert_eq!(errno(tree.vfs.stat_at(f, "x", FOLLOW)), Errno::NotDirectory);
        assert_eq!(tree.vfs.stat_at(f, "/d/f", FOLLOW).unwrap().size, 1);
    }

    fn dot_dot_of_an_open_directory_follows_a_rename(tree) {
        tree.mkdir("a").unwrap();
        tree.mkdir("a/moved").unwrap();
        tree.mkdir("b").unwrap();
        tree.write("a/f", b"1").unwrap();
        tree.write("b/f", b"22").unwrap();
        let moved = tree.open("a/moved", READ | OpenFlags::DIRECTORY).unwrap();
        assert_eq!(tree.vfs.stat_at(moved, "../f", FOLLOW).unwrap().size, 1);
        tree.rename("a/moved", "b/moved").unwrap();
        assert_eq!(tree.vfs.stat_at(moved, "../f", FOLLOW).unwrap().size, 2);
    }

    fn beneath_stays_at_or_below_where_it_starts(tree) {
        let beneath = FOLLOW | Lookup::BENEATH;
        tree.mkdir("d").unwrap();
        tree.mkdir("d/e").unwrap();
        tree.write("f", b"1").unwrap();
        tree.write("d/g", b"22").unwrap();
        tree.symlink("../f", "d/out").unwrap();
        tree.symlink("e/../g", "d/in").unwrap();
        let d = tree.open("d", READ).unwrap();
        for path in ["..", "../f", "e/../../f", "../d/g", "out", "/d/g", "/"] {
            assert_eq!(errno(tree.vfs.stat_at(d, path, beneath)), Errno::NotPermitted, "{path}");
        }
        for path in [".", "g", "e/../g", "in"] {
            assert!(tree.vfs.stat_at(d, path, beneath).is_ok(), "{path}");
        }
        // A link that is not followed does not lead out.
        assert!(tree.vfs.stat_at(d, "out", Lookup::BENEATH).is_ok());
        // The root is a start like any other.
        let root = tree.root;
        for path in ["..", "d/../../f", "/f"] {
            assert_eq!(errno(tree.vfs.stat_at(root, path, beneath)), Errno::NotPermitted, "{path}");
        }
    }

    fn beneath_holds_for_both_paths_of_a_rename_and_a_link(tree) {
        tree.mkdir("d").unwrap();
        tree.write("f", b"").unwrap();
        tree.write("d/g", b"").unwrap();
        let d = tree.open("d", READ).unwrap();
        let mode = vfs_component::RenameMode::Replace;
        let calls = [("../f", "h"), ("g", "../h"), ("/f", "h")];
        for (old, new) in calls {
            let renamed = tree.vfs.rename_at(d, old, Lookup::BENEATH, d, new, mode);
            assert_eq!(errno(renamed), Errno::NotPermitted, "{old} {new}");
            let linked = tree.vfs.link_at(d, old, Lookup::BENEATH, d, new);
            assert_eq!(errno(linked), Errno::NotPermitted, "{old} {new}");
        }
    }

    fn a_removed_directory_has_no_entries_and_takes_none(tree) {
        tree.mkdir("d").unwrap();
        let d = tree.open("d", READ).unwrap();
        tree.rmdir("d").unwrap();
        assert_eq!(errno(tree.vfs.stat_at(d, "x", FOLLOW)), Errno::NoEntry);
        assert_eq!(errno(tree.vfs.make_directory_at(d, "x", FOLLOW, 0o755)), Errno::NoEntry);
        let how = OpenFlags::WRITE | OpenFlags::CREATE;
        assert_eq!(errno(tree.vfs.open_at(d, "x", FOLLOW, how, 0o644)), Errno::NoEntry);
        let root = tree.stat("/").unwrap().inode;
        assert_eq!(tree.vfs.stat_at(d, "..", FOLLOW).unwrap().inode, root);
    }
}

mod memory {
    use vfs_component::{Errno, Lookup};

    use crate::common::{FOLLOW, READ, errno};

    crate::rules! { memory:
        fn an_absolute_link_starts_at_the_root(tree) {
            tree.mkdir("d").unwrap();
            tree.write("f", b"1").unwrap();
            tree.symlink("/f", "d/l").unwrap();
            tree.symlink("/", "d/top").unwrap();
            assert_eq!(tree.stat("d/l").unwrap().size, 1);
            assert_eq!(tree.stat("d/top/f").unwrap().size, 1);
        }

        fn beneath_follows_an_absolute_link_from_the_root_only(tree) {
            let beneath = FOLLOW | Lookup::BENEATH;
            tree.mkdir("d").unwrap();
            tree.write("d/f", b"1").unwrap();
            tree.symlink("/d/f", "d/l").unwrap();
            tree.symlink("/../d/f", "d/m").unwrap();
            let (root, d) = (tree.root, tree.open("d", READ).unwrap());
            assert_eq!(tree.vfs.stat_at(root, "d/l", beneath).unwrap().size, 1);
            assert_eq!(errno(tree.vfs.stat_at(d, "l", beneath)), Errno::NotPermitted);
            assert_eq!(errno(tree.vfs.stat_at(root, "d/m", beneath)), Errno::NotPermitted);
        }
    }
}
