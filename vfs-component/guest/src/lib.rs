//! Makes a kernel module of any filesystem: the adapter between `vfs-component` and
//! the interface `boxer:kernel/vfs`.
//!
//! A guest implements [`Module`] for a type of its own, names [`Adapter`] of it and
//! exports that:
//!
//! ```ignore
//! struct MyFs;
//! impl vfs_guest::Module for MyFs { /* the one filesystem of the box */ }
//! type Guest = vfs_guest::Adapter<MyFs>;
//! vfs_guest::export!(Guest with_types_in vfs_guest::bindings);
//! ```
//!
//! What else the guest imports (the host's files, the console) it generates for itself; the
//! two worlds join in the component.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[allow(
    missing_docs,
    unsafe_code,
    clippy::all,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../components/wit",
        inline: "
            package boxer:vfs-guest;
            world module {
                import boxer:kernel/clock@0.1.0;
                import boxer:kernel/config@0.1.0;
                import boxer:kernel/image@0.1.0;
                export boxer:kernel/vfs@0.1.0;
            }
        ",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "vfs_guest::bindings",
    });
}

mod convert;
mod imports;

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{RefCell, RefMut};
use core::marker::PhantomData;

use bindings::exports::boxer::kernel::vfs as wit;
use vfs_component::{Errno, Filesystem, Handle, Limits, Result, Vfs};

pub use bindings::export;
pub use imports::{BakedImage, KernelClock, Settings, baked_files};

/// A filesystem over the kernel's clock.
pub type Kernel<F> = Vfs<F, KernelClock>;

/// A filesystem that a box may use as far as the limits on open files go. What else is
/// limited is up to the filesystem.
#[must_use]
pub fn kernel<F: Filesystem>(filesystem: F, limits: Limits) -> Kernel<F> {
    let kernel = Vfs::new(filesystem, KernelClock);
    match limits.open_files {
        Some(most) => kernel.with_open_files_max(most),
        None => kernel,
    }
}

/// The one filesystem of a box, made when it is first used. Calls come one at a time:
/// nothing re-enters a driver.
pub struct Once<F: Filesystem>(RefCell<Option<Kernel<F>>>);

impl<F: Filesystem> Once<F> {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(RefCell::new(None))
    }

    /// Uses the filesystem; `make` makes it the first time.
    ///
    /// # Errors
    /// Those of `make`; the next call tries again.
    pub fn with<T>(
        &self,
        make: fn() -> Result<Kernel<F>>,
        use_it: impl FnOnce(&mut Kernel<F>) -> T,
    ) -> Result<T> {
        Ok(use_it(&mut *self.kernel(make)?))
    }

    /// By itself: each of some forty functions that a guest exports would have it in itself.
    #[inline(never)]
    fn kernel(&self, make: fn() -> Result<Kernel<F>>) -> Result<RefMut<'_, Kernel<F>>> {
        let mut once = self.0.borrow_mut();
        if once.is_none() {
            *once = Some(make()?);
        }
        RefMut::filter_map(once, Option::as_mut).map_err(|_| Errno::Io)
    }
}

impl<F: Filesystem> Default for Once<F> {
    fn default() -> Self {
        Self::new()
    }
}

/// The filesystem that a guest exports.
pub trait Module: 'static {
    /// What kind of filesystem.
    type Filesystem: Filesystem;

    /// Uses the filesystem, see [`Once::with`].
    ///
    /// # Errors
    /// Where it can't be made.
    fn with<T>(use_it: impl FnOnce(&mut Kernel<Self::Filesystem>) -> T) -> Result<T>;
}

/// What a guest exports.
pub struct Adapter<M>(PhantomData<M>);

/// The resource `file`: dropping it closes it.
pub struct File<M: Module>(Handle, PhantomData<M>);

impl<M: Module> Drop for File<M> {
    fn drop(&mut self) {
        // What was opened was made.
        let _ = M::with(|vfs| vfs.close(self.0));
    }
}

impl<M: Module> wit::Guest for Adapter<M> {
    type File = File<M>;

    fn root() -> WitResult<wit::File> {
        call::<M, _>(|vfs| vfs.root()).map(file::<M>)
    }
}

type WitResult<T> = core::result::Result<T, wit::Errno>;

