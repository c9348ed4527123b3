//! The definitions behind imports and exports, from the types of a component.
//!
//! Types are named, not written out where they are used: a definition stands once, so
//! the text stays as small as the WIT is, and a change shows where it was made.
//!
//! `wit-component` decodes components too, for bindings. It panics on one that exports
//! what it imports, which is valid and what a composed component often does.

use std::collections::HashMap;

use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentFuncTypeId, ComponentItem, ComponentValType,
};
use wasmparser::types::TypesRef;

use crate::interface::{ComponentError, with_types};
use crate::interface_name::InterfaceName;

/// An import or export: an interface with what is in it, or a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// As the component spells it.
    pub(crate) name: String,
    /// In the component's order; a function has itself as its one item.
    pub(crate) items: Vec<Item>,
    /// An interface, and not a function.
    pub(crate) interface: bool,
}

/// A type or a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// As the interface spells it: `entry`, `[method]bucket.get`.
    pub(crate) name: String,
    pub(crate) definition: Definition,
    /// Of another interface, and only used here; the name says of which.
    pub(crate) foreign: bool,
    /// For [`Definition::Use`], the interface as the component spells it.
    pub(crate) from: Option<String>,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Definition {
    /// Parts in braces: `record`, `variant`, `enum`, `flags`.
    Block(&'static str, Vec<String>),
    /// Another name for a type.
    Alias(String),
    /// A type of another interface: which, by its track, and what it is called there.
    Use(String, String),
    Resource,
    /// Parameters and result.
    Function {
        asynchronous: bool,
        params: Vec<(String, String)>,
        result: Option<String>,
    },
}

/// What a component asks for and what it offers, or what a package of WIT has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shapes {
    pub(crate) imports: Vec<Shape>,
    pub(crate) exports: Vec<Shape>,
}

impl Shapes {
    /// Reads them from the bytes.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ComponentError> {
        with_types(bytes, |imports, exports, types| {
            let item = |name: &String| types.component_item_for_import(name);
            let imports = imports.iter().filter_map(|name| Some((name, item(name)?)));
            let item = |name: &String| types.component_item_for_export(name);
            let exports = exports.iter().filter_map(|name| Some((name, item(name)?)));
            let (imports, exports) = (imports.collect::<Vec<_>>(), exports.collect::<Vec<_>>());
            let mut names = Names::default();
            for (name, item) in imports.iter().chain(&exports) {
                names.learn(types, name, item);
            }
            let shapes = |items: &[(&String, &ComponentItem)]| {
                let shapes = items
                    .iter()
                    .flat_map(|(name, item)| names.shapes(types, name, item));
                shapes.collect()
            };
            Self {
                imports: shapes(&imports),
                exports: shapes(&exports),
            }
        })
    }
}

impl Definition {
    /// In one line, in the style of WIT.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Block(keyword, parts) => format!("{keyword} {{ {} }}", parts.join(", ")),
            Self::Alias(of) => of.clone(),
            Self::Use(from, name) => format!("{from}.{{{name}}}"),
            Self::Resource => "resource".to_owned(),
            Self::Function {
                asynchronous,
                params,
                result,
            } => function_text(*asynchronous, params, result.as_deref()),
        }
    }
}

pub(crate) fn function_text(
    asynchronous: bool,
    params: &[(String, String)],
    result: Option<&str>,
) -> String {
    let params: Vec<String> = params
        .iter()
        .map(|(name, ty)| format!("{name}: {ty}"))
        .collect();
    let result = result.map_or_else(String::new, |ty| format!(" -> {ty}"));
    let asynchronous = if asynchronous { "async " } else { "" };
    format!("{asynchronous}func({}){result}", params.join(", "))
}

/// What the types are called that interfaces have given names to: the interface, and the
/// name in it.
#[derive(Default)]
struct Names(HashMap<ComponentAnyTypeId, (String, String)>);

impl Names {
    fn learn(&mut self, types: TypesRef<'_>, interface: &str, item: &ComponentItem) {
        let ComponentEntityType::Instance(id) = item.ty else {
            return;
        };
        for (name, item) in &types[id].exports {
            if let ComponentEntityType::Type { created, .. } = item.ty {
                let place = (interface.to_owned(), name.clone());
                self.0.entry(created).or_insert(place);
            }
        }
    }

