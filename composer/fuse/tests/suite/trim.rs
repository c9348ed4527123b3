//! What nobody reaches is left out, and nothing else. Numbers in the code are marks by
//! which the printed component is searched.

use boxer_fuse::{Options, fuse};
use wasmtime::Store;
use wasmtime::component::Linker;

use crate::harness::{compile, engine, forms, kind};

fn print(wat: &str, trim: bool) -> String {
    let linked = match wat::parse_str(wat) {
        Ok(bytes) => bytes,
        Err(error) => panic!("{error}"),
    };
    let options = Options {
        trim,
        ..Options::default()
    };
    match fuse(&linked, &options) {
        Ok(fused) => wasmprinter::print_bytes(fused.bytes).expect("it can be printed"),
        Err(error) => panic!("{error}"),
    }
}

/// Fuses and looks for marks: those to be there and those to be gone. Untrimmed, all
/// are there.
fn marks(wat: &str, there: &[&str], gone: &[&str]) {
    let (trimmed, whole) = (print(wat, true), print(wat, false));
    for mark in there {
        assert!(trimmed.contains(mark), "no {mark} in {trimmed}");
    }
    for mark in gone {
        assert!(!trimmed.contains(mark), "{mark} is left in {trimmed}");
    }
    for mark in there.iter().chain(gone) {
        assert!(whole.contains(mark), "no {mark} untrimmed");
    }
}

/// A box of one part with this module, whose function `f` it exports.
fn one(fields: &str) -> String {
    format!(
        r#"(component
  (component $part
    (core module $m {fields})
    (core instance $m (instantiate $m))
    (func (export "f") (param "n" u32) (result u32) (canon lift (core func $m "f"))))
  (instance $part (instantiate $part))
  (export "f" (func $part "f")))"#
    )
}

/// What `f` answers or how it traps, in each form.
fn call(wat: &str, n: u32) -> [String; 3] {
    let linked = match wat::parse_str(wat) {
        Ok(bytes) => bytes,
        Err(error) => panic!("{error}"),
    };
    let engine = engine();
    forms(&linked).map(|(_, bytes)| {
        let component = compile(&engine, &bytes);
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine)
            .instantiate(&mut store, &component)
            .expect("it instantiates");
        let f = instance
            .get_typed_func::<(u32,), (u32,)>(&mut store, "f")
            .expect("the box exports it");
        match f.call(&mut store, (n,)) {
            Ok((answer,)) => answer.to_string(),
            Err(error) => kind(&error),
        }
    })
}

#[test]
fn exports_that_nobody_calls_and_what_only_they_need() {
    let text = r#"(component
  (import "host-used" (func $used (param "n" u32) (result u32)))
  (import "host-unused" (func $unused (param "n" u32) (result u32)))
  (component $library
    (import "used" (func $used (param "n" u32) (result u32)))
    (import "unused" (func $unused (param "n" u32) (result u32)))
    (core func $used (canon lower (func $used)))
    (core func $unused (canon lower (func $unused)))
    (core module $m
      (import "" "used" (func $used (param i32) (result i32)))
      (import "" "unused" (func $unused (param i32) (result i32)))
      (func $helper (param i32) (result i32) (i32.add (local.get 0) (i32.const 770001)))
      (func $other (param i32) (result i32) (i32.add (local.get 0) (i32.const 770002)))
      (func (export "f") (param i32) (result i32) (call $used (call $helper (local.get 0))))
      (func (export "g") (param i32) (result i32) (call $unused (call $other (local.get 0)))))
    (core instance $m (instantiate $m (with "" (instance
      (export "used" (func $used)) (export "unused" (func $unused))))))
    (func (export "f") (param "n" u32) (result u32) (canon lift (core func $m "f")))
    (func (export "g") (param "n" u32) (result u32) (canon lift (core func $m "g"))))
  (component $alone
    (core module $m (func (export "h") (result i32) (i32.const 770003)))
    (core instance $m (instantiate $m))
    (func (export "h") (result u32) (canon lift (core func $m "h"))))
  (component $starts
    (core module $m (global $g (mut i32) (i32.const 770004))
      (func $start (global.set $g (i32.const 770005))) (start $start))
    (core instance $m (instantiate $m)))
  (instance $library (instantiate $library (with "used" (func $used)) (with "unused" (func $unused))))
  (instance $alone (instantiate $alone))
  (instance $starts (instantiate $starts))
  (export "f" (func $library "f")))"#;
    marks(
        text,
        &["770001", "host-used", "770004", "770005"],
        &["770002", "host-unused", "770003"],
    );
}

