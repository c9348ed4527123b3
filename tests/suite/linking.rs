//! Boxes of several components, run: what is shared is one, what is not is not, and
//! handles mean the same to everybody. A case is a folder of `tests/cases/linked`; its
//! program counts for itself and fails where it is linked wrongly.

use std::fs;
use std::path::Path;

use crate::support::boxes::Project;
use crate::support::process::check;

#[test]
fn linked_components_share_what_they_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/linked");
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("the cases are there") {
        let case = entry.expect("a folder can be read").path();
        let project = compiled(&case);
        for file in project.build_forms("case") {
            check(&mut project.run::<&str>(&file, &[]));
        }
        count += 1;
    }
    assert!(
        count >= 7,
        "{count} cases are too few: is the folder right?"
    );
}

fn compiled(case: &Path) -> Project {
    let boxfile = fs::read_to_string(case.join("Boxfile.toml")).expect("a case has a Boxfile");
    let project = Project::new(&boxfile);
    for entry in fs::read_dir(case).expect("a case can be read") {
        let path = entry.expect("a case can be read").path();
        if path.extension().is_some_and(|extension| extension == "wat") {
            let bytes = wat::parse_file(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name =
                Path::new(path.file_name().expect("a file has a name")).with_extension("wasm");
            fs::write(project.path(name), bytes).expect("a component can be written");
        }
    }
    project
}
