//! Stage 2, inline: instantiate every component, on paper.
//!
//! The binary format is a program of its own: each section adds to index spaces,
//! and instantiating a component runs its sections with arguments in place of its
//! imports. Running that program once at build time leaves no nesting: two
//! instances of one component run its sections twice, and each run defines its
//! own resources, parts and core instances; an instance that two others are
//! given is run once, so diamonds stay shared.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentDefinedType,
    ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, ComponentType,
    ComponentTypeRef, ComponentValType, ExternalKind, Instance, InstanceTypeDeclaration,
    PrimitiveValType, TypeBounds,
};

use crate::FuseError;
use crate::graph::{
    Builtin, BuiltinId, BuiltinKind, CanonOptions, CoreBundle, CoreInstance, CoreItem, Encoding,
    Func, FuncId, FuncKind, Graph, Home, Import, ImportId, ImportItem, ImportKind, InstanceId,
    InstanceVal, Item, ModuleId, Named, Part, PartId, Resource,
};
use crate::read::{Component, Decl};
use crate::types::{Def, FuncType, ResourceId, Val};

/// What a type index stands for.
#[derive(Clone, Debug)]
pub(crate) enum TypeVal<'a> {
    Val(Val),
    Func(Rc<FuncType>),
    Resource(ResourceId),
    /// An instance type, read only if the outermost component imports one.
    Instance(Rc<Deferred<'a>>),
    /// A component type, or a type that can't be fused; an error where it is used.
    Other(&'static str),
}

/// An instance type and the scope that its outer aliases reach.
#[derive(Debug)]
pub(crate) struct Deferred<'a> {
    decls: Box<[InstanceTypeDeclaration<'a>]>,
    scope: Rc<Shared<'a>>,
}

/// A component and the scope that its outer aliases reach.
#[derive(Clone, Debug)]
pub(crate) struct ComponentVal<'a> {
    code: Rc<Component<'a>>,
    outer: Option<Rc<Shared<'a>>>,
}

/// The index spaces that inner components can reach by an outer alias.
#[derive(Debug, Default)]
pub(crate) struct Shared<'a> {
    types: RefCell<Vec<TypeVal<'a>>>,
    modules: RefCell<Vec<ModuleId>>,
    components: RefCell<Vec<ComponentVal<'a>>>,
    outer: Option<Rc<Shared<'a>>>,
}

impl<'a> Shared<'a> {
    fn up(self: &Rc<Self>, count: u32) -> Option<Rc<Shared<'a>>> {
        let mut at = Rc::clone(self);
        for _ in 0..count {
            let next = Rc::clone(at.outer.as_ref()?);
            at = next;
        }
        Some(at)
    }

    fn ty(&self, index: u32) -> Result<TypeVal<'a>, FuseError> {
        nth(&self.types.borrow(), index)
    }
}

/// One run of a component's sections.
struct Frame<'a> {
    part: PartId,
    shared: Rc<Shared<'a>>,
    funcs: Vec<FuncId>,
    instances: Vec<Rc<InstanceVal<'a>>>,
    core_funcs: Vec<CoreItem>,
    core_memories: Vec<CoreItem>,
    core_tables: Vec<CoreItem>,
    core_globals: Vec<CoreItem>,
    core_tags: Vec<CoreItem>,
    core_instances: Vec<CoreBundle>,
    exports: Vec<(String, Item<'a>)>,
}

/// Builds the graph of a component.
pub(crate) fn inline<'a>(component: Component<'a>) -> Result<Graph<'a>, FuseError> {
    let mut inliner = Inliner::default();
    inliner.graph.customs = component.customs.clone();
    let val = ComponentVal {
        code: Rc::new(component),
        outer: None,
    };
    let exports = inliner.run(&val, "box".into(), None, None)?;
    inliner.graph.exports = exports;
    inliner.name_modules();
    Ok(inliner.graph)
}

#[derive(Default)]
struct Inliner<'a> {
    graph: Graph<'a>,
    modules: HashMap<&'a [u8], ModuleId>,
}

/// Arguments of an instantiation, by name.
type Args<'a> = HashMap<&'a str, Item<'a>>;

