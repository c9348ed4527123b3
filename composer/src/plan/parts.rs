//! The components that may go into a box, each with the line that brought it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use boxfile_spec::{
    AppSource, ComponentSource, Instance, Manifest, PackageName, Party, Slot, flatten_config,
};
use semver::Version;

use super::error::PlanError;
use crate::component::Component;
use crate::description::Role;
use crate::fetch::{Locals, script_path};
use crate::kernel;
use crate::reason::Chosen;
use crate::resolve::Resolution;

/// A component that may go into the box.
#[derive(Debug, Clone)]
pub struct Part {
    /// What it is there for.
    pub role: Role,
    /// The package it comes from, or the name that `[dependencies]` gives a file.
    pub package: Option<PackageName>,
    /// The package's version; none for a file.
    pub version: Option<Version>,
    /// Its bytes.
    pub component: Arc<Component>,
    /// How often it is instantiated.
    pub instance: Instance,
    /// What `boxer:kernel/config` tells it.
    pub settings: Vec<(String, String)>,
    /// Packages that its own depends on.
    pub depends: Vec<PackageName>,
    /// Why it is there.
    pub chosen: Chosen,
    /// Where the Boxfile asks for it.
    pub span: Option<Range<usize>>,
}

/// All of them. The first is the app, or the runtime of its script.
#[derive(Debug, Clone)]
pub struct Parts {
    parts: Vec<Part>,
}

/// Which of the [`Parts`].
pub(super) type PartId = usize;

/// The app's place among the parts.
pub(super) const APP: PartId = 0;

impl Part {
    /// A part without settings and dependencies, instantiated once.
    #[must_use]
    pub fn new(role: Role, component: Arc<Component>) -> Self {
        Self {
            role,
            package: None,
            version: None,
            component,
            instance: Instance::Shared,
            settings: Vec::new(),
            depends: Vec::new(),
            chosen: Chosen::Boxfile,
            span: None,
        }
    }

    /// Names it: `app`, `kernel.vfs`, `acme:greeter`.
    #[must_use]
    pub fn id(&self) -> String {
        match (&self.role, &self.package) {
            (Role::Dependency | Role::Package, Some(name)) => name.to_string(),
            (role, _) => role.to_string(),
        }
    }

    /// Names it for people: `` `kernel.vfs` (boxer:memfs 0.1.0) ``.
    pub(super) fn words(&self) -> String {
        let id = self.id();
        match (&self.package, &self.version) {
            (Some(name), Some(version)) if name.as_str() == id => format!("`{id}` {version}"),
            (Some(name), Some(version)) => format!("`{id}` ({name} {version})"),
            _ => format!("`{id}`"),
        }
    }
}

impl Parts {
    /// The app, and what it may be linked to.
    #[must_use]
    pub fn new(app: Part, others: Vec<Part>) -> Self {
        let mut parts = vec![app];
        parts.extend(others);
        Self { parts }
    }

    /// Puts together what the stages before found.
    ///
    /// # Errors
    ///
    /// [`PlanErrorKind::SlotMisfit`](super::PlanErrorKind::SlotMisfit) where a module does not fit its slot.
    pub fn gather(
        manifest: &Manifest,
        locals: &Locals,
        resolution: &Resolution,
        packages: &BTreeMap<PackageName, Arc<Component>>,
    ) -> Result<Self, PlanError> {
        let gather = Gather {
            manifest,
            locals,
            resolution,
            packages,
        };
        let mut kernel: Vec<Part> = Slot::ALL
            .into_iter()
            .filter_map(|slot| gather.module(slot))
            .collect();
        for part in &kernel {
            check_fit(manifest, part)?;
        }
        let app = match &manifest.app.source {
            AppSource::Script(_) => {
                let runtime = kernel
                    .iter()
                    .position(|part| part.role == Role::Kernel(Slot::Runtime));
                runtime.map(|at| kernel.remove(at))
            }
            _ => {
                // A runtime without a script runs nothing.
                kernel.retain(|part| part.role != Role::Kernel(Slot::Runtime));
                gather.app()
            }
        };
        let app = app.ok_or_else(|| PlanError::no_app(manifest))?;
        let mut others = kernel;
        others.extend(
            manifest
                .dependencies
                .iter()
                .filter_map(|line| gather.dependency(line)),
        );
        let used: BTreeSet<PackageName> = others
            .iter()
            .filter_map(|part| part.package.clone())
            .collect();
        others.extend(resolution.releases().filter_map(|release| {
            let is_for_others = !resolution.dependents(&release.name).is_empty();
            let part = || {
                gather.package(
                    &release.name,
                    Role::Package,
                    Chosen::Needed {
                        by: gather.needed_by(&release.name),
                    },
                )
            };
            if used.contains(&release.name) || !is_for_others {
                None
            } else {
                part()
            }
        }));
        Ok(Self::new(app, others))
    }

