//! What is allowed and probably not meant.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use boxfile_spec::{Manifest, Slot};
use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};
use registry_index::InterfaceName;

use crate::description::{Description, Role};
use crate::fuse::NotFused;
use crate::resolve::Resolution;

/// Something in a Boxfile that has no effect, or not the one that it seems to have.
#[derive(Debug, Clone)]
pub struct Warning {
    code: &'static str,
    message: String,
    help: String,
    boxfile: NamedSource<Arc<str>>,
    labels: Vec<LabeledSpan>,
}

/// What a finished plan makes of its Boxfile.
pub(crate) fn warnings(
    manifest: &Manifest,
    description: &Description,
    resolution: &Resolution,
) -> Vec<Warning> {
    let new = |code, message: String, help: String, span: Option<Range<usize>>| Warning {
        code,
        message,
        help,
        boxfile: manifest.source.clone(),
        labels: span
            .map(|span| LabeledSpan::new_with_span(Some("has no effect".to_owned()), span))
            .into_iter()
            .collect(),
    };
    let mut warnings = Vec::new();
    let asks_host = |package: &str| {
        let names = description
            .imports
            .iter()
            .filter_map(|import| import.name.parse::<InterfaceName>().ok());
        names.into_iter().any(|name| name.package_path() == package)
    };
    let module = |slot: Slot| {
        let package = description
            .kernel(slot)
            .and_then(|module| module.package.as_ref());
        package.map_or_else(|| "another module".to_owned(), |name| format!("`{name}`"))
    };
    if let Some(mount) = manifest.grants.fs.first()
        && !asks_host("wasi:filesystem")
    {
        warnings.push(new(
            "warning::fs_grant",
            format!(
                "[grants] fs mounts nothing: `kernel.vfs` is {}, which keeps files to itself",
                module(Slot::Vfs)
            ),
            "set `vfs = \"boxer:hostfs\"` in [kernel], or remove the grant".to_owned(),
            Some(mount.host.span()),
        ));
    }
    let net = &manifest.grants.net;
    if let Some(pattern) = net.connect.first().or_else(|| net.listen.first())
        && !asks_host("wasi:sockets")
        && !asks_host("wasi:http")
    {
        warnings.push(new(
            "warning::net_grant",
            format!(
                "[grants] net reaches nothing: `kernel.net` is {}, which does not face the host",
                module(Slot::Net)
            ),
            "choose a module for `net` in [kernel] that does, or remove the grant".to_owned(),
            Some(pattern.span()),
        ));
    }
    for line in &manifest.dependencies {
        let used = |module: &crate::description::Module| {
            module.role == Role::Dependency && module.package.as_ref() == Some(&*line.name)
        };
        if !description.modules.iter().any(used) {
            warnings.push(new(
                "warning::unused_dependency",
                format!("nothing in the box imports from `{}`", *line.name),
                format!(
                    "remove `{}` from [dependencies], or wire an import to it",
                    *line.name
                ),
                Some(line.name.span()),
            ));
        }
    }
    for (slot, line) in &manifest.kernel {
        if description.kernel(*slot).is_none() {
            warnings.push(new(
                "warning::unused_module",
                format!("nothing in the box needs `kernel.{slot}`"),
                format!("remove `{slot}` from [kernel]"),
                Some(line.key_span.clone()),
            ));
        }
    }
    for name in &resolution.rebuilt {
        warnings.push(new(
            "warning::rebuilt",
            format!("the built-in `{name}` is not the one in the lock: another build of `box` wrote that"),
            "commit the new lock if every machine that builds this box has this `box`".to_owned(),
            None,
        ));
    }
    warnings
}

impl Warning {
    /// A box that is linked because fusing it is not possible.
    pub(crate) fn not_fused(manifest: &Manifest, reason: &NotFused) -> Self {
        Self {
            code: "warning::not_fused",
            message: format!("the box is linked, not fused: {reason}"),
            help: "ask for `--form linked` to have it without this warning".to_owned(),
            boxfile: manifest.source.clone(),
            labels: Vec::new(),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Warning {}

impl Diagnostic for Warning {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(Severity::Warning)
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
