//! `box inspect`.

use composer::bake::BakedKind;
use composer::description::{Files, Form, FsGrant, Grants, Module, Role};
use composer::finished::{FinishedBox, Inspection, inspect as read};
use registry_index::Extern;
use serde_json::{Value, json};

use crate::args::Inspect;
use crate::errors::CliError;
use crate::terminal::{Terminal, bytes};

/// Shows what a component is made of and what it may do.
///
/// # Errors
///
/// If the file is no component.
pub fn inspect(args: &Inspect, terminal: Terminal) -> Result<(), CliError> {
    let content = std::fs::read(&args.file).map_err(|source| CliError::Read {
        path: args.file.clone(),
        source,
    })?;
    let inspection = read(content).map_err(|error| CliError::NotAComponent {
        path: args.file.clone(),
        error,
    })?;
    let shown = if args.json {
        terminal.print_json(&as_json(&inspection)?)
    } else {
        terminal.print(as_text(&inspection, terminal)?)
    };
    shown.map_err(CliError::Output)
}

fn names(externs: &[Extern]) -> Vec<&str> {
    externs.iter().map(|item| item.name.as_str()).collect()
}

/// `imports` and `exports` are what the bytes say; the rest is what the box says of itself.
fn as_json(inspection: &Inspection) -> Result<Value, CliError> {
    let mut value = json!({
        "size": inspection.size,
        "digest": inspection.digest,
        "imports": names(&inspection.imports),
        "exports": names(&inspection.exports),
        "needs": inspection.needs,
    });
    if let Some(finished) = &inspection.finished {
        let description = finished.description();
        value["name"] = json!(description.name);
        value["version"] = json!(description.version);
        value["form"] = json!(description.form);
        value["modules"] = json!(description.modules);
        value["wires"] = json!(description.wires);
        value["grants"] = json!(description.grants);
        value["files"] = files_json(finished)?;
    }
    Ok(value)
}

fn files_json(finished: &FinishedBox) -> Result<Value, CliError> {
    let files = finished.baked()?.unwrap_or_default().files;
    let list = files.into_iter().map(|file| {
        let mut entry = json!({ "path": file.path, "mode": format!("{:04o}", file.mode) });
        match file.kind {
            BakedKind::Directory => entry["kind"] = json!("directory"),
            BakedKind::Special => entry["kind"] = json!("special"),
            BakedKind::Regular(size) => {
                entry["kind"] = json!("file");
                entry["size"] = json!(size);
            }
            BakedKind::Symlink(target) => {
                entry["kind"] = json!("symlink");
                entry["target"] = json!(target);
            }
        }
        entry
    });
    Ok(list.collect())
}

fn as_text(inspection: &Inspection, terminal: Terminal) -> Result<String, CliError> {
    let size = bytes(inspection.size);
    let digest = inspection.digest;
    let Some(finished) = &inspection.finished else {
        return Ok(format!(
            "a component that is no box\n{size}, {digest}\n{}",
            ends(inspection)
        ));
    };
    let box_ = finished.description();
    let form = match box_.form {
        Form::Linked => "linked",
        Form::Fused => "fused",
    };
    let heading = match box_.form {
        Form::Linked => "modules",
        Form::Fused => "modules, before they were fused",
    };
    Ok(format!(
        "{} {}, {form}\n{size}, {digest}\n{}{}{}{}",
        box_.name,
        box_.version,
        section(heading, modules(&box_.modules, terminal.is_verbose())),
        ends(inspection),
        section("grants", grants(&box_.grants)),
        section("files", files(finished, terminal)?),
    ))
}

/// A heading and its lines.
fn section(heading: &str, lines: Vec<String>) -> String {
    let lines = if lines.is_empty() {
        vec!["none".to_owned()]
    } else {
        lines
    };
    let indented: Vec<String> = lines
        .iter()
        .map(|line| format!("  {}\n", line.trim_end()))
        .collect();
    format!("\n{heading}\n{}", indented.concat())
}

fn ends(inspection: &Inspection) -> String {
    let listed = |externs| names(externs).into_iter().map(str::to_owned).collect();
    let mut needs = vec!["WASI 0.2".to_owned()];
    needs.extend(inspection.needs.iter().map(|&name| name.to_owned()));
    section("imports", listed(&inspection.imports))
        + &section("exports", listed(&inspection.exports))
        + &section("needs of its host", needs)
}

/// What does something; definitions of types and settings for those who want to see more.
fn modules(modules: &[Module], all: bool) -> Vec<String> {
    let modules: Vec<&Module> = modules
        .iter()
        .filter(|module| all || !matches!(module.role, Role::Types | Role::Config))
        .collect();
    let width = modules
        .iter()
        .map(|module| module.id.len())
        .max()
        .unwrap_or(0);
    let line = |module: &&Module| {
        let package = match (&module.package, &module.version) {
            (Some(package), Some(version)) => format!("{package} {version}"),
            _ => String::new(),
        };
        format!(
            "{:<width$}  {:>8}  {package}",
            module.id,
            bytes(module.size)
        )
    };
    modules.iter().map(line).collect()
}

fn grants(grants: &Grants) -> Vec<String> {
    let switches = [
        ("stdio", grants.stdio),
        ("args", grants.args),
        ("clock", grants.clock),
        ("random", grants.random),
    ];
    let on: Vec<&str> = switches
        .iter()
        .filter(|(_, on)| *on)
        .map(|(name, _)| *name)
        .collect();
    let mut lines = Vec::new();
    let mut list = |heading: &str, items: Vec<String>| {
        if !items.is_empty() {
            lines.push(format!("{heading}{}", items.join(", ")));
        }
    };
    list("", on.iter().map(|&name| name.to_owned()).collect());
    list("env: ", grants.env.clone());
    let mount = |grant: &FsGrant| format!("{} at {} ({})", grant.host, grant.guest, grant.mode);
    list("fs: ", grants.fs.iter().map(mount).collect());
    list("connect: ", grants.connect.clone());
    list("listen: ", grants.listen.clone());
    lines
}

/// How many and how large; each of them for those who want to see more.
fn files(finished: &FinishedBox, terminal: Terminal) -> Result<Vec<String>, CliError> {
    let Files { count, bytes: size } = finished.description().files;
    if count == 0 {
        return Ok(Vec::new());
    }
    let plural = if count == 1 { "" } else { "s" };
    let mut lines = vec![format!("{count} file{plural}, {}", bytes(size))];
    if terminal.is_verbose() {
        let Some(baked) = finished.baked()? else {
            lines.push("left out: nothing in the box reads them".to_owned());
            return Ok(lines);
        };
        for file in baked.files {
            let (size, end) = match file.kind {
                BakedKind::Directory => (String::new(), "/".to_owned()),
                BakedKind::Special => (String::new(), String::new()),
                BakedKind::Regular(size) => (bytes(size), String::new()),
                BakedKind::Symlink(target) => (String::new(), format!(" -> {target}")),
            };
            lines.push(format!("{:04o}  {size:>8}  {}{end}", file.mode, file.path));
        }
    }
    Ok(lines)
}
