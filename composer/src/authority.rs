//! Which grant of the Boxfile lets which import through to the host.
//!
//! | import | grant |
//! | --- | --- |
//! | `wasi:cli/stdin`, `stdout`, `stderr`, `terminal-*` | `stdio` |
//! | `wasi:cli/environment` | `args`, or any `env` |
//! | `wasi:cli/exit` | `args`; any grant for the module of `kernel.exit` |
//! | `wasi:clocks/*` | `clock`; `monotonic-clock` on any grant for the module of `kernel.wait` |
//! | `wasi:random/*` | `random` |
//! | `wasi:filesystem/*` | any `fs` |
//! | `wasi:sockets/*`, `wasi:http/*` | any `net` |
//! | `wasi:io/*` | any grant: streams and pollables reach nothing by themselves |
//! | `boxer:kernel/commit-host` | none, for the module of `kernel.exit`: it is told, and reaches nothing |
//!
//! Everything else is never the host's.

use boxfile_spec::{Grants, Slot};
use registry_index::InterfaceName;

use crate::description::Role;
use crate::reason::Reason;

/// What the grants say about an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authority {
    /// The host may satisfy it, for this reason.
    Granted(Reason),
    /// The host has it, and the Boxfile does not grant it.
    Refused(Grant),
    /// No grant covers it.
    NotOfHost,
}

/// One key of `[grants]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    Stdio,
    Args,
    Clock,
    Random,
    Fs,
    Net,
}

impl Grant {
    /// The key.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Args => "args",
            Self::Clock => "clock",
            Self::Random => "random",
            Self::Fs => "fs",
            Self::Net => "net",
        }
    }

    /// What to write to grant it.
    pub(crate) fn how(self) -> &'static str {
        match self {
            Self::Stdio => "set `stdio = true` in [grants]",
            Self::Args => "set `args = true` in [grants]",
            Self::Clock => "set `clock = true` in [grants]",
            Self::Random => "set `random = true` in [grants]",
            Self::Fs => {
                "grant a directory, as `fs = [{ host = \"./data\", guest = \"/data\" }]` in [grants]"
            }
            Self::Net => {
                "grant addresses, as `net = { connect = [\"example.com:443\"] }` in [grants]"
            }
        }
    }

    fn is_on(self, grants: &Grants) -> bool {
        match self {
            Self::Stdio => grants.stdio(),
            Self::Args => grants.args(),
            Self::Clock => grants.clock(),
            Self::Random => grants.random(),
            Self::Fs => !grants.fs.is_empty(),
            Self::Net => !grants.net.connect.is_empty() || !grants.net.listen.is_empty(),
        }
    }
}

/// Whether any grant is on: whether the box may face the host at all.
pub(crate) fn any(grants: &Grants) -> bool {
    let all = [
        Grant::Stdio,
        Grant::Args,
        Grant::Clock,
        Grant::Random,
        Grant::Fs,
        Grant::Net,
    ];
    all.into_iter().any(|grant| grant.is_on(grants)) || !grants.env.is_empty()
}

