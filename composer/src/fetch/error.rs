//! Why something could not be fetched.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use boxfile_spec::{AppSource, ComponentSource, Manifest, PackageName};
use miette::{Diagnostic, LabeledSpan, NamedSource};
use registry_index::{ComponentError, IndexError};
use thiserror::Error;
use vfs_layer::LayerError;

use super::adapt::AdaptError;
use super::cargo::CargoError;
use crate::bake::BakeError;
use crate::diagnostic::InBoxfile;

/// Why something could not be fetched.
#[derive(Debug, Error, Diagnostic)]
pub enum FetchError {
    /// A file of the host that cannot be read.
    #[error("cannot read `{path}`, which {by} asks for: {reason}")]
    #[diagnostic(
        code(fetch::unreadable),
        help("build the component first, or correct the path")
    )]
    Unreadable {
        /// The file, as the Boxfile spells it.
        path: String,
        /// Which line.
        by: String,
        /// The system's words.
        reason: io::Error,
        /// The Boxfile.
        #[source_code]
        boxfile: NamedSource<Arc<str>>,
        /// Where in it.
        #[label(collection)]
        labels: Vec<LabeledSpan>,
    },
    /// Bytes that cannot be part of a box.
    #[error("`{what}`, which {by} asks for, cannot be used: {reason}")]
    #[diagnostic(code(fetch::unusable))]
    Unusable {
        /// The file or the package.
        what: String,
        /// Which line.
        by: String,
        /// What is wrong.
        reason: String,
        /// What to do.
        #[help]
        remedy: String,
        /// The Boxfile.
        #[source_code]
        boxfile: NamedSource<Arc<str>>,
        /// Where in it.
        #[label(collection)]
        labels: Vec<LabeledSpan>,
    },
    /// Cargo did not build the app.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Cargo(#[from] CargoError),
    /// The files could not be baked.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Bake(InBoxfile<BakeError>),
    /// A source of packages did not answer.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Index(#[from] IndexError),
}

impl FetchError {
    pub(super) fn bake(manifest: &Manifest, error: BakeError) -> Self {
        Self::Bake(InBoxfile::new(manifest, error))
    }
}

/// Which line of the Boxfile asks for a component: what every error says.
pub(super) struct Asked<'a> {
    manifest: &'a Manifest,
    by: String,
    span: Option<Range<usize>>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(manifest: &'a Manifest, by: &str, span: Range<usize>) -> Self {
        Self {
            manifest,
            by: by.to_owned(),
            span: Some(span),
        }
    }

    /// The line that names a package, if one does.
    pub(super) fn of_package(manifest: &'a Manifest, name: &PackageName) -> Self {
        let is_it = |source: &ComponentSource| match source {
            ComponentSource::Package { reference, .. } => reference.name == *name,
            ComponentSource::Path(_) => false,
        };
        if let AppSource::Package(reference) = &manifest.app.source
            && reference.name == *name
        {
            return Self::new(manifest, "`package` in [app]", reference.span());
        }
        let modules = manifest
            .kernel
            .iter()
            .map(|(slot, module)| (format!("`{slot}` in [kernel]"), &module.source));
        let lines = manifest
            .dependencies
            .iter()
            .map(|line| ("[dependencies]".to_owned(), &line.source));
        let layers = manifest
            .files
            .iter()
            .flat_map(|entry| entry.source.layers())
            .map(|layer| ("[files]".to_owned(), layer));
        match modules
            .chain(lines)
            .chain(layers)
            .find(|(_, source)| is_it(source))
        {
            Some((by, source)) => Self::new(manifest, &by, source.span()),
            None => Self {
                manifest,
                by: "another package or a default".to_owned(),
                span: None,
            },
        }
    }

    fn label(&self, text: &str) -> Vec<LabeledSpan> {
        let label = |span| LabeledSpan::new_with_span(Some(text.to_owned()), span);
        self.span.clone().map(label).into_iter().collect()
    }

    pub(super) fn unreadable(&self, path: &Path, reason: io::Error) -> FetchError {
        FetchError::Unreadable {
            path: path.display().to_string(),
            by: self.by.clone(),
            reason,
            boxfile: self.manifest.source.clone(),
            labels: self.label("expected a file that can be read"),
        }
    }

    pub(super) fn unusable(&self, what: &str, error: &AdaptError) -> FetchError {
        let remedy = error
            .help()
            .map_or_else(String::new, |help| help.to_string());
        self.refuse(what, error.to_string(), remedy)
    }

    pub(super) fn no_layer(&self, what: &str, error: &LayerError) -> FetchError {
        let remedy = "name a package of the kind `layer`, which `box search --kind layer` finds";
        self.refuse(what, error.to_string(), remedy.to_owned())
    }

    pub(super) fn unfit(&self, what: &str, error: &ComponentError) -> FetchError {
        let remedy = "build it for hosts of WASI 0.2: WebAssembly 3.0 and the component model, without its asynchronous half";
        self.refuse(what, error.to_string(), remedy.to_owned())
    }

    fn refuse(&self, what: &str, reason: String, remedy: String) -> FetchError {
        FetchError::Unusable {
            what: what.to_owned(),
            by: self.by.clone(),
            reason,
            remedy,
            boxfile: self.manifest.source.clone(),
            labels: self.label("expected a component that works"),
        }
    }
}
