//! How long linking takes, beside wac-graph alone on the same components in the same
//! process, and how that grows with their number.
//!
//! ```sh
//! cargo bench --bench link                       # made-up components
//! cargo bench --bench link --features composer/embedded   # and the built-in modules
//! ```
//!
//! Both sides start from bytes and end with bytes. Ours reads each component, plans
//! (with all its checks and reasons), encodes, validates the joints and seals; the
//! other side reads, instantiates, joins by name and encodes with wac-graph's own
//! validation off. Each figure is the best of several runs.

#![allow(clippy::print_stdout, reason = "a benchmark tells its figures")]
#![allow(missing_docs, reason = "a program")]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use boxfile_spec::Manifest;
use bytes::Bytes;
use composer::Component;
use composer::bake::Baked;
use composer::description::Role;
use composer::link::{Texts, label, link};
use composer::plan::{Part, Parts, plan};
use composer::seal::seal;
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId};

const BOXFILE: &str =
    "[box]\nname = \"bench:link\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"app.wasm\"\n";

fn main() {
    // Cargo passes `--bench`, and a filter where the caller gives one.
    println!("made-up components in a chain with a common base, distinct bytes");
    println!(
        "{:>6} {:>10} {:>12} {:>10} {:>12} {:>7}",
        "count", "ours", "each", "wac", "each", "ratio"
    );
    for count in [10, 30, 100, 300, 1_000] {
        let components = chain(count);
        let ours = best(|| ours(&components));
        let wac = best(|| wac(&components));
        row(count, ours, wac);
    }
    #[cfg(feature = "embedded")]
    built_in();
}

fn row(count: usize, ours: Duration, wac: Duration) {
    let each = |time: Duration| format!("{:.1} µs", time.as_secs_f64() * 1e6 / count as f64);
    let whole = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    let ratio = ours.as_secs_f64() / wac.as_secs_f64();
    println!(
        "{count:>6} {:>10} {:>12} {:>10} {:>12} {ratio:>7.2}",
        whole(ours),
        each(ours),
        whole(wac),
        each(wac)
    );
}

