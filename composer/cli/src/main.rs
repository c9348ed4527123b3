//! The `box` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    boxer_cli::main()
}
