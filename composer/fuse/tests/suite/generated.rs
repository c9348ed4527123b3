//! Random worlds with random values, linked and fused.
//!
//! The long run, 100,000 worlds in all, each with three calls; a failure is shrunk to
//! the smallest world that shows it:
//!
//! ```sh
//! FUSE_CASES=50000 cargo test --release -p boxer-fuse --test suite generated
//! ```

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use wasmtime::component::Val;
use wasmtime::{Engine, Store};

use crate::harness::{Host, compile, consume, engine, forms, linker, own};
use crate::strategies::world;
use crate::values::Random;
use crate::world::World;

/// How many worlds to try; `FUSE_CASES` asks for more.
pub fn cases(few: u32) -> u32 {
    std::env::var("FUSE_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(few)
}

/// Calls the world's function some times and says all that could be seen.
fn run(engine: &Engine, bytes: &[u8], world: &World, seed: u64) -> Vec<String> {
    let component = compile(engine, bytes);
    let mut linker = linker(engine);
    let result = world.result.clone();
    linker
        .instance("host")
        .expect("the instance is there")
        .func_new("f", move |mut store, _, params, results| {
            let mut text = String::from("f");
            for val in params {
                text += " ";
                text += &consume(&mut store, val);
            }
            store.data_mut().log.push(text);
            if let (Some(ty), Some(slot)) = (&result, results.first_mut()) {
                let mut random = Random(seed ^ 0x5eed);
                *slot = ty.value(&mut random, &mut || own(&mut store));
            }
            Ok(())
        })
        .expect("the name is new");
    let mut store = Store::new(engine, Host::default());
    let instance = match linker.instantiate(&mut store, &component) {
        Ok(instance) => instance,
        Err(error) => return vec![format!("no instance: {error:?}")],
    };
    let func = instance
        .get_func(&mut store, "f")
        .expect("the world exports it");
    let mut seen = Vec::new();
    let mut random = Random(seed);
    for _ in 0..3 {
        let mut params = Vec::new();
        let mut lent = Vec::new();
        for _ in 0..world.borrows {
            let val = own(&mut store);
            lent.push(val.clone());
            params.push(val);
        }
        if world.borrow_list {
            let vals: Vec<_> = (0..random.below(5)).map(|_| own(&mut store)).collect();
            lent.extend(vals.iter().cloned());
            params.push(Val::List(vals));
        }
        for ty in &world.params {
            params.push(ty.value(&mut random, &mut || own(&mut store)));
        }
        let mut results = vec![Val::Bool(false); usize::from(world.result.is_some())];
        match func.call(&mut store, &params, &mut results) {
            Ok(()) => {
                for val in &results {
                    let text = consume(&mut store, val);
                    seen.push(format!("returned {text}"));
                }
            }
            // Garbage may be wrong in two ways, and which is seen first is nobody's
            // promise: `hostile` has the reasons, one at a time.
            Err(_) => {
                seen.push("trapped".into());
                break;
            }
        }
    }
    let log = std::mem::take(&mut store.data_mut().log);
    log.into_iter().chain(seen).collect()
}

fn compare(engine: &Engine, world: &World, seed: u64) -> Result<bool, TestCaseError> {
    let bytes = match wat::parse_str(world.wat()) {
        Ok(bytes) => bytes,
        Err(error) => panic!("{error}"),
    };
    let [linked, fused, merged] = forms(&bytes).map(|(_, bytes)| run(engine, &bytes, world, seed));
    let trapped = linked.last().is_some_and(|last| last == "trapped");
    prop_assert_eq!(&linked, &fused);
    prop_assert_eq!(linked, merged);
    Ok(trapped)
}

fn try_worlds(hostile: bool, few: u32) -> (u32, u32) {
    let engine = engine();
    let config = Config {
        cases: cases(few),
        max_shrink_iters: 400,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let traps = std::cell::Cell::new(0);
    let all = std::cell::Cell::new(0);
    let outcome = runner.run(&(world(hostile), any::<u64>()), |(world, seed)| {
        let trapped = compare(&engine, &world, seed)?;
        traps.set(traps.get() + u32::from(trapped));
        all.set(all.get() + 1);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    (traps.get(), all.get())
}

/// What arrives is what was sent, in any type and encoding.
#[test]
fn values_arrive_as_they_do_linked() {
    let (traps, all) = try_worlds(false, 60);
    assert_eq!(traps, 0, "of {all}");
}

/// A part that passes on garbage is stopped where it is stopped when linked.
#[test]
fn garbage_traps_as_it_does_linked() {
    let (traps, all) = try_worlds(true, 60);
    assert!(traps > 0 && traps < all, "{traps} of {all} trapped");
}
