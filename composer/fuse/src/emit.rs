//! Stage 5, emit: the plan as the bytes of one flat component.

use std::collections::{BTreeSet, HashMap};

use wasm_encoder::{
    CanonicalOption, ComponentBuilder, ComponentExportKind, ComponentTypeRef, CustomSection,
    ExportKind, ModuleArg, TypeBounds, ValType,
};
use wasmparser::ExternalKind;

use crate::adapt::{self, FlatBuiltin, Need, Plan, Resolved, Runtime, Step};
use crate::graph::{
    BuiltinId, BuiltinKind, CanonOptions, CoreBundle, CoreItem, Encoding, FuncId, FuncKind, Graph,
    ImportId, ImportItem, ImportKind, InstanceId, Item, Named,
};
use crate::modules::ModuleInfo;
use crate::types::{ResourceId, Val};
use crate::{FuseError, Options};

mod exports;
mod groups;
mod types;

use groups::{name_in, need_kind};
use types::{Scope, Sink};

/// Core modules as they are written: by the module's number.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    pub bytes: Vec<Vec<u8>>,
    pub infos: Vec<ModuleInfo>,
    /// Whether a module's code stays as it is.
    pub whole: Vec<bool>,
}

/// Writes the flat component, with no more than so many instances if that can be.
pub(crate) fn emit(
    graph: &Graph<'_>,
    plan: &Plan,
    modules: &Modules,
    uses: &Uses,
    options: &Options,
    instances: usize,
) -> Result<Vec<u8>, FuseError> {
    let mut emitter = Emitter {
        graph,
        plan,
        modules,
        out: ComponentBuilder::default(),
        scope: Scope::default(),
        imports: HashMap::new(),
        funcs: HashMap::new(),
        core_modules: HashMap::new(),
        instances: HashMap::new(),
        adapters: HashMap::new(),
        runtime: None,
        core_items: HashMap::new(),
        flat: HashMap::new(),
        homes: HashMap::new(),
    };
    emitter.imports(uses)?;
    emitter.runtime(options.names);
    for group in emitter.groups(instances) {
        match group.as_slice() {
            [one] => match &plan.steps[*one] {
                Step::Instance(id) => emitter.instance(*id)?,
                Step::Adapter { .. } => emitter.adapter(*one)?,
            },
            many => emitter.merged(many, options.names)?,
        }
    }
    // Types that no adapter has asked for yet.
    for resource in plan.resources.keys() {
        emitter.resource(*resource)?;
    }
    emitter.exports()?;
    for (name, data) in &graph.customs {
        if name.starts_with("boxer:") || *name == "producers" {
            emitter.out.custom_section(&CustomSection {
                name: (*name).into(),
                data: (*data).into(),
            });
        }
    }
    if options.names {
        emitter.out.append_names();
    }
    Ok(emitter.out.finish())
}

/// What of the host the flat component uses.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    pub funcs: BTreeSet<FuncId>,
    pub types: BTreeSet<Named>,
    /// Write every import, used or not.
    pub all: bool,
}

impl Uses {
    /// What a plan and the exports of the box use.
    pub fn of(graph: &Graph<'_>, plan: &Plan, all: bool) -> Uses {
        let mut uses = Uses {
            all,
            ..Uses::default()
        };
        for (id, resolved) in &plan.resolved {
            if let (Resolved::Host, BuiltinKind::Lower { func, .. }) =
                (resolved, &graph.builtins[id.at()].kind)
            {
                uses.func(graph, *func);
            }
        }
        for step in &plan.steps {
            let Step::Adapter { adapter, .. } = step else {
                continue;
            };
            for need in &adapter.imports {
                match need {
                    Need::Flat(FlatBuiltin::Lower(id) | FlatBuiltin::LowerScratch(id)) => {
                        if let BuiltinKind::Lower { func, .. } = &graph.builtins[id.at()].kind {
                            uses.func(graph, *func);
                        }
                    }
                    Need::Flat(
                        FlatBuiltin::ResourceNew(resource)
                        | FlatBuiltin::ResourceRep(resource)
                        | FlatBuiltin::ResourceDrop(resource),
                    ) => {
                        uses.types.insert(Named::Resource(*resource));
                    }
                    Need::Core(_) | Need::Runtime(_) => {}
                }
            }
        }
        for (_, item) in &graph.exports {
            uses.item(graph, item);
        }
        uses
    }

