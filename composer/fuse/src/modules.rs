//! What core modules import, export and reach.

use std::collections::{HashMap, HashSet};

use wasmparser::{
    CompositeInnerType, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType,
    FunctionBody, Operator, Parser, Payload, RecGroup, TypeRef, ValType,
};

use crate::FuseError;
use crate::graph::{BuiltinKind, CoreItem, FuncKind, Graph, PartId};

/// An import of a core module.
#[derive(Clone, Debug)]
pub(crate) struct ModuleImport {
    pub module: String,
    pub name: String,
    pub kind: ExternalKind,
}

/// What is to be known of a core module.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModuleInfo {
    pub imports: Vec<ModuleImport>,
    pub exports: Vec<(String, ExternalKind, u32)>,
    /// Positions among the imports of those that are functions.
    pub imported_funcs: Vec<usize>,
    pub start: Option<u32>,
    /// Of each function, imported or not: a number for its type, equal where types are.
    /// None for a module with types that are more than plain functions.
    pub func_types: Option<Vec<u32>>,
    /// Of each function with a body: what it refers to.
    pub bodies: Vec<Body>,
    pub elements: Vec<Element>,
    /// Functions that globals refer to.
    pub global_funcs: Vec<u32>,
    /// Instantiating it writes to a memory that it imports, or may trap.
    pub writes_outside: bool,
    pub has_data: bool,
    /// It carries DWARF.
    pub dwarf: bool,
    imported_memories: u32,
    imported_tables: u32,
    memories: Vec<u64>,
    tables: Vec<u64>,
    types: Types,
}

/// Function types, each with the number of the first that equals it.
#[derive(Clone, Debug, Default)]
struct Types {
    numbers: Vec<u32>,
    known: HashMap<FuncType, u32>,
    /// There are types of other kinds, or with relations between them.
    others: bool,
}

impl Types {
    fn add(&mut self, group: &RecGroup) {
        let number = self.numbers.len() as u32;
        let mut types = group.types();
        let plain = |ty: &ValType| !matches!(ty, ValType::Ref(_));
        match (types.next(), types.next()) {
            (Some(ty), None) if ty.is_final && ty.supertype_idx.is_none() => {
                if let CompositeInnerType::Func(func) = &ty.composite_type.inner
                    && func.params().iter().chain(func.results()).all(plain)
                {
                    let number = *self.known.entry(func.clone()).or_insert(number);
                    self.numbers.push(number);
                    return;
                }
            }
            _ => {}
        }
        self.others = true;
        self.numbers.extend(group.types().map(|_| number));
    }

    fn number(&self, ty: u32) -> u32 {
        self.numbers.get(ty as usize).copied().unwrap_or(ty)
    }
}

/// What one function does that matters outside of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    /// Functions that it calls or makes references to.
    pub refers: Vec<u32>,
    /// It calls what is not known.
    pub indirect: bool,
    /// The types of what it calls through tables.
    pub through: Vec<u32>,
    /// Data segments that it copies from.
    pub datas: Vec<u32>,
    /// It takes functions out of a table by other means than a call.
    pub takes: bool,
    /// It does nothing but to call what stands at this place of the only table.
    pub slot: Option<u32>,
}

/// An element segment.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    /// The imported table that it fills, from a place that is known.
    pub fills: Option<(u32, u32)>,
    /// It fills a table of the module's own.
    pub own: bool,
    pub funcs: Vec<u32>,
}

