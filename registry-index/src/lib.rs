//! Where packages come from.
//!
//! An [`Index`] tells which versions of a package there are and hands out their
//! bytes. Its sources are [`Embedded`] (the built-in modules of the program,
//! feature `embedded`), [`Directory`] (a folder), [`Memory`], and [`Stack`],
//! which asks several in order. A [`Store`] keeps bytes by their digest.
//!
//! ```
//! use registry_index::{Index, Memory, Query};
//!
//! let mut index = Memory::new("example");
//! index.add("acme:nothing".parse()?, "1.0.0".parse()?, b"\0asm\x0d\0\x01\0".as_slice())?;
//!
//! let releases = index.releases(&"acme:nothing".parse()?)?;
//! assert_eq!(releases[0].version.to_string(), "1.0.0");
//! assert_eq!(index.fetch(&releases[0])?.len() as u64, releases[0].size);
//! assert_eq!(index.search(&Query { words: vec!["noth".into()], exports: None })?.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod digest;
mod directory;
#[cfg(feature = "embedded")]
mod embedded;
mod index;
mod interface;
mod memory;
mod release;
mod stack;
mod store;

pub use digest::digest_of;
pub use directory::Directory;
#[cfg(feature = "embedded")]
pub use embedded::Embedded;
pub use index::{Index, IndexError, Query};
pub use interface::{
    ComponentError, Extern, ExternKind, HOST_FEATURES, InterfaceName, Interfaces,
    ParseInterfaceNameError, Track, is_component, proposals, validate,
};
pub use memory::Memory;
pub use release::{BUILT_IN, Dependency, Kind, Release};
pub use stack::Stack;
pub use store::{Store, StoreError};

#[doc(no_inline)]
pub use boxfile_spec::{Digest, PackageName};
