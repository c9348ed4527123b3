//! x
mod adapt;
mod emit;
mod error;
mod graph;
mod inline;
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
    /// Drop what nobody uses.
    pub trim: bool,
    /// Keep names of functions, for backtraces.
    pub names: bool,
    /// Keep DWARF.
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
    /// The component.
    pub bytes: Vec<u8>,
    /// What was done.
    pub report: Report,
}

/// What fusing did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Names of parts.
    pub parts: Vec<String>,
    /// Adapter functions.
    pub adapters: usize,
}

/// Fuses.
pub fn fuse(component: &[u8], options: &Options) -> Result<Fused, FuseError> {
    wasmparser::Validator::new()
        .validate_all(component)
        .map_err(|e| FuseError::Invalid(e.to_string()))?;
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
    let live = if options.trim {
        trim::Live::reach(&graph, &infos, &exported, &resources)
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
    }
    let plan = adapt::plan(
        &graph,
        &modules.infos,
        &guarded,
        &|id| live.instance(id),
        &exported,
        &resources,
    );
    let uses = emit::Uses::of(&graph, &plan, !options.trim);
    let bytes = emit::emit(&graph, &plan, &modules, &uses, options)?;
    if let Err(error) = wasmparser::Validator::new().validate_all(&bytes) {
        return Err(FuseError::Output(error.to_string()));
    }
    let report = Report {
        parts: graph.parts.iter().map(|part| part.name.clone()).collect(),
        adapters: plan.functions,
    };
    Ok(Fused { bytes, report })
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