impl<'a> Inliner<'a> {
    /// Runs a component's sections. Without `args` it is the outermost one, whose
    /// imports are the host's.
    fn run(
        &mut self,
        component: &ComponentVal<'a>,
        name: String,
        parent: Option<PartId>,
        args: Option<&Args<'a>>,
    ) -> Result<Vec<(String, Item<'a>)>, FuseError> {
        let part = PartId(next(&self.graph.parts));
        self.graph.parts.push(Part { name, parent });
        let mut frame = Frame {
            part,
            shared: Rc::new(Shared {
                outer: component.outer.clone(),
                ..Shared::default()
            }),
            funcs: Vec::new(),
            instances: Vec::new(),
            core_funcs: Vec::new(),
            core_memories: Vec::new(),
            core_tables: Vec::new(),
            core_globals: Vec::new(),
            core_tags: Vec::new(),
            core_instances: Vec::new(),
            exports: Vec::new(),
        };
        for decl in &component.code.decls {
            match decl {
                Decl::CoreModule(bytes) => {
                    let name = self.graph.parts[part.at()].name.clone();
                    let id = self.module(bytes, name);
                    frame.shared.modules.borrow_mut().push(id);
                }
                Decl::CoreType => {}
                Decl::CoreInstance(instance) => self.core_instance(&mut frame, instance)?,
                Decl::Component(code) => {
                    let val = ComponentVal {
                        code: Rc::clone(code),
                        outer: Some(Rc::clone(&frame.shared)),
                    };
                    frame.shared.components.borrow_mut().push(val);
                }
                Decl::Instance(instance) => {
                    self.instance(&mut frame, &component.code, instance)?;
                }
                Decl::Alias(alias) => self.alias(&mut frame, alias)?,
                Decl::Type(ty) => {
                    let ty = self.ty(&frame, ty)?;
                    frame.shared.types.borrow_mut().push(ty);
                }
                Decl::Canon(canon) => self.canon(&mut frame, canon)?,
                Decl::Start => return Err(self.refuse(part, "it has a component start function")),
                Decl::Import(import) => {
                    let name = import.name.name;
                    let item = match args {
                        Some(args) => match args.get(name) {
                            Some(item) => item.clone(),
                            None => {
                                let reason = format!("its import `{name}` is given by nobody");
                                return Err(self.refuse(part, &reason));
                            }
                        },
                        None => self.host_import(&frame, name, &import.ty)?,
                    };
                    frame.push(item);
                }
                Decl::Export(export) => {
                    let item = frame.get(export.kind, export.index)?;
                    // An export is a new item of its index space as well.
                    frame.push(item.clone());
                    frame.exports.push((export.name.name.to_owned(), item));
                }
            }
        }
        Ok(frame.exports)
    }

    /// Names modules after the parts that have an instance of them: code that several
    /// have in common is named after all, or a backtrace would name the wrong one.
    fn name_modules(&mut self) {
        const NAMED: usize = 3;
        let mut parts = vec![Vec::new(); self.graph.modules.len()];
        for instance in &self.graph.instances {
            let parts: &mut Vec<PartId> = &mut parts[instance.module.at()];
            if parts.last() != Some(&instance.part) {
                parts.push(instance.part);
            }
        }
        for (name, parts) in self.graph.module_names.iter_mut().zip(parts) {
            let mut names: Vec<_> = parts
                .iter()
                .take(NAMED)
                .map(|part| self.graph.parts[part.at()].name.clone())
                .collect();
            if parts.len() > NAMED {
                names.push(format!("{} more", parts.len() - NAMED));
            }
            if !names.is_empty() {
                *name = names.join(" | ");
            }
        }
    }

    fn module(&mut self, bytes: &'a [u8], name: String) -> ModuleId {
        let graph = &mut self.graph;
        *self.modules.entry(bytes).or_insert_with(|| {
            graph.modules.push(bytes);
            graph.module_names.push(name);
            ModuleId(next(&graph.modules) - 1)
        })
    }

