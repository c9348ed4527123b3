//! The module that every adapter shares: handle tables, flags and scratch space.
//!
//! # Handles
//!
//! In a linked box the host keeps a handle table for each component instance. A
//! flat component is *one* instance to its host and has one table, in which a
//! part that guesses a number would find another part's handle. So parts never
//! see the flat component's handles. Each has a table of its own in a memory that
//! only adapters import, and a handle is an index into it, as in a linked box:
//! the first is 1, and the one freed last is given out first.
//!
//! ```text
//! descriptor, 32 bytes at 32 × table     entry, 16 bytes
//!  0  address of the entries              0  0 free; else (resource + 1) × 2, + 1 for a borrow
//!  4  entries in use or freed             4  representation; of a free entry, the next free index
//!  8  entries there is room for           8  calls that have borrowed it
//! 12  free index, 0 for none
//! 16  borrow handles alive
//! ```
//!
//! The representation of a part's resource is what the part gave to
//! `resource.new`; that of a host's resource is the flat component's own handle.
//!
//! A part runs one call at a time: calls go from a part to one that was
//! instantiated before it, and calls between a part and one that contains it
//! trap. So the borrow handles of a table belong to the call that runs, and one
//! count a table is enough for "borrow handles still remain at the end of the call".
//!
//! # Scratch
//!
//! A value with handles in memory must not be rewritten where the part can see
//! it, nor may the host write flat handles where a part's `realloc` could forge
//! them before an adapter translates. Such values are copied to and from a memory
//! that belongs to no part; it is a stack, empty between calls of the host.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportSection, FunctionSection, GlobalSection, GlobalType,
    Instruction as I, MemorySection, MemoryType, Module, NameMap, NameSection, TypeSection,
    ValType,
};

use super::code::{Code, Why, at};
use super::module::Runtime;

pub(crate) const DESCRIPTOR: u32 = 32;
pub(crate) const BASE: u32 = 0;
pub(crate) const COUNT: u32 = 4;
pub(crate) const CAPACITY: u32 = 8;
pub(crate) const FREE: u32 = 12;
pub(crate) const BORROWS: u32 = 16;

pub(crate) const ENTRY: u32 = 16;
pub(crate) const TAG: u32 = 0;
pub(crate) const REP: u32 = 4;
pub(crate) const LENDS: u32 = 8;

/// As many handles a table as the specification allows.
const MAX_HANDLES: u32 = 1 << 28;

/// The module with these exports, for so many handle tables.
pub(crate) fn module(used: &BTreeSet<Runtime>, tables: u32, named: bool) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], []);
    types.ty().function([ValType::I32; 4], [ValType::I32]);
    let mut functions = FunctionSection::new();
    let mut memories = MemorySection::new();
    let mut globals = GlobalSection::new();
    let mut exports = ExportSection::new();
    let mut code = CodeSection::new();
    let mut names = NameMap::new();

    let add_global = |globals: &mut GlobalSection, initial: u32| {
        let ty = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        globals.global(ty, &ConstExpr::i32_const(initial.cast_signed()));
        globals.len() - 1
    };
    let add_memory = |memories: &mut MemorySection, pages: u64| {
        memories.memory(MemoryType {
            minimum: pages,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        memories.len() - 1
    };
    let add_function = |functions: &mut FunctionSection,
                        code: &mut CodeSection,
                        names: &mut NameMap,
                        name: &str,
                        ty: u32,
                        body: Code| {
        functions.function(ty);
        code.function(&body.finish(0, &BTreeMap::new()));
        names.append(functions.len() - 1, name);
        functions.len() - 1
    };

    let first_free = (tables * DESCRIPTOR).next_multiple_of(ENTRY);
    let handles = used.contains(&Runtime::Handles).then(|| {
        add_memory(
            &mut memories,
            u64::from(first_free).div_ceil(0x1_0000).max(1),
        )
    });
    let lent = used
        .contains(&Runtime::Lent)
        .then(|| add_memory(&mut memories, 1));
    let scratch = used
        .contains(&Runtime::Scratch)
        .then(|| add_memory(&mut memories, 1));
    let scratch_top = (used.contains(&Runtime::ScratchTop)
        || used.contains(&Runtime::ScratchRealloc))
    .then(|| add_global(&mut globals, 0));

    for item in used {
        let index = match item {
            Runtime::Handles => handles.unwrap_or_default(),
            Runtime::Lent => lent.unwrap_or_default(),
            Runtime::Scratch => scratch.unwrap_or_default(),
            Runtime::LentTop | Runtime::Taking => add_global(&mut globals, 0),
            Runtime::ScratchTop => scratch_top.unwrap_or_default(),
            Runtime::MayLeave(_) => add_global(&mut globals, 1),
            Runtime::GrowTable => {
                let top = add_global(&mut globals, first_free);
                let body = grow_table(handles.unwrap_or_default(), top);
                add_function(&mut functions, &mut code, &mut names, "grow-table", 0, body)
            }
            Runtime::ScratchRealloc => {
                let body =
                    scratch_realloc(scratch.unwrap_or_default(), scratch_top.unwrap_or_default());
                add_function(
                    &mut functions,
                    &mut code,
                    &mut names,
                    "scratch-realloc",
                    1,
                    body,
                )
            }
        };
        exports.export(&item.name(), item.kind(), index);
    }

    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&memories)
        .section(&globals)
        .section(&exports)
        .section(&code);
    if named {
        let mut name_section = NameSection::new();
        name_section.module("boxer runtime");
        name_section.functions(&names);
        module.section(&name_section);
    }
    module.finish()
}

