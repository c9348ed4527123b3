//! `box` and an OCI registry: Debian's `docker-registry`, on loopback.

use std::fs;
use std::net::TcpListener;

use serde_json::Value;

use crate::registry::Registry;
use crate::support::{Ended, Place};
use crate::trust::keys;
use crate::updates::app;

/// A place with a component to publish, and where in the registry it goes.
fn with(registry: &Registry) -> (Place, String) {
    let place = Place::new();
    place.sink("sink.wasm", &["put"], &[]);
    (place, format!("oci://{}/team", registry.address))
}

fn publish(place: &Place, file: &str, id: &str, to: &str, more: &[&str]) -> Ended {
    let mut args = vec!["publish", file, "--as", id, "--registry", to];
    args.extend(more);
    place.run(&args)
}

/// A project of somebody else's, which needs `acme:log`.
fn elsewhere(place: &Place) {
    place.write("elsewhere/app.wasm", app());
    place.write(
        "elsewhere/Boxfile.toml",
        "[box]\nname = \"their:app\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"app.wasm\"\n",
    );
}

fn digest(file: &std::path::Path) -> String {
    registry_index::digest_of(&fs::read(file).unwrap()).to_string()
}

#[test]
fn what_is_pushed_is_found_added_and_run_elsewhere() {
    let registry = Registry::start();
    let (place, team) = with(&registry);
    place.write("README.md", "# Writes it down\n");
    let more = [
        "--description",
        "Writes it down",
        "--license",
        "MIT",
        "--readme",
        "README.md",
    ];
    let said = publish(&place, "sink.wasm", "acme:log@1.0.0", &team, &more);
    said.well();
    assert!(said.stderr.contains(&team), "{said:#?}");
    let again = publish(&place, "sink.wasm", "acme:log@1.0.0", &team, &more);
    assert!(again.stderr.contains("there already"), "{again:#?}");
    place.sink("other.wasm", &["put", "flush"], &[]);
    let other = publish(&place, "other.wasm", "acme:log@1.0.0", &team, &[]);
    assert!(
        other.fails(1).contains("is published already"),
        "{other:#?}"
    );
    let build = publish(&place, "other.wasm", "acme:log@1.1.0+5", &team, &[]);
    assert!(build.fails(1).contains("a tag has no `+`"), "{build:#?}");

    // As the conventions want it, for other clients.
    let manifest = registry.manifest("team/acme/log", "1.0.0");
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    let pushed = digest(&place.path().join("sink.wasm"));
    assert_eq!(manifest["layers"][0]["digest"], pushed.as_str());
    assert_eq!(
        manifest["annotations"]["org.opencontainers.image.licenses"],
        "MIT"
    );

    let found = place.run(&["search", "--registry", &team, "--exports", "acme:log/sink"]);
    assert_eq!(
        found.succeeds(),
        "acme:log  1.0.0  library  Writes it down\n"
    );
    let info = place.run(&["info", "acme:log", "--registry", &team, "--wit", "--readme"]);
    let line = format!("\"acme:log\" = {{ version = \"^1.0.0\", registry = \"{team}\" }}");
    for part in [&*line, "put: func()", "# Writes it down"] {
        assert!(info.succeeds().contains(part), "{part}: {info:#?}");
    }
    place
        .run(&[
            "-q",
            "pull",
            "acme:log",
            "--registry",
            &team,
            "-o",
            "got.wasm",
        ])
        .succeeds();
    assert_eq!(digest(&place.path().join("got.wasm")), pushed);

    elsewhere(&place);
    place
        .run(&["add", "-C", "elsewhere", "acme:log", "--registry", &team])
        .well();
    let boxfile = place.read("elsewhere/Boxfile.toml");
    assert!(boxfile.ends_with(&format!("{line}\n")), "{boxfile}");
    assert_eq!(place.run(&["run", "-C", "elsewhere"]).well(), "");
    let lock = place.read("elsewhere/Boxfile.lock");
    assert!(lock.contains(&format!("source = \"{team}\"")), "{lock}");
    assert!(lock.contains(&pushed), "{lock}");

    publish(&place, "other.wasm", "acme:log@1.1.0", &team, &[]).well();
    let build = [
        "-q",
        "build",
        "-C",
        "elsewhere",
        "--locked",
        "-o",
        "box.wasm",
    ];
    place.run(&build).well();
    assert_eq!(place.read("elsewhere/Boxfile.lock"), lock);
    let updated = place.run(&["update", "-C", "elsewhere"]);
    assert!(
        updated.well().contains("acme:log 1.0.0 -> 1.1.0"),
        "{updated:#?}"
    );
    place
        .run(&["yank", "acme:log@1.1.0", "--registry", &team])
        .well();
    place.run(&build).well();
    let back = place.run(&["update", "-C", "elsewhere"]);
    assert!(back.well().contains("acme:log 1.1.0 -> 1.0.0"), "{back:#?}");
}

