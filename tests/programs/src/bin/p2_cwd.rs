//! A program that asks where it starts, in a box that starts at `/app`, over the file
//! `/app/data.txt`: from then on a path means what it says.

use test_programs::files::{content, open, root};
use wasip2::cli::environment::initial_cwd;
use wasip2::filesystem::types::ErrorCode;

fn main() {
    let root = root();
    // Until it asks, it is taken for one that believes it starts at `/`.
    assert_eq!(content(&root, "data.txt"), b"data");
    assert_eq!(initial_cwd().as_deref(), Some("/app"));
    assert_eq!(open(&root, "data.txt").map(drop), Err(ErrorCode::NoEntry));
    assert_eq!(content(&root, "app/data.txt"), b"data");
    println!("p2_cwd ok");
}
