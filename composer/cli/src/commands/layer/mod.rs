//! `box layer`: layers of files, as OCI images are made of them.

mod create;
mod diff;
mod list;

use crate::args::layer::{Action, Extract, Layer};
use crate::errors::CliError;
use crate::layers::{self, LayersError};
use crate::terminal::Terminal;

/// Does what `box layer` says.
///
/// # Errors
///
/// If a layer cannot be read or written.
pub fn layer(args: &Layer, terminal: Terminal) -> Result<(), CliError> {
    match &args.action {
        Action::Create(args) => create::create(args, terminal),
        Action::List(args) => list::list(args, terminal),
        Action::Diff(args) => diff::diff(args, terminal),
        Action::Extract(args) => extract(args, terminal),
    }
}

fn extract(args: &Extract, terminal: Terminal) -> Result<(), CliError> {
    let stack = layers::stack(&args.layers)?;
    let extracted = stack
        .extract(&args.output)
        .map_err(|source| LayersError::Extract {
            path: args.output.clone(),
            source,
        })?;
    for path in &extracted.left_out {
        terminal.status(format_args!(
            "left out `{path}`: devices and pipes are not made"
        ));
    }
    let plural = if extracted.made == 1 { "" } else { "s" };
    terminal.status(format_args!(
        "extracted {} file{plural} into `{}`",
        extracted.made,
        args.output.display()
    ));
    Ok(())
}

/// A SHA-256 as OCI writes it.
fn digest_text(digest: [u8; 32]) -> String {
    use std::fmt::Write;
    digest.iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
