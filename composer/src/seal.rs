//! The proof that a finished box asks of its host what its Boxfile grants, and
//! nothing else. It trusts no stage before: the bytes are validated, and the imports read
//! back from them.

use std::sync::Arc;

use boxfile_spec::Manifest;
use miette::{Diagnostic, LabeledSpan, NamedSource};
use registry_index::{ComponentError, Interfaces};
use thiserror::Error;

use crate::authority::{self, Authority};
use crate::description::{Description, Role};
use crate::reason::list;

/// What the seal rests on: the imports that were read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The names of the imports, in the order of the bytes.
    pub imports: Vec<String>,
}

/// Why a box is not sealed.
#[derive(Debug, Error, Diagnostic)]
pub enum SealError {
    /// An import that the Boxfile does not grant.
    #[error("the finished box imports `{import}`, which {asked_by} and [grants] does not allow")]
    #[diagnostic(code(seal::leak), help("{remedy}"))]
    Leak {
        /// The import.
        import: String,
        /// Who asked for it.
        asked_by: String,
        /// How to grant or to satisfy it.
        remedy: String,
        /// The Boxfile.
        #[source_code]
        boxfile: NamedSource<Arc<str>>,
        /// Its grants.
        #[label(collection)]
        labels: Vec<LabeledSpan>,
    },
    /// Bytes that are no valid component.
    #[error("the finished box is not valid: {0}")]
    #[diagnostic(
        code(seal::unreadable),
        help("report this with the Boxfile and its components")
    )]
    Unreadable(ComponentError),
}

/// Compares the imports of a finished box with the grants of its Boxfile.
/// `description` tells who asked for what.
///
/// # Errors
///
/// [`SealError::Leak`] for the first import that no grant covers.
pub fn seal(
    manifest: &Manifest,
    description: &Description,
    component: &[u8],
) -> Result<Sealed, SealError> {
    // The joints are checked on the way. Function bodies were when the parts came in.
    let interfaces = Interfaces::read_for_hosts(component).map_err(SealError::Unreadable)?;
    for import in &interfaces.imports {
        let consumers = consumers(description, &import.name);
        let roles: Vec<Role> = consumers
            .iter()
            .filter_map(|id| description.module(id))
            .map(|module| module.role)
            .collect();
        let answer = |role: Role| match import.interface() {
            Some(interface) => authority::of(&manifest.grants, &interface, role),
            None => Authority::NotOfHost,
        };
        // Nobody asked: it is judged as if the app had.
        let mut answers: Vec<Authority> = roles.iter().map(|role| answer(*role)).collect();
        if answers.is_empty() {
            answers.push(answer(Role::App));
        }
        let refused = answers
            .into_iter()
            .find(|answer| !matches!(answer, Authority::Granted(_)));
        if let Some(refused) = refused {
            let remedy = match refused {
                Authority::Refused(grant) => format!(
                    "{}, or choose modules that do not face the host",
                    grant.how()
                ),
                _ => "add a package that exports it to [dependencies]".to_owned(),
            };
            let asked_by = match consumers.as_slice() {
                [] => "no part of it asked for".to_owned(),
                [one] => format!("`{one}` asked for"),
                several => format!("{} asked for", list(several)),
            };
            let label =
                |span| LabeledSpan::new_with_span(Some("does not allow it".to_owned()), span);
            return Err(SealError::Leak {
                import: import.name.clone(),
                asked_by,
                remedy,
                boxfile: manifest.source.clone(),
                labels: manifest
                    .grants
                    .span
                    .clone()
                    .map(label)
                    .into_iter()
                    .collect(),
            });
        }
    }
    Ok(Sealed {
        imports: interfaces
            .imports
            .into_iter()
            .map(|import| import.name)
            .collect(),
    })
}

/// The parts whose import became this one.
fn consumers(description: &Description, import: &str) -> Vec<String> {
    let known = description
        .imports
        .iter()
        .find(|known| known.name == import);
    known
        .map(|known| known.consumers.clone())
        .unwrap_or_default()
}
