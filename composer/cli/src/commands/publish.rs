//! `box publish`: a project, a component or a layer, for others to take by name.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use boxfile_spec::PackageId;
use composer::fetch::adapt::adapt;
use composer::finished::FinishedBox;
use registry_index::{
    Dependency, Draft, IndexError, Outcome, Publish as Target, PublishError, Published, Release,
    Signer, publish as send,
};
use serde_json::json;

use crate::args::Publish;
use crate::commands::update::lines_of;
use crate::errors::{CliError, PackageError};
use crate::module::Module;
use crate::packages::Packages;
use crate::project::{Options, Project};
use crate::terminal::{Terminal, bytes};

/// The password of a secret key.
const PASSWORD: &str = "BOX_KEY_PASSWORD";

/// Publishes.
///
/// # Errors
///
/// If the package is none, if it breaks what its last version promised, or if the source
/// does not take it; then nothing is published.
pub fn publish(args: &Publish, terminal: Terminal) -> Result<(), CliError> {
    let mut draft = match &args.package {
        Some(file) => of_file(file, args)?,
        None => of_project(args, terminal)?,
    };
    if let Some(id) = &args.id {
        draft.name.clone_from(&id.name);
        draft.version.clone_from(&id.version);
    }
    draft.kind = args.kind.or(draft.kind);
    draft.description = args.description.clone().or(draft.description);
    draft.license = args.license.clone().or(draft.license);
    if let Some(path) = &args.readme {
        draft.readme = Some(read_text(path)?);
    }
    for needed in &args.needs {
        draft.dependencies.retain(|one| one.name != needed.name);
        draft.dependencies.push(Dependency {
            name: needed.name.clone(),
            requirement: needed.requirement.clone(),
        });
    }

    let packages = Packages::new(Path::new(""), args.resolve.offline, terminal)?;
    let signer = signer(args.sign.as_deref().or(packages.config.key.as_deref()))?;
    let source = match &args.registry {
        Some(registry) => Some(packages.source(registry)?),
        None => packages.home_of(&draft.name)?,
    };
    let source = source.ok_or_else(|| PackageError::Nowhere {
        name: draft.name.clone(),
    })?;
    let target = source.publisher.ok_or_else(|| PackageError::ReadOnly {
        place: source.index.origin().to_owned(),
    })?;
    let published = if args.dry_run {
        check(draft, target.as_ref(), signer.as_ref())
    } else {
        let _work = terminal.progress(format!("publishing {} {}", draft.name, draft.version));
        send(draft, target.as_ref(), signer.as_ref())
    };
    tell(&published.map_err(Box::new)?, args, terminal)
}

/// All that publishing does, but for the last step.
fn check(
    draft: Draft,
    target: &dyn Target,
    signer: Option<&Signer>,
) -> Result<Published, PublishError> {
    let parcel = draft.prepare(signer)?;
    let known = target.releases(&parcel.release.name)?;
    if known
        .iter()
        .any(|old| old.version == parcel.release.version)
    {
        return Err(IndexError::Published {
            name: parcel.release.name,
            version: parcel.release.version,
        }
        .into());
    }
    let comparison = parcel.check(target)?;
    let mut release = parcel.release;
    target.origin().clone_into(&mut release.origin);
    Ok(Published {
        release,
        outcome: Outcome::Published,
        comparison,
    })
}

/// A file as it is; a core module is made a component where it can be.
fn of_file(file: &Path, args: &Publish) -> Result<Draft, CliError> {
    let content = fs::read(file).map_err(|source| CliError::Read {
        path: file.to_owned(),
        source,
    })?;
    // What is no WebAssembly may be a layer; the registry tells.
    let content = if content.starts_with(b"\0asm") {
        let (component, _) =
            adapt(content).map_err(|error| CliError::not_adapted("publish", file, error))?;
        component
    } else {
        content
    };
    let said = FinishedBox::open(content.clone()).ok();
    let said = said.as_ref().map(FinishedBox::description);
    let id = args.id.clone().or_else(|| {
        said.map(|description| PackageId {
            name: description.name.clone(),
            version: description.version.clone(),
        })
    });
    let id = id.ok_or_else(|| PackageError::Nameless {
        path: file.to_owned(),
    })?;
    Ok(Draft::new(id.name, id.version, content))
}

fn of_project(args: &Publish, terminal: Terminal) -> Result<Draft, CliError> {
    if let Some(module) = Module::find(&args.project)? {
        let component = module.build(args.resolve)?;
        let mut draft = Draft::new(module.name, module.version, component);
        draft.kind = module.kind;
        draft.description = module.description;
        draft.license = module.license;
        draft.dependencies = module.dependencies;
        draft.readme = readme(module.readme, &module.folder)?;
        return Ok(draft);
    }
    let project = match Project::find(&args.project) {
        Err(CliError::NoBoxfile { folder }) => {
            return Err(PackageError::NothingToPublish { folder }.into());
        }
        other => other?,
    };
    let opened = project.open()?;
    let built = opened.build(Options::new(args.resolve, terminal))?;
    let package = &opened.manifest.package;
    // Whatever it needs is in it.
    let mut draft = Draft::new(
        (*package.name).clone(),
        (*package.version).clone(),
        built.component,
    );
    draft.description = package.description.as_ref().map(|text| (**text).clone());
    draft.license = package.license.as_ref().map(|text| (**text).clone());
    draft.readme = readme(None, &opened.project.folder)?;
    Ok(draft)
}

/// The README that a project names, or the one that lies beside it.
fn readme(named: Option<PathBuf>, folder: &Path) -> Result<Option<String>, CliError> {
    let usual = folder.join("README.md");
    let path = named.or_else(|| usual.is_file().then_some(usual));
    path.map(|path| read_text(&path)).transpose()
}

fn read_text(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })
}

fn signer(key: Option<&Path>) -> Result<Option<Signer>, CliError> {
    let Some(path) = key else {
        return Ok(None);
    };
    let text = read_text(path)?;
    let signer = Signer::read(&text, password());
    let signer = signer.map_err(|error| PackageError::Key {
        path: path.to_owned(),
        reason: error.reason,
    })?;
    Ok(Some(signer))
}

/// The password of a secret key, where the environment has one.
pub(super) fn password() -> Option<String> {
    env::var(PASSWORD).ok().filter(|text| !text.is_empty())
}

fn tell(published: &Published, args: &Publish, terminal: Terminal) -> Result<(), CliError> {
    let Published {
        release,
        outcome,
        comparison,
    } = published;
    if args.json {
        let mut summary = as_json(release);
        summary["published"] = json!(*outcome == Outcome::Published && !args.dry_run);
        summary["replaces"] = json!(comparison.as_ref().map(|c| c.old.to_string()));
        return terminal.print_json(&summary).map_err(CliError::Output);
    }
    let done = match outcome {
        _ if args.dry_run => "would publish",
        Outcome::Published => "published",
        Outcome::AlreadyThere => "there already, with the same bytes:",
    };
    let signed = match release.signature {
        Some(_) => "signed",
        None => "not signed",
    };
    terminal.status(format_args!(
        "{done} {} {} ({}, {}, {signed}) at {}",
        release.name,
        release.version,
        release.kind,
        bytes(release.size),
        release.origin,
    ));
    if let Some(comparison) = comparison {
        for line in lines_of(&comparison.difference) {
            terminal.status(format_args!("  since {}: {line}", comparison.old));
        }
    }
    Ok(())
}

/// What an index tells of a release, and where it is.
pub(super) fn as_json(release: &Release) -> serde_json::Value {
    let mut value = json!(release);
    value["origin"] = json!(release.origin);
    value
}
