//! Stage 5, emit: the plan as the bytes of one flat component.

use std::collections::HashMap;

use wasm_encoder::{ComponentBuilder, CustomSection, ExportKind, ModuleArg, ValType};
use wasmparser::ExternalKind;

use crate::adapt::{self, FlatBuiltin, Need, Plan, Resolved, Step};
use crate::graph::{BuiltinId, CoreBundle, CoreItem, FuncId, Graph, ImportId, InstanceId, Named};
use crate::modules::ModuleInfo;
use crate::types::ResourceId;
use crate::{FuseError, Options};

mod canonical;
mod exports;
mod groups;
mod imports;
mod types;

use groups::{name_in, need_kind};
pub(crate) use imports::Uses;
use types::Scope;

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
