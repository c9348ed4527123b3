//! Edits change one line and nothing else: each case gives the text before, the
//! change, and the text after, byte for byte.

use boxfile_spec::edit::{self, EditError};
use boxfile_spec::{PackageName, PackageRef, Slot};

fn package(text: &str) -> PackageRef {
    text.parse().unwrap()
}

fn name(text: &str) -> PackageName {
    text.parse().unwrap()
}

#[track_caller]
fn swap(before: &str, slot: Slot, to: &str, after: &str) {
    let edited = edit::set_kernel(before, slot, &package(to)).unwrap();
    assert_eq!(edited, after);
    // The same swap once more changes nothing.
    assert_eq!(
        edit::set_kernel(&edited, slot, &package(to)).unwrap(),
        after
    );
}

const WHOLE: &str = r#"# What this box is.
[box]
name    = "acme:hello" # aligned
version = "0.1.0"

[app]   # the program
component = 'hello.wasm'
env = { LANG = "C.UTF-8", # a comment in a table
}

# The kernel.
[kernel]
# Files live in memory.
vfs = "boxer:memfs@^0.1"   # for now
net="boxer:loopback"

[files]
"/app" = "src"
# the end
"#;

#[test]
fn a_line_is_replaced_in_its_place() {
    let after = WHOLE.replace("boxer:memfs@^0.1", "boxer:hostfs");
    swap(WHOLE, Slot::Vfs, "boxer:hostfs", &after);
    let after = WHOLE.replace("\"boxer:loopback\"", "\"boxer:deny@^0.1\"");
    swap(WHOLE, Slot::Net, "boxer:deny@0.1", &after);
}

#[test]
fn a_swap_and_its_reverse_give_the_same_bytes() {
    let there = edit::set_kernel(WHOLE, Slot::Vfs, &package("boxer:hostfs@^0.1")).unwrap();
    let back = edit::set_kernel(&there, Slot::Vfs, &package("boxer:memfs@^0.1")).unwrap();
    assert_eq!(back, WHOLE);
}

#[test]
fn a_new_line_goes_to_the_end_of_its_table() {
    let after = WHOLE.replace(
        "net=\"boxer:loopback\"\n",
        "net=\"boxer:loopback\"\nclock = \"boxer:fixed-clock\"\n",
    );
    swap(WHOLE, Slot::Clock, "boxer:fixed-clock", &after);
}

#[test]
fn a_new_table_goes_to_the_end_of_the_file() {
    swap(
        "a = 1\n",
        Slot::Vfs,
        "boxer:hostfs",
        "a = 1\n\n[kernel]\nvfs = \"boxer:hostfs\"\n",
    );
    swap(
        "[a]\nb = 1",
        Slot::Vfs,
        "boxer:hostfs",
        "[a]\nb = 1\n\n[kernel]\nvfs = \"boxer:hostfs\"\n",
    );
    swap(
        "",
        Slot::Vfs,
        "boxer:hostfs",
        "[kernel]\nvfs = \"boxer:hostfs\"\n",
    );
    swap(
        "# only a comment\n",
        Slot::Vfs,
        "boxer:hostfs",
        "# only a comment\n\n[kernel]\nvfs = \"boxer:hostfs\"\n",
    );
    swap(
        "[a]\nb = 1\n# end\n",
        Slot::Vfs,
        "boxer:hostfs",
        "[a]\nb = 1\n# end\n\n[kernel]\nvfs = \"boxer:hostfs\"\n",
    );
}

#[test]
fn settings_stay_with_their_module_and_go_with_it() {
    let before = "[kernel]\nnet = { package = \"boxer:smoltcp\", version = \"^0.1\", config = { mtu = 1500 } } # wire\n";
    swap(
        before,
        Slot::Net,
        "boxer:smoltcp@^0.2",
        "[kernel]\nnet = { package = \"boxer:smoltcp\", version = \"^0.2\", config = { mtu = 1500 } } # wire\n",
    );
    swap(
        before,
        Slot::Net,
        "boxer:smoltcp",
        "[kernel]\nnet = { package = \"boxer:smoltcp\", config = { mtu = 1500 } } # wire\n",
    );
    swap(
        before,
        Slot::Net,
        "boxer:deny",
        "[kernel]\nnet = \"boxer:deny\" # wire\n",
    );
}

#[test]
fn how_often_a_module_is_instantiated_stays() {
    swap(
        "[kernel]\nnet = { path = \"net.wasm\", instance = \"per-consumer\", config = { a = 1 } }\n",
        Slot::Net,
        "boxer:deny@^0.1",
        "[kernel]\nnet = { instance = \"per-consumer\", package = \"boxer:deny\", version = \"^0.1\" }\n",
    );
}

