//! open(2).

use vfs_component::{Errno, Lookup, OpenFlags};

use crate::common::{CREATE, FOLLOW, READ, WRITE, errno};

const EXCLUSIVE: OpenFlags = OpenFlags::EXCLUSIVE;
const TRUNCATE: OpenFlags = OpenFlags::TRUNCATE;
const DIRECTORY: OpenFlags = OpenFlags::DIRECTORY;
const PATH_ONLY: OpenFlags = OpenFlags::PATH_ONLY;

crate::rules! { everywhere:
    fn create_makes_a_file_once_and_opens_it_afterwards(tree) {
        assert_eq!(errno(tree.open("f", WRITE)), Errno::NoEntry);
        let file = tree.open("f", WRITE | CREATE).unwrap();
        tree.vfs.write_at(file, 0, b"kept").unwrap();
        let again = tree.open("f", READ | CREATE).unwrap();
        assert_eq!(tree.content(again).unwrap(), b"kept");
    }

    fn create_in_a_missing_directory_is_no_entry(tree) {
        assert_eq!(errno(tree.open("missing/f", WRITE | CREATE)), Errno::NoEntry);
        tree.write("f", b"").unwrap();
        assert_eq!(errno(tree.open("f/g", WRITE | CREATE)), Errno::NotDirectory);
    }

    fn exclusive_refuses_whatever_is_there(tree) {
        let how = WRITE | CREATE | EXCLUSIVE;
        let file = tree.open("f", how).unwrap();
        tree.vfs.close(file);
        tree.mkdir("d").unwrap();
        tree.symlink("nowhere", "dangling").unwrap();
        for path in ["f", "d", "dangling", ".", "..", "/"] {
            assert_eq!(errno(tree.open(path, how)), Errno::Exist, "{path}");
        }
        assert_eq!(errno(tree.stat("nowhere")), Errno::NoEntry);
    }

    fn create_through_a_dangling_link_makes_its_target(tree) {
        tree.symlink("target", "l").unwrap();
        tree.write("l", b"1").unwrap();
        assert_eq!(tree.lstat("target").unwrap().size, 1);
    }

    fn create_on_a_directory_is_is_directory(tree) {
        tree.mkdir("d").unwrap();
        for path in ["d", ".", "d/", "d/..", "/", "new/"] {
            assert_eq!(errno(tree.open(path, WRITE | CREATE)), Errno::IsDirectory, "{path}");
        }
        assert_eq!(errno(tree.open("d", READ | CREATE)), Errno::IsDirectory);
        assert_eq!(errno(tree.open("d", READ | CREATE | DIRECTORY)), Errno::Invalid);
    }

    fn a_directory_opens_for_reading_only(tree) {
        tree.mkdir("d").unwrap();
        assert!(tree.open("d", READ).is_ok());
        assert_eq!(errno(tree.open("d", WRITE)), Errno::IsDirectory);
        assert_eq!(errno(tree.open("d", READ | WRITE)), Errno::IsDirectory);
        let d = tree.open("d", READ | DIRECTORY).unwrap();
        assert_eq!(errno(tree.vfs.read_at(d, 0, 1)), Errno::IsDirectory);
        assert_eq!(errno(tree.vfs.write_at(d, 0, b"1")), Errno::BadDescriptor);
    }

    fn directory_refuses_anything_else(tree) {
        tree.write("f", b"").unwrap();
        tree.mkdir("d").unwrap();
        tree.symlink("d", "l").unwrap();
        assert_eq!(errno(tree.open("f", READ | DIRECTORY)), Errno::NotDirectory);
        assert!(tree.open("l", READ | DIRECTORY).is_ok());
        let not_followed = tree.vfs.open_at(tree.root, "l", Lookup::empty(), READ | DIRECTORY, 0);
        assert_eq!(errno(not_followed), Errno::NotDirectory);
    }

    fn a_link_that_is_not_followed_is_a_loop(tree) {
        tree.write("f", b"").unwrap();
        tree.symlink("f", "l").unwrap();
        for how in [READ, WRITE | CREATE, READ | WRITE] {
            let opened = tree.vfs.open_at(tree.root, "l", Lookup::empty(), how, 0o644);
            assert_eq!(errno(opened), Errno::Loop);
        }
    }

    fn truncate_cuts_and_needs_write(tree) {
        tree.write("f", b"content").unwrap();
        assert_eq!(errno(tree.open("f", READ | TRUNCATE)), Errno::Invalid);
        assert_eq!(tree.stat("f").unwrap().size, 7);
        let file = tree.open("f", WRITE | TRUNCATE).unwrap();
        assert_eq!(tree.vfs.stat(file).unwrap().size, 0);
        assert_eq!(tree.read("f").unwrap(), b"");
    }

    fn access_is_as_it_was_opened(tree) {
        tree.write("f", b"1").unwrap();
        let reader = tree.open("f", READ).unwrap();
        let writer = tree.open("f", WRITE).unwrap();
        assert_eq!(errno(tree.vfs.write_at(reader, 0, b"2")), Errno::BadDescriptor);
        assert_eq!(errno(tree.vfs.append(reader, b"2")), Errno::BadDescriptor);
        assert_eq!(errno(tree.vfs.set_size(reader, 0)), Errno::Invalid);
        assert_eq!(errno(tree.vfs.read_at(writer, 0, 1)), Errno::BadDescriptor);
        assert_eq!(tree.read("f").unwrap(), b"1");
    }

    fn path_only_names_and_does_nothing_else(tree) {
        tree.write("f", b"1").unwrap();
        tree.mkdir("d").unwrap();
        tree.write("d/g", b"22").unwrap();
        let f = tree.open("f", PATH_ONLY | READ | WRITE | TRUNCATE | CREATE).unwrap();
        assert_eq!(tree.vfs.flags(f).unwrap(), PATH_ONLY);
        assert_eq!(tree.vfs.stat(f).unwrap().size, 1);
        assert_eq!(errno(tree.vfs.read_at(f, 0, 1)), Errno::BadDescriptor);
        assert_eq!(errno(tree.vfs.write_at(f, 0, b"2")), Errno::BadDescriptor);
        assert_eq!(errno(tree.vfs.append(f, b"2")), Errno::BadDescriptor);
        assert_eq!(errno(tree.vfs.set_size(f, 0)), Errno::BadDescriptor);
        assert_eq!(errno(tree.vfs.sync(f, false)), Errno::BadDescriptor);
        assert_eq!(errno(tree.vfs.set_flags(f, OpenFlags::APPEND)), Errno::BadDescriptor);
        let d = tree.open("d", PATH_ONLY).unwrap();
        assert_eq!(tree.vfs.stat_at(d, "g", FOLLOW).unwrap().size, 2);
        assert_eq!(errno(tree.vfs.read_directory(d, 0, 1)), Errno::BadDescriptor);
    }

    fn path_only_may_name_a_link(tree) {
        tree.symlink("nowhere", "l").unwrap();
        let root = tree.root;
        let l = tree.vfs.open_at(root, "l", Lookup::empty(), PATH_ONLY, 0).unwrap();
        assert_eq!(tree.vfs.stat(l).unwrap().size, "nowhere".len() as u64);
    }

    fn the_root_is_path_only_and_can_be_listed(tree) {
        tree.mkdir("d").unwrap();
        assert_eq!(tree.vfs.flags(tree.root).unwrap(), PATH_ONLY | READ | DIRECTORY);
        assert_eq!(tree.names_in(tree.root).unwrap(), ["d"]);
    }

    fn flags_are_told_and_three_of_them_change(tree) {
        let file = tree.open("f", READ | WRITE | CREATE | EXCLUSIVE | OpenFlags::SYNC).unwrap();
        assert_eq!(tree.vfs.flags(file).unwrap(), READ | WRITE | OpenFlags::SYNC);
        tree.vfs.set_flags(file, OpenFlags::APPEND | OpenFlags::DATA_SYNC | TRUNCATE).unwrap();
        let flags = READ | WRITE | OpenFlags::APPEND | OpenFlags::DATA_SYNC;
        assert_eq!(tree.vfs.flags(file).unwrap(), flags);
    }

    fn a_closed_handle_is_a_bad_descriptor(tree) {
        let file = tree.open("f", READ | WRITE | CREATE).unwrap();
        tree.vfs.close(file);
        assert_eq!(errno(tree.vfs.read_at(file, 0, 1)), Errno::BadDescriptor);
        assert_eq!(errno(tree.vfs.stat(file)), Errno::BadDescriptor);
        tree.vfs.close(file);
        assert_eq!(tree.vfs.open_files(), 1);
    }
}

