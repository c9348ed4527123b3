//! Who satisfies each import of each part, and why. Parts, not instances: all
//! instances of a part are wired alike.

mod refusals;

use std::collections::BTreeMap;

use boxfile_spec::{ImportName, Manifest, Slot, Wire};
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use registry_index::{Extern, ExternKind, InterfaceName};

use super::error::PlanError;
use super::library::Library;
use super::parts::{APP, Part, PartId, Parts};
use crate::authority::{self, Authority};
use crate::description::Role;
use crate::kernel;
use crate::reason::Reason;

/// Who satisfies an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) import: String,
    pub(super) supplier: Supplier,
    /// Under which name the supplier has it.
    pub(super) export: String,
    pub(super) reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Supplier {
    Part(PartId),
    Image,
    Config,
    Types,
    Host,
}

/// The decisions for every part that the app needs, directly or not.
pub(super) type Decisions = BTreeMap<PartId, Vec<Decision>>;

pub(super) struct Wiring<'a> {
    manifest: &'a Manifest,
    parts: &'a Parts,
    library: &'a mut Library,
    wires: BTreeMap<(PartId, String), &'a Wire>,
    /// Who exports an interface, by its name without the version; plain names as they are.
    exporters: BTreeMap<String, Vec<PartId>>,
}

impl<'a> Wiring<'a> {
    pub(super) fn new(
        manifest: &'a Manifest,
        parts: &'a Parts,
        library: &'a mut Library,
    ) -> Result<Self, PlanError> {
        let mut exporters: BTreeMap<String, Vec<PartId>> = BTreeMap::new();
        for (id, part) in parts.all().iter().enumerate() {
            for export in &part.component.interfaces().exports {
                let known = exporters.entry(key(export)).or_default();
                if known.last() != Some(&id) {
                    known.push(id);
                }
            }
        }
        let mut wiring = Self {
            manifest,
            parts,
            library,
            wires: BTreeMap::new(),
            exporters,
        };
        for wire in &manifest.wire {
            wiring.add_wire(wire)?;
        }
        Ok(wiring)
    }

    /// Decides about everything that the app needs.
    pub(super) fn decide_all(mut self) -> Result<Decisions, PlanError> {
        let mut decisions = Decisions::new();
        let mut open = vec![APP];
        while let Some(consumer) = open.pop() {
            if decisions.contains_key(&consumer) {
                continue;
            }
            let component = &self.parts.get(consumer).component;
            self.library
                .add(component)
                .map_err(|reason| self.unsupported(consumer, &reason))?;
            let mut wires = Vec::new();
            for import in &component.interfaces().imports {
                let decision = self.decide(consumer, import)?;
                if let Supplier::Part(provider) = decision.supplier {
                    self.check(consumer, import, provider, &decision.export)?;
                    open.push(provider);
                }
                wires.push(decision);
            }
            decisions.insert(consumer, wires);
        }
        self.check_cycles(&decisions)?;
        Ok(decisions)
    }

    fn decide(&mut self, consumer: PartId, import: &Extern) -> Result<Decision, PlanError> {
        let decision = |supplier, export: String, reason| Decision {
            import: import.name.clone(),
            supplier,
            export,
            reason,
        };
        if let Some(wire) = self.wires.get(&(consumer, import.name.clone())).copied() {
            let provider = self.provider_of(wire)?;
            let export = self.wired_export(wire, consumer, import, provider)?;
            return Ok(decision(Supplier::Part(provider), export, Reason::Wired));
        }
        let component = &self.parts.get(consumer).component;
        let kind = self.library.import(component, &import.name);
        if kind.is_some_and(|kind| self.library.is_types_only(kind)) {
            return Ok(decision(
                Supplier::Types,
                import.name.clone(),
                Reason::Types,
            ));
        }
        let Some(interface) = import.interface() else {
            return self.decide_plain(consumer, import);
        };
        if interface.package_path() == kernel::PACKAGE {
            match interface.interface.as_str() {
                "image" => {
                    return Ok(decision(
                        Supplier::Image,
                        crate::link::data::IMAGE_INTERFACE.to_owned(),
                        Reason::Image,
                    ));
                }
                "config" => {
                    return Ok(decision(
                        Supplier::Config,
                        crate::link::data::CONFIG_INTERFACE.to_owned(),
                        Reason::Config,
                    ));
                }
                _ => {}
            }
            if let Some(slot) = kernel::slot_of(&interface) {
                return self.decide_slot(consumer, import, &interface, slot);
            }
        }
        // What stands below the personality faces the host: only [wire] puts another
        // part in the host's place.
        if interface.namespace == "wasi" && self.is_below_libc(consumer) {
            return self.ask_host(consumer, import, &interface);
        }
        let candidates = self.candidates(consumer, &interface);
        match self.choose(consumer, &candidates) {
            Choice::One(provider, reason) => {
                let export = self.export_on(provider, &interface).unwrap_or_default();
                Ok(decision(Supplier::Part(provider), export, reason))
            }
            Choice::Several => Err(self.ambiguous(consumer, import, &candidates)),
            Choice::None => self.ask_host(consumer, import, &interface),
        }
    }

