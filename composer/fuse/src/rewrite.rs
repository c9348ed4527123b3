//! A core module again, with what is reached of it and no more.

use std::collections::HashSet;
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, ExportSection, Function,
    FunctionSection, GlobalSection, ImportSection, MemorySection, Module, NameMap, NameSection,
    RawSection, TableSection, TypeSection,
};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use crate::modules::ModuleInfo;
use crate::trim::LiveModule;
use crate::{FuseError, Options};

/// Writes a module. `name` is for modules that have none.
pub(crate) fn rewrite(
    bytes: &[u8],
    info: &ModuleInfo,
    live: &LiveModule,
    name: &str,
    options: &Options,
) -> Result<(Vec<u8>, ModuleInfo), FuseError> {
    if keeps_code(info, options) {
        return Ok((with_code(bytes, name, options)?, info.clone()));
    }
    let total = info.imported_funcs.len() + info.bodies.len();
    let mut map = vec![None; total];
    let mut next = 0;
    for (at, new) in map.iter_mut().enumerate() {
        if live.funcs.contains(&(at as u32)) {
            *new = Some(next);
            next += 1;
        }
    }
    let mut rewriter = Rewriter {
        imported: info.imported_funcs.len(),
        map,
        live,
        import: 0,
        uses: Uses::default(),
        kept: None,
    };
    if options.trim {
        // Once to see what is used, and once to leave out the rest.
        rewriter.write(bytes)?;
        rewriter.keep(info);
    }
    let mut module = rewriter.write(bytes)?;
    if options.names {
        let mut named = rewriter.map;
        for hollow in &live.hollow {
            named[*hollow as usize] = None;
        }
        module.section(&names(bytes, &named, name)?);
    }
    let mut trimmed = info.clone();
    trimmed.imports = live
        .imports
        .iter()
        .filter_map(|at| info.imports.get(*at).cloned())
        .collect();
    Ok((module.finish(), trimmed))
}

/// DWARF speaks of places in the code, so a module that keeps it keeps all its code.
pub(crate) fn keeps_code(info: &ModuleInfo, options: &Options) -> bool {
    options.dwarf && info.dwarf
}

/// The module as it is, but for its name.
fn with_code(bytes: &[u8], name: &str, options: &Options) -> Result<Vec<u8>, FuseError> {
    let mut module = Module::new();
    let mut functions = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        if let Payload::ImportSection(section) = &payload {
            for import in section.clone().into_imports() {
                let is_func = matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
                functions += u32::from(is_func);
            }
        }
        if let Payload::FunctionSection(section) = &payload {
            functions += section.count();
        }
        if matches!(&payload, Payload::CustomSection(custom) if custom.name() == "name") {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let data = usize::try_from(range.start)
                .ok()
                .zip(usize::try_from(range.end).ok())
                .and_then(|(start, end)| bytes.get(start..end))
                .ok_or_else(|| FuseError::Invalid("a section is cut short".into()))?;
            module.section(&RawSection { id, data });
        }
    }
    if options.names {
        let map: Vec<_> = (0..functions).map(Some).collect();
        module.section(&names(bytes, &map, name)?);
    }
    Ok(module.finish())
}

struct Rewriter<'l> {
    imported: usize,
    /// New indices of functions; none for those that are gone.
    map: Vec<Option<u32>>,
    live: &'l LiveModule,
    /// Imports seen so far.
    import: usize,
    uses: Uses,
    /// What is left out besides functions, and new indices; nothing at first.
    kept: Option<Kept>,
}

/// What the functions, segments, exports and globals that are left mention, by old
/// index.
#[derive(Default)]
struct Uses {
    types: HashSet<u32>,
    tables: HashSet<u32>,
    memories: HashSet<u32>,
    globals: HashSet<u32>,
    /// How many of each are imported.
    imported: [u32; 3],
    /// How many of each there are.
    all: [u32; 3],
    all_types: u32,
}

/// New indices.
struct Kept {
    types: Vec<Option<u32>>,
    tables: Vec<Option<u32>>,
    memories: Vec<Option<u32>>,
    globals: Vec<Option<u32>>,
}

/// Numbers the first so many and those of the rest that are used.
fn renumber(imported: u32, all: u32, used: &HashSet<u32>) -> Vec<Option<u32>> {
    let mut next = 0;
    (0..all)
        .map(|at| {
            (at < imported || used.contains(&at)).then(|| {
                next += 1;
                next - 1
            })
        })
        .collect()
}