mod memory {
    use vfs_component::{Errno, Kind, OpenFlags};

    use crate::common::{CREATE, FOLLOW, READ, WRITE, errno};

    crate::rules! { memory:
        fn the_mode_is_given_when_a_file_is_made_and_only_then(tree) {
            let root = tree.root;
            tree.vfs.open_at(root, "f", FOLLOW, WRITE | CREATE, 0o100_4751).unwrap();
            assert_eq!(tree.stat("f").unwrap().mode, 0o4751);
            tree.vfs.open_at(root, "f", FOLLOW, WRITE | CREATE, 0o600).unwrap();
            assert_eq!(tree.stat("f").unwrap().mode, 0o4751);
        }

        fn a_mode_without_rights_does_not_hinder_who_made_it(tree) {
            let root = tree.root;
            let file = tree.vfs.open_at(root, "f", FOLLOW, READ | WRITE | CREATE, 0).unwrap();
            tree.vfs.write_at(file, 0, b"1").unwrap();
            assert_eq!(tree.content(file).unwrap(), b"1");
        }

        fn a_node_without_a_driver_opens_as_a_name_only(tree) {
            let root = tree.root;
            tree.vfs.make_node_at(root, "p", FOLLOW, Kind::Fifo, 0o644, 0).unwrap();
            assert_eq!(errno(tree.open("p", READ)), Errno::NoDeviceOrAddress);
            assert!(tree.open("p", OpenFlags::PATH_ONLY).is_ok());
        }
    }
}
