//! Stage 2, inline: instantiate every component, on paper.
//!
//! The binary format is a program of its own: each section adds to index spaces,
//! and instantiating a component runs its sections with arguments in place of its
//! imports. Running that program once at build time leaves no nesting: two
//! instances of one component run its sections twice, and each run defines its
//! own resources, parts and core instances; an instance that two others are
//! given is run once, so diamonds stay shared.

use std::collections::HashMap;
use std::rc::Rc;

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Instance, InstanceTypeDeclaration,
};

use crate::FuseError;
use crate::graph::{
    Builtin, BuiltinId, BuiltinKind, CanonOptions, CoreBundle, CoreInstance, CoreItem, Encoding,
    Func, FuncId, FuncKind, Graph, InstanceId, InstanceVal, Item, ModuleId, Part, PartId, Resource,
};
use crate::read::{Component, Decl};
use crate::types::{FuncType, ResourceId, Val};

mod host;
mod scope;
mod types;

use scope::{Frame, Shared};

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
                    if let (Item::Func(func), Some(ComponentTypeRef::Func(index))) =
                        (&item, export.ty)
                        && let TypeVal::Func(ty) = frame.shared.ty(index)?
                    {
                        self.graph.ascribed.insert(*func, ty);
                    }
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

    fn resource(&mut self, resource: Resource) -> ResourceId {
        self.graph.resources.push(resource);
        ResourceId(next(&self.graph.resources) - 1)
    }

    fn refuse(&self, part: PartId, reason: &str) -> FuseError {
        FuseError::unsupported(self.graph.parts[part.at()].name.clone(), reason)
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
