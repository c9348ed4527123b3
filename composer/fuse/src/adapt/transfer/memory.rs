//! Checks of pointers, and room at the destination.

use wasm_encoder::Instruction as I;

use super::Transfer;
use crate::adapt::code::{Local, Why};

impl Transfer<'_, '_> {
    /// Both ends are one memory: what holds no handle stays where it is.
    pub fn same_memory(&self) -> bool {
        self.src.memory.is_some() && self.src.memory == self.dst.memory
    }

    pub fn check_align(&mut self, ptr: Local, align: u32) {
        if align > 1 {
            self.code
                .get(ptr)
                .i32(align - 1)
                .ins(I::I32And)
                .trap_if(Why::Unaligned);
        }
    }

    /// Traps unless `ptr + bytes` is within the memory.
    pub fn check_bounds(&mut self, memory: u32, ptr: Local, bytes: Local, why: Why) {
        self.code
            .get(ptr)
            .ins(I::I64ExtendI32U)
            .get(bytes)
            .ins(I::I64ExtendI32U);
        self.check_end(memory, why);
    }

    /// The same for a size that is known.
    pub fn check_bounds_of(&mut self, memory: u32, ptr: Local, bytes: u32, why: Why) {
        self.code
            .get(ptr)
            .ins(I::I64ExtendI32U)
            .i64(u64::from(bytes));
        self.check_end(memory, why);
    }

    pub(super) fn check_end(&mut self, memory: u32, why: Why) {
        self.code
            .ins(I::I64Add)
            .ins(I::MemorySize(memory))
            .ins(I::I64ExtendI32U)
            .i64(16)
            .ins(I::I64Shl)
            .ins(I::I64GtU)
            .trap_if(why);
    }

    /// `bytes = len × size`, or a trap if that is more than a memory has.
    pub(super) fn byte_length(&mut self, len: Local, size: u32, bytes: Local) {
        match size {
            0 => {
                self.code.i32(0).set(bytes);
            }
            1 => {
                self.code.get(len).set(bytes);
            }
            _ => {
                self.code
                    .get(len)
                    .i32(u32::MAX / size)
                    .ins(I::I32GtU)
                    .trap_if(Why::ListBounds);
                self.code.get(len).i32(size).ins(I::I32Mul).set(bytes);
            }
        }
    }

    /// `to = realloc(0, 0, align, bytes)`, unchecked.
    pub fn allocate(&mut self, align: u32, bytes: Local, to: Local) {
        self.code.i32(0).i32(0).i32(align).get(bytes);
        self.call_realloc();
        self.code.set(to);
    }

    /// Calls the destination's `realloc`; the validator demands one where it can be called.
    pub fn call_realloc(&mut self) {
        match self.dst.realloc {
            Some(realloc) => self.code.call(realloc),
            None => self.code.ins(I::Unreachable),
        };
    }
}
