//! A linked box made flat: every call between its parts becomes a core call. The work
//! is [`boxer_fuse`]'s; here its refusals become messages of a build.

use boxer_fuse::FuseError;
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

/// How to fuse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// One core module where that can be, and none instantiated twice: what a snapshot
    /// needs, and an optimizer is glad of. Else each is on its own, as far as hosts take so
    /// many: a backtrace names the part by its module.
    pub merged: bool,
    /// Keep DWARF, and the code that it speaks of.
    pub dwarf: bool,
}

/// Makes a linked box flat, without what its exports do not reach.
///
/// # Errors
///
/// [`NotFused::Unsupported`] where a part uses what cannot be fused.
pub fn fuse(linked: &[u8], options: Options) -> Result<Vec<u8>, NotFused> {
    let how = boxer_fuse::Options {
        dwarf: options.dwarf,
        ..boxer_fuse::Options::default()
    };
    let fused = if options.merged {
        boxer_fuse::fuse_within(linked, &how, 0)
    } else {
        boxer_fuse::fuse(linked, &how)
    };
    match fused {
        Ok(fused) => Ok(fused.bytes),
        Err(FuseError::Unsupported { part, reason }) => Err(NotFused::Unsupported { part, reason }),
        Err(defect) => Err(NotFused::Defect {
            reason: defect.to_string(),
        }),
    }
}
