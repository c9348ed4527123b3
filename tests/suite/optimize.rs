//! `box build --optimize`: Binaryen over the fused box, which does what it did.

use std::fs;
use std::path::Path;

use crate::support::boxes::Project;
use crate::support::guests::small_guest;
use crate::support::node;
use crate::support::process::{check, run};

fn project(app: &Path) -> Project {
    Project::new(&format!(
        "[box]\nname = \"test:optimize\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n",
        app.display()
    ))
}

#[test]
fn an_optimized_box_is_smaller_and_does_the_same() {
    for name in ["std_fs", "p2_streams", "net_self"] {
        let project = project(&small_guest(name));
        let plain = project.build("plain.wasm");
        let optimized = project.path("optimized.wasm");
        check(
            project
                .boxer(["build", "--optimize", "-o", "optimized.wasm"])
                .env("BOX_WASM_OPT", node::wasm_opt()),
        );
        let [before, after] =
            [&plain, &optimized].map(|file| run(&mut project.run::<&str>(file, &[]), b""));
        assert!(after.status.success(), "{name}: {}", after.complaint());
        assert_eq!(after.text(), before.text(), "{name}");
        let size = |file| fs::metadata(file).expect("a box").len();
        let (before, after) = (size(&plain), size(&optimized));
        println!("{name}: {before} bytes, optimized {after}");
        assert!(after < before, "{name}: {before} bytes became {after}");
    }
}

#[test]
fn without_an_optimizer_the_box_is_not_built() {
    let project = project(&small_guest("std_fs"));
    for (program, said) in [
        (Path::new("/no/such/wasm-opt"), "/no/such/wasm-opt"),
        (Path::new("false"), "`false` ended with"),
    ] {
        let mut build = project.boxer(["build", "--optimize", "-o", "box.wasm"]);
        let outcome = run(build.env("BOX_WASM_OPT", program), b"");
        assert_eq!(outcome.status.code(), Some(1));
        assert!(
            outcome.complaint().contains(said),
            "{}",
            outcome.complaint()
        );
        assert!(!project.path("box.wasm").exists());
    }
}
