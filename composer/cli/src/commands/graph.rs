//! `box graph`, `box why` and `box tree`: the wiring of a box, from three sides.

use std::collections::HashSet;
use std::path::Path;

use composer::description::{Description, Module, Role};
use composer::render;
use serde_json::json;

use crate::args::{self, Graph, GraphFormat, Tree, Why};
use crate::errors::CliError;
use crate::project::{Options, Project, open_box};
use crate::terminal::Terminal;

/// Shows all of the wiring.
///
/// # Errors
///
/// If there is no box to look at.
pub fn graph(args: &Graph, terminal: Terminal) -> Result<(), CliError> {
    let description = describe(
        args.finished.as_deref(),
        &args.project,
        args.resolve,
        terminal,
    )?;
    let shown = match args.format {
        GraphFormat::Text => terminal.print(render::text(&description)),
        GraphFormat::Dot => terminal.print(render::dot(&description)),
        GraphFormat::Mermaid => terminal.print(render::mermaid(&description)),
        GraphFormat::Json => terminal.print_json(&description),
    };
    shown.map_err(CliError::Output)
}

/// Tells who provides one interface, and why.
///
/// # Errors
///
/// If there is no box to look at, or nobody in it has such an interface.
pub fn why(args: &Why, terminal: Terminal) -> Result<(), CliError> {
    let description = describe(
        args.finished.as_deref(),
        &args.project,
        args.resolve,
        terminal,
    )?;
    let answers = render::why(&description, &args.interface);
    if answers.is_empty() {
        return Err(CliError::NoSuchInterface {
            interface: args.interface.clone(),
            name: description.name.to_string(),
        });
    }
    let shown = if args.json {
        let answers: Vec<_> = answers
            .iter()
            .map(|answer| {
                json!({
                    "consumer": answer.wire.consumer,
                    "import": answer.wire.import,
                    "provider": answer.wire.provider,
                    "export": answer.wire.export,
                    "reason": answer.wire.reason.to_string(),
                })
            })
            .collect();
        terminal.print_json(&answers)
    } else {
        let lines: Vec<String> = answers
            .into_iter()
            .map(|answer| answer.text + "\n")
            .collect();
        terminal.print(lines.concat())
    };
    shown.map_err(CliError::Output)
}

/// Shows who uses whom, from the app down.
///
/// # Errors
///
/// If there is no box to look at.
pub fn tree(args: &Tree, terminal: Terminal) -> Result<(), CliError> {
    let description = describe(
        args.finished.as_deref(),
        &args.project,
        args.resolve,
        terminal,
    )?;
    let shown = if args.json {
        let parts: Vec<_> = description
            .modules
            .iter()
            .map(|module| {
                json!({
                    "id": module.id,
                    "role": module.role,
                    "package": module.package,
                    "version": module.version,
                    "size": module.size,
                    "digest": module.digest,
                    "uses": used_by(&description, &module.id),
                })
            })
            .collect();
        terminal.print_json(&json!({
            "name": description.name,
            "version": description.version,
            "root": description.app().map(|app| &app.id),
            "parts": parts,
        }))
    } else {
        terminal.print(drawn(&description))
    };
    shown.map_err(CliError::Output)
}

/// What a finished box says of itself, or what the project would be built as.
fn describe(
    finished: Option<&Path>,
    project: &args::Project,
    resolve: args::Resolve,
    terminal: Terminal,
) -> Result<Description, CliError> {
    if let Some(file) = finished {
        return Ok(open_box(file)?.description().clone());
    }
    let opened = Project::find(project)?.open()?;
    let composed = opened.compose(Options::new(resolve, terminal))?;
    Ok(composed.plan.description().clone())
}

/// The parts that a part imports from, in the order of its imports.
fn used_by<'a>(description: &'a Description, id: &str) -> Vec<&'a str> {
    let mut used = Vec::new();
    for wire in description.wires.iter().filter(|wire| wire.consumer == id) {
        if let Some(provider) = wire.provider.as_deref()
            && !used.contains(&provider)
        {
            used.push(provider);
        }
    }
    used
}

/// The parts below the app, each with its own below it; a part that was shown is marked
/// `(*)` and not unfolded again, as `cargo tree` has it.
fn drawn(description: &Description) -> String {
    let mut text = format!("{} {}\n", description.name, description.version);
    let mut shown = HashSet::new();
    if let Some(app) = description.app() {
        draw(
            description,
            &app.id,
            "",
            "└── ",
            "    ",
            &mut shown,
            &mut text,
        );
    }
    text
}

fn draw<'a>(
    description: &'a Description,
    id: &'a str,
    indent: &str,
    branch: &str,
    below: &str,
    shown: &mut HashSet<&'a str>,
    text: &mut String,
) {
    let label = description.module(id).map_or_else(|| id.to_owned(), label);
    // Definitions of types do nothing, and everything uses them.
    let is_types = |part: &&str| {
        description
            .module(part)
            .is_some_and(|module| module.role == Role::Types)
    };
    let used: Vec<&str> = used_by(description, id)
        .into_iter()
        .filter(|part| !is_types(part))
        .collect();
    let again = !shown.insert(id) && !used.is_empty();
    text.push_str(&format!(
        "{indent}{branch}{label}{}\n",
        if again { " (*)" } else { "" }
    ));
    if again {
        return;
    }
    let indent = format!("{indent}{below}");
    for (position, part) in used.iter().enumerate() {
        let (branch, below) = if position + 1 == used.len() {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        draw(description, part, &indent, branch, below, shown, text);
    }
}

fn label(module: &Module) -> String {
    match (&module.package, &module.version) {
        (Some(package), Some(version)) if package.as_str() == module.id => {
            format!("{package} {version}")
        }
        (Some(package), Some(version)) => format!("{}: {package} {version}", module.id),
        _ => module.id.clone(),
    }
}
