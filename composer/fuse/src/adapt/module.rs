//! A core module while it is written: imports and functions by what they are
//! for, each made once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, FunctionSection, GlobalType, ImportSection,
    Instruction, MemoryType, Module, NameMap, NameSection, TypeSection, ValType,
};

use super::code::{Code, Imported, Own, Why};
use super::transfer::Helper;
use crate::graph::{BuiltinId, CoreItem, PartId};
use crate::types::ResourceId;

/// Something that an adapter module imports.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Need {
    /// An item of a part.
    Core(CoreItem),
    /// An item of the [runtime](super::runtime) module.
    Runtime(Runtime),
    /// A built-in of the flat component.
    Flat(FlatBuiltin),
}

/// What the [runtime](super::runtime) module exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Runtime {
    /// The memory with every part's handle table.
    Handles,
    /// Makes room in the table whose descriptor is at the address given.
    GrowTable,
    /// The memory with the handles that lists have lent, a stack.
    Lent,
    /// Bytes of that stack in use.
    LentTop,
    /// The memory that values with handles pass through on the way to the host.
    Scratch,
    /// The allocator of that memory, as `realloc` of the canonical ABI.
    ScratchRealloc,
    /// Bytes of that memory in use.
    ScratchTop,
    /// Whether a part may call out: 0 while values are lowered into it.
    MayLeave(PartId),
    /// 1 while an own handle of the flat component is taken back from the host.
    Taking,
}

impl Runtime {
    /// The name of the export.
    pub fn name(self) -> String {
        match self {
            Runtime::Handles => "handles".into(),
            Runtime::GrowTable => "grow-table".into(),
            Runtime::Lent => "lent".into(),
            Runtime::LentTop => "lent-top".into(),
            Runtime::Scratch => "scratch".into(),
            Runtime::ScratchRealloc => "scratch-realloc".into(),
            Runtime::ScratchTop => "scratch-top".into(),
            Runtime::MayLeave(part) => format!("may-leave-{}", part.0),
            Runtime::Taking => "taking".into(),
        }
    }

    pub fn kind(self) -> ExportKind {
        match self {
            Runtime::Handles | Runtime::Lent | Runtime::Scratch => ExportKind::Memory,
            Runtime::GrowTable | Runtime::ScratchRealloc => ExportKind::Func,
            Runtime::LentTop | Runtime::ScratchTop | Runtime::MayLeave(_) | Runtime::Taking => {
                ExportKind::Global
            }
        }
    }
}

/// Canonical built-ins of the flat component, for what the host sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FlatBuiltin {
    /// `canon lower` of the host function that a part's builtin names, with the
    /// part's own memory.
    Lower(BuiltinId),
    /// The same with the scratch memory.
    LowerScratch(BuiltinId),
    ResourceNew(ResourceId),
    ResourceRep(ResourceId),
    ResourceDrop(ResourceId),
}

type Signature = (Vec<ValType>, Vec<ValType>);

/// A core module in progress.
#[derive(Default)]
pub(crate) struct AdapterModule {
    types: Vec<Signature>,
    type_index: HashMap<Signature, u32>,
    imports: Vec<(Need, EntityType)>,
    import_index: HashMap<Need, u32>,
    imported_funcs: u32,
    imported_memories: u32,
    imported_globals: u32,
    funcs: Vec<(u32, String, Option<Code>)>,
    pub helpers: HashMap<Helper, Own>,
    exports: Vec<(String, Own)>,
}

/// A core module, and what it is to be given under which name.
#[derive(Debug)]
pub(crate) struct Adapter {
    pub bytes: Vec<u8>,
    pub imports: Vec<Need>,
}

impl AdapterModule {
    fn signature(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let key = (params.to_vec(), results.to_vec());
        if let Some(index) = self.type_index.get(&key) {
            return *index;
        }
        let index = self.types.len() as u32;
        self.types.push(key.clone());
        self.type_index.insert(key, index);
        index
    }

