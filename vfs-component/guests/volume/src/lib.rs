//! `boxer:volume`: for each directory that the host grants, a filesystem in the one file
//! `volume.img` there, mounted at the directory's place over memory and the baked files.
//!
//! Settings: the limits of [`Limits::from_settings`](vfs_component::Limits::from_settings),
//! for each volume and for memory by itself, and `write-back`, see [`WriteBack`].

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
            package boxer:volume;
            world imports {
                import wasi:filesystem/types@0.2.12;
                import wasi:filesystem/preopens@0.2.12;
            }
        ",
        generate_all,
    });
}

mod storage;

use alloc::string::String;
use alloc::vec::Vec;

use bindings::wasi::filesystem::preopens;
use storage::HostStorage;
use vfs_component::hostfs::{Grant, grants, normal};
use vfs_component::volume::{Volume, WriteBack};
use vfs_component::{Clock, Errno, Mounts, Result};
use vfs_guest::{Adapter, BakedImage, Kernel, KernelClock, Module, Once, Settings};
use vfs_image::Image;

type Files = Mounts<Image<BakedImage>, Volume<HostStorage>>;

struct TheVolumes;

bare_guest::local! {
    static FILES: Once<Files> = const { Once::new() };
}

impl Module for TheVolumes {
    type Filesystem = Files;

    fn with<T>(use_it: impl FnOnce(&mut Kernel<Self::Filesystem>) -> T) -> Result<T> {
        FILES.with(|files| files.with(mounted, use_it))
    }
}

/// Mounts a volume for each grant, or for each directory that the host gives.
fn mounted() -> Result<Kernel<Files>> {
    let settings = Settings::read();
    let limits = settings.limits()?;
    let write_back = settings.get("write-back").map(WriteBack::from_setting);
    let write_back = write_back.transpose()?.unwrap_or_default();
    let mut given = preopens::get_directories();
    let grants = grants(settings.iter())?.unwrap_or_else(|| {
        let all = given.iter().map(|(_, name)| Grant {
            guest: name.clone(),
            read_only: false,
        });
        all.collect()
    });
    let now = KernelClock.now();
    let mut mounts: Vec<(String, Volume<HostStorage>)> = Vec::new();
    // Memory is device 1.
    for (device, grant) in (2..).zip(grants) {
        let wanted = normal(&grant.guest);
        let at = given.iter().position(|(_, name)| normal(name) == wanted);
        let (directory, _) = given.swap_remove(at.ok_or(Errno::NoDevice)?);
        let storage = HostStorage::open(&directory, grant.read_only)?;
        let mut volume = Volume::open(storage, now)?
            .on_device(device)
            .limited(limits)
            .with_write_back(write_back);
        if grant.read_only {
            volume = volume.read_only();
        }
        mounts.push((grant.guest, volume));
    }
    let memory = vfs_guest::baked_files()?.limited(limits);
    let files = Mounts::new(memory, mounts, now)?;
    Ok(vfs_guest::kernel(files, limits))
}

type Guest = Adapter<TheVolumes>;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod exports {
    use super::Guest;
    vfs_guest::export!(Guest with_types_in vfs_guest::bindings);
}