    /// An import under a name of its own: a function, or an instance that is no
    /// named interface.
    fn decide_plain(&self, consumer: PartId, import: &Extern) -> Result<Decision, PlanError> {
        let exporters = self
            .exporters
            .get(&import.name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let has = |id: &PartId| {
            let exports = &self.parts.get(*id).component.interfaces().exports;
            exports
                .iter()
                .any(|export| export.name == import.name && export.kind == import.kind)
        };
        let candidates: Vec<PartId> = exporters
            .iter()
            .copied()
            .filter(|id| *id != consumer && *id != APP)
            .filter(has)
            .collect();
        match self.choose(consumer, &candidates) {
            Choice::One(provider, reason) => Ok(Decision {
                import: import.name.clone(),
                supplier: Supplier::Part(provider),
                export: import.name.clone(),
                reason,
            }),
            Choice::Several => Err(self.ambiguous(consumer, import, &candidates)),
            Choice::None => Err(self.missing(consumer, import)),
        }
    }

    /// An interface that belongs to a kernel slot.
    fn decide_slot(
        &mut self,
        consumer: PartId,
        import: &Extern,
        interface: &InterfaceName,
        slot: Slot,
    ) -> Result<Decision, PlanError> {
        let decision = |provider, export, reason| Decision {
            import: import.name.clone(),
            supplier: Supplier::Part(provider),
            export,
            reason,
        };
        let module = self
            .parts
            .all()
            .iter()
            .position(|part| part.role == Role::Kernel(slot));
        // Whoever exports what it imports sits on top of another module; the slot's
        // own is on top of all of them.
        let stacks = self.export_on(consumer, interface).is_some();
        if let (false, Some(module)) = (stacks, module)
            && let Some(export) = self.export_on(module, interface)
        {
            let chosen = self.parts.get(module).chosen.clone();
            return Ok(decision(module, export, Reason::Slot { slot, chosen }));
        }
        let mut below = self.candidates(consumer, interface);
        below.retain(|id| Some(*id) != module);
        match self.choose(consumer, &below) {
            Choice::One(provider, _) => {
                let export = self.export_on(provider, interface).unwrap_or_default();
                let reason = if stacks {
                    Reason::Below { slot }
                } else {
                    Reason::Only
                };
                Ok(decision(provider, export, reason))
            }
            Choice::Several => Err(self.ambiguous(consumer, import, &below)),
            Choice::None if stacks => Err(self.nothing_below(consumer, import, slot)),
            Choice::None => Err(self.slot_lacks(consumer, import, slot, module)),
        }
    }

    /// The parts that export an interface on the right track and may be asked for it.
    fn candidates(&self, consumer: PartId, interface: &InterfaceName) -> Vec<PartId> {
        let exporters = self
            .exporters
            .get(&interface.path())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let others = exporters
            .iter()
            .copied()
            .filter(|id| *id != consumer && *id != APP);
        others
            .filter(|id| self.export_on(*id, interface).is_some())
            .collect()
    }

    fn is_below_libc(&self, id: PartId) -> bool {
        let part = self.parts.get(id);
        part.role == Role::Kernel(Slot::Libc) || kernel::is_driver(part.component.interfaces())
    }

    fn choose(&self, consumer: PartId, candidates: &[PartId]) -> Choice {
        let only = |wanted: &dyn Fn(&Part) -> bool| {
            let mut fitting = candidates.iter().filter(|id| wanted(self.parts.get(**id)));
            match (fitting.next(), fitting.next()) {
                (Some(one), None) => Some(*one),
                _ => None,
            }
        };
        match candidates {
            [] => return Choice::None,
            [one] => {
                let libc = self.parts.get(*one).role == Role::Kernel(Slot::Libc);
                return Choice::One(*one, if libc { Reason::Libc } else { Reason::Only });
            }
            _ => {}
        }
        let depends = &self.parts.get(consumer).depends;
        let own = |part: &Part| {
            part.package
                .as_ref()
                .is_some_and(|name| depends.contains(name))
        };
        if let Some(one) = only(&own) {
            return Choice::One(one, Reason::Depends);
        }
        match only(&|part| part.role != Role::Package) {
            Some(one) => Choice::One(one, Reason::Named),
            None => Choice::Several,
        }
    }

    /// Nobody in the box: is it the host's, and granted?
    fn ask_host(
        &self,
        consumer: PartId,
        import: &Extern,
        interface: &InterfaceName,
    ) -> Result<Decision, PlanError> {
        match authority::of(
            &self.manifest.grants,
            interface,
            self.parts.get(consumer).role,
        ) {
            Authority::Granted(reason) => Ok(Decision {
                import: import.name.clone(),
                supplier: Supplier::Host,
                export: import.name.clone(),
                reason,
            }),
            Authority::Refused(grant) => Err(self.not_granted(consumer, import, grant)),
            Authority::NotOfHost => Err(self.missing(consumer, import)),
        }
    }

    /// The export of a part that is on the import's track.
    fn export_on(&self, id: PartId, interface: &InterfaceName) -> Option<String> {
        let interfaces = self.parts.get(id).component.interfaces();
        interfaces
            .export_on(&interface.track())
            .map(|export| export.name.clone())
    }

    /// Compares the types before anything is encoded.
    fn check(
        &mut self,
        consumer: PartId,
        import: &Extern,
        provider: PartId,
        export: &str,
    ) -> Result<(), PlanError> {
        let (of, from) = (self.parts.get(consumer), self.parts.get(provider));
        self.library
            .add(&from.component)
            .map_err(|reason| self.unsupported(provider, &reason))?;
        let wanted = self.library.import(&of.component, &import.name);
        let offered = self.library.export(&from.component, export);
        let (Some(wanted), Some(offered)) = (wanted, offered) else {
            return Ok(());
        };
        let differences = self.library.differences(offered, wanted);
        if differences.is_empty() {
            Ok(())
        } else {
            Err(self.mismatch(consumer, import, provider, export, &differences))
        }
    }

    fn check_cycles(&self, decisions: &Decisions) -> Result<(), PlanError> {
        let mut graph: DiGraph<PartId, &Decision> = DiGraph::new();
        let nodes: BTreeMap<PartId, _> = decisions
            .keys()
            .map(|id| (*id, graph.add_node(*id)))
            .collect();
        for (id, wires) in decisions {
            for wire in wires {
                if let Supplier::Part(provider) = wire.supplier {
                    graph.add_edge(nodes[id], nodes[&provider], wire);
                }
            }
        }
        for ring in tarjan_scc(&graph) {
            let members: Vec<PartId> = ring.iter().map(|node| graph[*node]).collect();
            let itself = |id: PartId| {
                decisions[&id]
                    .iter()
                    .any(|wire| wire.supplier == Supplier::Part(id))
            };
            if members.len() > 1 || members.iter().any(|id| itself(*id)) {
                return Err(self.cycle(decisions, &members));
            }
        }
        Ok(())
    }
}

/// `[wire]`.
impl<'a> Wiring<'a> {
    fn add_wire(&mut self, wire: &'a Wire) -> Result<(), PlanError> {
        let Some(consumer) = self.parts.of_party(&wire.consumer) else {
            return Err(self.unknown_party(&wire.consumer.to_string(), wire.consumer.span()));
        };
        let imports = &self.parts.get(consumer).component.interfaces().imports;
        let meant: Vec<String> = imports
            .iter()
            .filter(|import| names(&wire.import, import))
            .map(|import| import.name.clone())
            .collect();
        if meant.is_empty() {
            return Err(self.unknown_import(wire, consumer));
        }
        for import in meant {
            self.wires.insert((consumer, import), wire);
        }
        Ok(())
    }

