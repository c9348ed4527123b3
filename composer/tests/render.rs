//! A box's wiring in each of its forms, and what `why` answers.

mod support;

use composer::description::Form;
use composer::render::{dot, mermaid, text, why};
use composer::resolve::LockMode;
use support::{Case, cases};

fn description(case: &str) -> composer::Description {
    let folder = cases("linker");
    let case = Case::new(&folder.join(case), &[folder.join("_kernel")]);
    let built = case
        .build(None, &LockMode::Keep, Form::Linked)
        .unwrap_or_else(|error| panic!("{}", support::render(error.as_ref())));
    built.composed.plan.description().clone()
}

#[test]
fn text_tells_who_imports_what_from_whom() {
    assert_eq!(
        text(&description("diamond")),
        "\
case:diamond 0.1.0

app
  acme:left/it@1.0.0 ← acme:left
  acme:right/it@1.0.0 ← acme:right

acme:right 1.0.0
  acme:base/it@1.0.0 ← acme:base

acme:left 1.0.0
  acme:base/it@1.0.0 ← acme:base

acme:base 1.0.0

The box imports nothing.
"
    );
}

#[test]
fn dot_is_graphviz() {
    assert_eq!(
        dot(&description("diamond")),
        r#"digraph box {
  rankdir = TB;
  node [shape = box, fontname = "sans-serif"];
  "acme:base" [label = "acme:base 1.0.0"];
  "acme:left" [label = "acme:left 1.0.0"];
  "acme:right" [label = "acme:right 1.0.0"];
  "app" [label = "app", style = bold];
  "acme:left" -> "acme:base" [label = "acme:base/it@1.0.0"];
  "acme:right" -> "acme:base" [label = "acme:base/it@1.0.0"];
  "app" -> "acme:left" [label = "acme:left/it@1.0.0"];
  "app" -> "acme:right" [label = "acme:right/it@1.0.0"];
}
"#
    );
}

#[test]
fn mermaid_is_a_flowchart() {
    assert_eq!(
        mermaid(&description("diamond")),
        r#"flowchart TB
  m0["acme:base 1.0.0"]
  m1["acme:left 1.0.0"]
  m2["acme:right 1.0.0"]
  m3["app"]
  m1 -->|"acme:base/it@1.0.0"| m0
  m2 -->|"acme:base/it@1.0.0"| m0
  m3 -->|"acme:left/it@1.0.0"| m1
  m3 -->|"acme:right/it@1.0.0"| m2
"#
    );
}

#[test]
fn the_host_is_a_node_where_the_box_faces_it() {
    let box_of_all = description("kernel-by-default");
    assert!(dot(&box_of_all).contains("\"kernel.clock\" -> host [label = \"wasi:clocks/monotonic-clock@0.2.12\\nwasi:clocks/wall-clock@0.2.12\"];"));
    assert!(mermaid(&box_of_all).contains("  host([\"the host\"])\n"));
    assert!(text(&box_of_all).contains("  wasi:random/random@0.2.12 ← the host\n"));
}

#[test]
fn why_finds_an_interface_by_any_of_its_names() {
    let description = description("kernel-by-default");
    let answers = |name: &str| {
        why(&description, name)
            .into_iter()
            .map(|answer| answer.text)
            .collect::<Vec<_>>()
    };
    let whole = "`app` gets `wasi:filesystem/types@0.2.0` from `kernel.libc` (boxer:wasi-p2 0.1.0) with its \
                 `wasi:filesystem/types@0.2.12`: the libc shim is where an app's WASI comes from";
    for name in [
        "wasi:filesystem/types@0.2.0",
        "wasi:filesystem/types@0.2.12",
        "wasi:filesystem/types",
    ] {
        assert_eq!(answers(name), [whole], "{name}");
    }
    assert_eq!(
        answers("random"),
        [
            "`kernel.random` (boxer:host-random 0.1.0) gets `wasi:random/random@0.2.12` from the host: \
             [grants] lets `random` through to the host",
            "`kernel.libc` (boxer:wasi-p2 0.1.0) gets `boxer:kernel/random@0.1.0` from `kernel.random` \
             (boxer:host-random 0.1.0): it fills `kernel.random`, and it is the default",
        ]
    );
    assert_eq!(answers("wasi:filesystem/types@0.3.0"), [""; 0]);
    assert_eq!(answers("nothing"), [""; 0]);
}
