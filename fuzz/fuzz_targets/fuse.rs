//! Any bytes as a graph of components that call each other, or as a component: it is
//! fused to something flat and valid, or refused.
//!
//! `composer/fuse/tests/suite/graph.rs` says how bytes make a graph, and runs the same
//! for a short while as a plain test.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../composer/fuse/tests/suite/graph.rs"]
mod graph;
#[path = "../../composer/fuse/tests/suite/ty.rs"]
mod ty;

fuzz_target!(|bytes: &[u8]| graph::fuse_any(bytes));
