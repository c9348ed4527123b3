//! The `box` program as its users see it: arguments in, output and exit status out.

mod cache;
mod damage;
mod index_server;
mod killed;
mod module;
mod oci;
mod packages;
#[path = "../../../../registry-index/tests/suite/registry.rs"]
mod registry;
mod relink;
mod run_file;
mod support;
mod trust;
mod updates;
