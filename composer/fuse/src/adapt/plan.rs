//! The order of the flat component: instances, and before each the adapters that
//! it is the first to need.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wasm_encoder::ValType;

use super::calls::{Abi, Crossing, Writer, passes_as_is};
use super::code::Own;
use super::handles::Tables;
use super::module::{Adapter, AdapterModule, FlatBuiltin, Need, Runtime};
use crate::graph::{
    BuiltinId, BuiltinKind, CoreItem, FuncId, FuncKind, Graph, InstanceId, PartId, Resource,
};
use crate::modules::{Guarded, ModuleInfo};
use crate::types::ResourceId;

/// Everything that [`emit`](crate::emit) writes, in order.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub steps: Vec<Step>,
    /// What stands for each builtin that something uses.
    pub resolved: HashMap<BuiltinId, Resolved>,
    pub exports: BTreeMap<FuncId, ExportPlan>,
    /// Types of the flat component for resources that parts define and the host sees.
    pub resources: BTreeMap<ResourceId, FlatResource>,
    pub runtime: BTreeSet<Runtime>,
    pub tables: u32,
    /// Functions in adapters.
    pub functions: usize,
}

#[derive(Debug)]
pub(crate) enum Step {
    Instance(InstanceId),
    Adapter { adapter: Adapter, name: String },
}

/// What a part gets for a builtin.
#[derive(Clone, Debug)]
pub(crate) enum Resolved {
    /// Another part's function, as it is.
    Item(CoreItem),
    /// `canon lower` of the host's function, as it is.
    Host,
    /// An export of the adapter that is this step.
    Adapter { step: usize, export: String },
}

/// What the host gets for an exported function.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExportPlan {
    /// In place of the part's function, an adapter's: step and export.
    pub core: Option<(usize, String)>,
    /// Values pass through the scratch memory.
    pub scratch: bool,
    pub realloc: Option<(usize, String)>,
    pub post_return: Option<(usize, String)>,
}

/// A resource type of the flat component.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlatResource {
    /// An adapter's destructor, as step and export; none if the part's own does.
    pub destructor: Option<(usize, String)>,
}

/// Plans the instances that `live` names.
pub(crate) fn plan(
    graph: &Graph<'_>,
    infos: &[ModuleInfo],
    guarded: &Guarded,
    live: &dyn Fn(InstanceId) -> bool,
    exported: &[FuncId],
    exported_resources: &BTreeSet<ResourceId>,
    names: bool,
) -> Plan {
    let mut planner = Planner {
        graph,
        names,
        guarded,
        tables: Tables::default(),
        plan: Plan::default(),
    };
    for (at, instance) in graph.instances.iter().enumerate() {
        let id = InstanceId(at as u32);
        if !live(id) {
            continue;
        }
        let mut needed = Vec::new();
        for import in &infos[instance.module.at()].imports {
            let bundle = instance
                .args
                .iter()
                .find(|(name, _)| *name == import.module);
            if let Some(CoreItem::Builtin(builtin)) =
                bundle.and_then(|(_, bundle)| bundle.get(&import.name, import.kind))
            {
                needed.push(builtin);
            }
        }
        let part = &graph.parts[instance.part.at()].name;
        planner.ensure(&needed, &format!("adapters of {part}"));
        planner.plan.steps.push(Step::Instance(id));
    }
    planner.exports(exported, exported_resources);
    planner.plan.tables = planner.tables.count();
    planner.plan
}

/// A module may have 100 memories; a function of an adapter brings two, and three of
/// the runtime's.
const MEMORIES: u32 = 90;

struct Planner<'m, 'g> {
    graph: &'m Graph<'g>,
    /// Whether adapters say in backtraces who they are and why they trap.
    names: bool,
    guarded: &'m Guarded,
    tables: Tables,
    plan: Plan,
}