    fn core_instance(
        &mut self,
        frame: &mut Frame<'a>,
        instance: &Instance<'a>,
    ) -> Result<(), FuseError> {
        let bundle = match instance {
            Instance::Instantiate { module_index, args } => {
                let args = args
                    .iter()
                    .map(|arg| {
                        let bundle = nth(&frame.core_instances, arg.index)?;
                        Ok((arg.name.to_owned(), bundle))
                    })
                    .collect::<Result<_, FuseError>>()?;
                let id = InstanceId(next(&self.graph.instances));
                self.graph.instances.push(CoreInstance {
                    part: frame.part,
                    module: nth(&frame.shared.modules.borrow(), *module_index)?,
                    args,
                });
                CoreBundle::Instance(id)
            }
            Instance::FromExports(exports) => {
                let mut items = HashMap::new();
                for export in exports {
                    let item = frame.core_item(export.kind, export.index)?;
                    items.insert(export.name.to_owned(), item);
                }
                CoreBundle::Items(Rc::new(items))
            }
        };
        frame.core_instances.push(bundle);
        Ok(())
    }

    fn instance(
        &mut self,
        frame: &mut Frame<'a>,
        code: &Component<'a>,
        instance: &ComponentInstance<'a>,
    ) -> Result<(), FuseError> {
        let val = match instance {
            ComponentInstance::Instantiate {
                component_index,
                args,
            } => {
                let component = nth(&frame.shared.components.borrow(), *component_index)?;
                let args = args
                    .iter()
                    .map(|arg| Ok((arg.name, frame.get(arg.kind, arg.index)?)))
                    .collect::<Result<Args<'a>, FuseError>>()?;
                let index = next(&frame.instances);
                let named = code.instance_names.get(&index).copied();
                let own = match named.or(component.code.name) {
                    Some(name) => name.to_owned(),
                    None => format!("#{index}"),
                };
                let name = match frame.part {
                    PartId(0) => own,
                    outer => format!("{}/{own}", self.graph.parts[outer.at()].name),
                };
                let exports = self.run(&component, name, Some(frame.part), Some(&args))?;
                InstanceVal::new(exports, None)
            }
            ComponentInstance::FromExports(exports) => InstanceVal::new(
                exports
                    .iter()
                    .map(|export| {
                        let item = frame.get(export.kind, export.index)?;
                        Ok((export.name.name.to_owned(), item))
                    })
                    .collect::<Result<_, FuseError>>()?,
                None,
            ),
        };
        frame.instances.push(Rc::new(val));
        Ok(())
    }

    fn alias(
        &mut self,
        frame: &mut Frame<'a>,
        alias: &ComponentAlias<'a>,
    ) -> Result<(), FuseError> {
        match alias {
            ComponentAlias::InstanceExport {
                instance_index,
                name,
                ..
            } => {
                let instance = nth(&frame.instances, *instance_index)?;
                let item = instance.get(name).cloned().ok_or_else(|| {
                    FuseError::Invalid(format!("an alias to `{name}`, which nobody exports"))
                })?;
                frame.push(item);
            }
            ComponentAlias::CoreInstanceExport {
                kind,
                instance_index,
                name,
            } => {
                let bundle = nth(&frame.core_instances, *instance_index)?;
                let item = bundle.get(name, *kind).ok_or_else(|| {
                    FuseError::Invalid(format!("an alias to `{name}`, which nobody exports"))
                })?;
                frame.core_space(*kind).push(item);
            }
            ComponentAlias::Outer { kind, count, index } => {
                let scope = frame.shared.up(*count).ok_or_else(index_error)?;
                match kind {
                    ComponentOuterAliasKind::CoreType => {}
                    ComponentOuterAliasKind::CoreModule => {
                        let module = nth(&scope.modules.borrow(), *index)?;
                        frame.shared.modules.borrow_mut().push(module);
                    }
                    ComponentOuterAliasKind::Type => {
                        let ty = scope.ty(*index)?;
                        frame.shared.types.borrow_mut().push(ty);
                    }
                    ComponentOuterAliasKind::Component => {
                        let component = nth(&scope.components.borrow(), *index)?;
                        frame.shared.components.borrow_mut().push(component);
                    }
                }
            }
        }
        Ok(())
    }

