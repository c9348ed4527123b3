//! `box completions`.

use clap::CommandFactory;

use crate::args::{Cli, Completions};
use crate::errors::CliError;
use crate::terminal::Terminal;

/// Writes the script for a shell to standard output.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn completions(args: &Completions, terminal: Terminal) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "box", &mut script);
    terminal
        .print(String::from_utf8_lossy(&script))
        .map_err(CliError::Output)
}
