//! What is told of a guest that trapped.

use wasmtime::{Trap, WasmBacktrace};

/// A guest that ended against its will.
#[derive(Debug)]
pub struct Trapped {
    /// What it did.
    pub reason: String,
    /// Where, innermost call first: one line each.
    pub backtrace: Vec<String>,
}

impl Trapped {
    pub(crate) fn new(error: &wasmtime::Error) -> Self {
        let reason = match error.downcast_ref::<Trap>() {
            Some(trap) => words(*trap),
            None => error.root_cause().to_string(),
        };
        let backtrace = error
            .downcast_ref::<WasmBacktrace>()
            .map(lines)
            .unwrap_or_default();
        Self { reason, backtrace }
    }
}

/// What a user should know of the traps that they are likely to see.
fn words(trap: Trap) -> String {
    let plain = match trap {
        Trap::UnreachableCodeReached => {
            "it reached an `unreachable` instruction, as a panic or an abort does"
        }
        Trap::StackOverflow => "its call stack overflowed",
        Trap::MemoryOutOfBounds => "it touched memory beyond its own",
        Trap::IntegerDivisionByZero => "it divided by zero",
        Trap::CannotEnterComponent => {
            "a call came back into a component that had not returned from an earlier one"
        }
        _ => {
            return trap
                .to_string()
                .trim_start_matches("wasm trap: ")
                .to_owned();
        }
    };
    plain.to_owned()
}

/// The frames as wasmtime shows them, names demangled, without its heading and its
/// hint about an environment variable.
fn lines(backtrace: &WasmBacktrace) -> Vec<String> {
    backtrace
        .to_string()
        .lines()
        .filter(|line| line.starts_with(' '))
        .map(|line| line.trim_end().to_owned())
        .collect()
}
