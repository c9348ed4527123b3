//! Types as the binary format has them: within a component or an instance type,
//! each scope with indices of its own.

use std::collections::HashMap;

use wasm_encoder::{
    Alias, ComponentBuilder, ComponentDefinedTypeEncoder, ComponentOuterAliasKind,
    ComponentValType, InstanceType, PrimitiveValType,
};

use crate::graph::Named;
use crate::types::{Def, FuncType, ResourceId, TypeId, Types, Val};

/// Indices in one index space of types.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// Types that have a name here.
    pub named: HashMap<Named, u32>,
    /// Types that need none.
    anonymous: HashMap<TypeId, u32>,
    handles: HashMap<(ResourceId, bool), u32>,
}

impl Scope {
    /// Types written so far may mention what has a new name now.
    pub fn forget_anonymous(&mut self) {
        self.anonymous.clear();
        self.handles.clear();
    }
}

/// Where types are written to.
pub(crate) enum Sink<'s> {
    Component(&'s mut ComponentBuilder),
    /// An instance type, and the component's scope around it.
    Instance(&'s mut InstanceType, &'s Scope),
}

impl Sink<'_> {
    fn defined(&mut self) -> (u32, ComponentDefinedTypeEncoder<'_>) {
        match self {
            Sink::Component(out) => out.type_defined(None),
            Sink::Instance(ty, _) => (ty.type_count(), ty.ty().defined_type()),
        }
    }
}

/// The index of something that has a name here or around here.
pub(crate) fn lookup(sink: &mut Sink<'_>, scope: &mut Scope, named: Named) -> Option<u32> {
    if let Some(index) = scope.named.get(&named) {
        return Some(*index);
    }
    let Sink::Instance(ty, outer) = sink else {
        return None;
    };
    let outer = *outer.named.get(&named)?;
    let index = ty.type_count();
    ty.alias(Alias::Outer {
        kind: ComponentOuterAliasKind::Type,
        count: 1,
        index: outer,
    });
    scope.named.insert(named, index);
    Some(index)
}

/// Calls `visit` for what has or may have a name within a type, innermost first.
pub(crate) fn named_within(types: &Types, val: Val, visit: &mut dyn FnMut(Named)) {
    let Val::Def(id) = val else { return };
    match types.def(id) {
        Def::Own(resource) | Def::Borrow(resource) => visit(Named::Resource(*resource)),
        Def::Record(fields) => fields
            .iter()
            .for_each(|(_, ty)| named_within(types, *ty, visit)),
        Def::Tuple(fields) => fields.iter().for_each(|ty| named_within(types, *ty, visit)),
        Def::List(ty) | Def::FixedList(ty, _) => named_within(types, *ty, visit),
        Def::Variant(_) | Def::Option(_) | Def::Result(..) => {
            for payload in types.cases(id).into_iter().flatten().flatten() {
                named_within(types, payload, visit);
            }
        }
        Def::Flags(_) | Def::Enum(_) => {}
    }
    visit(Named::Type(id));
}

/// Whether a type can only be used by name in an import or export.
pub(crate) fn must_be_named(types: &Types, named: Named) -> bool {
    match named {
        Named::Resource(_) => true,
        Named::Type(id) => matches!(
            types.def(id),
            Def::Record(_) | Def::Variant(_) | Def::Flags(_) | Def::Enum(_)
        ),
    }
}

/// A type by name or structure.
pub(crate) fn val(
    types: &Types,
    sink: &mut Sink<'_>,
    scope: &mut Scope,
    val: Val,
) -> ComponentValType {
    use PrimitiveValType as P;
    ComponentValType::Primitive(match val {
        Val::Bool => P::Bool,
        Val::S8 => P::S8,
        Val::U8 => P::U8,
        Val::S16 => P::S16,
        Val::U16 => P::U16,
        Val::S32 => P::S32,
        Val::U32 => P::U32,
        Val::S64 => P::S64,
        Val::U64 => P::U64,
        Val::F32 => P::F32,
        Val::F64 => P::F64,
        Val::Char => P::Char,
        Val::String => P::String,
        Val::Def(id) => {
            if let Some(index) = lookup(sink, scope, Named::Type(id)) {
                return ComponentValType::Type(index);
            }
            if let Some(index) = scope.anonymous.get(&id) {
                return ComponentValType::Type(*index);
            }
            let index = define(types, sink, scope, id);
            scope.anonymous.insert(id, index);
            return ComponentValType::Type(index);
        }
    })
}

