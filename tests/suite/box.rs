//! The program `box`, as `composer/cli` has it.

use std::process::ExitCode;

fn main() -> ExitCode {
    boxer_cli::main()
}
