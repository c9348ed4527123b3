//! boxfile-spec

mod config;
mod digest;
pub mod edit;
mod errors;
mod guest_path;
mod lock;
mod manifest;
mod name;
mod net_pattern;
mod parse;
mod problem;
mod schema;
mod slot;
mod span;
mod suggest;
mod validate;

pub use config::flatten_config;
pub use digest::{Digest, DigestError};
pub use errors::BoxfileErrors;
pub use guest_path::{GuestPath, GuestPathError};
pub use lock::{LockError, LockProblem, LockedPackage, Lockfile, PackageId};
pub use manifest::{
    App, AppSource, CargoSource, ComponentSource, Dependency, EnvVar, FileEntry, FsGrant, FsMode,
    Grants, Instance, Manifest, Module, NetGrants, Package, Party, Wire,
};
pub use name::{ImportName, NameError, PackageName, PackageRef};
pub use net_pattern::{HostPattern, NetPattern, NetPatternError, PortPattern};
pub use parse::parse;
pub use problem::Problem;
pub use schema::json_schema;
pub use slot::{Slot, UnknownSlot};
pub use span::Spanned;
pub use validate::{FileKind, validate_files, validate_grants};

#[doc(no_inline)]
pub use semver::{Version, VersionReq};
