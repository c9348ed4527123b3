//! `boxer:mount`: memory over the baked files, with `/dev` and `/proc`.

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
                import boxer:kernel/config@0.1.0;
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

use bindings::boxer::kernel::config;
use machine::KernelMachine;
use vfs_component::{Clock, MountFs, Result, mount_table};
use vfs_guest::{Adapter, BakedImage, Kernel, KernelClock, Module, Once};

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

fn mounted() -> Result<Files> {
    let settings = config::entries();
    let settings = settings
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    let base = vfs_guest::baked_files()?;
    mount_table(base, KernelMachine, settings, KernelClock.now())
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
