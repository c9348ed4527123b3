//! What can be wrong with a Boxfile, and how it is said.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};

use crate::problem::Problem;

/// Everything that is wrong with one Boxfile, in the order of the text.
///
/// As a miette [`Diagnostic`] it is the problem itself where there is only one;
/// else it counts them and has each as a related diagnostic.
#[derive(Debug)]
pub struct BoxfileErrors {
    source: NamedSource<Arc<str>>,
    problems: Vec<Problem>,
}

impl BoxfileErrors {
    /// `problems` of the text in `source`; at least one.
    pub(crate) fn new(source: NamedSource<Arc<str>>, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(Problem::offset);
        Self { source, problems }
    }

    /// The problems, at least one, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The file's name, as it was given.
    pub fn file_name(&self) -> &str {
        self.source.name()
    }

    fn only(&self) -> Option<&Problem> {
        match self.problems.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl fmt::Display for BoxfileErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.only() {
            Some(problem) => problem.fmt(f),
            None => write!(f, "`{}` has {} errors", self.source.name(), self.problems.len()),
        }
    }
}

impl std::error::Error for BoxfileErrors {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.only().and_then(std::error::Error::source)
    }
}

impl Diagnostic for BoxfileErrors {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.only().and_then(Diagnostic::code)
    }

    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.only().and_then(Diagnostic::help)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.only().and_then(Diagnostic::labels)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.problems.len() == 1 {
            return None;
        }
        Some(Box::new(self.problems.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}
