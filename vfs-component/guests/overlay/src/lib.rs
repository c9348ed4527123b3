//! `boxer:overlay`: memory over the baked files, or over the directories among them that the
//! settings `lowers.0`, `lowers.1` … name as layers, the topmost first.
//!
//! Further settings: those of [`Limits::from_settings`](vfs_component::Limits::from_settings).

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use vfs_component::lower::{Layer, Layers};
use vfs_component::{Errno, Overlay, Result};
use vfs_guest::{Adapter, BakedImage, Kernel, Module, Once, Settings};
use vfs_image::Image;

type Files = Overlay<Layers<Image<BakedImage>>>;

struct TheOverlay;

bare_guest::local! {
    static FILES: Once<Files> = const { Once::new() };
}

impl Module for TheOverlay {
    type Filesystem = Files;

    fn with<T>(use_it: impl FnOnce(&mut Kernel<Self::Filesystem>) -> T) -> Result<T> {
        FILES.with(|files| files.with(layered, use_it))
    }
}

fn layered() -> Result<Kernel<Files>> {
    let settings = Settings::read();
    let limits = settings.limits()?;
    if vfs_image::Source::size(&BakedImage) == 0 {
        let files = Overlay::new().limited(limits);
        return Ok(vfs_guest::kernel(files, limits));
    }
    let image = Rc::new(Image::open(BakedImage).map_err(|_| Errno::Io)?);
    // Settings come in the order of the Boxfile, and so do the layers.
    let lowers = settings
        .iter()
        .filter(|(key, _)| key.starts_with("lowers."));
    let mut layers: Vec<_> = lowers
        .map(|(_, path)| Layer::at(Rc::clone(&image), path))
        .collect::<Result<_>>()?;
    if layers.is_empty() {
        layers = vec![Layer::whole(image)];
    }
    let files = Overlay::over(Layers::new(layers)?)?.limited(limits);
    Ok(vfs_guest::kernel(files, limits))
}

type Guest = Adapter<TheOverlay>;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod exports {
    use super::Guest;
    vfs_guest::export!(Guest with_types_in vfs_guest::bindings);
}
