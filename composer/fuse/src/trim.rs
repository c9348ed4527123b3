//! Stage 4, trim: find what the box's exports can reach, and drop the rest.
//!
//! From the exports of the flat component down: a core export keeps the functions
//! that it calls, these keep imports, an import keeps another instance's export or
//! an adapter, an adapter keeps what it calls. What is never reached is left out:
//! exports, functions, imports, whole instances, and with them imports of the box.
//!
//! An instance that nobody reaches stays if starting it can be seen: it has a
//! start function, it writes to another's memory or table, or it may trap.
//!
//! Components made from modules have a module of *stand-ins* that call through a
//! table, and another that fills the table once the memory exists. Taken by its
//! word, the second keeps everything that the part could ever import. So a place
//! in such a table is only reached if its stand-in is.

use std::collections::{BTreeSet, HashMap, HashSet};

use wasmparser::ExternalKind;

use crate::graph::{
    BuiltinId, BuiltinKind, CoreItem, FuncId, FuncKind, Graph, InstanceId, ModuleId, Resource,
};
use crate::modules::ModuleInfo;
use crate::types::ResourceId;

/// What is reached.
#[derive(Debug)]
pub(crate) struct Live {
    instances: Vec<bool>,
    pub modules: Vec<LiveModule>,
}

/// What is reached of one module, in any of its instances.
#[derive(Clone, Debug, Default)]
pub(crate) struct LiveModule {
    pub funcs: HashSet<u32>,
    /// Those of them that stand in a table and that nobody calls: a place in a table
    /// has to be filled by a function of its type, so that a call by another type traps
    /// as it would, but its body is never run.
    pub hollow: HashSet<u32>,
    pub exports: HashSet<String>,
    /// Data segments that functions copy from; none if that is not known.
    pub datas: Option<HashSet<u32>>,
    /// Positions among the module's imports.
    pub imports: BTreeSet<usize>,
}

impl LiveModule {
    fn everything(info: &ModuleInfo) -> Self {
        LiveModule {
            funcs: (0..(info.imported_funcs.len() + info.bodies.len()) as u32).collect(),
            exports: info.exports.iter().map(|(name, ..)| name.clone()).collect(),
            imports: (0..info.imports.len()).collect(),
            hollow: HashSet::new(),
            datas: None,
        }
    }
}

impl Live {
    pub fn instance(&self, id: InstanceId) -> bool {
        self.instances[id.at()]
    }

    /// Everything, for a component that is not to be trimmed.
    pub fn everything(graph: &Graph<'_>, infos: &[ModuleInfo]) -> Live {
        Live {
            instances: vec![true; graph.instances.len()],
            modules: infos.iter().map(LiveModule::everything).collect(),
        }
    }

    /// What these exports reach. Of the modules that `whole` names, everything is.
    pub fn reach(
        graph: &Graph<'_>,
        infos: &[ModuleInfo],
        whole: &dyn Fn(ModuleId) -> bool,
        funcs: &[FuncId],
        resources: &BTreeSet<ResourceId>,
    ) -> Live {
        let mut tracer = Tracer::new(graph, infos);
        for (at, info) in infos.iter().enumerate() {
            if whole(ModuleId(at as u32)) {
                tracer.live.modules[at] = LiveModule::everything(info);
            }
        }
        for id in 0..graph.instances.len() {
            let module = graph.instances[id].module;
            let info = &infos[module.at()];
            let fills_only = info.start.is_none() && tracer.targets[id].is_some();
            if info.start.is_some() || (info.writes_outside && !fills_only) {
                tracer.work.push(Work::Instance(InstanceId(id as u32)));
            }
        }
        for func in funcs {
            tracer.func(*func);
        }
        for resource in resources {
            tracer.resource(*resource);
        }
        tracer.run();
        tracer.live
    }
}

enum Work {
    Instance(InstanceId),
    Item(CoreItem),
    Func(ModuleId, u32),
}

struct Tracer<'t, 'g> {
    graph: &'t Graph<'g>,
    infos: &'t [ModuleInfo],
    live: Live,
    builtins: HashSet<BuiltinId>,
    /// Instances of each module.
    instances_of: Vec<Vec<InstanceId>>,
    /// For instances that do nothing but fill another's table: whose.
    targets: Vec<Option<InstanceId>>,
    /// The reverse.
    fillers: HashMap<InstanceId, Vec<InstanceId>>,
    /// Of each module: types of functions that are called through its tables; none
    /// where that is not known, because others see a table.
    called: Vec<Option<HashSet<u32>>>,
    work: Vec<Work>,
}

