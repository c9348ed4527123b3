//! Plan → the bytes of one component.
//!
//! The encoding is wac-graph's: it nests each component once, instantiates it as
//! often as the plan says, and works out the types of what the host is asked for.
//! Who is joined to whom is decided by the plan alone; nothing is left for
//! wac-graph to import by itself but what the plan takes from the host.

pub(crate) mod data;
mod sections;
pub(crate) mod types;

use std::collections::HashMap;

use miette::Diagnostic;
use thiserror::Error;
use wac_graph::{EncodeOptions, NodeId};

use crate::plan::Plan;

pub(crate) use sections::{BOX, LOCK, MANIFEST, text_of};
pub use sections::{Texts, label};

/// Why a plan could not be encoded. The plan has been checked, so each of these is a
/// defect of the linker or of a component that no check has caught.
#[derive(Debug, Error, Diagnostic)]
pub enum LinkError {
    /// The graph does not take an instance or a wire.
    #[error("cannot join `{import}` of `{consumer}` to `{export}` of `{provider}`: {reason}")]
    #[diagnostic(
        code(link::join),
        help("report this with the Boxfile and its components")
    )]
    Join {
        /// Who imports.
        consumer: String,
        /// What.
        import: String,
        /// Who provides.
        provider: String,
        /// What.
        export: String,
        /// wac-graph's words.
        reason: String,
    },
    /// The graph cannot be encoded.
    #[error("cannot encode the box: {reason}")]
    #[diagnostic(
        code(link::encode),
        help("report this with the Boxfile and its components")
    )]
    Encode {
        /// wac-graph's words.
        reason: String,
    },
}

/// Encodes a plan, as nested components. The seal checks the bytes.
///
/// # Errors
///
/// [`LinkError`], which a plan that was made by [`crate::plan::plan`] should not meet.
pub fn link(plan: &Plan) -> Result<Vec<u8>, LinkError> {
    let mut graph = plan.library.graph().clone();
    let encode_error = |reason: String| LinkError::Encode { reason };
    let mut library = plan.library.clone();
    let mut instances: Vec<NodeId> = Vec::with_capacity(plan.nodes.len());
    let mut aliases: HashMap<(usize, &str), NodeId> = HashMap::new();
    for node in &plan.nodes {
        // Every component is in the library already: this finds it.
        let package = library.add(&node.component).map_err(encode_error)?;
        let instance = graph.instantiate(package);
        graph.set_node_name(instance, &node.id);
        for wire in &node.wires {
            let Some(provider) = wire.provider else {
                continue;
            };
            let join_error = |reason: String| LinkError::Join {
                consumer: node.id.clone(),
                import: wire.import.clone(),
                provider: plan.nodes[provider].id.clone(),
                export: wire.export.clone(),
                reason,
            };
            let alias = match aliases.get(&(provider, wire.export.as_str())) {
                Some(alias) => *alias,
                None => {
                    let alias = graph.alias_instance_export(instances[provider], &wire.export);
                    let alias = alias.map_err(|error| join_error(error.to_string()))?;
                    aliases.insert((provider, &wire.export), alias);
                    alias
                }
            };
            let joined = graph.set_instantiation_argument(instance, &wire.import, alias);
            joined.map_err(|error| join_error(format!("{error:#}")))?;
        }
        instances.push(instance);
    }
    for (name, node, export) in &plan.exports {
        let alias = graph.alias_instance_export(instances[*node], export);
        let alias = alias.map_err(|error| encode_error(error.to_string()))?;
        graph
            .export(alias, name)
            .map_err(|error| encode_error(error.to_string()))?;
    }
    let options = EncodeOptions {
        define_components: true,
        validate: false,
        processor: None,
    };
    graph
        .encode(options)
        .map_err(|error| encode_error(format!("{error:#}")))
}
