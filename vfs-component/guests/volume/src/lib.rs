//! `boxer:volume`: for each directory that the host grants, a filesystem in the one file
//! `volume.img` there, mounted at the directory's place over memory and the baked files.
//!
//! Settings: the limits of [`Limits::from_settings`], for each volume by itself, and
//! `write-back`, see [`WriteBack`].

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
                import boxer:kernel/config@0.1.0;
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

use bindings::boxer::kernel::config;
use bindings::wasi::filesystem::preopens;
use storage::HostStorage;
use vfs_component::hostfs::{Grant, grants};
use vfs_component::volume::{Volume, WriteBack};
use vfs_component::{Clock, Errno, Limits, Mounts, Result};
use vfs_guest::{Adapter, BakedImage, Kernel, KernelClock, Module, Once};
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
fn mounted() -> Result<Files> {
    let settings = config::entries();
    let settings = || {
        settings
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    };
    let limits = Limits::from_settings(settings())?;
    let mut write_back = settings().filter(|(key, _)| *key == "write-back");
    let write_back = write_back.next().map(|(_, word)| WriteBack::from_setting(word));
    let write_back = write_back.transpose()?.unwrap_or_default();
    let mut given = preopens::get_directories();
    let grants = grants(settings())?.unwrap_or_else(|| {
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
        let at = given.iter().position(|(_, name)| *name == grant.guest);
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
    Mounts::new(vfs_guest::baked_files()?, mounts, now)
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
