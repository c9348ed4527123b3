//! `box swap FILE.wasm`: other modules of a registry in a finished box, without its sources.

use std::fs;

use serde_json::Value;

use crate::index_server::Served;
use crate::support::Place;

/// Somebody's module, published into `index`: the built-in console that says nothing, under
/// their name.
fn published() -> Place {
    let place = Place::new();
    place
        .run(&["-q", "pull", "boxer:null-console", "-o", "quiet.wasm"])
        .succeeds();
    // With a custom section more, so that these bytes are nowhere yet.
    let mut quiet = fs::read(place.path().join("quiet.wasm")).unwrap();
    quiet.extend([0, 2, 1, b'x']);
    place.write("quiet.wasm", quiet);
    place.publish("quiet.wasm", "acme:quiet@1.2.0", &[]).well();
    place.guest("hello");
    place.write(
        "project/Boxfile.toml",
        "[box]\nname = \"t:hello\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"../hello.wasm\"\n",
    );
    place
}

#[test]
fn a_finished_box_takes_a_module_of_a_registry() {
    let place = published();
    let served = Served::start(&place);
    for form in ["fused", "linked"] {
        let boxed = format!("{form}.wasm");
        let out = format!("../{boxed}");
        place
            .run(&["-q", "build", "-C", "project", "--form", form, "-o", &out])
            .succeeds();
        // Its sources are gone.
        let before = place.run(&["run", &boxed]);
        assert!(before.succeeds().starts_with("hello"), "{before:#?}");
        for registry in ["index", &served.address] {
            let sealed = format!("{form}-sealed.wasm");
            let swapped = place.run(&[
                "swap",
                &boxed,
                "console=acme:quiet@^1",
                "--registry",
                registry,
                "-o",
                &sealed,
            ]);
            swapped.well();
            // That is told when it is fetched.
            let told = swapped.stderr.contains("`acme:quiet` 1.2.0 is not signed");
            assert_eq!(told, registry == "index" && form == "fused", "{swapped:#?}");
            assert_eq!(place.run(&["run", &sealed]).succeeds(), "", "{form}");
            let inspected = place.run(&["inspect", "--json", &sealed]);
            let inspected: Value = serde_json::from_str(inspected.succeeds()).unwrap();
            assert_eq!(inspected["form"], form);
            let sbom = place.run(&["sbom", &sealed]);
            let sbom: Value = serde_json::from_str(sbom.succeeds()).unwrap();
            let components = sbom["components"].as_array().unwrap();
            let quiet = components.iter().find(|one| one["name"] == "quiet");
            let bytes = fs::read(place.path().join("quiet.wasm")).unwrap();
            assert_eq!(
                quiet.unwrap()["hashes"][0]["content"],
                registry_index::digest_of(&bytes).to_hex()
            );
            assert!(
                !components.iter().any(|one| one["name"] == "host-console"),
                "{sbom:#}"
            );
            // What it has now it keeps, when another slot changes, without that registry.
            let again = place.run(&["swap", &sealed, "net=boxer:deny", "-o", "again.wasm"]);
            again.well();
            assert_eq!(place.run(&["run", "again.wasm"]).succeeds(), "", "{form}");
            fs::remove_file(place.path().join(&sealed)).unwrap();
        }
    }
}

#[test]
fn a_swap_that_cannot_be_made_leaves_nothing_behind() {
    let place = published();
    place
        .run(&["-q", "build", "-C", "project", "-o", "../hello.box.wasm"])
        .succeeds();
    let swap = |module: &str, more: &[&str]| {
        let mut args = vec!["swap", "hello.box.wasm", module, "-o", "out.wasm"];
        args.extend(more);
        let ended = place.run(&args);
        assert!(!place.path().join("out.wasm").exists(), "{ended:#?}");
        ended
    };
    let here = ["--registry", "index"];
    let error = swap("console=acme:quiet@^2", &here);
    assert!(error.fails(1).contains("`1.2.0`"), "{error:#?}");
    let error = swap("console=acme:quiet", &[]);
    assert!(error.fails(1).contains("--registry"), "{error:#?}");
    let error = swap("clock=acme:quiet", &here);
    assert!(error.fails(1).contains("acme:quiet"), "{error:#?}");
    swap("sound=acme:quiet", &here).fails(2);
    let error = swap("console=acme:quiet", &["--registry", "nowhere"]);
    assert!(error.fails(1).contains("[registries]"), "{error:#?}");
    // Other bytes than were published.
    let bytes = fs::read(place.path().join("quiet.wasm")).unwrap();
    let blob = format!(
        "index/blobs/sha256/{}",
        registry_index::digest_of(&bytes).to_hex()
    );
    place.write(&blob, "damaged");
    let error = swap("console=acme:quiet", &here);
    assert!(error.fails(1).contains("index::digest"), "{error:#?}");
}
