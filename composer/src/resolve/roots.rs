//! What a Boxfile asks an index for: the lines that name packages, and the modules
//! of slots that it leaves out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use boxfile_spec::{AppSource, ComponentSource, Manifest, PackageName, PackageRef, Slot};
use registry_index::{Index, IndexError};
use semver::VersionReq;

use crate::kernel;
use crate::reason::Chosen;

/// One request for a package by the Boxfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Who asks.
    pub asker: Asker,
    /// Which package.
    pub name: PackageName,
    /// Versions that will do.
    pub requirement: VersionReq,
    /// Where it is asked for in the text; none for a default.
    pub span: Option<Range<usize>>,
}

/// Which part of the Boxfile asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// `[app] package`.
    App,
    /// A line of `[kernel]`.
    Kernel(Slot),
    /// A line of `[dependencies]`.
    Dependency,
    /// A layer of `[files]`.
    Files,
    /// A slot that `[kernel]` leaves out.
    Default(Slot, Chosen),
}

/// All requests.
pub(super) struct Roots {
    lines: Vec<Root>,
    kernel: BTreeMap<Slot, (PackageName, Chosen)>,
    /// Names that the Boxfile binds to files: no index is asked for them.
    files: BTreeSet<PackageName>,
}

impl Roots {
    /// The lines of the Boxfile that name packages.
    pub(super) fn of(manifest: &Manifest) -> Self {
        let mut roots = Self {
            lines: Vec::new(),
            kernel: BTreeMap::new(),
            files: BTreeSet::new(),
        };
        if let AppSource::Package(reference) = &manifest.app.source {
            roots.add(Asker::App, reference, reference.span());
        }
        for (slot, module) in &manifest.kernel {
            if let ComponentSource::Package { reference, .. } = &module.source {
                roots.add(Asker::Kernel(*slot), reference, reference.span());
                roots
                    .kernel
                    .insert(*slot, (reference.name.clone(), Chosen::Boxfile));
            }
        }
        for line in &manifest.dependencies {
            match &line.source {
                ComponentSource::Package { reference, .. } => {
                    roots.add(Asker::Dependency, reference, reference.span());
                }
                ComponentSource::Path(_) => {
                    roots.files.insert(line.name.clone().into_inner());
                }
            }
        }
        let layers = manifest.files.iter().flat_map(|line| line.source.layers());
        for layer in layers {
            if let ComponentSource::Package { reference, .. } = layer {
                roots.add(Asker::Files, reference, reference.span());
            }
        }
        roots
    }

    fn add(&mut self, asker: Asker, reference: &PackageRef, span: Range<usize>) {
        self.lines.push(Root {
            asker,
            name: reference.name.clone(),
            requirement: reference.requirement.clone(),
            span: Some(span),
        });
    }

    /// Adds a module for a slot that is left out. Where no source has it, the slot
    /// stays empty: whoever imports from it is told so, and most boxes of bare
    /// components need no kernel at all.
    fn add_default(
        &mut self,
        manifest: &Manifest,
        index: &dyn Index,
        slot: Slot,
        (name, chosen): (PackageName, Chosen),
    ) -> Result<(), IndexError> {
        if manifest.kernel.contains_key(&slot) || index.releases(&name)?.is_empty() {
            return Ok(());
        }
        self.lines.push(Root {
            asker: Asker::Default(slot, chosen.clone()),
            name: name.clone(),
            requirement: VersionReq::STAR,
            span: None,
        });
        self.kernel.insert(slot, (name, chosen));
        Ok(())
    }

    /// Adds the modules of slots that are left out and depend on nothing but grants.
    pub(super) fn add_defaults(
        &mut self,
        manifest: &Manifest,
        index: &dyn Index,
    ) -> Result<(), IndexError> {
        for slot in Slot::ALL {
            if let Some(module) = kernel::default_module(slot, &manifest.grants) {
                self.add_default(manifest, index, slot, module)?;
            }
        }
        Ok(())
    }

    /// Adds the modules of `exit` and `wait` where they are left out.
    pub(super) fn add_ending_and_waiting(
        &mut self,
        manifest: &Manifest,
        index: &dyn Index,
        faces_host: bool,
        exit_code: Option<String>,
    ) -> Result<(), IndexError> {
        self.add_default(
            manifest,
            index,
            Slot::Exit,
            kernel::default_exit(faces_host, exit_code),
        )?;
        self.add_default(
            manifest,
            index,
            Slot::Wait,
            kernel::default_wait(faces_host),
        )
    }

    /// All requests, in the order of the Boxfile, defaults last.
    pub(super) fn lines(&self) -> &[Root] {
        &self.lines
    }

    pub(super) fn into_lines(self) -> Vec<Root> {
        self.lines
    }

    /// The module of each slot that takes a package.
    pub(super) fn kernel(&self) -> &BTreeMap<Slot, (PackageName, Chosen)> {
        &self.kernel
    }

    /// Whether a file of the host stands for this package.
    pub(super) fn is_file(&self, name: &PackageName) -> bool {
        self.files.contains(name)
    }
}