impl<'g> Planner<'_, 'g> {
    /// Makes sure that something stands for each of these builtins.
    fn ensure(&mut self, builtins: &[BuiltinId], name: &str) {
        let graph = self.graph;
        let mut write = Vec::new();
        for id in builtins {
            if self.plan.resolved.contains_key(id) || write.contains(id) {
                continue;
            }
            let builtin = &graph.builtins[id.at()];
            match &builtin.kind {
                BuiltinKind::Lower { func, options } => match &graph.funcs[func.at()].kind {
                    FuncKind::Lift {
                        core,
                        options: lift,
                        ..
                    } => {
                        let items = [
                            Some(core),
                            lift.realloc.as_ref(),
                            lift.post_return.as_ref(),
                            options.realloc.as_ref(),
                        ];
                        self.ensure_items(items.into_iter().flatten(), name);
                        if passes_as_is(graph, self.guarded, builtin.part, *func) {
                            let direct = Resolved::Item(core.clone());
                            self.plan.resolved.insert(*id, direct);
                        } else {
                            write.push(*id);
                        }
                    }
                    FuncKind::Import { .. } => {
                        self.ensure_items(options.realloc.iter(), name);
                        let abi = Abi::of(&graph.types, &graph.funcs[func.at()].ty);
                        if abi.crossing(true) == Crossing::Plain
                            && !self.guarded.contains(builtin.part)
                        {
                            self.plan.resolved.insert(*id, Resolved::Host);
                        } else {
                            write.push(*id);
                        }
                    }
                },
                BuiltinKind::ResourceDrop(resource) => {
                    if let Resource::Part {
                        dtor: Some(dtor), ..
                    } = &graph.resources[resource.0 as usize]
                    {
                        self.ensure_items([dtor].into_iter(), name);
                    }
                    write.push(*id);
                }
                BuiltinKind::ResourceNew(_) | BuiltinKind::ResourceRep(_) => write.push(*id),
            }
        }
        if write.is_empty() {
            return;
        }
        let mut rest = write.into_iter().peekable();
        while rest.peek().is_some() {
            let mut writer = self.writer();
            let mut named: Vec<(String, Own)> = Vec::new();
            let mut written = Vec::new();
            while let Some(id) = rest.next_if(|_| writer.module.memories() < MEMORIES) {
                let own = writer.builtin(id, &title(graph, id));
                named.push((named.len().to_string(), own));
                written.push(id);
            }
            let module = writer.module;
            let step = self.finish(module, &named, name);
            for ((export, _), id) in named.into_iter().zip(written) {
                self.plan
                    .resolved
                    .insert(id, Resolved::Adapter { step, export });
            }
        }
    }

    fn ensure_items<'i>(&mut self, items: impl Iterator<Item = &'i CoreItem>, name: &str) {
        let builtins: Vec<_> = items
            .filter_map(|item| match item {
                CoreItem::Builtin(id) => Some(*id),
                CoreItem::Export { .. } => None,
            })
            .collect();
        if !builtins.is_empty() {
            self.ensure(&builtins, name);
        }
    }

    fn writer(&mut self) -> Writer<'_, 'g> {
        Writer {
            graph: self.graph,
            guarded: self.guarded,
            tables: &mut self.tables,
            module: AdapterModule::default(),
        }
    }

    /// Adds a module as a step and returns its number.
    fn finish(
        &mut self,
        mut module: AdapterModule,
        exports: &[(String, Own)],
        name: &str,
    ) -> usize {
        self.plan.functions += exports.len();
        for (export, own) in exports {
            module.export(export.clone(), *own);
        }
        let adapter = module.finish(name, self.names);
        for need in &adapter.imports {
            if let Need::Runtime(runtime) = need {
                self.plan.runtime.insert(*runtime);
            }
            if let Need::Flat(FlatBuiltin::LowerScratch(_)) = need {
                self.use_scratch();
            }
        }
        self.plan.steps.push(Step::Adapter {
            adapter,
            name: name.to_owned(),
        });
        self.plan.steps.len() - 1
    }

    fn use_scratch(&mut self) {
        self.plan
            .runtime
            .extend([Runtime::Scratch, Runtime::ScratchRealloc]);
    }

    /// What the host sees: exported functions, and the resources in their types.
    fn exports(&mut self, mut funcs: &[FuncId], resources: &BTreeSet<ResourceId>) {
        let graph = self.graph;
        let name = "adapters of the box";
        // Destructors first: types need them, and adapters need the types.
        let mut taken = resources.clone();
        for func in funcs {
            let func = &graph.funcs[func.at()];
            let values = func
                .ty
                .params
                .iter()
                .map(|(_, ty)| *ty)
                .chain(func.ty.result);
            for ty in values {
                graph.types.resources(ty, &mut |resource| {
                    taken.insert(resource);
                });
            }
        }
        // What the host calls may itself be a builtin that no part imports.
        for func in funcs {
            if let FuncKind::Lift { core, options, .. } = &graph.funcs[func.at()].kind {
                let others = [&options.realloc, &options.post_return];
                let items = others.into_iter().flatten().chain([core]);
                self.ensure_items(items, name);
            }
        }
        for resource in &taken {
            if let Resource::Part { dtor, .. } = &graph.resources[resource.0 as usize] {
                self.ensure_items(dtor.iter(), name);
            }
        }
        self.destructors(taken, name);
        while !funcs.is_empty() {
            let done = self.export_some(funcs, name);
            funcs = &funcs[done..];
        }
    }

    /// Destructors of the flat component's types for resources of parts.
    fn destructors(&mut self, resources: BTreeSet<ResourceId>, name: &str) {
        let graph = self.graph;
        let mut writer = self.writer();
        let mut destructors = Vec::new();
        for resource in resources {
            let Resource::Part { part, dtor } = &graph.resources[resource.0 as usize] else {
                continue;
            };
            let title = format!("destructor of {}", graph.parts[part.at()].name);
            let own = dtor
                .as_ref()
                .map(|dtor| writer.destructor(Some(dtor), &title));
            destructors.push((resource, own));
        }
        let named: Vec<_> = destructors
            .iter()
            .filter_map(|(resource, own)| Some((resource.0.to_string(), (*own)?)))
            .collect();
        let module = writer.module;
        let step = (!named.is_empty()).then(|| self.finish(module, &named, name));
        for (resource, own) in destructors {
            let destructor = match (own, step) {
                (Some(_), Some(step)) => Some((step, resource.0.to_string())),
                _ => None,
            };
            self.plan
                .resources
                .insert(resource, FlatResource { destructor });
        }
    }

    /// Functions for the host, as many as an adapter module has room for; how many.
    fn export_some(&mut self, funcs: &[FuncId], name: &str) -> usize {
        let graph = self.graph;
        let mut barred: HashMap<(PartId, CoreItem), String> = HashMap::new();
        let mut writer = self.writer();
        let mut named: Vec<(String, Own)> = Vec::new();
        let mut plans = Vec::new();
        let mut scratch_used = false;
        let mut done = 0;
        for id in funcs {
            if writer.module.memories() >= MEMORIES {
                break;
            }
            done += 1;
            let func = &graph.funcs[id.at()];
            let FuncKind::Lift { part, options, .. } = &func.kind else {
                continue;
            };
            let abi = Abi::of(&graph.types, &func.ty);
            let crossing = abi.crossing(false);
            let guarded = writer.guarded.contains(*part);
            let title = format!("host -> {} {}", graph.parts[part.at()].name, func.name);
            let add = |own: Own, named: &mut Vec<(String, Own)>| {
                let export = named.len().to_string();
                named.push((export.clone(), own));
                export
            };
            let mut core = None;
            let mut post_return = None;
            let mut realloc = None;
            if crossing != Crossing::Plain {
                let (own, after) = writer.export(*id, &title);
                core = Some(add(own, &mut named));
                post_return = after.map(|after| add(after, &mut named));
            }
            if crossing == Crossing::Scratch {
                scratch_used = true;
            } else if guarded {
                let i32 = ValType::I32;
                if let Some(item) = &options.realloc {
                    let export = match barred.get(&(*part, item.clone())) {
                        Some(export) => export.clone(),
                        None => {
                            let own =
                                writer.barred(*part, item, &[i32; 4], &[i32], "host -> realloc");
                            let export = add(own, &mut named);
                            barred.insert((*part, item.clone()), export.clone());
                            export
                        }
                    };
                    realloc = Some(export);
                }
                if let Some(item) = &options.post_return {
                    let params = abi.lift_results();
                    let own = writer.barred(*part, item, &params, &[], "host -> post-return");
                    post_return = Some(add(own, &mut named));
                }
            }
            plans.push((*id, crossing, core, realloc, post_return));
        }
        let module = writer.module;
        let step = if named.is_empty() {
            0
        } else {
            self.finish(module, &named, name)
        };
        if scratch_used {
            self.use_scratch();
        }
        for (id, crossing, core, realloc, post_return) in plans {
            let at = |export: Option<String>| export.map(|export| (step, export));
            let plan = ExportPlan {
                core: at(core),
                scratch: crossing == Crossing::Scratch,
                realloc: at(realloc),
                post_return: at(post_return),
            };
            self.plan.exports.insert(id, plan);
        }
        done
    }
}

/// What a builtin is called in backtraces: `caller -> callee function`.
fn title(graph: &Graph<'_>, id: BuiltinId) -> String {
    let builtin = &graph.builtins[id.at()];
    let caller = &graph.parts[builtin.part.at()].name;
    match &builtin.kind {
        BuiltinKind::Lower { func, .. } => {
            let func = &graph.funcs[func.at()];
            let callee = match &func.kind {
                FuncKind::Import { .. } => "host",
                FuncKind::Lift { part, .. } => &graph.parts[part.at()].name,
            };
            format!("{caller} -> {callee} {}", func.name)
        }
        BuiltinKind::ResourceNew(_) => format!("{caller} resource.new"),
        BuiltinKind::ResourceRep(_) => format!("{caller} resource.rep"),
        BuiltinKind::ResourceDrop(_) => format!("{caller} resource.drop"),
    }
}