#[test]
fn a_table_with_a_header_keeps_its_form() {
    swap(
        "[kernel.net] # the net\n# which\npackage = \"boxer:smoltcp\" # this\nconfig.mtu = 1500\n\n[app]\nargs = []\n",
        Slot::Net,
        "boxer:deny@^0.1",
        "[kernel.net] # the net\n# which\npackage = \"boxer:deny\" # this\nversion = \"^0.1\"\n\n[app]\nargs = []\n",
    );
}

#[test]
fn a_line_beside_tables_with_headers_gets_a_table_to_stand_in() {
    let before = "[kernel.net]\npackage = \"boxer:smoltcp\"\n";
    let after = edit::set_kernel(before, Slot::Vfs, &package("boxer:hostfs")).unwrap();
    let kernel = after.parse::<toml::Table>().unwrap()["kernel"].clone();
    assert_eq!(kernel["vfs"].as_str(), Some("boxer:hostfs"), "{after}");
    assert_eq!(
        kernel["net"]["package"].as_str(),
        Some("boxer:smoltcp"),
        "{after}"
    );
}

#[test]
fn inline_and_dotted_tables_are_tables_too() {
    swap(
        "kernel = { vfs = \"boxer:memfs\" }\n",
        Slot::Vfs,
        "boxer:hostfs",
        "kernel = { vfs = \"boxer:hostfs\" }\n",
    );
    swap(
        "kernel = { vfs = \"boxer:memfs\" }\n",
        Slot::Net,
        "boxer:deny",
        "kernel = { vfs = \"boxer:memfs\", net = \"boxer:deny\" }\n",
    );
    swap(
        "kernel.vfs = \"boxer:memfs\"\n",
        Slot::Vfs,
        "boxer:hostfs",
        "kernel.vfs = \"boxer:hostfs\"\n",
    );
    swap(
        "kernel.vfs.package = \"boxer:memfs\" # x\nkernel.vfs.config.size = 1\n",
        Slot::Vfs,
        "boxer:hostfs",
        "kernel.vfs.package = \"boxer:hostfs\" # x\n",
    );
}

#[test]
fn a_component_of_ones_own_can_fill_a_slot() {
    let after = edit::set_kernel_path(WHOLE, Slot::Vfs, "../my fs.wasm").unwrap();
    assert_eq!(
        after,
        WHOLE.replace("\"boxer:memfs@^0.1\"", "{ path = \"../my fs.wasm\" }")
    );
    let after = edit::set_kernel_path(
        "[kernel]\nvfs = { path = \"a.wasm\", config = { b = 1 } }\n",
        Slot::Vfs,
        "a.wasm",
    );
    assert_eq!(
        after.unwrap(),
        "[kernel]\nvfs = { path = \"a.wasm\", config = { b = 1 } }\n"
    );
}

#[test]
fn a_slot_goes_back_to_its_default() {
    let after = edit::reset_kernel(WHOLE, Slot::Vfs).unwrap();
    let line = "# Files live in memory.\nvfs = \"boxer:memfs@^0.1\"   # for now\n";
    assert_eq!(after, WHOLE.replace(line, ""));
    assert_eq!(edit::reset_kernel(WHOLE, Slot::Clock).unwrap(), WHOLE);
    assert_eq!(
        edit::reset_kernel("a = 1\n", Slot::Clock).unwrap(),
        "a = 1\n"
    );
}

#[test]
fn a_comment_above_a_blank_line_outlives_the_line_below() {
    let before =
        "[kernel]\n# about all\n\n# about vfs\nvfs = \"a:b\"\n# about net\nnet = \"a:c\"\n";
    let after = edit::reset_kernel(before, Slot::Vfs).unwrap();
    assert_eq!(
        after,
        "[kernel]\n# about all\n\n# about net\nnet = \"a:c\"\n"
    );
    let before =
        "[kernel]\nnet = \"a:c\" # c\n\n# about all\n\n# about vfs\nvfs = \"a:b\"\n[app]\n";
    let after = edit::reset_kernel(before, Slot::Vfs).unwrap();
    assert_eq!(after, "[kernel]\nnet = \"a:c\" # c\n\n# about all\n[app]\n");
    let before = "[kernel]\n# about all\n\n# about vfs\nvfs = \"a:b\"\n";
    let after = edit::reset_kernel(before, Slot::Vfs).unwrap();
    assert_eq!(after, "[kernel]\n# about all\n");
}

