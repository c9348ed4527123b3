//! Parts → who satisfies which import of whom, and why.
//!
//! ```text
//! parts ──wiring──▶ decisions (for each part) ──instances──▶ nodes (each after its providers)
//! ```
//!
//! Everything that can go wrong when components are joined is found here, before
//! anything is encoded, and said in the words of the Boxfile.

mod error;
mod instances;
mod library;
mod parts;
mod resources;
mod wiring;

use std::sync::Arc;

use boxfile_spec::{Manifest, Slot};
use registry_index::{Extern, ExternKind};

pub use error::{PlanError, PlanErrorKind};
pub use parts::{Part, Parts};

pub(crate) use library::Library;

use crate::bake::{Baked, BakedKind};
use crate::component::Component;
use crate::description::{
    Description, Export, FORMAT, Files, Form, FsGrant, Grants, HostImport, Module, Role, Wire,
};
use crate::reason::{Chosen, Reason};
use instances::Instances;
use parts::APP;
use wiring::Wiring;

/// A box before it is encoded: its instances and how they are wired.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Each node comes after those that it imports from; the app is the last.
    pub(crate) nodes: Vec<Node>,
    /// What the finished box exports: name, node, and the node's export.
    pub(crate) exports: Vec<(String, usize, String)>,
    pub(crate) library: Library,
    description: Description,
}

/// One instance of a component.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) role: Role,
    pub(crate) component: Arc<Component>,
    pub(crate) wires: Vec<NodeWire>,
    source: Option<parts::PartId>,
}

/// Who satisfies one import of a node.
#[derive(Debug, Clone)]
pub(crate) struct NodeWire {
    pub(crate) import: String,
    /// A node's position, or none for the host.
    pub(crate) provider: Option<usize>,
    pub(crate) export: String,
    pub(crate) reason: Reason,
}

/// Wires the parts of a box.
///
/// # Errors
///
/// [`PlanError`]: what does not fit, who is concerned, and what to change in the Boxfile.
pub fn plan(manifest: &Manifest, parts: &Parts, baked: &Baked) -> Result<Plan, PlanError> {
    let mut library = Library::default();
    let decisions = Wiring::new(manifest, parts, &mut library)?.decide_all()?;
    let nodes = Instances::new(manifest, parts, &decisions, baked, &mut library).expand()?;
    resources::check(manifest, parts, &nodes, &library)?;
    let exports = exports(manifest, parts, &nodes, &library)?;
    let description = describe(manifest, parts, &nodes, &exports, baked);
    Ok(Plan {
        nodes,
        exports,
        library,
        description,
    })
}

impl Plan {
    /// What the box is made of and how it is wired.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// What becomes of the plan after it was made: the form, and the imports that are left.
    pub(crate) fn description_mut(&mut self) -> &mut Description {
        &mut self.description
    }
}

/// The app's exports; and where one of them speaks of resources that another part
/// of the box defines, that part's interface as well, for the world outside to name them.
fn exports(
    manifest: &Manifest,
    parts: &Parts,
    nodes: &[Node],
    library: &Library,
) -> Result<Vec<(String, usize, String)>, PlanError> {
    let Some(app) = nodes.len().checked_sub(1) else {
        return Ok(Vec::new());
    };
    let own = &nodes[app].component.interfaces().exports;
    if own.is_empty() {
        let part = parts.get(APP);
        let message = format!(
            "{} exports nothing, so nobody could run or use the box",
            part.words()
        );
        let help = "build it as a program, which exports `wasi:cli/run`, or export the interfaces that others are to call";
        let error = PlanError::new(
            manifest,
            PlanErrorKind::NothingToRun,
            message,
            help.to_owned(),
        );
        return Err(error.at(part.span.clone(), "exports nothing"));
    }
    let mut exports: Vec<(String, usize, String)> = Vec::new();
    let mut foreign = Vec::new();
    for export in own {
        exports.push((export.name.clone(), app, export.name.clone()));
        if export.kind == ExternKind::Instance {
            foreign.push((app, export.name.clone()));
        }
    }
    let mut behind = Vec::new();
    while let Some((node, export)) = foreign.pop() {
        for (provider, name) in resources::foreign_interfaces(nodes, library, node, &export) {
            let entry = (name.clone(), provider, name.clone());
            let taken = exports
                .iter()
                .chain(&behind)
                .any(|(known, ..)| *known == name);
            if !taken {
                behind.push(entry);
                foreign.push((provider, name));
            }
        }
    }
    // What is spoken of must be named before who speaks of it.
    behind.reverse();
    behind.extend(exports);
    // A host that saves what a run changed asks the module for it.
    for (position, node) in nodes.iter().enumerate() {
        let interfaces = node.component.interfaces();
        let commit = interfaces.exports.iter().find(|export| is_commit(export));
        if let (Role::Kernel(Slot::Exit), Some(commit)) = (node.role, commit) {
            behind.push((commit.name.clone(), position, commit.name.clone()));
        }
    }
    Ok(behind)
}

