//! `box layer diff`.

use serde_json::{Value, json};
use vfs_image::Kind;
use vfs_layer::{Entry, Layer, Stack};

use super::digest_text;
use crate::args::layer::Diff;
use crate::errors::CliError;
use crate::layers::{self, LayersError};
use crate::terminal::Terminal;

pub(super) fn diff(args: &Diff, terminal: Terminal) -> Result<(), CliError> {
    let before = layers::stack(std::slice::from_ref(&args.before))?;
    let after = layers::stack(std::slice::from_ref(&args.after))?;
    let layer = before
        .difference(&after)
        .map_err(|source| LayersError::Read {
            path: args.after.clone(),
            source,
        })?;
    let changes = changes(&before, &layer);
    let Some(output) = &args.output else {
        let shown = if args.json {
            let values = changes.iter().map(|(letter, path)| {
                let change = match letter {
                    'A' => "added",
                    'D' => "deleted",
                    _ => "changed",
                };
                json!({ "change": change, "path": path })
            });
            terminal.print_json(&values.collect::<Vec<Value>>())
        } else {
            let lines = changes
                .iter()
                .map(|(letter, path)| format!("{letter} {path}\n"));
            terminal.print(lines.collect::<String>())
        };
        return shown.map_err(CliError::Output);
    };
    let digest = digest_text(layers::write(&layer, output, terminal)?);
    if args.json {
        let summary = json!({ "output": output, "diffId": digest, "entries": changes.len() });
        return terminal.print_json(&summary).map_err(CliError::Output);
    }
    let plural = if changes.len() == 1 { "" } else { "s" };
    terminal.status(format_args!(
        "made `{}`: {} change{plural}, {digest}",
        output.display(),
        changes.len()
    ));
    Ok(())
}

/// A for added, C for changed and D for deleted, as `docker diff` has it.
pub(crate) fn changes(before: &Stack, layer: &Layer) -> Vec<(char, String)> {
    let there: std::collections::BTreeMap<&str, Kind> = before.paths().collect();
    let letter = |path: &str, entry: &Entry| match entry {
        Entry::Removed => 'D',
        _ if path.is_empty() || there.contains_key(path) => 'C',
        _ => 'A',
    };
    layer
        .entries()
        .map(|(path, entry)| (letter(path, entry), format!("/{path}")))
        .collect()
}
