//! `boxer:host-console`: the host's standard streams.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package boxer:host-console;
            world module {
                import wasi:io/streams@0.2.12;
                import wasi:cli/stdin@0.2.12;
                import wasi:cli/stdout@0.2.12;
                import wasi:cli/stderr@0.2.12;
                import wasi:cli/terminal-stdin@0.2.12;
                import wasi:cli/terminal-stdout@0.2.12;
                import wasi:cli/terminal-stderr@0.2.12;
                import boxer:kernel/wait-host@0.1.0;
                export boxer:kernel/console@0.1.0;
            }
        ",
        generate_all,
    });
    use super::HostConsole;
    export!(HostConsole);
}

mod input;
mod output;

use alloc::vec::Vec;
use core::cell::RefCell;

use bindings::exports::boxer::kernel::console::{Errno, Guest, Readiness, StandardStream};
use bindings::wasi::cli::{stderr, stdout, terminal_stderr, terminal_stdin, terminal_stdout};
use input::Input;
use output::Output;

struct HostConsole;

/// The streams are opened when they are first used, and stay open: a token that
/// was handed out stands for as long as the box runs.
#[derive(Default)]
struct Console {
    input: Option<Input>,
    output: Option<Output>,
    error: Option<Output>,
}

bare_guest::local! {
    static CONSOLE: RefCell<Console> = const {
        RefCell::new(Console { input: None, output: None, error: None })
    };
}

impl Guest for HostConsole {
    fn read(length: u32) -> Result<Vec<u8>, Errno> {
        with_input(|input| input.read(length))
    }

    fn write(to: StandardStream, data: Vec<u8>) -> Result<u32, Errno> {
        with_output(to, |output| output.write(&data)).unwrap_or(Err(Errno::BadDescriptor))
    }

    fn flush(to: StandardStream) -> Result<(), Errno> {
        with_output(to, Output::flush).unwrap_or(Err(Errno::BadDescriptor))
    }

    fn ready(which: StandardStream) -> Readiness {
        with_output(which, Output::ready).unwrap_or_else(|| with_input(|input| input.ready()))
    }

    fn wait_token(which: StandardStream) -> Option<u64> {
        let token = with_output(which, Output::wait_token);
        Some(token.unwrap_or_else(|| with_input(Input::wait_token)))
    }

    fn is_terminal(which: StandardStream) -> bool {
        match which {
            StandardStream::Input => terminal_stdin::get_terminal_stdin().is_some(),
            StandardStream::Output => terminal_stdout::get_terminal_stdout().is_some(),
            StandardStream::Error => terminal_stderr::get_terminal_stderr().is_some(),
        }
    }
}

fn with_input<T>(use_it: impl FnOnce(&mut Input) -> T) -> T {
    CONSOLE.with_borrow_mut(|console| use_it(console.input.get_or_insert_with(Input::open)))
}

/// `None` for standard input.
fn with_output<T>(which: StandardStream, use_it: impl FnOnce(&mut Output) -> T) -> Option<T> {
    CONSOLE.with_borrow_mut(|console| {
        let (place, open): (_, fn() -> _) = match which {
            StandardStream::Input => return None,
            StandardStream::Output => (&mut console.output, stdout::get_stdout),
            StandardStream::Error => (&mut console.error, stderr::get_stderr),
        };
        Some(use_it(place.get_or_insert_with(|| Output::new(open()))))
    })
}
