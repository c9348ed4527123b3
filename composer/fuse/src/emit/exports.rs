//! Exports of the flat component.
//!
//! A function in an exported instance may only mention types that the export
//! names. An instance made of single items can't name types; one made by a
//! component can. So an instance with types passes through a component that has
//! nothing but imports and exports: types and functions go in, and come out under
//! their names. It holds no code and costs no call.

use std::collections::{HashMap, HashSet};

use wasm_encoder::{ComponentBuilder, ComponentExportKind, ComponentTypeRef, TypeBounds};

use super::Emitter;
use super::types::{self, Scope, Sink};
use crate::FuseError;
use crate::graph::{FuncId, InstanceVal, Item, Named};
use crate::inline::TypeVal;
use crate::types::{FuncType, Val};

impl Emitter<'_, '_> {
    pub(super) fn exports(&mut self) -> Result<(), FuseError> {
        let graph = self.graph;
        for (name, item) in &graph.exports {
            match item {
                Item::Func(func) => {
                    let func = self.lift(*func)?;
                    self.out
                        .export(name.as_str(), ComponentExportKind::Func, func, None);
                }
                Item::Type(ty) => self.export_type(name, ty),
                Item::Instance(instance) => {
                    let index = self.instance_of(name, instance)?;
                    let exported =
                        self.out
                            .export(name.as_str(), ComponentExportKind::Instance, index, None);
                    for (export, item) in &instance.exports {
                        if let Item::Type(ty) = item
                            && let Some(named) = named(ty)
                        {
                            // Later exports refer to this name of the type.
                            if !graph.homes.contains_key(&named) {
                                self.scope.forget_anonymous();
                                self.scope.named.remove(&named);
                                self.homes.insert(named, (exported, export.clone()));
                            }
                        }
                    }
                }
                Item::Component(_) | Item::Module(_) => {
                    return Err(FuseError::unsupported(
                        "box",
                        format!("its export `{name}` is a component or core module"),
                    ));
                }
            }
        }
        Ok(())
    }

    fn export_type(&mut self, name: &str, ty: &TypeVal<'_>) {
        let index = match ty {
            TypeVal::Val(Val::Def(id)) => Some(self.type_index(Named::Type(*id))),
            TypeVal::Resource(id) => Some(self.type_index(Named::Resource(*id))),
            TypeVal::Val(primitive) => {
                let mut sink = Sink::Component(&mut self.out);
                Some(types::alias(&mut sink, *primitive))
            }
            _ => None,
        };
        let Some(index) = index else { return };
        let exported = self
            .out
            .export(name, ComponentExportKind::Type, index, None);
        if let Some(named) = named(ty) {
            self.scope.forget_anonymous();
            self.scope.named.insert(named, exported);
        }
    }

    /// The component's index for a type, written without a name if it has none.
    fn type_index(&mut self, named: Named) -> u32 {
        match named {
            Named::Resource(id) => self.resource(id).unwrap_or(u32::MAX),
            Named::Type(id) => {
                self.root_names(Val::Def(id));
                if let Some(index) = self.scope.named.get(&named) {
                    return *index;
                }
                let mut sink = Sink::Component(&mut self.out);
                types::define(&self.graph.types, &mut sink, &mut self.scope, id)
            }
        }
    }

    /// A function's type in terms of what its instance exports. The type that it was
    /// lifted with may be of the same structure and name other types.
    fn outer_type(&self, func: FuncId, instance: &InstanceVal<'_>) -> &FuncType {
        let graph = self.graph;
        let own = &graph.funcs[func.at()].ty;
        let Some(ascribed) = graph.ascribed.get(&func) else {
            return own;
        };
        let exported = |wanted| {
            instance
                .exports
                .iter()
                .any(|(_, item)| matches!(item, Item::Type(ty) if named(ty) == Some(wanted)))
        };
        let mut all = true;
        for val in ascribed
            .params
            .iter()
            .map(|(_, ty)| *ty)
            .chain(ascribed.result)
        {
            types::named_within(&graph.types, val, &mut |within| {
                all &= !types::must_be_named(&graph.types, within) || exported(within);
            });
        }
        if all { ascribed } else { own }
    }

