//! `box swap`: other modules in the kernel of a project or of a finished box.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use boxfile_spec::{PackageRef, Slot, edit};
use composer::fetch::adapt::adapt;
use composer::relink;
use registry_index::{Index, Interfaces, Query, Release, Stack};

use crate::args::Swap;
use crate::errors::CliError;
use crate::files;
use crate::packages::Packages;
use crate::preinit::preinit;
use crate::project::{Project, keep_parts, open_box};
use crate::steps::Steps;
use crate::terminal::{Terminal, bytes};

/// A slot and what is to fill it.
#[derive(Debug, Clone, PartialEq)]
struct Wanted {
    slot: Slot,
    module: Module,
}

#[derive(Debug, Clone, PartialEq)]
enum Module {
    Package(PackageRef),
    /// As it was given: relative to here.
    File(String),
    /// What fills the slot where the Boxfile says nothing.
    Default,
}

/// Edits a Boxfile, or links a finished box anew.
///
/// # Errors
///
/// If a module is not there or does not fit; then nothing is changed.
pub fn swap(args: &Swap, terminal: Terminal) -> Result<(), CliError> {
    match args.words.split_first() {
        Some((file, swaps)) if !file.contains('=') => {
            let output = args.output.as_deref().ok_or(CliError::NoOutput)?;
            finished(args, Path::new(file), &parse(swaps)?, output, terminal)
        }
        _ if args.output.is_some() => Err(CliError::StrayOutput),
        _ => project(args, &parse(&args.words)?, terminal),
    }
}

fn parse(words: &[String]) -> Result<Vec<Wanted>, CliError> {
    let mut slots = BTreeSet::new();
    let mut wanted = Vec::new();
    for word in words {
        let not_a_swap = || CliError::NotASwap { text: word.clone() };
        let (slot, module) = word.split_once('=').ok_or_else(not_a_swap)?;
        if module.is_empty() {
            return Err(not_a_swap());
        }
        let slot: Slot = slot.parse().map_err(|_| CliError::NoSuchSlot {
            slot: slot.to_owned(),
        })?;
        if !slots.insert(slot) {
            return Err(CliError::SwappedTwice { slot });
        }
        wanted.push(Wanted {
            slot,
            module: Module::parse(module)?,
        });
    }
    if wanted.is_empty() {
        return Err(CliError::NotASwap {
            text: String::new(),
        });
    }
    Ok(wanted)
}

impl Module {
    fn parse(text: &str) -> Result<Self, CliError> {
        let is_path = text.starts_with(['.', '/'])
            || Path::new(text)
                .extension()
                .is_some_and(|ending| ending == "wasm");
        match text {
            "default" => Ok(Self::Default),
            _ if is_path => Ok(Self::File(text.to_owned())),
            _ => text
                .parse()
                .map(Self::Package)
                .map_err(|reason| CliError::NotAPackage {
                    text: text.to_owned(),
                    reason,
                }),
        }
    }
}

fn project(args: &Swap, swaps: &[Wanted], terminal: Terminal) -> Result<(), CliError> {
    let project = Project::find(&args.project)?;
    let packages = Packages::new(Path::new(""), args.resolve.offline, terminal)?;
    let index = packages.of(args.registry.as_deref())?;
    let registry = args.registry.as_deref();
    let registry = registry.map(|place| packages.from_folder(place, &project.folder));
    let before = project.text()?;
    let mut text = before.clone();
    for Wanted { slot, module } in swaps {
        text = match module {
            Module::Package(package) => {
                check_package(index.as_ref(), package, *slot)?;
                match &registry {
                    Some(registry) => edit::set_kernel_from(&text, *slot, package, registry)?,
                    None => edit::set_kernel(&text, *slot, package)?,
                }
            }
            Module::File(path) => {
                check_file(path, *slot)?;
                edit::set_kernel_path(&text, *slot, &from_folder(path, &project.folder))?
            }
            Module::Default => edit::reset_kernel(&text, *slot)?,
        };
    }
    if project.rewrite(&before, &text, terminal)? {
        terminal.status(format_args!("changed `{}`", project.boxfile.display()));
    }
    Ok(())
}

fn finished(
    args: &Swap,
    file: &Path,
    swaps: &[Wanted],
    output: &Path,
    terminal: Terminal,
) -> Result<(), CliError> {
    let old = open_box(file)?;
    let packages = Packages::new(Path::new(""), args.resolve.offline, terminal)?;
    let index = packages.of(args.registry.as_deref())?;
    let mut wanted = Vec::new();
    for Wanted { slot, module } in swaps {
        match module {
            Module::Package(package) => {
                check_package(index.as_ref(), package, *slot)?;
                wanted.push(relink::Swap {
                    slot: *slot,
                    module: package.clone(),
                });
            }
            Module::File(path) => return Err(CliError::SwapFile { path: path.clone() }),
            Module::Default => {
                return Err(CliError::NotASwap {
                    text: format!("{slot}=default"),
                });
            }
        }
    }
    let open = |registry: &str| packages.open(registry);
    let mut sources = packages.sources(&open);
    // What the box keeps may come from anywhere; what is new comes from where it is told.
    let first = args.registry.is_some().then(|| {
        let others = packages.of(None).ok().into_iter();
        others.fold(Stack::new().with(index.clone()), Stack::with)
    });
    if let Some(first) = &first {
        sources.index = first;
    }
    let new = relink::relink(&old, &wanted, sources, &preinit, &Steps::new(terminal));
    packages.report_unsigned(terminal);
    let new = new?;
    for warning in &new.composed.warnings {
        terminal.report(warning);
    }
    keep_parts(&new, terminal);
    if output == Path::new("-") {
        return terminal
            .print_bytes(&new.component)
            .map_err(CliError::Output);
    }
    files::replace(output, &new.component).map_err(|source| CliError::Write {
        path: output.to_owned(),
        source,
    })?;
    terminal.status(format_args!(
        "linked `{}` anew: `{}`, {}",
        file.display(),
        output.display(),
        bytes(new.component.len() as u64),
    ));
    Ok(())
}

