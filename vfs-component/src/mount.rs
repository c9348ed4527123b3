//! `boxer:mount`: memory over the baked files with `/dev` and `/proc`, and more memory where
//! the settings say so.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use vfs_image::{Image, Source};

use crate::either::Either;
use crate::errno::{Errno, Result};
use crate::filesystem::{Filesystem, New};
use crate::limits::Limits;
use crate::mounts::Mounts;
use crate::overlay::{MemFs, Overlay};
use crate::special::{Machine, SpecialFs};
use crate::types::{Kind, Stamps, Time};

/// What is mounted: special files, or memory.
pub type Mounted<S, M> = Either<SpecialFs<M>, MemFs<S>>;
/// Memory over an image of type `S`, with what tells of a machine of type `M` in it.
pub type MountFs<S, M> = Mounts<Image<S>, Mounted<S, M>>;

/// `st_dev` of `/dev` and `/proc`; further ones follow. Memory at the root is 1.
const DEVICES: u64 = 2;
const PROCESS: u64 = 3;

/// The mount table of a box: the settings `dev`, `proc` and `tmp`, which are on unless they
/// say `false`, and `tmpfs.N.at`, `tmpfs.N.size` and `tmpfs.N.inodes`.
///
/// `/dev` and `/proc` are special files, `/dev/shm` is memory of its own, and `/tmp` is made
/// where the baked files have none, as a directory that everybody may write to.
///
/// # Errors
/// `invalid` for a setting that makes no sense; those of the filesystems.
pub fn mount_table<'s, S: Source, M: Machine>(
    mut base: MemFs<S>,
    machine: M,
    settings: impl IntoIterator<Item = (&'s str, &'s str)>,
    now: Time,
) -> Result<MountFs<S, M>> {
    let settings = Settings::read(settings)?;
    let machine = Rc::new(machine);
    if settings.tmp {
        make_tmp(&mut base, now)?;
    }
    let mut memory = settings.memory;
    if settings.dev {
        memory.insert(0, ("/dev/shm".to_owned(), Limits::default()));
    }
    let mut text = String::from("overlay / overlay rw 0 0\n");
    let mut mounts: Vec<(String, Mounted<S, M>)> = Vec::new();
    if settings.dev {
        text += "devtmpfs /dev devtmpfs rw 0 0\n";
        let devices = SpecialFs::devices(Rc::clone(&machine), DEVICES, now);
        mounts.push(("/dev".to_owned(), Either::One(devices)));
    }
    if settings.proc {
        text += "proc /proc proc ro 0 0\n";
    }
    for (device, (at, limits)) in (PROCESS + 1..).zip(memory) {
        text += &format!("tmpfs {} tmpfs rw 0 0\n", escaped(&at));
        let mut memory = Overlay::new().on_device(device).limited(limits);
        let root = memory.root();
        memory.touch(&root, Stamps::all(), now);
        mounts.push((at, Either::Other(memory)));
    }
    if settings.proc {
        let process = SpecialFs::process(machine, PROCESS, now, text);
        mounts.push(("/proc".to_owned(), Either::One(process)));
    }
    Mounts::new(base, mounts, now)
}

fn make_tmp<S: Source>(base: &mut MemFs<S>, now: Time) -> Result<()> {
    let root = base.root();
    match base.lookup(&root, "tmp") {
        Err(Errno::NoEntry) => {}
        found => return found.map(|_| ()),
    }
    let new = New {
        kind: Kind::Directory,
        mode: 0o1777,
        device_number: 0,
        target: "",
    };
    let tmp = base.create(&root, "tmp", &new)?;
    base.touch(&tmp, Stamps::all(), now);
    Ok(())
}

/// A path as a field of fstab(5).
fn escaped(path: &str) -> String {
    let path = path.replace('\\', "\\134");
    path.replace(' ', "\\040")
        .replace('\t', "\\011")
        .replace('\n', "\\012")
}

struct Settings {
    dev: bool,
    proc: bool,
    tmp: bool,
    memory: Vec<(String, Limits)>,
}

/// What the fields `tmpfs.NUMBER.…` say.
struct Asked<'s> {
    number: &'s str,
    at: Option<&'s str>,
    limits: Vec<(&'s str, &'s str)>,
}

impl Settings {
    fn read<'s>(settings: impl IntoIterator<Item = (&'s str, &'s str)>) -> Result<Self> {
        let mut read = Self {
            dev: true,
            proc: true,
            tmp: true,
            memory: Vec::new(),
        };
        // Fields of one mount stand together in the Boxfile, but need not.
        let mut mounts: Vec<Asked<'_>> = Vec::new();
        for (key, value) in settings {
            match key {
                "dev" => read.dev = switch(value)?,
                "proc" => read.proc = switch(value)?,
                "tmp" => read.tmp = switch(value)?,
                _ => {}
            }
            let Some((number, field)) = key
                .strip_prefix("tmpfs.")
                .and_then(|key| key.split_once('.'))
            else {
                continue;
            };
            let at = match mounts.iter().position(|known| known.number == number) {
                Some(at) => at,
                None => {
                    mounts.push(Asked {
                        number,
                        at: None,
                        limits: Vec::new(),
                    });
                    mounts.len() - 1
                }
            };
            if field == "at" {
                mounts[at].at = Some(value);
            } else {
                mounts[at].limits.push((field, value));
            }
        }
        for Asked { at, limits, .. } in mounts {
            let at = at.ok_or(Errno::Invalid)?.to_owned();
            read.memory.push((at, Limits::from_settings(limits)?));
        }
        Ok(read)
    }
}

fn switch(value: &str) -> Result<bool> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Errno::Invalid),
    }
}