    fn shapes(&self, types: TypesRef<'_>, name: &str, item: &ComponentItem) -> Vec<Shape> {
        match item.ty {
            ComponentEntityType::Instance(id) => {
                let mut writer = Writer::new(types, self);
                for (name, item) in &types[id].exports {
                    if let ComponentEntityType::Type { created, .. } = item.ty {
                        writer.home.entry(created).or_insert_with(|| name.clone());
                    }
                }
                for (name, item) in &types[id].exports {
                    writer.item(name, item);
                }
                vec![writer.shape(name, true)]
            }
            ComponentEntityType::Func(id) => {
                let mut writer = Writer::new(types, self);
                writer.function(name, id);
                vec![writer.shape(name, false)]
            }
            // A package of WIT: each interface is a type, of a component that exports it.
            ComponentEntityType::Type {
                created: ComponentAnyTypeId::Component(id),
                ..
            } => {
                let mut names = Self::default();
                let outer = &types[id];
                for (name, item) in outer.imports.iter().chain(&outer.exports) {
                    names.learn(types, name, item);
                }
                let inside = outer.exports.iter();
                inside
                    .flat_map(|(name, item)| names.shapes(types, name, item))
                    .collect()
            }
            // A world in such a package.
            ComponentEntityType::Component(_) => vec![Shape {
                name: name.to_owned(),
                items: Vec::new(),
                interface: true,
            }],
            ComponentEntityType::Type { .. }
            | ComponentEntityType::Module(_)
            | ComponentEntityType::Value(_) => Vec::new(),
        }
    }
}

struct Writer<'a> {
    types: TypesRef<'a>,
    names: &'a Names,
    /// Types of this interface, which need no prefix.
    home: HashMap<ComponentAnyTypeId, String>,
    items: Vec<Item>,
    foreign: Vec<ComponentAnyTypeId>,
}

impl<'a> Writer<'a> {
    fn new(types: TypesRef<'a>, names: &'a Names) -> Self {
        Self {
            types,
            names,
            home: HashMap::new(),
            items: Vec::new(),
            foreign: Vec::new(),
        }
    }

    fn shape(self, name: &str, interface: bool) -> Shape {
        Shape {
            name: name.to_owned(),
            items: self.items,
            interface,
        }
    }

    fn push(&mut self, name: &str, definition: Definition, foreign: bool) {
        self.items.push(Item {
            name: name.to_owned(),
            definition,
            foreign,
            from: None,
        });
    }

    fn item(&mut self, name: &str, item: &ComponentItem) {
        match item.ty {
            ComponentEntityType::Func(id) => self.function(name, id),
            ComponentEntityType::Type {
                referenced,
                created,
            } => {
                let definition = self.definition(referenced, created);
                let used = matches!(definition, Definition::Use(..));
                self.push(name, definition, false);
                if let Some(item) = self.items.last_mut().filter(|_| used) {
                    item.from = self.names.0.get(&referenced).map(|place| place.0.clone());
                }
            }
            ComponentEntityType::Module(_)
            | ComponentEntityType::Value(_)
            | ComponentEntityType::Instance(_)
            | ComponentEntityType::Component(_) => {}
        }
    }

    /// What a name of this interface stands for.
    fn definition(
        &mut self,
        referenced: ComponentAnyTypeId,
        created: ComponentAnyTypeId,
    ) -> Definition {
        if referenced != created
            && let Some(local) = self.home.get(&referenced)
        {
            return Definition::Alias(escaped(local));
        }
        if let Some((interface, name)) = self.names.0.get(&referenced)
            && !self.home.contains_key(&referenced)
        {
            let place = (track(interface), name.clone());
            self.used_from(referenced, &format!("{}.{}", place.0, place.1));
            return Definition::Use(place.0, place.1);
        }
        self.structure(created)
    }

    /// Writes down a type of another interface, once: it may change there.
    fn used_from(&mut self, id: ComponentAnyTypeId, name: &str) {
        if self.foreign.contains(&id) {
            return;
        }
        self.foreign.push(id);
        let definition = self.structure(id);
        self.push(name, definition, true);
    }

    fn structure(&mut self, id: ComponentAnyTypeId) -> Definition {
        match id {
            ComponentAnyTypeId::Resource(_) => Definition::Resource,
            ComponentAnyTypeId::Defined(id) => self.defined(id),
            ComponentAnyTypeId::Func(_)
            | ComponentAnyTypeId::Instance(_)
            | ComponentAnyTypeId::Component(_) => {
                Definition::Alias("a type of no value".to_owned())
            }
        }
    }

    fn function(&mut self, name: &str, id: ComponentFuncTypeId) {
        let types = self.types;
        let ty = &types[id];
        let params = ty.params.iter();
        let params = params.map(|(name, ty)| (escaped(name), self.value(*ty)));
        let params = params.collect();
        let result = ty.result.map(|ty| self.value(ty));
        let definition = Definition::Function {
            asynchronous: ty.async_,
            params,
            result,
        };
        self.push(name, definition, false);
    }