    fn provider_of(&self, wire: &Wire) -> Result<PartId, PlanError> {
        let provider = self.parts.of_party(&wire.provider);
        provider.ok_or_else(|| self.unknown_party(&wire.provider.to_string(), wire.provider.span()))
    }

    /// The export of a wired provider that is meant: by name and track, or else the
    /// only one of the right structure.
    fn wired_export(
        &mut self,
        wire: &Wire,
        consumer: PartId,
        import: &Extern,
        provider: PartId,
    ) -> Result<String, PlanError> {
        let by_track = import
            .interface()
            .and_then(|interface| self.export_on(provider, &interface));
        let from = &self.parts.get(provider).component;
        let exports = &from.interfaces().exports;
        let by_name = || {
            exports
                .iter()
                .find(|export| export.name == import.name && export.kind == import.kind)
        };
        if let Some(name) = by_track.or_else(|| by_name().map(|export| export.name.clone())) {
            return Ok(name);
        }
        self.library
            .add(from)
            .map_err(|reason| self.unsupported(provider, &reason))?;
        let wanted = self
            .library
            .import(&self.parts.get(consumer).component, &import.name);
        let mut fitting = Vec::new();
        for export in exports.iter().filter(|export| export.kind == import.kind) {
            if let (Some(wanted), Some(offered)) = (wanted, self.library.export(from, &export.name))
                && self.library.differences(offered, wanted).is_empty()
            {
                fitting.push(export.name.clone());
            }
        }
        match fitting.len() {
            1 => Ok(fitting.remove(0)),
            _ => Err(self.no_such_export(wire, import, provider, &fitting)),
        }
    }
}

enum Choice {
    None,
    One(PartId, Reason),
    Several,
}

/// Under what an export is looked up: its interface without the version, or its plain name.
fn key(export: &Extern) -> String {
    match export.interface() {
        Some(interface) if export.kind == ExternKind::Instance => interface.path(),
        _ => export.name.clone(),
    }
}

/// Whether a name in `[wire]` means an import.
fn names(name: &ImportName, import: &Extern) -> bool {
    match name {
        ImportName::Plain(plain) => import.name == *plain,
        ImportName::Interface {
            package,
            interface,
            version,
        } => {
            let found = if import.implements.is_some() {
                None
            } else {
                import.interface()
            };
            found.is_some_and(|found| {
                found.package_path() == package.as_str()
                    && found.interface == *interface
                    && version
                        .as_ref()
                        .is_none_or(|version| found.version.as_ref() == Some(version))
            })
        }
    }
}
