//! What core modules import, export and reach.

use std::collections::HashSet;

use wasmparser::{ExternalKind, KnownCustom, Operator, Parser, Payload, TypeRef};

use crate::FuseError;
use crate::graph::{BuiltinKind, CoreItem, FuncKind, Graph, PartId};

/// An import of a core module.
#[derive(Debug)]
pub(crate) struct ModuleImport {
    pub module: String,
    pub name: String,
    pub kind: ExternalKind,
}

/// What is to be known of a core module.
#[derive(Debug, Default)]
pub(crate) struct ModuleInfo {
    pub imports: Vec<ModuleImport>,
    pub exports: Vec<(String, ExternalKind, u32)>,
    pub imported_funcs: u32,
    pub start: Option<u32>,
    /// Of each function with a body: what it calls, and whether it calls by reference.
    pub bodies: Vec<Body>,
}

/// What one function does that matters outside of it.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub calls: Vec<u32>,
    pub indirect: bool,
}

pub(crate) fn info(bytes: &[u8]) -> Result<ModuleInfo, FuseError> {
    let mut info = ModuleInfo::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let kind = match import.ty {
                        TypeRef::Func(_) | TypeRef::FuncExact(_) => {
                            info.imported_funcs += 1;
                            ExternalKind::Func
                        }
                        TypeRef::Table(_) => ExternalKind::Table,
                        TypeRef::Memory(_) => ExternalKind::Memory,
                        TypeRef::Global(_) => ExternalKind::Global,
                        TypeRef::Tag(_) => ExternalKind::Tag,
                    };
                    info.imports.push(ModuleImport {
                        module: import.module.to_owned(),
                        name: import.name.to_owned(),
                        kind,
                    });
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    info.exports
                        .push((export.name.to_owned(), export.kind, export.index));
                }
            }
            Payload::StartSection { func, .. } => info.start = Some(func),
            Payload::CodeSectionEntry(code) => {
                let mut body = Body::default();
                for operator in code.get_operators_reader()? {
                    match operator? {
                        Operator::Call { function_index }
                        | Operator::ReturnCall { function_index } => {
                            body.calls.push(function_index);
                        }
                        Operator::CallIndirect { .. }
                        | Operator::ReturnCallIndirect { .. }
                        | Operator::CallRef { .. }
                        | Operator::ReturnCallRef { .. } => body.indirect = true,
                        _ => {}
                    }
                }
                info.bodies.push(body);
            }
            Payload::CustomSection(custom) => {
                let _ = matches!(custom.as_known(), KnownCustom::Name(_));
            }
            _ => {}
        }
    }
    Ok(info)
}

impl ModuleInfo {
    /// Whether a function can reach an import, or a function that is not known.
    fn leaves(&self, export: &str) -> bool {
        let Some((_, _, start)) = self
            .exports
            .iter()
            .find(|(name, kind, _)| name == export && *kind == ExternalKind::Func)
        else {
            return true;
        };
        let mut seen = HashSet::new();
        let mut stack = vec![*start];
        while let Some(function) = stack.pop() {
            if !seen.insert(function) {
                continue;
            }
            let Some(body) = function
                .checked_sub(self.imported_funcs)
                .and_then(|at| self.bodies.get(at as usize))
            else {
                return true;
            };
            if body.indirect {
                return true;
            }
            stack.extend(&body.calls);
        }
        false
    }
}

/// Parts whose functions might call out while values are lowered into them,
/// which the canonical ABI forbids. Only for these is the flag `may_leave` kept.
#[derive(Debug, Default)]
pub(crate) struct Guarded {
    parts: HashSet<PartId>,
}

impl Guarded {
    pub fn of(graph: &Graph<'_>, infos: &[ModuleInfo]) -> Guarded {
        let mut guarded = Guarded::default();
        let mut look = |part: PartId, item: Option<&CoreItem>| {
            let leaves = match item {
                None => false,
                Some(CoreItem::Builtin(_)) => true,
                Some(CoreItem::Export { instance, name, .. }) => {
                    let module = graph.instances[instance.at()].module;
                    infos[module.at()].leaves(name)
                }
            };
            if leaves {
                guarded.parts.insert(part);
            }
        };
        for builtin in &graph.builtins {
            if let BuiltinKind::Lower { options, .. } = &builtin.kind {
                look(builtin.part, options.realloc.as_ref());
            }
        }
        for func in &graph.funcs {
            if let FuncKind::Lift { part, options, .. } = &func.kind {
                look(*part, options.realloc.as_ref());
                look(*part, options.post_return.as_ref());
            }
        }
        guarded
    }

    pub fn contains(&self, part: PartId) -> bool {
        self.parts.contains(&part)
    }
}