    /// A type where it is used: by its name, where it has one.
    fn value(&mut self, ty: ComponentValType) -> String {
        match ty {
            ComponentValType::Primitive(primitive) => primitive.to_string(),
            ComponentValType::Type(id) => {
                let any = ComponentAnyTypeId::Defined(id);
                match self.name(any) {
                    Some(name) => name,
                    None => self.defined(id).text(),
                }
            }
        }
    }

    fn name(&mut self, id: ComponentAnyTypeId) -> Option<String> {
        if let Some(local) = self.home.get(&id) {
            return Some(escaped(local));
        }
        let (interface, name) = self.names.0.get(&id)?;
        let name = format!("{}.{name}", track(interface));
        self.used_from(id, &name);
        Some(name)
    }

    fn optional(&mut self, ty: Option<ComponentValType>) -> Option<String> {
        ty.map(|ty| self.value(ty))
    }

    fn defined(&mut self, id: ComponentDefinedTypeId) -> Definition {
        let types = self.types;
        let text = match &types[id] {
            ComponentDefinedType::Record(record) => {
                let fields = record.fields.iter();
                let fields =
                    fields.map(|(name, ty)| format!("{}: {}", escaped(name), self.value(*ty)));
                return Definition::Block("record", fields.collect());
            }
            ComponentDefinedType::Variant(variant) => {
                let cases = variant.cases.iter().map(|(name, case)| match case.ty {
                    Some(ty) => format!("{}({})", escaped(name), self.value(ty)),
                    None => escaped(name),
                });
                return Definition::Block("variant", cases.collect());
            }
            ComponentDefinedType::Flags(names) => {
                let names = names.iter().map(|name| escaped(name));
                return Definition::Block("flags", names.collect());
            }
            ComponentDefinedType::Enum(names) => {
                let names = names.iter().map(|name| escaped(name));
                return Definition::Block("enum", names.collect());
            }
            ComponentDefinedType::Primitive(primitive) => primitive.to_string(),
            ComponentDefinedType::List { element, .. } => format!("list<{}>", self.value(*element)),
            ComponentDefinedType::Map { key, value, .. } => {
                format!("map<{}, {}>", self.value(*key), self.value(*value))
            }
            ComponentDefinedType::FixedLengthList {
                element, length, ..
            } => format!("list<{}, {length}>", self.value(*element)),
            ComponentDefinedType::Tuple(tuple) => {
                let types: Vec<_> = tuple.types.iter().map(|ty| self.value(*ty)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            ComponentDefinedType::Option { ty, .. } => format!("option<{}>", self.value(*ty)),
            ComponentDefinedType::Result { ok, err, .. } => {
                match (self.optional(*ok), self.optional(*err)) {
                    (Some(ok), Some(err)) => format!("result<{ok}, {err}>"),
                    (Some(ok), None) => format!("result<{ok}>"),
                    (None, Some(err)) => format!("result<_, {err}>"),
                    (None, None) => "result".to_owned(),
                }
            }
            ComponentDefinedType::Own(id) => self.resource(ComponentAnyTypeId::Resource(*id)),
            ComponentDefinedType::Borrow(id) => {
                format!(
                    "borrow<{}>",
                    self.resource(ComponentAnyTypeId::Resource(*id))
                )
            }
            ComponentDefinedType::Future { ty, .. } => match self.optional(*ty) {
                Some(ty) => format!("future<{ty}>"),
                None => "future".to_owned(),
            },
            ComponentDefinedType::Stream { ty, .. } => match self.optional(*ty) {
                Some(ty) => format!("stream<{ty}>"),
                None => "stream".to_owned(),
            },
        };
        Definition::Alias(text)
    }

    fn resource(&mut self, id: ComponentAnyTypeId) -> String {
        self.name(id).unwrap_or_else(|| "resource".to_owned())
    }
}

/// A name where WIT would otherwise read a word of its own.
/// Source: "Keywords" in the component model's `WIT.md`.
pub(crate) fn escaped(name: &str) -> String {
    const KEYWORDS: &str = " as async bool borrow char constructor enum error-context export f32 \
        f64 flags float32 float64 from func future import include interface list map option own \
        package record resource result s16 s32 s64 s8 static stream string tuple type u16 u32 \
        u64 u8 use variant with world ";
    if KEYWORDS.contains(&format!(" {name} ")) {
        format!("%{name}")
    } else {
        name.to_owned()
    }
}

/// Versions of one track are one interface to those who use it.
fn track(interface: &str) -> String {
    let name = interface.parse::<InterfaceName>();
    name.map_or_else(|_| interface.to_owned(), |name| name.track().to_string())
}
