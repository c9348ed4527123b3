//! Publishing, finding and fetching packages, as people and scripts do it.

use serde_json::Value;

use crate::support::{Place, sink};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_was_published_is_what_arrives() {
    let place = Place::new();
    let file = place.sink("sink.wasm", &["put"], &[]);
    place.write("README.md", "# Writes it down\n");
    let said = place.publish(
        "sink.wasm",
        "acme:log@1.2.0",
        &[
            "--description",
            "Writes it down",
            "--license",
            "MIT",
            "--readme",
            "README.md",
        ],
    );
    said.well();
    assert!(
        said.stderr.contains("published acme:log 1.2.0 (library"),
        "{}",
        said.stderr
    );

    let pulled = place.run(&[
        "pull",
        "acme:log@^1",
        "--registry",
        "index",
        "-o",
        "got.wasm",
    ]);
    pulled.well();
    assert!(
        pulled.stderr.contains("`acme:log` 1.2.0 is not signed"),
        "{}",
        pulled.stderr
    );
    let got = std::fs::read(place.path().join("got.wasm")).unwrap();
    assert_eq!(got, std::fs::read(file).unwrap());

    let info = place.run(&[
        "info",
        "acme:log",
        "--registry",
        "index",
        "--json",
        "--wit",
        "--readme",
    ]);
    let info = json(info.succeeds());
    assert_eq!(info["license"], "MIT");
    assert_eq!(info["exports"][0]["name"], "acme:log/sink@1.0.0");
    assert_eq!(info["text"], "# Writes it down\n");
    assert!(
        info["wit"].as_str().unwrap().contains("put: func()"),
        "{info}"
    );
    let text = place.run(&["info", "acme:log", "--registry", "index"]);
    assert!(
        text.succeeds()
            .contains("\"acme:log\" = { version = \"^1.2.0\", registry = \"index\" }"),
        "{text:#?}"
    );
}

#[test]
fn a_version_is_published_once() {
    let place = Place::new();
    place.sink("sink.wasm", &["put"], &[]);
    place.publish("sink.wasm", "acme:log@1.0.0", &[]).well();
    let again = place.publish("sink.wasm", "acme:log@1.0.0", &[]);
    again.well();
    assert!(again.stderr.contains("there already"), "{}", again.stderr);

    place.sink("other.wasm", &["put", "flush"], &[]);
    let other = place.publish("other.wasm", "acme:log@1.0.0", &[]);
    let error = other.fails(1);
    assert!(
        error.contains("`acme:log` 1.0.0 is published already"),
        "{error}"
    );
    assert!(error.contains("raise the version"), "{error}");
}

#[test]
fn a_promise_that_breaks_needs_a_new_major_version_and_is_named() {
    let place = Place::new();
    place.sink("one.wasm", &["put", "flush"], &[]);
    place.sink("less.wasm", &["put"], &[]);
    place.write("none.wasm", wat::parse_str("(component)").unwrap());
    place.publish("one.wasm", "acme:log@1.0.0", &[]).well();

    for dry in [&["--dry-run"][..], &[]] {
        let refused = place.publish("less.wasm", "acme:log@1.1.0", dry);
        let error = refused.fails(1);
        assert!(error.contains("breaks what 1.0.0 promised"), "{error}");
        assert!(error.contains("`acme:log/sink@1.0.0` has no"), "{error}");
        assert!(error.contains("flush"), "{error}");
        assert!(error.contains("publish it as 2.0.0"), "{error}");
    }
    let refused = place.publish("none.wasm", "acme:log@1.0.1", &[]);
    let error = refused.fails(1);
    assert!(
        error.contains("`acme:log/sink@1.0.0` is not exported any more"),
        "{error}"
    );

    place
        .publish("less.wasm", "acme:log@2.0.0", &["--dry-run"])
        .well();
    let before = place.run(&["info", "acme:log", "--registry", "index", "--json"]);
    assert_eq!(
        json(before.succeeds())["version"],
        "1.0.0",
        "a dry run publishes nothing"
    );
    place.publish("less.wasm", "acme:log@2.0.0", &[]).well();
}

#[test]
fn a_withdrawn_version_is_not_taken_any_more() {
    let place = Place::new();
    for minor in 0..2 {
        let file = format!("{minor}.wasm");
        place.sink(&file, &["put", "flush"][..=minor], &[]);
        place
            .publish(&file, &format!("acme:log@1.{minor}.0"), &[])
            .well();
    }
    let version = || {
        let pulled = place.run(&["-q", "pull", "acme:log", "--registry", "index", "--json"]);
        json(pulled.succeeds())["version"].clone()
    };
    assert_eq!(version(), "1.1.0");
    place
        .run(&["yank", "acme:log@1.1.0", "--registry", "index"])
        .well();
    assert_eq!(version(), "1.0.0");
    place
        .run(&["yank", "acme:log@1.1.0", "--undo", "--registry", "index"])
        .well();
    assert_eq!(version(), "1.1.0");

    let unknown = place.run(&["yank", "acme:log@3.0.0", "--registry", "index"]);
    let error = unknown.fails(1);
    assert!(
        error.contains("its versions are `1.1.0`, `1.0.0`"),
        "{error}"
    );
}

