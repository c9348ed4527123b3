//! WASI 0.2.

use std::time::Duration;

use wasip2::cli::{environment, exit as wasi_exit, stdin};
use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::poll;
use wasip2::io::streams::{InputStream, StreamError};

use super::Wake;

thread_local! {
    /// One handle for the whole run: input is read through nothing else.
    static INPUT: InputStream = stdin::get_stdin();
}

/// Ends the program. Rust's own `exit` only tells success from failure.
pub fn exit(code: i32) -> ! {
    // The status of a process has eight bits.
    wasi_exit::exit_with_code(code as u8);
    unreachable!("the host does not come back from exit")
}

/// Where relative paths start, if the host says so.
pub fn initial_directory() -> Option<String> {
    environment::initial_cwd()
}

/// Waits until `timeout` is over, without one for ever, or until there is input,
/// where that is `wanted`.
pub fn wait(wanted: bool, timeout: Option<Duration>) -> Wake {
    let timer = timeout.map(|timeout| {
        let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        monotonic_clock::subscribe_duration(nanoseconds)
    });
    if !wanted {
        if let Some(timer) = timer {
            timer.block();
        }
        return Wake::Time;
    }
    INPUT.with(|input| {
        let input = input.subscribe();
        let ready = match &timer {
            Some(timer) => poll(&[&input, timer]),
            None => poll(&[&input]),
        };
        if ready.contains(&0) {
            Wake::Input
        } else {
            Wake::Time
        }
    })
}

/// Reads up to `limit` bytes of standard input; none means the end. Waits for the first.
pub fn read_input(limit: usize) -> std::io::Result<Vec<u8>> {
    INPUT.with(|input| {
        loop {
            match input.blocking_read(limit as u64) {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Ok(bytes),
                Err(StreamError::Closed) => return Ok(Vec::new()),
                Err(StreamError::LastOperationFailed(error)) => {
                    return Err(std::io::Error::other(error.to_debug_string()));
                }
            }
        }
    })
}

/// Random bytes that nobody can foretell.
pub fn random_bytes(count: usize) -> std::io::Result<Vec<u8>> {
    Ok(wasip2::random::random::get_random_bytes(count as u64))
}
