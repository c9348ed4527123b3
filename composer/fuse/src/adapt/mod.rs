//! Stage 3, adapt: what stands between the parts.
//!
//! Each `canon lower` of one part's function by another becomes a core function
//! that moves the values from one memory to the other, in a module of its own
//! beside the parts'. Functions are grouped by the core instance that needs them
//! first. All that an adapter imports was instantiated before the `canon lower`
//! that it replaces, so the order of the linked box is an order for the fused one
//! and no cycle can come up.

mod calls;
mod code;
mod handles;
mod module;
mod plan;
mod runtime;
mod strings;
mod transfer;

pub(crate) use module::{FlatBuiltin, Need, Runtime};
pub(crate) use plan::{Plan, Resolved, Step, plan};
pub(crate) use runtime::module as runtime_module;