/// Reads a module.
pub(crate) fn info(bytes: &[u8]) -> Result<ModuleInfo, FuseError> {
    let mut info = ModuleInfo::default();
    let mut func_types = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import.ty {
                        func_types.push(info.types.number(ty));
                    }
                    info.import(&import);
                }
            }
            Payload::TypeSection(section) => {
                for group in section {
                    info.types.add(&group?);
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    func_types.push(info.types.number(ty?));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    info.exports
                        .push((export.name.to_owned(), export.kind, export.index));
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    info.tables.push(table?.ty.initial);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory?;
                    let page = 1u64 << memory.page_size_log2.unwrap_or(16);
                    info.memories.push(memory.initial.saturating_mul(page));
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    refs(&global?.init_expr, &mut info.global_funcs)?;
                }
            }
            Payload::StartSection { func, .. } => info.start = Some(func),
            Payload::ElementSection(section) => {
                for element in section {
                    info.element(element?)?;
                }
            }
            Payload::DataSection(section) => {
                for data in section {
                    let data = data?;
                    info.has_data = true;
                    if let DataKind::Active {
                        memory_index,
                        offset_expr,
                    } = data.kind
                    {
                        let end = constant(&offset_expr)?
                            .and_then(|at| u64::from(at).checked_add(data.data.len() as u64));
                        let size = memory_index
                            .checked_sub(info.imported_memories)
                            .and_then(|at| info.memories.get(at as usize));
                        info.writes_outside |= !matches!((end, size),
                            (Some(end), Some(size)) if end <= *size);
                    }
                }
            }
            Payload::CodeSectionEntry(code) => info.bodies.push(body(&code, &info.types)?),
            Payload::CustomSection(custom) => info.dwarf |= custom.name().starts_with(".debug_"),
            _ => {}
        }
    }
    info.func_types = (!info.types.others).then_some(func_types);
    Ok(info)
}

/// The value of a constant expression that is one `i32.const`.
fn constant(expr: &ConstExpr<'_>) -> Result<Option<u32>, FuseError> {
    let mut reader = expr.get_operators_reader();
    let first = reader.read()?;
    let second = reader.read()?;
    Ok(match (first, second) {
        (Operator::I32Const { value }, Operator::End) => Some(value.cast_unsigned()),
        _ => None,
    })
}

fn refs(expr: &ConstExpr<'_>, into: &mut Vec<u32>) -> Result<(), FuseError> {
    for operator in expr.get_operators_reader() {
        if let Operator::RefFunc { function_index } = operator? {
            into.push(function_index);
        }
    }
    Ok(())
}

fn body(code: &FunctionBody<'_>, types: &Types) -> Result<Body, FuseError> {
    let mut body = Body::default();
    // `local.get…, i32.const slot, call_indirect, end` and nothing else.
    let mut plain = true;
    let mut slot = None;
    let mut jumped = false;
    for operator in code.get_operators_reader()? {
        match operator? {
            Operator::Call { function_index }
            | Operator::ReturnCall { function_index }
            | Operator::RefFunc { function_index } => {
                body.refers.push(function_index);
                plain = false;
            }
            Operator::CallIndirect {
                table_index,
                type_index,
            } => {
                body.indirect = true;
                body.calls_through(types.number(type_index));
                plain &= !jumped && slot.is_some() && table_index == 0;
                jumped = true;
            }
            Operator::ReturnCallIndirect { type_index, .. } => {
                body.indirect = true;
                body.calls_through(types.number(type_index));
                plain = false;
            }
            Operator::TableGet { .. } | Operator::TableCopy { .. } => {
                body.takes = true;
                plain = false;
            }
            Operator::MemoryInit { data_index, .. }
            | Operator::ArrayNewData {
                array_data_index: data_index,
                ..
            }
            | Operator::ArrayInitData {
                array_data_index: data_index,
                ..
            } => {
                body.datas.push(data_index);
                plain = false;
            }
            Operator::CallRef { .. } | Operator::ReturnCallRef { .. } => {
                body.indirect = true;
                plain = false;
            }
            Operator::LocalGet { .. } => plain &= slot.is_none(),
            Operator::I32Const { value } => {
                plain &= slot.is_none();
                slot = Some(value.cast_unsigned());
            }
            Operator::End => {}
            _ => plain = false,
        }
    }
    if plain && jumped {
        body.slot = slot;
    }
    Ok(body)
}

impl Body {
    fn calls_through(&mut self, ty: u32) {
        if !self.through.contains(&ty) {
            self.through.push(ty);
        }
    }
}

