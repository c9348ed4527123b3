//! Where packages come from, and where they are published to.
//!
//! An [`Index`] tells which versions of a package there are and hands out their bytes,
//! each checked against its digest and against what its entry tells of it. The sources:
//!
//! | source | what it is |
//! | --- | --- |
//! | `Embedded` | the built-in modules of the program (feature `embedded`) |
//! | [`Directory`] | a folder, which any server of static files can show |
//! | `Http` | such a folder behind a server (feature `remote`) |
//! | `Oci` | an OCI registry, by the conventions of `wkg` (feature `remote`) |
//! | `Registries` | those that wkg's configuration names, by namespace (feature `remote`) |
//! | [`Memory`] | whatever was put into it |
//! | [`Stack`] | several, asked in order |
//! | [`Trusted`] | another, without what is not signed as it should be |
//!
//! [`Directory`] and `Oci` are also [`Publish`]. `Server` (feature `serve`) shows a folder
//! to programs and to people. A [`Store`] keeps bytes by their digest.
//!
//! ```
//! use registry_index::{Directory, Draft, Index, Query, publish, pull};
//!
//! let folder = tempfile::tempdir()?;
//! let index = Directory::create(folder.path())?;
//!
//! let bytes = wat::parse_str(r#"(component
//!     (import "acme:log/sink@1.0.0" (instance $log (export "put" (func))))
//!     (export "acme:log/sink@1.0.0" (instance $log)))"#)?;
//! let mut draft = Draft::new("acme:tee".parse()?, "1.0.0".parse()?, bytes);
//! draft.description = Some("Writes everything twice".to_owned());
//! publish(draft, &index, None)?;
//!
//! // Somebody else looks for it by what it does …
//! let query = Query { exports: Some("acme:log/sink".to_owned()), ..Query::default() };
//! let found = index.search(&query)?;
//! assert_eq!(found[0].name.as_str(), "acme:tee");
//!
//! // … and takes it by a range of versions.
//! let (release, bytes) = pull(&index, &found[0].name, &"^1".parse()?, None)?;
//! assert_eq!(release.size, bytes.len() as u64);
//!
//! // What it promised, a later version of the range keeps.
//! let less = Draft::new("acme:tee".parse()?, "1.1.0".parse()?, wat::parse_str("(component)")?);
//! let error = publish(less, &index, None).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "`acme:tee` 1.1.0 breaks what 1.0.0 promised:\n  `acme:log/sink@1.0.0` is not exported any more"
//! );
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
mod interface_name;
mod kind;
mod line;
mod memory;
mod publish;
mod pull;
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
pub use index::{Index, Remembered, first_known};
pub use interface::{
    ComponentError, Extern, ExternKind, HOST_FEATURES, Interfaces, is_component, proposals,
    validate,
};
pub use interface_name::{InterfaceName, ParseInterfaceNameError, Track};
pub use kind::{Kind, UnknownKind};
pub use line::boxfile_line;
pub use memory::Memory;
pub use publish::{Draft, Outcome, Parcel, Publish, PublishError, Published, publish};
pub use pull::{newest, pull};
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
