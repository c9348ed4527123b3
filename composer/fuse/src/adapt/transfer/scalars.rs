//! Values of one core type, and where values stand.

use wasm_encoder::{Instruction as I, ValType};

use super::{Loc, Transfer};
use crate::adapt::code::{Why, at};
use crate::types::Flat;

impl Transfer<'_, '_> {
    pub(super) fn scalar(&mut self, src: &Loc, dst: &Loc, flat: Flat, bytes: u32, signed: bool) {
        self.open(dst);
        self.load(src, flat, bytes, signed);
        self.close(dst, flat, bytes);
    }

    pub(super) fn char(&mut self, src: &Loc, dst: &Loc) {
        self.load(src, Flat::I32, 4, false);
        let char = self.code.save(ValType::I32);
        // Trap from 0x110000 on and on surrogates, 0xd800 to 0xdfff.
        self.code
            .get(char)
            .i32(0x11_0000)
            .ins(I::I32GeU)
            .get(char)
            .i32(0xffff_f800)
            .ins(I::I32And)
            .i32(0xd800)
            .ins(I::I32Eq)
            .ins(I::I32Or)
            .trap_if(Why::Char);
        self.open(dst);
        self.code.get(char);
        self.close(dst, Flat::I32, 4);
        self.code.release(char, ValType::I32);
    }

    /// Unused bits are dropped, as "lift_flat_flags" does.
    pub(super) fn flags(&mut self, count: usize, src: &Loc, dst: &Loc) {
        let bytes = match count {
            0 => return,
            1..=8 => 1,
            9..=16 => 2,
            _ => 4,
        };
        self.open(dst);
        self.load(src, Flat::I32, bytes, false);
        if !matches!(count, 8 | 16 | 32) {
            self.code.i32((1u32 << count) - 1).ins(I::I32And);
        }
        self.close(dst, Flat::I32, bytes);
    }

    /// Pushes the canonical form of a scalar.
    pub(super) fn load(&mut self, src: &Loc, flat: Flat, bytes: u32, signed: bool) {
        match src {
            Loc::Mem { base, offset } => {
                let arg = at(self.src.mem(), *offset, bytes);
                self.code.get(*base).ins(match (flat, bytes, signed) {
                    (Flat::I32, 1, false) => I::I32Load8U(arg),
                    (Flat::I32, 1, true) => I::I32Load8S(arg),
                    (Flat::I32, 2, false) => I::I32Load16U(arg),
                    (Flat::I32, 2, true) => I::I32Load16S(arg),
                    (Flat::I32, ..) => I::I32Load(arg),
                    (Flat::I64, ..) => I::I64Load(arg),
                    (Flat::F32, ..) => I::F32Load(arg),
                    (Flat::F64, ..) => I::F64Load(arg),
                });
            }
            Loc::Flat(locals) => {
                let (local, have) = locals[0];
                self.code.get(local);
                self.split_joined(have, flat);
                match (flat, bytes, signed) {
                    (Flat::I32, 1, false) => {
                        self.code.i32(0xff).ins(I::I32And);
                    }
                    (Flat::I32, 1, true) => {
                        self.code.ins(I::I32Extend8S);
                    }
                    (Flat::I32, 2, false) => {
                        self.code.i32(0xffff).ins(I::I32And);
                    }
                    (Flat::I32, 2, true) => {
                        self.code.ins(I::I32Extend16S);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Pushes the address that a value in memory is stored to. Before the value.
    pub(super) fn open(&mut self, dst: &Loc) {
        if let Loc::Mem { base, .. } = dst {
            self.code.get(*base);
        }
    }

    /// Stores the scalar on the stack. After [`Self::open`] and the value.
    pub(super) fn close(&mut self, dst: &Loc, flat: Flat, bytes: u32) {
        match dst {
            Loc::Mem { offset, .. } => {
                let arg = at(self.dst.mem(), *offset, bytes);
                self.code.ins(match (flat, bytes) {
                    (Flat::I32, 1) => I::I32Store8(arg),
                    (Flat::I32, 2) => I::I32Store16(arg),
                    (Flat::I32, _) => I::I32Store(arg),
                    (Flat::I64, _) => I::I64Store(arg),
                    (Flat::F32, _) => I::F32Store(arg),
                    (Flat::F64, _) => I::F64Store(arg),
                });
            }
            Loc::Flat(locals) => {
                let (local, want) = locals[0];
                self.join_flat(flat, want);
                self.code.set(local);
            }
        }
    }

    /// From the type that several cases of a variant share to the one wanted.
    pub(super) fn split_joined(&mut self, have: ValType, want: Flat) {
        match (have, want) {
            (ValType::I64, Flat::I32) => self.code.ins(I::I32WrapI64),
            (ValType::I64, Flat::F32) => self.code.ins(I::I32WrapI64).ins(I::F32ReinterpretI32),
            (ValType::I64, Flat::F64) => self.code.ins(I::F64ReinterpretI64),
            (ValType::I32, Flat::F32) => self.code.ins(I::F32ReinterpretI32),
            _ => &mut self.code,
        };
    }

    pub(super) fn join_flat(&mut self, have: Flat, want: ValType) {
        match (have, want) {
            (Flat::I32, ValType::I64) => self.code.ins(I::I64ExtendI32U),
            (Flat::F32, ValType::I64) => self.code.ins(I::I32ReinterpretF32).ins(I::I64ExtendI32U),
            (Flat::F64, ValType::I64) => self.code.ins(I::I64ReinterpretF64),
            (Flat::F32, ValType::I32) => self.code.ins(I::I32ReinterpretF32),
            _ => &mut self.code,
        };
    }

    /// Pushes where a value in memory is.
    pub(super) fn address(&mut self, loc: &Loc) {
        if let Loc::Mem { base, offset } = loc {
            self.code.get(*base);
            if *offset != 0 {
                self.code.i32(*offset).ins(I::I32Add);
            }
        }
    }
}
