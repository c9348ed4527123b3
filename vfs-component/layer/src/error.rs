//! What can go wrong with layers.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use vfs_component::Errno;
use vfs_image::WriteError;

/// Why a layer could not be read, made, stacked or extracted. Paths are those in the layer
/// unless they are said to be the host's.
#[derive(Debug, Error)]
pub enum LayerError {
    /// The archive can't be read: it is cut off or no tar, or the host says no.
    #[error("the layer can't be read: {0}")]
    Read(#[source] io::Error),
    /// A compression that is not known.
    #[error("the layer is compressed with {0}, and only gzip and zstd are known")]
    Compression(&'static str),
    /// More bytes or entries than a layer may have.
    #[error("the layer has more than {0}")]
    TooLarge(&'static str),
    /// A path that leads out, is no text, or has a name over 255 bytes.
    #[error("`{path}` can't be a path in a layer")]
    BadPath {
        /// The path, in parts that are text.
        path: String,
    },
    /// A name that begins with `.wh.`, which means something else in a layer.
    #[error("`{path}` can't be in a layer: names that begin with `.wh.` say what is removed")]
    Reserved {
        /// The path.
        path: String,
    },
    /// A kind of entry that is no file.
    #[error("`{path}` is an entry of the unknown kind {kind:?}")]
    BadKind {
        /// The path.
        path: String,
        /// The type flag of the tar.
        kind: char,
    },
    /// A hard link to what is not there or is a directory.
    #[error(
        "`{path}` can't be another name of `{existing}`, which is no file of this or a lower layer"
    )]
    BadLink {
        /// The hard link.
        path: String,
        /// What it should have been another name of.
        existing: String,
    },
    /// Something in a path is a file, or a ring of symbolic links.
    #[error("`{path}` is below something that is no directory")]
    NotDirectory {
        /// The path.
        path: String,
    },
    /// The tar could not be written.
    #[error("the layer can't be written: {0}")]
    Write(#[source] io::Error),
    /// The image refuses a file.
    #[error(transparent)]
    Image(#[from] WriteError),
    /// A filesystem can't be read.
    #[error("`{path}` can't be read: {errno}")]
    Tree {
        /// The path in the filesystem.
        path: String,
        /// What it said.
        errno: Errno,
    },
    /// Something of the host.
    #[error("`{}` can't be {what}: {source}", path.display())]
    Host {
        /// The path on the host.
        path: PathBuf,
        /// What was tried, as in "read".
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// Layers are extracted into a directory of their own.
    #[error("`{}` is not empty", path.display())]
    NotEmpty {
        /// The path on the host.
        path: PathBuf,
    },
}

pub(crate) type Result<T> = std::result::Result<T, LayerError>;

impl LayerError {
    /// For `map_err` of what is done to a path of the host.
    pub(crate) fn host<'p>(
        path: &'p std::path::Path,
        what: &'static str,
    ) -> impl FnOnce(io::Error) -> Self + 'p {
        move |source| Self::Host {
            path: path.to_owned(),
            what,
            source,
        }
    }
}
