//! The rules of POSIX, one test each, on every driver that can keep them.

#[path = "../common/mod.rs"]
mod common;

mod attributes;
mod content;
mod listing;
mod locks;
mod names;
mod open;
mod times;
mod walk;
mod wasm_vfs;

/// Makes of each function a test on memfs and, if it begins `everywhere`, one on
/// hostfs. Functions that begin `memory` need what WASI does not express.
macro_rules! rules {
    (everywhere: $($(#[doc = $doc:literal])* fn $name:ident($tree:ident) $body:block)*) => {
        $($(#[doc = $doc])* fn $name<F: vfs_component::Filesystem>(
            $tree: &mut crate::common::Tree<F>,
        ) $body)*

        mod on_memfs {
            $(#[test] fn $name() { super::$name(&mut crate::common::Tree::memory()); })*
        }

        mod on_hostfs {
            $(#[test] fn $name() {
                let top = tempfile::tempdir().unwrap();
                super::$name(&mut crate::common::Tree::host(top.path()));
            })*
        }
    };
    (memory: $($(#[doc = $doc:literal])* fn $name:ident($tree:ident) $body:block)*) => {
        $(
            $(#[doc = $doc])*
            #[test]
            fn $name() {
                let $tree = &mut crate::common::Tree::memory();
                $body
            }
        )*
    };
}
use rules;
