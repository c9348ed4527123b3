//! What the outermost component imports.

use std::rc::Rc;

use wasmparser::{
    ComponentAlias, ComponentOuterAliasKind, ComponentTypeRef, InstanceTypeDeclaration, TypeBounds,
};

use super::types::named;
use super::{Deferred, Frame, Inliner, Shared, TypeVal, index_error, next};
use crate::FuseError;
use crate::graph::{
    Func, FuncId, FuncKind, Home, Import, ImportId, ImportItem, ImportKind, InstanceVal, Item,
    Named, Resource,
};

impl<'a> Inliner<'a> {
    /// What an import of the outermost component is.
    pub(super) fn host_import(
        &mut self,
        frame: &Frame<'a>,
        name: &str,
        ty: &ComponentTypeRef,
    ) -> Result<Item<'a>, FuseError> {
        let id = ImportId(next(&self.graph.imports));
        let refused =
            |what: &str| FuseError::unsupported("box", format!("its import `{name}` is {what}"));
        let (kind, item) = match ty {
            ComponentTypeRef::Func(index) => {
                let func = self.host_func(id, name, None, &frame.shared.ty(*index)?)?;
                (ImportKind::Func(func), Item::Func(func))
            }
            ComponentTypeRef::Type(bounds) => {
                let ty = self.bound(&frame.shared, bounds)?;
                let named = named(&ty).ok_or_else(|| refused("a type that can't be named"))?;
                self.home(named, id);
                (ImportKind::Type(named), Item::Type(ty))
            }
            ComponentTypeRef::Instance(index) => {
                let TypeVal::Instance(deferred) = frame.shared.ty(*index)? else {
                    return Err(refused("an instance of a type that is not known"));
                };
                let (items, val) = self.host_instance(id, name, &deferred)?;
                (ImportKind::Instance(items), Item::Instance(Rc::new(val)))
            }
            ComponentTypeRef::Module(_) => return Err(refused("a core module")),
            ComponentTypeRef::Component(_) => return Err(refused("a component")),
            ComponentTypeRef::Value(_) => return Err(refused("a value")),
        };
        self.graph.imports.push(Import {
            name: name.to_owned(),
            kind,
        });
        Ok(item)
    }

    /// Reads an instance type as the exports of an imported instance.
    pub(super) fn host_instance(
        &mut self,
        import: ImportId,
        name: &str,
        deferred: &Deferred<'a>,
    ) -> Result<(Vec<(String, ImportItem)>, InstanceVal<'a>), FuseError> {
        let scope = Rc::new(Shared {
            outer: Some(Rc::clone(&deferred.scope)),
            ..Shared::default()
        });
        let mut items = Vec::new();
        let mut exports = Vec::new();
        let refused =
            |what: &str| FuseError::unsupported("box", format!("its import `{name}` has {what}"));
        for decl in &deferred.decls {
            match decl {
                InstanceTypeDeclaration::CoreType(_) => {}
                InstanceTypeDeclaration::Type(ty) => {
                    let ty = self.plain_type(&scope, ty)?;
                    scope.types.borrow_mut().push(ty);
                }
                InstanceTypeDeclaration::Alias(ComponentAlias::Outer {
                    kind: ComponentOuterAliasKind::Type,
                    count,
                    index,
                }) => {
                    let ty = scope.up(*count).ok_or_else(index_error)?.ty(*index)?;
                    scope.types.borrow_mut().push(ty);
                }
                InstanceTypeDeclaration::Alias(_) => {
                    return Err(refused("an alias that is not to a type"));
                }
                InstanceTypeDeclaration::Export {
                    name: export, ty, ..
                } => {
                    let export = export.name;
                    match ty {
                        ComponentTypeRef::Func(index) => {
                            let func =
                                self.host_func(import, name, Some(export), &scope.ty(*index)?)?;
                            items.push((export.to_owned(), ImportItem::Func(func)));
                            exports.push((export.to_owned(), Item::Func(func)));
                        }
                        ComponentTypeRef::Type(bounds) => {
                            let ty = self.bound(&scope, bounds)?;
                            scope.types.borrow_mut().push(ty.clone());
                            match (&ty, named(&ty)) {
                                (_, Some(named)) => {
                                    self.home(named, import);
                                    items.push((export.to_owned(), ImportItem::Type(named)));
                                }
                                (TypeVal::Val(val), None) => {
                                    items.push((export.to_owned(), ImportItem::Alias(*val)));
                                }
                                _ => {}
                            }
                            exports.push((export.to_owned(), Item::Type(ty)));
                        }
                        _ => return Err(refused("an export that is no function and no type")),
                    }
                }
            }
        }
        Ok((items, InstanceVal::new(exports, Some(import))))
    }

    pub(super) fn host_func(
        &mut self,
        import: ImportId,
        name: &str,
        export: Option<&str>,
        ty: &TypeVal<'a>,
    ) -> Result<FuncId, FuseError> {
        let full = match export {
            Some(export) => format!("{name}#{export}"),
            None => name.to_owned(),
        };
        let ty = match ty {
            TypeVal::Func(ty) => Rc::clone(ty),
            TypeVal::Other(what) => {
                let reason = format!("its import `{full}` has {what} in its type");
                return Err(FuseError::unsupported("box", reason));
            }
            _ => return Err(index_error()),
        };
        self.graph.funcs.push(Func {
            ty,
            name: full,
            kind: FuncKind::Import {
                import,
                export: export.map(str::to_owned),
            },
        });
        Ok(FuncId(next(&self.graph.funcs) - 1))
    }

    pub(super) fn bound(
        &mut self,
        scope: &Rc<Shared<'a>>,
        bounds: &TypeBounds,
    ) -> Result<TypeVal<'a>, FuseError> {
        match bounds {
            TypeBounds::Eq(index) => scope.ty(*index),
            TypeBounds::SubResource => Ok(TypeVal::Resource(self.resource(Resource::Host))),
        }
    }

    pub(super) fn home(&mut self, named: Named, import: ImportId) {
        self.graph
            .homes
            .entry(named)
            .or_insert_with(|| Home { import });
    }
}