fn file<M: Module>(handle: Handle) -> wit::File {
    wit::File::new(File::<M>(handle, PhantomData))
}

fn call<M: Module, T>(
    use_it: impl FnOnce(&mut Kernel<M::Filesystem>) -> Result<T>,
) -> WitResult<T> {
    M::with(use_it).flatten().map_err(convert::errno)
}

impl<M: Module> File<M> {
    fn call<T>(
        &self,
        use_it: impl FnOnce(&mut Kernel<M::Filesystem>, Handle) -> Result<T>,
    ) -> WitResult<T> {
        call::<M, _>(|vfs| use_it(vfs, self.0))
    }
}

impl<M: Module> wit::GuestFile for File<M> {
    fn open_at(
        &self,
        path: String,
        lookup: wit::Lookup,
        how: wit::OpenFlags,
        mode: u32,
    ) -> WitResult<wit::File> {
        let (lookup, how) = (convert::lookup(lookup), convert::open_flags(how));
        self.call(|vfs, base| vfs.open_at(base, &path, lookup, how, mode))
            .map(file::<M>)
    }

    fn get_flags(&self) -> wit::OpenFlags {
        let flags = self.call(|vfs, file| vfs.flags(file));
        flags.map_or(wit::OpenFlags::empty(), convert::open_flags_to)
    }

    fn set_flags(&self, how: wit::OpenFlags) -> WitResult<()> {
        self.call(|vfs, file| vfs.set_flags(file, convert::open_flags(how)))
    }

    fn read_at(&self, offset: u64, length: u32) -> WitResult<Vec<u8>> {
        self.call(|vfs, file| vfs.read_at(file, offset, length))
    }

    fn write_at(&self, offset: u64, data: Vec<u8>) -> WitResult<u32> {
        // One call writes at most what its count can tell.
        self.call(|vfs, file| vfs.write_at(file, offset, data))
            .map(|written| written as u32)
    }

    fn append(&self, data: Vec<u8>) -> WitResult<(u32, u64)> {
        let appended = self.call(|vfs, file| vfs.append(file, data));
        appended.map(|(written, end)| (written as u32, end))
    }

    fn set_size(&self, size: u64) -> WitResult<()> {
        self.call(|vfs, file| vfs.set_size(file, size))
    }

    fn allocate(&self, how: wit::Allocation, offset: u64, length: u64) -> WitResult<()> {
        self.call(|vfs, file| vfs.allocate(file, convert::allocation(how), offset, length))
    }

    fn find_extent(&self, what: wit::Extent, offset: u64) -> WitResult<u64> {
        self.call(|vfs, file| vfs.find_extent(file, convert::extent(what), offset))
    }

    fn advise(&self, offset: u64, length: u64, advice: wit::Advice) -> WitResult<()> {
        self.call(|vfs, file| vfs.advise(file, offset, length, convert::advice(advice)))
    }

    fn sync(&self, data_only: bool) -> WitResult<()> {
        self.call(|vfs, file| vfs.sync(file, data_only))
    }

    fn lock(&self, operation: wit::LockOperation) -> WitResult<()> {
        self.call(|vfs, file| vfs.lock(file, convert::lock_operation(operation)))
    }

    fn read_directory(&self, cookie: u64, count: u32) -> WitResult<Vec<wit::DirectoryEntry>> {
        let entries = self.call(|vfs, file| vfs.read_directory(file, cookie, count))?;
        Ok(entries.into_iter().map(convert::directory_entry).collect())
    }

    fn stat(&self) -> WitResult<wit::Stat> {
        self.call(|vfs, file| vfs.stat(file)).map(convert::stat)
    }

    fn stat_at(&self, path: String, lookup: wit::Lookup) -> WitResult<wit::Stat> {
        let lookup = convert::lookup(lookup);
        self.call(|vfs, base| vfs.stat_at(base, &path, lookup))
            .map(convert::stat)
    }

    fn set_attributes(&self, changes: wit::Attributes) -> WitResult<()> {
        self.call(|vfs, file| vfs.set_attributes(file, &convert::attributes(changes)))
    }

    fn set_attributes_at(
        &self,
        path: String,
        lookup: wit::Lookup,
        changes: wit::Attributes,
    ) -> WitResult<()> {
        let (lookup, changes) = (convert::lookup(lookup), convert::attributes(changes));
        self.call(|vfs, base| vfs.set_attributes_at(base, &path, lookup, &changes))
    }

