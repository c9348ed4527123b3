//! Strings from one encoding to another.
//!
//! Source: `CanonicalABI.md`, "load_string" and "store_string". The calls of
//! `realloc` are those of the specification, in number, order and arguments,
//! because the callee sees them.

use wasm_encoder::{Instruction as I, ValType};

use super::code::{Code, Local, Own, Why};
use super::module::AdapterModule;
use super::transfer::{Helper, Transfer};
use crate::graph::Encoding;

mod units;

pub(crate) use units::Unit;
use units::{check_utf8, copy_ascii, copy_latin1, narrow, transcode, utf16_scan, widen};

/// The longest string in bytes, as wasmtime has it.
const MAX_BYTES: u32 = (1 << 31) - 1;
/// In the length of a [`Encoding::Compact`] string: it is UTF-16.
const UTF16_TAG: u32 = 1 << 31;

/// A function over the code units of a string, from memory to memory by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum StringOp {
    /// `(ptr, len)`: traps unless it is UTF-8.
    CheckUtf8(u32),
    /// `(ptr, units)`: traps unless it is UTF-16.
    CheckUtf16(u32),
    /// `(ptr, units) -> any`: traps unless it is UTF-16; whether a unit is over 0xff.
    Utf16IsWide(u32),
    /// `(ptr, units, to) -> units`: copies ASCII up to the first that is not.
    CopyAscii { from: Unit, src: u32, dst: u32 },
    /// `(ptr, end, to) -> end`: transcodes all, into room enough.
    Transcode {
        from: Unit,
        to: Unit,
        src: u32,
        dst: u32,
    },
    /// `(ptr, end, to) -> (ptr, to)`: Latin-1 up to the first that is not.
    CopyLatin1 { from: Unit, src: u32, dst: u32 },
    /// `(ptr, bytes)`: spreads bytes to 16-bit units in place.
    Widen(u32),
    /// `(ptr, units)`: the reverse.
    Narrow(u32),
}

/// Moves a string; `ptr` and `len` become those at the destination.
pub(crate) fn transfer(t: &mut Transfer<'_, '_>, ptr: Local, len: Local) {
    if t.same_memory() {
        return;
    }
    match t.src.encoding {
        Encoding::Utf8 => from(t, Unit::Utf8, false, ptr, len),
        Encoding::Utf16 => from(t, Unit::Utf16, false, ptr, len),
        Encoding::Compact => {
            t.code.get(len).i32(UTF16_TAG).ins(I::I32And).if_();
            t.code.get(len).i32(UTF16_TAG).ins(I::I32Xor).set(len);
            from(t, Unit::Utf16, true, ptr, len);
            t.code.else_();
            from(t, Unit::Latin1, true, ptr, len);
            t.code.end();
        }
    }
}

fn from(t: &mut Transfer<'_, '_>, unit: Unit, compact: bool, ptr: Local, len: Local) {
    // Compact strings are aligned to 2 even where they hold bytes.
    let align = if compact { 2 } else { unit.bytes() };
    t.check_align(ptr, align);
    let bytes = t.code.local(ValType::I32);
    if unit == Unit::Utf16 {
        t.code
            .get(len)
            .i32(MAX_BYTES / 2)
            .ins(I::I32GtU)
            .trap_if(Why::StringBounds);
        t.code.get(len).i32(1).ins(I::I32Shl).set(bytes);
    } else {
        t.code.get(len).set(bytes);
    }
    let memory = t.src.mem();
    t.check_bounds(memory, ptr, bytes, Why::StringBounds);
    match (unit, t.dst.encoding) {
        (Unit::Utf8, Encoding::Utf8) => {
            limit(t, len, 1);
            let check = helper(t.module, StringOp::CheckUtf8(memory));
            t.code.get(ptr).get(len).call_own(check);
            copy(t, ptr, bytes, 1);
        }
        (Unit::Utf16, Encoding::Utf16) => {
            let check = helper(t.module, StringOp::CheckUtf16(memory));
            t.code.get(ptr).get(len).call_own(check);
            copy(t, ptr, bytes, 2);
        }
        (Unit::Latin1, Encoding::Compact) => {
            limit(t, len, 1);
            copy(t, ptr, bytes, 2);
        }
        (Unit::Latin1, Encoding::Utf8) => to_utf8(t, unit, 2, ptr, len, bytes),
        (Unit::Utf16, Encoding::Utf8) => to_utf8(t, unit, 3, ptr, len, bytes),
        (Unit::Latin1 | Unit::Utf8, Encoding::Utf16) => to_utf16(t, unit, ptr, len, bytes),
        (Unit::Utf16, Encoding::Compact) if compact => probably_utf16(t, ptr, len, bytes),
        (Unit::Utf8 | Unit::Utf16, Encoding::Compact) => to_compact(t, unit, ptr, len, bytes),
    }
    t.code.release(bytes, ValType::I32);
}