fn is_commit(export: &Extern) -> bool {
    let interface = export.interface();
    interface.is_some_and(|name| name.path() == "boxer:kernel/commit")
}

fn describe(
    manifest: &Manifest,
    parts: &Parts,
    nodes: &[Node],
    exports: &[(String, usize, String)],
    baked: &Baked,
) -> Description {
    let modules = nodes.iter().map(|node| {
        let part = node.source.map(|id| parts.get(id));
        Module {
            id: node.id.clone(),
            role: node.role,
            package: part.and_then(|part| part.package.clone()),
            version: part.and_then(|part| part.version.clone()),
            digest: node.component.digest(),
            size: node.component.bytes().len() as u64,
            chosen: part.map_or(Chosen::Made, |part| part.chosen.clone()),
        }
    });
    let wires = nodes.iter().flat_map(|node| {
        node.wires.iter().map(|wire| Wire {
            consumer: node.id.clone(),
            import: wire.import.clone(),
            provider: wire.provider.map(|at| nodes[at].id.clone()),
            export: wire.export.clone(),
            reason: wire.reason.clone(),
        })
    });
    Description {
        format: FORMAT,
        name: manifest.package.name.clone().into_inner(),
        version: manifest.package.version.clone().into_inner(),
        form: Form::Linked,
        modules: modules.collect(),
        wires: wires.collect(),
        imports: host_imports(nodes),
        exports: exports
            .iter()
            .map(|(name, node, _)| Export {
                name: name.clone(),
                provider: nodes[*node].id.clone(),
            })
            .collect(),
        grants: grants(manifest),
        files: files(nodes, baked),
    }
}

/// What the nodes ask of the host. Versions of one track become one import, of the
/// newest: that is what the encoder makes of them.
fn host_imports(nodes: &[Node]) -> Vec<HostImport> {
    let mut imports: Vec<HostImport> = Vec::new();
    for node in nodes {
        for wire in node.wires.iter().filter(|wire| wire.provider.is_none()) {
            match imports
                .iter_mut()
                .find(|known| same_track(&known.name, &wire.import))
            {
                Some(known) => {
                    if newer(&wire.import, &known.name) {
                        known.name.clone_from(&wire.import);
                    }
                    if !known.consumers.contains(&node.id) {
                        known.consumers.push(node.id.clone());
                    }
                }
                None => imports.push(HostImport {
                    name: wire.import.clone(),
                    consumers: vec![node.id.clone()],
                }),
            }
        }
    }
    imports.sort_by(|a, b| a.name.cmp(&b.name));
    imports
}

fn parsed(name: &str) -> Option<registry_index::InterfaceName> {
    name.parse().ok()
}

fn same_track(a: &str, b: &str) -> bool {
    a == b
        || parsed(a)
            .zip(parsed(b))
            .is_some_and(|(a, b)| a.track() == b.track())
}

fn newer(a: &str, b: &str) -> bool {
    parsed(a)
        .zip(parsed(b))
        .is_some_and(|(a, b)| a.version > b.version)
}

fn grants(manifest: &Manifest) -> Grants {
    let grants = &manifest.grants;
    let texts = |patterns: &[boxfile_spec::Spanned<boxfile_spec::NetPattern>]| {
        patterns.iter().map(ToString::to_string).collect()
    };
    Grants {
        stdio: grants.stdio(),
        args: grants.args(),
        clock: grants.clock(),
        random: grants.random(),
        env: grants.env.iter().map(ToString::to_string).collect(),
        fs: grants
            .fs
            .iter()
            .map(|mount| FsGrant {
                host: mount.host.to_string_lossy().replace('\\', "/"),
                guest: mount.guest.to_string(),
                mode: mount.mode.as_str().to_owned(),
            })
            .collect(),
        connect: texts(&grants.net.connect),
        listen: texts(&grants.net.listen),
    }
}

/// How much is baked in: nothing where no part looks at files.
fn files(nodes: &[Node], baked: &Baked) -> Files {
    if !nodes.iter().any(|node| node.role == Role::Image) {
        return Files::default();
    }
    let mut files = Files::default();
    for file in &baked.files {
        match file.kind {
            BakedKind::Regular(size) => {
                files.count += 1;
                files.bytes += size;
            }
            BakedKind::Symlink(_) | BakedKind::Special => files.count += 1,
            BakedKind::Directory => {}
        }
    }
    files
}
