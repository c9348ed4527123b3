//! Why the linker did what it did, as data that renders to a sentence.

use std::fmt;

use boxfile_spec::Slot;
use serde::{Deserialize, Serialize};

/// Why a part is in the box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum Chosen {
    /// A line of the Boxfile names it.
    Boxfile,
    /// It fills a slot that the Boxfile leaves out.
    Default,
    /// It fills such a slot, and this grant is off.
    GrantOff {
        /// `clock`.
        grant: String,
    },
    /// It fills such a slot, and no part of the box faces the host.
    NothingFacesHost,
    /// It fills such a slot, and this part wants an exit status beyond 0 and 1.
    ExitCode {
        /// Who imports `exit-with-code`.
        consumer: String,
    },
    /// Another package depends on it.
    Needed {
        /// Which ones.
        by: Vec<String>,
    },
    /// The linker made it.
    Made,
}

/// Why an import is satisfied by whom it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum Reason {
    /// `[wire]` says so.
    Wired,
    /// The interface is a kernel slot's, and this module fills the slot.
    Slot {
        /// Which slot.
        slot: Slot,
        /// Why that module fills it.
        chosen: Chosen,
    },
    /// The libc shim is where an app's WASI comes from.
    Libc,
    /// No other part of the box exports it.
    Only,
    /// Several export it; the consumer's package depends on this one.
    Depends,
    /// Several export it; this one is named in the Boxfile, the others are only
    /// there for other packages.
    Named,
    /// The consumer exports the interface itself and stacks on the next module.
    Below {
        /// Which slot's interface.
        slot: Slot,
    },
    /// The interface has no functions: its types are all there is.
    Types,
    /// The files of the Boxfile.
    Image,
    /// The settings of this very module.
    Config,
    /// The host has it, and this grant lets it through.
    Granted {
        /// `stdio`, `clock` …
        grant: String,
    },
    /// Whatever faces the host needs it: streams, waiting, ending.
    FacesHost,
    /// The host saves what the box tells it.
    Saves,
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boxfile => f.write_str("the Boxfile names it"),
            Self::Default => f.write_str("it is the default"),
            Self::GrantOff { grant } => {
                write!(f, "it is the default where [grants] has no `{grant}`")
            }
            Self::NothingFacesHost => {
                f.write_str("it is the default where nothing in the box faces the host")
            }
            Self::ExitCode { consumer } => {
                write!(
                    f,
                    "it is the default where a part, here `{consumer}`, imports `exit-with-code`"
                )
            }
            Self::Needed { by } => write!(f, "{} depends on it", list(by)),
            Self::Made => f.write_str("the linker made it from the Boxfile"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wired => f.write_str("[wire] says so"),
            Self::Slot { slot, chosen } => write!(f, "it fills `kernel.{slot}`, and {chosen}"),
            Self::Libc => f.write_str("the libc shim is where an app's WASI comes from"),
            Self::Only => f.write_str("no other part of the box exports it"),
            Self::Depends => f.write_str("the package that asks depends on it"),
            Self::Named => f.write_str("the Boxfile names it, and no other part that exports it"),
            Self::Below { slot } => {
                write!(
                    f,
                    "the module that asks exports the interface of `kernel.{slot}` itself and stacks on this one"
                )
            }
            Self::Types => f.write_str(
                "the interface has types and no functions, so any definition of them will do",
            ),
            Self::Image => f.write_str("these are the baked files"),
            Self::Config => f.write_str("these are the module's own settings"),
            Self::Granted { grant } => write!(f, "[grants] lets `{grant}` through to the host"),
            Self::Saves => f.write_str("the host saves what the module tells it"),
            Self::FacesHost => {
                f.write_str("a box with any grant needs it of the host, to wait and to end")
            }
        }
    }
}

/// `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and `c` ``.
pub(crate) fn list(names: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
