//! `boxer:javascript`: runs a script as Node would.
//!
//! An ordinary WASI command: the first argument is the script, the rest are its own.
//! The parts, in the order in which a run meets them:
//!
//! - [`runtime`] makes the engine's context and runs the script;
//! - [`modules`] finds and loads files: CommonJS and ECMAScript modules;
//! - [`builtins`] are Node's core modules and the globals. What every script uses is Rust
//!   ([`console`], [`inspect`], [`process`], [`fs`], [`path`]), which costs no parsing; the rest
//!   is JavaScript in `js/`, parsed on first use;
//! - [`event_loop`] and [`jobs`] run what is to happen later;
//! - [`report`], [`stack`] and [`syntax`] shape errors.
//!
//! The crate builds for the host too, where its tests run.

mod builtins;
mod console;
mod engine;
mod errors;
mod event_loop;
mod fs;
mod host;
mod inspect;
mod jobs;
mod locale;
mod modules;
mod native;
mod output;
mod path;
mod platform;
mod process;
mod rejections;
mod report;
mod runtime;
mod stack;
mod syntax;
mod timers;
mod types;

fn main() {
    let arguments: Vec<String> = std::env::args_os()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    runtime::run(arguments)
}