    fn item(&mut self, graph: &Graph<'_>, item: &Item<'_>) {
        match item {
            Item::Func(func) => self.func(graph, *func),
            Item::Type(ty) => match ty {
                crate::inline::TypeVal::Val(val) => self.val(graph, *val),
                crate::inline::TypeVal::Resource(resource) => {
                    self.types.insert(Named::Resource(*resource));
                }
                _ => {}
            },
            Item::Instance(instance) => {
                for (_, item) in &instance.exports {
                    self.item(graph, item);
                }
            }
            Item::Component(_) | Item::Module(_) => {}
        }
    }

    fn func(&mut self, graph: &Graph<'_>, id: FuncId) {
        let func = &graph.funcs[id.at()];
        if let FuncKind::Import { .. } = func.kind {
            self.funcs.insert(id);
        }
        for (_, ty) in &func.ty.params {
            self.val(graph, *ty);
        }
        if let Some(ty) = func.ty.result {
            self.val(graph, ty);
        }
    }

    fn val(&mut self, graph: &Graph<'_>, val: Val) {
        types::named_within(&graph.types, val, &mut |named| {
            self.types.insert(named);
        });
    }
}

struct Emitter<'e, 'g> {
    graph: &'e Graph<'g>,
    plan: &'e Plan,
    modules: &'e Modules,
    out: ComponentBuilder,
    /// Types of the flat component by what they stand for.
    scope: Scope,
    /// The instance, function or type that an import has become.
    imports: HashMap<ImportId, u32>,
    funcs: HashMap<FuncId, u32>,
    core_modules: HashMap<u32, u32>,
    /// Instances of the component, and which member of a merged module it is.
    instances: HashMap<InstanceId, (u32, Option<usize>)>,
    /// The same for adapters, by step.
    adapters: HashMap<usize, (u32, Option<usize>)>,
    runtime: Option<u32>,
    core_items: HashMap<Need, u32>,
    flat: HashMap<(BuiltinId, bool), u32>,
    /// Instances of the component that export a type's name.
    homes: HashMap<Named, (u32, String)>,
}

impl Emitter<'_, '_> {
    // ---- imports

    fn imports(&mut self, uses: &Uses) -> Result<(), FuseError> {
        let graph = self.graph;
        for (at, import) in graph.imports.iter().enumerate() {
            let id = ImportId(at as u32);
            match &import.kind {
                ImportKind::Func(func) => {
                    if !uses.all && !uses.funcs.contains(func) {
                        continue;
                    }
                    let ty = self.func_type(*func);
                    let index = self
                        .out
                        .import(import.name.as_str(), ComponentTypeRef::Func(ty));
                    self.funcs.insert(*func, index);
                }
                ImportKind::Type(named) => {
                    if !uses.all && !uses.types.contains(named) {
                        continue;
                    }
                    let bounds = match named {
                        Named::Resource(_) => TypeBounds::SubResource,
                        Named::Type(ty) => {
                            self.root_names(Val::Def(*ty));
                            let mut sink = Sink::Component(&mut self.out);
                            let ty = types::define(&graph.types, &mut sink, &mut self.scope, *ty);
                            TypeBounds::Eq(ty)
                        }
                    };
                    let index = self
                        .out
                        .import(import.name.as_str(), ComponentTypeRef::Type(bounds));
                    self.scope.named.insert(*named, index);
                    self.imports.insert(id, index);
                }
                ImportKind::Instance(items) => self.import_instance(id, &import.name, items, uses),
            }
        }
        Ok(())
    }

