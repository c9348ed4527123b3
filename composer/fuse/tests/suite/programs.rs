//! Components as toolchains make them: std programs for `wasm32-wasip2`, with
//! wit-bindgen's resources and all, linked by wac and fused.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use boxer_fuse::{Fused, Options, fuse, fuse_within};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId};
use wasmtime::component::{Component, Instance, Linker, ResourceTable};
use wasmtime::{Config, Engine, Error, OptLevel, Store, WasmBacktrace, WasmBacktraceDetails};
use wasmtime_wasi::p2::bindings::sync::Command as WasiCommand;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

/// A guest of `tests/guests`, built if it has to be.
fn guest(name: &str) -> Vec<u8> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()
            .expect("it is below the target folder");
        let built = Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["build", "--locked", "--quiet", "-p", "fuse-guests"])
            .args(["--examples", "--target", "wasm32-wasip2", "--target-dir"])
            .arg(target)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .output()
            .expect("cargo starts");
        let errors = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "the guests don't build:\n{errors}");
        target.join("wasm32-wasip2/debug/examples")
    });
    let file = folder.join(name).with_extension("wasm");
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

struct Host {
    ctx: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.ctx,
            table: &mut self.table,
        }
    }
}

fn engine() -> Engine {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::None)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable);
    Engine::new(&config).expect("the configuration is valid")
}

fn linker(engine: &Engine) -> Linker<Host> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).expect("WASI is all there is");
    linker
}

fn fused(linked: &[u8], options: &Options) -> Fused {
    match fuse(linked, options) {
        Ok(fused) => fused,
        Err(error) => panic!("{error}"),
    }
}

/// What a command did: how it ended, and what it wrote.
fn command(engine: &Engine, bytes: &[u8], args: &[&str]) -> (String, String, String) {
    let folder = tempfile::tempdir().expect("there is room");
    let (out, err) = (
        MemoryOutputPipe::new(1 << 20),
        MemoryOutputPipe::new(1 << 20),
    );
    let mut ctx = WasiCtx::builder();
    ctx.arg("program")
        .args(args)
        .env("GREETING", "grüß dich")
        .stdin(MemoryInputPipe::new("to be or not to be"))
        .stdout(out.clone())
        .stderr(err.clone())
        .preopened_dir(folder.path(), "/data", FsPerms::ReadWrite)
        .expect("the folder is there");
    let host = Host {
        ctx: ctx.build(),
        table: ResourceTable::new(),
    };
    let mut store = Store::new(engine, host);
    let component = Component::new(engine, bytes).expect("it compiles");
    let outcome = WasiCommand::instantiate(&mut store, &component, &linker(engine))
        .and_then(|command| command.wasi_cli_run().call_run(&mut store));
    let ended = match outcome {
        Ok(result) => format!("{result:?}"),
        Err(error) => error.root_cause().to_string(),
    };
    let text = |pipe: MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
    (ended, text(out), text(err))
}

#[test]
fn a_std_program_does_the_same_fused() {
    let linked = guest("program");
    let fused = fused(&linked, &Options::default());
    let merged = fuse_within(&linked, &Options::default(), 0).expect("it fuses");
    let engine = engine();
    for args in [&["one", "zwei"][..], &["exit"], &["panic"]] {
        let expected = command(&engine, &linked, args);
        assert!(expected.1.contains("\"be\", 2"), "{expected:?}");
        assert_eq!(command(&engine, &fused.bytes, args), expected, "{args:?}");
        assert_eq!(command(&engine, &merged.bytes, args), expected, "{args:?}");
    }
}

/// Two workers at one keeper, and a third at a keeper of its own.
fn shop() -> Vec<u8> {
    let mut graph = CompositionGraph::new();
    let mut register = |name: &str| {
        let package = Package::from_bytes(name, None, guest(&name[5..]), graph.types_mut())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        graph.register_package(package).expect("the name is new")
    };
    let (keeper, worker) = (register("test:keeper"), register("test:worker"));
    let mut instance = |package, name: &str, store: Option<NodeId>| {
        let node = graph.instantiate(package);
        graph.set_node_name(node, name);
        if let Some(keeper) = store {
            let store = graph
                .alias_instance_export(keeper, "test:shop/store")
                .expect("the keeper exports it");
            graph
                .set_instantiation_argument(node, "test:shop/store", store)
                .expect("the worker imports it");
            let work = graph
                .alias_instance_export(node, "test:shop/work")
                .expect("the worker exports it");
            graph.export(work, name).expect("the name is new");
        }
        node
    };
    let shared = instance(keeper, "shared", None);
    let own = instance(keeper, "own", None);
    instance(worker, "first", Some(shared));
    instance(worker, "second", Some(shared));
    instance(worker, "third", Some(own));
    graph.encode(EncodeOptions::default()).expect("it is whole")
}

