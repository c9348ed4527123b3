//! How much a box weighs.

use std::fs;

use crate::support::boxes::Project;
use crate::support::guests::{guest, small_guest};
use crate::support::process::check;

/// What the modules of a box with an empty `[kernel]` table add to their app, with all
/// that joins and describes them.
#[test]
fn a_kernel_is_less_than_300_kib_and_fused_less_than_100() {
    let app = small_guest("hello");
    let project = Project::new(&format!(
        "[box]\nname = \"test:hello\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n",
        app.display()
    ));
    let size = |path| fs::metadata(path).expect("it was built").len();
    let [fused, linked] = project.build_forms("hello").map(size);
    let app = size(app);
    for (form, size, limit) in [("linked", linked, 300 << 10), ("fused", fused, 100 << 10)] {
        let added = size - app;
        println!("{form}, the kernel adds {added} bytes");
        assert!(
            added < limit,
            "{form}, the kernel adds {added} bytes, over {limit}"
        );
    }
}

/// Fusing leaves DWARF out unless it is asked for.
#[test]
fn dwarf_stays_on_request() {
    let project = Project::new(&format!(
        "[box]\nname = \"test:dwarf\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n",
        guest("hello").display()
    ));
    let lean = project.build("lean.wasm");
    let full = project.path("full.wasm");
    check(&mut project.boxer(["build", "--dwarf", "-o", "full.wasm"]));
    let section = b".debug_info";
    for (file, has) in [(lean, false), (full, true)] {
        let bytes = fs::read(&file).expect("a box");
        let found = bytes.windows(section.len()).any(|window| window == section);
        assert_eq!(found, has, "{}", file.display());
        check(&mut project.run::<&str>(&file, &[]));
    }
}
