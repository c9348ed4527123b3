//! A part that lies about its values: linked and fused, the call ends the same
//! way, and no memory but the liar's own, and what it was given, is touched.
//!
//! Each case aims at one check. Two parts have a memory of 64 KiB each, filled with
//! a pattern, and a third stands by; after the call the memories are looked at.

use std::fmt::Write as _;

use wasmtime::component::Linker;
use wasmtime::{Config, Engine, OptLevel, Store, WasmCoreDump};

use crate::harness::{compile, fuse, kind};
use crate::world::Enc::{self, Compact, Utf8, Utf16};
use crate::world::{Flat, Ty};

/// What every byte of a memory is until somebody writes to it.
const FILL: u8 = 0xa5;
/// Where a caller wants results.
const AREA: usize = 0x7000;
/// Where `realloc` begins to give out memory; up to [`END`] is given away.
const HEAP: usize = 0x8000;
const END: usize = 0x9000;
const SIZE: usize = 0x1_0000;

/// A `realloc` as it should be.
const BUMP: &str = "
    (global.set $top (i32.and
      (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get 2))))
    (memory.copy (global.get $top) (local.get 0)
      (select (local.get 1) (local.get 3) (i32.lt_u (local.get 1) (local.get 3))))
    global.get $top
    (global.set $top (i32.add (global.get $top) (local.get 3)))";

/// A call between two parts.
#[derive(Clone)]
struct Call {
    params: Vec<Ty>,
    result: Ty,
    caller: Side,
    callee: Side,
    /// The caller's core arguments.
    args: &'static str,
    /// Where the caller wants a result that goes through memory.
    area: u32,
    /// The callee's core code.
    body: &'static str,
}

#[derive(Clone)]
struct Side {
    encoding: Enc,
    realloc: &'static str,
    /// Bytes that lie in its memory.
    data: Vec<(usize, Vec<u8>)>,
}

impl Side {
    fn new() -> Side {
        Side {
            encoding: Utf8,
            realloc: BUMP,
            data: Vec::new(),
        }
    }

    fn image(&self) -> Vec<u8> {
        let mut image = vec![FILL; SIZE];
        for (at, bytes) in &self.data {
            image[*at..*at + bytes.len()].copy_from_slice(bytes);
        }
        image
    }
}

/// A caller that passes these arguments; the callee answers 7.
fn args(params: impl Into<Vec<Ty>>, args: &'static str) -> Call {
    Call {
        params: params.into(),
        result: Ty::U32,
        caller: Side::new(),
        callee: Side::new(),
        args,
        area: AREA as u32,
        body: "i32.const 7",
    }
}

/// A callee that answers this.
fn answer(result: Ty, body: &'static str) -> Call {
    Call {
        result,
        body,
        ..args([], "")
    }
}

impl Call {
    fn enc(mut self, caller: Enc, callee: Enc) -> Call {
        self.caller.encoding = caller;
        self.callee.encoding = callee;
        self
    }

    fn body(mut self, body: &'static str) -> Call {
        self.body = body;
        self
    }

    fn area(mut self, area: u32) -> Call {
        self.area = area;
        self
    }

    /// Bytes in the memory of whoever sends.
    fn data(mut self, at: usize, bytes: impl AsRef<[u8]>) -> Call {
        let data = (at, bytes.as_ref().to_vec());
        if self.params.is_empty() {
            self.callee.data.push(data);
        } else {
            self.caller.data.push(data);
        }
        self
    }

    /// The `realloc` of whoever receives.
    fn realloc(mut self, body: &'static str) -> Call {
        if self.params.is_empty() {
            self.caller.realloc = body;
        } else {
            self.callee.realloc = body;
        }
        self
    }