struct Shop {
    store: Store<Host>,
    instance: Instance,
}

impl Shop {
    fn open(engine: &Engine, bytes: &[u8]) -> Shop {
        let component = Component::new(engine, bytes).expect("it compiles");
        let host = Host {
            ctx: WasiCtx::builder().build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(engine, host);
        let instance = linker(engine)
            .instantiate(&mut store, &component)
            .expect("it instantiates");
        Shop { store, instance }
    }

    fn work(&mut self, worker: &str, what: &str, n: u32) -> Result<Result<String, String>, Error> {
        let store = &mut self.store;
        let exports = self
            .instance
            .get_export_index(&mut *store, None, worker)
            .expect("the box exports each worker");
        let run = self
            .instance
            .get_export_index(&mut *store, Some(&exports), "run")
            .expect("a worker runs");
        let run = self
            .instance
            .get_typed_func::<(&str, u32), (Result<String, String>,)>(&mut *store, run)?;
        Ok(run.call(&mut *store, (what, n))?.0)
    }
}

#[test]
fn resources_of_wit_bindgen_and_instances_stay_apart() {
    let linked = shop();
    let fused = fused(&linked, &Options::default());
    let engine = engine();
    let see = |bytes: &[u8]| {
        let mut shop = Shop::open(&engine, bytes);
        [
            ("first", "cup", 6),
            ("second", "plate", 2),
            ("third", "spoon", 1),
            ("first", "cup", 1),
            ("third", "swap", 0),
            ("second", "fail", 0),
            ("second", "bytes", 300),
            ("first", "knife", 2),
            ("third", "fork", 2),
        ]
        .map(|(worker, what, n)| match shop.work(worker, what, n) {
            Ok(outcome) => format!("{outcome:?}"),
            Err(error) => panic!("{error:?}"),
        })
    };
    let expected = see(&linked);
    // What is shared is seen by both; what is not, by one.
    assert!(expected[7].contains("of cup"), "{expected:?}");
    assert!(expected[8].contains("of spoon"), "{expected:?}");
    assert!(!expected[8].contains("plate"), "{expected:?}");
    assert_eq!(see(&fused.bytes), expected);
    let merged = fuse_within(&linked, &Options::default(), 0).expect("it fuses");
    assert_eq!(see(&merged.bytes), expected);
    // One code for both keepers, and one for the three workers.
    let modules = |bytes: &[u8]| {
        wasmparser::Parser::new(0)
            .parse_all(bytes)
            .filter_map(Result::ok)
            .filter(|payload| match payload {
                wasmparser::Payload::ModuleSection {
                    unchecked_range, ..
                } => unchecked_range.end - unchecked_range.start > 50_000,
                _ => false,
            })
            .count()
    };
    assert_eq!(modules(&fused.bytes), 2);
}

/// The innermost frames of a trap, as text.
fn trap(engine: &Engine, bytes: &[u8]) -> String {
    let error = Shop::open(engine, bytes)
        .work("second", "trap", 1)
        .expect_err("it was asked to trap");
    let trace = error.downcast_ref::<WasmBacktrace>();
    trace.expect("there is a backtrace").to_string()
}

/// A backtrace says which part and which function; with DWARF also where in the source.
#[test]
fn a_trap_names_the_part_and_the_function() {
    let linked = shop();
    let engine = engine();
    let plain = Options::default();
    let trace = trap(&engine, &fused(&linked, &plain).bytes);
    let frame = |trace: &str, what: &str| {
        trace
            .lines()
            .find(|line| line.contains(what))
            .unwrap_or_else(|| panic!("no `{what}` in {trace}"))
            .to_owned()
    };
    // The three workers have their code in common.
    let line = frame(&trace, "fail_on_purpose");
    assert!(line.contains("first | second | third"), "{line}");
    assert!(!trace.contains("worker.rs"), "{trace}");

    let dwarf = Options {
        dwarf: true,
        ..plain
    };
    let debug = fused(&linked, &dwarf).bytes;
    let trace = trap(&engine, &debug);
    frame(&trace, "fail_on_purpose");
    assert!(trace.contains("worker.rs:"), "{trace}");

    let bare = Options {
        names: false,
        ..plain
    };
    let bare = fused(&linked, &bare).bytes;
    let trace = trap(&engine, &bare);
    assert!(!trace.contains("fail_on_purpose"), "{trace}");
    let small = fused(&linked, &plain).bytes.len();
    assert!(bare.len() < small && small < debug.len());
}