    pub(super) fn all(&self) -> &[Part] {
        &self.parts
    }

    pub(super) fn get(&self, id: PartId) -> &Part {
        &self.parts[id]
    }

    /// The part that `[wire]` means.
    pub(super) fn of_party(&self, party: &Party) -> Option<PartId> {
        let position = |role: Role| self.parts.iter().position(|part| part.role == role);
        match party {
            Party::App => Some(APP),
            Party::Kernel(slot) => position(Role::Kernel(*slot)),
            Party::Package(name) => {
                let in_role = |wanted: &dyn Fn(Role) -> bool| {
                    self.parts
                        .iter()
                        .position(|part| wanted(part.role) && part.package.as_ref() == Some(name))
                };
                // A line of [dependencies] is about another part than one of [kernel]
                // that happens to name the same package.
                in_role(&|role| role == Role::Dependency)
                    .or_else(|| in_role(&|role| matches!(role, Role::Kernel(_))))
                    .or_else(|| in_role(&|role| role == Role::Package))
            }
        }
    }
}

fn check_fit(manifest: &Manifest, part: &Part) -> Result<(), PlanError> {
    let Role::Kernel(slot) = part.role else {
        return Ok(());
    };
    let exports = &part.component.interfaces().exports;
    let fits = exports
        .iter()
        .filter_map(registry_index::Extern::interface)
        .any(|name| name.path() == slot.interface());
    if fits {
        Ok(())
    } else {
        Err(PlanError::slot_misfit(manifest, slot, part))
    }
}

struct Gather<'a> {
    manifest: &'a Manifest,
    locals: &'a Locals,
    resolution: &'a Resolution,
    packages: &'a BTreeMap<PackageName, Arc<Component>>,
}

impl Gather<'_> {
    fn app(&self) -> Option<Part> {
        let span = self.manifest.app.source.span();
        let part = match &self.manifest.app.source {
            AppSource::Package(reference) => {
                self.package(&reference.name, Role::App, Chosen::Boxfile)
            }
            _ => Some(Part::new(Role::App, Arc::clone(self.locals.app.as_ref()?))),
        };
        part.map(|part| Part {
            span: Some(span),
            ..part
        })
    }

    fn module(&self, slot: Slot) -> Option<Part> {
        let role = Role::Kernel(slot);
        let line = self.manifest.kernel.get(&slot);
        let part = match self.locals.kernel.get(&slot) {
            Some(component) => Part::new(role, Arc::clone(component)),
            None => {
                let (name, chosen) = self.resolution.kernel.get(&slot)?;
                self.package(name, role, chosen.clone())?
            }
        };
        let arguments = self.arguments();
        let mut settings = kernel::settings(self.manifest, part.component.interfaces(), &arguments);
        settings.extend(
            line.into_iter()
                .flat_map(|line| flatten_config(&line.config)),
        );
        Some(Part {
            settings,
            instance: line
                .and_then(|line| line.instance)
                .map(|i| *i)
                .unwrap_or_default(),
            span: line.map(|line| line.source.span()),
            ..part
        })
    }

    fn dependency(&self, line: &boxfile_spec::Dependency) -> Option<Part> {
        let part = match &line.source {
            ComponentSource::Path(_) => {
                let component = Arc::clone(self.locals.dependencies.get(&*line.name)?);
                Part {
                    package: Some(line.name.clone().into_inner()),
                    ..Part::new(Role::Dependency, component)
                }
            }
            ComponentSource::Package { reference, .. } => {
                self.package(&reference.name, Role::Dependency, Chosen::Boxfile)?
            }
        };
        Some(Part {
            settings: kernel::settings(
                self.manifest,
                part.component.interfaces(),
                &self.arguments(),
            ),
            instance: line.instance.map(|i| *i).unwrap_or_default(),
            span: Some(line.source.span()),
            ..part
        })
    }

    fn package(&self, name: &PackageName, role: Role, chosen: Chosen) -> Option<Part> {
        let release = self.resolution.get(name)?;
        let component = Arc::clone(self.packages.get(name)?);
        let depends = release
            .dependencies
            .iter()
            .map(|dependency| dependency.name.clone())
            .collect();
        Some(Part {
            package: Some(name.clone()),
            version: Some(release.version.clone()),
            settings: kernel::settings(self.manifest, component.interfaces(), &self.arguments()),
            depends,
            chosen,
            ..Part::new(role, component)
        })
    }

    fn needed_by(&self, name: &PackageName) -> Vec<String> {
        self.resolution
            .dependents(name)
            .into_iter()
            .map(|release| release.name.to_string())
            .collect()
    }

    /// The arguments that are baked in: a runtime's first is its script.
    fn arguments(&self) -> Vec<String> {
        let script = script_path(self.manifest).map(|path| path.to_string());
        script
            .into_iter()
            .chain(self.manifest.app.args.iter().map(ToString::to_string))
            .collect()
    }
}
