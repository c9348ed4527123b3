//! `box build`.

use std::path::Path;

use registry_index::{Extern, Interfaces, Kind};
use serde_json::json;

use crate::args::Build;
use crate::errors::CliError;
use crate::files;
use crate::module::Module;
use crate::project::{Options, Project, keep_parts};
use crate::terminal::{Terminal, bytes};

/// Builds a project's box, or a module for others' boxes, and writes it as one file.
///
/// # Errors
///
/// If it cannot be built or written; then the file is what it was before.
pub fn build(args: &Build, terminal: Terminal) -> Result<(), CliError> {
    if let Some(module) = Module::find(&args.project)? {
        return build_module(&module, args, terminal);
    }
    let opened = Project::find(&args.project)?.open()?;
    let to_stdout = args.output.as_deref() == Some(Path::new("-"));
    let output = match &args.output {
        Some(output) => output.clone(),
        None => opened.default_output(),
    };
    let options = Options {
        form: args.form.map(Into::into),
        dwarf: args.dwarf,
        optimize: args.optimize,
        output: (!to_stdout).then_some(output.as_path()),
        ..Options::new(args.resolve, terminal)
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

fn build_module(module: &Module, args: &Build, terminal: Terminal) -> Result<(), CliError> {
    let component = module.build(args.resolve)?;
    let output = match &args.output {
        Some(output) if output == Path::new("-") => {
            return terminal.print_bytes(&component).map_err(CliError::Output);
        }
        Some(output) => output.clone(),
        None => module.default_output(),
    };
    files::replace(&output, &component).map_err(|source| CliError::Write {
        path: output.clone(),
        source,
    })?;
    if args.json {
        let interfaces = Interfaces::read(&component).map_err(|error| CliError::NotAComponent {
            path: output.clone(),
            error,
        })?;
        let names = |externs: &[Extern]| {
            let names = externs.iter().map(|item| item.name.clone());
            names.collect::<Vec<_>>()
        };
        let summary = json!({
            "name": module.name.as_str(),
            "version": module.version.to_string(),
            "kind": Kind::of(&interfaces),
            "output": output,
            "size": component.len(),
            "digest": registry_index::digest_of(&component),
            "imports": names(&interfaces.imports),
            "exports": names(&interfaces.exports),
        });
        return terminal.print_json(&summary).map_err(CliError::Output);
    }
    terminal.status(format_args!(
        "built the module {} {}: `{}`, {}",
        module.name,
        module.version,
        output.display(),
        bytes(component.len() as u64),
    ));
    Ok(())
}
