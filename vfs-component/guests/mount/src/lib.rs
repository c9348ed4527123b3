//! `boxer:mount`: memory over the baked files, with `/dev` and `/proc`.
//!
//! Settings: those of [`mount_table`], and for the memory at the root and the open files those
//! of [`Limits::from_settings`](vfs_component::Limits::from_settings).

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
            package boxer:mount;
            world imports {
                import boxer:kernel/clock@0.1.0;
                import boxer:kernel/console@0.1.0;
                import boxer:kernel/environment@0.1.0;
                import boxer:kernel/random@0.1.0;
            }
        ",
        generate_all,
    });
}

mod machine;

use machine::KernelMachine;
use vfs_component::{Clock, MountFs, Result, mount_table};
use vfs_guest::{Adapter, BakedImage, Kernel, KernelClock, Module, Once, Settings};

type Files = MountFs<BakedImage, KernelMachine>;

struct TheMountTable;

bare_guest::local! {
    static FILES: Once<Files> = const { Once::new() };
}

impl Module for TheMountTable {
    type Filesystem = Files;

    fn with<T>(use_it: impl FnOnce(&mut Kernel<Self::Filesystem>) -> T) -> Result<T> {
        FILES.with(|files| files.with(mounted, use_it))
    }
}

fn mounted() -> Result<Kernel<Files>> {
    let settings = Settings::read();
    let limits = settings.limits()?;
    let base = vfs_guest::baked_files()?.limited(limits);
    let files = mount_table(base, KernelMachine, settings.iter(), KernelClock.now())?;
    Ok(vfs_guest::kernel(files, limits))
}

type Guest = Adapter<TheMountTable>;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod exports {
    use super::Guest;
    vfs_guest::export!(Guest with_types_in vfs_guest::bindings);
}
