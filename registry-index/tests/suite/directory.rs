//! A folder of packages.

use std::fs;
use std::path::PathBuf;
use std::thread;

use registry_index::{
    Directory, Index as _, IndexError, Outcome, Publish as _, Query, Release, digest_of,
};
use semver::Version;

use crate::support::{component, draft, name, parcel, text};

#[test]
fn what_is_published_is_found_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    let bytes = component(0);
    for version in ["1.10.0", "1.2.0", "2.0.0-beta.1"] {
        let outcome = index.publish(&parcel("acme:a", version, &bytes)).unwrap();
        assert_eq!(outcome, Outcome::Published);
    }
    let again = Directory::open(folder.path()).unwrap();
    let releases = again.releases(&name("acme:a")).unwrap();
    let versions: Vec<String> = releases.iter().map(|r| r.version.to_string()).collect();
    assert_eq!(versions, ["1.2.0", "1.10.0", "2.0.0-beta.1"]);
    assert_eq!(again.fetch(&releases[1]).unwrap(), bytes);
    assert_eq!(again.releases(&name("acme:b")).unwrap(), []);
    // The newest release, not the prerelease above it.
    let found = again.search(&Query::default()).unwrap();
    let found: Vec<String> = found.iter().map(|r| r.version.to_string()).collect();
    assert_eq!(found, ["1.10.0"]);
}

#[test]
fn an_entry_tells_all_that_was_published() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    let mut draft = draft("acme:a", "1.0.0", &component(0));
    draft.description = Some("Writes it all down".to_owned());
    draft.license = Some("MIT".to_owned());
    draft.readme = Some("# Sink\n".to_owned());
    let parcel = draft.prepare(None).unwrap();
    index.publish(&parcel).unwrap();
    let release = index.releases(&name("acme:a")).unwrap().remove(0);
    let expected = Release {
        origin: folder.path().display().to_string(),
        ..parcel.release
    };
    assert_eq!(release, expected);
    assert_eq!(release.size, component(0).len() as u64);
    assert_eq!(release.imports[0].name, "acme:log/sink@1.0.0");
    assert_eq!(release.imports[0].functions, ["put"]);
    assert_eq!(index.readme(&release).unwrap().as_deref(), Some("# Sink\n"));

    let path = blob(&folder, &release.readme.unwrap());
    fs::write(&path, "# Other\n").unwrap();
    let error = index.readme(&release).unwrap_err();
    assert!(matches!(error, IndexError::Digest { .. }), "{error}");
}

#[test]
fn a_version_cannot_change() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    let bytes = component(0);
    let first = parcel("acme:a", "1.0.0", &bytes);
    assert_eq!(index.publish(&first).unwrap(), Outcome::Published);
    assert_eq!(index.publish(&first).unwrap(), Outcome::AlreadyThere);
    let error = index
        .publish(&parcel("acme:a", "1.0.0", &component(1)))
        .unwrap_err();
    assert!(matches!(error, IndexError::Published { .. }), "{error}");
    let mut described = first;
    described.release.description = "another".to_owned();
    let error = index.publish(&described).unwrap_err();
    assert!(matches!(error, IndexError::Published { .. }), "{error}");
    let mut swapped = parcel("acme:a", "1.1.0", &bytes);
    swapped.bytes = component(1);
    let error = index.publish(&swapped).unwrap_err();
    assert!(matches!(error, IndexError::Digest { .. }), "{error}");
    assert_eq!(index.releases(&name("acme:a")).unwrap().len(), 1);
}

#[test]
fn missing_bytes_are_told_by_file_and_digest() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    let bytes = component(0);
    index.publish(&parcel("acme:a", "1.0.0", &bytes)).unwrap();
    let release = index.releases(&name("acme:a")).unwrap().remove(0);
    let path = blob(&folder, &digest_of(&bytes));
    fs::remove_file(&path).unwrap();
    let error = index.fetch(&release).unwrap_err().to_string();
    assert!(error.contains(&*path.to_string_lossy()), "{error}");
    assert!(error.contains(&release.digest.to_string()), "{error}");
    // Publishing the same again mends nothing by stealth: the version is there.
    assert_eq!(
        index.publish(&parcel("acme:a", "1.0.0", &bytes)).unwrap(),
        Outcome::AlreadyThere
    );
}

#[test]
fn yanked_is_remembered_and_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    index
        .publish(&parcel("acme:a", "1.0.0", &component(0)))
        .unwrap();
    let version = Version::new(1, 0, 0);
    for yanked in [true, false] {
        index.yank(&name("acme:a"), &version, yanked).unwrap();
        assert_eq!(index.releases(&name("acme:a")).unwrap()[0].yanked, yanked);
    }
    let missing = index.yank(&name("acme:a"), &Version::new(1, 0, 1), true);
    assert!(matches!(missing, Err(IndexError::Unknown { .. })));
}