/// Traps where `len × factor` is more bytes than a string may have.
fn limit(t: &mut Transfer<'_, '_>, len: Local, factor: u32) {
    t.code
        .get(len)
        .i32(MAX_BYTES / factor)
        .ins(I::I32GtU)
        .trap_if(Why::StringBounds);
}

/// `to = realloc(old, old_size, align, size)` with its checks. `old` of none is an allocation.
fn realloc(
    t: &mut Transfer<'_, '_>,
    old: Option<(Local, Local)>,
    align: u32,
    size: Local,
    to: Local,
) {
    match old {
        Some((ptr, bytes)) => t.code.get(ptr).get(bytes),
        None => t.code.i32(0).i32(0),
    };
    t.code.i32(align).get(size);
    t.call_realloc();
    t.code.set(to);
    t.check_align(to, align);
    let memory = t.dst.mem();
    t.check_bounds(memory, to, size, Why::StringBounds);
}

/// Code units that are the same on both sides.
fn copy(t: &mut Transfer<'_, '_>, ptr: Local, bytes: Local, align: u32) {
    let to = t.code.local(ValType::I32);
    // The copy checks the bounds.
    t.allocate(align, bytes, to);
    t.check_align(to, align);
    t.code.get(to).get(ptr).get(bytes).ins(I::MemoryCopy {
        src_mem: t.src.mem(),
        dst_mem: t.dst.mem(),
    });
    t.code.get(to).set(ptr);
    t.code.release(to, ValType::I32);
}

/// `store_string_to_utf8`: as many bytes as there are units, and more only if a
/// character is not ASCII.
fn to_utf8(
    t: &mut Transfer<'_, '_>,
    unit: Unit,
    factor: u32,
    ptr: Local,
    len: Local,
    bytes: Local,
) {
    let (src, dst) = (t.src.mem(), t.dst.mem());
    let [to, done, worst, end] = locals(t);
    limit(t, len, 1);
    realloc(t, None, 1, len, to);
    let ascii = helper(
        t.module,
        StringOp::CopyAscii {
            from: unit,
            src,
            dst,
        },
    );
    t.code.get(ptr).get(len).get(to).call_own(ascii).tee(done);
    t.code.get(len).ins(I::I32Ne).if_();
    limit(t, len, factor);
    t.code.get(len).i32(factor).ins(I::I32Mul).set(worst);
    realloc(t, Some((to, len)), 1, worst, to);
    let rest = helper(
        t.module,
        StringOp::Transcode {
            from: unit,
            to: Unit::Utf8,
            src,
            dst,
        },
    );
    // From the first unit that is not ASCII to the end.
    t.code.get(ptr).get(done);
    if unit == Unit::Utf16 {
        t.code.i32(1).ins(I::I32Shl);
    }
    t.code.ins(I::I32Add);
    t.code.get(ptr).get(bytes).ins(I::I32Add);
    t.code.get(to).get(done).ins(I::I32Add);
    t.code.call_own(rest).get(to).ins(I::I32Sub).set(end);
    t.code.get(worst).get(end).ins(I::I32GtU).if_();
    realloc(t, Some((to, worst)), 1, end, to);
    t.code.end();
    t.code.get(end).set(len);
    t.code.end();
    t.code.get(to).set(ptr);
    free(t, [to, done, worst, end]);
}

/// From bytes to 16-bit units: room for the worst case, then what is too much given back.
fn to_utf16(t: &mut Transfer<'_, '_>, unit: Unit, ptr: Local, len: Local, bytes: Local) {
    let (src, dst) = (t.src.mem(), t.dst.mem());
    let [to, worst, end, _spare] = locals(t);
    limit(t, len, 2);
    t.code.get(len).i32(1).ins(I::I32Shl).set(worst);
    realloc(t, None, 2, worst, to);
    let transcode = helper(
        t.module,
        StringOp::Transcode {
            from: unit,
            to: Unit::Utf16,
            src,
            dst,
        },
    );
    t.code.get(ptr);
    t.code.get(ptr).get(bytes).ins(I::I32Add);
    t.code.get(to).call_own(transcode);
    t.code.get(to).ins(I::I32Sub).set(end);
    if unit == Unit::Utf8 {
        t.code.get(end).get(worst).ins(I::I32LtU).if_();
        realloc(t, Some((to, worst)), 2, end, to);
        t.code.end();
    }
    t.code.get(end).i32(1).ins(I::I32ShrU).set(len);
    t.code.get(to).set(ptr);
    free(t, [to, worst, end, _spare]);
}

