//! `box layer create`.

use std::path::{Path, PathBuf};

use serde_json::json;
use vfs_image::Time;
use vfs_layer::{Layer, LayerError};

use super::digest_text;
use crate::args::layer::Create;
use crate::errors::CliError;
use crate::layers::{self, LayersError};
use crate::project::source_date;
use crate::terminal::Terminal;

pub(super) fn create(args: &Create, terminal: Terminal) -> Result<(), CliError> {
    let modified = if args.times {
        None
    } else {
        Some(Time {
            seconds: source_date()?,
            nanoseconds: 0,
        })
    };
    let refused = |source: LayerError| LayersError::Create {
        path: args.folder.clone(),
        source,
    };
    let mut layer = Layer::of_directory(&args.folder, modified).map_err(refused)?;
    if !args.at.trim_matches('/').is_empty() {
        layer = layer.below(&args.at).map_err(refused)?;
    }
    let output = args.output.clone();
    let output = output.unwrap_or_else(|| default_output(&args.folder));
    let digest = digest_text(layers::write(&layer, &output, terminal)?);
    let entries = layer.entries().count();
    if args.json {
        let summary = json!({ "output": output, "diffId": digest, "entries": entries });
        return terminal.print_json(&summary).map_err(CliError::Output);
    }
    let plural = if entries == 1 { "y" } else { "ies" };
    terminal.status(format_args!(
        "made `{}`: {entries} entr{plural}, {digest}",
        output.display()
    ));
    Ok(())
}

/// As the folder is called, here.
fn default_output(folder: &Path) -> PathBuf {
    let real = folder.canonicalize();
    let name = real.as_deref().unwrap_or(folder).file_name();
    let mut name = name.unwrap_or("layer".as_ref()).to_owned();
    name.push(".tar");
    name.into()
}
