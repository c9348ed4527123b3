//! The files in `tests/cases`: a component, the calls to make, and what is to be
//! seen. Both forms have to show it.

use std::path::Path;

use wasmtime::component::{Linker, Resource, Val};
use wasmtime::{Engine, Store};

use crate::harness::{Host, Thing, compile, engine, fuse, linker};

/// Functions of the instance `host` that cases may import.
fn host(engine: &Engine) -> Linker<Host> {
    let mut linker = linker(engine);
    let mut host = linker.instance("host").expect("it is there");
    let note = |store: &mut wasmtime::StoreContextMut<'_, Host>, text: String| {
        store.data_mut().log.push(text);
    };
    host.func_wrap("note", move |mut store, (n,): (u32,)| {
        note(&mut store, format!("note {n}"));
        Ok(())
    })
    .expect("the name is new");
    host.func_wrap("make", |mut store, (): ()| {
        store.data_mut().next += 1;
        Ok((Resource::<Thing>::new_own(store.data().next),))
    })
    .expect("the name is new");
    host.func_wrap("use", move |mut store, (r,): (Resource<Thing>,)| {
        note(&mut store, format!("use {}", r.rep()));
        Ok((r.rep(),))
    })
    .expect("the name is new");
    host.func_wrap("take", move |mut store, (r,): (Resource<Thing>,)| {
        note(&mut store, format!("take {}", r.rep()));
        Ok(())
    })
    .expect("the name is new");
    host.func_wrap(
        "both",
        move |mut store, (b, o): (Resource<Thing>, Resource<Thing>)| {
            note(&mut store, format!("both {} {}", b.rep(), o.rep()));
            Ok(())
        },
    )
    .expect("the name is new");
    linker
}

fn run(engine: &Engine, bytes: &[u8], calls: &[&str]) -> Vec<String> {
    let component = compile(engine, bytes);
    let mut store = Store::new(engine, Host::default());
    let instance = match host(engine).instantiate(&mut store, &component) {
        Ok(instance) => instance,
        Err(error) => return vec![format!("no instance: {error:?}")],
    };
    let mut seen = std::mem::take(&mut store.data_mut().log);
    for call in calls {
        let mut words = call.split(' ');
        let name = words.next().unwrap_or_default();
        let args: Vec<Val> = words
            .map(|word| Val::U32(word.parse().expect("arguments are numbers")))
            .collect();
        let func = instance
            .get_func(&mut store, name)
            .unwrap_or_else(|| panic!("nothing exports `{name}`"));
        let mut results = vec![Val::Bool(false); func.ty(&store).results().len()];
        let outcome = func.call(&mut store, &args, &mut results);
        seen.append(&mut store.data_mut().log);
        match outcome {
            Ok(()) => seen.push(match results.first() {
                Some(Val::U32(n)) => n.to_string(),
                Some(other) => format!("{other:?}"),
                None => "()".to_owned(),
            }),
            Err(_) => {
                seen.push("trap".to_owned());
                break;
            }
        }
    }
    seen
}

#[test]
fn every_case_shows_what_it_says_linked_and_fused() {
    let engine = engine();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let mut wrong = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("it can be read");
        let lines = |word: &str| -> Vec<String> {
            text.lines()
                .filter_map(|line| line.strip_prefix(&format!(";; {word} ")))
                .map(str::to_owned)
                .collect()
        };
        let calls = lines("call");
        let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
        let expected = lines("expect");
        let bytes = match wat::parse_file(&file) {
            Ok(bytes) => bytes,
            Err(error) => panic!("{error}"),
        };
        for (form, bytes) in [("linked", bytes.clone()), ("fused", fuse(&bytes))] {
            let seen = run(&engine, &bytes, &calls);
            if seen != expected {
                wrong.push(format!(
                    "{} {form}: expected {expected:?}, saw {seen:?}",
                    file.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
