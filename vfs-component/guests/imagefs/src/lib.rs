//! `boxer:imagefs`: the baked files, read-only.

#![cfg_attr(target_arch = "wasm32", no_std)]

use vfs_component::{Errno, ImageFs, Result};
use vfs_guest::{Adapter, BakedImage, Kernel, Module, Once};
use vfs_image::Image;

struct TheImageFs;

bare_guest::local! {
    static FILES: Once<ImageFs<BakedImage>> = const { Once::new() };
}

impl Module for TheImageFs {
    type Filesystem = ImageFs<BakedImage>;

    fn with<T>(use_it: impl FnOnce(&mut Kernel<Self::Filesystem>) -> T) -> Result<T> {
        let open = || ImageFs::new(Image::open(BakedImage).map_err(|_| Errno::Io)?);
        FILES.with(|files| files.with(open, use_it))
    }
}

type Guest = Adapter<TheImageFs>;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod exports {
    use super::Guest;
    vfs_guest::export!(Guest with_types_in vfs_guest::bindings);
}
