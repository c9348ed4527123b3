//! `boxer:overlay`: memory over the baked files, or over the directories among them that the
//! settings `lowers.0`, `lowers.1` … name as layers, the topmost first.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../components/wit",
        inline: "
            package boxer:overlay;
            world imports {
                import boxer:kernel/config@0.1.0;
            }
        ",
        generate_all,
    });
}

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use bindings::boxer::kernel::config;
use vfs_component::lower::{Layer, Layers};
use vfs_component::{Errno, Limits, Overlay, Result};
use vfs_guest::{Adapter, BakedImage, Kernel, Module, Once};
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

fn layered() -> Result<Files> {
    let settings = config::entries();
    let settings = || {
        settings
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    };
    let limits = Limits::from_settings(settings())?;
    if vfs_image::Source::size(&BakedImage) == 0 {
        return Ok(Overlay::new().limited(limits));
    }
    let image = Rc::new(Image::open(BakedImage).map_err(|_| Errno::Io)?);
    // Settings come in the order of the Boxfile, and so do the layers.
    let lowers = settings().filter(|(key, _)| key.starts_with("lowers."));
    let mut layers: Vec<_> = lowers
        .map(|(_, path)| Layer::at(Rc::clone(&image), path))
        .collect::<Result<_>>()?;
    if layers.is_empty() {
        layers = vec![Layer::whole(image)];
    }
    Ok(Overlay::over(Layers::new(layers)?)?.limited(limits))
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
