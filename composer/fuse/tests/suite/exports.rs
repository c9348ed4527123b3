//! A box that exports a resource type of its own: what the host holds are handles
//! of the flat component, what parts hold are handles in their tables.

use wasmtime::component::{ResourceAny, Val};
use wasmtime::{Engine, Store};

use crate::harness::{Host, compile, engine, forms, linker};

/// One part defines the resource; another, in between, exports functions on it.
const BOX: &str = r#"
(component
  (import "host" (instance $host (export "note" (func (param "n" u32)))))
  (component $definer
    (import "host" (instance $host (export "note" (func (param "n" u32)))))
    (alias export $host "note" (func $note))
    (core func $note (canon lower (func $note)))
    (core module $d
      (import "" "note" (func $note (param i32)))
      (func (export "dtor") (param i32) (call $note (local.get 0))))
    (core instance $d (instantiate $d (with "" (instance (export "note" (func $note))))))
    (alias core export $d "dtor" (core func $dtor))
    (type $r (resource (rep i32) (dtor (core func $dtor))))
    (core func $new (canon resource.new $r))
    (core func $drop (canon resource.drop $r))
    (core func $rep (canon resource.rep $r))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $top (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
        global.get $top
        (global.set $top (i32.add (global.get $top) (local.get 3))))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "get") (param i32) (result i32) (local.get 0))
      (func (export "consume") (param i32) (result i32)
        (call $rep (local.get 0))
        (call $drop (local.get 0)))
      ;; the list as it came
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0))
        (i32.store (i32.const 20) (local.get 1))
        (i32.const 16))
      (func (export "sum") (param i32 i32) (result i32)
        (local $sum i32)
        (block (loop
          (br_if 1 (i32.eqz (local.get 1)))
          (local.set $sum (i32.add (local.get $sum) (i32.load (local.get 0))))
          (local.set 0 (i32.add (local.get 0) (i32.const 4)))
          (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
          (br 0)))
        (local.get $sum)))
    (core instance $m (instantiate $m (with "" (instance
      (export "new" (func $new)) (export "drop" (func $drop)) (export "rep" (func $rep))))))
    (alias core export $m "memory" (core memory $memory))
    (alias core export $m "realloc" (core func $realloc))
    (alias core export $m "make" (core func $make))
    (alias core export $m "get" (core func $get))
    (alias core export $m "consume" (core func $consume))
    (alias core export $m "echo" (core func $echo))
    (alias core export $m "sum" (core func $sum))
    (type $info (record (field "own" (own $r)) (field "name" string)))
    (func $make (param "n" u32) (result (own $r)) (canon lift (core func $make)))
    (func $get (param "r" (borrow $r)) (result u32) (canon lift (core func $get)))
    (func $consume (param "r" (own $r)) (result u32) (canon lift (core func $consume)))
    (func $echo (param "rs" (list (own $r))) (result (list (own $r)))
      (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
    (func $sum (param "rs" (list (borrow $r))) (result u32)
      (canon lift (core func $sum) (memory $memory) (realloc $realloc)))
    (component $names
      (import "r" (type $r (sub resource)))
      (import "make" (func $make (param "n" u32) (result (own $r))))
      (import "get" (func $get (param "r" (borrow $r)) (result u32)))
      (import "consume" (func $consume (param "r" (own $r)) (result u32)))
      (import "echo" (func $echo (param "rs" (list (own $r))) (result (list (own $r)))))
      (import "sum" (func $sum (param "rs" (list (borrow $r))) (result u32)))
      (export $x "r" (type $r))
      (export "make" (func $make) (func (param "n" u32) (result (own $x))))
      (export "get" (func $get) (func (param "r" (borrow $x)) (result u32)))
      (export "consume" (func $consume) (func (param "r" (own $x)) (result u32)))
      (export "echo" (func $echo) (func (param "rs" (list (own $x))) (result (list (own $x)))))
      (export "sum" (func $sum) (func (param "rs" (list (borrow $x))) (result u32))))
    (instance $api (instantiate $names
      (with "r" (type $r)) (with "make" (func $make)) (with "get" (func $get))
      (with "consume" (func $consume)) (with "echo" (func $echo)) (with "sum" (func $sum))))
    (export "api" (instance $api)))
  (component $between
    (import "api" (instance $api
      (export "r" (type $r (sub resource)))
      (export "get" (func (param "r" (borrow $r)) (result u32)))))
    (alias export $api "r" (type $r))
    (alias export $api "get" (func $get))
    (core func $get (canon lower (func $get)))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "get" (func $get (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "peek") (param i32) (result i32)
        (i32.add (call $get (local.get 0)) (i32.const 1))
        (call $drop (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance
      (export "get" (func $get)) (export "drop" (func $drop))))))
    (alias core export $m "peek" (core func $peek))
    (func (export "peek") (param "r" (borrow $r)) (result u32) (canon lift (core func $peek))))
  (instance $definer (instantiate $definer (with "host" (instance $host))))
  (alias export $definer "api" (instance $api))
  (instance $between (instantiate $between (with "api" (instance $api))))
  (export $api2 "api" (instance $api))
  (alias export $api2 "r" (type $r))
  (alias export $between "peek" (func $peek))
  (export "peek" (func $peek) (func (param "r" (borrow $r)) (result u32))))
