//! `box sbom`: what a box is made of, for those who must know.

use std::path::{Path, PathBuf};

use boxfile_spec::{Lockfile, PackageId};
use composer::finished::FinishedBox;
use registry_index::{Release, Subject, cyclonedx, digest_of};

use crate::args::{self, Sbom};
use crate::errors::CliError;
use crate::files;
use crate::packages::Packages;
use crate::project::{Options, Project, open_box};
use crate::terminal::Terminal;

/// Writes a bill of materials of a finished box, or of a project's box, which is built for it.
///
/// # Errors
///
/// If the box cannot be read or built.
pub fn sbom(args: &Sbom, terminal: Terminal) -> Result<(), CliError> {
    let (finished, folder) = match &args.finished {
        Some(file) => (open_box(file)?, PathBuf::new()),
        None => {
            let opened = Project::find(&args.project)?.open()?;
            let built = opened.build(Options::new(args.resolve, terminal))?;
            (FinishedBox::open(built.component)?, opened.project.folder)
        }
    };
    let text = document(&finished, &folder, args.resolve, terminal)?;
    match args.output.as_deref() {
        Some(output) if output != Path::new("-") => {
            files::replace(output, text.as_bytes()).map_err(|source| CliError::Write {
                path: output.to_owned(),
                source,
            })?;
            terminal.status(format_args!("wrote `{}`", output.display()));
            Ok(())
        }
        _ => terminal.print(text).map_err(CliError::Output),
    }
}

fn document(
    finished: &FinishedBox,
    folder: &Path,
    resolve: args::Resolve,
    terminal: Terminal,
) -> Result<String, CliError> {
    let description = finished.description();
    let lock = Lockfile::parse(finished.lock(), "Boxfile.lock of the box")?;
    let packages = Packages::new(folder, resolve.offline, terminal)?;
    let subject = Subject {
        name: description.name.clone(),
        version: Some(description.version.clone()),
        digest: Some(digest_of(finished.bytes())),
    };
    // Only to say more of a package: a source that does not answer is no obstacle.
    let describe = |id: &PackageId| -> Option<Release> {
        let source = lock.get(id).map(|package| package.source.clone())?;
        let known = |releases: Vec<Release>| {
            let mut releases = releases.into_iter();
            releases.find(|release| release.version == id.version)
        };
        let usual = packages.index().releases(&id.name).ok().and_then(known);
        usual.or_else(|| known(packages.open(&source).ok()?.releases(&id.name).ok()?))
    };
    Ok(cyclonedx(&subject, &lock, describe))
}
