//! How much a box weighs.

use std::fs;

use crate::support::boxes::Project;
use crate::support::guests::guest;

/// What the modules of a box with an empty `[kernel]` table add to their app, with all
/// that joins and describes them.
#[test]
fn a_kernel_is_less_than_300_kib() {
    const LIMIT: u64 = 300 << 10;
    let app = guest("hello");
    let project = Project::new(&format!(
        "[box]\nname = \"test:hello\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n",
        app.display()
    ));
    let size = |path| fs::metadata(path).expect("it was built").len();
    let added = size(project.build("hello.wasm")) - size(app);
    println!("the kernel adds {added} bytes");
    assert!(added < LIMIT, "the kernel adds {added} bytes, over {LIMIT}");
}
