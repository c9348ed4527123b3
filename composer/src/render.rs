//! A box's wiring as text, DOT and Mermaid, and the answer to "why?".

use std::fmt::Write as _;

use crate::description::{Description, Role, Wire};

/// Who provides an interface to whom, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The wire.
    pub wire: Wire,
    /// One or two sentences without line feeds.
    pub text: String,
}

/// The wires of an interface: by its whole name, or without the version, or by an
/// interface's last word where that is all that is given.
#[must_use]
pub fn why(description: &Description, interface: &str) -> Vec<Answer> {
    let (path, version) = split(interface);
    let is_it = |name: &str| {
        let (own_path, own_version) = split(name);
        let same = own_path == path || own_path.rsplit('/').next() == Some(path);
        same && (version.is_none() || version == own_version)
    };
    let wires = description
        .wires
        .iter()
        .filter(|wire| is_it(&wire.import) || is_it(&wire.export));
    wires
        .map(|wire| Answer {
            wire: wire.clone(),
            text: sentence(description, wire),
        })
        .collect()
}

fn split(name: &str) -> (&str, Option<&str>) {
    match name.split_once('@') {
        Some((path, version)) => (path, Some(version)),
        None => (name, None),
    }
}

fn sentence(description: &Description, wire: &Wire) -> String {
    let provider = match &wire.provider {
        Some(id) => words(description, id),
        None => "the host".to_owned(),
    };
    let export = if wire.export == wire.import {
        String::new()
    } else {
        format!(" with its `{}`", wire.export)
    };
    let consumer = words(description, &wire.consumer);
    format!(
        "{consumer} gets `{}` from {provider}{export}: {}",
        wire.import, wire.reason
    )
}

/// `` `kernel.vfs` (boxer:memfs 0.1.0) ``.
fn words(description: &Description, id: &str) -> String {
    let package = description
        .module(id)
        .and_then(|module| module.package.as_ref().zip(module.version.as_ref()));
    match package {
        Some((name, version)) if name.as_str() == id => format!("`{id}` {version}"),
        Some((name, version)) => format!("`{id}` ({name} {version})"),
        None => format!("`{id}`"),
    }
}

/// What a picture shows: interfaces that have types and no functions are no wires that
/// anybody asks about, and their definitions no parts.
fn pictured(description: &Description) -> Description {
    let mut shown = description.clone();
    shown.modules.retain(|module| module.role != Role::Types);
    shown.wires.retain(|wire| match &wire.provider {
        Some(id) => shown.modules.iter().any(|module| module.id == *id),
        None => true,
    });
    shown
}

/// One paragraph for each part, the app first: what it imports from whom.
#[must_use]
pub fn text(description: &Description) -> String {
    let description = &pictured(description);
    let mut text = format!("{} {}\n", description.name, description.version);
    for module in description.modules.iter().rev() {
        let wires: Vec<&Wire> = description
            .wires
            .iter()
            .filter(|wire| wire.consumer == module.id)
            .collect();
        if wires.is_empty() && matches!(module.role, Role::Config | Role::Image) {
            continue;
        }
        line(
            &mut text,
            format_args!("\n{}", words(description, &module.id).replace('`', "")),
        );
        for wire in wires {
            let provider = wire.provider.as_deref().unwrap_or("the host");
            line(&mut text, format_args!("  {} ← {provider}", wire.import));
        }
    }
    if description.imports.is_empty() {
        text.push_str("\nThe box imports nothing.\n");
    }
    text
}

/// The wiring in the language of Graphviz: an arrow leads from a part to one that it
/// imports from. Source: <https://graphviz.org/doc/info/lang.html>
#[must_use]
pub fn dot(description: &Description) -> String {
    let description = &pictured(description);
    let mut text = String::from(
        "digraph box {\n  rankdir = TB;\n  node [shape = box, fontname = \"sans-serif\"];\n",
    );
    for module in &description.modules {
        let label = quoted(&words(description, &module.id).replace('`', ""));
        line(
            &mut text,
            format_args!(
                "  {} [label = {label}{}];",
                quoted(&module.id),
                shape(module.role)
            ),
        );
    }
    if !description.imports.is_empty() {
        text.push_str("  host [label = \"the host\", shape = ellipse];\n");
    }
    for (consumer, provider, imports) in bundles(description) {
        let provider = provider.map_or("host".to_owned(), |id| quoted(&id));
        let label = quoted(&imports.join("\n")).replace('\n', "\\n");
        line(
            &mut text,
            format_args!("  {} -> {provider} [label = {label}];", quoted(&consumer)),
        );
    }
    text.push_str("}\n");
    text
}

/// The wiring in the language of Mermaid. Source:
/// <https://mermaid.js.org/syntax/flowchart.html>
#[must_use]
pub fn mermaid(description: &Description) -> String {
    let description = &pictured(description);
    let mut text = String::from("flowchart TB\n");
    let node = |id: Option<&str>| match id {
        Some(id) => {
            let at = description
                .modules
                .iter()
                .position(|module| module.id == id);
            format!("m{}", at.unwrap_or_default())
        }
        None => "host".to_owned(),
    };
    for module in &description.modules {
        let label = escaped(&words(description, &module.id).replace('`', ""));
        line(
            &mut text,
            format_args!("  {}[\"{label}\"]", node(Some(&module.id))),
        );
    }
    if !description.imports.is_empty() {
        text.push_str("  host([\"the host\"])\n");
    }
    for (consumer, provider, imports) in bundles(description) {
        let label: Vec<String> = imports.iter().map(|import| escaped(import)).collect();
        let (from, to) = (node(Some(&consumer)), node(provider.as_deref()));
        line(
            &mut text,
            format_args!("  {from} -->|\"{}\"| {to}", label.join("<br>")),
        );
    }
    text
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{arguments}");
}

fn shape(role: Role) -> &'static str {
    match role {
        Role::App => ", style = bold",
        Role::Image | Role::Config | Role::Types => ", style = dashed",
        Role::Kernel(_) | Role::Dependency | Role::Package => "",
    }
}

/// The wires between the same two parts as one, in the order of the description.
fn bundles(description: &Description) -> Vec<(String, Option<String>, Vec<String>)> {
    let mut bundles: Vec<(String, Option<String>, Vec<String>)> = Vec::new();
    for wire in &description.wires {
        let same = bundles.iter_mut().rev().find(|(consumer, provider, _)| {
            *consumer == wire.consumer && *provider == wire.provider
        });
        match same {
            Some((_, _, imports)) => imports.push(wire.import.clone()),
            None => bundles.push((
                wire.consumer.clone(),
                wire.provider.clone(),
                vec![wire.import.clone()],
            )),
        }
    }
    bundles
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Mermaid's own escapes, for what would end a label.
fn escaped(text: &str) -> String {
    text.replace('#', "#35;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
}
