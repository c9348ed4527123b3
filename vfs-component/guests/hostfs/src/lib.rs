//! `boxer:hostfs`: granted directories of the host, over memory and the baked files.
//!
//! Settings: those of [`grants`], and for the memory and the open files those of
//! [`Limits::from_settings`](vfs_component::Limits::from_settings).

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
            package boxer:hostfs;
            world imports {
                import wasi:filesystem/types@0.2.12;
                import wasi:filesystem/preopens@0.2.12;
            }
        ",
        generate_all,
    });
}

mod descriptor;

use alloc::collections::BTreeMap;
use alloc::string::String;

use bindings::wasi::filesystem::preopens;
use bindings::wasi::filesystem::types::DescriptorFlags;
use descriptor::HostDescriptor;
use vfs_component::hostfs::{Grant, HostFs, HostTree, grants, normal};
use vfs_component::{Clock, Result};
use vfs_guest::{Adapter, BakedImage, Kernel, KernelClock, Module, Once, Settings};

type Files = HostFs<BakedImage, HostDescriptor>;

struct TheHostFs;

bare_guest::local! {
    static FILES: Once<Files> = const { Once::new() };
}

impl Module for TheHostFs {
    type Filesystem = Files;

    fn with<T>(use_it: impl FnOnce(&mut Kernel<Self::Filesystem>) -> T) -> Result<T> {
        FILES.with(|files| files.with(mounted, use_it))
    }
}

/// Mounts what was granted, each directory at the place that the host calls it by.
fn mounted() -> Result<Kernel<Files>> {
    let mut given: BTreeMap<String, HostDescriptor> = BTreeMap::new();
    for (descriptor, name) in preopens::get_directories() {
        given.insert(normal(&name), HostDescriptor::new(descriptor));
    }
    let settings = Settings::read();
    let limits = settings.limits()?;
    let grants = grants(settings.iter())?.unwrap_or_else(|| {
        let all = given.keys().cloned();
        all.map(|guest| Grant {
            guest,
            read_only: false,
        })
        .collect()
    });
    // Memory is device 1.
    let mounts = (2..).zip(grants).map(|(device, grant)| {
        let tree = match given.remove(&normal(&grant.guest)) {
            Some(root) => {
                let may_change = root.flags().contains(DescriptorFlags::MUTATE_DIRECTORY);
                HostTree::new(root, device, grant.read_only || !may_change)
            }
            None => HostTree::missing(device),
        };
        (grant.guest, tree)
    });
    let memory = vfs_guest::baked_files()?.limited(limits);
    let files = HostFs::new(memory, mounts.collect(), KernelClock.now())?;
    Ok(vfs_guest::kernel(files, limits))
}

type Guest = Adapter<TheHostFs>;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod exports {
    use super::Guest;
    vfs_guest::export!(Guest with_types_in vfs_guest::bindings);
}