    fn import_instance(
        &mut self,
        id: ImportId,
        name: &str,
        items: &[(String, ImportItem)],
        uses: &Uses,
    ) {
        let graph = self.graph;
        // Names that this instance's functions need, wherever they come from.
        let mut here = BTreeSet::new();
        for (_, item) in items {
            if let ImportItem::Func(func) = item
                && (uses.all || uses.funcs.contains(func))
            {
                let ty = &graph.funcs[func.at()].ty;
                for val in ty.params.iter().map(|(_, ty)| *ty).chain(ty.result) {
                    types::named_within(&graph.types, val, &mut |named| {
                        here.insert(named);
                    });
                }
            }
        }
        let at_home = |named: &Named| graph.homes.get(named).is_some_and(|home| home.import == id);
        let kept: Vec<_> = items
            .iter()
            .filter(|(_, item)| match item {
                _ if uses.all => true,
                ImportItem::Func(func) => uses.funcs.contains(func),
                ImportItem::Type(named) => {
                    here.contains(named) || (at_home(named) && uses.types.contains(named))
                }
                ImportItem::Alias(_) => false,
            })
            .collect();
        if kept.is_empty() && !uses.all {
            return;
        }
        // Whatever comes from elsewhere gets an index of the component first.
        for (_, item) in &kept {
            match item {
                ImportItem::Func(func) => {
                    let ty = graph.funcs[func.at()].ty.clone();
                    for val in ty.params.iter().map(|(_, ty)| *ty).chain(ty.result) {
                        self.root_names(val);
                    }
                }
                ImportItem::Type(Named::Type(ty)) => self.root_names(Val::Def(*ty)),
                ImportItem::Type(named) => {
                    self.root_name(*named);
                }
                ImportItem::Alias(_) => {}
            }
        }
        let mut ty = wasm_encoder::InstanceType::new();
        let mut scope = Scope::default();
        for (export, item) in kept {
            let mut sink = Sink::Instance(&mut ty, &self.scope);
            match item {
                ImportItem::Func(func) => {
                    let func = &graph.funcs[func.at()].ty;
                    let index = types::function(&graph.types, &mut sink, &mut scope, func);
                    ty.export(export.as_str(), ComponentTypeRef::Func(index));
                }
                ImportItem::Alias(val) => {
                    let index = types::alias(&mut sink, *val);
                    let bounds = TypeBounds::Eq(index);
                    ty.export(export.as_str(), ComponentTypeRef::Type(bounds));
                }
                ImportItem::Type(named) => {
                    let known = types::lookup(&mut sink, &mut scope, *named);
                    let bounds = match (known, named) {
                        (Some(index), _) => TypeBounds::Eq(index),
                        (None, Named::Resource(_)) => TypeBounds::SubResource,
                        (None, Named::Type(id)) => {
                            TypeBounds::Eq(types::define(&graph.types, &mut sink, &mut scope, *id))
                        }
                    };
                    let index = ty.type_count();
                    ty.export(export.as_str(), ComponentTypeRef::Type(bounds));
                    scope.named.insert(*named, index);
                }
            }
        }
        let ty = self.out.type_instance(None, &ty);
        let index = self.out.import(name, ComponentTypeRef::Instance(ty));
        self.imports.insert(id, index);
        for (export, item) in items {
            if let ImportItem::Type(named) = item
                && at_home(named)
            {
                self.homes
                    .entry(*named)
                    .or_insert_with(|| (index, export.clone()));
            }
        }
    }

    /// The component's own index for a name, if anything has named it yet.
    fn root_name(&mut self, named: Named) -> Option<u32> {
        if let Some(index) = self.scope.named.get(&named) {
            return Some(*index);
        }
        let (instance, export) = self.homes.get(&named)?.clone();
        let index = self
            .out
            .alias_export(instance, &export, ComponentExportKind::Type);
        self.scope.named.insert(named, index);
        Some(index)
    }

