//! `box yank`: withdraws a version, or takes that back.

use std::path::Path;

use registry_index::{Index, IndexError};

use crate::args::Yank;
use crate::errors::{CliError, PackageError};
use crate::packages::Packages;
use crate::terminal::Terminal;

/// Withdraws a version: no new lock takes it, and those that have it keep it.
///
/// # Errors
///
/// If it is not there, or the source takes no changes.
pub fn yank(args: &Yank, terminal: Terminal) -> Result<(), CliError> {
    let packages = Packages::new(Path::new(""), false, terminal)?;
    let source = match &args.registry {
        Some(registry) => Some(packages.source(registry)?),
        None => packages.home_of(&args.id.name)?,
    };
    let source = source.ok_or_else(|| PackageError::Nowhere {
        name: args.id.name.clone(),
    })?;
    let place = source.index.origin().to_owned();
    let target = source.publisher.ok_or_else(|| PackageError::ReadOnly {
        place: place.clone(),
    })?;
    match target.yank(&args.id.name, &args.id.version, !args.undo) {
        Err(IndexError::Unknown { .. }) => Err(unknown(target.as_ref(), args, place)?),
        Err(error) => Err(error.into()),
        Ok(()) => {
            let done = if args.undo { "restored" } else { "withdrew" };
            let id = &args.id;
            terminal.status(format_args!("{done} {} {} at {place}", id.name, id.version));
            Ok(())
        }
    }
}

fn unknown(index: &dyn Index, args: &Yank, place: String) -> Result<CliError, CliError> {
    let releases = index.releases(&args.id.name)?;
    let known: Vec<String> = releases
        .iter()
        .rev()
        .map(|release| format!("`{}`", release.version))
        .collect();
    let help = if known.is_empty() {
        format!("find its name with `box search --registry {place}`")
    } else {
        format!("its versions are {}", known.join(", "))
    };
    let id = args.id.clone();
    Ok(PackageError::Unknown { place, id, help }.into())
}