/// `store_string_to_latin1_or_utf16`: bytes until a character needs more.
fn to_compact(t: &mut Transfer<'_, '_>, unit: Unit, ptr: Local, len: Local, bytes: Local) {
    let (src, dst) = (t.src.mem(), t.dst.mem());
    let [to, done, worst, end] = locals(t);
    let stop = t.code.local(ValType::I32);
    limit(t, len, 1);
    realloc(t, None, 2, len, to);
    let latin1 = helper(
        t.module,
        StringOp::CopyLatin1 {
            from: unit,
            src,
            dst,
        },
    );
    // `end` is where the source ends, `stop` where the copy had to stop.
    t.code.get(ptr).get(bytes).ins(I::I32Add).set(end);
    t.code.get(ptr).get(end).get(to).call_own(latin1);
    t.code.get(to).ins(I::I32Sub).set(done).tee(stop);
    t.code.get(end).ins(I::I32Ne).if_();
    limit(t, len, 2);
    t.code.get(len).i32(1).ins(I::I32Shl).set(worst);
    realloc(t, Some((to, len)), 2, worst, to);
    let widen = helper(t.module, StringOp::Widen(dst));
    t.code.get(to).get(done).call_own(widen);
    let rest = helper(
        t.module,
        StringOp::Transcode {
            from: unit,
            to: Unit::Utf16,
            src,
            dst,
        },
    );
    t.code.get(stop).get(end);
    t.code
        .get(to)
        .get(done)
        .i32(1)
        .ins(I::I32Shl)
        .ins(I::I32Add);
    t.code.call_own(rest).get(to).ins(I::I32Sub).set(end);
    t.code.get(worst).get(end).ins(I::I32GtU).if_();
    realloc(t, Some((to, worst)), 2, end, to);
    t.code.end();
    t.code
        .get(end)
        .i32(1)
        .ins(I::I32ShrU)
        .i32(UTF16_TAG)
        .ins(I::I32Or)
        .set(len);
    t.code.else_();
    t.code.get(done).get(len).ins(I::I32LtU).if_();
    realloc(t, Some((to, len)), 2, done, to);
    t.code.end();
    t.code.get(done).set(len);
    t.code.end();
    t.code.get(to).set(ptr);
    t.code.release(stop, ValType::I32);
    free(t, [to, done, worst, end]);
}

/// `store_probably_utf16_to_latin1_or_utf16`: copied, and narrowed if no unit needs the width.
fn probably_utf16(t: &mut Transfer<'_, '_>, ptr: Local, len: Local, bytes: Local) {
    let (src, dst) = (t.src.mem(), t.dst.mem());
    let [to, _a, _b, _c] = locals(t);
    realloc(t, None, 2, bytes, to);
    t.code.get(to).get(ptr).get(bytes).ins(I::MemoryCopy {
        src_mem: src,
        dst_mem: dst,
    });
    let wide = helper(t.module, StringOp::Utf16IsWide(src));
    t.code.get(ptr).get(len).call_own(wide).if_();
    t.code.get(len).i32(UTF16_TAG).ins(I::I32Or).set(len);
    t.code.else_();
    let narrow = helper(t.module, StringOp::Narrow(dst));
    t.code.get(to).get(len).call_own(narrow);
    realloc(t, Some((to, bytes)), 2, len, to);
    t.code.end();
    t.code.get(to).set(ptr);
    free(t, [to, _a, _b, _c]);
}

fn locals(t: &mut Transfer<'_, '_>) -> [Local; 4] {
    std::array::from_fn(|_| t.code.local(ValType::I32))
}

fn free(t: &mut Transfer<'_, '_>, locals: [Local; 4]) {
    for local in locals {
        t.code.release(local, ValType::I32);
    }
}

fn helper(module: &mut AdapterModule, op: StringOp) -> Own {
    let key = Helper::String(op);
    if let Some(own) = module.helpers.get(&key) {
        return *own;
    }
    let i32 = ValType::I32;
    let (params, results): (usize, usize) = match op {
        StringOp::CheckUtf8(_)
        | StringOp::CheckUtf16(_)
        | StringOp::Widen(_)
        | StringOp::Narrow(_) => (2, 0),
        StringOp::Utf16IsWide(_) => (2, 1),
        StringOp::CopyAscii { .. } | StringOp::Transcode { .. } => (3, 1),
        StringOp::CopyLatin1 { .. } => (3, 2),
    };
    let name = format!("{op:?}");
    let own = module.declare(name, &vec![i32; params], &vec![i32; results]);
    module.helpers.insert(key, own);
    let mut c = Code::new(params);
    match op {
        StringOp::CheckUtf8(memory) => check_utf8(&mut c, memory),
        StringOp::CheckUtf16(memory) => {
            utf16_scan(&mut c, memory);
        }
        StringOp::Utf16IsWide(memory) => {
            let seen = utf16_scan(&mut c, memory);
            c.get(seen).i32(0xff).ins(I::I32GtU);
        }
        StringOp::CopyAscii { from, src, dst } => copy_ascii(&mut c, from, src, dst),
        StringOp::Transcode { from, to, src, dst } => transcode(&mut c, from, to, src, dst),
        StringOp::CopyLatin1 { from, src, dst } => copy_latin1(&mut c, from, src, dst),
        StringOp::Widen(memory) => widen(&mut c, memory),
        StringOp::Narrow(memory) => narrow(&mut c, memory),
    }
    module.define(own, c);
    own
}
