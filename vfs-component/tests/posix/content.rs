//! pread(2), pwrite(2), ftruncate(2), fallocate(2), lseek(2).

use vfs_component::{Errno, Extent, OpenFlags};

use crate::common::{CREATE, READ, WRITE, errno};

crate::rules! { everywhere:
    fn reads_end_at_the_end(tree) {
        let file = tree.open("f", READ | WRITE | CREATE).unwrap();
        tree.vfs.write_at(file, 0, b"0123456789").unwrap();
        assert_eq!(tree.vfs.read_at(file, 0, 100).unwrap(), b"0123456789");
        assert_eq!(tree.vfs.read_at(file, 7, 2).unwrap(), b"78");
        assert_eq!(tree.vfs.read_at(file, 7, 100).unwrap(), b"789");
        assert_eq!(tree.vfs.read_at(file, 10, 100).unwrap(), b"");
        assert_eq!(tree.vfs.read_at(file, u64::MAX >> 1, 100).unwrap(), b"");
        assert_eq!(tree.vfs.read_at(file, 0, 0).unwrap(), b"");
    }

    fn a_large_read_is_whole(tree) {
        let content: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
        tree.write("f", &content).unwrap();
        let file = tree.open("f", READ).unwrap();
        let read = tree.vfs.read_at(file, 1, u32::MAX).unwrap();
        assert!(read == content[1..]);
        let piece = tree.vfs.read_at(file, 65_000, 200_000).unwrap();
        assert!(piece == content[65_000..265_000]);
    }

    fn a_write_past_the_end_leaves_zeros(tree) {
        let file = tree.open("f", READ | WRITE | CREATE).unwrap();
        assert_eq!(tree.vfs.write_at(file, 200_000, b"end").unwrap(), 3);
        assert_eq!(tree.vfs.stat(file).unwrap().size, 200_003);
        let content = tree.content(file).unwrap();
        assert!(content[..200_000].iter().all(|&byte| byte == 0));
        assert_eq!(&content[200_000..], b"end");
        // Nothing written is nothing grown.
        assert_eq!(tree.vfs.write_at(file, 900_000, b"").unwrap(), 0);
        assert_eq!(tree.vfs.stat(file).unwrap().size, 200_003);
    }

    fn append_goes_to_the_end_whoever_wrote_last(tree) {
        let one = tree.open("f", WRITE | CREATE | OpenFlags::APPEND).unwrap();
        let other = tree.open("f", WRITE).unwrap();
        assert_eq!(tree.vfs.append(one, b"ab").unwrap(), (2, 2));
        assert_eq!(tree.vfs.append(other, b"cd").unwrap(), (2, 4));
        assert_eq!(tree.vfs.append(one, b"ef").unwrap(), (2, 6));
        assert_eq!(tree.vfs.append(one, b"").unwrap(), (0, 6));
        assert_eq!(tree.vfs.write_at(one, 0, b"A").unwrap(), 1);
        assert_eq!(tree.read("f").unwrap(), b"Abcdef");
    }

    fn set_size_cuts_and_grows_by_zeros(tree) {
        let file = tree.open("f", READ | WRITE | CREATE).unwrap();
        tree.vfs.write_at(file, 0, vec![7; 100_000]).unwrap();
        tree.vfs.set_size(file, 70_000).unwrap();
        tree.vfs.set_size(file, 150_000).unwrap();
        let content = tree.content(file).unwrap();
        assert_eq!(content.len(), 150_000);
        assert!(content[..70_000].iter().all(|&byte| byte == 7));
        assert!(content[70_000..].iter().all(|&byte| byte == 0));
        tree.vfs.set_size(file, 0).unwrap();
        tree.vfs.set_size(file, 10).unwrap();
        assert_eq!(tree.content(file).unwrap(), [0; 10]);
    }

    fn holes_begin_at_the_end_at_the_latest(tree) {
        let file = tree.open("f", READ | WRITE | CREATE).unwrap();
        tree.vfs.write_at(file, 0, b"data").unwrap();
        assert_eq!(tree.vfs.find_extent(file, Extent::Data, 1).unwrap(), 1);
        assert_eq!(tree.vfs.find_extent(file, Extent::Hole, 1).unwrap(), 4);
        for what in [Extent::Data, Extent::Hole] {
            let found = tree.vfs.find_extent(file, what, 4);
            assert_eq!(errno(found), Errno::NoDeviceOrAddress);
        }
        assert_eq!(errno(tree.vfs.find_extent(tree.root, Extent::Data, 0)), Errno::BadDescriptor);
    }

    fn handles_share_one_content(tree) {
        let writer = tree.open("f", WRITE | CREATE).unwrap();
        let reader = tree.open("f", READ).unwrap();
        tree.vfs.write_at(writer, 0, b"one").unwrap();
        assert_eq!(tree.content(reader).unwrap(), b"one");
        let cutter = tree.open("f", WRITE | OpenFlags::TRUNCATE).unwrap();
        assert_eq!(tree.content(reader).unwrap(), b"");
        tree.vfs.write_at(writer, 2, b"x").unwrap();
        tree.vfs.sync(cutter, true).unwrap();
        assert_eq!(tree.content(reader).unwrap(), b"\0\0x");
    }
}

