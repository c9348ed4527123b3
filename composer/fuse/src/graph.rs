//! What the box is once nothing is nested any more: core modules, their
//! instances in the order in which they start, and the functions that cross
//! from one part to another.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use wasmparser::ExternalKind;

use crate::types::{FuncType, ResourceId, TypeId, Types, Val};

macro_rules! id {
    ($(#[$doc:meta] $name:ident;)*) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) struct $name(pub u32);
        impl $name {
            /// As an index.
            #[allow(dead_code, reason = "some identifiers are only compared")]
            pub fn at(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

id! {
    /// A component instance: what owns a handle table and the flag `may_leave`.
    PartId;
    /// A distinct core module.
    ModuleId;
    /// A core module's instance.
    InstanceId;
    /// A component-level function.
    FuncId;
    /// A core function that the canonical ABI makes: `canon lower` and the resource built-ins.
    BuiltinId;
    /// An import of the outermost component.
    ImportId;
}

/// The whole box.
#[derive(Debug, Default)]
pub(crate) struct Graph<'a> {
    pub types: Types,
    pub parts: Vec<Part>,
    pub modules: Vec<&'a [u8]>,
    pub module_names: Vec<String>,
    /// In the order in which they are instantiated, which the order of effects depends on.
    pub instances: Vec<CoreInstance>,
    pub funcs: Vec<Func>,
    pub builtins: Vec<Builtin>,
    pub resources: Vec<Resource>,
    pub imports: Vec<Import>,
    pub exports: Vec<(String, Item<'a>)>,
    /// Which import first gave a type to the box.
    pub homes: HashMap<Named, Home>,
    /// The type that an export gave to a function last: its own, said with other names.
    pub ascribed: HashMap<FuncId, Rc<FuncType>>,
    pub customs: Vec<(&'a str, &'a [u8])>,
}

/// What a type name can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Named {
    Type(TypeId),
    Resource(ResourceId),
}

/// Where a name comes from.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub import: ImportId,
}

/// A component instance.
#[derive(Debug)]
pub(crate) struct Part {
    /// For messages and backtraces.
    pub name: String,
    /// The part that instantiated it.
    pub parent: Option<PartId>,
}

/// A core module's instance: a module and what each of its imports is.
#[derive(Debug)]
pub(crate) struct CoreInstance {
    pub part: PartId,
    pub module: ModuleId,
    /// Arguments by module name, as written.
    pub args: Vec<(String, CoreBundle)>,
}

/// Something that core instances may be given: an instance, or names for single items.
#[derive(Clone, Debug)]
pub(crate) enum CoreBundle {
    Instance(InstanceId),
    Items(Rc<HashMap<String, CoreItem>>),
}

impl CoreBundle {
    pub fn get(&self, name: &str, kind: ExternalKind) -> Option<CoreItem> {
        match self {
            CoreBundle::Instance(instance) => Some(CoreItem::Export {
                instance: *instance,
                name: name.into(),
                kind,
            }),
            CoreBundle::Items(items) => items.get(name).cloned(),
        }
    }
}

/// A core function, memory, table, global or tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CoreItem {
    Export {
        instance: InstanceId,
        name: Rc<str>,
        kind: ExternalKind,
    },
    Builtin(BuiltinId),
}

// By hand because `ExternalKind` can't be hashed; an export's name says its kind.
impl Hash for CoreItem {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            CoreItem::Export { instance, name, .. } => (instance, name).hash(state),
            CoreItem::Builtin(id) => id.hash(state),
        }
    }
}

/// A core function that the canonical ABI makes.
#[derive(Clone, Debug)]
pub(crate) struct Builtin {
    /// Who calls it.
    pub part: PartId,
    pub kind: BuiltinKind,
}

#[derive(Clone, Debug)]
pub(crate) enum BuiltinKind {
    Lower { func: FuncId, options: CanonOptions },
    ResourceNew(ResourceId),
    ResourceRep(ResourceId),
    ResourceDrop(ResourceId),
}

/// Options of `canon lift` and `canon lower`.
#[derive(Clone, Debug, Default)]
pub(crate) struct CanonOptions {
    pub encoding: Encoding,
    pub memory: Option<CoreItem>,
    pub realloc: Option<CoreItem>,
    pub post_return: Option<CoreItem>,
}

/// How a part keeps strings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Encoding {
    #[default]
    Utf8,
    Utf16,
    /// Latin-1, or UTF-16 where the length's top bit is set.
    Compact,
}

/// A component-level function.
#[derive(Clone, Debug)]
pub(crate) struct Func {
    pub ty: Rc<FuncType>,
    /// For messages and backtraces.
    pub name: String,
    pub kind: FuncKind,
}

#[derive(Clone, Debug)]
pub(crate) enum FuncKind {
    /// A function of the host: an import, or an export of an imported instance.
    Import {
        import: ImportId,
        export: Option<String>,
    },
    /// A core function of a part.
    Lift {
        part: PartId,
        core: CoreItem,
        options: CanonOptions,
    },
}

/// A resource type.
#[derive(Clone, Debug)]
pub(crate) enum Resource {
    Host,
    Part {
        part: PartId,
        dtor: Option<CoreItem>,
    },
}

/// An import of the outermost component.
#[derive(Debug)]
pub(crate) struct Import {
    pub name: String,
    pub kind: ImportKind,
}

#[derive(Debug)]
pub(crate) enum ImportKind {
    Func(FuncId),
    /// A resource, or a name for a value type.
    Type(Named),
    /// What the instance exports, in order.
    Instance(Vec<(String, ImportItem)>),
}

#[derive(Clone, Debug)]
pub(crate) enum ImportItem {
    Func(FuncId),
    Type(Named),
    /// A name for a primitive, which needs no name to be used.
    Alias(Val),
}

/// A component-level entity.
#[derive(Clone, Debug)]
pub(crate) enum Item<'a> {
    Func(FuncId),
    Type(crate::inline::TypeVal<'a>),
    Instance(Rc<InstanceVal<'a>>),
    Component(crate::inline::ComponentVal<'a>),
    Module(ModuleId),
}

/// A component instance as seen from outside: its exports in order.
#[derive(Debug, Default)]
pub(crate) struct InstanceVal<'a> {
    pub exports: Vec<(String, Item<'a>)>,
    by_name: HashMap<String, usize>,
    /// The import that it is, if it is one.
    pub import: Option<ImportId>,
}

impl<'a> InstanceVal<'a> {
    pub fn new(exports: Vec<(String, Item<'a>)>, import: Option<ImportId>) -> Self {
        let by_name = exports
            .iter()
            .enumerate()
            .map(|(at, (name, _))| (name.clone(), at))
            .collect();
        InstanceVal {
            exports,
            by_name,
            import,
        }
    }

    pub fn get(&self, name: &str) -> Option<&Item<'a>> {
        self.by_name.get(name).map(|at| &self.exports[*at].1)
    }
}

impl Graph<'_> {
    /// Whether a call between these two would enter a part that is on the stack:
    /// the same part, or one that contains the other.
    ///
    /// Parts are instantiated before what uses them, so no other call can come
    /// back to a part that is running.
    pub fn reenters(&self, caller: PartId, callee: PartId) -> bool {
        self.is_within(caller, callee) || self.is_within(callee, caller)
    }

    fn is_within(&self, inner: PartId, outer: PartId) -> bool {
        let mut at = Some(inner);
        while let Some(part) = at {
            if part == outer {
                return true;
            }
            at = self.parts[part.at()].parent;
        }
        false
    }
}