/// As with cargo: what a lock settles and the cache has needs no registry.
#[test]
fn a_lock_that_settles_everything_needs_no_registry() {
    let registry = Registry::start();
    let (place, team) = with(&registry);
    publish(&place, "sink.wasm", "acme:log@1.0.0", &team, &[]).well();
    elsewhere(&place);
    place
        .run(&["add", "-C", "elsewhere", "acme:log", "--registry", &team])
        .well();
    let build = |more: &[&str]| {
        let mut args = vec!["-q", "build", "-C", "elsewhere", "-o", "box.wasm"];
        args.extend(more);
        place.run(&args)
    };
    let never = build(&["--offline"]);
    assert!(never.fails(1).contains("--offline"), "{never:#?}");
    let unlocked = build(&["--locked"]);
    assert!(unlocked.fails(1).contains("Boxfile.lock"), "{unlocked:#?}");
    build(&[]).well();
    let first = fs::read(place.path().join("elsewhere/box.wasm")).unwrap();
    drop(registry);
    for more in [
        &[][..],
        &["--locked"],
        &["--offline"],
        &["--locked", "--offline"],
    ] {
        build(more).well();
        let again = fs::read(place.path().join("elsewhere/box.wasm")).unwrap();
        assert!(again == first, "{more:?}");
    }
    let update = place.run(&["update", "-C", "elsewhere"]);
    assert!(update.fails(1).contains("cannot reach"), "{update:#?}");
    place.run(&["-q", "cache", "prune", "--all"]).succeeds();
    let gone = build(&["--locked"]);
    assert!(gone.fails(1).contains("cannot reach"), "{gone:#?}");
    let gone = build(&["--offline"]);
    assert!(gone.fails(1).contains("was never fetched"), "{gone:#?}");
}

#[test]
fn signatures_pass_through_a_registry() {
    let registry = Registry::start();
    let (place, team) = with(&registry);
    let (key, other) = (keys(&place, "own.key"), keys(&place, "other.key"));
    let trust = |key: &str| {
        let text =
            format!("[trust]\nrequire-signed = [\"acme\"]\n[trust.keys]\nacme = [\"{key}\"]\n");
        place.write("config/config.toml", text);
    };
    let pull = || place.run(&["pull", "acme:log", "--registry", &team, "-o", "got.wasm"]);
    publish(&place, "sink.wasm", "acme:log@1.0.0", &team, &[]).well();
    let unsigned = pull();
    unsigned.well();
    assert!(unsigned.stderr.contains("is not signed"), "{unsigned:#?}");
    trust(&key);
    let refused = pull();
    assert!(
        refused.fails(1).contains("its namespace requires it"),
        "{refused:#?}"
    );
    place.sink("next.wasm", &["put", "flush"], &[]);
    let signed = ["--sign", "own.key"];
    publish(&place, "next.wasm", "acme:log@1.1.0", &team, &signed).well();
    let taken = pull();
    assert!(
        taken.well().is_empty() && taken.stderr.contains("acme:log 1.1.0"),
        "{taken:#?}"
    );
    assert!(!taken.stderr.contains("signed"), "{taken:#?}");
    trust(&other);
    let refused = pull();
    assert!(
        refused.fails(1).contains("no key of its namespace"),
        "{refused:#?}"
    );
}

