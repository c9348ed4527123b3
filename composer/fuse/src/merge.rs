//! Several core modules made one, as a static linker does it: their index spaces one
//! behind the other, and an import that another of them exports is that export.
//!
//! For components with more core instances than a host takes. What instantiating does
//! stays the same and in order, as long as only the last module has a start function.

use std::collections::HashMap;
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, DataCountSection, DataSection, ElementSection, ExportSection, FunctionSection,
    GlobalSection, ImportSection, MemorySection, Module, NameMap, NameSection, StartSection,
    TableSection, TagSection, TypeSection,
};
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};

use crate::FuseError;

/// A module to be merged.
pub(crate) struct Member<'m> {
    pub bytes: &'m [u8],
    /// What each of its imports is, in order.
    pub imports: Vec<Source>,
}

/// What an import is.
pub(crate) enum Source {
    /// The import of the merged module at this position.
    Outside(usize),
    /// What an earlier member, by position, exports under this name.
    Member(usize, String),
}

/// The name in the merged module of what a member exports.
pub(crate) fn exported(member: usize, name: &str) -> String {
    format!("{member}/{name}")
}

/// Merges modules. The imports of the result are named by their position, its
/// exports by [`exported`].
pub(crate) fn merge(
    members: &[Member<'_>],
    outside: usize,
    name: Option<&str>,
) -> Result<Vec<u8>, FuseError> {
    let scans = members
        .iter()
        .map(|member| scan(member.bytes))
        .collect::<Result<Vec<_>, _>>()?;
    let mut maps = Vec::with_capacity(members.len());
    let mut next = Spaces::default();
    // What comes from outside is first in every index space.
    let mut entities: Vec<Option<(usize, TypeRef)>> = vec![None; outside];
    for (at, (member, scan)) in members.iter().zip(&scans).enumerate() {
        for (source, ty) in member.imports.iter().zip(&scan.imports) {
            if let Source::Outside(position) = source {
                entities[*position].get_or_insert((at, *ty));
            }
        }
    }
    let mut places = Vec::with_capacity(outside);
    for (_, ty) in entities.iter().flatten() {
        places.push(next.of(kind(*ty)).add(1));
    }
    for (member, scan) in members.iter().zip(&scans) {
        let map = Map::new(member, scan, &places, &maps, &scans, &mut next)?;
        maps.push(map);
    }

    let mut out = Sections::default();
    for (position, (member, ty)) in entities.iter().flatten().enumerate() {
        let ty = maps[*member].entity_type(*ty).map_err(wrong)?;
        out.imports.import("", &position.to_string(), ty);
    }
    for (at, (member, map)) in members.iter().zip(&mut maps).enumerate() {
        out.add(at, member.bytes, map)?;
    }
    Ok(out.finish(name))
}

/// How many there are of what has indices.
#[derive(Default)]
struct Spaces {
    types: Count,
    funcs: Count,
    tables: Count,
    memories: Count,
    globals: Count,
    tags: Count,
    elements: Count,
    datas: Count,
}

#[derive(Clone, Copy, Default)]
struct Count(u32);

impl Count {
    /// Adds so many, and returns the index of the first.
    fn add(&mut self, more: u32) -> u32 {
        let first = self.0;
        self.0 += more;
        first
    }
}

impl Spaces {
    fn of(&mut self, kind: ExternalKind) -> &mut Count {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => &mut self.funcs,
            ExternalKind::Table => &mut self.tables,
            ExternalKind::Memory => &mut self.memories,
            ExternalKind::Global => &mut self.globals,
            ExternalKind::Tag => &mut self.tags,
        }
    }
}

fn kind(ty: TypeRef) -> ExternalKind {
    match ty {
        TypeRef::Func(_) | TypeRef::FuncExact(_) => ExternalKind::Func,
        TypeRef::Table(_) => ExternalKind::Table,
        TypeRef::Memory(_) => ExternalKind::Memory,
        TypeRef::Global(_) => ExternalKind::Global,
        TypeRef::Tag(_) => ExternalKind::Tag,
    }
}

/// What a module has.
#[derive(Default)]
struct Scan {
    imports: Vec<TypeRef>,
    exports: HashMap<String, (ExternalKind, u32)>,
    /// Not counting what is imported.
    own: Spaces,
}