    fn wat(&self) -> String {
        let (mut defs, mut count) = (String::new(), 0);
        let mut params = String::new();
        for (at, ty) in self.params.iter().enumerate() {
            let ty = ty.wat(&mut defs, &mut count);
            let _ = write!(params, "(param \"p{at}\" {ty}) ");
        }
        let result = self.result.wat(&mut defs, &mut count);
        let aliases = (0..count).fold(String::new(), |mut text, at| {
            let _ = writeln!(text, "(alias export $types \"t{at}\" (type $t{at}))");
            text
        });
        let head = format!("(import \"types\" (instance $types {defs}))\n{aliases}");
        let ty = format!("{params} (result {result})");

        let mut flat: Vec<&str> = self
            .params
            .iter()
            .flat_map(Ty::flat)
            .map(Flat::wat)
            .collect();
        if flat.len() > 16 {
            flat = vec!["i32"];
        }
        let results = self.result.flat();
        let (lift_result, extra, spilled) = match results.as_slice() {
            [one] => (one.wat(), "", false),
            _ => ("i32", "i32", true),
        };
        let core_params = flat.join(" ");
        let args = self.args;
        let (lower_result, run) = if spilled {
            let area = self.area;
            (
                String::new(),
                format!("{args} (call $f (i32.const {area})) (i32.load (i32.const {area}))"),
            )
        } else {
            let narrow = match results[0] {
                Flat::I32 => "",
                Flat::I64 => "i32.wrap_i64",
                Flat::F32 => "i32.reinterpret_f32",
                Flat::F64 => "i64.reinterpret_f64 i32.wrap_i64",
            };
            (
                format!("(result {lift_result})"),
                format!("{args} (call $f) {narrow}"),
            )
        };
        format!(
            r#"(component
  (import "types" (instance $types {defs}))
  (component $bystander {bystander}
    (func (export "start") (result u32) (canon lift (core func $mem "start"))))
  (component $callee {head} {callee}
    (core module $code
      (import "" "memory" (memory 1))
      (func (export "f") (param {core_params}) (result {lift_result}) {body}))
    (core instance $code (instantiate $code (with "" (instance
      (export "memory" (memory $memory))))))
    (func (export "f") {ty} (canon lift (core func $code "f") {callee_enc}
      (memory $memory) (realloc (func $realloc)))))
  (component $caller {head} (import "f" (func $f {ty})) {caller}
    (core func $f (canon lower (func $f) {caller_enc} (memory $memory) (realloc (func $realloc))))
    (core module $code
      (import "" "memory" (memory 1))
      (import "" "f" (func $f (param {core_params} {extra}) {lower_result}))
      (func (export "run") (result i32) {run}))
    (core instance $code (instantiate $code (with "" (instance
      (export "memory" (memory $memory)) (export "f" (func $f))))))
    (func (export "run") (result u32) (canon lift (core func $code "run"))))
  (instance $bystander (instantiate $bystander))
  (instance $callee (instantiate $callee (with "types" (instance $types))))
  (instance $caller (instantiate $caller
    (with "types" (instance $types)) (with "f" (func $callee "f"))))
  (export "run" (func $caller "run"))
  (export "bystander" (func $bystander "start")))"#,
            body = self.body,
            bystander = memory("bystander", &Side::new()),
            callee = memory("callee", &self.callee),
            caller = memory("caller", &self.caller),
            callee_enc = self.callee.encoding.wat(),
            caller_enc = self.caller.encoding.wat(),
        )
    }
}

/// Bytes as text of wat.
fn quoted(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\{byte:02x}");
        text
    })
}

