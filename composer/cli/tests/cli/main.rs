//! The `box` program as its users see it: arguments in, output and exit status out.

mod cache;
mod run_file;
mod support;