fn scan(bytes: &[u8]) -> Result<Scan, FuseError> {
    let mut scan = Scan::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(section) => {
                for group in section {
                    scan.own.types.add(group?.types().len() as u32);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    scan.imports.push(import?.ty);
                }
            }
            Payload::FunctionSection(section) => {
                scan.own.funcs.add(section.count());
            }
            Payload::TableSection(section) => {
                scan.own.tables.add(section.count());
            }
            Payload::MemorySection(section) => {
                scan.own.memories.add(section.count());
            }
            Payload::TagSection(section) => {
                scan.own.tags.add(section.count());
            }
            Payload::GlobalSection(section) => {
                scan.own.globals.add(section.count());
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    let what = (export.kind, export.index);
                    scan.exports.insert(export.name.to_owned(), what);
                }
            }
            Payload::ElementSection(section) => {
                scan.own.elements.add(section.count());
            }
            Payload::DataSection(section) => {
                scan.own.datas.add(section.count());
            }
            _ => {}
        }
    }
    Ok(scan)
}

/// A member's indices in the merged module.
struct Map {
    types: u32,
    funcs: Vec<u32>,
    tables: Vec<u32>,
    memories: Vec<u32>,
    globals: Vec<u32>,
    tags: Vec<u32>,
    elements: u32,
    datas: u32,
}

impl Map {
    fn new(
        member: &Member<'_>,
        scan: &Scan,
        places: &[u32],
        earlier: &[Map],
        scans: &[Scan],
        next: &mut Spaces,
    ) -> Result<Map, FuseError> {
        let own = &scan.own;
        let mut map = Map {
            types: next.types.add(own.types.0),
            elements: next.elements.add(own.elements.0),
            datas: next.datas.add(own.datas.0),
            funcs: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            tags: Vec::new(),
        };
        for (source, ty) in member.imports.iter().zip(&scan.imports) {
            let kind = kind(*ty);
            let index = match source {
                Source::Outside(position) => places.get(*position).copied(),
                Source::Member(of, name) => {
                    let export = scans.get(*of).and_then(|scan| scan.exports.get(name));
                    let of = earlier.get(*of);
                    export
                        .zip(of)
                        .and_then(|((_, index), of)| of.get(kind, *index))
                }
            };
            let index = index.ok_or_else(|| {
                FuseError::Output("a merged module imports what is not there".into())
            })?;
            map.space(kind).push(index);
        }
        for (kind, count) in [
            (ExternalKind::Func, own.funcs),
            (ExternalKind::Table, own.tables),
            (ExternalKind::Memory, own.memories),
            (ExternalKind::Global, own.globals),
            (ExternalKind::Tag, own.tags),
        ] {
            let first = next.of(kind).add(count.0);
            map.space(kind).extend(first..first + count.0);
        }
        Ok(map)
    }

    fn space(&mut self, kind: ExternalKind) -> &mut Vec<u32> {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => &mut self.funcs,
            ExternalKind::Table => &mut self.tables,
            ExternalKind::Memory => &mut self.memories,
            ExternalKind::Global => &mut self.globals,
            ExternalKind::Tag => &mut self.tags,
        }
    }

    fn get(&self, kind: ExternalKind, index: u32) -> Option<u32> {
        let space = match kind {
            ExternalKind::Func | ExternalKind::FuncExact => &self.funcs,
            ExternalKind::Table => &self.tables,
            ExternalKind::Memory => &self.memories,
            ExternalKind::Global => &self.globals,
            ExternalKind::Tag => &self.tags,
        };
        space.get(index as usize).copied()
    }
}

/// The validator has checked every index.
fn at(space: &[u32], index: u32) -> u32 {
    space.get(index as usize).copied().unwrap_or(u32::MAX)
}

impl Reencode for Map {
    type Error = Infallible;

    fn type_index(&mut self, ty: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.types + ty)
    }

    fn function_index(&mut self, func: u32) -> Result<u32, Error<Infallible>> {
        Ok(at(&self.funcs, func))
    }

    fn table_index(&mut self, table: u32) -> Result<u32, Error<Infallible>> {
        Ok(at(&self.tables, table))
    }

    fn memory_index(&mut self, memory: u32) -> Result<u32, Error<Infallible>> {
        Ok(at(&self.memories, memory))
    }

    fn global_index(&mut self, global: u32) -> Result<u32, Error<Infallible>> {
        Ok(at(&self.globals, global))
    }

    fn tag_index(&mut self, tag: u32) -> Result<u32, Error<Infallible>> {
        Ok(at(&self.tags, tag))
    }

    fn element_index(&mut self, element: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.elements + element)
    }

    fn data_index(&mut self, data: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.datas + data)
    }
}