mod memory {
    use vfs_component::{Allocation, Errno, Extent, Kind, SIZE_MAX};

    use crate::common::{CREATE, FOLLOW, READ, WRITE, errno};

    const MIB: u64 = 1 << 20;

    crate::rules! { memory:
        fn sizes_and_offsets_end_at_63_bits(tree) {
            let file = tree.open("f", READ | WRITE | CREATE).unwrap();
            tree.vfs.set_size(file, SIZE_MAX).unwrap();
            assert_eq!(errno(tree.vfs.set_size(file, SIZE_MAX + 1)), Errno::FileTooLarge);
            // What fits is written, and nothing where nothing does.
            assert_eq!(tree.vfs.write_at(file, SIZE_MAX - 2, b"1234").unwrap(), 2);
            assert_eq!(errno(tree.vfs.write_at(file, SIZE_MAX, b"1")), Errno::FileTooLarge);
            assert_eq!(errno(tree.vfs.write_at(file, u64::MAX, b"1")), Errno::FileTooLarge);
            assert_eq!(errno(tree.vfs.append(file, b"1")), Errno::FileTooLarge);
            assert_eq!(tree.vfs.read_at(file, SIZE_MAX - 3, 10).unwrap(), b"\x0012");
            let allocated = tree.vfs.allocate(file, Allocation::Extend, SIZE_MAX, 1);
            assert_eq!(errno(allocated), Errno::FileTooLarge);
        }

        fn a_sparse_file_takes_space_for_what_was_written(tree) {
            let file = tree.open("f", READ | WRITE | CREATE).unwrap();
            for offset in [0, MIB, 1 << 30, 1 << 40, 1 << 62] {
                tree.vfs.write_at(file, offset, b"x").unwrap();
            }
            let stat = tree.vfs.stat(file).unwrap();
            assert_eq!((stat.size, stat.blocks), ((1 << 62) + 1, 5 * 8));
            assert_eq!(tree.vfs.read_at(file, (1 << 40) - 1, 3).unwrap(), b"\0x\0");
            assert_eq!(tree.vfs.find_extent(file, Extent::Hole, 0).unwrap(), 4096);
            assert_eq!(tree.vfs.find_extent(file, Extent::Data, 4096).unwrap(), MIB);
            assert_eq!(tree.vfs.find_extent(file, Extent::Data, MIB + 4096).unwrap(), 1 << 30);
            assert_eq!(tree.vfs.find_extent(file, Extent::Data, 1 << 41).unwrap(), 1 << 62);
            tree.vfs.set_size(file, (1 << 40) - 5).unwrap();
            assert_eq!(tree.vfs.stat(file).unwrap().blocks, 3 * 8);
            let found = tree.vfs.find_extent(file, Extent::Data, (1 << 30) + 4096);
            assert_eq!(errno(found), Errno::NoDeviceOrAddress);
        }

        fn scattered_pieces_become_one_run(tree) {
            // Backwards, so that pieces far out are there before those near the start.
            let file = tree.open("f", READ | WRITE | CREATE).unwrap();
            let pieces = 200_u64;
            for piece in (0..pieces).rev() {
                tree.vfs.write_at(file, piece * 65536, vec![piece as u8 + 1; 65536]).unwrap();
            }
            for piece in 0..pieces {
                let read = tree.vfs.read_at(file, piece * 65536 + 65535, 1).unwrap();
                assert_eq!(read, [piece as u8 + 1]);
            }
            let stat = tree.vfs.stat(file).unwrap();
            assert_eq!((stat.size, stat.blocks), (pieces * 65536, pieces * 128));
            assert_eq!(tree.vfs.find_extent(file, Extent::Hole, 0).unwrap(), stat.size);
        }

        fn allocation_reserves_and_grows_as_asked(tree) {
            let file = tree.open("f", READ | WRITE | CREATE).unwrap();
            tree.vfs.allocate(file, Allocation::KeepSize, 0, MIB).unwrap();
            let stat = tree.vfs.stat(file).unwrap();
            assert_eq!((stat.size, stat.blocks), (0, MIB / 512));
            tree.vfs.allocate(file, Allocation::Extend, 0, 100).unwrap();
            assert_eq!(tree.vfs.stat(file).unwrap().size, 100);
            assert_eq!(tree.content(file).unwrap(), [0; 100]);
            // What is reserved is not data yet.
            assert_eq!(tree.vfs.find_extent(file, Extent::Hole, 0).unwrap(), 0);
            assert_eq!(errno(tree.vfs.allocate(file, Allocation::Extend, 0, 0)), Errno::Invalid);
            let too_much = tree.vfs.allocate(file, Allocation::KeepSize, 0, 1 << 50);
            assert_eq!(errno(too_much), Errno::NoSpace);
            assert_eq!(tree.vfs.stat(file).unwrap().blocks, MIB / 512);
            let reader = tree.open("f", READ).unwrap();
            let allocated = tree.vfs.allocate(reader, Allocation::Extend, 0, 1);
            assert_eq!(errno(allocated), Errno::BadDescriptor);
        }

        fn a_punched_hole_reads_as_zeros_and_gives_space_back(tree) {
            let file = tree.open("f", READ | WRITE | CREATE).unwrap();
            tree.vfs.write_at(file, 0, vec![1; MIB as usize]).unwrap();
            tree.vfs.allocate(file, Allocation::PunchHole, 5000, 300_000).unwrap();
            let stat = tree.vfs.stat(file).unwrap();
            let whole_pages = 305_000 / 4096 - 5000_u64.div_ceil(4096);
            assert_eq!((stat.size, stat.blocks), (MIB, MIB / 512 - whole_pages * 8));
            let content = tree.content(file).unwrap();
            let zeros = content.iter().filter(|&&byte| byte == 0).count();
            assert_eq!(zeros, 300_000);
            assert!(content[5000..305_000].iter().all(|&byte| byte == 0));
            assert_eq!(tree.vfs.find_extent(file, Extent::Hole, 0).unwrap(), 8192);
            let behind = 305_000 / 4096 * 4096;
            assert_eq!(tree.vfs.find_extent(file, Extent::Data, 8192).unwrap(), behind);
            // Beyond all that is there.
            tree.vfs.allocate(file, Allocation::PunchHole, 1 << 40, 1 << 61).unwrap();
            assert_eq!(tree.vfs.stat(file).unwrap().size, MIB);
        }

        fn a_zeroed_range_reads_as_zeros_and_grows(tree) {
            let file = tree.open("f", READ | WRITE | CREATE).unwrap();
            tree.vfs.write_at(file, 0, vec![1; 10_000]).unwrap();
            tree.vfs.allocate(file, Allocation::Zero, 100, 20_000).unwrap();
            let content = tree.content(file).unwrap();
            assert_eq!(content.len(), 20_100);
            assert!(content[..100].iter().all(|&byte| byte == 1));
            assert!(content[100..].iter().all(|&byte| byte == 0));
        }

        fn only_regular_files_have_a_content(tree) {
            let root = tree.root;
            tree.vfs.make_node_at(root, "p", FOLLOW, Kind::Fifo, 0o644, 0).unwrap();
            tree.mkdir("d").unwrap();
            let d = tree.open("d", READ).unwrap();
            assert_eq!(errno(tree.vfs.find_extent(d, Extent::Data, 0)), Errno::Invalid);
            assert_eq!(errno(tree.vfs.set_size(d, 0)), Errno::Invalid);
        }
    }
}
