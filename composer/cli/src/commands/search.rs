//! `box search`.

use std::path::Path;

use registry_index::{Query, Release};
use serde_json::json;

use super::publish::as_json;
use crate::args::Search;
use crate::errors::CliError;
use crate::packages::Packages;
use crate::terminal::Terminal;

/// Looks for packages.
///
/// # Errors
///
/// If a source does not answer. To find nothing is no error.
pub fn search(args: &Search, terminal: Terminal) -> Result<(), CliError> {
    let packages = Packages::new(Path::new(""), args.offline.offline, terminal)?;
    let index = packages.of(args.registry.registry.as_deref())?;
    let query = Query {
        words: args.words.clone(),
        exports: args.exports.clone(),
        imports: args.imports.clone(),
        kind: args.kind,
    };
    let work = terminal.progress("searching");
    let found = index.search(&query);
    drop(work);
    let found = found?;
    let shown = if args.json {
        let rows: Vec<_> = found.iter().map(as_json).collect();
        terminal.print_json(&json!(rows))
    } else {
        if found.is_empty() {
            terminal.status("nothing found");
        }
        terminal.print(as_text(&found))
    };
    shown.map_err(CliError::Output)
}

fn as_text(found: &[Release]) -> String {
    let width = |column: fn(&Release) -> String| {
        let widths = found.iter().map(|release| column(release).chars().count());
        widths.max().unwrap_or_default()
    };
    let name = |release: &Release| release.name.to_string();
    let version = |release: &Release| {
        let yanked = if release.yanked { " (yanked)" } else { "" };
        format!("{}{yanked}", release.version)
    };
    let kind = |release: &Release| release.kind.to_string();
    let widths = [width(name), width(version), width(kind)];
    let line = |release: &Release| {
        let [a, b, c] = widths;
        let row = format!(
            "{:<a$}  {:<b$}  {:<c$}  {}",
            name(release),
            version(release),
            kind(release),
            release.description
        );
        format!("{}\n", row.trim_end())
    };
    found.iter().map(line).collect()
}