#[derive(Default)]
struct Sections {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    tags: TagSection,
    globals: GlobalSection,
    exports: ExportSection,
    start: Option<u32>,
    elements: ElementSection,
    code: CodeSection,
    datas: DataSection,
    names: Vec<(u32, String)>,
}

impl Sections {
    fn add(&mut self, member: usize, bytes: &[u8], map: &mut Map) -> Result<(), FuseError> {
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => map.parse_type_section(&mut self.types, section),
                Payload::FunctionSection(section) => {
                    map.parse_function_section(&mut self.functions, section)
                }
                Payload::TableSection(section) => {
                    map.parse_table_section(&mut self.tables, section)
                }
                Payload::MemorySection(section) => {
                    map.parse_memory_section(&mut self.memories, section)
                }
                Payload::TagSection(section) => map.parse_tag_section(&mut self.tags, section),
                Payload::GlobalSection(section) => {
                    map.parse_global_section(&mut self.globals, section)
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        let name = exported(member, export.name);
                        let index = map.get(export.kind, export.index).unwrap_or(u32::MAX);
                        let kind = map.export_kind(export.kind).map_err(wrong)?;
                        self.exports.export(&name, kind, index);
                    }
                    Ok(())
                }
                Payload::StartSection { func, .. } => {
                    self.start = Some(at(&map.funcs, func));
                    Ok(())
                }
                Payload::ElementSection(section) => {
                    map.parse_element_section(&mut self.elements, section)
                }
                Payload::CodeSectionEntry(body) => map.parse_function_body(&mut self.code, body),
                Payload::DataSection(section) => map.parse_data_section(&mut self.datas, section),
                Payload::CustomSection(custom) => {
                    if let KnownCustom::Name(section) = custom.as_known() {
                        self.name(section, map);
                    }
                    Ok(())
                }
                _ => Ok(()),
            }
            .map_err(wrong)?;
        }
        Ok(())
    }

    /// Functions are named with their module, which is one of several now; but for
    /// those whose name says why they trap.
    fn name(&mut self, section: wasmparser::NameSectionReader<'_>, map: &Map) {
        let mut module = String::new();
        for sub in section.into_iter().flatten() {
            match sub {
                Name::Module { name, .. } => module = format!("{name}: "),
                Name::Function(names) => {
                    for naming in names.into_iter().flatten() {
                        let name = match naming.name.starts_with("trap: ") {
                            true => naming.name.to_owned(),
                            false => format!("{module}{}", naming.name),
                        };
                        self.names.push((at(&map.funcs, naming.index), name));
                    }
                }
                _ => {}
            }
        }
    }

    fn finish(mut self, name: Option<&str>) -> Vec<u8> {
        let mut module = Module::new();
        // A section that is there asks for its proposal, even if it is empty.
        macro_rules! section {
            ($section:expr) => {
                if !$section.is_empty() {
                    module.section(&$section);
                }
            };
        }
        section!(self.types);
        section!(self.imports);
        section!(self.functions);
        section!(self.tables);
        section!(self.memories);
        section!(self.tags);
        section!(self.globals);
        section!(self.exports);
        if let Some(function_index) = self.start {
            module.section(&StartSection { function_index });
        }
        section!(self.elements);
        if !self.datas.is_empty() {
            let count = self.datas.len();
            module.section(&DataCountSection { count });
        }
        section!(self.code);
        section!(self.datas);
        if let Some(name) = name {
            self.names.sort_by_key(|(index, _)| *index);
            self.names.dedup_by_key(|(index, _)| *index);
            let mut functions = NameMap::new();
            for (index, name) in &self.names {
                functions.append(*index, name);
            }
            let mut section = NameSection::new();
            section.module(name);
            section.functions(&functions);
            module.section(&section);
        }
        module.finish()
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn wrong(error: Error<Infallible>) -> FuseError {
    FuseError::Output(error.to_string())
}