fn best(run: impl Fn() -> usize) -> Duration {
    let times = (0..5).map(|_| {
        let start = Instant::now();
        std::hint::black_box(run());
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

/// Component n imports from its predecessor and from a base that all share; the last
/// is the app. The app comes first in the list. They import functions, not interfaces:
/// a host takes 1,000 instances in a component, and an exported interface is one as well.
fn chain(count: usize) -> Vec<Bytes> {
    let text = |n: usize| {
        let import = |n: usize| format!("(import \"part{n}\" (func (result u32)))");
        let imports = match n {
            0 => String::new(),
            1 => import(0),
            _ => format!("{}{}", import(n - 1), import(0)),
        };
        format!(
            "(component {imports}
               (core module $m (func (export \"get\") (result i32) i32.const {n}))
               (core instance $i (instantiate $m))
               (func $get (result u32) (canon lift (core func $i \"get\")))
               (export \"part{n}\" (func $get)))"
        )
    };
    let compiled = (0..count)
        .rev()
        .map(|n| Bytes::from(wat::parse_str(text(n)).expect("a component")));
    compiled.collect()
}

fn manifest() -> Manifest {
    boxfile_spec::parse(BOXFILE, "Boxfile.toml").expect("a valid Boxfile")
}

fn ours(components: &[Bytes]) -> usize {
    let manifest = manifest();
    let mut parts = components.iter().enumerate().map(|(n, bytes)| {
        let component = Component::read(bytes.clone()).expect("a component");
        let role = if n == 0 { Role::App } else { Role::Dependency };
        let name = format!("bench:part{}", components.len() - 1 - n)
            .parse()
            .expect("a name");
        Part {
            package: Some(name),
            ..Part::new(role, component)
        }
    });
    let app = parts.next().expect("an app");
    finish(&manifest, &Parts::new(app, parts.collect()))
}

fn finish(manifest: &Manifest, parts: &Parts) -> usize {
    let plan = plan(manifest, parts, &Baked::default()).expect("a plan");
    let texts = Texts {
        manifest: BOXFILE,
        lock: "version = 1\n",
    };
    let mut bytes = link(&plan).expect("a box");
    seal(manifest, plan.description(), &bytes).expect("a sealed box");
    label(&mut bytes, plan.description(), &texts);
    bytes.len()
}

/// The same with nothing but wac-graph: providers are found by the import's name, or
/// by another version on its track.
fn wac(components: &[Bytes]) -> usize {
    let mut graph = CompositionGraph::new();
    let mut exporters: HashMap<String, (NodeId, String)> = HashMap::new();
    let mut app = None;
    // Providers stand behind their consumers, so they are taken from the end.
    for (n, bytes) in components.iter().enumerate().rev() {
        let package =
            Package::from_bytes(&format!("part{n}"), None, bytes.to_vec(), graph.types_mut())
                .expect("a package");
        let id = graph.register_package(package).expect("a package");
        let instance = graph.instantiate(id);
        let world = graph.types()[graph[id].ty()].clone();
        for import in world.imports.keys() {
            if let Some((provider, export)) = exporters.get(&track(import)).cloned() {
                let alias = graph
                    .alias_instance_export(provider, &export)
                    .expect("an export");
                // What does not match stays open, as with `wac plug`: of an interface of
                // types alone, a provider may export fewer types than a consumer names.
                let _ = graph.set_instantiation_argument(instance, import, alias);
            }
        }
        for export in world.exports.keys() {
            exporters.insert(track(export), (instance, export.clone()));
        }
        app = Some((instance, world.exports.keys().cloned().collect::<Vec<_>>()));
    }
    let (app, exports) = app.expect("an app");
    for export in exports {
        let alias = graph
            .alias_instance_export(app, &export)
            .expect("an export");
        graph.export(alias, export).expect("a name");
    }
    let options = EncodeOptions {
        validate: false,
        ..EncodeOptions::default()
    };
    graph.encode(options).expect("a composition").len()
}

fn track(name: &str) -> String {
    let parsed: Result<registry_index::InterfaceName, _> = name.parse();
    parsed.map_or_else(|_| name.to_owned(), |name| name.track().to_string())
}

/// A program over the personality and the default drivers.
#[cfg(feature = "embedded")]
fn built_in() {
    use composer::build::{Finish, Sources, compose, finish};
    use composer::description::Form;
    use composer::fetch::{Locals, adapt::adapt};
    use composer::finished::FinishedBox;
    use composer::resolve::LockMode;
    use registry_index::Embedded;

    let index = Embedded::new();
    let sources = Sources {
        index: &index,
        open: &|name| panic!("no line names `{name}`"),
        store: None,
    };
    let manifest = manifest();
    let (program, _) = adapt(wat::parse_str(PROGRAM).expect("a module")).expect("a component");
    let program = Bytes::from(program);
    let linked = Finish {
        form: Some(Form::Linked),
        ..Finish::default()
    };
    let ours = || {
        let app = Component::read(program.clone()).expect("a component");
        let locals = Locals {
            app: Some(app),
            ..Locals::default()
        };
        let composed =
            compose(&manifest, &locals, sources, None, &LockMode::Keep, &()).expect("a plan");
        finish(&manifest, composed, &linked)
            .expect("a box")
            .component
    };
    let finished = FinishedBox::open(ours()).expect("a box");
    let modules = finished.description().modules.iter().rev();
    let components: Vec<Bytes> = modules
        .filter_map(|module| finished.component(&module.digest))
        .collect();
    let ours = best(|| ours().len());
    let wac = best(|| wac(&components));
    println!(
        "\na wasip1 program, the personality and the default drivers: {} bytes",
        finished.bytes().len()
    );
    println!(
        "{:>6} {:>10} {:>12} {:>10} {:>12} {:>7}",
        "count", "ours", "each", "wac", "each", "ratio"
    );
    row(components.len(), ours, wac);
}

/// Through the adapter this asks for most of WASI 0.2.
#[cfg(feature = "embedded")]
const PROGRAM: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_readdir" (func (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
    (memory (export "memory") 1)
    (func (export "_start")))"#;