#[test]
fn packages_are_found_by_what_they_do() {
    let place = Place::new();
    place.sink("plain.wasm", &["put"], &[]);
    place.sink("net.wasm", &["put"], &[("acme:wire/send@0.2.6", "send")]);
    place
        .publish(
            "plain.wasm",
            "acme:plain@1.0.0",
            &["--description", "Writes to memory"],
        )
        .well();
    place
        .publish(
            "net.wasm",
            "acme:remote@1.0.0",
            &["--description", "Sends it away"],
        )
        .well();
    let found = |args: &[&str]| {
        let mut all = vec!["search", "--registry", "index", "--json"];
        all.extend(args);
        let found = json(place.run(&all).succeeds());
        let names = found.as_array().unwrap().iter();
        names
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&[]), ["acme:plain", "acme:remote"]);
    assert_eq!(found(&["MEMORY"]), ["acme:plain"]);
    assert_eq!(found(&["--exports", "acme:log/sink"]).len(), 2);
    assert_eq!(found(&["--imports", "acme:wire/send"]), ["acme:remote"]);
    assert_eq!(found(&["--kind", "library"]).len(), 2);
    assert!(found(&["--kind", "vfs"]).is_empty());
    let text = place.run(&["search", "--registry", "index", "away"]);
    assert_eq!(
        text.succeeds(),
        "acme:remote  1.0.0  library  Sends it away\n"
    );
    // What is built in is searched without any source.
    let own = place.run(&["search", "--exports", "boxer:kernel/vfs"]);
    assert!(own.succeeds().contains("boxer:memfs"), "{own:#?}");
    place.run(&["search", "--kind", "driver"]).fails(2);
}

#[test]
fn a_layer_of_files_is_a_package_as_well() {
    let place = Place::new();
    place.write("rootfs/data/in", "from a layer\n");
    for file in ["files.tar", "files.tar.gz"] {
        place
            .run(&["-q", "layer", "create", "rootfs", "-o", file])
            .well();
    }
    let said = place.publish("files.tar", "acme:files@1.0.0", &[]);
    said.well();
    assert!(said.stderr.contains("(layer"), "{}", said.stderr);
    place
        .publish("files.tar.gz", "acme:packed@1.0.0", &[])
        .well();
    for (name, file) in [
        ("acme:files", "files.tar"),
        ("acme:packed", "packed.tar.gz"),
    ] {
        let published = std::fs::read(place.path().join(file.replace("packed", "files"))).unwrap();
        place
            .run(&["-q", "pull", name, "--registry", "index"])
            .well();
        assert_eq!(std::fs::read(place.path().join(file)).unwrap(), published);
    }
    place.guest("read");
    place.write(
        "Boxfile.toml",
        "[box]\nname = \"t:t\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"read.wasm\"\n[files]\n\"/\" = { layer = { package = \"acme:files\", version = \"^1\", registry = \"index\" } }\n",
    );
    assert_eq!(place.run(&["run"]).well(), "from a layer\n");
    let refused = place.run(&["add", "acme:files", "--registry", "index"]);
    assert!(refused.fails(1).contains("[files]"), "{refused:#?}");
    place.write("text.txt", "neither");
    let refused = place.publish("text.txt", "acme:text@1.0.0", &[]);
    let error = refused.fails(1);
    assert!(error.contains("`acme:text` cannot be published"), "{error}");
    assert!(error.contains("a tar"), "{error}");
    let info = place.run(&["info", "acme:files", "--registry", "index"]);
    let line = "\"/\" = { layer = { package = \"acme:files\", version = \"^1.0.0\", registry = \"index\" } }";
    assert!(info.succeeds().contains(line), "{info:#?}");
}

