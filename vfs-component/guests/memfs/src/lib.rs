//! `boxer:memfs`: memory over the baked files.

#![cfg_attr(target_arch = "wasm32", no_std)]

use vfs_component::{MemFs, Result};
use vfs_guest::{Adapter, BakedImage, Kernel, Module, Once};

struct TheMemFs;

bare_guest::local! {
    static FILES: Once<MemFs<BakedImage>> = const { Once::new() };
}

impl Module for TheMemFs {
    type Filesystem = MemFs<BakedImage>;

    fn with<T>(use_it: impl FnOnce(&mut Kernel<Self::Filesystem>) -> T) -> Result<T> {
        FILES.with(|files| files.with(vfs_guest::baked_files, use_it))
    }
}

type Guest = Adapter<TheMemFs>;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod exports {
    use super::Guest;
    vfs_guest::export!(Guest with_types_in vfs_guest::bindings);
}
