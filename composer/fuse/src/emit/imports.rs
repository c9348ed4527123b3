//! Imports of the flat component: what of the host it uses, and the types in it.

use std::collections::BTreeSet;

use wasm_encoder::{ComponentExportKind, ComponentTypeRef, TypeBounds};

use super::types::{Scope, Sink};
use super::{Emitter, missing, types};
use crate::FuseError;
use crate::adapt::{FlatBuiltin, Need, Plan, Resolved, Step};
use crate::graph::{
    BuiltinKind, FuncId, FuncKind, Graph, ImportId, ImportItem, ImportKind, Item, Named,
};
use crate::types::Val;

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

impl Emitter<'_, '_> {
    pub(super) fn imports(&mut self, uses: &Uses) -> Result<(), FuseError> {
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

    pub(super) fn import_instance(
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
    pub(super) fn root_name(&mut self, named: Named) -> Option<u32> {
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
    pub(super) fn root_names(&mut self, val: Val) {
        let graph = self.graph;
        let mut names = Vec::new();
        types::named_within(&graph.types, val, &mut |named| names.push(named));
        for named in names {
            self.root_name(named);
        }
    }

    pub(super) fn func_type(&mut self, func: FuncId) -> u32 {
        let ty = self.graph.funcs[func.at()].ty.clone();
        for val in ty.params.iter().map(|(_, ty)| *ty).chain(ty.result) {
            self.root_names(val);
        }
        let mut sink = Sink::Component(&mut self.out);
        types::function(&self.graph.types, &mut sink, &mut self.scope, &ty)
    }

    /// The component function that an imported one has become.
    pub(super) fn import_func(&mut self, id: FuncId) -> Result<u32, FuseError> {
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
}