impl<'t, 'g> Tracer<'t, 'g> {
    fn new(graph: &'t Graph<'g>, infos: &'t [ModuleInfo]) -> Self {
        let mut instances_of = vec![Vec::new(); graph.modules.len()];
        let mut targets = vec![None; graph.instances.len()];
        let mut fillers: HashMap<_, Vec<_>> = HashMap::new();
        let users = table_users(graph, infos);
        for (at, instance) in graph.instances.iter().enumerate() {
            let id = InstanceId(at as u32);
            instances_of[instance.module.at()].push(id);
            let target = filled(graph, infos, &users, id);
            targets[at] = target;
            if let Some(target) = target {
                fillers.entry(target).or_default().push(id);
            }
        }
        Tracer {
            graph,
            infos,
            live: Live {
                instances: vec![false; graph.instances.len()],
                modules: vec![
                    LiveModule {
                        datas: Some(HashSet::new()),
                        ..LiveModule::default()
                    };
                    graph.modules.len()
                ],
            },
            builtins: HashSet::new(),
            instances_of,
            targets,
            fillers,
            called: infos
                .iter()
                .map(|info| info.func_types.is_some().then(HashSet::new))
                .collect(),
            work: Vec::new(),
        }
    }

    fn run(&mut self) {
        while let Some(work) = self.work.pop() {
            match work {
                Work::Instance(id) => self.instance(id),
                Work::Item(item) => self.item(&item),
                Work::Func(module, func) => self.core_func(module, func),
            }
        }
    }

    fn instance(&mut self, id: InstanceId) {
        if std::mem::replace(&mut self.live.instances[id.at()], true) {
            return;
        }
        let module = self.graph.instances[id.at()].module;
        let info = &self.infos[module.at()];
        if let Some(start) = info.start {
            self.work.push(Work::Func(module, start));
        }
        for func in &info.global_funcs {
            self.work.push(Work::Func(module, *func));
        }
        if self.targets[id.at()].is_none() {
            for element in &info.elements {
                for func in &element.funcs {
                    if element.own {
                        self.in_table(module, *func);
                    } else {
                        self.work.push(Work::Func(module, *func));
                    }
                }
            }
        }
        // What is no function is kept: nothing is known of how it is used.
        for (at, import) in info.imports.iter().enumerate() {
            if import.kind != ExternalKind::Func {
                self.live.modules[module.at()].imports.insert(at);
            }
        }
        let imports: Vec<_> = self.live.modules[module.at()]
            .imports
            .iter()
            .copied()
            .collect();
        for import in imports {
            self.import_of(id, import);
        }
        // Those who fill its table come with it, for the places that are reached.
        for filler in self.fillers.get(&id).cloned().unwrap_or_default() {
            self.work.push(Work::Instance(filler));
        }
        let shims: Vec<_> = self.targets[id.at()].into_iter().chain([id]).collect();
        for shim in shims {
            let module = self.graph.instances[shim.at()].module;
            let funcs: Vec<_> = self.live.modules[module.at()]
                .funcs
                .iter()
                .copied()
                .collect();
            for func in funcs {
                self.slot(module, func);
            }
        }
    }

    fn import_of(&mut self, id: InstanceId, import: usize) {
        let instance = &self.graph.instances[id.at()];
        let import = &self.infos[instance.module.at()].imports[import];
        let bundle = instance
            .args
            .iter()
            .find(|(name, _)| *name == import.module);
        if let Some(item) = bundle.and_then(|(_, bundle)| bundle.get(&import.name, import.kind)) {
            self.work.push(Work::Item(item));
        }
    }

    fn item(&mut self, item: &CoreItem) {
        match item {
            CoreItem::Export { instance, name, .. } => {
                self.work.push(Work::Instance(*instance));
                let module = self.graph.instances[instance.at()].module;
                if !self.live.modules[module.at()]
                    .exports
                    .insert(name.to_string())
                {
                    return;
                }
                match self.infos[module.at()].export(name) {
                    Some((ExternalKind::Func, func)) => self.work.push(Work::Func(module, func)),
                    Some((ExternalKind::Table, _)) => self.opened(module),
                    _ => {}
                }
            }
            CoreItem::Builtin(id) => {
                if !self.builtins.insert(*id) {
                    return;
                }
                match &self.graph.builtins[id.at()].kind {
                    BuiltinKind::Lower { func, options } => {
                        let items = options.memory.iter().chain(&options.realloc);
                        self.work.extend(items.cloned().map(Work::Item));
                        self.func(*func);
                    }
                    BuiltinKind::ResourceDrop(resource) => self.resource(*resource),
                    BuiltinKind::ResourceNew(_) | BuiltinKind::ResourceRep(_) => {}
                }
            }
        }
    }

    fn func(&mut self, id: FuncId) {
        if let FuncKind::Lift { core, options, .. } = &self.graph.funcs[id.at()].kind {
            let items = [Some(core)]
                .into_iter()
                .chain([
                    options.memory.as_ref(),
                    options.realloc.as_ref(),
                    options.post_return.as_ref(),
                ])
                .flatten();
            self.work.extend(items.cloned().map(Work::Item));
        }
    }

    fn resource(&mut self, id: ResourceId) {
        if let Resource::Part {
            dtor: Some(dtor), ..
        } = &self.graph.resources[id.0 as usize]
        {
            self.work.push(Work::Item(dtor.clone()));
        }
    }

