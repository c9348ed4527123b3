//! Code over the units of a string: checking, copying, and from one encoding to another.

use wasm_encoder::{Instruction as I, ValType};

use crate::adapt::code::{Code, Local, Why, at};

/// How code units are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Unit {
    Latin1,
    Utf8,
    Utf16,
}

impl Unit {
    pub(super) fn bytes(self) -> u32 {
        match self {
            Unit::Latin1 | Unit::Utf8 => 1,
            Unit::Utf16 => 2,
        }
    }
}

/// Eight bytes at a time while they are ASCII, else one character.
pub(super) fn check_utf8(c: &mut Code, memory: u32) {
    let (ptr, len) = (0, 1);
    let end = c.fresh(ValType::I32);
    let char = c.fresh(ValType::I32);
    c.get(ptr).get(len).ins(I::I32Add).set(end);
    c.block().loop_();
    c.loop_();
    c.get(end)
        .get(ptr)
        .ins(I::I32Sub)
        .i32(8)
        .ins(I::I32GeU)
        .if_();
    c.get(ptr)
        .ins(I::I64Load(at(memory, 0, 1)))
        .i64(0x8080_8080_8080_8080)
        .ins(I::I64And)
        .ins(I::I64Eqz)
        .if_();
    c.get(ptr).i32(8).ins(I::I32Add).set(ptr).br(2);
    c.end().end().end();
    c.get(ptr).get(end).ins(I::I32Eq).br_if(1);
    decode_utf8(c, memory, ptr, end, char);
    c.br(0).end().end();
}

/// Checks surrogates; the local returned has all units or-ed together.
pub(super) fn utf16_scan(c: &mut Code, memory: u32) -> Local {
    let (ptr, units) = (0, 1);
    let end = c.fresh(ValType::I32);
    let unit = c.fresh(ValType::I32);
    let seen = c.fresh(ValType::I32);
    c.get(ptr)
        .get(units)
        .i32(1)
        .ins(I::I32Shl)
        .ins(I::I32Add)
        .set(end);
    c.block().loop_();
    c.get(ptr).get(end).ins(I::I32Eq).br_if(1);
    decode_utf16(c, memory, ptr, end, unit);
    c.get(seen).get(unit).ins(I::I32Or).set(seen);
    c.br(0).end().end();
    seen
}

pub(super) fn copy_ascii(c: &mut Code, from: Unit, src: u32, dst: u32) {
    let (ptr, len, to) = (0, 1, 2);
    let done = c.fresh(ValType::I32);
    let unit = c.fresh(ValType::I32);
    c.block().loop_();
    c.get(done).get(len).ins(I::I32Eq).br_if(1);
    c.get(ptr);
    match from {
        Unit::Utf16 => c.ins(I::I32Load16U(at(src, 0, 2))),
        Unit::Latin1 | Unit::Utf8 => c.ins(I::I32Load8U(at(src, 0, 1))),
    };
    c.tee(unit).i32(0x80).ins(I::I32GeU).br_if(1);
    c.get(to)
        .get(done)
        .ins(I::I32Add)
        .get(unit)
        .ins(I::I32Store8(at(dst, 0, 1)));
    c.get(ptr).i32(from.bytes()).ins(I::I32Add).set(ptr);
    c.get(done).i32(1).ins(I::I32Add).set(done);
    c.br(0).end().end();
    c.get(done);
}

pub(super) fn transcode(c: &mut Code, from: Unit, into: Unit, src: u32, dst: u32) {
    let (ptr, end, to) = (0, 1, 2);
    let char = c.fresh(ValType::I32);
    c.block().loop_();
    c.get(ptr).get(end).ins(I::I32Eq).br_if(1);
    decode(c, from, src, ptr, end, char);
    match into {
        Unit::Utf8 => encode_utf8(c, dst, to, char),
        Unit::Utf16 => encode_utf16(c, dst, to, char),
        Unit::Latin1 => store_byte(c, dst, to, 0, |c| {
            c.get(char);
        }),
    }
    c.br(0).end().end();
    c.get(to);
}

pub(super) fn copy_latin1(c: &mut Code, from: Unit, src: u32, dst: u32) {
    let (ptr, end, to) = (0, 1, 2);
    let char = c.fresh(ValType::I32);
    let before = c.fresh(ValType::I32);
    c.block().loop_();
    c.get(ptr).tee(before).get(end).ins(I::I32Eq).br_if(1);
    decode(c, from, src, ptr, end, char);
    c.get(char).i32(0x100).ins(I::I32GeU).br_if(1);
    c.get(to).get(char).ins(I::I32Store8(at(dst, 0, 1)));
    c.get(to).i32(1).ins(I::I32Add).set(to);
    c.br(0).end().end();
    c.get(before).get(to);
}