    /// Gives everything named within a type its index.
    fn root_names(&mut self, val: Val) {
        let graph = self.graph;
        let mut names = Vec::new();
        types::named_within(&graph.types, val, &mut |named| names.push(named));
        for named in names {
            self.root_name(named);
        }
    }

    fn func_type(&mut self, func: FuncId) -> u32 {
        let ty = self.graph.funcs[func.at()].ty.clone();
        for val in ty.params.iter().map(|(_, ty)| *ty).chain(ty.result) {
            self.root_names(val);
        }
        let mut sink = Sink::Component(&mut self.out);
        types::function(&self.graph.types, &mut sink, &mut self.scope, &ty)
    }

    /// The component function that an imported one has become.
    fn import_func(&mut self, id: FuncId) -> Result<u32, FuseError> {
        if let Some(index) = self.funcs.get(&id) {
            return Ok(*index);
        }
        let func = &self.graph.funcs[id.at()];
        let FuncKind::Import {
            import,
            export: Some(export),
        } = &func.kind
        else {
            return Err(missing(&func.name));
        };
        let instance = *self
            .imports
            .get(import)
            .ok_or_else(|| missing(&func.name))?;
        let index = self
            .out
            .alias_export(instance, export, ComponentExportKind::Func);
        self.funcs.insert(id, index);
        Ok(index)
    }

    // ---- core

    fn runtime(&mut self, named: bool) {
        if self.plan.runtime.is_empty() {
            return;
        }
        let bytes = adapt::runtime_module(&self.plan.runtime, self.plan.tables, named);
        let module = self.out.core_module_raw(Some("boxer runtime"), &bytes);
        let no_args: [(&str, ModuleArg); 0] = [];
        let instance = self
            .out
            .core_instantiate(Some("boxer runtime"), module, no_args);
        self.runtime = Some(instance);
    }

    fn instance(&mut self, id: InstanceId) -> Result<(), FuseError> {
        let instance = &self.graph.instances[id.at()];
        let number = instance.module.0;
        let module = match self.core_modules.get(&number) {
            Some(module) => *module,
            None => {
                let name = &self.graph.module_names[instance.module.at()];
                let bytes = &self.modules.bytes[instance.module.at()];
                let module = self.out.core_module_raw(Some(name), bytes);
                self.core_modules.insert(number, module);
                module
            }
        };
        let info = &self.modules.infos[instance.module.at()];
        let mut args: Vec<(&str, u32)> = Vec::new();
        for (name, bundle) in &instance.args {
            let mut wanted: Vec<_> = info
                .imports
                .iter()
                .filter(|import| import.module == *name)
                .map(|import| (import.name.as_str(), import.kind))
                .collect();
            wanted.sort_unstable_by_key(|(name, _)| *name);
            wanted.dedup_by_key(|(name, _)| *name);
            if wanted.is_empty() {
                continue;
            }
            let whole = match bundle {
                CoreBundle::Instance(of) => {
                    match self.instances.get(of).ok_or_else(|| missing(name))? {
                        (instance, None) => Some(*instance),
                        (_, Some(_)) => None,
                    }
                }
                CoreBundle::Items(_) => None,
            };
            let arg = match whole {
                Some(instance) => instance,
                None => {
                    let mut items = Vec::with_capacity(wanted.len());
                    for (item, kind) in wanted {
                        let core = bundle.get(item, kind).ok_or_else(|| missing(item))?;
                        let index = self.need(&Need::Core(core))?;
                        items.push((item, export_kind(kind), index));
                    }
                    self.out.core_instantiate_exports(None, items)
                }
            };
            args.push((name, arg));
        }
        let part = &self.graph.parts[instance.part.at()].name;
        let args: Vec<_> = args
            .into_iter()
            .map(|(name, arg)| (name, ModuleArg::Instance(arg)))
            .collect();
        let index = self.out.core_instantiate(Some(part), module, args);
        self.instances.insert(id, (index, None));
        Ok(())
    }

