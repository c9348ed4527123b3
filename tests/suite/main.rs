//! Tests of the whole, one module for each topic.
//!
//! They fetch what they need (programs from crates.io and Debian, toolchains and hosts from PyPI
//! and npm) into the target folder, once.

#![allow(
    clippy::print_stdout,
    reason = "the test harness shows it where a test fails"
)]

mod cpython;
mod examples;
mod foreign;
mod javascript;
mod layers;
mod linking;
mod networks;
mod optimize;
mod oras;
mod preinit;
mod random_calls;
mod real_programs;
#[allow(
    dead_code,
    reason = "what other tests start as well has more than these need"
)]
#[path = "../../registry-index/tests/suite/registry.rs"]
mod registry;
mod reproducible;
mod rust_std;
mod service;
mod size;
mod sqlite;
mod stock_hosts;
mod support;
mod volume_kill;
mod wasi_p2;
mod wasip1;