    fn import(&mut self, need: Need, ty: impl FnOnce(&mut Self) -> (EntityType, u32)) -> u32 {
        if let Some(index) = self.import_index.get(&need) {
            return *index;
        }
        let (ty, index) = ty(self);
        self.imports.push((need.clone(), ty));
        self.import_index.insert(need, index);
        index
    }

    pub fn import_func(&mut self, need: Need, params: &[ValType], results: &[ValType]) -> Imported {
        Imported(self.import(need, |this| {
            let ty = this.signature(params, results);
            this.imported_funcs += 1;
            (EntityType::Function(ty), this.imported_funcs - 1)
        }))
    }

    pub fn import_memory(&mut self, need: Need) -> u32 {
        self.import(need, |this| {
            this.imported_memories += 1;
            let ty = MemoryType {
                minimum: 0,
                maximum: None,
                memory64: false,
                shared: false,
                page_size_log2: None,
            };
            (EntityType::Memory(ty), this.imported_memories - 1)
        })
    }

    /// How many memories are imported so far.
    pub fn memories(&self) -> u32 {
        self.imported_memories
    }

    /// A mutable `i32` of the runtime.
    pub fn import_global(&mut self, runtime: Runtime) -> u32 {
        self.import(Need::Runtime(runtime), |this| {
            this.imported_globals += 1;
            let ty = GlobalType {
                val_type: ValType::I32,
                mutable: true,
                shared: false,
            };
            (EntityType::Global(ty), this.imported_globals - 1)
        })
    }

    /// Declares a function whose body follows by [`Self::define`].
    pub fn declare(&mut self, name: String, params: &[ValType], results: &[ValType]) -> Own {
        let ty = self.signature(params, results);
        self.funcs.push((ty, name, None));
        Own(self.funcs.len() as u32 - 1)
    }

    pub fn define(&mut self, function: Own, code: Code) {
        self.funcs[function.0 as usize].2 = Some(code);
    }

    pub fn export(&mut self, name: String, function: Own) {
        self.exports.push((name, function));
    }

    /// With names: a function for each reason to trap. Their indices.
    fn trap_functions(&mut self) -> BTreeMap<Why, u32> {
        let reasons: BTreeSet<Why> = self
            .funcs
            .iter()
            .filter_map(|(_, _, code)| code.as_ref())
            .flat_map(Code::traps)
            .collect();
        let mut indices = BTreeMap::new();
        for why in reasons {
            let own = self.declare(format!("trap: {}", why.text()), &[], &[]);
            let mut code = Code::new(0);
            code.ins(Instruction::Unreachable);
            self.define(own, code);
            indices.insert(why, self.imported_funcs + own.0);
        }
        indices
    }

    /// The module's bytes. Imports are named by their position.
    pub fn finish(mut self, name: &str, names: bool) -> Adapter {
        let traps = if names {
            self.trap_functions()
        } else {
            BTreeMap::new()
        };
        let mut types = TypeSection::new();
        for (params, results) in self.types {
            types.ty().function(params, results);
        }
        let mut imports = ImportSection::new();
        let mut needs = Vec::with_capacity(self.imports.len());
        for (position, (need, ty)) in self.imports.into_iter().enumerate() {
            imports.import("", &position.to_string(), ty);
            needs.push(need);
        }
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let mut function_names = NameMap::new();
        for (number, (ty, name, body)) in self.funcs.into_iter().enumerate() {
            functions.function(ty);
            // A declared function without a body is a mistake that the
            // validator of the result reports.
            if let Some(body) = body {
                code.function(&body.finish(self.imported_funcs, &traps));
            }
            function_names.append(self.imported_funcs + number as u32, &name);
        }
        let mut exports = ExportSection::new();
        for (name, function) in self.exports {
            exports.export(&name, ExportKind::Func, self.imported_funcs + function.0);
        }
        let mut module = Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&exports)
            .section(&code);
        if names {
            let mut name_section = NameSection::new();
            name_section.module(name);
            name_section.functions(&function_names);
            module.section(&name_section);
        }
        Adapter {
            bytes: module.finish(),
            imports: needs,
        }
    }
}
