//! What sort of package this is.

use std::fmt;
use std::str::FromStr;

use boxfile_spec::Slot;
use serde::{Deserialize, Serialize};

use crate::interface::{Extern, ExternKind, Interfaces};

/// What a package's bytes are, and so where in a Boxfile it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A component that runs by itself: it exports `wasi:cli/run`.
    Command,
    /// A command that runs scripts. Its bytes do not tell it from another command, so
    /// its publisher does.
    Runtime,
    /// A filesystem: it exports `boxer:kernel/vfs`.
    Vfs,
    /// A network stack: it exports `boxer:kernel/net`.
    Net,
    /// A libc shim: it exports `wasi:io/poll`, and so owns the resources of WASI.
    Libc,
    /// Another part of the kernel: it exports an interface of `boxer:kernel`.
    KernelModule,
    /// Any other component, for others to import.
    Library,
    /// A package of interfaces without code.
    Wit,
    /// An archive of files.
    Layer,
    /// A core module, which must be adapted before it can be linked.
    CoreModule,
}

/// A word that names no kind of package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of package: expected one of {list}", list = Kind::ALL.map(Kind::as_str).join(", "))]
pub struct UnknownKind(pub String);

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Command,
        Self::Runtime,
        Self::Vfs,
        Self::Net,
        Self::Libc,
        Self::KernelModule,
        Self::Library,
        Self::Wit,
        Self::Layer,
        Self::CoreModule,
    ];

    /// The word for it, as on the command line and in an index.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Runtime => "runtime",
            Self::Vfs => "vfs",
            Self::Net => "net",
            Self::Libc => "libc",
            Self::KernelModule => "kernel-module",
            Self::Library => "library",
            Self::Wit => "wit",
            Self::Layer => "layer",
            Self::CoreModule => "core-module",
        }
    }

    /// Tells the kinds of component apart by what they export.
    #[must_use]
    pub fn of(interfaces: &Interfaces) -> Self {
        let exports = |slot: Slot| {
            let mut names = interfaces.exports.iter().filter_map(Extern::interface);
            names.any(|name| name.path() == slot.interface())
        };
        let kernel = |name: crate::InterfaceName| name.package_path() == "boxer:kernel";
        let types = |export: &Extern| export.kind == ExternKind::Type;
        if exports(Slot::Libc) {
            Self::Libc
        } else if exports(Slot::Vfs) {
            Self::Vfs
        } else if exports(Slot::Net) {
            Self::Net
        } else if interfaces
            .exports
            .iter()
            .filter_map(Extern::interface)
            .any(kernel)
        {
            Self::KernelModule
        } else if exports(Slot::Runtime) {
            Self::Command
        } else if interfaces.imports.is_empty()
            && !interfaces.exports.is_empty()
            && interfaces.exports.iter().all(types)
        {
            Self::Wit
        } else {
            Self::Library
        }
    }

    /// The slot of a kernel that packages of this kind fill, where there is one such slot.
    #[must_use]
    pub const fn slot(self) -> Option<Slot> {
        match self {
            Self::Runtime => Some(Slot::Runtime),
            Self::Vfs => Some(Slot::Vfs),
            Self::Net => Some(Slot::Net),
            Self::Libc => Some(Slot::Libc),
            Self::Command
            | Self::KernelModule
            | Self::Library
            | Self::Wit
            | Self::Layer
            | Self::CoreModule => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use crate::interface::Interfaces;

    fn kind(text: &str) -> Kind {
        Kind::of(&Interfaces::read(&wat::parse_str(text).unwrap()).unwrap())
    }

    fn exporting(interface: &str) -> Kind {
        kind(&format!(
            r#"(component (instance $i) (export "{interface}" (instance $i)))"#
        ))
    }

    #[test]
    fn words_go_there_and_back() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        let error = "driver".parse::<Kind>().unwrap_err().to_string();
        assert!(error.contains("vfs, net, libc"), "{error}");
    }

    #[test]
    fn exports_tell_the_kind() {
        assert_eq!(exporting("boxer:kernel/vfs@0.1.0"), Kind::Vfs);
        assert_eq!(exporting("boxer:kernel/net@0.1.0"), Kind::Net);
        assert_eq!(exporting("boxer:kernel/clock@0.1.0"), Kind::KernelModule);
        assert_eq!(exporting("wasi:io/poll@0.2.6"), Kind::Libc);
        assert_eq!(exporting("wasi:cli/run@0.2.6"), Kind::Command);
        assert_eq!(exporting("acme:greet/hello"), Kind::Library);
        assert_eq!(kind("(component)"), Kind::Library);
        let wit = r#"(component (type $t (component)) (export "t" (type $t)))"#;
        assert_eq!(kind(wit), Kind::Wit);
    }
}
