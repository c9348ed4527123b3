//! Every example runs and says what its `expected.txt` has.

use std::fs;
use std::path::Path;

use crate::support::boxes::boxer;
use crate::support::process::check;

/// Runs each example in a copy of its folder, as a reader would after cloning.
#[test]
fn every_example_says_what_it_should() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut ran = 0;
    for entry in fs::read_dir(&examples).expect("the examples' folder can be read") {
        let folder = entry.expect("an entry").path();
        if !folder.join("Boxfile.toml").is_file() {
            continue;
        }
        let name = folder
            .file_name()
            .expect("an example has a name")
            .to_string_lossy()
            .into_owned();
        let expected = fs::read_to_string(folder.join("expected.txt"))
            .unwrap_or_else(|error| panic!("examples/{name}/expected.txt: {error}"));
        let copy = tempfile::tempdir().expect("a temporary folder can be made");
        copy_tree(&folder, copy.path());
        println!("examples/{name}");
        for form in ["fused", "linked"] {
            let mut command = boxer();
            let outcome = check(command.args(["run", "--form", form, "-C"]).arg(copy.path()));
            assert_eq!(outcome.text(), expected, "examples/{name}, {form}");
        }
        ran += 1;
    }
    assert!(ran > 0, "there are examples");
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("a folder can be read") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("an entry has a name");
        // What an earlier build of the reader's left is no part of the example.
        if name == "target" {
            continue;
        }
        if path.is_dir() {
            copy_tree(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).expect("a file can be copied");
        }
    }
}
