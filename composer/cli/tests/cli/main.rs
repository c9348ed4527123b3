//! The `box` program as its users see it: arguments in, output and exit status out.

mod cache;
mod damage;
mod index_server;
mod killed;
mod module;
mod packages;
mod run_file;
mod support;
mod trust;
mod updates;
