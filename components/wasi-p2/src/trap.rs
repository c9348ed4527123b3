//! Ending the box where the WIT says that a call traps.

use crate::kernel::console;

/// Traps, having told the reason on standard error: the host itself reports no
/// more than "unreachable".
#[cold]
pub(crate) fn trap(why: &str) -> ! {
    for text in ["boxer:wasi-p2: ", why, "\n"] {
        // Nobody is left to hear about a failure of this.
        let _ = console::write(console::StandardStream::Error, text.as_bytes());
    }
    let _ = console::flush(console::StandardStream::Error);
    end(why)
}

#[cfg(target_arch = "wasm32")]
fn end(_why: &str) -> ! {
    core::arch::wasm32::unreachable()
}

#[cfg(not(target_arch = "wasm32"))]
fn end(why: &str) -> ! {
    panic!("{why}")
}
