//! Why files could not be baked.

use std::io;
use std::path::PathBuf;

use miette::{Diagnostic, SourceSpan};
use thiserror::Error;
use vfs_layer::LayerError;

/// Why the files of a Boxfile could not be baked.
#[derive(Debug, Error, Diagnostic)]
pub enum BakeError {
    /// A host path of `[files]` or the script that is not there or not readable.
    #[error("`{}` can't be read", path.display())]
    #[diagnostic(
        code(composer::unreadable),
        help("give a path that exists, relative to the Boxfile's folder, and that you may read")
    )]
    Unreadable {
        /// The path on the host.
        path: PathBuf,
        /// Why.
        source: io::Error,
        /// The line that asked for it.
        #[label("asked for here")]
        span: Option<SourceSpan>,
    },
    /// A socket, fifo or device among the files.
    #[error("`{}` is neither a file, a folder nor a symbolic link", path.display())]
    #[diagnostic(
        code(composer::special_file),
        help("move it out of the folder that is baked in")
    )]
    Special {
        /// The path on the host.
        path: PathBuf,
        /// The line that asked for it.
        #[label("in what is baked here")]
        span: Option<SourceSpan>,
    },
    /// A name that no path in a box can hold.
    #[error("the name of `{}` is not UTF-8", path.display())]
    #[diagnostic(
        code(composer::file_name),
        help("rename the file: paths in a box are UTF-8")
    )]
    Name {
        /// The path on the host.
        path: PathBuf,
        /// The line that asked for it.
        #[label("in what is baked here")]
        span: Option<SourceSpan>,
    },
    /// A layer that can't be read, or not be put where it should be.
    #[error("the layer `{what}` can't be unpacked at `{guest}`: {reason}")]
    #[diagnostic(
        code(composer::layer),
        help(
            "give a tar as OCI images have them, plain or compressed with gzip or zstd; `box layer list` tells what is in one"
        )
    )]
    Layer {
        /// The file or the package.
        what: String,
        /// Where it should have been unpacked.
        guest: String,
        /// Why.
        reason: LayerError,
        /// The line that asked for it.
        #[label("asked for here")]
        span: Option<SourceSpan>,
    },
    /// Something of the host whose place is no directory in what lies below it.
    #[error("`{}` can't be put at `{guest}`: {reason}", path.display())]
    #[diagnostic(
        code(composer::place),
        help("give it another path in the box: what lies below has a file there")
    )]
    Place {
        /// The path on the host.
        path: PathBuf,
        /// Where it should have been.
        guest: String,
        /// Why.
        reason: LayerError,
        /// The line that asked for it.
        #[label("asked for here")]
        span: Option<SourceSpan>,
    },
    /// The image could not be written.
    #[error("the files can't be baked: {0}")]
    #[diagnostic(
        code(composer::image),
        help("check the guest paths in [files], and that no file changes during the build")
    )]
    Image(LayerError),
    /// More than a 32-bit memory holds.
    #[error("the baked files take {size} bytes, and a box holds {largest}")]
    #[diagnostic(
        code(composer::image_too_large),
        help("bake less, and mount the rest with [grants] fs and `vfs = \"boxer:hostfs\"`")
    )]
    TooLarge {
        /// What they take.
        size: u64,
        /// What fits.
        largest: u64,
    },
}
