//! `wasi:cli/terminal-…`: tells which standard streams are terminals, as WASI says and
//! as Rust's library says.

use std::io::IsTerminal;

use wasip2::cli::{terminal_stderr, terminal_stdin, terminal_stdout};

fn main() {
    let raw = [
        terminal_stdin::get_terminal_stdin().is_some(),
        terminal_stdout::get_terminal_stdout().is_some(),
        terminal_stderr::get_terminal_stderr().is_some(),
    ];
    let told = [
        std::io::stdin().is_terminal(),
        std::io::stdout().is_terminal(),
        std::io::stderr().is_terminal(),
    ];
    assert_eq!(raw, told);
    // Handles may be had and dropped as often as one likes.
    for _ in 0..10 {
        assert_eq!(terminal_stdout::get_terminal_stdout().is_some(), raw[1]);
    }
    println!("terminals {raw:?}");
    println!("p2_terminal ok");
}
