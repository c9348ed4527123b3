//! flock(2).

use vfs_component::{Errno, LockOperation, OpenFlags};

use crate::common::{CREATE, READ, WRITE, errno};

const SHARED: LockOperation = LockOperation::Shared;
const EXCLUSIVE: LockOperation = LockOperation::Exclusive;
const UNLOCK: LockOperation = LockOperation::Unlock;

crate::rules! { everywhere:
    fn shared_locks_share_and_exclusive_ones_do_not(tree) {
        let a = tree.open("f", READ | WRITE | CREATE).unwrap();
        let b = tree.open("f", READ).unwrap();
        let c = tree.open("f", READ).unwrap();
        tree.vfs.lock(a, SHARED).unwrap();
        tree.vfs.lock(b, SHARED).unwrap();
        assert_eq!(errno(tree.vfs.lock(c, EXCLUSIVE)), Errno::Again);
        tree.vfs.lock(a, UNLOCK).unwrap();
        assert_eq!(errno(tree.vfs.lock(c, EXCLUSIVE)), Errno::Again);
        tree.vfs.lock(b, UNLOCK).unwrap();
        tree.vfs.lock(c, EXCLUSIVE).unwrap();
        assert_eq!(errno(tree.vfs.lock(a, SHARED)), Errno::Again);
        tree.vfs.lock(c, EXCLUSIVE).unwrap();
        tree.vfs.lock(b, UNLOCK).unwrap();
        assert_eq!(errno(tree.vfs.lock(a, EXCLUSIVE)), Errno::Again);
    }

    fn a_lock_goes_with_its_handle(tree) {
        let a = tree.open("f", WRITE | CREATE).unwrap();
        let b = tree.open("f", READ).unwrap();
        tree.vfs.lock(a, EXCLUSIVE).unwrap();
        tree.vfs.close(a);
        tree.vfs.lock(b, EXCLUSIVE).unwrap();
    }

    fn a_lone_holder_changes_its_lock_both_ways(tree) {
        let a = tree.open("f", WRITE | CREATE).unwrap();
        let b = tree.open("f", READ).unwrap();
        tree.vfs.lock(a, SHARED).unwrap();
        tree.vfs.lock(a, EXCLUSIVE).unwrap();
        assert_eq!(errno(tree.vfs.lock(b, SHARED)), Errno::Again);
        tree.vfs.lock(a, SHARED).unwrap();
        tree.vfs.lock(b, SHARED).unwrap();
        // A change that fails loses what was held.
        assert_eq!(errno(tree.vfs.lock(a, EXCLUSIVE)), Errno::Again);
        tree.vfs.lock(b, EXCLUSIVE).unwrap();
    }

    fn a_lock_is_the_file_s_and_not_the_name_s(tree) {
        let a = tree.open("f", WRITE | CREATE).unwrap();
        tree.link("f", "g").unwrap();
        let b = tree.open("g", READ).unwrap();
        tree.vfs.lock(a, EXCLUSIVE).unwrap();
        assert_eq!(errno(tree.vfs.lock(b, SHARED)), Errno::Again);
        tree.rename("f", "h").unwrap();
        tree.write("f", b"").unwrap();
        let c = tree.open("f", READ).unwrap();
        tree.vfs.lock(c, EXCLUSIVE).unwrap();
    }

    fn directories_can_be_locked_and_mere_names_can_not(tree) {
        tree.mkdir("d").unwrap();
        let (a, b) = (tree.open("d", READ).unwrap(), tree.open("d", READ).unwrap());
        tree.vfs.lock(a, EXCLUSIVE).unwrap();
        assert_eq!(errno(tree.vfs.lock(b, SHARED)), Errno::Again);
        let name = tree.open("d", OpenFlags::PATH_ONLY).unwrap();
        assert_eq!(errno(tree.vfs.lock(name, SHARED)), Errno::BadDescriptor);
    }
}
