//! `boxer:imagefs`: the baked files, read-only.
//!
//! Settings: `open-files`, see [`Limits`](vfs_component::Limits).

#![cfg_attr(target_arch = "wasm32", no_std)]

use vfs_component::{Errno, ImageFs, Result};
use vfs_guest::{Adapter, BakedImage, Kernel, Module, Once, Settings};
use vfs_image::Image;

struct TheImageFs;

bare_guest::local! {
    static FILES: Once<ImageFs<BakedImage>> = const { Once::new() };
}

impl Module for TheImageFs {
    type Filesystem = ImageFs<BakedImage>;

    fn with<T>(use_it: impl FnOnce(&mut Kernel<Self::Filesystem>) -> T) -> Result<T> {
        FILES.with(|files| files.with(baked, use_it))
    }
}

fn baked() -> Result<Kernel<ImageFs<BakedImage>>> {
    let limits = Settings::read().limits()?;
    let files = ImageFs::new(Image::open(BakedImage).map_err(|_| Errno::Io)?)?;
    Ok(vfs_guest::kernel(files, limits))
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