pub(super) fn widen(c: &mut Code, memory: u32) {
    let (ptr, left) = (0, 1);
    c.block().loop_();
    c.get(left).ins(I::I32Eqz).br_if(1);
    c.get(left).i32(1).ins(I::I32Sub).set(left);
    // From the end, so that nothing is overwritten before it is read.
    c.get(ptr).get(left).i32(1).ins(I::I32Shl).ins(I::I32Add);
    c.get(ptr)
        .get(left)
        .ins(I::I32Add)
        .ins(I::I32Load8U(at(memory, 0, 1)));
    c.ins(I::I32Store16(at(memory, 0, 2)));
    c.br(0).end().end();
}

pub(super) fn narrow(c: &mut Code, memory: u32) {
    let (ptr, units) = (0, 1);
    let done = c.fresh(ValType::I32);
    c.block().loop_();
    c.get(done).get(units).ins(I::I32Eq).br_if(1);
    c.get(ptr).get(done).ins(I::I32Add);
    c.get(ptr)
        .get(done)
        .i32(1)
        .ins(I::I32Shl)
        .ins(I::I32Add)
        .ins(I::I32Load8U(at(memory, 0, 1)));
    c.ins(I::I32Store8(at(memory, 0, 1)));
    c.get(done).i32(1).ins(I::I32Add).set(done);
    c.br(0).end().end();
}

/// Reads a character at `ptr` into `char` and moves on; traps where there is none.
pub(super) fn decode(c: &mut Code, from: Unit, memory: u32, ptr: Local, end: Local, char: Local) {
    match from {
        Unit::Latin1 => {
            c.get(ptr).ins(I::I32Load8U(at(memory, 0, 1))).set(char);
            c.get(ptr).i32(1).ins(I::I32Add).set(ptr);
        }
        Unit::Utf8 => decode_utf8(c, memory, ptr, end, char),
        Unit::Utf16 => decode_utf16(c, memory, ptr, end, char),
    }
}

/// The Unicode standard's table 3-7, "Well-Formed UTF-8 Byte Sequences".
pub(super) fn decode_utf8(c: &mut Code, memory: u32, ptr: Local, end: Local, char: Local) {
    let first = c.local(ValType::I32);
    let byte = at(memory, 0, 1);
    c.get(ptr).ins(I::I32Load8U(byte)).tee(first).set(char);
    c.get(ptr).i32(1).ins(I::I32Add).set(ptr);
    c.get(first).i32(0x80).ins(I::I32GeU).if_();
    // Not 80..C1 and not F5..FF.
    c.get(first)
        .i32(0xc2)
        .ins(I::I32Sub)
        .i32(0xf5 - 0xc2)
        .ins(I::I32GeU)
        .trap_if(Why::Utf8);
    let continuation = |c: &mut Code| {
        c.get(ptr).get(end).ins(I::I32Eq).trap_if(Why::Utf8);
        let next = c.local(ValType::I32);
        c.get(ptr).ins(I::I32Load8U(byte)).tee(next);
        c.i32(0xc0)
            .ins(I::I32And)
            .i32(0x80)
            .ins(I::I32Ne)
            .trap_if(Why::Utf8);
        c.get(ptr).i32(1).ins(I::I32Add).set(ptr);
        c.get(char).i32(6).ins(I::I32Shl);
        c.get(next).i32(0x3f).ins(I::I32And).ins(I::I32Or).set(char);
        c.release(next, ValType::I32);
    };
    c.get(first).i32(0xe0).ins(I::I32LtU).if_();
    c.get(first).i32(0x1f).ins(I::I32And).set(char);
    continuation(c);
    c.else_();
    c.get(first).i32(0xf0).ins(I::I32LtU).if_();
    c.get(first).i32(0x0f).ins(I::I32And).set(char);
    continuation(c);
    continuation(c);
    // Too long a form, or a surrogate.
    c.get(char).i32(0x800).ins(I::I32LtU).trap_if(Why::Utf8);
    c.get(char)
        .i32(0xf800)
        .ins(I::I32And)
        .i32(0xd800)
        .ins(I::I32Eq)
        .trap_if(Why::Utf8);
    c.else_();
    c.get(first).i32(0x07).ins(I::I32And).set(char);
    continuation(c);
    continuation(c);
    continuation(c);
    c.get(char)
        .i32(0x1_0000)
        .ins(I::I32Sub)
        .i32(0x10_0000)
        .ins(I::I32GeU)
        .trap_if(Why::Utf8);
    c.end().end().end();
    c.release(first, ValType::I32);
}

