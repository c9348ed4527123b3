//! `box run --commit`: what a run changed, as a layer.

use std::io;
use std::path::{Path, PathBuf};

use composer::finished::FinishedBox;
use miette::Diagnostic;
use thiserror::Error;
use vfs_layer::Stack;

use crate::errors::CliError;
use crate::files;
use crate::layers;
use crate::run::commit::{NotSaved, Saving};
use crate::terminal::Terminal;

/// Why what a run changed is not saved.
#[derive(Debug, Error, Diagnostic)]
#[error("what the run changed is not saved: `{}` stays as it was", path.display())]
#[diagnostic(code(run::not_saved), help("{help}"))]
pub struct CommitError {
    path: PathBuf,
    help: &'static str,
    source: NotSaved,
}

/// Sees to it that the layer can be written, before the program runs.
pub(super) fn check(output: &Path) -> Result<(), CliError> {
    let refused = |source| CliError::Write {
        path: output.to_owned(),
        source,
    };
    if output.is_dir() {
        return Err(refused(io::ErrorKind::IsADirectory.into()));
    }
    if output.exists() && !output.is_file() {
        return Ok(());
    }
    files::beside(output, 0o666).map_err(refused)?;
    Ok(())
}

/// What is baked into a box.
pub(super) fn before(component: Vec<u8>, name: &str) -> Result<Stack, CliError> {
    let path = Path::new(name);
    let finished =
        FinishedBox::open(component).map_err(|error| CliError::not_a_box(path, error))?;
    Ok(layers::baked(&finished, path)?.unwrap_or_default())
}

/// Writes what is new.
pub(super) fn write(saving: Saving, output: &Path, terminal: Terminal) -> Result<(), CliError> {
    let not_saved = |source: NotSaved| CommitError {
        path: output.to_owned(),
        help: match &source {
            NotSaved::Nothing => {
                "a program that traps, or whose box has no filesystem, leaves nothing to save"
            }
            _ => "see to the file that is named, in the box",
        },
        source,
    };
    let (before, after) = saving.finish().map_err(not_saved)?;
    let layer = before
        .difference(&after)
        .map_err(|error| not_saved(error.into()))?;
    layers::write(&layer, output, terminal)?;
    let changes = layer.entries().count();
    let plural = if changes == 1 { "" } else { "s" };
    terminal.status(format_args!(
        "saved {changes} change{plural} as `{}`",
        output.display()
    ));
    Ok(())
}
