//! `wasi:filesystem` over the `vfs` driver.

mod convert;
pub(crate) mod cwd;
mod descriptor;
mod directory;
pub(crate) mod streams;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::Personality;
use crate::bindings::exports::wasi::filesystem::preopens;
use crate::bindings::exports::wasi::filesystem::types::{self, ErrorBorrow, ErrorCode};
use crate::io::error::{Failure, Origin};
use crate::kernel::vfs;
use descriptor::Descriptor;
use directory::DirectoryEntryStream;

impl types::Guest for Personality {
    type Descriptor = Descriptor;
    type DirectoryEntryStream = DirectoryEntryStream;

    fn filesystem_error_code(err: ErrorBorrow<'_>) -> Option<ErrorCode> {
        let failure: &Failure = err.get();
        (failure.origin == Origin::File).then(|| convert::error_code(failure.errno))
    }
}

impl preopens::Guest for Personality {
    /// The whole tree, as `/`. A driver that shows nobody its root leaves a program
    /// without a filesystem.
    fn get_directories() -> Vec<(preopens::Descriptor, String)> {
        match vfs::root() {
            Ok(root) => {
                vec![(
                    types::Descriptor::new(Descriptor::preopened(root)),
                    "/".to_owned(),
                )]
            }
            Err(_) => Vec::new(),
        }
    }
}
