//! What the stages' diagnostics share.

use std::fmt;
use std::sync::Arc;

use boxfile_spec::Manifest;
use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};

/// An error whose spans are places in a Boxfile, together with the Boxfile.
#[derive(Debug)]
pub struct InBoxfile<E> {
    /// The error.
    pub error: E,
    boxfile: NamedSource<Arc<str>>,
}

impl<E> InBoxfile<E> {
    pub(crate) fn new(manifest: &Manifest, error: E) -> Self {
        Self {
            error,
            boxfile: manifest.source.clone(),
        }
    }
}

impl<E: fmt::Display> fmt::Display for InBoxfile<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<E: std::error::Error> std::error::Error for InBoxfile<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl<E: Diagnostic> Diagnostic for InBoxfile<E> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.error.code()
    }

    fn severity(&self) -> Option<Severity> {
        self.error.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.error.help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.error.labels()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.boxfile)
    }
}
