//! readdir(3): listings that hold while entries come and go.

use std::collections::BTreeSet;

use crate::common::READ;

crate::rules! { everywhere:
    fn a_listing_is_told_in_pieces_of_any_size(tree) {
        let names: BTreeSet<String> = (0..50).map(|number| format!("n{number}")).collect();
        for name in &names {
            tree.write(name, b"").unwrap();
        }
        for count in [1, 2, 7, 49, 50, 51, u32::MAX] {
            let (mut told, mut cookie) = (BTreeSet::new(), 0);
            loop {
                let entries = tree.vfs.read_directory(tree.root, cookie, count).unwrap();
                let Some(last) = entries.last() else { break };
                assert!(entries.len() <= count as usize);
                cookie = last.next;
                for entry in entries {
                    assert!(told.insert(entry.name));
                }
            }
            assert_eq!(told, names);
        }
    }

    fn each_cookie_goes_on_behind_its_entry(tree) {
        for name in ["a", "b", "c", "d"] {
            tree.write(name, b"").unwrap();
        }
        let all = tree.vfs.read_directory(tree.root, 0, 10).unwrap();
        for (at, entry) in all.iter().enumerate() {
            let rest = tree.vfs.read_directory(tree.root, entry.next, 10).unwrap();
            assert_eq!(rest, all[at + 1..]);
        }
    }

    fn renaming_what_is_listed_comes_to_an_end(tree) {
        for number in 0..20 {
            tree.write(&format!("{number}"), b"").unwrap();
        }
        let directory = tree.open("/", READ).unwrap();
        let (mut told, mut cookie) = (0, 0);
        while let Some(entry) = tree.vfs.read_directory(directory, cookie, 1).unwrap().pop() {
            cookie = entry.next;
            tree.rename(&entry.name, &format!("{}.new", entry.name)).unwrap();
            told += 1;
            assert!(told <= 20, "what was renamed is told again");
        }
        assert_eq!(told, 20);
        // A listing from the start tells the new names.
        let names = tree.vfs.read_directory(directory, 0, 100).unwrap();
        assert!(names.len() == 20 && names.iter().all(|entry| entry.name.ends_with(".new")));
    }

    fn entries_that_stay_are_told_once_whatever_comes_and_goes(tree) {
        let stays: BTreeSet<String> = (0..100).map(|number| format!("stays{number}")).collect();
        for (number, name) in stays.iter().enumerate() {
            tree.write(name, b"").unwrap();
            tree.write(&format!("goes{number}"), b"").unwrap();
        }
        let directory = tree.open("/", READ).unwrap();
        let (mut told, mut cookie, mut round) = (Vec::new(), 0, 0);
        loop {
            let entries = tree.vfs.read_directory(directory, cookie, 3).unwrap();
            let Some(last) = entries.last() else { break };
            cookie = last.next;
            told.extend(entries.into_iter().map(|entry| entry.name));
            // Enough removals that gaps are closed, with new names all the while.
            for number in 0..3 {
                let _ = tree.unlink(&format!("goes{}", round * 3 + number));
            }
            if round < 30 {
                tree.write(&format!("new{round}"), b"").unwrap();
            }
            tree.rename("stays0", "stays0").unwrap();
            round += 1;
        }
        told.retain(|name| name.starts_with("stays"));
        assert_eq!(told.len(), stays.len());
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), stays);
    }

    fn removing_what_is_told_removes_all(tree) {
        tree.mkdir("d").unwrap();
        for number in 0..500 {
            tree.write(&format!("d/{number}"), b"").unwrap();
        }
        let directory = tree.open("d", READ).unwrap();
        let mut cookie = 0;
        loop {
            let entries = tree.vfs.read_directory(directory, cookie, 10).unwrap();
            let Some(last) = entries.last() else { break };
            cookie = last.next;
            for entry in entries {
                tree.unlink(&format!("d/{}", entry.name)).unwrap();
            }
        }
        tree.rmdir("d").unwrap();
    }

    fn starting_over_shows_what_is_new(tree) {
        let directory = tree.open("/", READ).unwrap();
        assert_eq!(tree.names_in(directory).unwrap().len(), 0);
        tree.write("a", b"").unwrap();
        assert_eq!(tree.names_in(directory).unwrap(), ["a"]);
        tree.unlink("a").unwrap();
        tree.write("b", b"").unwrap();
        assert_eq!(tree.names_in(directory).unwrap(), ["b"]);
    }
}

mod memory {
    use vfs_component::Errno;

    use crate::common::{READ, errno};

    crate::rules! { memory:
        fn a_removed_directory_can_not_be_listed(tree) {
            tree.mkdir("d").unwrap();
            let d = tree.open("d", READ).unwrap();
            tree.rmdir("d").unwrap();
            assert_eq!(errno(tree.vfs.read_directory(d, 0, 1)), Errno::NoEntry);
        }

        fn a_name_that_is_taken_over_keeps_its_place(tree) {
            for name in ["a", "b", "c"] {
                tree.write(name, b"").unwrap();
            }
            tree.write("x", b"new").unwrap();
            let first = tree.vfs.read_directory(tree.root, 0, 1).unwrap();
            tree.rename("x", "a").unwrap();
            let rest = tree.vfs.read_directory(tree.root, first[0].next, 10).unwrap();
            let names: Vec<&str> = rest.iter().map(|entry| entry.name.as_str()).collect();
            assert_eq!(names, ["b", "c"]);
        }

        fn a_hundred_thousand_names_in_one_directory(tree) {
            let name = |number: u32| format!("/{number:x}");
            for number in 0..100_000 {
                tree.write(&name(number), b"").unwrap();
            }
            assert_eq!(tree.names("/").unwrap().len(), 100_000);
            for number in (0..100_000).step_by(2) {
                tree.unlink(&name(number)).unwrap();
            }
            for number in 0..100_000 {
                assert_eq!(tree.stat(&name(number)).is_ok(), number % 2 == 1);
            }
            assert_eq!(tree.names("/").unwrap().len(), 50_000);
        }
    }
}