    fn core_func(&mut self, module: ModuleId, func: u32) {
        let live = &mut self.live.modules[module.at()];
        let known = !live.funcs.insert(func);
        if known && !live.hollow.remove(&func) {
            return;
        }
        let info = &self.infos[module.at()];
        match info.body(func) {
            Some(body) => {
                for ty in &body.through {
                    self.called_through(module, *ty);
                }
                if body.takes {
                    self.opened(module);
                }
                if let Some(datas) = &mut self.live.modules[module.at()].datas {
                    datas.extend(&body.datas);
                }
                for called in &body.refers {
                    self.work.push(Work::Func(module, *called));
                }
                self.slot(module, func);
            }
            None => {
                let import = info.imported_funcs[func as usize];
                self.live.modules[module.at()].imports.insert(import);
                for id in self.instances_of[module.at()].clone() {
                    if self.live.instances[id.at()] {
                        self.import_of(id, import);
                    }
                }
            }
        }
    }

    /// A function stands in a table of its module's own.
    fn in_table(&mut self, module: ModuleId, func: u32) {
        let info = &self.infos[module.at()];
        let called = match (&self.called[module.at()], &info.func_types) {
            (Some(called), Some(types)) => types
                .get(func as usize)
                .is_none_or(|ty| called.contains(ty)),
            _ => true,
        };
        if called || info.body(func).is_none() {
            self.work.push(Work::Func(module, func));
            return;
        }
        let live = &mut self.live.modules[module.at()];
        if live.funcs.insert(func) {
            live.hollow.insert(func);
        }
    }

    /// Functions of this type are called through the module's tables.
    fn called_through(&mut self, module: ModuleId, ty: u32) {
        let Some(called) = &mut self.called[module.at()] else {
            return;
        };
        let Some(types) = &self.infos[module.at()].func_types else {
            return;
        };
        if called.insert(ty) {
            let now: Vec<u32> = self.live.modules[module.at()]
                .hollow
                .iter()
                .copied()
                .filter(|func| types.get(*func as usize) == Some(&ty))
                .collect();
            self.work
                .extend(now.into_iter().map(|func| Work::Func(module, func)));
        }
    }

    /// Others may call anything in the module's tables.
    fn opened(&mut self, module: ModuleId) {
        if self.called[module.at()].take().is_some() {
            let now = self.live.modules[module.at()].hollow.iter();
            self.work.extend(now.map(|func| Work::Func(module, *func)));
        }
    }

    /// A stand-in is reached: so is what fills its place.
    fn slot(&mut self, module: ModuleId, func: u32) {
        let info = &self.infos[module.at()];
        let Some(slot) = info.body(func).and_then(|body| body.slot) else {
            return;
        };
        for shim in &self.instances_of[module.at()] {
            for filler in self.fillers.get(shim).into_iter().flatten() {
                let by = self.graph.instances[filler.at()].module;
                for element in &self.infos[by.at()].elements {
                    if let Some((_, first)) = element.fills
                        && let Some(at) = slot.checked_sub(first)
                        && let Some(func) = element.funcs.get(at as usize)
                    {
                        self.work.push(Work::Func(by, *func));
                    }
                }
            }
        }
    }
}

/// Who imports a table, by the instance that exports it.
fn table_users(graph: &Graph<'_>, infos: &[ModuleInfo]) -> HashMap<InstanceId, Vec<InstanceId>> {
    let mut users: HashMap<InstanceId, Vec<InstanceId>> = HashMap::new();
    for (at, instance) in graph.instances.iter().enumerate() {
        let id = InstanceId(at as u32);
        for import in &infos[instance.module.at()].imports {
            if import.kind != ExternalKind::Table {
                continue;
            }
            let bundle = instance
                .args
                .iter()
                .find(|(name, _)| *name == import.module);
            if let Some(CoreItem::Export { instance: of, .. }) =
                bundle.and_then(|(_, bundle)| bundle.get(&import.name, import.kind))
            {
                let users = users.entry(of).or_default();
                if users.last() != Some(&id) {
                    users.push(id);
                }
            }
        }
    }
    users
}

/// The instance whose table of stand-ins this one fills, if that is all it does.
fn filled(
    graph: &Graph<'_>,
    infos: &[ModuleInfo],
    users: &HashMap<InstanceId, Vec<InstanceId>>,
    id: InstanceId,
) -> Option<InstanceId> {
    let instance = &graph.instances[id.at()];
    let info = &infos[instance.module.at()];
    if info.start.is_some() || info.has_data || !info.bodies.is_empty() || info.elements.is_empty()
    {
        return None;
    }
    let mut target = None;
    for element in &info.elements {
        let (table, _) = element.fills?;
        let import = info.imported_table(table)?;
        let (_, bundle) = instance
            .args
            .iter()
            .find(|(name, _)| *name == import.module)?;
        let CoreItem::Export {
            instance: of, name, ..
        } = bundle.get(&import.name, import.kind)?
        else {
            return None;
        };
        let shim = &infos[graph.instances[of.at()].module.at()];
        if !shim.is_shim() || !matches!(shim.export(&name), Some((ExternalKind::Table, 0))) {
            return None;
        }
        if target.is_some_and(|target| target != of) {
            return None;
        }
        target = Some(of);
    }
    // Nobody else may look into the table.
    let target = target?;
    let alone = users.get(&target).is_some_and(|users| users == &[id]);
    alone.then_some(target)
}
