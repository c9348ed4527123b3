//! The Boxfile: from its text to a checked manifest, its lock file, and edits that
//! keep comments.
//!
//! A Boxfile says, in a few lines of TOML, what one component of WebAssembly is made
//! of: an application, the modules of the kernel below it, the files that it brings
//! along, and what of the host it may reach. This crate knows what the text means and
//! what is wrong with it. It does no I/O: text comes in as `&str`, and where a check
//! needs to know about files, the caller looks.
//!
//! # A worked example
//!
//! ```
//! use std::path::Path;
//!
//! use boxfile_spec::{
//!     AppSource, ComponentSource, Digest, FileKind, LockedPackage, Lockfile, Slot, edit, parse,
//!     validate_files,
//! };
//!
//! let text = r#"
//! [box]
//! name = "acme:hello"
//! version = "0.1.0"
//!
//! [app]
//! component = "hello.wasm"
//! args = ["--greeting", "hi"]
//!
//! [kernel]
//! vfs = "boxer:memfs@^0.1"      # files live in memory
//!
//! [files]
//! "/etc/motd" = { from = "motd.txt", mode = "0644" }
//!
//! [grants]
//! env = ["HOME"]
//! net = { connect = ["api.example.com:443"] }
//! "#;
//!
//! // Reading checks everything that the text alone can tell.
//! let manifest = parse(text, "Boxfile.toml")?;
//! assert_eq!(manifest.package.name.namespace(), "acme");
//! assert!(matches!(&manifest.app.source, AppSource::Component(path) if path.ends_with("hello.wasm")));
//!
//! // A slot that is not there takes its default module; one that is there says which.
//! assert!(!manifest.kernel.contains_key(&Slot::Net));
//! let vfs = &manifest.kernel[&Slot::Vfs];
//! let ComponentSource::Package { reference, .. } = &vfs.source else { panic!("a path") };
//! assert_eq!(reference.to_string(), "boxer:memfs@^0.1");
//! assert_eq!(Slot::Vfs.interface(), "boxer:kernel/vfs");
//!
//! // Values know where they stand, so that later stages can point at them.
//! assert_eq!(&text[reference.span()], "\"boxer:memfs@^0.1\"");
//!
//! // Standard streams, arguments, clocks and random bytes are granted unless refused.
//! assert!(manifest.grants.stdio());
//! assert!(manifest.grants.net.connect[0].covers_name("API.example.com"));
//! assert!(!manifest.grants.net.connect[0].covers_port(80));
//!
//! // What only the host can tell comes from the caller: here, `motd.txt` is missing.
//! let kind = |path: &Path| match path.to_str() {
//!     Some("hello.wasm") => FileKind::File,
//!     _ => FileKind::Missing,
//! };
//! let errors = validate_files(&manifest, kind).unwrap_err();
//! assert_eq!(errors.to_string(), "`motd.txt` does not exist");
//!
//! // Broken text gives all its errors at once, each with place, expectation and
//! // remedy; miette shows them.
//! let broken = text.replace("vfs", "fs").replace("0.1.0", "0.1");
//! let errors = parse(&broken, "Boxfile.toml").unwrap_err();
//! let messages: Vec<String> = errors.problems().iter().map(ToString::to_string).collect();
//! assert_eq!(messages, ["`0.1` is not a version", "unknown slot `fs` in `[kernel]`"]);
//!
//! // `box swap vfs=boxer:hostfs` changes one value, and leaves the comment behind it.
//! let swapped = edit::set_kernel(text, Slot::Vfs, &"boxer:hostfs".parse()?)?;
//! assert!(swapped.contains("vfs = \"boxer:hostfs\"      # files live in memory"));
//!
//! // The lock file is the same text whatever order its packages came in.
//! let mut lock = Lockfile::default();
//! lock.insert(LockedPackage {
//!     name: "boxer:memfs".parse()?,
//!     version: "0.1.0".parse()?,
//!     source: "builtin".into(),
//!     digest: Digest::from_bytes([0; 32]),
//!     dependencies: vec![],
//! });
//! assert_eq!(Lockfile::parse(&lock.to_string(), "Boxfile.lock")?, lock);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//!
//! | file | what |
//! | --- | --- |
//! | `parse/` | from text to [`Manifest`], one file for each table |
//! | `manifest.rs` | the manifest |
//! | `validate.rs` | checks that need the host's files |
//! | `problem.rs`, `errors.rs` | what can be wrong, and its words |
//! | `edit.rs` | changes to one line of a file |
//! | `lock.rs` | `Boxfile.lock` |
//! | `schema.rs` | the JSON Schema for editors, checked in as `boxfile.schema.json` |
//! | `name.rs`, `guest_path.rs`, `net_pattern.rs`, `digest.rs`, `slot.rs` | values of their own |
//!
//! Deliberately absent: reading files, defaults of the slots (they depend on what a
//! composer has), and anything about components.

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
    App, AppSource, Build, CargoSource, ComponentSource, Dependency, EnvVar, FileEntry, FileSource,
    Form, FsGrant, FsMode, Grants, Instance, Manifest, Module, NetGrants, Package, Party, Preinit,
    Wire,
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