impl ModuleInfo {
    fn import(&mut self, import: &wasmparser::Import<'_>) {
        let kind = match import.ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => {
                self.imported_funcs.push(self.imports.len());
                ExternalKind::Func
            }
            TypeRef::Table(_) => {
                self.imported_tables += 1;
                ExternalKind::Table
            }
            TypeRef::Memory(_) => {
                self.imported_memories += 1;
                ExternalKind::Memory
            }
            TypeRef::Global(_) => ExternalKind::Global,
            TypeRef::Tag(_) => ExternalKind::Tag,
        };
        self.imports.push(ModuleImport {
            module: import.module.to_owned(),
            name: import.name.to_owned(),
            kind,
        });
    }

    fn element(&mut self, element: wasmparser::Element<'_>) -> Result<(), FuseError> {
        let mut funcs = Vec::new();
        let mut simple = false;
        match element.items {
            ElementItems::Functions(items) => {
                simple = true;
                for func in items {
                    funcs.push(func?);
                }
            }
            ElementItems::Expressions(_, items) => {
                for expr in items {
                    refs(&expr?, &mut funcs)?;
                }
            }
        }
        let (mut fills, mut is_own) = (None, false);
        if let ElementKind::Active {
            table_index,
            offset_expr,
        } = element.kind
        {
            let table = table_index.unwrap_or(0);
            let offset = constant(&offset_expr)?;
            match table.checked_sub(self.imported_tables) {
                // Another's table: what is written there is seen there.
                None => {
                    self.writes_outside = true;
                    if simple {
                        fills = offset.map(|offset| (table, offset));
                    }
                }
                Some(own) => {
                    is_own = true;
                    let end = offset.map(|at| u64::from(at) + funcs.len() as u64);
                    let size = self.tables.get(own as usize);
                    self.writes_outside |=
                        !matches!((end, size), (Some(end), Some(size)) if end <= *size);
                }
            }
        }
        self.elements.push(Element {
            fills,
            own: is_own,
            funcs,
        });
        Ok(())
    }

    /// How many memories and tables it has that it does not import.
    pub fn own_memories_and_tables(&self) -> (usize, usize) {
        (self.memories.len(), self.tables.len())
    }

    /// The import that a table, by index, is.
    pub fn imported_table(&self, index: u32) -> Option<&ModuleImport> {
        self.imports
            .iter()
            .filter(|import| import.kind == ExternalKind::Table)
            .nth(index as usize)
    }

    pub fn export(&self, name: &str) -> Option<(ExternalKind, u32)> {
        self.exports
            .iter()
            .find(|(export, ..)| export == name)
            .map(|(_, kind, index)| (*kind, *index))
    }

    /// The body of a function, if it is not imported.
    pub fn body(&self, function: u32) -> Option<&Body> {
        (function as usize)
            .checked_sub(self.imported_funcs.len())
            .and_then(|at| self.bodies.get(at))
    }

    /// Whether all it does is to call through one table that it exports: the
    /// stand-in for functions that exist only once a memory does.
    pub fn is_shim(&self) -> bool {
        self.imports.is_empty()
            && self.start.is_none()
            && self.elements.is_empty()
            && !self.has_data
            && self.tables.len() == 1
            && !self.bodies.is_empty()
            && self.bodies.iter().all(|body| body.slot.is_some())
    }

    /// Whether a function can reach an import, or a function that is not known.
    fn leaves(&self, export: &str) -> bool {
        let Some((ExternalKind::Func, start)) = self.export(export) else {
            return true;
        };
        let mut seen = HashSet::new();
        let mut stack = vec![start];
        while let Some(function) = stack.pop() {
            if !seen.insert(function) {
                continue;
            }
            match self.body(function) {
                None => return true,
                Some(body) if body.indirect => return true,
                Some(body) => stack.extend(&body.refers),
            }
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

    pub fn parts(&self) -> impl Iterator<Item = PartId> {
        let mut parts: Vec<_> = self.parts.iter().copied().collect();
        parts.sort_unstable();
        parts.into_iter()
    }
}
