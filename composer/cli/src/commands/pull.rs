//! `box pull`: a package into a file.

use std::path::{Path, PathBuf};

use registry_index::{Kind, pull as fetch};
use serde_json::json;

use super::publish::as_json;
use crate::args::Pull;
use crate::errors::CliError;
use crate::files;
use crate::packages::Packages;
use crate::terminal::{Terminal, bytes};

/// Fetches a package and writes it, byte for byte what was published.
///
/// # Errors
///
/// If there is none, if it is not what its digest says, or if it cannot be written.
pub fn pull(args: &Pull, terminal: Terminal) -> Result<(), CliError> {
    let packages = Packages::new(Path::new(""), args.offline.offline, terminal)?;
    let index = packages.of(args.registry.registry.as_deref())?;
    let wanted = &args.package;
    let got = fetch(
        index.as_ref(),
        &wanted.name,
        &wanted.requirement,
        packages.store(),
    );
    packages.report_unsigned(terminal);
    let (release, content) = got?;
    let output = args.output.clone().unwrap_or_else(|| {
        let ending = match release.kind {
            Kind::Layer => layer_ending(&content),
            _ => "wasm",
        };
        PathBuf::from(format!("{}.{ending}", release.name.name()))
    });
    if output == Path::new("-") {
        return terminal.print_bytes(&content).map_err(CliError::Output);
    }
    files::replace(&output, &content).map_err(|source| CliError::Write {
        path: output.clone(),
        source,
    })?;
    if args.json {
        let mut summary = as_json(&release);
        summary["output"] = json!(output);
        return terminal.print_json(&summary).map_err(CliError::Output);
    }
    terminal.status(format_args!(
        "fetched {} {}: `{}`, {}",
        release.name,
        release.version,
        output.display(),
        bytes(release.size),
    ));
    Ok(())
}

/// As the bytes are packed: RFC 1952 section 2.3.1, RFC 8878 section 3.1.1.
fn layer_ending(content: &[u8]) -> &'static str {
    if content.starts_with(&[0x1f, 0x8b]) {
        "tar.gz"
    } else if content.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        "tar.zst"
    } else {
        "tar"
    }
}
