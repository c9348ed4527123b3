//! What holds for any text at all. Shared by the property tests, the short fuzz run
//! on stable (`fuzz.rs`) and the fuzz target of the folder `fuzz`.

use std::path::Path;

use boxfile_spec::{
    FileKind, Lockfile, Slot, edit, flatten_config, parse, validate_files, validate_grants,
};
use miette::Diagnostic;

/// Checks that reading `text` as a Boxfile gives a manifest or helpful errors, and
/// that a Boxfile stays one through an edit.
///
/// # Panics
///
/// Where something does not hold.
pub fn check_boxfile(text: &str) {
    let manifest = match parse(text, "Boxfile.toml") {
        Ok(manifest) => manifest,
        Err(errors) => {
            assert!(!errors.problems().is_empty(), "refused without a reason");
            for problem in errors.problems() {
                check_problem(problem, text);
            }
            check_edit(text, false);
            return;
        }
    };
    for module in manifest.kernel.values() {
        flatten_config(&module.config);
    }
    for file in &manifest.files {
        let path = file.guest.as_str();
        assert!(
            path.starts_with('/') && !path.split('/').any(|part| part == ".."),
            "{path}"
        );
    }
    // Any host at all: what is there is decided by the length of the path.
    let kind = |path: &Path| match path.as_os_str().len() % 5 {
        0 => FileKind::Missing,
        1 | 2 => FileKind::File,
        3 => FileKind::Directory,
        _ => FileKind::Other,
    };
    for checked in [
        validate_files(&manifest, kind),
        validate_grants(&manifest, kind),
    ] {
        for problem in checked.err().iter().flat_map(|errors| errors.problems()) {
            check_problem(problem, text);
        }
    }
    check_edit(text, true);
}

/// Checks that reading `text` as a lock file gives one that is written and read back
/// as it is, or a helpful error.
///
/// # Panics
///
/// Where something does not hold.
pub fn check_lock(text: &str) {
    match Lockfile::parse(text, "Boxfile.lock") {
        Ok(lock) => {
            let again = Lockfile::parse(&lock.to_string(), "Boxfile.lock");
            assert_eq!(again.unwrap(), lock);
        }
        Err(error) => check_problem(&error, text),
    }
}

/// A problem has a remedy, and labels within the text.
fn check_problem(problem: &dyn Diagnostic, text: &str) {
    assert!(problem.help().is_some(), "`{problem}` has no remedy");
    assert!(
        !problem.to_string().contains('\n'),
        "`{problem}` has more than one line"
    );
    let labels: Vec<_> = problem.labels().into_iter().flatten().collect();
    assert!(!labels.is_empty(), "`{problem}` points nowhere");
    for label in labels {
        let span = label.offset()..label.offset() + label.len();
        assert!(
            text.get(span.clone()).is_some(),
            "`{problem}` points at {span:?}"
        );
    }
}

/// Filling a slot makes a text that says so, and a sound text stays sound.
fn check_edit(text: &str, is_sound: bool) {
    let module = "acme:other@^1.2".parse().unwrap();
    let edited = match edit::set_kernel(text, Slot::Clock, &module) {
        Ok(edited) => edited,
        Err(error) => {
            assert!(!is_sound, "{error}");
            return;
        }
    };
    if is_sound {
        let manifest = parse(&edited, "Boxfile.toml").unwrap_or_else(|errors| {
            panic!("{:?} in\n{edited}", errors.problems());
        });
        assert!(manifest.kernel.contains_key(&Slot::Clock));
    }
    let again = edit::set_kernel(&edited, Slot::Clock, &module).unwrap();
    assert_eq!(again, edited, "the same edit twice");
}
