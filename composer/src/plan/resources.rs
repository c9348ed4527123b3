//! Resources have one owner: a handle that one part made means nothing to another
//! that has a resource of the same name.

use std::collections::HashMap;

use boxfile_spec::Manifest;

use super::error::{PlanError, PlanErrorKind};
use super::library::{Library, Root};
use super::parts::Parts;
use super::{Node, parsed};

/// Whose resource it is in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    /// A node that defines it.
    Node(usize, Root),
    /// The host, under this interface and name.
    Host(String, String),
    /// Nobody: a component that is broken in a way that validation tells better.
    Unknown,
}

/// Checks that each consumer gets every resource that it knows under several names
/// from one owner.
pub(super) fn check(
    manifest: &Manifest,
    parts: &Parts,
    nodes: &[Node],
    library: &Library,
) -> Result<(), PlanError> {
    for (at, node) in nodes.iter().enumerate() {
        let mut first: HashMap<Root, (&str, &str, Owner)> = HashMap::new();
        for (import, name, root) in library.imported_resources(&node.component) {
            let owner = supplied(nodes, library, at, import, name);
            match first.get(&root) {
                None => {
                    first.insert(root, (import, name, owner));
                }
                Some((_, _, Owner::Unknown)) => {}
                Some((_, _, known)) if owner == *known || owner == Owner::Unknown => {}
                Some((other, _, known)) => {
                    let one = Claim {
                        import: other,
                        owner: known,
                    };
                    let other = Claim {
                        import,
                        owner: &owner,
                    };
                    return Err(split(manifest, parts, nodes, at, name, [&one, &other]));
                }
            }
        }
    }
    Ok(())
}

/// Who owns the resource that `import` of a node has under `name`.
fn supplied(nodes: &[Node], library: &Library, at: usize, import: &str, name: &str) -> Owner {
    let (mut at, mut import, mut name) = (at, import.to_owned(), name.to_owned());
    // Each step goes to a node that stands before this one, so it ends.
    loop {
        let Some(wire) = nodes[at].wires.iter().find(|wire| wire.import == import) else {
            return Owner::Unknown;
        };
        let Some(provider) = wire.provider else {
            // The host's interfaces share their resources by name.
            let (first, original) = first_import(library, &nodes[at], &import, &name);
            let track = parsed(&first).map_or(first, |interface| interface.track().to_string());
            return Owner::Host(track, original);
        };
        let component = &nodes[provider].component;
        let Some(root) = library.exported_resource(component, &wire.export, &name) else {
            return Owner::Unknown;
        };
        let imported = library.imported_resources(component);
        match imported.into_iter().find(|(_, _, known)| *known == root) {
            None => return Owner::Node(provider, root),
            Some((from, known_as, _)) => {
                (at, import, name) = (provider, from.to_owned(), known_as.to_owned());
            }
        }
    }
}

/// The import of a node that defines a resource: the first that has it, since
/// whoever uses it comes later.
fn first_import(library: &Library, node: &Node, import: &str, name: &str) -> (String, String) {
    let all = library.imported_resources(&node.component);
    let root = all
        .iter()
        .find(|(known, as_name, _)| *known == import && *as_name == name)
        .map(|(_, _, root)| *root);
    let first = all.into_iter().find(|(_, _, known)| Some(*known) == root);
    first.map_or((import.to_owned(), name.to_owned()), |(import, name, _)| {
        (import.to_owned(), name.to_owned())
    })
}

/// The interfaces of other nodes whose resources an export of a node speaks of:
/// provider and its export.
pub(super) fn foreign_interfaces(
    nodes: &[Node],
    library: &Library,
    at: usize,
    export: &str,
) -> Vec<(usize, String)> {
    let node = &nodes[at];
    let imported = library.imported_resources(&node.component);
    let mut found = Vec::new();
    for root in library.exported_resources(&node.component, export) {
        let Some((import, ..)) = imported.iter().find(|(_, _, known)| *known == root) else {
            continue;
        };
        let wire = node.wires.iter().find(|wire| wire.import == *import);
        if let Some((provider, wire)) = wire.and_then(|wire| Some((wire.provider?, wire)))
            && !found.contains(&(provider, wire.export.clone()))
        {
            found.push((provider, wire.export.clone()));
        }
    }
    found
}

struct Claim<'a> {
    import: &'a str,
    owner: &'a Owner,
}

fn split(
    manifest: &Manifest,
    parts: &Parts,
    nodes: &[Node],
    at: usize,
    name: &str,
    [one, other]: [&Claim<'_>; 2],
) -> PlanError {
    let consumer = nodes[at]
        .source
        .map_or_else(|| format!("`{}`", nodes[at].id), |id| parts.get(id).words());
    let words = |claim: &Claim<'_>| {
        let owner = match claim.owner {
            Owner::Node(node, _) => format!("`{}`", nodes[*node].id),
            Owner::Host(..) | Owner::Unknown => "the host".to_owned(),
        };
        format!("with `{}` that of {owner}", claim.import)
    };
    let message = format!(
        "{consumer} would get the resource `{name}` of two owners: {}, and {}",
        words(one),
        words(other)
    );
    let help = format!(
        "let one part own the `{name}` of both, with lines in [wire], a shared instance, or by leaving one of the two out of the box"
    );
    let error = PlanError::new(manifest, PlanErrorKind::Split, message, help);
    let span = nodes[at].source.and_then(|id| parts.get(id).span.clone());
    error.at(span, "takes resources of two owners")
}
