//! From a Boxfile to one sealed component.
//!
//! ```text
//! &str ──parse──▶ Manifest ──fetch::locals──▶ Locals
//!      ──resolve::resolve──▶ Resolution + Lock ──fetch::packages──▶ Components (by digest)
//!      ──plan::plan──▶ Plan (who satisfies which import, and why)
//!      ──link::link──▶ bytes ──seal::seal──▶ proof: imports ⊆ grants
//! ```
//!
//! Each arrow is one function with one error; only `fetch` does I/O. [`build`] goes
//! the whole way; [`finished::FinishedBox`] reads a box back, and [`relink::relink`]
//! puts other modules into it.

#![allow(
    clippy::result_large_err,
    reason = "errors carry the Boxfile that they are about, and none is made in a hot loop"
)]

mod authority;
pub mod bake;
pub mod build;
mod component;
pub mod description;
mod diagnostic;
pub mod fetch;
pub mod finished;
mod kernel;
pub mod link;
pub mod plan;
pub mod progress;
pub mod reason;
pub mod relink;
pub mod render;
pub mod resolve;
pub mod seal;
pub mod warning;

pub use build::{BuildError, Built, Composed, Request, Sources, build, prepare};
pub use component::Component;
pub use description::Description;
pub use diagnostic::InBoxfile;
