//! `wkg`, the other client. It takes ten minutes to build, so it is asked for by name:
//! `cargo test -p registry-index --features remote,serve -- --ignored wkg`. The variable
//! `WKG` names one that is built already.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use registry_index::{Index as _, Publish as _};

use crate::registry::Registry;
use crate::support::{component, name, parcel, text};

/// A run of `wkg`, built from crates.io, with a configuration that knows the registry.
fn wkg(registry: &Registry, arguments: &[&str]) -> String {
    static ONCE: Mutex<()> = Mutex::new(());
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wkg");
    let program = std::env::var_os("WKG").map_or(root.join("bin/wkg"), PathBuf::from);
    if !program.exists() {
        let _one = ONCE.lock().unwrap_or_else(PoisonError::into_inner);
        let built = Command::new(env!("CARGO"))
            .args([
                "install",
                "wkg",
                "--version",
                "0.16.1",
                "--locked",
                "--debug",
                "--root",
            ])
            .arg(&root)
            .status();
        assert!(built.unwrap().success());
    }
    let config = registry.folder.path().join("registries.toml");
    fs::write(
        &config,
        format!(
            "[namespace_registries]\nacme = \"{0}\"\nwasi = \"{0}\"\n[registry.\"{0}\"]\ntype = \"oci\"\n[registry.\"{0}\".oci]\nprotocol = \"http\"\n",
            registry.address
        ),
    )
    .unwrap();
    let output = Command::new(program)
        .args(arguments)
        .env("WKG_CONFIG_FILE", &config)
        .env("XDG_CACHE_HOME", registry.folder.path())
        .current_dir(registry.folder.path())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "wkg {arguments:?}: {words}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "builds another client, which takes ten minutes"]
fn wkg_pulls_what_we_push_and_we_pull_what_it_pushes() {
    let registry = Registry::start();
    let index = registry.open("");
    index
        .publish(&parcel("acme:log", "1.2.0", &component(0)))
        .unwrap();
    wkg(
        &registry,
        &["get", "acme:log@1.2.0", "--output", "./got.wasm"],
    );
    let got = fs::read(registry.folder.path().join("got.wasm")).unwrap();
    assert_eq!(got, component(0), "what wkg got is not what we pushed");
    let reference = format!("{}/acme/log:1.2.0", registry.address);
    wkg(
        &registry,
        &[
            "oci",
            "pull",
            "--insecure",
            &registry.address,
            &reference,
            "--output",
            "./pulled.wasm",
        ],
    );
    let pulled = fs::read(registry.folder.path().join("pulled.wasm")).unwrap();
    assert_eq!(pulled, component(0));

    let theirs = text(
        r#"(component
            (import "wasi:sockets/tcp@0.2.6" (instance))
            (import "acme:log/sink@1.0.0" (instance $i (export "put" (func))))
            (alias export $i "put" (func $f))
            (instance $o (export "put" (func $f)))
            (export "acme:log/other@1.0.0" (instance $o)))"#,
    );
    fs::write(registry.folder.path().join("theirs.wasm"), &theirs).unwrap();
    let reference = format!("{}/acme/theirs:0.3.0", registry.address);
    wkg(
        &registry,
        &[
            "oci",
            "push",
            "--insecure",
            &registry.address,
            &reference,
            "theirs.wasm",
        ],
    );
    let releases = index.releases(&name("acme:theirs")).unwrap();
    assert_eq!(releases.len(), 1);
    let names: Vec<_> = releases[0]
        .imports
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert!(names.contains(&"wasi:sockets/tcp@0.2.6"), "{names:?}");
    assert_eq!(releases[0].exports[0].name, "acme:log/other@1.0.0");
    assert_eq!(index.fetch(&releases[0]).unwrap(), theirs);

    // Both lie in the registry alike.
    let ours = registry.manifest("acme/log", "1.2.0");
    let pushed = registry.manifest("acme/theirs", "0.3.0");
    for pointer in ["/mediaType", "/config/mediaType", "/layers/0/mediaType"] {
        assert!(ours.pointer(pointer).is_some(), "{pointer}: {ours:#}");
        assert_eq!(ours.pointer(pointer), pushed.pointer(pointer), "{pointer}");
    }
    let keys = |manifest: &serde_json::Value| {
        let config = registry.blob(manifest["config"]["digest"].as_str().unwrap());
        let config: serde_json::Value = serde_json::from_slice(&fs::read(config).unwrap()).unwrap();
        let keys = config.as_object().unwrap().keys();
        let keys: Vec<String> = keys.filter(|key| *key != "author").cloned().collect();
        (
            keys,
            config["component"].clone(),
            config["layerDigests"].clone(),
        )
    };
    let (our_keys, component, layers) = keys(&ours);
    let (their_keys, their_component, _) = keys(&pushed);
    assert_eq!(our_keys, their_keys);
    assert_eq!(layers[0], ours["layers"][0]["digest"]);
    assert_eq!(component["imports"][0], "acme:log/sink@1.0.0");
    assert_eq!(their_component["exports"][0], "acme:log/other@1.0.0");
    assert_eq!(
        ours["annotations"]["org.opencontainers.image.version"],
        "1.2.0"
    );

    // A package of WIT, which is what wkg publishes by itself.
    let wit = registry.folder.path().join("wit");
    fs::create_dir(&wit).unwrap();
    fs::write(
        wit.join("kv.wit"),
        "package acme:kv@0.1.0;\ninterface store { get: func(key: string) -> option<string>; }\nworld host { import store; }\n",
    )
    .unwrap();
    wkg(
        &registry,
        &["wit", "build", "--wit-dir", "wit", "--output", "kv.wasm"],
    );
    wkg(&registry, &["publish", "kv.wasm"]);
    let release = index.releases(&name("acme:kv")).unwrap().remove(0);
    let bytes = index.fetch(&release).unwrap();
    assert_eq!(
        bytes,
        fs::read(registry.folder.path().join("kv.wasm")).unwrap()
    );
    let wit = registry_index::wit_text(&bytes).unwrap();
    assert!(
        wit.contains("get: func(key: string) -> option<string>;"),
        "{wit}"
    );
    // Those of WASI, from wkg to wkg's place, and told as ours are.
    let vendored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../components/wit/deps/random.wit");
    let wit = registry.folder.path().join("random");
    fs::create_dir(&wit).unwrap();
    fs::copy(vendored, wit.join("random.wit")).unwrap();
    wkg(
        &registry,
        &[
            "wit",
            "build",
            "--wit-dir",
            "random",
            "--output",
            "random.wasm",
        ],
    );
    wkg(&registry, &["publish", "random.wasm"]);
    let release = index.releases(&name("wasi:random")).unwrap().remove(0);
    assert_eq!(release.kind, registry_index::Kind::Wit);
    let bytes = index.fetch(&release).unwrap();
    let wit = registry_index::wit_text(&bytes).unwrap();
    assert!(wit.contains("get-random-u64: func() -> u64;"), "{wit}");
    // And back: a package of WIT that we push is one for wkg.
    let parcel = parcel("acme:interfaces", "0.1.0", &bytes);
    index.publish(&parcel).unwrap();
    wkg(
        &registry,
        &[
            "get",
            "acme:interfaces@0.1.0",
            "--format",
            "wasm",
            "--output",
            "./back.wasm",
        ],
    );
    assert_eq!(
        fs::read(registry.folder.path().join("back.wasm")).unwrap(),
        bytes
    );
}