impl Rewriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<Module, FuseError> {
        let mut module = Module::new();
        self.import = 0;
        self.parse_core_module(&mut module, Parser::new(0), bytes)
            .map_err(|error| FuseError::Invalid(error.to_string()))?;
        Ok(module)
    }

    /// Leaves out what was not used in what has been written.
    fn keep(&mut self, info: &ModuleInfo) {
        let uses = std::mem::take(&mut self.uses);
        let [tables, memories, globals] = uses.imported;
        let [all_tables, all_memories, all_globals] = uses.all;
        // Types with relations between them stay together.
        let pinned = if info.func_types.is_some() {
            0
        } else {
            uses.all_types
        };
        self.kept = Some(Kept {
            types: renumber(pinned, uses.all_types, &uses.types),
            tables: renumber(tables, all_tables, &uses.tables),
            memories: renumber(memories, all_memories, &uses.memories),
            globals: renumber(globals, all_globals, &uses.globals),
        });
    }

    fn new_index(&self, of: impl Fn(&Kept) -> &Vec<Option<u32>>, index: u32) -> u32 {
        match &self.kept {
            None => index,
            Some(kept) => of(kept)
                .get(index as usize)
                .copied()
                .flatten()
                .unwrap_or(u32::MAX),
        }
    }

    fn keeps(&self, of: impl Fn(&Kept) -> &Vec<Option<u32>>, index: u32) -> bool {
        self.kept
            .as_ref()
            .is_none_or(|kept| of(kept).get(index as usize).is_some_and(Option::is_some))
    }
}

type Outcome = Result<(), Error<Infallible>>;

