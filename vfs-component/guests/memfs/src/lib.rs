//! `boxer:memfs`: memory over the baked files.
//!
//! Settings: those of [`Limits::from_settings`](vfs_component::Limits::from_settings).

#![cfg_attr(target_arch = "wasm32", no_std)]

use vfs_component::{MemFs, Result};
use vfs_guest::{Adapter, BakedImage, Kernel, Module, Once, Settings};

struct TheMemFs;

bare_guest::local! {
    static FILES: Once<MemFs<BakedImage>> = const { Once::new() };
}

impl Module for TheMemFs {
    type Filesystem = MemFs<BakedImage>;

    fn with<T>(use_it: impl FnOnce(&mut Kernel<Self::Filesystem>) -> T) -> Result<T> {
        FILES.with(|files| files.with(memory, use_it))
    }
}

fn memory() -> Result<Kernel<MemFs<BakedImage>>> {
    let limits = Settings::read().limits()?;
    let files = vfs_guest::baked_files()?.limited(limits);
    Ok(vfs_guest::kernel(files, limits))
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