    fn canon(&mut self, frame: &mut Frame<'a>, canon: &CanonicalFunction) -> Result<(), FuseError> {
        let kind = match canon {
            CanonicalFunction::Lift {
                core_func_index,
                type_index,
                options,
            } => {
                let ty = match frame.shared.ty(*type_index)? {
                    TypeVal::Func(ty) => ty,
                    TypeVal::Other(what) => {
                        let reason = format!("a function that it exports has {what} in its type");
                        return Err(self.refuse(frame.part, &reason));
                    }
                    _ => return Err(index_error()),
                };
                let core = nth(&frame.core_funcs, *core_func_index)?;
                let options = self.options(frame, options)?;
                let name = match &core {
                    CoreItem::Export { name, .. } => name.to_string(),
                    CoreItem::Builtin(_) => "function".to_owned(),
                };
                let id = FuncId(next(&self.graph.funcs));
                self.graph.funcs.push(Func {
                    ty,
                    name,
                    kind: FuncKind::Lift {
                        part: frame.part,
                        core,
                        options,
                    },
                });
                frame.funcs.push(id);
                return Ok(());
            }
            CanonicalFunction::Lower {
                func_index,
                options,
            } => BuiltinKind::Lower {
                func: nth(&frame.funcs, *func_index)?,
                options: self.options(frame, options)?,
            },
            CanonicalFunction::ResourceNew { resource } => {
                BuiltinKind::ResourceNew(frame.resource(*resource)?)
            }
            CanonicalFunction::ResourceRep { resource } => {
                BuiltinKind::ResourceRep(frame.resource(*resource)?)
            }
            CanonicalFunction::ResourceDrop { resource } => {
                BuiltinKind::ResourceDrop(frame.resource(*resource)?)
            }
            other => {
                let text = format!("{other:?}");
                let word = text.split([' ', '{', '(']).next().unwrap_or_default();
                let reason = format!("it uses the canonical built-in `{word}`");
                return Err(self.refuse(frame.part, &reason));
            }
        };
        let id = BuiltinId(next(&self.graph.builtins));
        self.graph.builtins.push(Builtin {
            part: frame.part,
            kind,
        });
        frame.core_funcs.push(CoreItem::Builtin(id));
        Ok(())
    }

    fn options(
        &self,
        frame: &Frame<'a>,
        options: &[CanonicalOption],
    ) -> Result<CanonOptions, FuseError> {
        let mut out = CanonOptions::default();
        for option in options {
            match option {
                CanonicalOption::UTF8 => out.encoding = Encoding::Utf8,
                CanonicalOption::UTF16 => out.encoding = Encoding::Utf16,
                CanonicalOption::CompactUTF16 => out.encoding = Encoding::Compact,
                CanonicalOption::Memory(index) => {
                    out.memory = Some(nth(&frame.core_memories, *index)?);
                }
                CanonicalOption::Realloc(index) => {
                    out.realloc = Some(nth(&frame.core_funcs, *index)?);
                }
                CanonicalOption::PostReturn(index) => {
                    out.post_return = Some(nth(&frame.core_funcs, *index)?);
                }
                CanonicalOption::Async | CanonicalOption::Callback(_) => {
                    return Err(self.refuse(frame.part, "it lifts or lowers an `async` function"));
                }
                CanonicalOption::CoreType(_) | CanonicalOption::Gc => {
                    return Err(self.refuse(frame.part, "it passes values as GC objects"));
                }
            }
        }
        Ok(out)
    }

    fn ty(&mut self, frame: &Frame<'a>, ty: &ComponentType<'a>) -> Result<TypeVal<'a>, FuseError> {
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

    fn resource(&mut self, resource: Resource) -> ResourceId {
        self.graph.resources.push(resource);
        ResourceId(next(&self.graph.resources) - 1)
    }

