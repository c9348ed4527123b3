//! `box remove`: packages from the dependencies of a project.

use boxfile_spec::edit;

use crate::args::Remove;
use crate::errors::CliError;
use crate::project::Project;
use crate::terminal::Terminal;

/// Takes packages out of `[dependencies]`.
///
/// # Errors
///
/// If one of them is not there; then nothing is changed.
pub fn remove(args: &Remove, terminal: Terminal) -> Result<(), CliError> {
    let project = Project::find(&args.project)?;
    let before = project.text()?;
    let mut text = before.clone();
    for name in &args.packages {
        text = edit::remove_dependency(&text, name)?;
    }
    if project.rewrite(&before, &text, terminal)? {
        for name in &args.packages {
            terminal.status(format_args!("removed {name}"));
        }
    }
    Ok(())
}
