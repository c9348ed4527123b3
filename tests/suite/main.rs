//! Tests of the whole, one module for each topic.
//!
//! They fetch what they need (programs from crates.io, toolchains and hosts from PyPI
//! and npm) into the target folder, once.

mod examples;
mod javascript;
mod networks;
mod real_programs;
mod reproducible;
mod stock_hosts;
mod support;
mod wasi_p2;
mod wasip1;
