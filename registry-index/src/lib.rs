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
//! let query = Query { words: vec!["noth".into()], ..Query::default() };
//! assert_eq!(index.search(&query)?.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compat;
mod difference;
mod digest;
mod directory;
mod document;
#[cfg(feature = "embedded")]
mod embedded;
mod error;
mod index;
mod interface;
mod kind;
mod memory;
mod publish;
mod query;
mod release;
#[cfg(feature = "remote")]
mod remote;
mod sbom;
#[cfg(feature = "serve")]
mod serve;
mod shape;
mod sign;
mod stack;
mod store;
mod trust;
mod wit;

pub use compat::{Breakage, Comparison, compare, needs_bump};
pub use difference::{Changes, Difference, difference};
pub use digest::digest_of;
pub use directory::Directory;
#[cfg(feature = "embedded")]
pub use embedded::Embedded;
pub use error::IndexError;
pub use index::Index;
pub use interface::{
    ComponentError, Extern, ExternKind, HOST_FEATURES, InterfaceName, Interfaces,
    ParseInterfaceNameError, Track, is_component, validate,
};
pub use kind::{Kind, UnknownKind};
pub use memory::Memory;
pub use publish::{Draft, Outcome, Parcel, Publish, PublishError, Published, publish};
pub use query::Query;
pub use release::{BUILT_IN, Dependency, Release};
#[cfg(feature = "remote")]
pub use remote::{Credentials, Http, Network, Oci, OciOptions, Registries, Source, Transfer};
pub use sbom::{Subject, cyclonedx};
#[cfg(feature = "serve")]
pub use serve::{Server, Stop};
pub use sign::{NewKey, PublicKey, SignError, Signer, statement};
pub use stack::Stack;
pub use store::{Entry, Prune, Pruned, Store, StoreError};
pub use trust::{Trust, Trusted, Verdict};
pub use wit::{Wit, WitItem, wit_text};

#[doc(no_inline)]
pub use boxfile_spec::{Digest, PackageName};
