//! `box info`.

use std::path::Path;

use registry_index::{Extern, Index, IndexError, Release, boxfile_line, newest, pull, wit_text};
use serde_json::json;

use super::publish::as_json;
use crate::args::Info;
use crate::errors::CliError;
use crate::packages::Packages;
use crate::terminal::{Terminal, bytes};

/// Shows what is known of a package.
///
/// # Errors
///
/// If there is none, or its source does not answer.
pub fn info(args: &Info, terminal: Terminal) -> Result<(), CliError> {
    let packages = Packages::new(Path::new(""), args.offline.offline, terminal)?;
    let index = packages.of(args.registry.registry.as_deref())?;
    let name = &args.package.name;
    let releases = index.releases(name)?;
    // Only withdrawn ones are better than none.
    let release = newest(&releases, &args.package.requirement)
        .or_else(|| {
            let mut fitting = releases.iter().rev();
            fitting.find(|release| args.package.requirement.matches(&release.version))
        })
        .ok_or_else(|| IndexError::NoVersion {
            origin: index.origin().to_owned(),
            name: name.clone(),
            requirement: args.package.requirement.clone(),
            known: releases.iter().rev().map(version).collect(),
        })?;
    let wit = args
        .wit
        .then(|| interfaces(index.as_ref(), release, &packages))
        .transpose()?;
    let readme = if args.readme {
        index.readme(release)?
    } else {
        None
    };
    let verdict = packages.trust().judge(release)?;
    let shown = if args.json {
        let mut value = as_json(release);
        value["trust"] = json!(verdict.to_string());
        value["versions"] = json!(
            releases
                .iter()
                .rev()
                .map(|r| json!({
                    "version": r.version.to_string(),
                    "yanked": r.yanked,
                }))
                .collect::<Vec<_>>()
        );
        if args.wit {
            value["wit"] = json!(wit);
        }
        if args.readme {
            value["text"] = json!(readme);
        }
        terminal.print_json(&value)
    } else {
        let registry = args.registry.registry.as_deref();
        let mut text = as_text(release, &releases, &verdict.to_string(), registry);
        for more in [wit, readme].into_iter().flatten() {
            text += &format!("\n{}\n", more.trim_end());
        }
        terminal.print(text)
    };
    shown.map_err(CliError::Output)
}

/// The interfaces of a release as WIT, which only its bytes tell.
fn interfaces(
    index: &dyn Index,
    release: &Release,
    packages: &Packages,
) -> Result<String, CliError> {
    let exact = format!("={}", release.version).parse();
    let content = match (release.yanked, exact) {
        (false, Ok(exact)) => pull(index, &release.name, &exact, packages.store())?.1,
        _ => index.fetch(release)?,
    };
    Ok(wit_text(&content).unwrap_or_else(|error| format!("// {error}")))
}

fn version(release: &Release) -> String {
    let yanked = if release.yanked { " (yanked)" } else { "" };
    format!("{}{yanked}", release.version)
}

fn as_text(
    release: &Release,
    releases: &[Release],
    verdict: &str,
    registry: Option<&str>,
) -> String {
    let mut text = format!("{} {}\n", release.name, version(release));
    if !release.description.is_empty() {
        text += &format!("{}\n", release.description);
    }
    text.push('\n');
    let mut row = |heading: &str, value: String| {
        if !value.is_empty() {
            text += &format!("{heading:<13}{value}\n");
        }
    };
    row("kind", release.kind.to_string());
    row("licence", release.license.clone());
    row("size", bytes(release.size));
    row("digest", release.digest.to_string());
    row("from", release.origin.clone());
    row("signature", verdict.to_owned());
    let needs = release.dependencies.iter();
    let needs: Vec<String> = needs
        .map(|need| format!("{} {}", need.name, need.requirement))
        .collect();
    row("needs", needs.join(", "));
    let others: Vec<String> = releases.iter().rev().map(version).collect();
    row("versions", others.join(", "));
    text += &list("imports", &release.imports);
    text += &list("exports", &release.exports);
    let line = boxfile_line(release, registry);
    let line = line.map(|line| format!("\nin a Boxfile\n  {}\n", line.replace('\n', "\n  ")));
    text + &line.unwrap_or_default()
}

fn list(heading: &str, externs: &[Extern]) -> String {
    if externs.is_empty() {
        return String::new();
    }
    let lines = externs.iter().map(|item| format!("  {}\n", item.name));
    format!("\n{heading}\n{}", lines.collect::<String>())
}
