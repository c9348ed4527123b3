//! What special files tell of and talk to.

use alloc::string::String;
use alloc::vec::Vec;

use crate::errno::Result;
use crate::types::Readiness;

/// A standard stream of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// File descriptor 0.
    Input,
    /// File descriptor 1.
    Output,
    /// File descriptor 2.
    Error,
}

/// A box and its one process, as the kernel's interfaces `environment`, `console`, `random`
/// and `clock` tell of them.
#[allow(
    clippy::missing_errors_doc,
    reason = "the errors are the console's, which says so"
)]
pub trait Machine {
    /// `argv`
    fn arguments(&self) -> Vec<String>;
    /// `environ`
    fn variables(&self) -> Vec<(String, String)>;
    /// The working directory at start.
    fn directory(&self) -> String;
    /// Nanoseconds since some start.
    fn monotonic(&self) -> u64;
    /// That many random bytes.
    fn random(&self, length: u32) -> Vec<u8>;
    /// Reads from standard input: `again` where nothing has come yet.
    fn read(&self, length: u32) -> Result<Vec<u8>>;
    /// Writes to standard output or error: how many bytes were taken.
    fn write(&self, to: Stream, data: &[u8]) -> Result<usize>;
    /// What can be done without waiting.
    fn ready(&self, stream: Stream) -> Readiness;
    /// What to wait on.
    fn wait_token(&self, stream: Stream) -> Option<u64>;
    /// isatty(3)
    fn is_terminal(&self, stream: Stream) -> bool;
}
