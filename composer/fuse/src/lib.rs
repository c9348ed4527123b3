//! Makes one flat component of a component that nests others: every call between
//! its parts becomes a core call through an adapter that has both memories, bytes
//! move by `memory.copy`, and nothing else changes.
//!
//! ```
//! // A greeter, and a part that calls it, linked the way every tool does it.
//! let linked = wat::parse_str(r#"
//!     (component
//!       (component $adder
//!         (core module $m (func (export "add") (param i32 i32) (result i32)
//!           (i32.add (local.get 0) (local.get 1))))
//!         (core instance $m (instantiate $m))
//!         (alias core export $m "add" (core func $add))
//!         (func (export "add") (param "a" u32) (param "b" u32) (result u32)
//!           (canon lift (core func $add))))
//!       (component $user
//!         (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
//!         (core func $add (canon lower (func $add)))
//!         (core module $m
//!           (import "" "add" (func $add (param i32 i32) (result i32)))
//!           (func (export "run") (result i32) (call $add (i32.const 40) (i32.const 2))))
//!         (core instance $m (instantiate $m (with "" (instance (export "add" (func $add))))))
//!         (alias core export $m "run" (core func $run))
//!         (func (export "run") (result u32) (canon lift (core func $run))))
//!       (instance $adder (instantiate $adder))
//!       (alias export $adder "add" (func $add))
//!       (instance $user (instantiate $user (with "add" (func $add))))
//!       (alias export $user "run" (func $run))
//!       (export "run" (func $run)))
//! "#)?;
//!
//! let fused = boxer_fuse::fuse(&linked, &boxer_fuse::Options::default())?;
//! assert_eq!(fused.report.parts, ["box", "adder", "user"]);
//! // Whole numbers pass as they are: the call needs no adapter at all.
//! assert_eq!(fused.report.adapters, 0);
//!
//! let engine = wasmtime::Engine::default();
//! let component = wasmtime::component::Component::new(&engine, &fused.bytes)?;
//! let mut store = wasmtime::Store::new(&engine, ());
//! let instance = wasmtime::component::Linker::new(&engine).instantiate(&mut store, &component)?;
//! let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run")?;
//! assert_eq!(run.call(&mut store, ())?, (42,));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How
//!
//! | stage | file | from | to |
//! | --- | --- | --- | --- |
//! | read | `read.rs` | bytes | a tree of declarations |
//! | inline | `inline.rs`, `inline/` | declarations | a graph of core instances and the functions between them |
//! | trim | `trim.rs`, `rewrite.rs` | the graph | what the exports reach, modules written anew |
//! | adapt | `adapt/` | what is reached | adapter modules, in order |
//! | emit | `emit.rs`, `emit/`, `merge.rs` | the plan | a component, validated |
//!
//! # What stays as it was
//!
//! Values, traps and the order of calls to the host are those of the linked
//! component in wasmtime, which is what the tests compare with. So a function that
//! runs after a call between parts (`post-return`) may call out, as wasmtime has
//! it, though the specification forbids it. Each part keeps a handle table of its
//! own, with the same numbers; see `adapt/runtime.rs` for how, and why a part
//! can't reach another's handles.
//!
//! A trap stays a trap, for the same reason. Core code can't say why it traps, so
//! each reason is a function whose name is on top of the backtrace, with the words
//! of wasmtime for it: `trap: unaligned pointer`.
//!
//! One thing differs. To its host the flat component is *one* instance, so a host
//! function that calls back into the box enters an instance that is running, which
//! a host may refuse where it would let the linked box's other part be entered.
//!
//! # What is refused
//!
//! `async` functions, streams, futures, error contexts, threads, values passed as
//! GC objects, component start functions, and imports of modules or components:
//! each with a message that names the part. Such a box runs linked.
//!
//! # What it needs
//!
//! A host with multi-memory, which WebAssembly 3.0 has and wasmtime enables.

mod adapt;
mod emit;
mod error;
mod graph;
mod inline;
mod merge;
mod modules;
mod read;
mod rewrite;
mod trim;
mod types;

use std::collections::BTreeSet;

pub use error::FuseError;

/// How to fuse.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Drop what the exports of the component don't reach: exports, functions, imports,
    /// instances, and of modules types, tables, globals, memories and passive data.
    /// What lies in a memory from its start stays.
    pub trim: bool,
    /// Keep names of functions, and name parts and reasons to trap, for backtraces.
    pub names: bool,
    /// Keep DWARF. A module with DWARF keeps all its functions: DWARF speaks of
    /// places in the code.
    pub dwarf: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            trim: true,
            names: true,
            dwarf: false,
        }
    }
}

/// A fused component.
#[derive(Clone, Debug)]
pub struct Fused {
    /// The component. The same input and options give the same bytes.
    pub bytes: Vec<u8>,
    /// What was done.
    pub report: Report,
}

