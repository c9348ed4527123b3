//! From a draft to a release, and what stops it.

use registry_index::{
    Dependency, Directory, Index as _, IndexError, Kind, Outcome, PublicKey, Publish as _,
    PublishError, Signer, publish,
};

use crate::support::{component, draft, name, text};

const STORE: &str = r#"
    (import "acme:kv/store@1.0.0" (instance $i
        (export "get" (func (param "key" string) (result string)))
        (export "put" (func (param "key" string)))))
    (export "acme:kv/store@1.0.0" (instance $i))"#;

fn index() -> (tempfile::TempDir, Directory) {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    (folder, index)
}

#[test]
fn a_narrowed_interface_needs_a_major_bump() {
    let (_folder, index) = index();
    let whole = text(&format!("(component {STORE})"));
    let narrow = text(&format!(
        "(component {})",
        STORE.replace(r#"(export "put" (func (param "key" string)))"#, "")
    ));
    let first = publish(draft("acme:kv", "1.0.0", &whole), &index, None).unwrap();
    assert_eq!(
        (first.outcome, first.comparison),
        (Outcome::Published, None)
    );
    let error = publish(draft("acme:kv", "1.1.0", &narrow), &index, None).unwrap_err();
    let PublishError::Breaking {
        previous, bumped, ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(
        (previous.to_string(), bumped.to_string()),
        ("1.0.0".into(), "2.0.0".into())
    );
    assert_eq!(
        error.to_string(),
        "`acme:kv` 1.1.0 breaks what 1.0.0 promised:\n  `acme:kv/store@1.0.0` has no function `put` any more"
    );
    assert_eq!(index.releases(&name("acme:kv")).unwrap().len(), 1);

    publish(draft("acme:kv", "2.0.0", &narrow), &index, None).unwrap();
    // A repair of the old line is compared with the old line.
    publish(draft("acme:kv", "1.0.1", &whole), &index, None).unwrap();
    // Before a release nothing is promised.
    publish(draft("acme:kv", "2.1.0-rc.1", &component(0)), &index, None).unwrap();
    // What was withdrawn promises nothing either.
    let version = |text: &str| text.parse().unwrap();
    index
        .yank(&name("acme:kv"), &version("2.0.0"), true)
        .unwrap();
    publish(draft("acme:kv", "2.0.1", &component(0)), &index, None).unwrap();
}

#[test]
fn the_comparison_tells_which_capabilities_came() {
    let (_folder, index) = index();
    let old = text("(component)");
    let new = text(r#"(component (import "wasi:sockets/tcp@0.2.6" (instance)))"#);
    publish(draft("acme:a", "0.1.0", &old), &index, None).unwrap();
    let published = publish(draft("acme:a", "0.1.1", &new), &index, None).unwrap();
    let comparison = published.comparison.unwrap();
    assert_eq!(comparison.old.to_string(), "0.1.0");
    assert_eq!(
        comparison.difference.imports.added,
        ["wasi:sockets/tcp@0.2.6"]
    );
}

#[test]
fn what_is_no_package_is_refused() {
    let (_folder, index) = index();
    let good = component(0);
    for bytes in [&b""[..], b"hello", &good[..good.len() - 3]] {
        let error = publish(
            draft("acme:a", "1.0.0", &bytes.to_vec().into()),
            &index,
            None,
        );
        assert!(
            matches!(error, Err(PublishError::Component { .. })),
            "{error:?}"
        );
    }
    // A body that the validator refuses; reading interfaces alone would not notice.
    let body = text("(component (core module (func (result i32))))");
    let error = publish(draft("acme:a", "1.0.0", &body), &index, None);
    assert!(
        matches!(error, Err(PublishError::Component { .. })),
        "{error:?}"
    );
    assert_eq!(index.releases(&name("acme:a")).unwrap(), []);
}

#[test]
fn only_a_command_can_be_declared_a_runtime() {
    let (_folder, index) = index();
    let command = text(r#"(component (instance $i) (export "wasi:cli/run@0.2.6" (instance $i)))"#);
    let mut runtime = draft("acme:lisp", "1.0.0", &command);
    runtime.kind = Some(Kind::Runtime);
    publish(runtime, &index, None).unwrap();
    let release = index.releases(&name("acme:lisp")).unwrap().remove(0);
    assert_eq!(release.kind, Kind::Runtime);
    index.fetch(&release).unwrap();
    let mut liar = draft("acme:a", "1.0.0", &component(0));
    liar.kind = Some(Kind::Vfs);
    let error = publish(liar, &index, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`acme:a` is of the kind library, not vfs"
    );
}

#[test]
fn overwriting_is_refused_before_anything_is_compared() {
    let (_folder, index) = index();
    publish(draft("acme:a", "1.0.0", &component(0)), &index, None).unwrap();
    let again = publish(draft("acme:a", "1.0.0", &component(0)), &index, None).unwrap();
    assert_eq!(again.outcome, Outcome::AlreadyThere);
    let error = publish(draft("acme:a", "1.0.0", &component(1)), &index, None).unwrap_err();
    let PublishError::Index(IndexError::Published { .. }) = &error else {
        panic!("{error}");
    };
    assert_eq!(error.to_string(), "`acme:a` 1.0.0 is published already");
}

#[test]
fn a_signed_package_stays_signed_in_the_index() {
    let (_folder, index) = index();
    let pair = Signer::generate(None).unwrap();
    let signer = Signer::read(&pair.secret, None).unwrap();
    let mut draft = draft("acme:a", "1.0.0", &component(0));
    draft.dependencies = ["acme:z", "acme:b"]
        .map(|on| Dependency {
            name: name(on),
            requirement: "^1.2".parse().unwrap(),
        })
        .into();
    publish(draft.clone(), &index, Some(&signer)).unwrap();
    let release = index.releases(&name("acme:a")).unwrap().remove(0);
    assert!(PublicKey::read(&pair.public).unwrap().signed(&release));
    let names: Vec<_> = release
        .dependencies
        .iter()
        .map(|d| d.name.as_str())
        .collect();
    assert_eq!(names, ["acme:b", "acme:z"]);
    // Signing is random; the release is the same.
    let again = publish(draft, &index, Some(&signer)).unwrap();
    assert_eq!(again.outcome, Outcome::AlreadyThere);
}
