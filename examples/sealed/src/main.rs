//! Succeeds when the clock, the random numbers and the files of a box without any
//! import are what its Boxfile says. It has no way to print: its exit status is all.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

fn main() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let elapsed = SystemTime::now().duration_since(start).expect("the clock starts where it should");
    assert!(elapsed < Duration::from_secs(1), "the clock is the box's own");

    // Sleeping jumps: nothing outside tells the time.
    std::thread::sleep(Duration::from_secs(3600));
    assert!(SystemTime::now().duration_since(start).unwrap() >= Duration::from_secs(3600));

    // A HashMap asks for random keys.
    let squares: HashMap<u32, u32> = (0..100).map(|n| (n, n * n)).collect();
    std::fs::write("/tmp/sum", squares.values().sum::<u32>().to_string()).unwrap();
    assert_eq!(std::fs::read_to_string("/tmp/sum").unwrap(), "328350");
}