/// What the grants say about `import`, asked for by a part in this role.
pub(crate) fn of(grants: &Grants, import: &InterfaceName, asked_by: Role) -> Authority {
    let is_0_2 = import
        .version
        .as_ref()
        .is_some_and(|v| (v.major, v.minor) == (0, 2));
    if import.path() == "boxer:kernel/commit-host" && asked_by == Role::Kernel(Slot::Exit) {
        return Authority::Granted(Reason::Saves);
    }
    if import.namespace != "wasi" || !is_0_2 {
        return Authority::NotOfHost;
    }
    let (package, interface) = (import.package.as_str(), import.interface.as_str());
    let by_any_grant = matches!(
        (package, interface, asked_by),
        ("io", _, _)
            | ("clocks", "monotonic-clock", Role::Kernel(Slot::Wait))
            | ("cli", "exit", Role::Kernel(Slot::Exit))
    );
    if by_any_grant && any(grants) {
        return Authority::Granted(Reason::FacesHost);
    }
    let grant = match (package, interface) {
        ("cli", "environment") if !grants.env.is_empty() => {
            return Authority::Granted(Reason::Granted {
                grant: "env".to_owned(),
            });
        }
        ("cli", "environment" | "exit") => Grant::Args,
        ("cli", "stdin" | "stdout" | "stderr") => Grant::Stdio,
        ("cli", terminal) if terminal.starts_with("terminal-") => Grant::Stdio,
        ("io", _) => Grant::Stdio,
        ("clocks", _) => Grant::Clock,
        ("random", _) => Grant::Random,
        ("filesystem", _) => Grant::Fs,
        ("sockets" | "http", _) => Grant::Net,
        _ => return Authority::NotOfHost,
    };
    if grant.is_on(grants) {
        Authority::Granted(Reason::Granted {
            grant: grant.key().to_owned(),
        })
    } else {
        Authority::Refused(grant)
    }
}

#[cfg(test)]
mod tests {
    use boxfile_spec::{Grants, Slot};

    use super::{Authority, Grant, of};
    use crate::description::Role;
    use crate::reason::Reason;

    fn grants(lines: &str) -> Grants {
        let text = format!(
            "[box]\nname = \"t:t\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"a.wasm\"\n[grants]\n{lines}"
        );
        boxfile_spec::parse(&text, "Boxfile.toml")
            .expect("a valid Boxfile")
            .grants
    }

    const NOTHING: &str = "stdio = false\nargs = false\nclock = false\nrandom = false\n";

    fn ask(lines: &str, import: &str, role: Role) -> Authority {
        of(&grants(lines), &import.parse().expect("an interface"), role)
    }

    #[test]
    fn every_grant_is_off_when_the_file_says_so() {
        for import in [
            "io/poll",
            "cli/stdin",
            "cli/exit",
            "clocks/wall-clock",
            "random/random",
            "sockets/tcp",
        ] {
            let name = format!("wasi:{import}@0.2.6");
            let answer = ask(NOTHING, &name, Role::Kernel(Slot::Wait));
            assert!(
                matches!(answer, Authority::Refused(_)),
                "{name}: {answer:?}"
            );
        }
    }

    #[test]
    fn only_the_waiting_module_gets_a_clock_without_the_clock() {
        let lines = "clock = false";
        let clock = "wasi:clocks/monotonic-clock@0.2.12";
        assert_eq!(
            ask(lines, clock, Role::Kernel(Slot::Wait)),
            Authority::Granted(Reason::FacesHost)
        );
        assert_eq!(
            ask(lines, clock, Role::Kernel(Slot::Console)),
            Authority::Refused(Grant::Clock)
        );
        let wall = "wasi:clocks/wall-clock@0.2.12";
        assert_eq!(
            ask(lines, wall, Role::Kernel(Slot::Wait)),
            Authority::Refused(Grant::Clock)
        );
    }

    #[test]
    fn one_variable_is_enough_for_the_environment() {
        let lines = "args = false\nenv = [\"HOME\"]";
        let answer = ask(
            lines,
            "wasi:cli/environment@0.2.0",
            Role::Kernel(Slot::Environment),
        );
        assert_eq!(
            answer,
            Authority::Granted(Reason::Granted {
                grant: "env".into()
            })
        );
        assert_eq!(
            ask(lines, "wasi:cli/exit@0.2.0", Role::App),
            Authority::Refused(Grant::Args)
        );
    }

    #[test]
    fn what_is_not_wasi_0_2_is_never_the_hosts() {
        for name in [
            "acme:greet/hello@0.2.0",
            "wasi:cli/stdin@0.3.0",
            "wasi:cli/stdin",
            "wasi:nn/graph@0.2.0",
        ] {
            assert_eq!(ask("", name, Role::App), Authority::NotOfHost, "{name}");
        }
    }
}
