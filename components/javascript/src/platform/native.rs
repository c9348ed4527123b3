//! The host's own system, where the tests run.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::thread;
use std::time::Duration;

use super::Wake;

/// Ends the program.
pub fn exit(code: i32) -> ! {
    std::process::exit(code & 0xff)
}

/// The system knows where relative paths start.
pub fn initial_directory() -> Option<String> {
    None
}

/// Waits until `timeout` is over, without one for ever, or until there is input,
/// where that is `wanted`.
pub fn wait(wanted: bool, timeout: Option<Duration>) -> Wake {
    if !wanted {
        if let Some(timeout) = timeout {
            thread::sleep(timeout);
        }
        return Wake::Time;
    }
    let mut input = libc::pollfd {
        fd: 0,
        events: libc::POLLIN,
        revents: 0,
    };
    let milliseconds = timeout.map_or(-1, |timeout| {
        // A part of a millisecond is one: less would be a busy wait.
        i32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
    });
    #[allow(
        unsafe_code,
        reason = "poll has no safe form in std; the array has one element"
    )]
    let ready = unsafe { libc::poll(&raw mut input, 1, milliseconds) };
    if ready > 0 { Wake::Input } else { Wake::Time }
}

/// Reads up to `limit` bytes of standard input; none means the end. Waits for the first.
pub fn read_input(limit: usize) -> io::Result<Vec<u8>> {
    // std's own handle reads ahead, which `wait` would not see.
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut bytes = vec![0; limit];
    let length = input.read(&mut bytes)?;
    bytes.truncate(length);
    Ok(bytes)
}

/// Random bytes that nobody can foretell.
pub fn random_bytes(count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
