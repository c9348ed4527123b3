//! Values that their types don't have.

use super::{answer, args, check, list, option};
use crate::ty::Ty;

#[test]
fn characters_and_cases_that_are_none() {
    let variant = || Ty::Variant(vec![None, Some(Ty::U8), None]);
    let wide = || Ty::Enum(300);
    let mut cases = vec![
        (
            "the last character",
            args([Ty::Char], "(i32.const 0x10ffff)"),
            "7",
        ),
        (
            "past the last",
            args([Ty::Char], "(i32.const 0x110000)"),
            "char",
        ),
        (
            "a low surrogate",
            args([Ty::Char], "(i32.const 0xdfff)"),
            "char",
        ),
        (
            "a high surrogate",
            args([Ty::Char], "(i32.const 0xd800)"),
            "char",
        ),
        ("minus one", args([Ty::Char], "(i32.const -1)"), "char"),
        (
            "in a list",
            args([list(Ty::Char)], "(i32.const 0x100) (i32.const 2)")
                .data(0x100, [0x61, 0, 0, 0, 0, 0xd8, 0, 0]),
            "char",
        ),
        ("a result", answer(Ty::Char, "(i32.const 0x110000)"), "char"),
    ];
    for (name, ty, last, beyond) in [
        (
            "variant",
            variant(),
            "(i32.const 2) (i32.const 0)",
            "(i32.const 3) (i32.const 0)",
        ),
        (
            "option",
            option(Ty::U8),
            "(i32.const 1) (i32.const 0)",
            "(i32.const 2) (i32.const 0)",
        ),
        (
            "result",
            Ty::Result(None, Some(Box::new(Ty::U8))),
            "(i32.const 1) (i32.const 0)",
            "(i32.const 2) (i32.const 0)",
        ),
        ("enum", Ty::Enum(5), "(i32.const 4)", "(i32.const 5)"),
        (
            "enum of two bytes",
            wide(),
            "(i32.const 299)",
            "(i32.const 300)",
        ),
        // A flat discriminant is all of its bits.
        (
            "high bits",
            Ty::Enum(5),
            "(i32.const 4)",
            "(i32.const 0x101)",
        ),
        ("minus one", Ty::Enum(5), "(i32.const 4)", "(i32.const -1)"),
    ] {
        cases.push((name, args([ty.clone()], last), "7"));
        cases.push((name, args([ty], beyond), "discriminant"));
    }
    let stored = |ty: Ty, bytes: &[u8]| {
        args([list(ty)], "(i32.const 0x100) (i32.const 1)").data(0x100, bytes)
    };
    cases.extend([
        (
            "variant in memory",
            stored(variant(), &[3, 0]),
            "discriminant",
        ),
        (
            "option in memory",
            stored(option(Ty::U8), &[2, 0]),
            "discriminant",
        ),
        ("enum in memory", stored(Ty::Enum(5), &[5]), "discriminant"),
        (
            "enum of two bytes in memory",
            stored(wide(), &[44, 1]),
            "discriminant",
        ),
        (
            "enum as a result",
            answer(Ty::Enum(5), "(i32.const 5)"),
            "discriminant",
        ),
        (
            "option as a result",
            answer(option(Ty::U32), "(i32.const 0x100)").data(0x100, [2, 0, 0, 0, 0, 0, 0, 0]),
            "discriminant",
        ),
    ]);
    check(&cases);
}

/// Bits that mean nothing are dropped on the way, and cause no trap.
#[test]
fn bits_that_mean_nothing() {
    let flags = |count| Ty::Flags(count);
    let first = "(i32.load8_u (local.get 0))";
    let stored = |ty: Ty, bytes: &[u8]| {
        args([list(ty)], "(i32.const 0x100) (i32.const 1)")
            .data(0x100, bytes)
            .body(first)
    };
    let own = |ty: Ty, value| args([ty], value).body("(local.get 0)");
    check(&[
        ("a bool of two", own(Ty::Bool, "(i32.const 2)"), "1"),
        (
            "a bool of bit 31",
            own(Ty::Bool, "(i32.const 0x80000000)"),
            "1",
        ),
        ("a bool in memory", stored(Ty::Bool, &[0x80]), "1"),
        (
            "a bool as a result",
            answer(Ty::Bool, "(i32.const 0xff00)"),
            "1",
        ),
        ("a byte", own(Ty::U8, "(i32.const 0x1234)"), "52"),
        (
            "a signed byte",
            own(Ty::S8, "(i32.const 0x80)"),
            "4294967168",
        ),
        ("a half", own(Ty::U16, "(i32.const 0x12345)"), "9029"),
        (
            "a signed half",
            own(Ty::S16, "(i32.const 0x8000)"),
            "4294934528",
        ),
        ("three flags", own(flags(3), "(i32.const 0xff)"), "7"),
        ("nine flags", own(flags(9), "(i32.const -1)"), "511"),
        ("flags in memory", stored(flags(3), &[0xff]), "7"),
        (
            "flags as a result",
            answer(flags(3), "(i32.const 0xff)"),
            "7",
        ),
        // A case without a payload has room for another's: what is there is not read.
        (
            "the payload of a case that has none",
            args(
                [option(list(Ty::U64))],
                "(i32.const 0) (i32.const 0xffffffff) (i32.const 0xffffffff)",
            ),
            "7",
        ),
    ]);
}
