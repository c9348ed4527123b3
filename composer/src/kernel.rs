//! The kernel's slots: which interface is whose, and which module fills a slot
//! that the Boxfile leaves out.

use boxfile_spec::{Grants, Manifest, PackageName, Slot};
use registry_index::{Extern, InterfaceName, Interfaces};

use crate::reason::Chosen;

/// The WIT package of the kernel's interfaces.
pub(crate) const PACKAGE: &str = "boxer:kernel";

/// The slot whose module provides an interface of `boxer:kernel`.
pub(crate) fn slot_of(interface: &InterfaceName) -> Option<Slot> {
    if interface.package_path() != PACKAGE {
        return None;
    }
    match interface.interface.as_str() {
        // Only whoever sleeps can know what a token stands for.
        "wait-host" => Some(Slot::Wait),
        word => word
            .parse()
            .ok()
            .filter(|slot| !matches!(slot, Slot::Libc | Slot::Runtime)),
    }
}

/// Whether a module stands below the personality: it offers an interface of the
/// kernel, so what it imports of WASI is the host's and not the libc shim's.
pub(crate) fn is_driver(interfaces: &Interfaces) -> bool {
    interfaces
        .exports
        .iter()
        .filter_map(Extern::interface)
        .any(|name| name.package_path() == PACKAGE)
}

/// Whether a module reaches the host by itself.
pub(crate) fn faces_host(interfaces: &Interfaces) -> bool {
    interfaces
        .imports
        .iter()
        .filter_map(Extern::interface)
        .any(|name| name.namespace == "wasi")
}

/// The module for a slot that the Boxfile leaves out; none for a runtime, which has
/// no default. `exit` and `wait` depend on the other modules: see [`default_exit`]
/// and [`default_wait`].
pub(crate) fn default_module(slot: Slot, grants: &Grants) -> Option<(PackageName, Chosen)> {
    let by_grant = |on: bool, key: &str, facing: &'static str, closed: &'static str| {
        if on {
            (facing, Chosen::Default)
        } else {
            (
                closed,
                Chosen::GrantOff {
                    grant: key.to_owned(),
                },
            )
        }
    };
    let (name, chosen) = match slot {
        Slot::Libc => ("wasi-p2", Chosen::Default),
        Slot::Vfs => ("memfs", Chosen::Default),
        Slot::Net => ("loopback", Chosen::Default),
        Slot::Clock => by_grant(grants.clock(), "clock", "host-clock", "fixed-clock"),
        Slot::Random => by_grant(grants.random(), "random", "host-random", "seeded-random"),
        Slot::Console => by_grant(grants.stdio(), "stdio", "host-console", "null-console"),
        Slot::Environment => {
            let on = grants.args() || !grants.env.is_empty();
            by_grant(on, "args", "host-environment", "fixed-environment")
        }
        Slot::Exit | Slot::Wait | Slot::Runtime => return None,
    };
    Some((built_in(name), chosen))
}

/// The module for `kernel.exit`: ending is telling the host, unless nothing in the
/// box faces it. `exit_code` is who wants more than success and failure.
pub(crate) fn default_exit(faces_host: bool, exit_code: Option<String>) -> (PackageName, Chosen) {
    match (faces_host, exit_code) {
        (false, _) => (built_in("trap-exit"), Chosen::NothingFacesHost),
        (true, None) => (built_in("host-exit"), Chosen::Default),
        (true, Some(consumer)) => (built_in("host-exit-code"), Chosen::ExitCode { consumer }),
    }
}

/// The module for `kernel.wait`: sleeping is asking the host, unless nothing in the
/// box faces it.
pub(crate) fn default_wait(faces_host: bool) -> (PackageName, Chosen) {
    if faces_host {
        (built_in("host-wait"), Chosen::Default)
    } else {
        (built_in("virtual-wait"), Chosen::NothingFacesHost)
    }
}

