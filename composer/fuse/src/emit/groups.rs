//! Which steps of the plan share a core instance.
//!
//! Hosts take so many instances in a component (wasmtime, and every other that
//! validates with wasmparser, 1,000; what is exported from several places to make one
//! argument counts as an instance too). A box with more has consecutive steps merged:
//! see [`merge`](crate::merge).

use std::collections::{HashMap, HashSet};

use wasm_encoder::{ExportKind, ModuleArg};

use super::{Emitter, export_kind};
use crate::FuseError;
use crate::adapt::{FlatBuiltin, Need, Resolved, Runtime, Step};
use crate::graph::{BuiltinId, BuiltinKind, CoreBundle, CoreItem, ImportKind, InstanceId, Item};
use crate::merge::{Member, Source, exported, merge};

/// A module may have 100 memories, and as many tables.
const MEMORIES: usize = 90;

/// Bytes of a module that are not worth an instance of its own.
const SMALL: usize = 4096;

/// Where something is that a step needs.
enum Place {
    /// An export of another step.
    Step(usize, String),
    /// It is made by the component when it is needed.
    Made,
}

impl Emitter<'_, '_> {
    /// The steps in order, each with those that it is merged with.
    pub(super) fn groups(&self, limit: usize) -> Vec<Vec<usize>> {
        let steps = self.plan.steps.len();
        let mut groups: Vec<Vec<usize>> = (0..steps).map(|step| vec![step]).collect();
        // Code that several instances have in common is merged last: it is there once
        // for each of them then.
        for shared in [0, SMALL, usize::MAX] {
            if self.instances(&groups) <= limit {
                break;
            }
            groups = self.merging(shared);
        }
        groups
    }

    /// The steps, merged where that can be; of modules with several instances those
    /// that have fewer bytes than this.
    fn merging(&self, shared: usize) -> Vec<Vec<usize>> {
        let mut times: HashMap<u32, usize> = HashMap::new();
        let mut step_of: HashMap<InstanceId, usize> = HashMap::new();
        for (at, step) in self.plan.steps.iter().enumerate() {
            if let Step::Instance(id) = step {
                *times
                    .entry(self.graph.instances[id.at()].module.0)
                    .or_default() += 1;
                step_of.insert(*id, at);
            }
        }
        let mut groups = Vec::new();
        let mut group = Group::default();
        for (at, step) in self.plan.steps.iter().enumerate() {
            let mut ends = false;
            let mut own = (0, 0);
            if let Step::Instance(id) = step {
                let module = self.graph.instances[id.at()].module;
                let keep = times[&module.0] > 1 && self.modules.bytes[module.at()].len() >= shared;
                // DWARF speaks of places in the code.
                if keep || self.modules.whole[module.at()] {
                    group.close(&mut groups);
                    groups.push(vec![at]);
                    continue;
                }
                let info = &self.modules.infos[module.at()];
                ends = info.start.is_some();
                own = info.own_memories_and_tables();
            }
            let needs = self.needs(at);
            let within = needs
                .iter()
                .any(|(need, _)| self.is_made_of(need, &step_of, &group.steps));
            let mut memories = group.memories.clone();
            for (need, kind) in &needs {
                if matches!(kind, ExportKind::Memory | ExportKind::Table) {
                    memories.insert(need.clone());
                }
            }
            if within || memories.len() + group.own + own.0 + own.1 > MEMORIES {
                group.close(&mut groups);
                memories = needs
                    .iter()
                    .filter(|(_, kind)| matches!(kind, ExportKind::Memory | ExportKind::Table))
                    .map(|(need, _)| need.clone())
                    .collect();
            }
            group.memories = memories;
            group.own += own.0 + own.1;
            group.steps.push(at);
            if ends {
                group.close(&mut groups);
            }
        }
        group.close(&mut groups);
        groups
    }