#[test]
fn sources_have_an_order_and_namespaces_an_owner() {
    let place = Place::new();
    place.sink("a.wasm", &["put"], &[]);
    place.sink("b.wasm", &["put", "flush"], &[]);
    for (folder, file, id) in [
        ("first", "a.wasm", "acme:log@1.0.0"),
        ("second", "b.wasm", "acme:log@9.0.0"),
        ("second", "b.wasm", "acme:only@1.0.0"),
        ("owner", "b.wasm", "corp:log@1.0.0"),
        ("first", "a.wasm", "corp:log@9.0.0"),
    ] {
        place.run(&["-q", "index", "init", folder]).succeeds();
        place
            .run(&["-q", "publish", file, "--as", id, "--registry", folder])
            .well();
    }
    place.write(
        "config/config.toml",
        "sources = [\"../first\", \"two\"]\n[registries]\ntwo = \"../second\"\n",
    );
    place.write(
        "wkg.toml",
        format!(
            "[namespace_registries]\ncorp = \"corp.example\"\n[registry.\"corp.example\".box]\npath = {:?}\n",
            place.path().join("owner")
        ),
    );
    let version = |name: &str| {
        let info = place.run(&["info", name, "--json"]);
        json(info.succeeds())["version"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        version("acme:log"),
        "1.0.0",
        "the first source owns the name"
    );
    assert_eq!(version("acme:only"), "1.0.0");
    assert_eq!(
        version("corp:log"),
        "1.0.0",
        "the namespace is tied to its registry"
    );
    // Publishing goes to the namespace's registry, and elsewhere only where it is said.
    let home = place.run(&["publish", "a.wasm", "--as", "corp:new@1.0.0"]);
    home.well();
    assert!(home.stderr.contains("owner"), "{}", home.stderr);
    let nowhere = place.run(&["publish", "a.wasm", "--as", "acme:new@1.0.0"]);
    assert!(
        nowhere
            .fails(1)
            .contains("nowhere to publish `acme:new` to"),
        "{nowhere:#?}"
    );
    place.write("config/config.toml", "sorces = []\n");
    let wrong = place.run(&["search"]);
    let error = wrong.fails(1);
    assert!(
        error.contains("config.toml") && error.contains("sorces"),
        "{error}"
    );
    assert!(error.contains("index::settings"), "{error}");
}

#[test]
fn dependencies_come_and_go() {
    let place = Place::new();
    place.sink("sink.wasm", &["put"], &[]);
    place.publish("sink.wasm", "acme:log@1.2.3", &[]).well();
    let before = "[box]\nname = \"t:t\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"app.wasm\"\n";
    place.write("p/Boxfile.toml", before);
    place
        .run(&["add", "-C", "p", "acme:log", "--registry", "../index"])
        .well();
    let line =
        "\n[dependencies]\n\"acme:log\" = { version = \"^1.2.3\", registry = \"../index\" }\n";
    assert_eq!(place.read("p/Boxfile.toml"), format!("{before}{line}"));
    place.run(&["remove", "-C", "p", "acme:log"]).well();
    let gone = place.run(&["remove", "-C", "p", "acme:log"]);
    assert!(gone.fails(1).contains("has no `acme:log`"), "{gone:#?}");

    let kernel = place.run(&["add", "-C", "p", "boxer:memfs"]);
    assert!(
        kernel.fails(1).contains("box swap vfs=boxer:memfs"),
        "{kernel:#?}"
    );
    let none = place.run(&["add", "-C", "p", "acme:none", "--registry", "../index"]);
    assert!(
        none.fails(1).contains("there is no `acme:none`"),
        "{none:#?}"
    );
    let high = place.run(&["add", "-C", "p", "acme:log@^2", "--registry", "../index"]);
    assert!(high.fails(1).contains("there are 1.2.3"), "{high:#?}");
}

#[test]
fn the_command_line_is_checked() {
    let place = Place::new();
    place.write("sink.wasm", sink(&["put"], &[]));
    place
        .run(&["publish", "sink.wasm", "--registry", "."])
        .fails(2);
    place
        .run(&["publish", "sink.wasm", "--as", "acme:log@^1"])
        .fails(2);
    let folder = place.run(&[
        "publish",
        "sink.wasm",
        "--as",
        "acme:log@1.0.0",
        "--registry",
        ".",
    ]);
    assert!(folder.fails(1).contains("box index init"), "{folder:#?}");
    let nothing = place.run(&["publish"]);
    assert!(
        nothing.fails(1).contains("nothing to publish"),
        "{nothing:#?}"
    );
    place.run(&["pull", "not a name"]).fails(2);
    place
        .run(&["cache", "prune", "--max-size", "much"])
        .fails(2);
}

#[test]
fn the_cache_is_shown_and_pruned() {
    let place = Place::new();
    place.sink("sink.wasm", &["put"], &[]);
    place.publish("sink.wasm", "acme:log@1.0.0", &[]).well();
    place
        .run(&["-q", "pull", "acme:log", "--registry", "index"])
        .well();
    let kept = || {
        let shown = place.run(&["cache", "show", "--json"]);
        json(shown.succeeds())["folders"][0]["files"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(kept(), 1);
    place.run(&["cache", "prune"]).well();
    assert_eq!(kept(), 1, "it was used just now");
    place.run(&["cache", "prune", "--max-size", "0"]).well();
    assert_eq!(kept(), 0);
    place
        .run(&["-q", "pull", "acme:log", "--registry", "index"])
        .well();
    place.run(&["cache", "prune", "--all"]).well();
    assert!(place.files("cache").is_empty());
    assert!(place.run(&["cache"]).succeeds().contains("store"));
}
