//! Fails if an earlier start left anything: a file, or a value in memory.

use std::fs::OpenOptions;
use std::io::read_to_string;
use std::sync::atomic::{AtomicU32, Ordering};

static STARTS: AtomicU32 = AtomicU32::new(0);

fn main() -> std::io::Result<()> {
    assert_eq!(STARTS.fetch_add(1, Ordering::Relaxed), 0, "in memory");
    let mut first = OpenOptions::new();
    first.write(true).create_new(true).open("/started")?;
    let argument = std::env::args().nth(1).unwrap_or_default();
    println!("{argument}, {}", read_to_string(std::io::stdin())?);
    Ok(())
}
