//! The smallest program that can be seen to run.

fn main() {
    println!("hello from a box");
}
