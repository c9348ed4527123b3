//! `box build`.

use std::path::Path;

use serde_json::json;

use crate::args::Build;
use crate::errors::CliError;
use crate::files;
use crate::project::{Options, Project, keep_parts};
use crate::terminal::{Terminal, bytes};

/// Builds a project's box and writes it as one file.
///
/// # Errors
///
/// If it cannot be built or written; then the file is what it was before.
pub fn build(args: &Build, terminal: Terminal) -> Result<(), CliError> {
    let opened = Project::find(&args.project)?.open()?;
    let to_stdout = args.output.as_deref() == Some(Path::new("-"));
    let output = match &args.output {
        Some(output) => output.clone(),
        None => opened.default_output(),
    };
    let options = Options {
        resolve: args.resolve,
        form: args.form.map(Into::into),
        dwarf: args.dwarf,
        optimize: args.optimize,
        output: (!to_stdout).then_some(output.as_path()),
        terminal,
    };
    let built = opened.build(options)?;
    keep_parts(&built, terminal);
    let package = &opened.manifest.package;
    if to_stdout {
        return terminal
            .print_bytes(&built.component)
            .map_err(CliError::Output);
    }
    files::replace(&output, &built.component).map_err(|source| CliError::Write {
        path: output.clone(),
        source,
    })?;
    if args.json {
        let summary = json!({
            "name": package.name.as_str(),
            "version": package.version.to_string(),
            "output": output,
            "form": built.composed.plan.description().form,
            "size": built.component.len(),
            "digest": registry_index::digest_of(&built.component),
            "imports": built.sealed.imports,
            "warnings": built.composed.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        return terminal.print_json(&summary).map_err(CliError::Output);
    }
    terminal.status(format_args!(
        "built {} {}: `{}`, {}",
        *package.name,
        *package.version,
        output.display(),
        bytes(built.component.len() as u64),
    ));
    Ok(())
}