    fn adapter(&mut self, step: usize) -> Result<(), FuseError> {
        let plan = self.plan;
        let Step::Adapter { adapter, name } = &plan.steps[step] else {
            return Ok(());
        };
        let mut items = Vec::with_capacity(adapter.imports.len());
        for (position, need) in adapter.imports.iter().enumerate() {
            let index = self.need(need)?;
            items.push((position.to_string(), need_kind(need), index));
        }
        let module = self.out.core_module_raw(Some(name), &adapter.bytes);
        let args = if items.is_empty() {
            Vec::new()
        } else {
            let items: Vec<_> = items
                .iter()
                .map(|(name, kind, index)| (name.as_str(), *kind, *index))
                .collect();
            let given = self.out.core_instantiate_exports(None, items);
            vec![("", ModuleArg::Instance(given))]
        };
        let index = self.out.core_instantiate(Some(name), module, args);
        self.adapters.insert(step, (index, None));
        Ok(())
    }

    /// The core index of something that is there already.
    fn need(&mut self, need: &Need) -> Result<u32, FuseError> {
        if let Some(index) = self.core_items.get(need) {
            return Ok(*index);
        }
        let index = match need {
            Need::Core(CoreItem::Export {
                instance,
                name,
                kind,
            }) => {
                let (instance, member) =
                    *self.instances.get(instance).ok_or_else(|| missing(name))?;
                let inside = name_in(member, name);
                self.out
                    .core_alias_export(Some(name), instance, &inside, export_kind(*kind))
            }
            Need::Core(CoreItem::Builtin(id)) => match self.plan.resolved.get(id) {
                None => return Err(missing("a builtin")),
                Some(Resolved::Item(item)) => self.need(&Need::Core(item.clone()))?,
                Some(Resolved::Host) => self.lower(*id, false)?,
                Some(Resolved::Adapter { step, export }) => self.adapter_export(*step, export)?,
            },
            Need::Runtime(runtime) => {
                let instance = self.runtime.ok_or_else(|| missing("the runtime"))?;
                let name = runtime.name();
                self.out
                    .core_alias_export(Some(&name), instance, &name, runtime.kind())
            }
            Need::Flat(FlatBuiltin::Lower(id)) => self.lower(*id, false)?,
            Need::Flat(FlatBuiltin::LowerScratch(id)) => self.lower(*id, true)?,
            Need::Flat(FlatBuiltin::ResourceNew(resource)) => {
                let ty = self.resource(*resource)?;
                self.out.resource_new(ty)
            }
            Need::Flat(FlatBuiltin::ResourceRep(resource)) => {
                let ty = self.resource(*resource)?;
                self.out.resource_rep(ty)
            }
            Need::Flat(FlatBuiltin::ResourceDrop(resource)) => {
                let ty = self.resource(*resource)?;
                self.out.resource_drop(ty)
            }
        };
        self.core_items.insert(need.clone(), index);
        Ok(index)
    }

    fn adapter_export(&mut self, step: usize, export: &str) -> Result<u32, FuseError> {
        let (instance, member) = *self
            .adapters
            .get(&step)
            .ok_or_else(|| missing("an adapter"))?;
        let inside = name_in(member, export);
        Ok(self
            .out
            .core_alias_export(None, instance, &inside, ExportKind::Func))
    }

    /// The flat component's type for a resource.
    fn resource(&mut self, id: ResourceId) -> Result<u32, FuseError> {
        if let Some(index) = self.root_name(Named::Resource(id)) {
            return Ok(index);
        }
        let Some(flat) = self.plan.resources.get(&id) else {
            return Err(missing("a resource type"));
        };
        let dtor = match &flat.destructor {
            Some((step, export)) => Some(self.adapter_export(*step, export)?),
            None => None,
        };
        let index = self.out.type_resource(None, ValType::I32, dtor);
        self.scope.named.insert(Named::Resource(id), index);
        Ok(index)
    }

