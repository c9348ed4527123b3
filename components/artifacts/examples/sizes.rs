//! Prints the size of every built-in module in bytes, and what the modules that a
//! Boxfile without a `[kernel]` table takes add up to:
//!
//! ```text
//! cargo run -p boxer-artifacts --example sizes
//! ```

#![allow(
    clippy::print_stdout,
    reason = "an example of the terminal, not the library"
)]

/// The default modules.
const DEFAULT: [&str; 9] = [
    "boxer:wasi-p2",
    "boxer:memfs",
    "boxer:loopback",
    "boxer:host-clock",
    "boxer:host-random",
    "boxer:host-console",
    "boxer:host-environment",
    "boxer:host-exit",
    "boxer:host-wait",
];

fn main() {
    let mut kernel = 0;
    for artifact in boxer_artifacts::all() {
        let is_default = DEFAULT.contains(&artifact.name);
        let mark = if is_default { "*" } else { "" };
        println!("{:>9} {}{mark}", artifact.bytes.len(), artifact.name);
        if is_default {
            kernel += artifact.bytes.len();
        }
    }
    let kibibytes = kernel.div_ceil(1024);
    println!("{kernel:>9} in all of the default modules (*), {kibibytes} KiB");
}
