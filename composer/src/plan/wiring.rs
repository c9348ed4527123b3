//! Who satisfies each import of each part, and why. Parts, not instances: all
//! instances of a part are wired alike.

use std::collections::BTreeMap;

use boxfile_spec::{ImportName, Manifest, Slot, Wire};
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use registry_index::{Extern, ExternKind, InterfaceName};

use super::error::{PlanError, PlanErrorKind};
use super::library::Library;
use super::parts::{APP, Part, PartId, Parts};
use crate::authority::{self, Authority};
use crate::description::Role;
use crate::kernel;
use crate::reason::{Reason, list};

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

/// The errors, each with all that the Boxfile's author needs.
impl Wiring<'_> {
    fn error(&self, kind: PlanErrorKind, message: String, help: String) -> PlanError {
        PlanError::new(self.manifest, kind, message, help)
    }

    fn words(&self, id: PartId) -> String {
        self.parts.get(id).words()
    }

    /// The consumer as `[wire]` spells it.
    fn party(&self, id: PartId) -> String {
        self.parts.get(id).id()
    }

    fn span(&self, id: PartId) -> Option<std::ops::Range<usize>> {
        self.parts.get(id).span.clone()
    }

    fn unsupported(&self, id: PartId, reason: &str) -> PlanError {
        let message = format!(
            "{} is more than the linker can read: {reason}",
            self.words(id)
        );
        let help = "build it with a newer or a more common toolchain".to_owned();
        self.error(PlanErrorKind::Unsupported, message, help)
            .at(self.span(id), "this component")
    }

    fn missing(&self, consumer: PartId, import: &Extern) -> PlanError {
        let message = format!(
            "nothing in the box provides the {} `{}`, which {} imports",
            import.kind,
            import.name,
            self.words(consumer)
        );
        let error = self.error(
            PlanErrorKind::Missing,
            message,
            self.remedy(consumer, import),
        );
        error.at(self.span(consumer), &format!("imports `{}`", import.name))
    }

    fn remedy(&self, consumer: PartId, import: &Extern) -> String {
        let Some(interface) = import.interface() else {
            let party = self.party(consumer);
            return format!(
                "say who provides it, as `\"{party}\" = {{ \"{}\" = \"acme:provider\" }}` in [wire], with the provider in [dependencies]",
                import.name
            );
        };
        let other_tracks: Vec<String> = self
            .exporters
            .get(&interface.path())
            .into_iter()
            .flatten()
            .filter(|id| **id != consumer && **id != APP)
            .flat_map(|id| {
                let exports = self.parts.get(*id).component.interfaces().exports.iter();
                let same = exports.filter(|export| {
                    export
                        .interface()
                        .is_some_and(|name| name.path() == interface.path())
                });
                same.map(|export| format!("{} exports `{}`", self.words(*id), export.name))
                    .collect::<Vec<_>>()
            })
            .collect();
        if !other_tracks.is_empty() {
            return format!(
                "bring both to compatible versions: {}, which cannot stand in for it",
                other_tracks.join(", ")
            );
        }
        if interface.namespace == "wasi"
            && interface
                .version
                .as_ref()
                .is_some_and(|v| (v.major, v.minor) != (0, 2))
        {
            return "build it against WASI 0.2, which is what a box and its host speak".to_owned();
        }
        format!(
            "add a package that exports it to [dependencies]; `box search --exports {}` finds those of the index",
            interface.path()
        )
    }

    fn not_granted(&self, consumer: PartId, import: &Extern, grant: authority::Grant) -> PlanError {
        let message = format!(
            "{} imports `{}` from the host, and the Boxfile does not grant `{}`",
            self.words(consumer),
            import.name,
            grant.key()
        );
        let part = self.parts.get(consumer);
        let satisfy = match part.role {
            Role::Kernel(slot) => {
                format!("choose a module for `kernel.{slot}` that does not face the host")
            }
            _ => "add a package that exports it to [dependencies]".to_owned(),
        };
        let error = self.error(
            PlanErrorKind::NotGranted,
            message,
            format!("{}, or {satisfy}", grant.how()),
        );
        let denied = self.manifest.grants.span.clone();
        error
            .at(part.span.clone(), &format!("imports `{}`", import.name))
            .at(denied, &format!("no `{}` here", grant.key()))
    }

    fn ambiguous(&self, consumer: PartId, import: &Extern, candidates: &[PartId]) -> PlanError {
        let names: Vec<String> = candidates.iter().map(|id| self.words(*id)).collect();
        let (last, rest) = names
            .split_last()
            .map_or((String::new(), String::new()), |(last, rest)| {
                (last.clone(), rest.join(", "))
            });
        let message = format!(
            "{rest} and {last} all export `{}`, which {} imports",
            import.name,
            self.words(consumer)
        );
        let message = if names.len() == 2 {
            message.replacen(" all export", " both export", 1)
        } else {
            message
        };
        let named = import
            .interface()
            .map_or_else(|| import.name.clone(), |name| name.path());
        let help = format!(
            "say which one in [wire]: `\"{}\" = {{ \"{named}\" = \"{}\" }}`",
            self.party(consumer),
            self.party(candidates[0])
        );
        let error = self.error(PlanErrorKind::Ambiguous, message, help);
        candidates
            .iter()
            .fold(error, |error, id| error.at(self.span(*id), "exports it"))
    }

    fn mismatch(
        &self,
        consumer: PartId,
        import: &Extern,
        provider: PartId,
        export: &str,
        differences: &[String],
    ) -> PlanError {
        let message = format!(
            "{} exports `{export}`, which cannot be the `{}` that {} imports: {}",
            self.words(provider),
            import.name,
            self.words(consumer),
            differences.join("; ")
        );
        let help = match import.interface() {
            Some(interface) => format!(
                "take a version of `{}` that exports `{interface}` or a later one of its track, or build `{}` against what is exported",
                self.party(provider),
                self.party(consumer)
            ),
            None => "wire another provider".to_owned(),
        };
        let error = self.error(PlanErrorKind::Mismatch, message, help);
        error
            .at(self.span(consumer), "imports it")
            .at(self.span(provider), "exports it")
    }

    fn nothing_below(&self, consumer: PartId, import: &Extern, slot: Slot) -> PlanError {
        let message = format!(
            "{} stacks on another module: it exports `{}` and imports it too, and there is none below it",
            self.words(consumer),
            import.name
        );
        let help = format!(
            "add the lower module to [dependencies], as `\"boxer:{}\" = \"*\"`",
            match slot {
                Slot::Vfs => "memfs",
                Slot::Net => "loopback",
                Slot::Clock => "host-clock",
                Slot::Random => "host-random",
                Slot::Console => "host-console",
                Slot::Environment => "host-environment",
                Slot::Exit => "host-exit",
                Slot::Libc | Slot::Wait | Slot::Runtime => "host-wait",
            }
        );
        self.error(PlanErrorKind::Missing, message, help)
            .at(self.span(consumer), "stacks on nothing")
    }

    fn slot_lacks(
        &self,
        consumer: PartId,
        import: &Extern,
        slot: Slot,
        module: Option<PartId>,
    ) -> PlanError {
        let provider = match module {
            Some(module) => format!(
                "{}, which fills that slot, does not export it",
                self.words(module)
            ),
            None => "that slot is empty".to_owned(),
        };
        let message = format!(
            "{} imports `{}` of `kernel.{slot}`, and {provider}",
            self.words(consumer),
            import.name
        );
        let help = match (slot, import.interface().is_some_and(|name| name.interface == "wait-host")) {
            (Slot::Wait, true) => "set `wait = \"boxer:host-wait\"` in [kernel], or choose modules that do not face the host".to_owned(),
            _ => format!("choose a module for `{slot}` in [kernel] that exports it at this version"),
        };
        let error = self.error(PlanErrorKind::Missing, message, help);
        error
            .at(self.span(consumer), "imports it")
            .at(module.and_then(|id| self.span(id)), "does not export it")
    }

    fn unknown_party(&self, name: &str, span: std::ops::Range<usize>) -> PlanError {
        let known: Vec<String> = self.parts.all().iter().map(Part::id).collect();
        let message = format!("[wire] names `{name}`, and the box has no such part");
        let help = format!(
            "name one of {}, or add `{name}` to [dependencies]",
            list(&known)
        );
        self.error(PlanErrorKind::BadWire, message, help)
            .at(Some(span), "expected a part of the box")
    }

    fn unknown_import(&self, wire: &Wire, consumer: PartId) -> PlanError {
        let imports = &self.parts.get(consumer).component.interfaces().imports;
        let names: Vec<&str> = imports.iter().map(|import| import.name.as_str()).collect();
        let message = format!(
            "[wire] says who provides `{}` to {}, which does not import it",
            *wire.import,
            self.words(consumer)
        );
        let help = if names.is_empty() {
            "remove the line: the part imports nothing".to_owned()
        } else {
            format!(
                "remove the line, or name one of its imports: {}",
                list(&names)
            )
        };
        let error = self.error(PlanErrorKind::BadWire, message, help);
        error.at(Some(wire.import.span()), "expected an import of that part")
    }

    fn no_such_export(
        &self,
        wire: &Wire,
        import: &Extern,
        provider: PartId,
        fitting: &[String],
    ) -> PlanError {
        let exports = &self.parts.get(provider).component.interfaces().exports;
        let names: Vec<&str> = exports.iter().map(|export| export.name.as_str()).collect();
        let message = if fitting.is_empty() {
            format!(
                "[wire] takes `{}` from {}, which exports nothing that fits",
                import.name,
                self.words(provider)
            )
        } else {
            format!(
                "[wire] takes `{}` from {}, of which {} all fit",
                import.name,
                self.words(provider),
                list(fitting)
            )
        };
        let help = format!("name another provider: this one exports {}", list(&names));
        let error = self.error(PlanErrorKind::BadWire, message, help);
        error.at(
            Some(wire.provider.span()),
            "expected a part that exports it",
        )
    }

    fn cycle(&self, decisions: &Decisions, ring: &[PartId]) -> PlanError {
        // A walk within the ring comes back after at most as many steps as it has members.
        let step = |id: PartId| {
            decisions[&id].iter().find_map(|wire| match wire.supplier {
                Supplier::Part(provider) if ring.contains(&provider) => Some((provider, wire)),
                _ => None,
            })
        };
        let mut walk: Vec<PartId> = Vec::new();
        let mut at = ring.iter().copied().min().unwrap_or(APP);
        while !walk.contains(&at) {
            walk.push(at);
            match step(at) {
                Some((next, _)) => at = next,
                None => break,
            }
        }
        walk.drain(..walk.iter().position(|id| *id == at).unwrap_or(0));
        let steps: Vec<String> = walk
            .iter()
            .filter_map(|id| {
                let (provider, wire) = step(*id)?;
                Some(format!(
                    "{} imports `{}` from {}",
                    self.words(*id),
                    wire.import,
                    self.words(provider)
                ))
            })
            .collect();
        let message = format!(
            "the parts import from one another in a ring: {}",
            steps.join(", ")
        );
        let help = "let one of them import from another part, with a line in [wire]; calls in a box only go down".to_owned();
        let error = self.error(PlanErrorKind::Cycle, message, help);
        walk.iter().fold(error, |error, id| {
            error.at(self.span(*id), "part of the ring")
        })
    }
}
