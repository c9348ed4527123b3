//! The rules of POSIX, one test each, on every driver that can keep them.

#[path = "../common/mod.rs"]
mod common;

mod attributes;
mod content;
mod known_failings;
mod listing;
mod locks;
mod names;
mod open;
mod times;
mod walk;

/// Makes of each function a test on every driver that can be written to. What stands under
/// `everywhere` is within WASI, so that hostfs can keep it too; what stands under `memory`
/// is not.
macro_rules! rules {
    (everywhere: $($(#[doc = $doc:literal])* fn $name:ident($tree:ident) $body:block)*) => {
        crate::rules! { memory: $($(#[doc = $doc])* fn $name($tree) $body)* }

        mod on_hostfs {
            $(#[test] fn $name() {
                let top = tempfile::tempdir().unwrap();
                super::$name(&mut crate::common::Tree::host(top.path()));
            })*
        }
    };
    (memory: $($(#[doc = $doc:literal])* fn $name:ident($tree:ident) $body:block)*) => {
        $($(#[doc = $doc])* fn $name<F: vfs_component::Filesystem>(
            $tree: &mut crate::common::Tree<F>,
        ) $body)*

        crate::on_each! { ($($name)*)
            on_memfs: memory
            on_overlay: overlay
            on_mount: mount
            on_volume: volume
            on_an_overlay_of_a_filesystem: overlay_of_a_filesystem
        }
    };
}
use rules;

/// For each driver a module with all tests.
macro_rules! on_each {
    ($names:tt $($module:ident: $make:ident)*) => {
        $(mod $module { crate::on_one! { $make $names } })*
    };
}
use on_each;

macro_rules! on_one {
    ($make:ident ($($name:ident)*)) => {
        $(#[test] fn $name() { super::$name(&mut crate::common::Tree::$make()); })*
    };
}
use on_one;