/// A function that only stands in a table, and is called by no call of its type, is
/// emptied. A call that finds it there by another type traps as before.
#[test]
fn functions_that_only_stand_in_a_table() {
    let text = one("(type $one (func (param i32) (result i32)))
         (type $none (func (result i32)))
         (table 3 funcref)
         (elem (i32.const 0) $a $b)
         (func $a (type $one) (i32.add (local.get 0) (i32.const 770001)))
         (func $b (type $none) (call $c))
         (func $c (result i32) (i32.const 770002))
         (func (export \"f\") (param i32) (result i32)
           (call_indirect (type $one) (i32.const 5) (local.get 0)))");
    marks(&text, &["770001"], &["770002"]);
    assert_eq!(call(&text, 0), ["770006"; 3]);
    assert_eq!(
        call(&text, 1),
        ["wasm trap: indirect call type mismatch"; 3]
    );
    assert_eq!(call(&text, 2), ["wasm trap: uninitialized element"; 3]);
    // By a tail call, or taken out of the table, it is called.
    let tail = text.replace(
        "call_indirect (type $one) (i32.const 5)",
        "return_call_indirect (type $one) (i32.const 5)",
    );
    marks(&tail, &["770001"], &["770002"]);
    let taken = text.replace(
        "(func $c",
        "(func (export \"t\") (drop (table.get (i32.const 0)))) (func $c",
    );
    let taken = taken.replace(
        "(call_indirect (type $one)",
        "(drop (table.get (i32.const 1))) (call_indirect (type $one)",
    );
    marks(&taken, &["770001", "770002"], &[]);
}

/// Bytes that are in memory from the start stay, whoever reads them; bytes that are
/// copied there by nobody don't.
#[test]
fn data_that_nobody_copies() {
    let text = one("(memory 1)
         (data (i32.const 0) \"active\")
         (data $used \"copied\")
         (data $unused \"forgotten\")
         (func (export \"f\") (param i32) (result i32)
           (memory.init $used (i32.const 16) (i32.const 0) (i32.const 6))
           (i32.load8_u (local.get 0)))
         (func (export \"g\") (param i32)
           (memory.init $unused (i32.const 16) (i32.const 0) (i32.const 6)))");
    marks(&text, &["active", "copied"], &["forgotten"]);
    assert_eq!(call(&text, 0), ["97"; 3]);
    assert_eq!(call(&text, 16), ["99"; 3]);
}

#[test]
fn types_globals_tables_and_memories_that_nobody_uses() {
    let text = one("(type $odd (func (param f64 f32 f64 f32)))
         (type $block (func (param i32) (result i32 i32)))
         (memory 7701)
         (table 770002 funcref)
         (global $unused (mut i64) (i64.const 770003))
         (global $base i32 (i32.const 770004))
         (global $used (mut i32) (i32.const 770005))
         (func $g (type $odd))
         (func (export \"f\") (param i32) (result i32)
           (local.get 0) (block (type $block) (i32.const 1)) (i32.add)
           (i32.add (global.get $used)))");
    marks(
        &text,
        &["770005", "(param i32) (result i32 i32)"],
        &[
            "7701",
            "770002",
            "770003",
            "770004",
            "(param f64 f32 f64 f32)",
        ],
    );
    assert_eq!(call(&text, 2), ["770008"; 3]);
}

/// Trimming takes a program's debris, and its answer stays.
#[test]
fn untrimmed_forms_do_the_same() {
    let text = one("(memory 1) (data \"x\") (global i32 (i32.const 3))
         (func (export \"g\") unreachable)
         (func (export \"f\") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))");
    let linked = wat::parse_str(&text).expect("it is well formed");
    let size = |trim| {
        let options = Options {
            trim,
            ..Options::default()
        };
        fuse(&linked, &options).expect("it fuses").bytes.len()
    };
    assert!(size(true) < size(false));
    assert!(size(false) <= linked.len() + 200);
    assert_eq!(call(&text, 1), ["2"; 3]);
}
