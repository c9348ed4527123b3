//! From a Boxfile to one sealed component.
//!
//! ```text
//! &str ──parse──▶ Manifest ──fetch::locals──▶ Locals
//!      ──resolve::resolve──▶ Resolution + Lock ──fetch::packages──▶ Components (by digest)
//!      ──plan::plan──▶ Plan (who satisfies which import, and why)
//!      ──link::link──▶ bytes ──fuse::fuse──▶ flat bytes ──seal::seal──▶ proof: imports ⊆ grants
//! ```
//!
//! Each arrow is one function with one error; only `fetch` does I/O. [`build()`] goes
//! the whole way; [`finished::FinishedBox`] reads a box back, and [`relink::relink()`]
//! puts other modules into it.
//!
//! # A box from the beginning
//!
//! ```
//! use composer::build::{Sources, compose, finish};
//! use composer::fetch::Locals;
//! use composer::finished::FinishedBox;
//! use composer::resolve::LockMode;
//! use composer::{Component, Finish, render};
//! use registry_index::{Index, IndexError, Memory};
//!
//! // An app that asks another component for a number …
//! let app = wat::parse_str(r#"(component
//!     (import "acme:dice/roll@1.0.0" (instance $dice (export "roll" (func (result u32)))))
//!     (export "roll" (func $dice "roll")))"#)?;
//! // … and one that has it, at a later patch version.
//! let dice = wat::parse_str(r#"(component
//!     (core module $m (func (export "roll") (result i32) i32.const 4))
//!     (core instance $i (instantiate $m))
//!     (func $roll (result u32) (canon lift (core func $i "roll")))
//!     (instance $it (export "roll" (func $roll)))
//!     (export "acme:dice/roll@1.0.2" (instance $it)))"#)?;
//!
//! let mut index = Memory::new("example");
//! index.add("acme:dice".parse()?, "1.0.2".parse()?, dice)?;
//! let manifest = boxfile_spec::parse(r#"
//!     [box]
//!     name = "acme:game"
//!     version = "0.1.0"
//!     [app]
//!     component = "game.wasm"
//!     [dependencies]
//!     "acme:dice" = "1"
//! "#, "Boxfile.toml")?;
//!
//! // `fetch::locals` would read the app from the host; here it is at hand.
//! let locals = Locals { app: Some(Component::validated(app)?), ..Locals::default() };
//! let sources = Sources { index: &index, open: &|_| unreachable!("no line names a registry"), store: None };
//! let composed = compose(&manifest, &locals, sources, None, &LockMode::Keep, &())?;
//! let built = finish(&manifest, composed, &Finish::default())?;
//! assert!(built.sealed.imports.is_empty());
//!
//! // The bytes tell what they are made of.
//! let finished = FinishedBox::open(built.component)?;
//! let why = render::why(finished.description(), "acme:dice/roll");
//! assert_eq!(
//!     why[0].text,
//!     "`app` gets `acme:dice/roll@1.0.0` from `acme:dice` 1.0.2 with its `acme:dice/roll@1.0.2`: \
//!      no other part of the box exports it",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod authority;
pub mod bake;
pub mod build;
pub mod component;
pub mod description;
mod diagnostic;
pub mod fetch;
pub mod finished;
pub mod fuse;
mod kernel;
pub mod link;
pub mod optimize;
pub mod plan;
pub mod progress;
pub mod reason;
pub mod relink;
pub mod render;
pub mod resolve;
pub mod seal;
pub mod warning;

pub use build::{
    BuildError, Built, Composed, Finish, NotStarted, OpenRegistry, Request, Sources, Starter,
    build, prepare,
};
pub use component::Component;
pub use description::Description;
pub use diagnostic::InBoxfile;
