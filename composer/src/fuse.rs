//! A linked box made flat: every call between its parts becomes a core call. The work
//! is [`boxer_fuse`]'s; here its refusals become messages of a build.

use boxer_fuse::{FuseError, Options};
use miette::Diagnostic;
use thiserror::Error;

/// Why a box is not fused.
#[derive(Debug, Error, Diagnostic)]
pub enum NotFused {
    /// A part uses what only nested components can do.
    #[error("`{part}` cannot be fused: {reason}")]
    #[diagnostic(
        code(fuse::unsupported),
        help("build the box with `--form linked`, which takes every component")
    )]
    Unsupported {
        /// Which part.
        part: String,
        /// What it uses.
        reason: String,
    },
    /// The linker or the fuser made a component that is none.
    #[error("cannot fuse the box: {reason}")]
    #[diagnostic(
        code(fuse::defect),
        help("build it with `--form linked`, and report this with the Boxfile and its components")
    )]
    Defect {
        /// The fuser's words.
        reason: String,
    },
}

/// Makes a linked box flat, without what its exports do not reach.
///
/// # Errors
///
/// [`NotFused::Unsupported`] where a part uses what cannot be fused.
pub fn fuse(linked: &[u8]) -> Result<Vec<u8>, NotFused> {
    match boxer_fuse::fuse(linked, &Options::default()) {
        Ok(fused) => Ok(fused.bytes),
        Err(FuseError::Unsupported { part, reason }) => Err(NotFused::Unsupported { part, reason }),
        Err(defect) => Err(NotFused::Defect {
            reason: defect.to_string(),
        }),
    }
}
