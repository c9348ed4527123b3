//! What files take of memory, counted by the allocator.

#![allow(
    unsafe_code,
    reason = "an allocator that counts is an implementation of GlobalAlloc"
)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::Tree;
use vfs_component::Filesystem;

/// The system's, and how much of it this thread has.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

fn count(by: isize) {
    // At its end a thread has no counter any more, and nothing that is measured.
    let _ = HELD.try_with(|held| held.set(held.get() + by));
}

// SAFETY: every call is the system's, with the caller's arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: the caller's promises are the same.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that each of `files` empty files takes, with a name of nine bytes.
#[allow(clippy::print_stdout, reason = "the figure, with --nocapture")]
fn bytes_per_file<F: Filesystem>(tree: &mut Tree<F>, files: isize) -> isize {
    tree.mkdir("d").unwrap();
    let before = HELD.get();
    for number in 0..files {
        tree.write(&format!("d/{number:09}"), b"").unwrap();
    }
    let taken = HELD.get() - before;
    println!("{} bytes for each of {files} files", taken / files);
    taken / files
}

#[test]
fn an_empty_file_takes_less_than_300_bytes() {
    // Sizes at which tables have just grown and at which they are about to.
    for files in [1_000, 70_000, 100_000, 131_000] {
        assert!(bytes_per_file(&mut Tree::memory(), files) < 300);
        assert!(bytes_per_file(&mut Tree::overlay(), files) < 300);
    }
}

#[test]
fn memory_comes_back() {
    let mut tree = Tree::memory();
    bytes_per_file(&mut tree, 20_000);
    let full = HELD.get();
    tree.write("large", &vec![1; 32 << 20]).unwrap();
    tree.unlink("large").unwrap();
    assert!(HELD.get() - full < 1 << 20);
    for number in 0..20_000 {
        tree.unlink(&format!("d/{number:09}")).unwrap();
    }
    // Inodes are used again, and names were given back.
    for number in 0..20_000 {
        tree.write(&format!("d/{number:09}"), b"").unwrap();
    }
    assert!(HELD.get() <= full + 4096, "{} and {full}", HELD.get());
}
