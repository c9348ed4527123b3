//! `boxer:hostfs`: granted directories of the host, over memory and the baked files.

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
                import boxer:kernel/config@0.1.0;
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

use bindings::boxer::kernel::config;
use bindings::wasi::filesystem::preopens;
use bindings::wasi::filesystem::types::DescriptorFlags;
use descriptor::HostDescriptor;
use vfs_component::hostfs::{Grant, HostFs, HostTree, grants};
use vfs_component::{Clock, Result};
use vfs_guest::{Adapter, BakedImage, Kernel, KernelClock, Module, Once};

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
fn mounted() -> Result<Files> {
    let mut given: BTreeMap<String, HostDescriptor> = BTreeMap::new();
    for (descriptor, name) in preopens::get_directories() {
        given.insert(normal(&name), HostDescriptor::new(descriptor));
    }
    let settings = config::entries();
    let settings = settings
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    let grants = grants(settings)?.unwrap_or_else(|| {
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
    HostFs::new(
        vfs_guest::baked_files()?,
        mounts.collect(),
        KernelClock.now(),
    )
}

/// A path in one form, whether it was given as `/out`, `out/` or `./out`.
fn normal(path: &str) -> String {
    let names = path
        .split('/')
        .filter(|name| !name.is_empty() && *name != ".");
    names.fold(String::new(), |path, name| path + "/" + name)
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
