//! How much a box weighs.

use std::fs;

use crate::support::boxes::Project;
use crate::support::guests::small_guest;

/// What the modules of a box with an empty `[kernel]` table add to their app, with all
/// that joins and describes them.
#[test]
fn a_kernel_is_less_than_300_kib() {
    const LIMIT: u64 = 300 << 10;
    let app = small_guest("hello");
    let project = Project::new(&format!(
        "[box]\nname = \"test:hello\"\nversion = \"0.1.0\"\n\n[app]\ncomponent = \"{}\"\n",
        app.display()
    ));
    let size = |path| fs::metadata(path).expect("it was built").len();
    let [fused, linked] = project.build_forms("hello").map(size);
    let added = linked - size(app);
    println!(
        "the kernel adds {added} bytes, and fusing takes {} off",
        linked - fused
    );
    assert!(added < LIMIT, "the kernel adds {added} bytes, over {LIMIT}");
}
