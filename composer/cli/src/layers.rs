//! Layers on disk: what can be read as one, and writing them.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use composer::finished::FinishedBox;
use flate2::Compression;
use flate2::write::GzEncoder;
use miette::Diagnostic;
use thiserror::Error;
use vfs_image::Image;
use vfs_layer::{Layer, LayerError, Stack};

use crate::errors::CliError;
use crate::files;
use crate::project::open_box;
use crate::terminal::Terminal;

/// What is wrong with a layer, and with which.
#[derive(Debug, Error, Diagnostic)]
pub enum LayersError {
    /// It can't be read.
    #[error("`{}` can't be read as a layer", path.display())]
    #[diagnostic(
        code(layer::read),
        help(
            "give a tar as OCI images have them, plain or compressed with gzip or zstd, a folder, or a box"
        )
    )]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: LayerError,
    },
    /// It can't be put over those below it.
    #[error("`{}` can't be put over what is below it", path.display())]
    #[diagnostic(
        code(layer::stack),
        help("give the layers from the lowest up, all that it was made over")
    )]
    Stack {
        /// Which.
        path: PathBuf,
        /// Why.
        source: LayerError,
    },
    /// A box whose files are not in it.
    #[error("`{}` has no files: nothing in it reads them, so they were left out", path.display())]
    #[diagnostic(
        code(layer::no_files),
        help("build it with `--form linked`, which leaves out nothing")
    )]
    NoFiles {
        /// Which.
        path: PathBuf,
    },
    /// It can't be written.
    #[error("cannot write `{}`", path.display())]
    #[diagnostic(
        code(layer::write),
        help(
            "check that its folder is there, that it may be written to, and that the disk has room"
        )
    )]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: LayerError,
    },
    /// It can't be extracted.
    #[error("cannot extract into `{}`", path.display())]
    #[diagnostic(
        code(layer::extract),
        help("name a folder that is not there, or is empty")
    )]
    Extract {
        /// Where.
        path: PathBuf,
        /// Why.
        source: LayerError,
    },
    /// A layer cannot be made of a folder.
    #[error("no layer can be made of `{}`", path.display())]
    #[diagnostic(
        code(layer::create),
        help(
            "a layer has files, folders and symbolic links that can be read, with names in UTF-8"
        )
    )]
    Create {
        /// Which.
        path: PathBuf,
        /// Why.
        source: LayerError,
    },
}

/// What is at a path of the host: a tar, a folder, or the files of a finished box.
///
/// # Errors
///
/// If it is none of them.
pub fn read(path: &Path) -> Result<Layer, CliError> {
    let refused = |source| LayersError::Read {
        path: path.to_owned(),
        source,
    };
    if path.is_dir() {
        return Ok(Layer::of_directory(path, None).map_err(refused)?);
    }
    if is_wasm(path) {
        return files_of_box(path);
    }
    Ok(Layer::open(path).map_err(refused)?)
}

/// Several over one another, the lowest first.
///
/// # Errors
///
/// If one can't be read, or not be put over the others.
pub fn stack(paths: &[PathBuf]) -> Result<Stack, CliError> {
    let mut stack = Stack::new();
    for path in paths {
        stack
            .push(&read(path)?)
            .map_err(|source| LayersError::Stack {
                path: path.clone(),
                source,
            })?;
    }
    Ok(stack)
}

/// Writes a layer, compressed where the name says so, and tells its diff ID: the SHA-256 of
/// the uncompressed tar. `-` is standard output.
///
/// # Errors
///
/// If it cannot be written; then the file is what it was before.
pub fn write(layer: &Layer, path: &Path, terminal: Terminal) -> Result<[u8; 32], CliError> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        let digest = layer
            .write(&mut bytes)
            .map_err(|source| LayersError::Write {
                path: path.to_owned(),
                source,
            })?;
        terminal.print_bytes(&bytes).map_err(CliError::Output)?;
        return Ok(digest);
    }
    let name = path.to_string_lossy().to_lowercase();
    let compressed = [".gz", ".tgz"].iter().any(|end| name.ends_with(end));
    let written = files::replace_with(path, |file| {
        let mut file = BufWriter::new(file);
        let digest = if compressed {
            // No name and no time in the header: the same layer is the same bytes.
            let mut encoder = GzEncoder::new(&mut file, Compression::default());
            let digest = layer.write(&mut encoder)?;
            encoder.finish()?;
            digest
        } else {
            layer.write(&mut file)?
        };
        file.flush()?;
        Ok::<_, WriteFailed>(digest)
    });
    Ok(written.map_err(|WriteFailed(source)| LayersError::Write {
        path: path.to_owned(),
        source,
    })?)
}

/// A [`LayerError`] that an [`io::Error`] may become.
struct WriteFailed(LayerError);

impl From<io::Error> for WriteFailed {
    fn from(error: io::Error) -> Self {
        Self(LayerError::Write(error))
    }
}

impl From<LayerError> for WriteFailed {
    fn from(error: LayerError) -> Self {
        Self(error)
    }
}

fn is_wasm(path: &Path) -> bool {
    let mut start = [0; 4];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok()
        && start == *b"\0asm"
}

fn files_of_box(path: &Path) -> Result<Layer, CliError> {
    let finished = open_box(path)?;
    let none = || LayersError::NoFiles {
        path: path.to_owned(),
    };
    let stack = baked(&finished, path)?.ok_or_else(none)?;
    let all = Stack::new().difference(&stack);
    Ok(all.map_err(|source| LayersError::Read {
        path: path.to_owned(),
        source,
    })?)
}

/// What is baked into a box, which messages call `path`; `None` where it was left out.
///
/// # Errors
///
/// If it cannot be read.
pub fn baked(finished: &FinishedBox, path: &Path) -> Result<Option<Stack>, CliError> {
    let baked = finished.baked();
    let Some(baked) = baked.map_err(|error| CliError::not_a_box(path, error))? else {
        return Ok(None);
    };
    if baked.image.is_empty() {
        return Ok(Some(Stack::new()));
    }
    let unreadable = |source| LayersError::Read {
        path: path.to_owned(),
        source,
    };
    let image = Image::open(baked.image)
        .map_err(|error| unreadable(LayerError::Read(io::Error::other(error))))?;
    Ok(Some(Stack::of_tree(&image).map_err(unreadable)?))
}
