//! `/dev`: null(4), full(4), random(4), tty(4), stdin(3).

use super::machine::Stream;
use super::tree::{Device, What};

/// Paths in `/dev`.
pub(super) fn tree<M>() -> [(&'static str, What<M>); 12] {
    use Device::{Full, Null, Random, Standard, Terminal, Zero};
    let device = |device, major: u64, minor| What::Device(device, major << 32 | minor);
    [
        ("null", device(Null, 1, 3)),
        ("zero", device(Zero, 1, 5)),
        ("full", device(Full, 1, 7)),
        ("random", device(Random, 1, 8)),
        ("urandom", device(Random, 1, 9)),
        ("tty", device(Terminal, 5, 0)),
        ("console", device(Terminal, 5, 1)),
        // On Linux these lead to what the descriptors are open on: here the console.
        ("stdin", device(Standard(Stream::Input), 136, 0)),
        ("stdout", device(Standard(Stream::Output), 136, 1)),
        ("stderr", device(Standard(Stream::Error), 136, 2)),
        ("fd", What::Link(|_| "/proc/self/fd".into())),
        // A place to mount memory at.
        ("shm", What::Directory),
    ]
}
