//! `boxer:javascript`: runs a script as Node would.
//!
//! # How it is started
//!
//! It is an ordinary WASI command, and the `runtime` of a Boxfile:
//!
//! ```toml
//! [app]
//! script = "main.js"
//!
//! [kernel]
//! runtime = "boxer:javascript"
//!
//! [files]
//! "/app/lib" = "lib"
//! "/app/node_modules" = "node_modules"
//! ```
//!
//! The composer bakes the script into the filesystem, below `[app] cwd` or else `/app`, and makes
//! the runtime the box's app with the arguments `[name, "/app/main.js", args...]`: the script's
//! path, then `[app] args`, then those of the command line. `process.argv` is that, the second
//! element made absolute. `[app] env` and granted variables are `process.env`. Other files come
//! from `[files]`, and `require` and `import` find them as Node does: relative paths, `.json`,
//! `node_modules` in this folder and those above it, `exports` and `imports` of `package.json`.
//! A file is an ECMAScript module if it is `.mjs`, if its package says `"type": "module"`, or if
//! it only reads as one.
//!
//! `process.exit(n)` and `process.exitCode` give the exit status. An error that nobody catches
//! is printed with its stack on standard error, and the status is 1.
//!
//! # What there is of Node 20
//!
//! | modules | |
//! | --- | --- |
//! | complete but for rare options | `assert`, `buffer`, `console`, `constants`, `diagnostics_channel`, `events`, `path` (POSIX), `process`, `url`, `querystring`, `readline`, `stream`, `string_decoder`, `timers`, `tty`, `util`, their `/promises`, `/strict`, `/posix` and `/types` |
//! | `fs` | synchronous, with callbacks, with promises, as streams; no `watch`, and owners and modes as far as WASI has them |
//! | `crypto` | MD5, SHA-1 and SHA-2, HMAC, PBKDF2, random numbers, UUIDs; no ciphers, keys, signatures |
//! | `module` | `createRequire`, `builtinModules`, the `Module` of CommonJS; no loader hooks |
//! | `vm` | code in this realm, with names of its own; it is no sandbox |
//! | `os`, `perf_hooks`, `worker_threads` | what a box with one thread can say; no `Worker` |
//! | `async_hooks` | `AsyncLocalStorage` within `run` and bound functions, not across `await` |
//! | can be loaded, fail when used | `child_process`, `cluster`, `dgram`, `dns`, `http`, `http2`, `https`, `inspector`, `net`, `tls`, `v8`, `zlib` |
//! | absent | `punycode`, `repl`, `test`, `wasi`, `sqlite`, `stream/web`, `path.win32` |
//!
//! Globals: `URL`, `URLSearchParams`, `TextEncoder`, `TextDecoder`, `AbortController`,
//! `EventTarget`, `structuredClone`, `performance`, `crypto`, `atob`, `btoa`, timers,
//! `queueMicrotask`. No `fetch`, no web streams, no `WebAssembly`.
//!
//! Of the language, the engine has ECMAScript 2024 and some of what came later. It is an
//! interpreter: some fifty times slower than Node on computations. Locales: `Intl` and
//! `toLocaleString` know American English; `localeCompare` orders Latin letters. Time zone: UTC
//! only. Stacks of calls have the right lines, but not V8's guesses at names.
//!
//! Known faults of the engine, of which nothing outside of it can be mended: direct `eval` of
//! code that sets `length` of an array twice at one place keeps its elements; after properties
//! of an object were deleted, or turned from values into accessors, objects that have it as
//! their prototype may read wrong properties of it, or end the program, where a script read them
//! before; endless recursion ends the program, `catch` or not; adding to a long string copies it.
//!
//! # The parts, in the order in which a run meets them
//!
//! - [`runtime`] makes the engine's context and runs the script;
//! - [`engine`] mends what differs from V8;
//! - [`modules`] finds and loads files: CommonJS and ECMAScript modules;
//! - [`builtins`] are Node's core modules and the globals. What every script uses is Rust
//!   ([`console`], [`inspect`], [`process`], [`fs`], [`path`]), which costs no parsing; the rest
//!   is JavaScript in `js/`, parsed on first use;
//! - [`event_loop`] and [`jobs`] run what is to happen later;
//! - [`report`], [`stack`] and [`syntax`] shape errors.
//!
//! The crate builds for the host too, where its tests run: `tests/cases` are scripts with the
//! output that Node wrote.

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