/// `(descriptor)`: moves a table to a place twice as large. What it leaves is
/// lost, which is less than what is in use.
fn grow_table(memory: u32, top: u32) -> Code {
    let mut c = Code::new(1);
    let descriptor = 0;
    let capacity = c.fresh(ValType::I32);
    let place = c.fresh(ValType::I32);
    c.get(descriptor)
        .ins(I::I32Load(at(memory, CAPACITY, 4)))
        .i32(1)
        .ins(I::I32Shl)
        .tee(capacity)
        .ins(I::I32Eqz)
        .if_()
        .i32(8)
        .set(capacity)
        .end();
    c.get(capacity)
        .i32(MAX_HANDLES)
        .ins(I::I32GtU)
        .trap_if(Why::TooManyHandles);
    c.ins(I::GlobalGet(top)).set(place);
    reserve(&mut c, memory, place, |c| {
        c.get(capacity)
            .ins(I::I64ExtendI32U)
            .i64(u64::from(ENTRY))
            .ins(I::I64Mul);
    });
    c.ins(I::GlobalSet(top));
    c.get(place)
        .get(descriptor)
        .ins(I::I32Load(at(memory, BASE, 4)))
        .get(descriptor)
        .ins(I::I32Load(at(memory, CAPACITY, 4)))
        .i32(ENTRY)
        .ins(I::I32Mul)
        .ins(I::MemoryCopy {
            src_mem: memory,
            dst_mem: memory,
        });
    c.get(descriptor)
        .get(place)
        .ins(I::I32Store(at(memory, BASE, 4)));
    c.get(descriptor)
        .get(capacity)
        .ins(I::I32Store(at(memory, CAPACITY, 4)));
    c
}

/// `(old, old-size, align, new-size) -> address`: bumps, and copies what was there.
fn scratch_realloc(memory: u32, top: u32) -> Code {
    let mut c = Code::new(4);
    let (old, old_size, align, size) = (0, 1, 2, 3);
    let place = c.fresh(ValType::I32);
    // place = (top + align - 1) & -align
    c.ins(I::GlobalGet(top))
        .get(align)
        .ins(I::I32Add)
        .i32(1)
        .ins(I::I32Sub)
        .i32(0)
        .get(align)
        .ins(I::I32Sub)
        .ins(I::I32And)
        .set(place);
    reserve(&mut c, memory, place, |c| {
        c.get(size).ins(I::I64ExtendI32U);
    });
    c.ins(I::GlobalSet(top));
    c.get(place)
        .get(old)
        .get(old_size)
        .get(size)
        .get(old_size)
        .get(size)
        .ins(I::I32LtU)
        .ins(I::Select)
        .ins(I::MemoryCopy {
            src_mem: memory,
            dst_mem: memory,
        });
    c.get(place);
    c
}

/// Makes sure that `memory` reaches from `place` so many bytes (an `i64` that
/// `bytes` pushes), and leaves the end on the stack. Traps where there is no memory left.
fn reserve(c: &mut Code, memory: u32, place: u32, bytes: impl FnOnce(&mut Code)) {
    let end = c.fresh(ValType::I64);
    let missing = c.fresh(ValType::I64);
    c.get(place).ins(I::I64ExtendI32U);
    bytes(c);
    c.ins(I::I64Add).tee(end);
    // missing pages = ceil(end / 64 KiB) - pages
    c.i64(0xffff)
        .ins(I::I64Add)
        .i64(16)
        .ins(I::I64ShrU)
        .ins(I::MemorySize(memory))
        .ins(I::I64ExtendI32U)
        .ins(I::I64Sub)
        .tee(missing)
        .i64(0)
        .ins(I::I64GtS)
        .if_();
    c.get(missing)
        .i64(0x1_0000)
        .ins(I::I64GtU)
        .trap_if(Why::NoMemory);
    // Twice what is there, if that can be had, so that growing is rare.
    c.get(missing)
        .ins(I::I32WrapI64)
        .ins(I::MemorySize(memory))
        .ins(I::I32Add)
        .ins(I::MemoryGrow(memory))
        .i32(u32::MAX)
        .ins(I::I32Eq)
        .ins(I::If(BlockType::Empty))
        .get(missing)
        .ins(I::I32WrapI64)
        .ins(I::MemoryGrow(memory))
        .i32(u32::MAX)
        .ins(I::I32Eq)
        .trap_if(Why::NoMemory)
        .end();
    c.end();
    c.get(end).ins(I::I32WrapI64);
}
