//! What the test programs share. Each program asserts what it tests and fails by a
//! panic, which a runner sees as a failed or trapped run.
//!
//! The programs named `p2_…` hold for every WASI 0.2 host, so they can be held
//! against another one. Where one differs from a box though both may, they ask
//! [`on_another_host`].

pub mod files;
pub mod net;

/// Whether this runs on a WASI host that is not a box, told by the argument
/// `--another-host`.
#[must_use]
pub fn on_another_host() -> bool {
    std::env::args().any(|argument| argument == "--another-host")
}
