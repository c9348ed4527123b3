//! `box add`: packages among the dependencies of a project.

use std::path::Path;

use boxfile_spec::{PackageRef, edit};
use composer::fetch::adapt::adapt;
use registry_index::{Index, IndexError, Kind, Release, newest};
use semver::{Comparator, Op, Version, VersionReq};

use super::swap::from_folder;
use crate::args::Add;
use crate::errors::{CliError, PackageError};
use crate::packages::Packages;
use crate::project::Project;
use crate::terminal::Terminal;

/// Writes packages into `[dependencies]`.
///
/// # Errors
///
/// If one of them is not there, or is nothing that an app can import; then nothing is
/// changed.
pub fn add(args: &Add, terminal: Terminal) -> Result<(), CliError> {
    let project = Project::find(&args.project)?;
    let mut text = project.text()?;
    let before = text.clone();
    let mut added = Vec::new();
    if let Some(path) = &args.path {
        let [package] = args.packages.as_slice() else {
            return Err(PackageError::OnePath {
                count: args.packages.len(),
            }
            .into());
        };
        check_file(path)?;
        let inside = from_folder(&path.display().to_string(), &project.folder);
        text = edit::set_dependency_path(&text, &package.name, &inside)?;
        added.push(format!("{} (`{inside}`)", package.name));
    } else {
        let packages = Packages::new(Path::new(""), args.offline.offline, terminal)?;
        let index = packages.of(args.registry.registry.as_deref())?;
        let registry = args.registry.registry.as_deref();
        let registry = registry.map(|place| packages.from_folder(place, &project.folder));
        for wanted in &args.packages {
            let release = choose(index.as_ref(), wanted)?;
            let requirement = if wanted.requirement == VersionReq::STAR {
                compatible(&release.version)
            } else {
                wanted.requirement.clone()
            };
            added.push(format!("{} {requirement}", release.name));
            let package = PackageRef {
                name: release.name,
                requirement,
            };
            text = match &registry {
                Some(registry) => edit::set_dependency_from(&text, &package, registry)?,
                None => edit::set_dependency(&text, &package)?,
            };
        }
    }
    if project.rewrite(&before, &text, terminal)? {
        for line in added {
            terminal.status(format_args!("added {line}"));
        }
    }
    Ok(())
}

/// The newest version that fits, if an app can import it.
fn choose(index: &dyn Index, wanted: &PackageRef) -> Result<Release, CliError> {
    let releases = index.releases(&wanted.name)?;
    let release = newest(&releases, &wanted.requirement).ok_or_else(|| IndexError::NoVersion {
        origin: index.origin().to_owned(),
        name: wanted.name.clone(),
        requirement: wanted.requirement.clone(),
        known: releases
            .iter()
            .rev()
            .map(|r| r.version.to_string())
            .collect(),
    })?;
    let unfit = |help| {
        Err(PackageError::NotForImport {
            name: release.name.clone(),
            kind: release.kind,
            help,
        }
        .into())
    };
    match (release.kind, release.kind.slot()) {
        (_, Some(slot)) => Err(PackageError::ForTheKernel {
            name: release.name.clone(),
            slot,
        }
        .into()),
        (Kind::Layer, _) => unfit("layers of files are named in [files]"),
        (Kind::Wit, _) => unfit("it holds interfaces without code: build the app against it"),
        (Kind::Command, _) => unfit("it is a program of its own: name it as `package` in [app]"),
        // A driver may stand below another one.
        _ => Ok(release.clone()),
    }
}

/// What Cargo would call compatible with a version: `^1.2.3`.
fn compatible(version: &Version) -> VersionReq {
    VersionReq {
        comparators: vec![Comparator {
            op: Op::Caret,
            major: version.major,
            minor: Some(version.minor),
            patch: Some(version.patch),
            pre: version.pre.clone(),
        }],
    }
}

fn check_file(path: &Path) -> Result<(), CliError> {
    let content = std::fs::read(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })?;
    adapt(content).map_err(|error| CliError::not_adapted("use", path, error))?;
    Ok(())
}
