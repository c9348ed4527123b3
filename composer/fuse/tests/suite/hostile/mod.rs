//! A part that lies about its values: linked and fused, the call ends the same
//! way, and no memory but the liar's own, and what it was given, is touched.
//!
//! Each case aims at one check. Two parts have a memory of 64 KiB each, filled with
//! a pattern, and a third stands by; after the call the memories are looked at.

use std::fmt::Write as _;

use wasmtime::component::Linker;
use wasmtime::{Config, Engine, OptLevel, Store, WasmCoreDump};

use crate::harness::{compile, forms, kind};
use crate::ty::Enc::{self, Utf8};
use crate::ty::{Flat, Ty};

mod memory;
mod strings;
mod values;

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
        for (form, bytes) in forms(&bytes) {
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
