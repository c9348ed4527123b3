//! Types by structure, with every alias followed.

use std::rc::Rc;

use wasmparser::{ComponentDefinedType, ComponentType, ComponentValType, PrimitiveValType};

use super::{Deferred, Frame, Inliner, Shared, TypeVal, index_error, nth};
use crate::FuseError;
use crate::graph::{Named, Resource};
use crate::types::{Def, FuncType, ResourceId, Val};

impl<'a> Inliner<'a> {
    pub(super) fn ty(
        &mut self,
        frame: &Frame<'a>,
        ty: &ComponentType<'a>,
    ) -> Result<TypeVal<'a>, FuseError> {
        if let ComponentType::Resource { dtor, .. } = ty {
            let dtor = dtor
                .map(|index| nth(&frame.core_funcs, index))
                .transpose()?;
            return Ok(TypeVal::Resource(self.resource(Resource::Part {
                part: frame.part,
                dtor,
            })));
        }
        self.plain_type(&frame.shared, ty)
    }

    /// A type that may stand in a component or in an instance type.
    pub(super) fn plain_type(
        &mut self,
        scope: &Rc<Shared<'a>>,
        ty: &ComponentType<'a>,
    ) -> Result<TypeVal<'a>, FuseError> {
        Ok(match ty {
            ComponentType::Defined(defined) => self.defined(scope, defined)?,
            ComponentType::Func(func) => {
                if func.async_ {
                    return Ok(TypeVal::Other("an `async` function"));
                }
                let mut params = Vec::with_capacity(func.params.len());
                for (name, ty) in &func.params {
                    match val(scope, *ty)? {
                        Ok(ty) => params.push(((*name).to_owned(), ty)),
                        Err(why) => return Ok(TypeVal::Other(why)),
                    }
                }
                let result = match func.result.map(|ty| val(scope, ty)).transpose()? {
                    None => None,
                    Some(Ok(ty)) => Some(ty),
                    Some(Err(why)) => return Ok(TypeVal::Other(why)),
                };
                TypeVal::Func(Rc::new(FuncType { params, result }))
            }
            ComponentType::Component(_) => TypeVal::Other("a component"),
            ComponentType::Instance(decls) => TypeVal::Instance(Rc::new(Deferred {
                decls: decls.clone(),
                scope: Rc::clone(scope),
            })),
            // Only reached in an instance type, where the validator refuses it.
            ComponentType::Resource { .. } => TypeVal::Other("a resource of a type"),
        })
    }

    pub(super) fn defined(
        &mut self,
        scope: &Rc<Shared<'a>>,
        ty: &ComponentDefinedType<'a>,
    ) -> Result<TypeVal<'a>, FuseError> {
        macro_rules! val {
            ($ty:expr) => {
                match val(scope, $ty)? {
                    Ok(val) => val,
                    Err(why) => return Ok(TypeVal::Other(why)),
                }
            };
        }
        macro_rules! maybe {
            ($ty:expr) => {
                match $ty {
                    Some(ty) => Some(val!(ty)),
                    None => None,
                }
            };
        }
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let def = match ty {
            ComponentDefinedType::Primitive(primitive) => {
                return Ok(match prim(*primitive) {
                    Ok(val) => TypeVal::Val(val),
                    Err(why) => TypeVal::Other(why),
                });
            }
            ComponentDefinedType::Record(fields) => {
                let mut out = Vec::with_capacity(fields.len());
                for (name, ty) in fields {
                    out.push(((*name).to_owned(), val!(*ty)));
                }
                Def::Record(out)
            }
            ComponentDefinedType::Variant(cases) => {
                let mut out = Vec::with_capacity(cases.len());
                for case in cases {
                    out.push((case.name.to_owned(), maybe!(case.ty)));
                }
                Def::Variant(out)
            }
            ComponentDefinedType::List(ty) => Def::List(val!(*ty)),
            ComponentDefinedType::FixedLengthList(ty, count) => Def::FixedList(val!(*ty), *count),
            ComponentDefinedType::Tuple(types) => {
                let mut out = Vec::with_capacity(types.len());
                for ty in types {
                    out.push(val!(*ty));
                }
                Def::Tuple(out)
            }
            ComponentDefinedType::Flags(list) => Def::Flags(names(list)),
            ComponentDefinedType::Enum(list) => Def::Enum(names(list)),
            ComponentDefinedType::Option(ty) => Def::Option(val!(*ty)),
            ComponentDefinedType::Result { ok, err } => Def::Result(maybe!(*ok), maybe!(*err)),
            ComponentDefinedType::Own(index) => Def::Own(resource_of(scope, *index)?),
            ComponentDefinedType::Borrow(index) => Def::Borrow(resource_of(scope, *index)?),
            ComponentDefinedType::Future(_) => return Ok(TypeVal::Other("a `future`")),
            ComponentDefinedType::Stream(_) => return Ok(TypeVal::Other("a `stream`")),
            ComponentDefinedType::Map(..) => return Ok(TypeVal::Other("a `map`")),
        };
        let val = self
            .graph
            .types
            .add(def)
            .map_err(|error| FuseError::unsupported("box", error.to_string()))?;
        Ok(TypeVal::Val(val))
    }
}

pub(super) fn resource_of(scope: &Shared<'_>, index: u32) -> Result<ResourceId, FuseError> {
    match scope.ty(index)? {
        TypeVal::Resource(resource) => Ok(resource),
        _ => Err(index_error()),
    }
}

/// A value type, or what keeps it from being one that can be fused.
pub(super) fn val(
    scope: &Shared<'_>,
    ty: ComponentValType,
) -> Result<Result<Val, &'static str>, FuseError> {
    Ok(match ty {
        ComponentValType::Primitive(primitive) => prim(primitive),
        ComponentValType::Type(index) => match scope.ty(index)? {
            TypeVal::Val(val) => Ok(val),
            TypeVal::Other(why) => Err(why),
            _ => return Err(index_error()),
        },
    })
}

pub(super) fn prim(primitive: PrimitiveValType) -> Result<Val, &'static str> {
    Ok(match primitive {
        PrimitiveValType::Bool => Val::Bool,
        PrimitiveValType::S8 => Val::S8,
        PrimitiveValType::U8 => Val::U8,
        PrimitiveValType::S16 => Val::S16,
        PrimitiveValType::U16 => Val::U16,
        PrimitiveValType::S32 => Val::S32,
        PrimitiveValType::U32 => Val::U32,
        PrimitiveValType::S64 => Val::S64,
        PrimitiveValType::U64 => Val::U64,
        PrimitiveValType::F32 => Val::F32,
        PrimitiveValType::F64 => Val::F64,
        PrimitiveValType::Char => Val::Char,
        PrimitiveValType::String => Val::String,
        PrimitiveValType::ErrorContext => return Err("an `error-context`"),
    })
}

pub(super) fn named(ty: &TypeVal<'_>) -> Option<Named> {
    match ty {
        TypeVal::Val(Val::Def(id)) => Some(Named::Type(*id)),
        TypeVal::Resource(id) => Some(Named::Resource(*id)),
        _ => None,
    }
}
