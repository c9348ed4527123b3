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
    left_off: usize,
}

/// As many as anybody reads.
const MOST: usize = 20;

impl BoxfileErrors {
    /// `problems` of the text in `source`; at least one.
    pub(crate) fn new(source: NamedSource<Arc<str>>, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.span().start);
        let left_off = problems.len().saturating_sub(MOST);
        problems.truncate(MOST);
        Self {
            source,
            problems,
            left_off,
        }
    }

    /// The problems, at least one and at most twenty, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many more there are.
    pub fn left_off(&self) -> usize {
        self.left_off
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
            None => {
                let count = self.problems.len() + self.left_off;
                write!(f, "`{}` has {count} errors", self.source.name())?;
                match self.left_off {
                    0 => Ok(()),
                    _ => write!(f, ", of which these are the first {}", self.problems.len()),
                }
            }
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
        Some(Box::new(
            self.problems
                .iter()
                .map(|problem| problem as &dyn Diagnostic),
        ))
    }
}