/// Whether there is such a package, and whether it is a module for this slot.
fn check_package(index: &dyn Index, wanted: &PackageRef, slot: Slot) -> Result<(), CliError> {
    let releases = index.releases(&wanted.name)?;
    let mut fitting: Vec<&Release> = releases
        .iter()
        .filter(|release| !release.yanked && wanted.requirement.matches(&release.version))
        .collect();
    fitting.sort_by(|a, b| a.version.cmp(&b.version));
    let Some(best) = fitting.last() else {
        let versions: Vec<String> = releases
            .iter()
            .map(|release| format!("`{}`", release.version))
            .collect();
        let help = if versions.is_empty() {
            let modules = modules_for(index, slot)?;
            format!("modules for `{slot}` are {modules}; `--registry` names another source")
        } else {
            format!("ask for one of its versions: {}", versions.join(", "))
        };
        return Err(CliError::NoSuchPackage {
            package: wanted.clone(),
            help,
        });
    };
    if exports(best.exports.iter().map(|item| item.name.as_str()), slot) {
        return Ok(());
    }
    let modules = modules_for(index, slot)?;
    Err(CliError::DoesNotFit {
        module: wanted.name.to_string(),
        slot,
        help: format!("modules for `{slot}` are {modules}"),
    })
}

fn check_file(path: &str, slot: Slot) -> Result<(), CliError> {
    let file = Path::new(path);
    let content = std::fs::read(file).map_err(|source| CliError::Read {
        path: file.to_owned(),
        source,
    })?;
    let (component, _) =
        adapt(content).map_err(|error| CliError::not_adapted("use", file, error))?;
    let interfaces = Interfaces::read(&component).map_err(|error| CliError::NotAComponent {
        path: file.to_owned(),
        error,
    })?;
    if exports(
        interfaces.exports.iter().map(|item| item.name.as_str()),
        slot,
    ) {
        return Ok(());
    }
    Err(CliError::DoesNotFit {
        module: path.to_owned(),
        slot,
        help: format!("build it with an export of `{}`", slot.interface()),
    })
}

/// A module fits where it exports the slot's interface, at whatever version: the
/// linker compares those.
fn exports<'a>(mut names: impl Iterator<Item = &'a str>, slot: Slot) -> bool {
    names.any(|name| name.split('@').next() == Some(slot.interface()))
}

fn modules_for(index: &dyn Index, slot: Slot) -> Result<String, CliError> {
    let query = Query {
        exports: Some(slot.interface().to_owned()),
        ..Query::default()
    };
    let found = index.search(&query)?;
    let names: Vec<String> = found
        .iter()
        .map(|release| format!("`{}`", release.name))
        .collect();
    Ok(names.join(", "))
}

/// A path that was given from here, as one from the Boxfile's folder.
pub(crate) fn from_folder(path: &str, folder: &Path) -> String {
    if folder.as_os_str().is_empty() || Path::new(path).is_absolute() {
        return path.to_owned();
    }
    let absolute = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (file, folder) = (absolute(Path::new(path)), absolute(folder));
    let common = file
        .components()
        .zip(folder.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = folder
        .components()
        .skip(common)
        .map(|_| Path::new("..").as_os_str());
    let down = file.components().skip(common).map(|part| part.as_os_str());
    let relative: PathBuf = up.chain(down).collect();
    relative.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_packages_from_files() {
        let module = |text: &str| Module::parse(text).unwrap();
        assert_eq!(
            module("boxer:memfs"),
            Module::Package("boxer:memfs".parse().unwrap())
        );
        assert!(matches!(module("boxer:memfs@^0.1"), Module::Package(_)));
        for path in [
            "./clock.wasm",
            "../clock",
            "/clock",
            "clock.wasm",
            "a/b.wasm",
        ] {
            assert_eq!(module(path), Module::File(path.to_owned()));
        }
        assert_eq!(module("default"), Module::Default);
        assert!(Module::parse("memfs").is_err());
        assert!(Module::parse("boxer:memfs@never").is_err());
    }

    #[test]
    fn paths_are_kept_from_the_boxfiles_folder() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("project")).unwrap();
        std::fs::write(root.join("clock.wasm"), "").unwrap();
        let file = root.join("clock.wasm");
        // Given by a path from the root it stays one.
        assert_eq!(
            from_folder(file.to_str().unwrap(), &root.join("project")),
            file.to_str().unwrap()
        );
        assert_eq!(from_folder("./clock.wasm", Path::new("")), "./clock.wasm");
    }
}
