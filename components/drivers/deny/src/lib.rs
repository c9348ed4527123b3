//! `boxer:deny`: no files and no network.
//!
//! As `vfs` it is an empty read-only root directory, so that a program's start
//! works, every name is missing (`ENOENT`) and none can be made (`EROFS`). As
//! `net` it opens no socket (`EACCES`) and resolves no name.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use bare_guest as _;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package boxer:deny;
            world module {
                export boxer:kernel/vfs@0.1.0;
                export boxer:kernel/net@0.1.0;
            }
        ",
        generate_all,
    });
    use super::Deny;
    export!(Deny);
}

mod no_files;
mod no_network;

struct Deny;
