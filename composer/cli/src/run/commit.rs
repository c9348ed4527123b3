//! `boxer:kernel/commit-host`: takes in what a box's filesystem holds.

use vfs_image::{Attributes, Kind, Time};
use vfs_layer::{LayerError, Recorder, Stack, Told};
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;
use wasmtime_wasi::I32Exit;

use super::host::Host;

/// The import, without its version.
pub(crate) const HOST: &str = "boxer:kernel/commit-host";
/// The box's half.
pub(crate) const EXPORT: &str = "boxer:kernel/commit@0.1.0";

/// What a run leaves, while it is told.
#[derive(Debug)]
pub struct Saving {
    recorder: Recorder,
    failed: Option<NotSaved>,
    /// Whether the box has begun to tell.
    begun: bool,
}

/// Why a run's changes could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotSaved {
    /// The box could not read a file.
    #[error("the box cannot read `/{path}`: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What its filesystem said.
        reason: String,
    },
    /// What the box told makes no sense, or the host has no room for it.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// The program trapped, or the box has no way to tell.
    #[error("the program did not come to its end")]
    Nothing,
}

impl Saving {
    /// Nothing was told yet; `before` is what was baked in.
    #[must_use]
    pub fn new(before: Stack) -> Self {
        Self {
            recorder: Recorder::new(before),
            failed: None,
            begun: false,
        }
    }

    /// What was baked in, and what there is now.
    ///
    /// # Errors
    ///
    /// If not all was told.
    pub fn finish(self) -> Result<(Stack, Stack), NotSaved> {
        match self.failed {
            Some(failed) => Err(failed),
            None if !self.begun => Err(NotSaved::Nothing),
            None => Ok(self.recorder.finish()?),
        }
    }

    fn note(&mut self, result: Result<(), LayerError>) {
        if let Err(error) = result {
            self.failed.get_or_insert(error.into());
        }
    }
}

/// Joins the interface to a linker. A host that saves nothing hears and forgets.
pub(crate) fn add_to_linker(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    type Entry = (String, u32, u32, u32, i64, u32, u64, u64, String);
    let mut instance = linker.instance("boxer:kernel/commit-host@0.1.0")?;
    instance.func_wrap(
        "entry",
        |mut store: StoreContextMut<'_, Host>, entry: Entry| {
            let (path, mode, user, group, seconds, nanoseconds, inode, device, target) = entry;
            if let Some(saving) = store.data_mut().saving_mut() {
                saving.begun = true;
                let attributes = Attributes {
                    user,
                    group,
                    modified: Time {
                        seconds,
                        nanoseconds,
                    },
                    ..Attributes::new(mode & 0o7777)
                };
                // S_IFMT: inode(7).
                let told = match mode & 0o170_000 {
                    0o040_000 => Told::Directory,
                    0o120_000 => Told::SymbolicLink(target),
                    0o020_000 => Told::Node(Kind::CharacterDevice, device),
                    0o060_000 => Told::Node(Kind::BlockDevice, device),
                    0o010_000 => Told::Node(Kind::Fifo, device),
                    0o140_000 => Told::Node(Kind::Socket, device),
                    _ => Told::Regular,
                };
                let noted = saving.recorder.entry(&path, inode, attributes, told);
                saving.note(noted);
            }
            Ok(())
        },
    )?;
    instance.func_wrap(
        "attribute",
        |mut store: StoreContextMut<'_, Host>, (name, value): (String, Vec<u8>)| {
            if let Some(saving) = store.data_mut().saving_mut() {
                saving.recorder.attribute(&name, value);
            }
            Ok(())
        },
    )?;
    instance.func_wrap(
        "content",
        |mut store: StoreContextMut<'_, Host>, (data,): (Vec<u8>,)| {
            if let Some(saving) = store.data_mut().saving_mut() {
                saving.recorder.content(&data);
            }
            Ok(())
        },
    )?;
    instance.func_wrap(
        "skipped",
        |mut store: StoreContextMut<'_, Host>, (path,): (String,)| {
            if let Some(saving) = store.data_mut().saving_mut() {
                let noted = saving.recorder.skipped(&path);
                saving.note(noted);
            }
            Ok(())
        },
    )?;
    instance.func_wrap(
        "failed",
        |mut store: StoreContextMut<'_, Host>, (path, reason): (String, String)| {
            if let Some(saving) = store.data_mut().saving_mut() {
                saving
                    .failed
                    .get_or_insert(NotSaved::Unreadable { path, reason });
            }
            Ok(())
        },
    )?;
    instance.func_wrap(
        "exit",
        |_: StoreContextMut<'_, Host>, (status,): (u8,)| -> wasmtime::Result<()> {
            Err(wasmtime::Error::from(I32Exit(status.into())))
        },
    )
}
