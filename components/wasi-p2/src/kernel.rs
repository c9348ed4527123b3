//! The drivers below, by the names that this crate uses.
//!
//! Under test the interfaces whose bad days matter are doubles.

pub(crate) use crate::bindings::boxer::kernel::types::{Errno, Instant, Readiness, Token};
pub(crate) use crate::bindings::boxer::kernel::{environment, exit, random, vfs};

#[cfg(not(test))]
pub(crate) use crate::bindings::boxer::kernel::{clock, console, net, wait};
#[cfg(test)]
pub(crate) use crate::double::{clock, console, net, wait};