/// A part's memory and `realloc`. The name lies at its beginning.
fn memory(name: &str, side: &Side) -> String {
    let mut init = String::new();
    let mut segments = String::new();
    let name = (0, name.as_bytes().to_vec());
    for (at, bytes) in side.data.iter().chain([&name]) {
        let _ = writeln!(segments, "(data $at-{at} \"{}\")", quoted(bytes));
        let _ = writeln!(
            init,
            "(memory.init $at-{at} (i32.const {at}) (i32.const 0) (i32.const {}))",
            bytes.len()
        );
    }
    format!(
        r#"
    (core module $mem
      (memory (export "memory") 1)
      {segments}
      (global $top (mut i32) (i32.const {HEAP}))
      (func (export "start") (result i32) (i32.const 1))
      (func $fill
        (memory.fill (i32.const 0) (i32.const {FILL}) (i32.const {SIZE}))
        {init})
      (start $fill)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc}))
    (core instance $mem (instantiate $mem))
    (alias core export $mem "memory" (core memory $memory))
    (alias core export $mem "realloc" (core func $realloc))"#,
        realloc = side.realloc
    )
}

/// What came of a call: the answer or the kind of trap, and the memories after a trap.
struct Outcome {
    text: String,
    memories: Vec<Vec<u8>>,
}

fn run(engine: &Engine, bytes: &[u8]) -> Outcome {
    let component = compile(engine, bytes);
    let mut store = Store::new(engine, ());
    let instance = Linker::new(engine)
        .instantiate(&mut store, &component)
        .expect("it instantiates");
    let run = instance
        .get_typed_func::<(), (u32,)>(&mut store, "run")
        .expect("the box exports it");
    match run.call(&mut store, ()) {
        Ok((answer,)) => Outcome {
            text: answer.to_string(),
            memories: Vec::new(),
        },
        Err(error) => Outcome {
            text: kind(&error),
            memories: match error.downcast_ref::<WasmCoreDump>() {
                Some(dump) => dump
                    .memories()
                    .iter()
                    .map(|memory| memory.data(&store).to_vec())
                    .collect(),
                None => Vec::new(),
            },
        },
    }
}

fn engine() -> Engine {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::None)
        .coredump_on_trap(true);
    Engine::new(&config).expect("the configuration is valid")
}

/// What is wrong with the memories after a trap.
fn touched(call: &Call, memories: &[Vec<u8>]) -> Vec<String> {
    let mut wrong = Vec::new();
    let parts = [
        ("bystander", Side::new()),
        ("callee", call.callee.clone()),
        ("caller", call.caller.clone()),
    ];
    for (name, side) in parts {
        let Some(memory) = memories
            .iter()
            .find(|memory| memory.starts_with(name.as_bytes()))
        else {
            wrong.push(format!("the memory of {name} is gone"));
            continue;
        };
        let mut image = side.image();
        image[..name.len()].copy_from_slice(name.as_bytes());
        let differs = (0..SIZE)
            .filter(|at| !(AREA..END).contains(at) || name == "bystander")
            .find(|at| memory[*at] != image[*at]);
        if let Some(at) = differs {
            wrong.push(format!("{name} has {:#x} at {at:#x}", memory[at]));
        }
    }
    wrong
}

/// Runs each case linked and fused; `expected` is the answer or the kind of trap.
fn check(cases: &[(&str, Call, &str)]) {
    let engine = engine();
    let mut wrong = Vec::new();
    for (name, call, expected) in cases {
        let bytes = match wat::parse_str(call.wat()) {
            Ok(bytes) => bytes,
            Err(error) => panic!("{name}: {error}"),
        };
        for (form, bytes) in [("linked", bytes.clone()), ("fused", fuse(&bytes))] {
            let outcome = run(&engine, &bytes);
            if outcome.text != *expected {
                wrong.push(format!(
                    "{name}, {form}: expected {expected}, saw {}",
                    outcome.text
                ));
            }
            if outcome.text.parse::<u32>().is_err() {
                let touched = touched(call, &outcome.memories);
                wrong.extend(touched.iter().map(|what| format!("{name}, {form}: {what}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn list(of: Ty) -> Ty {
    Ty::List(Box::new(of))
}

fn option(of: Ty) -> Ty {
    Ty::Option(Box::new(of))
}

/// Enough of them, and they go through memory.
fn many(of: &Ty) -> Vec<Ty> {
    vec![of.clone(); 17]
}

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