    /// A type that may stand in a component or in an instance type.
    fn plain_type(
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

    fn defined(
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

    /// What an import of the outermost component is.
    fn host_import(
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
    fn host_instance(
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

    fn host_func(
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

    fn bound(
        &mut self,
        scope: &Rc<Shared<'a>>,
        bounds: &TypeBounds,
    ) -> Result<TypeVal<'a>, FuseError> {
        match bounds {
            TypeBounds::Eq(index) => scope.ty(*index),
            TypeBounds::SubResource => Ok(TypeVal::Resource(self.resource(Resource::Host))),
        }
    }

    fn home(&mut self, named: Named, import: ImportId) {
        self.graph
            .homes
            .entry(named)
            .or_insert_with(|| Home { import });
    }

    fn refuse(&self, part: PartId, reason: &str) -> FuseError {
        FuseError::unsupported(self.graph.parts[part.at()].name.clone(), reason)
    }
}

impl<'a> Frame<'a> {
    fn push(&mut self, item: Item<'a>) {
        match item {
            Item::Func(func) => self.funcs.push(func),
            Item::Type(ty) => self.shared.types.borrow_mut().push(ty),
            Item::Instance(instance) => self.instances.push(instance),
            Item::Component(component) => self.shared.components.borrow_mut().push(component),
            Item::Module(module) => self.shared.modules.borrow_mut().push(module),
        }
    }

    fn get(&self, kind: ComponentExternalKind, index: u32) -> Result<Item<'a>, FuseError> {
        Ok(match kind {
            ComponentExternalKind::Module => {
                Item::Module(nth(&self.shared.modules.borrow(), index)?)
            }
            ComponentExternalKind::Func => Item::Func(nth(&self.funcs, index)?),
            ComponentExternalKind::Type => Item::Type(self.shared.ty(index)?),
            ComponentExternalKind::Instance => Item::Instance(nth(&self.instances, index)?),
            ComponentExternalKind::Component => {
                Item::Component(nth(&self.shared.components.borrow(), index)?)
            }
            ComponentExternalKind::Value => {
                return Err(FuseError::unsupported("the component", "it passes values"));
            }
        })
    }

    fn core_space(&mut self, kind: ExternalKind) -> &mut Vec<CoreItem> {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => &mut self.core_funcs,
            ExternalKind::Table => &mut self.core_tables,
            ExternalKind::Memory => &mut self.core_memories,
            ExternalKind::Global => &mut self.core_globals,
            ExternalKind::Tag => &mut self.core_tags,
        }
    }

    fn core_item(&mut self, kind: ExternalKind, index: u32) -> Result<CoreItem, FuseError> {
        nth(self.core_space(kind), index)
    }

    fn resource(&self, index: u32) -> Result<ResourceId, FuseError> {
        resource_of(&self.shared, index)
    }
}

fn resource_of(scope: &Shared<'_>, index: u32) -> Result<ResourceId, FuseError> {
    match scope.ty(index)? {
        TypeVal::Resource(resource) => Ok(resource),
        _ => Err(index_error()),
    }
}

/// A value type, or what keeps it from being one that can be fused.
fn val(scope: &Shared<'_>, ty: ComponentValType) -> Result<Result<Val, &'static str>, FuseError> {
    Ok(match ty {
        ComponentValType::Primitive(primitive) => prim(primitive),
        ComponentValType::Type(index) => match scope.ty(index)? {
            TypeVal::Val(val) => Ok(val),
            TypeVal::Other(why) => Err(why),
            _ => return Err(index_error()),
        },
    })
}

fn prim(primitive: PrimitiveValType) -> Result<Val, &'static str> {
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

fn named(ty: &TypeVal<'_>) -> Option<Named> {
    match ty {
        TypeVal::Val(Val::Def(id)) => Some(Named::Type(*id)),
        TypeVal::Resource(id) => Some(Named::Resource(*id)),
        _ => None,
    }
}

fn nth<T: Clone>(space: &[T], index: u32) -> Result<T, FuseError> {
    space.get(index as usize).cloned().ok_or_else(index_error)
}

/// The validator has checked every index; this is for the compiler's sake.
fn index_error() -> FuseError {
    FuseError::Invalid("an index is out of range".into())
}

fn next<T>(space: &[T]) -> u32 {
    u32::try_from(space.len()).unwrap_or(u32::MAX)
}
