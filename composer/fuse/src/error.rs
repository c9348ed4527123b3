//! What can keep a component from being fused.

/// Why [`fuse`](crate::fuse) refused. Whatever is refused can still run linked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FuseError {
    /// The input is no valid component.
    #[error("the input is no valid component: {0}")]
    Invalid(String),
    /// A part uses something that this version does not fuse.
    #[error("can't fuse part `{part}`: {reason}")]
    Unsupported {
        /// Which part, by the names of the instances that lead to it.
        part: String,
        /// What it uses.
        reason: String,
    },
    /// The flat component does not validate: a fault of this crate.
    #[error("the fused component is not valid, which is a fault of the fuser: {0}")]
    Output(String),
}

impl FuseError {
    pub(crate) fn unsupported(part: impl Into<String>, reason: impl Into<String>) -> Self {
        FuseError::Unsupported {
            part: part.into(),
            reason: reason.into(),
        }
    }
}

impl From<wasmparser::BinaryReaderError> for FuseError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        FuseError::Invalid(error.to_string())
    }
}
