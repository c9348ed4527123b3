//! Why the parts of a box do not fit together, in the words of the Boxfile.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use boxfile_spec::{Manifest, Slot};
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use super::parts::Part;

/// Why the parts of a box do not fit together.
#[derive(Debug)]
pub struct PlanError {
    /// What is wrong, for programs.
    pub kind: PlanErrorKind,
    message: String,
    help: String,
    boxfile: NamedSource<Arc<str>>,
    labels: Vec<LabeledSpan>,
}

/// What is wrong with a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlanErrorKind {
    /// Nothing provides an import.
    Missing,
    /// The host has what is imported, and the Boxfile does not grant it.
    NotGranted,
    /// Several parts provide an import, and nothing says which.
    Ambiguous,
    /// The provider has another idea of the interface.
    Mismatch,
    /// Resources of one kind would come from two providers.
    Split,
    /// Parts import from one another in a ring.
    Cycle,
    /// A module does not export the interface of its slot.
    SlotMisfit,
    /// `[wire]` names somebody or something that is not there.
    BadWire,
    /// There is no app, or it exports nothing.
    NothingToRun,
    /// A component is valid, and more than the linker can do.
    Unsupported,
}

impl PlanErrorKind {
    /// The diagnostic's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "plan::missing",
            Self::NotGranted => "plan::not_granted",
            Self::Ambiguous => "plan::ambiguous",
            Self::Mismatch => "plan::mismatch",
            Self::Split => "plan::split",
            Self::Cycle => "plan::cycle",
            Self::SlotMisfit => "plan::slot_misfit",
            Self::BadWire => "plan::bad_wire",
            Self::NothingToRun => "plan::nothing_to_run",
            Self::Unsupported => "plan::unsupported",
        }
    }
}

impl PlanError {
    pub(super) fn new(
        manifest: &Manifest,
        kind: PlanErrorKind,
        message: String,
        help: String,
    ) -> Self {
        Self {
            kind,
            message,
            help,
            boxfile: manifest.source.clone(),
            labels: Vec::new(),
        }
    }

    /// Points at a place in the Boxfile.
    pub(super) fn at(mut self, span: Option<Range<usize>>, text: &str) -> Self {
        let label = |span| LabeledSpan::new_with_span(Some(text.to_owned()), span);
        self.labels.extend(span.map(label));
        self
    }

    pub(super) fn no_app(manifest: &Manifest) -> Self {
        let message = "the app's component is not there".to_owned();
        let help = "name it with `component`, `cargo`, `script` or `package` in [app]".to_owned();
        Self::new(manifest, PlanErrorKind::NothingToRun, message, help)
    }

    pub(super) fn slot_misfit(manifest: &Manifest, slot: Slot, part: &Part) -> Self {
        let message = format!(
            "{} does not fit its slot: it does not export `{}`, which makes {}",
            part.words(),
            slot.interface(),
            slot.description()
        );
        let help = format!("choose a module that exports `{}`", slot.interface());
        let error = Self::new(manifest, PlanErrorKind::SlotMisfit, message, help);
        error.at(part.span.clone(), "this module does not fit")
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PlanError {}

impl Diagnostic for PlanError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.kind.code()))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.help))
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.labels.is_empty() {
            None
        } else {
            Some(Box::new(self.labels.iter().cloned()))
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        if self.labels.is_empty() {
            None
        } else {
            Some(&self.boxfile)
        }
    }
}
