//! Stage 1, read: component bytes to one tree of declarations.
//!
//! Nothing is resolved here; [`inline`](crate::inline) does that, once for each
//! time a component is instantiated.

use std::collections::HashMap;
use std::rc::Rc;

use wasmparser::{
    CanonicalFunction, Chunk, ComponentAlias, ComponentExport, ComponentImport, ComponentInstance,
    ComponentName, ComponentType, Instance, KnownCustom, Parser, Payload,
};

use crate::FuseError;

/// A component as written: its declarations in order.
#[derive(Debug, Default)]
pub(crate) struct Component<'a> {
    pub decls: Vec<Decl<'a>>,
    /// Custom sections, in order.
    pub customs: Vec<(&'a str, &'a [u8])>,
    /// The component's name for itself.
    pub name: Option<&'a str>,
    /// Its names for the component instances that it makes, by index.
    pub instance_names: HashMap<u32, &'a str>,
}

/// One declaration.
#[derive(Debug)]
pub(crate) enum Decl<'a> {
    CoreModule(&'a [u8]),
    CoreInstance(Instance<'a>),
    /// Takes an index; nothing that is fused looks at it.
    CoreType,
    Component(Rc<Component<'a>>),
    Instance(ComponentInstance<'a>),
    Alias(ComponentAlias<'a>),
    Type(ComponentType<'a>),
    Canon(CanonicalFunction),
    Start,
    Import(ComponentImport<'a>),
    Export(ComponentExport<'a>),
}

/// Reads a component that has been validated already.
pub(crate) fn read(bytes: &[u8]) -> Result<Component<'_>, FuseError> {
    let mut rest = bytes;
    read_one(Parser::new(0), &mut rest)
}

/// Reads from `rest` up to the end of the component that `parser` is in. The
/// validator has limited how deep components nest.
fn read_one<'a>(mut parser: Parser, rest: &mut &'a [u8]) -> Result<Component<'a>, FuseError> {
    let mut component = Component::default();
    let decls = &mut component.decls;
    loop {
        let (payload, consumed) = match parser.parse(rest, true)? {
            Chunk::Parsed { payload, consumed } => (payload, consumed),
            Chunk::NeedMoreData(_) => return Err(cut_short()),
        };
        *rest = rest.get(consumed..).ok_or_else(cut_short)?;
        match payload {
            Payload::Version { .. } => {}
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                let length = usize::try_from(unchecked_range.end - unchecked_range.start)
                    .map_err(|_| cut_short())?;
                let (module, after) = rest.split_at_checked(length).ok_or_else(cut_short)?;
                // What is inside is read where it is looked into.
                decls.push(Decl::CoreModule(module));
                *rest = after;
            }
            Payload::ComponentSection { parser: inner, .. } => {
                decls.push(Decl::Component(Rc::new(read_one(inner, rest)?)));
            }
            Payload::InstanceSection(section) => {
                for item in section {
                    decls.push(Decl::CoreInstance(item?));
                }
            }
            Payload::CoreTypeSection(section) => {
                for item in section {
                    item?;
                    decls.push(Decl::CoreType);
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for item in section {
                    decls.push(Decl::Instance(item?));
                }
            }
            Payload::ComponentAliasSection(section) => {
                for item in section {
                    decls.push(Decl::Alias(item?));
                }
            }
            Payload::ComponentTypeSection(section) => {
                for item in section {
                    decls.push(Decl::Type(item?));
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for item in section {
                    decls.push(Decl::Canon(item?));
                }
            }
            Payload::ComponentStartSection { .. } => decls.push(Decl::Start),
            Payload::ComponentImportSection(section) => {
                for item in section {
                    decls.push(Decl::Import(item?));
                }
            }
            Payload::ComponentExportSection(section) => {
                for item in section {
                    decls.push(Decl::Export(item?));
                }
            }
            Payload::CustomSection(custom) => {
                if let KnownCustom::ComponentName(names) = custom.as_known() {
                    let (name, instances) = read_names(names);
                    component.name = name;
                    component.instance_names = instances;
                }
                component.customs.push((custom.name(), custom.data()));
            }
            Payload::End(_) => return Ok(component),
            other => {
                return Err(FuseError::unsupported(
                    "the component",
                    format!("it has a section that is not known: {other:?}"),
                ));
            }
        }
    }
}

/// Names are a courtesy: a section that can't be read is as good as none.
fn read_names(
    names: wasmparser::ComponentNameSectionReader<'_>,
) -> (Option<&str>, HashMap<u32, &str>) {
    let mut own = None;
    let mut instances = HashMap::new();
    for name in names.into_iter().flatten() {
        match name {
            ComponentName::Component { name, .. } => own = Some(name),
            ComponentName::Instances(map) => {
                instances.extend(map.into_iter().flatten().map(|n| (n.index, n.name)));
            }
            _ => {}
        }
    }
    (own, instances)
}

fn cut_short() -> FuseError {
    FuseError::Invalid("a section is cut short".into())
}
