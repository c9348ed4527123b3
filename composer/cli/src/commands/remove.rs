//! `box remove`: packages from the dependencies of a project.

use boxfile_spec::edit;

use crate::args::Remove;
use crate::errors::CliError;
use crate::files;
use crate::project::Project;
use crate::terminal::Terminal;

/// Takes packages out of `[dependencies]`.
///
/// # Errors
///
/// If one of them is not there; then nothing is changed.
pub fn remove(args: &Remove, terminal: Terminal) -> Result<(), CliError> {
    let project = Project::find(&args.project)?;
    let mut text = project.text()?;
    for name in &args.packages {
        text = edit::remove_dependency(&text, name)?;
    }
    files::replace(&project.boxfile, text.as_bytes()).map_err(|source| CliError::Write {
        path: project.boxfile.clone(),
        source,
    })?;
    for name in &args.packages {
        terminal.status(format_args!("removed {name}"));
    }
    Ok(())
}
