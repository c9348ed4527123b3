//! `wasi:cli`: environment, exit, standard streams and terminals.

pub(crate) mod stdio;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Personality;
use crate::bindings::exports::wasi::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr,
    terminal_stdin, terminal_stdout,
};
use crate::bindings::exports::wasi::io::streams::{InputStream, OutputStream};
use crate::filesystem::cwd;
use crate::io::poll;
use crate::io::streams::{Sink, Source, input_stream, output_stream};
use crate::kernel;
use crate::kernel::console::{self, StandardStream};
use crate::sockets::stack;
use stdio::{ConsoleReader, ConsoleWriter};

impl environment::Guest for Personality {
    /// Where a box starts elsewhere than at `/`, `PWD` says so, as a shell's does:
    /// the runtimes of some languages (Go's of wasip1) take their working directory
    /// from there.
    fn get_environment() -> Vec<(String, String)> {
        let mut variables = kernel::environment::variables();
        let start = kernel::environment::initial_directory();
        if start != "/" && !variables.iter().any(|(name, _)| name == "PWD") {
            variables.push(("PWD".to_owned(), start));
        }
        variables
    }

    fn get_arguments() -> Vec<String> {
        kernel::environment::arguments()
    }

    fn initial_cwd() -> Option<String> {
        cwd::program_asked();
        Some(kernel::environment::initial_directory())
    }
}

impl exit::Guest for Personality {
    fn exit(status: Result<(), ()>) {
        end(u8::from(status.is_err()));
    }

    fn exit_with_code(status_code: u8) {
        end(status_code);
    }
}

/// Ends the box when what was written has reached the host.
fn end(status: u8) {
    stack::send_what_is_left();
    for which in [StandardStream::Output, StandardStream::Error] {
        let console = ConsoleWriter::new(which);
        // A stream that fails now has no reader any more, which is no reason to stay.
        while console.flush() == Ok(false) {
            poll::block(&console);
        }
    }
    kernel::exit::exit(status);
}

impl stdin::Guest for Personality {
    fn get_stdin() -> InputStream {
        input_stream(Source::Console(ConsoleReader))
    }
}

impl stdout::Guest for Personality {
    fn get_stdout() -> OutputStream {
        output_stream(Sink::Console(ConsoleWriter::new(StandardStream::Output)))
    }
}

impl stderr::Guest for Personality {
    fn get_stderr() -> OutputStream {
        output_stream(Sink::Console(ConsoleWriter::new(StandardStream::Error)))
    }
}

/// A `terminal-input` or `terminal-output`: the proof that there is a terminal.
pub(crate) struct Terminal;

impl terminal_input::Guest for Personality {
    type TerminalInput = Terminal;
}

impl terminal_input::GuestTerminalInput for Terminal {}

impl terminal_output::Guest for Personality {
    type TerminalOutput = Terminal;
}

impl terminal_output::GuestTerminalOutput for Terminal {}

impl terminal_stdin::Guest for Personality {
    fn get_terminal_stdin() -> Option<terminal_input::TerminalInput> {
        console::is_terminal(StandardStream::Input)
            .then(|| terminal_input::TerminalInput::new(Terminal))
    }
}

impl terminal_stdout::Guest for Personality {
    fn get_terminal_stdout() -> Option<terminal_output::TerminalOutput> {
        terminal(StandardStream::Output)
    }
}

impl terminal_stderr::Guest for Personality {
    fn get_terminal_stderr() -> Option<terminal_output::TerminalOutput> {
        terminal(StandardStream::Error)
    }
}

fn terminal(which: StandardStream) -> Option<terminal_output::TerminalOutput> {
    console::is_terminal(which).then(|| terminal_output::TerminalOutput::new(Terminal))
}