#[test]
fn logins_come_from_where_wkg_and_docker_have_them() {
    let registry = Registry::start_with_login();
    let (place, team) = with(&registry);
    let address = &registry.address;
    let push = || publish(&place, "sink.wasm", "acme:log@1.0.0", &team, &[]);
    let docker = |login: &str| {
        let text = format!("{{\"auths\": {{\"{address}\": {{\"auth\": \"{login}\"}}}}}}");
        place.write("docker/config.json", text);
    };
    // Nobody, and `me:guess`.
    for login in [None, Some("bWU6Z3Vlc3M=")] {
        login.into_iter().for_each(docker);
        let refused = push();
        let error = refused.fails(1);
        assert!(error.contains("refuses access"), "{error}");
        assert!(error.contains("log in again"), "{error}");
        assert!(error.contains(&**address), "{error}");
    }
    place.write("docker/config.json", "no JSON");
    let unread = push();
    let error = unread.fails(1);
    assert!(error.contains("docker/config.json"), "{error}");
    // `me:secret`.
    docker("bWU6c2VjcmV0");
    push().well();
    fs::remove_file(place.path().join("docker/config.json")).unwrap();

    let mapped = |auth: &str| {
        let text = format!(
            "[namespace_registries]\nacme = {{ registry = \"{address}\", metadata = {{ preferredProtocol = \"oci\", oci = {{ registry = \"{address}\", namespacePrefix = \"team/\" }} }} }}\n{auth}"
        );
        place.write("wkg.toml", text);
    };
    mapped("");
    let refused = place.run(&["info", "acme:log"]);
    assert!(refused.fails(1).contains("refuses access"), "{refused:#?}");
    mapped(&format!(
        "[registry.\"{address}\".oci]\nauth = {{ username = \"me\", password = \"secret\" }}\n"
    ));
    let info = place.run(&["info", "acme:log", "--json"]);
    let info: Value = serde_json::from_str(info.succeeds()).unwrap();
    assert_eq!(info["origin"], team.as_str());
    // The namespace's registry is where its packages are published to.
    place.sink("next.wasm", &["put", "flush"], &[]);
    place
        .run(&["publish", "next.wasm", "--as", "acme:log@1.1.0"])
        .well();
    let found = place.run(&["search", "--kind", "library"]);
    assert!(
        found.succeeds().starts_with("acme:log  1.1.0"),
        "{found:#?}"
    );
}

#[test]
fn a_registry_that_is_away_or_damaged_is_told() {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let place = Place::new();
    place.sink("sink.wasm", &["put"], &[]);
    let away = format!("oci://{address}");
    for ended in [
        publish(&place, "sink.wasm", "acme:log@1.0.0", &away, &[]),
        place.run(&["pull", "acme:log", "--registry", &away]),
        place.run(&["search", "--registry", &away]),
    ] {
        let error = ended.fails(1);
        assert!(error.contains("cannot reach"), "{error}");
        assert!(error.contains(&address.to_string()), "{error}");
    }
    let nothing = place.run(&["search", "--registry", &away, "--offline"]);
    assert!(
        nothing.fails(1).contains("needs the network"),
        "{nothing:#?}"
    );

    let registry = Registry::start();
    let (place, team) = with(&registry);
    publish(&place, "sink.wasm", "acme:log@1.0.0", &team, &[]).well();
    let good = digest(&place.path().join("sink.wasm"));
    place.sink("evil.wasm", &["put", "steal"], &[]);
    fs::copy(place.path().join("evil.wasm"), registry.blob(&good)).unwrap();
    let pull = place.run(&["-q", "pull", "acme:log", "--registry", &team]);
    let error: String = pull.fails(1).split_whitespace().collect();
    let frameless = error.replace('│', "");
    assert!(frameless.contains(&good), "{pull:#?}");
    assert!(!place.path().join("log.wasm").exists());
}