/// Writes a type's structure, whatever name it has.
pub(crate) fn define(types: &Types, sink: &mut Sink<'_>, scope: &mut Scope, id: TypeId) -> u32 {
    match types.def(id) {
        Def::Record(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, ty)| (name.as_str(), val(types, sink, scope, *ty)))
                .collect();
            let (index, encoder) = sink.defined();
            encoder.record(fields);
            index
        }
        Def::Variant(cases) => {
            let cases: Vec<_> = cases
                .iter()
                .map(|(name, ty)| (name.as_str(), ty.map(|ty| val(types, sink, scope, ty))))
                .collect();
            let (index, encoder) = sink.defined();
            encoder.variant(cases);
            index
        }
        Def::List(ty) => {
            let ty = val(types, sink, scope, *ty);
            let (index, encoder) = sink.defined();
            encoder.list(ty);
            index
        }
        Def::FixedList(ty, count) => {
            let ty = val(types, sink, scope, *ty);
            let (index, encoder) = sink.defined();
            encoder.fixed_length_list(ty, *count);
            index
        }
        Def::Tuple(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|ty| val(types, sink, scope, *ty))
                .collect();
            let (index, encoder) = sink.defined();
            encoder.tuple(fields);
            index
        }
        Def::Flags(names) => {
            let (index, encoder) = sink.defined();
            encoder.flags(names.iter().map(String::as_str));
            index
        }
        Def::Enum(names) => {
            let (index, encoder) = sink.defined();
            encoder.enum_type(names.iter().map(String::as_str));
            index
        }
        Def::Option(ty) => {
            let ty = val(types, sink, scope, *ty);
            let (index, encoder) = sink.defined();
            encoder.option(ty);
            index
        }
        Def::Result(ok, err) => {
            let ok = ok.map(|ty| val(types, sink, scope, ty));
            let err = err.map(|ty| val(types, sink, scope, ty));
            let (index, encoder) = sink.defined();
            encoder.result(ok, err);
            index
        }
        Def::Own(resource) => handle(sink, scope, *resource, false),
        Def::Borrow(resource) => handle(sink, scope, *resource, true),
    }
}

fn handle(sink: &mut Sink<'_>, scope: &mut Scope, resource: ResourceId, borrow: bool) -> u32 {
    if let Some(index) = scope.handles.get(&(resource, borrow)) {
        return *index;
    }
    // Whoever encodes a type has named its resources.
    let of = lookup(sink, scope, Named::Resource(resource)).unwrap_or(u32::MAX);
    let (index, encoder) = sink.defined();
    if borrow {
        encoder.borrow(of);
    } else {
        encoder.own(of);
    }
    scope.handles.insert((resource, borrow), index);
    index
}

/// A name for a primitive.
pub(crate) fn alias(sink: &mut Sink<'_>, ty: Val) -> u32 {
    let ComponentValType::Primitive(primitive) =
        val(&Types::default(), sink, &mut Scope::default(), ty)
    else {
        return u32::MAX;
    };
    let (index, encoder) = sink.defined();
    encoder.primitive(primitive);
    index
}

/// A function type.
pub(crate) fn function(
    types: &Types,
    sink: &mut Sink<'_>,
    scope: &mut Scope,
    ty: &FuncType,
) -> u32 {
    let params: Vec<_> = ty
        .params
        .iter()
        .map(|(name, ty)| (name.as_str(), val(types, sink, scope, *ty)))
        .collect();
    let result = ty.result.map(|ty| val(types, sink, scope, ty));
    match sink {
        Sink::Component(out) => {
            let (index, mut encoder) = out.type_function(None);
            encoder.params(params).result(result);
            index
        }
        Sink::Instance(instance, _) => {
            let index = instance.type_count();
            instance.ty().function().params(params).result(result);
            index
        }
    }
}
