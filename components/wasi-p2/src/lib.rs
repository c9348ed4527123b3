//! `boxer:wasi-p2`: what a command-line program of WASI 0.2 imports, made of the
//! kernel's drivers.
//!
//! It is the one component of a box that owns the resources of `wasi:io`, so it
//! exports everything that hands one out: files, sockets, standard streams and
//! clocks together. It imports `boxer:kernel` and nothing else.
//!
//! | module | exports |
//! | --- | --- |
//! | [`io`] | `wasi:io`: streams, errors and the one place where a box waits |
//! | [`filesystem`] | `wasi:filesystem` over `boxer:kernel/vfs` |
//! | [`sockets`] | `wasi:sockets` over `boxer:kernel/net` |
//! | [`clocks`], [`random`], [`cli`] | the interfaces of the same names |
//!
//! Three rules shape the code. Nothing is buffered that the drivers would take, so
//! that nothing is lost when a program returns. The clock is read only where time
//! matters. A broken promise of the caller that the WIT says must trap does trap,
//! and tells on standard error why ([`trap`]).
//!
//! The code below the bindings is tested on the host, where [`kernel`] stands for
//! doubles of the drivers that misbehave on demand.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[allow(
    unsafe_code,
    missing_docs,
    reason = "generated: the canonical ABI is made of raw pointers, the WIT is the documentation"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "
            package boxer:wasi-p2;
            world module {
                import boxer:kernel/vfs@0.1.0;
                import boxer:kernel/net@0.1.0;
                import boxer:kernel/clock@0.1.0;
                import boxer:kernel/random@0.1.0;
                import boxer:kernel/console@0.1.0;
                import boxer:kernel/environment@0.1.0;
                import boxer:kernel/exit@0.1.0;
                import boxer:kernel/wait@0.1.0;

                export wasi:io/error@0.2.12;
                export wasi:io/poll@0.2.12;
                export wasi:io/streams@0.2.12;
                export wasi:filesystem/types@0.2.12;
                export wasi:filesystem/preopens@0.2.12;
                export wasi:sockets/network@0.2.12;
                export wasi:sockets/instance-network@0.2.12;
                export wasi:sockets/tcp@0.2.12;
                export wasi:sockets/tcp-create-socket@0.2.12;
                export wasi:sockets/udp@0.2.12;
                export wasi:sockets/udp-create-socket@0.2.12;
                export wasi:sockets/ip-name-lookup@0.2.12;
                export wasi:clocks/monotonic-clock@0.2.12;
                export wasi:clocks/wall-clock@0.2.12;
                export wasi:clocks/timezone@0.2.12;
                export wasi:random/random@0.2.12;
                export wasi:random/insecure@0.2.12;
                export wasi:random/insecure-seed@0.2.12;
                export wasi:cli/environment@0.2.12;
                export wasi:cli/exit@0.2.12;
                export wasi:cli/stdin@0.2.12;
                export wasi:cli/stdout@0.2.12;
                export wasi:cli/stderr@0.2.12;
                export wasi:cli/terminal-input@0.2.12;
                export wasi:cli/terminal-output@0.2.12;
                export wasi:cli/terminal-stdin@0.2.12;
                export wasi:cli/terminal-stdout@0.2.12;
                export wasi:cli/terminal-stderr@0.2.12;
            }
        ",
        generate_all,
        // Rust has no constructors that would have to run first.
        disable_run_ctors_once_workaround: true,
        // Unstable parts of interfaces that are exported anyway: a program that was
        // built with them links, any other does not see them.
        features: ["clocks-timezone", "network-error-code"],
    });
    use super::Personality;
    export!(Personality);
}

mod cli;
mod clocks;
mod filesystem;
mod io;
mod kernel;
mod random;
mod sockets;
mod trap;

#[cfg(test)]
mod double;

/// Whose methods are the exported functions.
struct Personality;