    /// How many instances there are, those included that only make up an argument.
    fn instances(&self, groups: &[Vec<usize>]) -> usize {
        let groups: usize = groups
            .iter()
            .map(|group| match group.as_slice() {
                [one] => match &self.plan.steps[*one] {
                    Step::Instance(id) => 1 + self.graph.instances[id.at()].args.len(),
                    Step::Adapter { .. } => 2,
                },
                _ => 2,
            })
            .sum();
        let imports = self.graph.imports.iter();
        let imports = imports.filter(|import| matches!(import.kind, ImportKind::Instance(_)));
        let exports = self.graph.exports.iter();
        // An exported instance is made of items, and exported.
        let exports = exports.filter(|(_, item)| matches!(item, Item::Instance(_)));
        1 + groups + imports.count() + 2 * exports.count()
    }

    /// What a step's module imports, in order.
    fn needs(&self, step: usize) -> Vec<(Need, ExportKind)> {
        match &self.plan.steps[step] {
            Step::Adapter { adapter, .. } => adapter
                .imports
                .iter()
                .map(|need| (need.clone(), need_kind(need)))
                .collect(),
            Step::Instance(id) => {
                let instance = &self.graph.instances[id.at()];
                let imports = &self.modules.infos[instance.module.at()].imports;
                imports
                    .iter()
                    .filter_map(|import| {
                        let bundle: Option<&(String, CoreBundle)> = instance
                            .args
                            .iter()
                            .find(|(name, _)| *name == import.module);
                        let item = bundle?.1.get(&import.name, import.kind)?;
                        Some((Need::Core(item), export_kind(import.kind)))
                    })
                    .collect()
            }
        }
    }

    /// Whether making it takes something of these steps: a canonical function with
    /// options, or a resource type with a destructor.
    fn is_made_of(
        &self,
        need: &Need,
        step_of: &HashMap<InstanceId, usize>,
        steps: &[usize],
    ) -> bool {
        let mut parts: Vec<Need> = Vec::new();
        let lower = |id: &BuiltinId, parts: &mut Vec<Need>| {
            if let BuiltinKind::Lower { options, .. } = &self.graph.builtins[id.at()].kind {
                let items = options.memory.iter().chain(&options.realloc);
                parts.extend(items.cloned().map(Need::Core));
            }
        };
        match need {
            Need::Core(CoreItem::Export { .. }) | Need::Runtime(_) => return false,
            Need::Core(CoreItem::Builtin(id)) => match self.plan.resolved.get(id) {
                Some(Resolved::Item(item)) => {
                    return self.is_made_of(&Need::Core(item.clone()), step_of, steps);
                }
                Some(Resolved::Host) => lower(id, &mut parts),
                Some(Resolved::Adapter { .. }) | None => return false,
            },
            Need::Flat(FlatBuiltin::Lower(id)) => lower(id, &mut parts),
            Need::Flat(FlatBuiltin::LowerScratch(_)) => {}
            Need::Flat(
                FlatBuiltin::ResourceNew(resource)
                | FlatBuiltin::ResourceRep(resource)
                | FlatBuiltin::ResourceDrop(resource),
            ) => {
                let flat = self.plan.resources.get(resource);
                let step = flat.and_then(|flat| flat.destructor.as_ref());
                return step.is_some_and(|(step, _)| steps.contains(step));
            }
        }
        parts.iter().any(
            |part| match self.place(part, &|id| step_of.get(&id).copied()) {
                Place::Step(step, _) => steps.contains(&step),
                Place::Made => self.is_made_of(part, step_of, steps),
            },
        )
    }

    fn place(&self, need: &Need, step_of: &dyn Fn(InstanceId) -> Option<usize>) -> Place {
        match need {
            Need::Core(CoreItem::Export { instance, name, .. }) => match step_of(*instance) {
                Some(step) => Place::Step(step, name.to_string()),
                None => Place::Made,
            },
            Need::Core(CoreItem::Builtin(id)) => match self.plan.resolved.get(id) {
                Some(Resolved::Item(item)) => self.place(&Need::Core(item.clone()), step_of),
                Some(Resolved::Adapter { step, export }) => Place::Step(*step, export.clone()),
                Some(Resolved::Host) | None => Place::Made,
            },
            Need::Runtime(_) | Need::Flat(_) => Place::Made,
        }
    }

