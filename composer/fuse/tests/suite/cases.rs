//! The files in `tests/cases`: a component, the calls to make, and what is to be
//! seen. Both forms have to show it.

use std::path::Path;

use wasmtime::component::{Component, Linker, Resource, Val};
use wasmtime::{Engine, Store};

use crate::harness::{Host, Thing, compile, engine, forms, kind, linker};

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
    host.func_wrap("destroyed", move |mut store, (n,): (u32,)| {
        note(&mut store, format!("destroyed {n}"));
        Ok(())
    })
    .expect("the name is new");
    host.func_wrap("make", |mut store, (): ()| {
        store.data_mut().next += 1;
        Ok((Resource::<Thing>::new_own(store.data().next),))
    })
    .expect("the name is new");
    let all = |rs: &[Resource<Thing>]| {
        let all: Vec<_> = rs.iter().map(|r| r.rep().to_string()).collect();
        all.join(" ")
    };
    host.func_wrap("pass", move |mut store, (rs,): (Vec<Resource<Thing>>,)| {
        note(
            &mut store,
            format!("pass {}", all(&rs)).trim_end().to_owned(),
        );
        Ok((rs,))
    })
    .expect("the name is new");
    host.func_wrap("lend", move |mut store, (rs,): (Vec<Resource<Thing>>,)| {
        note(&mut store, format!("lent {}", all(&rs)));
        Ok((rs.len() as u32,))
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

/// Calls to make, in a store of their own, and what is to be seen.
#[derive(Default)]
struct Run<'t> {
    name: &'t str,
    calls: Vec<&'t str>,
    expected: Vec<&'t str>,
}

/// The runs that a file's comments ask for: one, or as many as have a name.
fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for line in text.lines().map_while(|line| line.strip_prefix(";;")) {
        let (word, rest) = line.trim().split_once(' ').unwrap_or_default();
        if word == "run:" {
            runs.push(Run {
                name: rest,
                ..Run::default()
            });
            continue;
        }
        if !matches!(word, "call" | "expect") {
            continue;
        }
        if runs.is_empty() {
            runs.push(Run::default());
        }
        if let Some(run) = runs.last_mut() {
            match word {
                "call" => run.calls.push(rest),
                _ => run.expected.push(rest),
            }
        }
    }
    runs
}

fn run(engine: &Engine, component: &Component, calls: &[&str]) -> Vec<String> {
    let mut store = Store::new(engine, Host::default());
    let instance = match host(engine).instantiate(&mut store, component) {
        Ok(instance) => instance,
        Err(error) => return vec![format!("no instance: {error:?}")],
    };
    let mut seen = std::mem::take(&mut store.data_mut().log);
    for call in calls {
        let mut words = call.split(' ');
        let name = words.next().unwrap_or_default();
        let args: Vec<Val> = words
            .map(|word| match word.parse() {
                Ok(number) => Val::U32(number),
                Err(_) => Val::String(word.to_owned()),
            })
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
            Err(error) => {
                seen.push(format!("trap {}", kind(&error)));
                break;
            }
        }
    }
    seen
}

/// Names and texts of the files.
pub fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("it can be read");
            (path.display().to_string(), text)
        })
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn every_case_shows_what_it_says_linked_and_fused() {
    let engine = engine();
    let mut wrong = Vec::new();
    for (file, text) in files() {
        let bytes = match wat::parse_str(&text) {
            Ok(bytes) => bytes,
            Err(error) => panic!("{file}: {error}"),
        };
        let runs = runs(&text);
        assert!(!runs.is_empty(), "{file} asks for nothing");
        for (form, bytes) in forms(&bytes) {
            let component = compile(&engine, &bytes);
            for Run {
                name,
                calls,
                expected,
            } in &runs
            {
                let seen = run(&engine, &component, calls);
                if seen != *expected {
                    wrong.push(format!(
                        "{file} {name} {form}: expected {expected:?}, saw {seen:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
