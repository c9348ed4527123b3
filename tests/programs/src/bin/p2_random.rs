//! `wasi:random`, and a hash map on top of it. Prints some bytes: with a seeded
//! source they are the same each time.

use std::collections::HashMap;

use wasip2::random::{insecure, insecure_seed, random};

fn main() {
    for length in [0, 1, 7, 8, 9, 1000, 100_000] {
        for bytes in [
            random::get_random_bytes(length),
            insecure::get_insecure_random_bytes(length),
        ] {
            assert_eq!(bytes.len() as u64, length);
            if length >= 1000 {
                let different = (0..=255u8).filter(|byte| bytes.contains(byte)).count();
                assert!(
                    different > 200,
                    "{different} of 256 values in {length} bytes"
                );
            }
        }
    }
    assert_ne!(random::get_random_u64(), random::get_random_u64());
    assert_ne!(
        insecure::get_insecure_random_u64(),
        insecure::get_insecure_random_u64()
    );
    assert_ne!(insecure_seed::insecure_seed(), (0, 0));
    let map: HashMap<u32, u32> = (0..100).map(|number| (number, number)).collect();
    assert_eq!(map.len(), 100);
    println!("bytes {:?}", random::get_random_bytes(8));
    println!("p2_random ok");
}