    /// Writes several steps as one core module and its instance.
    pub(super) fn merged(&mut self, steps: &[usize], named: bool) -> Result<(), FuseError> {
        let plan = self.plan;
        let member_of: HashMap<usize, usize> = steps
            .iter()
            .enumerate()
            .map(|(at, step)| (*step, at))
            .collect();
        let mut step_of = HashMap::new();
        for step in steps {
            if let Step::Instance(id) = &plan.steps[*step] {
                step_of.insert(*id, *step);
            }
        }
        let mut outside: Vec<(Need, ExportKind)> = Vec::new();
        let mut known: HashMap<Need, usize> = HashMap::new();
        let mut members = Vec::with_capacity(steps.len());
        for step in steps {
            let mut imports = Vec::new();
            for (need, kind) in self.needs(*step) {
                let place = self.place(&need, &|id| step_of.get(&id).copied());
                if let Place::Step(step, name) = place
                    && let Some(member) = member_of.get(&step)
                {
                    imports.push(Source::Member(*member, name));
                    continue;
                }
                let position = *known.entry(need.clone()).or_insert_with(|| {
                    outside.push((need, kind));
                    outside.len() - 1
                });
                imports.push(Source::Outside(position));
            }
            let modules = self.modules;
            let bytes = match &plan.steps[*step] {
                Step::Adapter { adapter, .. } => &adapter.bytes,
                Step::Instance(id) => &modules.bytes[self.graph.instances[id.at()].module.at()],
            };
            members.push(Member { bytes, imports });
        }
        let name = self.group_name(steps);
        let bytes = merge(&members, outside.len(), named.then_some(name.as_str()))?;
        let mut items = Vec::with_capacity(outside.len());
        for (position, (need, kind)) in outside.iter().enumerate() {
            items.push((position.to_string(), *kind, self.need(need)?));
        }
        let module = self.out.core_module_raw(Some(&name), &bytes);
        let mut args = Vec::new();
        if !items.is_empty() {
            let items: Vec<_> = items
                .iter()
                .map(|(name, kind, index)| (name.as_str(), *kind, *index))
                .collect();
            let given = self.out.core_instantiate_exports(None, items);
            args.push(("", ModuleArg::Instance(given)));
        }
        let index = self.out.core_instantiate(Some(&name), module, args);
        for (member, step) in steps.iter().enumerate() {
            match &plan.steps[*step] {
                Step::Instance(id) => {
                    self.instances.insert(*id, (index, Some(member)));
                }
                Step::Adapter { .. } => {
                    self.adapters.insert(*step, (index, Some(member)));
                }
            }
        }
        Ok(())
    }

    fn group_name(&self, steps: &[usize]) -> String {
        let name = |step: Option<&usize>| match step.map(|step| &self.plan.steps[*step]) {
            Some(Step::Instance(id)) => {
                let part = self.graph.instances[id.at()].part;
                self.graph.parts[part.at()].name.clone()
            }
            Some(Step::Adapter { name, .. }) => name.clone(),
            None => String::new(),
        };
        format!("{} to {}", name(steps.first()), name(steps.last()))
    }
}

/// Steps that will share an instance.
#[derive(Default)]
struct Group {
    steps: Vec<usize>,
    /// Memories and tables that they import.
    memories: HashSet<Need>,
    /// Memories and tables of their own.
    own: usize,
}

impl Group {
    fn close(&mut self, groups: &mut Vec<Vec<usize>>) {
        let group = std::mem::take(self);
        if !group.steps.is_empty() {
            groups.push(group.steps);
        }
    }
}

pub(super) fn need_kind(need: &Need) -> ExportKind {
    match need {
        Need::Core(CoreItem::Export { kind, .. }) => export_kind(*kind),
        Need::Core(CoreItem::Builtin(_)) | Need::Flat(_) => ExportKind::Func,
        Need::Runtime(runtime) => Runtime::kind(*runtime),
    }
}

/// The name that an instance exports something under.
pub(super) fn name_in(member: Option<usize>, name: &str) -> String {
    match member {
        Some(member) => exported(member, name),
        None => name.to_owned(),
    }
}
