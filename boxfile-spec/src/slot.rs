//! The places of a box's kernel, one line of `[kernel]` each.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A place in the kernel that a module fills.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Slot {
    /// The libc shim: what the app sees as WASI.
    Libc,
    /// The filesystem.
    Vfs,
    /// The network stack.
    Net,
    /// Monotonic clock and time of day.
    Clock,
    /// Random bytes.
    Random,
    /// Standard input, output and error.
    Console,
    /// Arguments, environment variables and working directory.
    Environment,
    /// How the app ends.
    Exit,
    /// The one place where a box sleeps.
    Wait,
    /// The language runtime of `[app] script`.
    Runtime,
}

/// A word that names no slot.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a slot of the kernel")]
pub struct UnknownSlot(pub String);

impl Slot {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::Libc,
        Self::Vfs,
        Self::Net,
        Self::Clock,
        Self::Random,
        Self::Console,
        Self::Environment,
        Self::Exit,
        Self::Wait,
        Self::Runtime,
    ];

    /// The word in the Boxfile.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Libc => "libc",
            Self::Vfs => "vfs",
            Self::Net => "net",
            Self::Clock => "clock",
            Self::Random => "random",
            Self::Console => "console",
            Self::Environment => "environment",
            Self::Exit => "exit",
            Self::Wait => "wait",
            Self::Runtime => "runtime",
        }
    }

    /// The interface that a module must export to fit, without its version: a
    /// module fits when it exports a semver-compatible one.
    pub const fn interface(self) -> &'static str {
        match self {
            Self::Libc => "wasi:io/poll",
            Self::Vfs => "boxer:kernel/vfs",
            Self::Net => "boxer:kernel/net",
            Self::Clock => "boxer:kernel/clock",
            Self::Random => "boxer:kernel/random",
            Self::Console => "boxer:kernel/console",
            Self::Environment => "boxer:kernel/environment",
            Self::Exit => "boxer:kernel/exit",
            Self::Wait => "boxer:kernel/wait",
            Self::Runtime => "wasi:cli/run",
        }
    }

    /// What fills the slot, in a few words.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Libc => "the libc shim: what the app sees as WASI",
            Self::Vfs => "the filesystem",
            Self::Net => "the network stack",
            Self::Clock => "monotonic clock and time of day",
            Self::Random => "random bytes",
            Self::Console => "standard input, output and error",
            Self::Environment => "arguments, environment variables and working directory",
            Self::Exit => "how the app ends",
            Self::Wait => "the one place where a box sleeps",
            Self::Runtime => "the language runtime of `[app] script`",
        }
    }
}

impl FromStr for Slot {
    type Err = UnknownSlot;

    fn from_str(text: &str) -> Result<Self, UnknownSlot> {
        Self::ALL
            .into_iter()
            .find(|slot| slot.as_str() == text)
            .ok_or_else(|| UnknownSlot(text.into()))
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
