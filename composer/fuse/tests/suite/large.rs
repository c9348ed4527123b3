//! Boxes with more parts than a module has memories, or a component instances.

use std::fmt::Write as _;

use wasmtime::Store;
use wasmtime::component::Linker;

use crate::harness::{compile, engine};

/// Parts with a memory each, that pass a text on and count: the first alone, each
/// other through the one before it, or all through the last.
fn parts(count: usize, chain: bool) -> String {
    let memory = r#"(core module $mem (memory (export "memory") 1)
        (global $top (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (global.get $top)
          (global.set $top (i32.add (global.get $top) (local.get 3)))))
      (core instance $mem (instantiate $mem))"#;
    let ty = "(param \"s\" string) (result u32)";
    let mut text = String::from("(component\n");
    for at in 0..count {
        let calls: Vec<usize> = match (chain, at) {
            (_, 0) => Vec::new(),
            (true, at) => vec![at - 1],
            (false, at) if at + 1 == count => (0..at).collect(),
            (false, _) => Vec::new(),
        };
        let _ = writeln!(text, "(component $c{at} {memory}");
        let (mut imports, mut given, mut body) = (String::new(), String::new(), String::new());
        for of in &calls {
            let _ = writeln!(
                text,
                "(import \"f{of}\" (func $f{of} {ty}))
                 (core func $l{of} (canon lower (func $f{of}) (memory $mem \"memory\")))"
            );
            let _ = writeln!(
                imports,
                "(import \"\" \"f{of}\" (func $f{of} (param i32 i32) (result i32)))"
            );
            let _ = write!(given, "(export \"f{of}\" (func $l{of}))");
            let _ = write!(body, "(i32.add (call $f{of} (local.get 0) (local.get 1)))");
        }
        // The number differs from part to part, so that no two have their code in common.
        let _ = writeln!(
            text,
            "(core module $m {imports}
               (func (export \"f\") (param i32 i32) (result i32) (i32.const {at}) {body}))
             (core instance $m (instantiate $m (with \"\" (instance {given}))))
             (func (export \"f\") {ty} (canon lift (core func $m \"f\")
               (memory $mem \"memory\") (realloc (func $mem \"realloc\")))))"
        );
        let _ = write!(text, "(instance $i{at} (instantiate $c{at}");
        for of in calls {
            let _ = write!(text, " (with \"f{of}\" (func $i{of} \"f\"))");
        }
        text += "))\n";
    }
    let _ = write!(text, "(export \"f\" (func $i{} \"f\")))", count - 1);
    text
}

fn check(count: usize, chain: bool) {
    let linked = wat::parse_str(parts(count, chain)).expect("it is well formed");
    let fused = match boxer_fuse::fuse(&linked, &boxer_fuse::Options::default()) {
        Ok(fused) => fused.bytes,
        Err(error) => panic!("{error}"),
    };
    let engine = engine();
    let component = compile(&engine, &fused);
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine)
        .instantiate(&mut store, &component)
        .expect("it instantiates");
    let f = instance
        .get_typed_func::<(&str,), (u32,)>(&mut store, "f")
        .expect("the box exports it");
    let (sum,) = f
        .call(&mut store, ("grüß dich",))
        .expect("it does not trap");
    assert_eq!(sum as usize, count * (count - 1) / 2);
}

#[test]
fn a_part_calls_more_parts_than_a_module_has_memories() {
    check(150, false);
}

#[test]
fn a_chain_of_parts_is_longer_than_a_component_has_instances() {
    check(400, true);
}
