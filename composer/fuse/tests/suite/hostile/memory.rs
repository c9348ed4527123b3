//! Lists, and parameters and results that go through memory; and the memory that
//! `realloc` gives out for them.

use super::{answer, args, check, list, many};
use crate::ty::Enc::{Compact, Utf8, Utf16};
use crate::ty::Ty;

#[test]
fn lists_out_of_bounds_and_out_of_line() {
    let mut cases = Vec::new();
    // Copied at once, and one by one.
    for (size, element) in [(8, Ty::U64), (4, Ty::Char), (8, Ty::String)] {
        let ty = || [list(element.clone())];
        cases.push((
            "at the end",
            args(ty(), "(i32.const 0x10000) (i32.const 0)"),
            "7",
        ));
        cases.push((
            "empty past the end",
            args(ty(), "(i32.const 0x10008) (i32.const 0)"),
            "bounds",
        ));
        cases.push((
            "over the end",
            args(ty(), "(i32.const 0xfff8) (i32.const 3)"),
            "bounds",
        ));
        cases.push((
            "wraps around",
            args(ty(), "(i32.const 0xfffffff8) (i32.const 2)"),
            "bounds",
        ));
        let overflows = match size {
            8 => "(i32.const 0x100) (i32.const 0x20000001)",
            _ => "(i32.const 0x100) (i32.const 0x40000001)",
        };
        cases.push(("more than a memory has", args(ty(), overflows), "bounds"));
        cases.push((
            "out of line",
            args(ty(), "(i32.const 0x102) (i32.const 1)"),
            "alignment",
        ));
        cases.push((
            "empty and out of line",
            args(ty(), "(i32.const 0x101) (i32.const 0)"),
            "alignment",
        ));
    }
    // Within a list.
    let inner = args([list(list(Ty::U16))], "(i32.const 0x100) (i32.const 1)");
    let pair = |ptr: u32, len: u32| [ptr.to_le_bytes(), len.to_le_bytes()].concat();
    cases.push((
        "inside, over the end",
        inner.clone().data(0x100, pair(0xfffe, 2)),
        "bounds",
    ));
    cases.push((
        "inside, out of line",
        inner.data(0x100, pair(0x201, 1)),
        "alignment",
    ));
    // As a result.
    let result = answer(list(Ty::U64), "(i32.const 0x200)");
    cases.push((
        "a result",
        result.clone().data(0x200, pair(0xfff8, 2)),
        "bounds",
    ));
    cases.push((
        "a result out of line",
        result.data(0x200, pair(0x104, 1)),
        "alignment",
    ));
    check(&cases);
}

#[test]
fn parameters_and_results_in_memory() {
    let cases = [
        ("in bounds", args(many(&Ty::U8), "(i32.const 0xffef)"), "7"),
        (
            "over the end",
            args(many(&Ty::U8), "(i32.const 0xfff0)"),
            "bounds",
        ),
        (
            "far away",
            args(many(&Ty::U8), "(i32.const 0xffffffff)"),
            "bounds",
        ),
        (
            "out of line",
            args(many(&Ty::U64), "(i32.const 0x104)"),
            "alignment",
        ),
        (
            "no room at the callee",
            args(many(&Ty::U8), "(i32.const 0x100)").realloc("(i32.const 0xfff0)"),
            "bounds",
        ),
        (
            "far away at the callee",
            args(many(&Ty::U8), "(i32.const 0x100)").realloc("(i32.const -1)"),
            "bounds",
        ),
        (
            "out of line at the callee",
            args(many(&Ty::U64), "(i32.const 0x100)").realloc("(i32.const 0x8004)"),
            "alignment",
        ),
        (
            "a result over the end",
            answer(Ty::Tuple(vec![Ty::U32, Ty::U32]), "(i32.const 0xfffc)"),
            "bounds",
        ),
        (
            "a result far away",
            answer(Ty::Tuple(vec![Ty::U32, Ty::U32]), "(i32.const -4)"),
            "bounds",
        ),
        (
            "a result out of line",
            answer(Ty::Tuple(vec![Ty::U32, Ty::U32]), "(i32.const 0x102)"),
            "alignment",
        ),
        (
            "an area over the end",
            answer(Ty::Tuple(vec![Ty::U32, Ty::U32]), "(i32.const 0x100)").area(0xfffc),
            "bounds",
        ),
        (
            "an area far away",
            answer(Ty::Tuple(vec![Ty::U32, Ty::U32]), "(i32.const 0x100)").area(0xffff_fffc),
            "bounds",
        ),
        (
            "an area out of line",
            answer(Ty::Tuple(vec![Ty::U32, Ty::U32]), "(i32.const 0x100)").area(0x7001),
            "alignment",
        ),
    ];
    check(&cases);
}

/// What `realloc` returns is believed no more than any other pointer.
#[test]
fn reallocs_that_lie() {
    let mut cases = Vec::new();
    for to in [Utf8, Utf16, Compact] {
        let text = || args([Ty::String], "(i32.const 0x100) (i32.const 4)").data(0x100, "text");
        for from in [Utf8, Compact] {
            let call = || text().enc(from, to);
            cases.push(("no room", call().realloc("(i32.const 0xfffe)"), "bounds"));
            cases.push(("far away", call().realloc("(i32.const -2)"), "bounds"));
            let odd = if let Utf8 = to { "7" } else { "alignment" };
            cases.push(("out of line", call().realloc("(i32.const 0x8001)"), odd));
            cases.push(("traps", call().realloc("unreachable"), "unreachable"));
        }
        // The second and third call: for more room, and to give some back.
        let grown = || args([Ty::String], "(i32.const 0x100) (i32.const 5)").enc(Utf16, to);
        let units: Vec<u8> = [0x61, 0xe9, 0x20ac, 0x62, 0xe9u16]
            .iter()
            .flat_map(|unit| unit.to_le_bytes())
            .collect();
        let again = "(select (i32.const 0xfffa) (i32.const 0x8000) (local.get 0))";
        let expected = if let Utf16 = to { "7" } else { "bounds" };
        cases.push((
            "no room the second time",
            grown().data(0x100, &units).realloc(again),
            expected,
        ));
    }
    for element in [Ty::U64, Ty::Char] {
        let list = || args([list(element.clone())], "(i32.const 0x100) (i32.const 4)");
        let call = || list().data(0x100, [0; 32]);
        cases.push(("no room", call().realloc("(i32.const 0xfff8)"), "bounds"));
        cases.push(("far away", call().realloc("(i32.const -8)"), "bounds"));
        cases.push((
            "out of line",
            call().realloc("(i32.const 0x8002)"),
            "alignment",
        ));
    }
    // Twice the same place: the part's own loss. The second text is what is there.
    let twice = args(
        [Ty::String, Ty::String],
        "(i32.const 0x100) (i32.const 1) (i32.const 0x101) (i32.const 1)",
    );
    let same = twice
        .data(0x100, "ab")
        .realloc("(i32.const 0x8000)")
        .body("(i32.load8_u (local.get 0))");
    cases.push(("the same place twice", same, "98"));
    // For a result it is the caller's.
    let pair = [0x100u32.to_le_bytes(), 4u32.to_le_bytes()].concat();
    let result = answer(Ty::String, "(i32.const 0x200)")
        .data(0x100, "text")
        .data(0x200, pair);
    cases.push((
        "a result",
        result.clone().realloc("(i32.const 0xfffe)"),
        "bounds",
    ));
    let wide = result.enc(Utf16, Utf8).realloc("(i32.const 0x8001)");
    cases.push(("a result out of line", wide, "alignment"));
    check(&cases);
}