#[test]
fn dependencies_come_change_and_go() {
    let text = "[dependencies]\n\"acme:greeter\" = \"^1.2\" # hi\n";
    let text = edit::set_dependency(text, &package("acme:greeter@^2")).unwrap();
    assert_eq!(text, "[dependencies]\n\"acme:greeter\" = \"^2\" # hi\n");
    let text = edit::set_dependency(&text, &package("acme:other")).unwrap();
    assert_eq!(
        text,
        "[dependencies]\n\"acme:greeter\" = \"^2\" # hi\n\"acme:other\" = \"*\"\n"
    );
    let text = edit::set_dependency_path(&text, &name("acme:other"), "../o.wasm").unwrap();
    assert!(
        text.ends_with("\"acme:other\" = { path = \"../o.wasm\" }\n"),
        "{text}"
    );
    let text = edit::set_dependency(&text, &package("acme:other@=1.0.0")).unwrap();
    assert!(text.ends_with("\"acme:other\" = \"=1.0.0\"\n"), "{text}");
    let text = edit::remove_dependency(&text, &name("acme:greeter")).unwrap();
    assert_eq!(text, "[dependencies]\n\"acme:other\" = \"=1.0.0\"\n");
}

#[test]
fn the_registry_of_a_dependency_stays() {
    let before = "[dependencies]\n\"a:b\" = { version = \"^1\", registry = \"oci://x\" }\n";
    let after = edit::set_dependency(before, &package("a:b@^2")).unwrap();
    assert_eq!(after, before.replace("^1", "^2"));
}

#[test]
fn a_dependency_that_is_not_there_cannot_go() {
    let text = "[dependencies]\n\"acme:greeter\" = \"^1.2\"\n";
    let error = edit::remove_dependency(text, &name("acme:greter")).unwrap_err();
    let EditError::NoSuchDependency { help, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(help, "name `acme:greeter`, if that is meant");
    assert!(edit::remove_dependency("", &name("a:b")).is_err());
}

#[test]
fn line_ends_and_byte_order_mark_stay() {
    let windows = WHOLE.replace('\n', "\r\n");
    let after = edit::set_kernel(&windows, Slot::Vfs, &package("boxer:hostfs")).unwrap();
    assert_eq!(after, windows.replace("boxer:memfs@^0.1", "boxer:hostfs"));
    let marked = format!("\u{feff}{WHOLE}");
    let after = edit::set_kernel(&marked, Slot::Vfs, &package("boxer:hostfs")).unwrap();
    assert_eq!(after, marked.replace("boxer:memfs@^0.1", "boxer:hostfs"));
}

#[test]
fn what_is_not_toml_or_no_table_is_refused() {
    let error = edit::set_kernel("vfs = \n", Slot::Vfs, &package("a:b")).unwrap_err();
    assert!(
        matches!(&error, EditError::Syntax(errors) if errors.problems().len() == 1),
        "{error}"
    );
    for text in ["kernel = 1\n", "[[kernel]]\na = 1\n", "kernel = []\n"] {
        let error = edit::set_kernel(text, Slot::Vfs, &package("a:b")).unwrap_err();
        assert!(
            matches!(error, EditError::NotATable { .. }),
            "{text}: {error}"
        );
    }
    let error = edit::set_kernel("[[kernel.vfs]]\na = 1\n", Slot::Vfs, &package("a:b"));
    assert!(matches!(error, Err(EditError::NotATable { .. })));
}

#[test]
fn a_source_can_be_named_on_the_line() {
    let before = "[kernel]\nvfs = \"boxer:memfs\" # files\n";
    let after = edit::set_kernel_from(before, Slot::Vfs, &package("my:fs@^1"), "../index").unwrap();
    let line = "vfs = { package = \"my:fs\", version = \"^1\", registry = \"../index\" } # files\n";
    assert_eq!(after, format!("[kernel]\n{line}"));
    let moved = edit::set_kernel_from(&after, Slot::Vfs, &package("my:fs@^1"), "team").unwrap();
    assert_eq!(moved, after.replace("../index", "team"));
    let back = edit::set_kernel(&moved, Slot::Vfs, &package("boxer:memfs")).unwrap();
    assert_eq!(back, before);

    let after = edit::set_dependency_from("", &package("a:b@^2"), "oci://r.dev/x").unwrap();
    let line = "\"a:b\" = { version = \"^2\", registry = \"oci://r.dev/x\" }\n";
    assert_eq!(after, format!("[dependencies]\n{line}"));
}