pub(super) fn decode_utf16(c: &mut Code, memory: u32, ptr: Local, end: Local, char: Local) {
    let unit = at(memory, 0, 2);
    c.get(ptr).ins(I::I32Load16U(unit)).set(char);
    c.get(ptr).i32(2).ins(I::I32Add).set(ptr);
    c.get(char)
        .i32(0xf800)
        .ins(I::I32And)
        .i32(0xd800)
        .ins(I::I32Eq)
        .if_();
    // A high surrogate, and a low one behind it.
    c.get(char).i32(0xdc00).ins(I::I32GeU).trap_if(Why::Utf16);
    c.get(ptr).get(end).ins(I::I32Eq).trap_if(Why::Utf16);
    let low = c.local(ValType::I32);
    c.get(ptr).ins(I::I32Load16U(unit)).tee(low);
    c.i32(0xfc00)
        .ins(I::I32And)
        .i32(0xdc00)
        .ins(I::I32Ne)
        .trap_if(Why::Utf16);
    c.get(ptr).i32(2).ins(I::I32Add).set(ptr);
    c.get(char).i32(0x3ff).ins(I::I32And).i32(10).ins(I::I32Shl);
    c.get(low).i32(0x3ff).ins(I::I32And).ins(I::I32Or);
    c.i32(0x1_0000).ins(I::I32Add).set(char);
    c.release(low, ValType::I32);
    c.end();
}

/// Stores one byte that `value` pushes at `to + offset`.
pub(super) fn store_byte(
    c: &mut Code,
    memory: u32,
    to: Local,
    offset: u32,
    value: impl FnOnce(&mut Code),
) {
    c.get(to);
    value(c);
    c.ins(I::I32Store8(at(memory, offset, 1)));
}

pub(super) fn encode_utf8(c: &mut Code, memory: u32, to: Local, char: Local) {
    // The lead byte with `mark`, then so many continuation bytes.
    let sequence = |c: &mut Code, mark: u32, more: u32| {
        for byte in 0..=more {
            let shift = 6 * (more - byte);
            store_byte(c, memory, to, byte, |c| {
                c.get(char);
                if shift > 0 {
                    c.i32(shift).ins(I::I32ShrU);
                }
                if byte == 0 {
                    c.i32(mark).ins(I::I32Or);
                } else {
                    c.i32(0x3f).ins(I::I32And).i32(0x80).ins(I::I32Or);
                }
            });
        }
        c.get(to).i32(more + 1).ins(I::I32Add).set(to);
    };
    c.get(char).i32(0x80).ins(I::I32LtU).if_();
    sequence(c, 0, 0);
    c.else_();
    c.get(char).i32(0x800).ins(I::I32LtU).if_();
    sequence(c, 0xc0, 1);
    c.else_();
    c.get(char).i32(0x1_0000).ins(I::I32LtU).if_();
    sequence(c, 0xe0, 2);
    c.else_();
    sequence(c, 0xf0, 3);
    c.end().end().end();
}

pub(super) fn encode_utf16(c: &mut Code, memory: u32, to: Local, char: Local) {
    let store = I::I32Store16(at(memory, 0, 2));
    c.get(char).i32(0x1_0000).ins(I::I32LtU).if_();
    c.get(to).get(char).ins(store);
    c.get(to).i32(2).ins(I::I32Add).set(to);
    c.else_();
    c.get(to);
    c.get(char)
        .i32(0x1_0000)
        .ins(I::I32Sub)
        .i32(10)
        .ins(I::I32ShrU)
        .i32(0xd800)
        .ins(I::I32Or);
    c.ins(I::I32Store16(at(memory, 0, 2)));
    c.get(to);
    c.get(char)
        .i32(0x3ff)
        .ins(I::I32And)
        .i32(0xdc00)
        .ins(I::I32Or);
    c.ins(I::I32Store16(at(memory, 2, 2)));
    c.get(to).i32(4).ins(I::I32Add).set(to);
    c.end();
}
