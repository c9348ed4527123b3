//! A component that has nothing but types: for interfaces without functions and
//! resources. Nobody needs to provide what anybody can write down.
//!
//! ```wat
//! (component
//!   (component $types
//!     (type $errno (enum "io" "again"))
//!     (export $errno' "errno" (type $errno)))
//!   (instance $i (instantiate $types))
//!   (export "boxer:kernel/types@0.1.0" (instance $i)))
//! ```

use std::collections::HashMap;

use wac_types::{
    DefinedType, DefinedTypeId, InterfaceId, ItemKind, PrimitiveType, Type, Types, ValueType,
};
use wasm_encoder::{
    ComponentBuilder, ComponentDefinedTypeEncoder, ComponentExportKind, ComponentValType,
    PrimitiveValType,
};

/// A component that exports `interface` with the value types that `id` has.
///
/// What is no value type is left out: callers ask only for interfaces that have
/// nothing else.
pub(crate) fn define(interface: &str, types: &Types, id: InterfaceId) -> Vec<u8> {
    let mut encoder = Encoder {
        types,
        inner: ComponentBuilder::default(),
        known: HashMap::new(),
    };
    for (name, item) in &types[id].exports {
        if let ItemKind::Type(Type::Value(ty)) = item {
            encoder.export(name, *ty);
        }
    }
    let mut outer = ComponentBuilder::default();
    let inner = outer.component(None, encoder.inner);
    let instance = outer.instantiate(None, inner, [] as [(&str, ComponentExportKind, u32); 0]);
    outer.export(interface, ComponentExportKind::Instance, instance, None);
    outer.finish()
}

struct Encoder<'a> {
    types: &'a Types,
    inner: ComponentBuilder,
    /// Types that have an index already; an exported one has that of its export,
    /// since what refers to it must use its name.
    known: HashMap<DefinedTypeId, u32>,
}

impl Encoder<'_> {
    fn export(&mut self, name: &str, ty: ValueType) {
        let index = match self.value(ty) {
            ComponentValType::Type(index) => index,
            ComponentValType::Primitive(primitive) => {
                let (index, encoder) = self.inner.type_defined(None);
                encoder.primitive(primitive);
                index
            }
        };
        let exported = self
            .inner
            .export(name, ComponentExportKind::Type, index, None);
        if let ValueType::Defined(id) = ty {
            self.known.insert(id, exported);
        }
    }

    fn value(&mut self, ty: ValueType) -> ComponentValType {
        match ty {
            ValueType::Primitive(primitive) => {
                ComponentValType::Primitive(self::primitive(primitive))
            }
            ValueType::Defined(id) => self.defined(id),
            // Handles are kept out by the caller; there is no index for them here.
            ValueType::Borrow(_) | ValueType::Own(_) => {
                ComponentValType::Primitive(PrimitiveValType::U32)
            }
        }
    }

    fn defined(&mut self, id: DefinedTypeId) -> ComponentValType {
        if let Some(index) = self.known.get(&id) {
            return ComponentValType::Type(*index);
        }
        let types = self.types;
        let index = match &types[id] {
            DefinedType::Alias(ty) => match self.value(*ty) {
                ComponentValType::Type(index) => index,
                ComponentValType::Primitive(ty) => self.define(|encoder| encoder.primitive(ty)),
            },
            DefinedType::Tuple(members) => {
                let members: Vec<_> = members.iter().map(|ty| self.value(*ty)).collect();
                self.define(|encoder| encoder.tuple(members))
            }
            DefinedType::List(ty) => {
                let ty = self.value(*ty);
                self.define(|encoder| encoder.list(ty))
            }
            DefinedType::Option(ty) => {
                let ty = self.value(*ty);
                self.define(|encoder| encoder.option(ty))
            }
            DefinedType::Result { ok, err } => {
                let ok = ok.map(|ty| self.value(ty));
                let err = err.map(|ty| self.value(ty));
                self.define(|encoder| encoder.result(ok, err))
            }
            DefinedType::Record(record) => {
                let fields: Vec<_> = record
                    .fields
                    .iter()
                    .map(|(name, ty)| (name.as_str(), self.value(*ty)))
                    .collect();
                self.define(|encoder| encoder.record(fields))
            }
            DefinedType::Variant(variant) => {
                let cases: Vec<_> = variant
                    .cases
                    .iter()
                    .map(|(name, ty)| (name.as_str(), ty.map(|ty| self.value(ty))))
                    .collect();
                self.define(|encoder| encoder.variant(cases))
            }
            DefinedType::Flags(flags) => {
                self.define(|encoder| encoder.flags(flags.0.iter().map(String::as_str)))
            }
            DefinedType::Enum(cases) => {
                self.define(|encoder| encoder.enum_type(cases.0.iter().map(String::as_str)))
            }
            // Kept out by the caller as well.
            DefinedType::FixedSizeList(..)
            | DefinedType::Stream(_)
            | DefinedType::Future(_)
            | DefinedType::Map(..) => {
                self.define(|encoder| encoder.primitive(PrimitiveValType::U32))
            }
        };
        self.known.insert(id, index);
        ComponentValType::Type(index)
    }

    fn define(&mut self, encode: impl FnOnce(ComponentDefinedTypeEncoder<'_>)) -> u32 {
        let (index, encoder) = self.inner.type_defined(None);
        encode(encoder);
        index
    }
}

fn primitive(ty: PrimitiveType) -> PrimitiveValType {
    match ty {
        PrimitiveType::U8 => PrimitiveValType::U8,
        PrimitiveType::S8 => PrimitiveValType::S8,
        PrimitiveType::U16 => PrimitiveValType::U16,
        PrimitiveType::S16 => PrimitiveValType::S16,
        PrimitiveType::U32 => PrimitiveValType::U32,
        PrimitiveType::S32 => PrimitiveValType::S32,
        PrimitiveType::U64 => PrimitiveValType::U64,
        PrimitiveType::S64 => PrimitiveValType::S64,
        PrimitiveType::F32 => PrimitiveValType::F32,
        PrimitiveType::F64 => PrimitiveValType::F64,
        PrimitiveType::Char => PrimitiveValType::Char,
        PrimitiveType::Bool => PrimitiveValType::Bool,
        PrimitiveType::String => PrimitiveValType::String,
        PrimitiveType::ErrorContext => PrimitiveValType::ErrorContext,
    }
}