/// What fusing did.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Names of the parts, outermost first: a part within another has both names,
    /// with a slash between them.
    pub parts: Vec<String>,
    /// Parts that could call out while values are lowered into them, and whose
    /// calls are therefore watched.
    pub guarded: Vec<String>,
    /// How many functions adapters have.
    pub adapters: usize,
    /// Core instances in the component and how many of them are left.
    pub instances: (usize, usize),
    /// Bytes of the component that was given.
    pub input_bytes: usize,
    /// WebAssembly features beyond WASI 0.2's that the host has to have.
    pub features: Vec<&'static str>,
}

/// Fuses a component.
///
/// Custom sections of the outermost component stay if they are `producers` or
/// their name begins with `boxer:`.
///
/// # Errors
///
/// [`FuseError::Invalid`] if `component` is no valid component, and
/// [`FuseError::Unsupported`] if it uses what can't be fused.
pub fn fuse(component: &[u8], options: &Options) -> Result<Fused, FuseError> {
    fuse_within(component, options, INSTANCES)
}

/// What hosts take of instances in a component, less some for what is not counted.
const INSTANCES: usize = 950;

/// As [`fuse`], for a host that takes fewer instances in a component than the 1,000
/// of wasmtime. Where there would be more than `instances` of them, core and
/// component instances together, core modules are merged: those that are
/// instantiated once, then small ones, then all, and each instance of a module has
/// code of its own then. With 0 that is so for every module.
///
/// # Errors
///
/// Those of [`fuse`].
pub fn fuse_within(
    component: &[u8],
    options: &Options,
    instances: usize,
) -> Result<Fused, FuseError> {
    if !wasmparser::Parser::is_component(component) {
        return Err(FuseError::Invalid("it does not begin as one does".into()));
    }
    wasmparser::Validator::new_with_features(features())
        .validate_all(component)
        .map_err(|error| FuseError::Invalid(error.to_string()))?;
    let graph = inline::inline(read::read(component)?)?;
    let infos = graph
        .modules
        .iter()
        .map(|bytes| modules::info(bytes))
        .collect::<Result<Vec<_>, _>>()?;
    let guarded = modules::Guarded::of(&graph, &infos);
    let mut exported = Vec::new();
    let mut resources = BTreeSet::new();
    for (_, item) in &graph.exports {
        exported_items(item, &mut exported, &mut resources);
    }
    exported.sort_unstable();
    exported.dedup();
    let whole = |id: graph::ModuleId| rewrite::keeps_code(&infos[id.at()], options);
    let live = if options.trim {
        trim::Live::reach(&graph, &infos, &whole, &exported, &resources)
    } else {
        trim::Live::everything(&graph, &infos)
    };
    let mut modules = emit::Modules::default();
    for (at, bytes) in graph.modules.iter().enumerate() {
        let (bytes, info) = rewrite::rewrite(
            bytes,
            &infos[at],
            &live.modules[at],
            &graph.module_names[at],
            options,
        )?;
        modules.bytes.push(bytes);
        modules.infos.push(info);
        modules.whole.push(rewrite::keeps_code(&infos[at], options));
    }
    let plan = adapt::plan(
        &graph,
        &modules.infos,
        &guarded,
        &|id| live.instance(id),
        &exported,
        &resources,
        options.names,
    );
    let uses = emit::Uses::of(&graph, &plan, !options.trim);
    let bytes = emit::emit(&graph, &plan, &modules, &uses, options, instances)?;
    let valid = wasmparser::Validator::new_with_features(features()).validate_all(&bytes);
    if let Err(error) = valid {
        return Err(FuseError::Output(error.to_string()));
    }
    let name = |part: graph::PartId| graph.parts[part.at()].name.clone();
    let report = Report {
        parts: graph.parts.iter().map(|part| part.name.clone()).collect(),
        guarded: guarded.parts().map(name).collect(),
        adapters: plan.functions,
        instances: (
            graph.instances.len(),
            plan.steps
                .iter()
                .filter(|step| matches!(step, adapt::Step::Instance(_)))
                .count(),
        ),
        input_bytes: component.len(),
        features: vec!["multi-memory"],
    };
    Ok(Fused { bytes, report })
}

/// What is read. More than hosts enable, so that a part that uses what can't be
/// fused is refused by name.
fn features() -> wasmparser::WasmFeatures {
    use wasmparser::WasmFeatures as F;
    F::default()
        | F::CM_VALUES
        | F::CM_ASYNC_STACKFUL
        | F::CM_MORE_ASYNC_BUILTINS
        | F::CM_THREADING
        | F::CM_ERROR_CONTEXT
        | F::CM_FIXED_LENGTH_LISTS
        | F::CM_GC
        | F::CM_MAP
}

fn exported_items(
    item: &graph::Item<'_>,
    funcs: &mut Vec<graph::FuncId>,
    resources: &mut BTreeSet<types::ResourceId>,
) {
    match item {
        graph::Item::Func(func) => funcs.push(*func),
        graph::Item::Type(inline::TypeVal::Resource(id)) => {
            resources.insert(*id);
        }
        graph::Item::Instance(instance) => {
            for (_, item) in &instance.exports {
                exported_items(item, funcs, resources);
            }
        }
        _ => {}
    }
}