    fn make_directory_at(&self, path: String, lookup: wit::Lookup, mode: u32) -> WitResult<()> {
        let lookup = convert::lookup(lookup);
        self.call(|vfs, base| vfs.make_directory_at(base, &path, lookup, mode))
    }

    fn make_node_at(
        &self,
        path: String,
        lookup: wit::Lookup,
        kind: wit::FileKind,
        mode: u32,
        device_number: u64,
    ) -> WitResult<()> {
        let (lookup, kind) = (convert::lookup(lookup), convert::kind(kind));
        self.call(|vfs, base| vfs.make_node_at(base, &path, lookup, kind, mode, device_number))
    }

    fn symlink_at(&self, target: String, path: String, lookup: wit::Lookup) -> WitResult<()> {
        let lookup = convert::lookup(lookup);
        self.call(|vfs, base| vfs.symlink_at(&target, base, &path, lookup))
    }

    fn read_link_at(&self, path: String, lookup: wit::Lookup) -> WitResult<String> {
        let lookup = convert::lookup(lookup);
        self.call(|vfs, base| vfs.read_link_at(base, &path, lookup))
    }

    fn link_at(
        &self,
        old_path: String,
        lookup: wit::Lookup,
        new_directory: wit::FileBorrow<'_>,
        new_path: String,
    ) -> WitResult<()> {
        let (lookup, to) = (convert::lookup(lookup), new_directory.get::<Self>().0);
        self.call(|vfs, base| vfs.link_at(base, &old_path, lookup, to, &new_path))
    }

    fn rename_at(
        &self,
        old_path: String,
        lookup: wit::Lookup,
        new_directory: wit::FileBorrow<'_>,
        new_path: String,
        mode: wit::RenameMode,
    ) -> WitResult<()> {
        let (lookup, to) = (convert::lookup(lookup), new_directory.get::<Self>().0);
        let mode = convert::rename_mode(mode);
        self.call(|vfs, base| vfs.rename_at(base, &old_path, lookup, to, &new_path, mode))
    }

    fn unlink_at(&self, path: String, lookup: wit::Lookup) -> WitResult<()> {
        let lookup = convert::lookup(lookup);
        self.call(|vfs, base| vfs.unlink_at(base, &path, lookup))
    }

    fn remove_directory_at(&self, path: String, lookup: wit::Lookup) -> WitResult<()> {
        let lookup = convert::lookup(lookup);
        self.call(|vfs, base| vfs.remove_directory_at(base, &path, lookup))
    }

    fn filesystem_stat(&self) -> WitResult<wit::FilesystemStat> {
        self.call(|vfs, file| vfs.filesystem_stat(file))
            .map(convert::filesystem_stat)
    }

    fn get_extended_attribute(&self, name: String) -> WitResult<Vec<u8>> {
        self.call(|vfs, file| vfs.xattr(file, &name))
    }

    fn set_extended_attribute(
        &self,
        name: String,
        value: Vec<u8>,
        mode: wit::AttributeMode,
    ) -> WitResult<()> {
        let mode = convert::attribute_mode(mode);
        self.call(|vfs, file| vfs.set_xattr(file, &name, &value, mode))
    }

    fn list_extended_attributes(&self) -> WitResult<Vec<String>> {
        self.call(|vfs, file| vfs.xattrs(file))
    }

    fn remove_extended_attribute(&self, name: String) -> WitResult<()> {
        self.call(|vfs, file| vfs.remove_xattr(file, &name))
    }

    fn ready(&self) -> wit::Readiness {
        let ready = self.call(|vfs, file| vfs.ready(file));
        ready.map_or(wit::Readiness::ERROR, convert::readiness_to)
    }

    fn wait_token(&self, interest: wit::Readiness) -> Option<wit::Token> {
        let interest = convert::readiness(interest);
        self.call(|vfs, file| vfs.wait_token(file, interest))
            .ok()
            .flatten()
    }

    fn is_same(&self, other: wit::FileBorrow<'_>) -> bool {
        let other = other.get::<Self>().0;
        self.call(|vfs, file| vfs.is_same(file, other))
            .unwrap_or(false)
    }
}