/// Whether a part wants an exit status beyond success and failure.
pub(crate) fn wants_exit_code(interfaces: &Interfaces) -> bool {
    interfaces.imports_function("wasi:cli/exit", "exit-with-code")
}

/// The settings that the composer derives from the Boxfile for a module, by the
/// kernel interfaces that it exports; its own settings follow them.
pub(crate) fn settings(
    manifest: &Manifest,
    interfaces: &Interfaces,
    arguments: &[String],
) -> Vec<(String, String)> {
    let exports = |interface: &str| {
        let names = interfaces.exports.iter().filter_map(Extern::interface);
        names
            .into_iter()
            .any(|name| name.package_path() == PACKAGE && name.interface == interface)
    };
    let mut lines = Vec::new();
    if exports("environment") {
        lines.push(("name".to_owned(), manifest.package.name.name().to_owned()));
        lines.extend(numbered("args", arguments.iter().cloned()));
        for variable in &manifest.app.env {
            lines.push((
                format!("env.{}", &**variable.name),
                variable.value.to_string(),
            ));
        }
        lines.extend(
            manifest
                .app
                .cwd
                .as_ref()
                .map(|cwd| ("cwd".to_owned(), cwd.to_string())),
        );
        lines.extend(numbered(
            "grant",
            manifest.grants.env.iter().map(ToString::to_string),
        ));
    }
    if exports("vfs") {
        for (position, mount) in manifest.grants.fs.iter().enumerate() {
            lines.push((format!("mounts.{position}.guest"), mount.guest.to_string()));
            lines.push((
                format!("mounts.{position}.mode"),
                mount.mode.as_str().to_owned(),
            ));
        }
    }
    lines
}

fn numbered(
    key: &str,
    values: impl Iterator<Item = String>,
) -> impl Iterator<Item = (String, String)> {
    values
        .enumerate()
        .map(move |(position, value)| (format!("{key}.{position}"), value))
}

fn built_in(name: &str) -> PackageName {
    // The names above are well-formed, which the tests below see to.
    format!("boxer:{name}")
        .parse()
        .unwrap_or_else(|_| unreachable!("`boxer:{name}` is a name"))
}

#[cfg(test)]
mod tests {
    use boxfile_spec::{Grants, Slot};

    use super::{default_exit, default_module, default_wait, slot_of};
    use crate::reason::Chosen;

    #[test]
    fn every_slot_but_the_runtime_has_a_default() {
        let grants = Grants::default();
        for slot in Slot::ALL {
            let here = default_module(slot, &grants).is_some();
            assert_eq!(
                here,
                !matches!(slot, Slot::Exit | Slot::Wait | Slot::Runtime),
                "{slot}"
            );
        }
        assert_eq!(default_exit(true, None).0.as_str(), "boxer:host-exit");
        assert_eq!(
            default_exit(true, Some("app".into())).0.as_str(),
            "boxer:host-exit-code"
        );
        assert_eq!(
            default_exit(false, Some("app".into())).0.as_str(),
            "boxer:trap-exit"
        );
        assert_eq!(default_wait(true).0.as_str(), "boxer:host-wait");
        assert_eq!(
            default_wait(false),
            (
                "boxer:virtual-wait".parse().unwrap(),
                Chosen::NothingFacesHost
            )
        );
    }

    #[test]
    fn interfaces_belong_to_slots() {
        let slot = |name: &str| slot_of(&name.parse().unwrap());
        assert_eq!(slot("boxer:kernel/vfs@0.1.0"), Some(Slot::Vfs));
        assert_eq!(slot("boxer:kernel/wait-host@0.1.0"), Some(Slot::Wait));
        for name in [
            "boxer:kernel/types@0.1.0",
            "boxer:kernel/libc@0.1.0",
            "acme:kernel/vfs@0.1.0",
        ] {
            assert_eq!(slot(name), None, "{name}");
        }
    }
}
