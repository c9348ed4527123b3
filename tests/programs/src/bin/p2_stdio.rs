//! The standard streams. Copies standard input to standard output in the way that the
//! first argument names, and says on standard error how many bytes there were.

use std::io::{BufRead, Read, Write};

use wasip2::cli::stderr::get_stderr;
use wasip2::cli::stdin::get_stdin;
use wasip2::cli::stdout::get_stdout;
use wasip2::io::streams::StreamError;

fn main() {
    let count = match std::env::args().nth(1).as_deref() {
        Some("blocking") => blocking(),
        Some("polling") => polling(),
        Some("splicing") => splicing(),
        Some("lines") => lines(),
        Some("all") => all(),
        other => panic!("no such way: {other:?}"),
    };
    let said = format!("{count} bytes\n");
    get_stderr()
        .blocking_write_and_flush(said.as_bytes())
        .expect("standard error");
}

fn blocking() -> u64 {
    let (input, output) = (get_stdin(), get_stdout());
    let mut count = 0;
    loop {
        match input.blocking_read(4096) {
            Ok(bytes) => {
                assert!(!bytes.is_empty());
                count += bytes.len() as u64;
                output
                    .blocking_write_and_flush(&bytes)
                    .expect("standard output");
            }
            Err(StreamError::Closed) => return count,
            Err(StreamError::LastOperationFailed(error)) => panic!("{}", error.to_debug_string()),
        }
    }
}

fn polling() -> u64 {
    let (input, output) = (get_stdin(), get_stdout());
    let (readable, writable) = (input.subscribe(), output.subscribe());
    let mut waiting = Vec::new();
    let mut count = 0;
    loop {
        let ready = if waiting.is_empty() {
            wasip2::io::poll::poll(&[&readable])
        } else {
            wasip2::io::poll::poll(&[&writable]);
            let permit = output.check_write().expect("standard output") as usize;
            let now = permit.min(waiting.len());
            output.write(&waiting[..now]).expect("standard output");
            waiting.drain(..now);
            continue;
        };
        assert_eq!(ready, [0]);
        match input.read(1000) {
            Ok(bytes) => {
                count += bytes.len() as u64;
                waiting.extend(bytes);
            }
            Err(_) => break,
        }
    }
    output.blocking_flush().expect("standard output");
    count
}

fn splicing() -> u64 {
    let (input, output) = (get_stdin(), get_stdout());
    let mut count = 0;
    while let Ok(moved) = output.blocking_splice(&input, 1 << 20) {
        count += moved;
    }
    output.blocking_flush().expect("standard output");
    count
}

fn lines() -> u64 {
    let mut count = 0;
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("text");
        count += line.len() as u64 + 1;
        println!("{line}");
    }
    count
}

fn all() -> u64 {
    let mut everything = Vec::new();
    std::io::stdin()
        .read_to_end(&mut everything)
        .expect("standard input");
    std::io::stdout()
        .write_all(&everything)
        .expect("standard output");
    everything.len() as u64
}
