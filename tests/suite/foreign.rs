//! Components that another toolchain made of another language, in both forms.

use std::fs;
use std::path::Path;

use crate::support::boxes::Project;
use crate::support::node;
use crate::support::process::run;

/// JavaScript in SpiderMonkey, 12 MB of C++, with the bindings that componentize-js writes.
#[test]
fn javascript() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let case = root.join("cases/component-js");
    let project = Project::new(
        "[box]\nname = \"test:javascript\"\nversion = \"0.1.0\"\n\n\
         [app]\ncomponent = \"app.wasm\"\n\n\
         [files]\n\"/greeting.txt\" = \"greeting.txt\"\n",
    );
    fs::write(project.path("greeting.txt"), "Hello\n").expect("a file can be written");
    let wit = project.path("wit");
    fs::create_dir_all(wit.join("deps")).expect("a folder can be made");
    fs::copy(case.join("world.wit"), wit.join("world.wit")).expect("a file can be copied");
    let vendored = root.join("../components/wit/deps");
    for entry in fs::read_dir(vendored).expect("the WIT of WASI is there") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("an entry has a name");
        fs::copy(&path, wit.join("deps").join(name)).expect("a file can be copied");
    }
    node::componentize(&case.join("app.js"), &wit, "app", &project.path("app.wasm"));
    for file in project.build_forms("box") {
        let outcome = run(&mut project.run(&file, &["world", "box"]), b"");
        assert_eq!(
            outcome.text(),
            "Hello, WORLD!\nHello, BOX!\n",
            "{}",
            outcome.complaint()
        );
        assert!(outcome.status.success());
    }
}