"#;

fn run(engine: &Engine, bytes: &[u8]) -> Vec<String> {
    let component = compile(engine, bytes);
    let mut linker = linker(engine);
    linker
        .instance("host")
        .expect("it is there")
        .func_wrap(
            "note",
            |mut store: wasmtime::StoreContextMut<'_, Host>, (n,): (u32,)| {
                store.data_mut().log.push(format!("destroyed {n}"));
                Ok(())
            },
        )
        .expect("the name is new");
    let mut store = Store::new(engine, Host::default());
    let instance = linker
        .instantiate(&mut store, &component)
        .expect("it instantiates");
    let api = instance
        .get_export_index(&mut store, None, "api")
        .expect("the box exports it");
    let call = |store: &mut Store<Host>, name: &str, args: &[Val]| -> Result<Val, String> {
        let index = match name {
            "peek" => instance.get_export_index(&mut *store, None, name),
            _ => instance.get_export_index(&mut *store, Some(&api), name),
        };
        let func = instance
            .get_func(&mut *store, index.expect("the box exports it"))
            .expect("it is a function");
        let mut results = [Val::Bool(false)];
        match func.call(&mut *store, args, &mut results) {
            Ok(()) => Ok(results[0].clone()),
            Err(_) => Err("trap".to_owned()),
        }
    };
    let any = |val: &Val| -> ResourceAny {
        match val {
            Val::Resource(any) => *any,
            other => panic!("{other:?} is no resource"),
        }
    };
    let mut seen = Vec::new();
    let one = call(&mut store, "make", &[Val::U32(1)]).expect("it makes");
    let two = call(&mut store, "make", &[Val::U32(2)]).expect("it makes");
    let three = call(&mut store, "make", &[Val::U32(3)]).expect("it makes");
    for name in ["get", "peek"] {
        let got = call(&mut store, name, std::slice::from_ref(&two));
        seen.push(format!("{name} {got:?}"));
    }
    let all = Val::List(vec![one, two, three]);
    let sum = call(&mut store, "sum", std::slice::from_ref(&all));
    seen.push(format!("sum {sum:?}"));
    let back = call(&mut store, "echo", std::slice::from_ref(&all)).expect("it echoes");
    let Val::List(back) = back else {
        panic!("{back:?} is no list");
    };
    let gone = call(&mut store, "consume", &back[..1]);
    seen.push(format!("consumed {gone:?}"));
    any(&back[2])
        .resource_drop(&mut store)
        .expect("it is the host's");
    seen.push(format!("get {:?}", call(&mut store, "get", &back[1..2])));
    // Given away, and used once more.
    seen.push(format!(
        "get {:?}",
        call(&mut store, "get", &back[..1]).is_err()
    ));
    let log = std::mem::take(&mut store.data_mut().log);
    seen.extend(log);
    seen
}

#[test]
fn a_box_exports_a_resource() {
    let engine = engine();
    let bytes = match wat::parse_str(BOX) {
        Ok(bytes) => bytes,
        Err(error) => panic!("{error}"),
    };
    let [linked, fused, merged] = forms(&bytes).map(|(_, bytes)| run(&engine, &bytes));
    assert_eq!(
        linked,
        [
            "get Ok(U32(2))",
            "peek Ok(U32(3))",
            "sum Ok(U32(6))",
            "consumed Ok(U32(1))",
            "get Ok(U32(2))",
            "get true",
            "destroyed 1",
            "destroyed 3",
        ]
    );
    assert_eq!(linked, fused);
    assert_eq!(linked, merged);
}
