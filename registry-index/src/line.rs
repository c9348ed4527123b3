//! What to write into a Boxfile to use a package.

use boxfile_spec::Slot;

use crate::interface::Extern;
use crate::kind::Kind;
use crate::release::Release;

/// The table of a Boxfile and the line in it that takes this release, or a later one that
/// is compatible; nothing for what no line takes. `registry` is where the package is, as the
/// Boxfile shall call it; without it, the configured sources must have it.
///
/// ```
/// use registry_index::{Release, boxfile_line};
///
/// let bytes = wat::parse_str(r#"(component
///     (instance $i) (export "boxer:kernel/vfs@0.1.0" (instance $i)))"#)?;
/// let release = Release::describe("my:fs".parse()?, "1.2.0".parse()?, &bytes)?;
/// assert_eq!(boxfile_line(&release, None).unwrap(), "[kernel]\nvfs = \"my:fs@^1.2.0\"");
/// assert_eq!(
///     boxfile_line(&release, Some("../index")).unwrap(),
///     "[kernel]\nvfs = { package = \"my:fs\", version = \"^1.2.0\", registry = \"../index\" }"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn boxfile_line(release: &Release, registry: Option<&str>) -> Option<String> {
    let (name, requirement) = (&release.name, format!("^{}", release.version));
    let registry = registry.map(|place| format!(", registry = {}", quoted(place)));
    let table = |more: &str| {
        let registry = registry.as_deref().unwrap_or_default();
        format!("{{ package = \"{name}\", version = \"{requirement}\"{registry}{more} }}")
    };
    let of_slot = |slot: Slot| match registry {
        Some(_) => format!("[kernel]\n{slot} = {}", table("")),
        None => format!("[kernel]\n{slot} = \"{name}@{requirement}\""),
    };
    let dependency = || match &registry {
        Some(registry) => {
            format!("[dependencies]\n\"{name}\" = {{ version = \"{requirement}\"{registry} }}")
        }
        None => format!("[dependencies]\n\"{name}\" = \"{requirement}\""),
    };
    match release.kind {
        // This line knows no registry: the namespace must be mapped, or a source configured.
        Kind::Command | Kind::CoreModule => {
            Some(format!("[app]\npackage = \"{name}@{requirement}\""))
        }
        Kind::Runtime | Kind::Vfs | Kind::Net | Kind::Libc => release.kind.slot().map(of_slot),
        Kind::KernelModule => {
            // Which slot it fills, its exports tell.
            let mut slots = Slot::ALL.into_iter();
            let slot = slots.find(|slot| {
                let mut names = release.exports.iter().filter_map(Extern::interface);
                names.any(|name| name.path() == slot.interface())
            });
            Some(slot.map_or_else(dependency, of_slot))
        }
        Kind::Library => Some(dependency()),
        Kind::Layer => Some(format!("[files]\n\"/\" = {{ layer = {} }}", table(""))),
        Kind::Wit => None,
    }
}

/// A string as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::boxfile_line;
    use crate::kind::Kind;
    use crate::release::Release;

    fn release(kind: Kind) -> Release {
        let clock =
            r#"(component (instance $i) (export "boxer:kernel/clock@0.1.0" (instance $i)))"#;
        let bytes = wat::parse_str(clock).unwrap();
        let (name, version) = ("my:own".parse().unwrap(), "1.2.0".parse().unwrap());
        let mut release = Release::describe(name, version, &bytes).unwrap();
        release.kind = kind;
        release
    }

    /// Each line is one that the parser of Boxfiles takes.
    #[test]
    fn lines_can_be_pasted() {
        for kind in Kind::ALL {
            for registry in [None, Some("../a \"b\""), Some("https://example.com/index")] {
                let Some(line) = boxfile_line(&release(kind), registry) else {
                    assert_eq!(kind, Kind::Wit);
                    continue;
                };
                let app = if line.starts_with("[app]") {
                    ""
                } else {
                    "[app]\ncomponent = \"app.wasm\"\n"
                };
                let text = format!("[box]\nname = \"t:t\"\nversion = \"0.1.0\"\n{app}{line}\n");
                let parsed = boxfile_spec::parse(&text, "Boxfile.toml");
                assert!(parsed.is_ok(), "{kind}: {text}: {parsed:?}");
            }
        }
        let clock = boxfile_line(&release(Kind::KernelModule), None).unwrap();
        assert_eq!(clock, "[kernel]\nclock = \"my:own@^1.2.0\"");
    }
}
