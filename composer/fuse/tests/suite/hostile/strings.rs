//! Strings in every encoding: where they lie, and what they hold.

use super::{answer, args, check};
use crate::ty::Enc::{Compact, Utf8, Utf16};
use crate::ty::Ty;

#[test]
fn strings_out_of_bounds() {
    let at = |pair| args([Ty::String], pair);
    let mut cases = Vec::new();
    for from in [Utf8, Utf16, Compact] {
        for to in [Utf8, Utf16, Compact] {
            let unit = if let Utf16 = from { 2 } else { 1 };
            // Up to the last byte it is well, if empty.
            let end = at("(i32.const 0x10000) (i32.const 0)");
            cases.push(("at the end", end.enc(from, to), "7"));
            let past = at("(i32.const 0x10002) (i32.const 0)");
            cases.push(("empty past the end", past.enc(from, to), "bounds"));
            let over = if unit == 2 {
                at("(i32.const 0xfffe) (i32.const 2)")
            } else {
                at("(i32.const 0xfffe) (i32.const 3)")
            };
            cases.push(("over the end", over.enc(from, to), "bounds"));
            let wraps = at("(i32.const 0xfffffffe) (i32.const 0x10)");
            cases.push(("wraps around", wraps.enc(from, to), "bounds"));
            let long = at("(i32.const 0x10) (i32.const 0x7fffffff)");
            cases.push(("longer than a memory", long.enc(from, to), "bounds"));
            let longest = at("(i32.const 0x10) (i32.const 0xffffffff)");
            cases.push(("longer than a string", longest.enc(from, to), "bounds"));
        }
    }
    check(&cases);
}

#[test]
fn strings_out_of_line() {
    let odd = |from, to| args([Ty::String], "(i32.const 0x11) (i32.const 1)").enc(from, to);
    let mut cases = Vec::new();
    for to in [Utf8, Utf16, Compact] {
        cases.push(("bytes may lie anywhere", odd(Utf8, to).data(0x11, "a"), "7"));
        cases.push(("units of two bytes", odd(Utf16, to), "alignment"));
        cases.push(("a compact string of bytes", odd(Compact, to), "alignment"));
        let wide = args([Ty::String], "(i32.const 0x11) (i32.const 0x80000001)");
        cases.push((
            "a compact string of units",
            wide.enc(Compact, to),
            "alignment",
        ));
    }
    check(&cases);
}

#[test]
fn text_that_is_none() {
    let utf8: &[(&str, &[u8])] = &[
        ("a continuation byte", b"\x80"),
        ("an overlong form of two", b"\xc1\xbf"),
        ("an overlong form of three", b"\xe0\x9f\xbf"),
        ("an overlong form of four", b"\xf0\x8f\xbf\xbf"),
        ("a surrogate", b"\xed\xa0\x80"),
        ("past the last character", b"\xf4\x90\x80\x80"),
        ("a byte that begins nothing", b"\xf5\x80\x80\x80"),
        ("cut short after one", b"abcdefgh\xc3"),
        ("cut short after two", b"\xe2\x82"),
        ("cut short after three", b"\xf0\x9f\x98"),
        ("the wrong byte behind", b"\xe2\x28\xa1"),
    ];
    let utf16: &[(&str, &[u16])] = &[
        ("a low surrogate alone", &[0xdc00]),
        ("a high surrogate at the end", &[0x61, 0xd800]),
        ("a high surrogate before a letter", &[0xd83d, 0x61]),
        ("two high surrogates", &[0xd83d, 0xd83d]),
    ];
    let mut cases = Vec::new();
    for to in [Utf8, Utf16, Compact] {
        for (name, bytes) in utf8 {
            let pair: &str = match bytes.len() {
                1 => "(i32.const 0x100) (i32.const 1)",
                2 => "(i32.const 0x100) (i32.const 2)",
                3 => "(i32.const 0x100) (i32.const 3)",
                4 => "(i32.const 0x100) (i32.const 4)",
                _ => "(i32.const 0x100) (i32.const 9)",
            };
            let call = args([Ty::String], pair).enc(Utf8, to).data(0x100, bytes);
            cases.push((*name, call, "utf8"));
        }
        for (name, units) in utf16 {
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            for (from, pair) in match units.len() {
                1 => [
                    (Utf16, "(i32.const 0x100) (i32.const 1)"),
                    (Compact, "(i32.const 0x100) (i32.const 0x80000001)"),
                ],
                _ => [
                    (Utf16, "(i32.const 0x100) (i32.const 2)"),
                    (Compact, "(i32.const 0x100) (i32.const 0x80000002)"),
                ],
            } {
                let call = args([Ty::String], pair).enc(from, to);
                cases.push((*name, call.data(0x100, &bytes), "utf16"));
            }
        }
    }
    // The same as a result.
    let result = answer(Ty::String, "(i32.const 0x200)")
        .data(0x200, [0, 1, 0, 0, 1, 0, 0, 0])
        .data(0x100, b"\xff");
    cases.push(("a result", result, "utf8"));
    check(&cases);
}