    /// `canon lower` of a host's function.
    fn lower(&mut self, id: BuiltinId, scratch: bool) -> Result<u32, FuseError> {
        if let Some(index) = self.flat.get(&(id, scratch)) {
            return Ok(*index);
        }
        let BuiltinKind::Lower { func, options } = &self.graph.builtins[id.at()].kind else {
            return Err(missing("a function of the host"));
        };
        let index = self.import_func(*func)?;
        let canon = if scratch {
            self.scratch_options()?
        } else {
            self.canon_options(options)?
        };
        let name = &self.graph.funcs[func.at()].name;
        let lowered = self.out.lower_func(Some(name), index, canon);
        self.flat.insert((id, scratch), lowered);
        Ok(lowered)
    }

    fn canon_options(&mut self, options: &CanonOptions) -> Result<Vec<CanonicalOption>, FuseError> {
        let mut canon = vec![encoding(options.encoding)];
        if let Some(memory) = &options.memory {
            canon.push(CanonicalOption::Memory(
                self.need(&Need::Core(memory.clone()))?,
            ));
        }
        if let Some(realloc) = &options.realloc {
            canon.push(CanonicalOption::Realloc(
                self.need(&Need::Core(realloc.clone()))?,
            ));
        }
        Ok(canon)
    }

    fn scratch_options(&mut self) -> Result<Vec<CanonicalOption>, FuseError> {
        Ok(vec![
            CanonicalOption::UTF8,
            CanonicalOption::Memory(self.need(&Need::Runtime(Runtime::Scratch))?),
            CanonicalOption::Realloc(self.need(&Need::Runtime(Runtime::ScratchRealloc))?),
        ])
    }

    /// The component function for one that the box exports.
    fn lift(&mut self, id: FuncId) -> Result<u32, FuseError> {
        let func = &self.graph.funcs[id.at()];
        let FuncKind::Lift { core, options, .. } = &func.kind else {
            return self.import_func(id);
        };
        let plan = self.plan.exports.get(&id).cloned().unwrap_or_default();
        let ty = self.func_type(id);
        let target = match &plan.core {
            Some((step, export)) => self.adapter_export(*step, export)?,
            None => self.need(&Need::Core(core.clone()))?,
        };
        let mut canon = if plan.scratch {
            self.scratch_options()?
        } else {
            let own = CanonOptions {
                realloc: match plan.realloc {
                    Some(_) => None,
                    None => options.realloc.clone(),
                },
                ..options.clone()
            };
            self.canon_options(&own)?
        };
        if let Some((step, export)) = &plan.realloc {
            canon.push(CanonicalOption::Realloc(
                self.adapter_export(*step, export)?,
            ));
        }
        match (&plan.post_return, &options.post_return) {
            (Some((step, export)), _) => canon.push(CanonicalOption::PostReturn(
                self.adapter_export(*step, export)?,
            )),
            (None, Some(item)) if !plan.scratch => canon.push(CanonicalOption::PostReturn(
                self.need(&Need::Core(item.clone()))?,
            )),
            (None, _) => {}
        }
        Ok(self.out.lift_func(Some(&func.name), target, ty, canon))
    }
}

fn encoding(of: Encoding) -> CanonicalOption {
    match of {
        Encoding::Utf8 => CanonicalOption::UTF8,
        Encoding::Utf16 => CanonicalOption::UTF16,
        Encoding::Compact => CanonicalOption::CompactUTF16,
    }
}

fn export_kind(kind: ExternalKind) -> ExportKind {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag => ExportKind::Tag,
    }
}

/// The plan names everything that is emitted; a hole in it is a fault of this crate.
fn missing(what: &str) -> FuseError {
    FuseError::Output(format!("`{what}` is not there where it is needed"))
}