impl Reencode for Rewriter<'_> {
    type Error = Infallible;

    fn function_index(&mut self, func: u32) -> Result<u32, Error<Infallible>> {
        // What refers to a function is only written if the function is.
        Ok(self
            .map
            .get(func as usize)
            .copied()
            .flatten()
            .unwrap_or(u32::MAX))
    }

    fn type_index(&mut self, ty: u32) -> Result<u32, Error<Infallible>> {
        self.uses.types.insert(ty);
        Ok(self.new_index(|kept| &kept.types, ty))
    }

    fn table_index(&mut self, table: u32) -> Result<u32, Error<Infallible>> {
        self.uses.tables.insert(table);
        Ok(self.new_index(|kept| &kept.tables, table))
    }

    fn memory_index(&mut self, memory: u32) -> Result<u32, Error<Infallible>> {
        self.uses.memories.insert(memory);
        Ok(self.new_index(|kept| &kept.memories, memory))
    }

    fn global_index(&mut self, global: u32) -> Result<u32, Error<Infallible>> {
        self.uses.globals.insert(global);
        Ok(self.new_index(|kept| &kept.globals, global))
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Outcome {
        let mut at = 0;
        for group in section {
            let group = group?;
            let count = group.types().len() as u32;
            if self.keeps(|kept| &kept.types, at) {
                // That a type mentions another is no use of it: such types all stay.
                let used = self.uses.types.clone();
                self.parse_recursive_type_group(types.ty(), group)?;
                self.uses.types = used;
            }
            at += count;
        }
        self.uses.all_types = at;
        Ok(())
    }

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        section: wasmparser::TableSectionReader<'_>,
    ) -> Outcome {
        for (at, table) in (self.uses.imported[0]..).zip(section) {
            self.uses.all[0] = at + 1;
            if self.keeps(|kept| &kept.tables, at) {
                self.parse_table(tables, table?)?;
            }
        }
        Ok(())
    }

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: wasmparser::MemorySectionReader<'_>,
    ) -> Outcome {
        for (at, memory) in (self.uses.imported[1]..).zip(section) {
            self.uses.all[1] = at + 1;
            if self.keeps(|kept| &kept.memories, at) {
                memories.memory(self.memory_type(memory?)?);
            }
        }
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Outcome {
        for (at, global) in (self.uses.imported[2]..).zip(section) {
            self.uses.all[2] = at + 1;
            if self.keeps(|kept| &kept.globals, at) {
                self.parse_global(globals, global?)?;
            }
        }
        Ok(())
    }

    fn parse_data(&mut self, datas: &mut DataSection, data: wasmparser::Data<'_>) -> Outcome {
        // An index stays what it is; what nobody copies from is empty.
        if let wasmparser::DataKind::Passive = data.kind
            && self
                .live
                .datas
                .as_ref()
                .is_some_and(|live| !live.contains(&datas.len()))
        {
            datas.passive([]);
            return Ok(());
        }
        utils::parse_data(self, datas, data)
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Outcome {
        self.uses.imported = [0; 3];
        for import in section.into_imports() {
            let import = import?;
            let at = self.import;
            self.import += 1;
            match import.ty {
                TypeRef::Table(_) => self.uses.imported[0] += 1,
                TypeRef::Memory(_) => self.uses.imported[1] += 1,
                TypeRef::Global(_) => self.uses.imported[2] += 1,
                TypeRef::Func(_) | TypeRef::FuncExact(_) | TypeRef::Tag(_) => {}
            }
            self.uses.all = self.uses.imported;
            if self.live.imports.contains(&at) {
                utils::parse_import(self, imports, import)?;
            }
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Outcome {
        for (at, ty) in section.into_iter().enumerate() {
            if self.map[self.imported + at].is_some() {
                functions.function(self.type_index(ty?)?);
            }
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Outcome {
        for (at, body) in section.into_iter().enumerate() {
            let func = self.imported + at;
            if self.live.hollow.contains(&(func as u32)) {
                let mut hollow = Function::new([]);
                hollow.instructions().unreachable().end();
                code.function(&hollow);
            } else if self.map[func].is_some() {
                self.parse_function_body(code, body?)?;
            }
        }
        Ok(())
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: wasmparser::Export<'_>,
    ) -> Outcome {
        if self.live.exports.contains(export.name) {
            utils::parse_export(self, exports, export)?;
        }
        Ok(())
    }

    fn parse_element(
        &mut self,
        elements: &mut ElementSection,
        element: wasmparser::Element<'_>,
    ) -> Outcome {
        let (
            wasmparser::ElementItems::Functions(funcs),
            wasmparser::ElementKind::Active {
                table_index,
                offset_expr,
            },
        ) = (&element.items, &element.kind)
        else {
            return utils::parse_element(self, elements, element);
        };
        let funcs: Vec<u32> = funcs.clone().into_iter().collect::<Result<_, _>>()?;
        let new: Vec<Option<u32>> = funcs
            .iter()
            .map(|func| self.map.get(*func as usize).copied().flatten())
            .collect();
        if new.iter().all(Option::is_some) {
            return utils::parse_element(self, elements, element);
        }
        // Only places of stand-ins that nobody calls are missing, and the place
        // of such a segment is a constant.
        let mut reader = offset_expr.get_operators_reader();
        let wasmparser::Operator::I32Const { value } = reader.read()? else {
            return utils::parse_element(self, elements, element);
        };
        let mut at = 0;
        for run in new.chunk_by(|a, b| a.is_some() == b.is_some()) {
            let run: Vec<u32> = run.iter().copied().inspect(|_| at += 1).flatten().collect();
            if !run.is_empty() {
                let first = value.wrapping_add(at - run.len() as i32);
                elements.active(
                    *table_index,
                    &ConstExpr::i32_const(first),
                    Elements::Functions(run.into()),
                );
            }
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        _module: &mut Module,
        _section: wasmparser::CustomSectionReader<'_>,
    ) -> Outcome {
        // Names are written anew; the rest describes a module that is no more.
        Ok(())
    }
}

/// The module's name section for the functions that are left.
fn names(bytes: &[u8], map: &[Option<u32>], name: &str) -> Result<NameSection, FuseError> {
    let mut out = NameSection::new();
    let mut module = None;
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let Payload::CustomSection(custom) = payload? else {
            continue;
        };
        let KnownCustom::Name(section) = custom.as_known() else {
            continue;
        };
        for sub in section.into_iter().flatten() {
            match sub {
                Name::Module { name, .. } => module = Some(name.to_owned()),
                Name::Function(names) => {
                    for naming in names.into_iter().flatten() {
                        if let Some(Some(new)) = map.get(naming.index as usize) {
                            functions.push((*new, naming.name.to_owned()));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    // The part's name says more than that of the tool that made the module.
    let module = match module {
        Some(module) if !name.is_empty() => format!("{name} ({module})"),
        Some(module) => module,
        None => name.to_owned(),
    };
    out.module(&module);
    if !functions.is_empty() {
        functions.sort_unstable_by_key(|(index, _)| *index);
        functions.dedup_by_key(|(index, _)| *index);
        let mut names = NameMap::new();
        for (index, name) in functions {
            names.append(index, &name);
        }
        out.functions(&names);
    }
    Ok(out)
}