#[test]
fn only_an_index_of_this_layout_opens() {
    let folder = tempfile::tempdir().unwrap();
    let error = Directory::open(folder.path()).unwrap_err();
    assert!(matches!(error, IndexError::NotAnIndex { .. }), "{error}");
    fs::write(folder.path().join("index.toml"), "version = 2\n").unwrap();
    let error = Directory::create(folder.path()).unwrap_err();
    assert!(matches!(error, IndexError::Layout { .. }), "{error}");
}

#[test]
fn publishers_may_race_in_threads() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    thread::scope(|scope| {
        for minor in 0..8 {
            let index = &index;
            scope.spawn(move || {
                let parcel = parcel("acme:a", &format!("1.{minor}.0"), &component(0));
                index.publish(&parcel).unwrap();
            });
        }
    });
    assert_eq!(index.releases(&name("acme:a")).unwrap().len(), 8);
}

#[test]
fn the_list_of_names_is_complete_and_heals() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    let names = || fs::read_to_string(folder.path().join("names.json")).unwrap();
    for (package, version) in [
        ("acme:b", "1.0.0"),
        ("acme:a", "1.0.0"),
        ("other:c", "1.0.0"),
        ("acme:a", "1.1.0"),
    ] {
        index
            .publish(&parcel(package, version, &component(0)))
            .unwrap();
    }
    let list: serde_json::Value = serde_json::from_str(&names()).unwrap();
    assert_eq!(
        list["packages"],
        serde_json::json!(["acme:a", "acme:b", "other:c"])
    );
    for damage in [None, Some("{"), Some("")] {
        match damage {
            Some(text) => fs::write(folder.path().join("names.json"), text).unwrap(),
            None => fs::remove_file(folder.path().join("names.json")).unwrap(),
        }
        let version = format!("2.{}.0", damage.map_or(9, str::len));
        index
            .publish(&parcel("acme:b", &version, &component(0)))
            .unwrap();
        let list: serde_json::Value = serde_json::from_str(&names()).unwrap();
        assert_eq!(list["packages"].as_array().unwrap().len(), 3);
    }
}

/// A change to an entry that its bytes do not bear out.
type Lie = fn(&mut Release);

#[test]
fn an_entry_that_hides_an_import_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    let bytes = text(
        r#"(component
            (import "wasi:sockets/tcp@0.2.6" (instance))
            (import "wasi:cli/exit@0.2.6" (instance)))"#,
    );
    index.publish(&parcel("acme:a", "1.0.0", &bytes)).unwrap();
    let honest = index.releases(&name("acme:a")).unwrap().remove(0);
    index.fetch(&honest).unwrap();
    let lies: [(Lie, &str); 4] = [
        (
            |r| drop(r.imports.remove(0)),
            "import `wasi:sockets/tcp@0.2.6`, which it does not tell",
        ),
        (
            |r| "wasi:sockets/udp@0.2.6".clone_into(&mut r.imports[0].name),
            "import `wasi:sockets/tcp@0.2.6`, which it does not tell",
        ),
        (
            |r| r.exports.push(r.imports[0].clone()),
            "do not export `wasi:sockets/tcp@0.2.6` as it tells",
        ),
        (
            |r| r.kind = registry_index::Kind::Vfs,
            "are of the kind library, not vfs",
        ),
    ];
    for (lie, told) in lies {
        let mut release = honest.clone();
        lie(&mut release);
        let error = index.fetch(&release).unwrap_err();
        assert!(matches!(error, IndexError::Facts { .. }), "{error}");
        assert!(error.to_string().contains(told), "{error}");
    }
}

fn blob(folder: &tempfile::TempDir, digest: &registry_index::Digest) -> PathBuf {
    folder.path().join("blobs/sha256").join(digest.to_hex())
}

#[test]
fn a_folder_cannot_pass_for_what_is_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path().join(registry_index::BUILT_IN)).unwrap();
    assert_ne!(index.origin(), registry_index::BUILT_IN);
    // Opened by its bare name, from the folder that it is in.
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "directory::tells_its_origin",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("ORIGIN ./builtin"), "{said}");
}

#[test]
#[ignore = "a process that another test starts"]
fn tells_its_origin() {
    use std::io::Write as _;
    let index = Directory::open(registry_index::BUILT_IN).unwrap();
    writeln!(std::io::stdout(), "ORIGIN {}", index.origin()).unwrap();
}