    fn instance_of(&mut self, name: &str, instance: &InstanceVal<'_>) -> Result<u32, FuseError> {
        if let Some(import) = instance.import
            && let Some(index) = self.imports.get(&import)
        {
            return Ok(*index);
        }
        // Types in the order in which they need each other.
        let graph = self.graph;
        let mut order: Vec<Named> = Vec::new();
        {
            let mut add = |named: Named| {
                if types::must_be_named(&graph.types, named) && !order.contains(&named) {
                    order.push(named);
                }
            };
            for (_, item) in &instance.exports {
                match item {
                    Item::Func(func) => {
                        let ty = self.outer_type(*func, instance);
                        for val in ty.params.iter().map(|(_, ty)| *ty).chain(ty.result) {
                            types::named_within(&graph.types, val, &mut add);
                        }
                    }
                    Item::Type(TypeVal::Val(val)) => {
                        types::named_within(&graph.types, *val, &mut add);
                    }
                    Item::Type(TypeVal::Resource(id)) => {
                        add(Named::Resource(*id));
                    }
                    Item::Type(_) => {}
                    Item::Instance(_) | Item::Component(_) | Item::Module(_) => {
                        return Err(FuseError::unsupported(
                            "box",
                            format!("its export `{name}` holds an instance, component or module"),
                        ));
                    }
                }
            }
        }
        let mut funcs = Vec::new();
        for (export, item) in &instance.exports {
            if let Item::Func(func) = item {
                funcs.push((export.as_str(), *func, self.lift(*func)?));
            }
        }
        let mut inner = ComponentBuilder::default();
        let mut scope = Scope::default();
        let mut args: Vec<(String, ComponentExportKind, u32)> = Vec::new();
        for (at, named) in order.iter().enumerate() {
            let given = self.type_index(*named);
            let import = format!("type-{at}");
            let bounds = match named {
                Named::Resource(_) => TypeBounds::SubResource,
                Named::Type(id) => {
                    let mut sink = Sink::Component(&mut inner);
                    TypeBounds::Eq(types::define(&graph.types, &mut sink, &mut scope, *id))
                }
            };
            let index = inner.import(import.as_str(), ComponentTypeRef::Type(bounds));
            scope.named.insert(*named, index);
            args.push((import, ComponentExportKind::Type, given));
        }
        let mut inside: HashMap<&str, u32> = HashMap::new();
        for (at, (export, func, given)) in funcs.iter().enumerate() {
            let ty = self.outer_type(*func, instance);
            let mut sink = Sink::Component(&mut inner);
            let ty = types::function(&graph.types, &mut sink, &mut scope, ty);
            let import = format!("func-{at}");
            let index = inner.import(import.as_str(), ComponentTypeRef::Func(ty));
            inside.insert(export, index);
            args.push((import, ComponentExportKind::Func, *given));
        }
        // From here on a type means what is exported under its name.
        let mut outside = Scope::default();
        outside.named.clone_from(&scope.named);
        let mut exported = HashSet::new();
        for (export, item) in &instance.exports {
            match item {
                Item::Type(ty) => {
                    let index = match (named(ty), ty) {
                        // A second name, or a resource, which has no other structure.
                        (Some(named), _)
                            if exported.contains(&named) || matches!(named, Named::Resource(_)) =>
                        {
                            let Some(index) = outside.named.get(&named) else {
                                continue;
                            };
                            *index
                        }
                        // Written anew, of what was exported before it: as it was imported it
                        // is made of types that have no name outside.
                        (Some(Named::Type(id)), _) => {
                            let mut sink = Sink::Component(&mut inner);
                            types::define(&graph.types, &mut sink, &mut outside, id)
                        }
                        (None, TypeVal::Val(primitive)) => {
                            let mut sink = Sink::Component(&mut inner);
                            types::alias(&mut sink, *primitive)
                        }
                        _ => continue,
                    };
                    let index =
                        inner.export(export.as_str(), ComponentExportKind::Type, index, None);
                    if let Some(named) = named(ty) {
                        outside.forget_anonymous();
                        outside.named.insert(named, index);
                        exported.insert(named);
                    }
                }
                Item::Func(func) => {
                    let ty = self.outer_type(*func, instance);
                    let mut sink = Sink::Component(&mut inner);
                    let ty = types::function(&graph.types, &mut sink, &mut outside, ty);
                    let index = inside.get(export.as_str()).copied().unwrap_or(u32::MAX);
                    inner.export(
                        export.as_str(),
                        ComponentExportKind::Func,
                        index,
                        Some(ComponentTypeRef::Func(ty)),
                    );
                }
                Item::Instance(_) | Item::Component(_) | Item::Module(_) => {}
            }
        }
        let component = self.out.component(None, inner);
        Ok(self.out.instantiate(Some(name), component, args))
    }
}

fn named(ty: &TypeVal<'_>) -> Option<Named> {
    match ty {
        TypeVal::Val(Val::Def(id)) => Some(Named::Type(*id)),
        TypeVal::Resource(id) => Some(Named::Resource(*id)),
        _ => None,
    }
}
