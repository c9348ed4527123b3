//! `wasi:clocks`, and Rust's library on top of it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wasip2::clocks::{monotonic_clock, wall_clock};

fn main() {
    let mut last = monotonic_clock::now();
    for _ in 0..1000 {
        let now = monotonic_clock::now();
        assert!(now >= last);
        last = now;
    }
    assert!(monotonic_clock::resolution() > 0);
    let resolution = wall_clock::resolution();
    assert!(resolution.nanoseconds < 1_000_000_000);
    assert!(resolution.seconds > 0 || resolution.nanoseconds > 0);
    assert!(wall_clock::now().nanoseconds < 1_000_000_000);

    let before = Instant::now();
    std::thread::sleep(Duration::from_millis(5));
    assert!(before.elapsed() >= Duration::from_millis(5));
    std::thread::sleep(Duration::ZERO);
    let told = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let raw = wall_clock::now();
    assert!(raw.seconds - told.as_secs() < 60);
    println!("p2_clocks ok");
}
