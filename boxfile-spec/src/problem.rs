//! One thing that is wrong with a Boxfile.

use miette::{Diagnostic, LabeledSpan, SourceSpan};
use thiserror::Error;

/// One thing that is wrong with a Boxfile: message, code, labels and remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum Problem {
    /// The text is not TOML.
    #[error("{message}")]
    #[diagnostic(code(boxfile::syntax))]
    Syntax {
        /// What the TOML reader says.
        message: String,
        /// Where.
        #[label("{label}")]
        span: SourceSpan,
        /// A few words at that place.
        label: String,
        /// The remedy.
        #[help]
        help: String,
    },
}

impl Problem {
    /// Where the problem begins, in bytes from the start of the text.
    pub fn offset(&self) -> usize {
        let labels = self.labels().into_iter().flatten();
        labels.map(|label: LabeledSpan| label.offset()).min().unwrap_or_default()
    }
}
