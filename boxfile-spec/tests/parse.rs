//! What a sound Boxfile becomes: every key of every table, and the spans.

use std::fs;
use std::path::Path;

use boxfile_spec::{
    AppSource, ComponentSource, FileEntry, FileSource, FsMode, Instance, Manifest, Party, Slot,
    flatten_config, parse,
};

fn read(name: &str) -> Manifest {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/valid")
        .join(name);
    let text = fs::read_to_string(path).unwrap();
    parse(&text, name).unwrap_or_else(|errors| panic!("{name}: {:?}", errors.problems()))
}

fn package(source: &ComponentSource) -> String {
    match source {
        ComponentSource::Package { reference, .. } => reference.to_string(),
        ComponentSource::Path(path) => panic!("{} is a path", path.display()),
    }
}

fn path(source: &ComponentSource) -> &Path {
    match source {
        ComponentSource::Path(path) => path,
        ComponentSource::Package { reference, .. } => panic!("{reference:?} is a package"),
    }
}

fn host(file: &FileEntry) -> &Path {
    match &file.source {
        FileSource::Host { path, .. } => path,
        FileSource::Layers(layers) => panic!("{layers:?} are layers"),
    }
}

fn mode(file: &FileEntry) -> Option<u32> {
    match &file.source {
        FileSource::Host { mode, .. } => mode.map(|mode| *mode),
        FileSource::Layers(layers) => panic!("{layers:?} are layers"),
    }
}

#[test]
fn all_sound_boxfiles_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/valid");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        read(entry.unwrap().file_name().to_str().unwrap());
        count += 1;
    }
    assert!(
        count >= 6,
        "{count} cases are too few: is the folder right?"
    );
}

#[test]
fn the_example_of_the_design() {
    let manifest = read("design.toml");
    assert_eq!(manifest.package.name.as_str(), "acme:hello");
    assert_eq!(manifest.package.name.namespace(), "acme");
    assert_eq!(manifest.package.name.name(), "hello");
    assert_eq!(manifest.package.version.to_string(), "0.1.0");

    let AppSource::Component(component) = &manifest.app.source else {
        panic!("{:?}", manifest.app.source)
    };
    assert_eq!(***component, *Path::new("hello.wasm"));
    let args: Vec<&str> = manifest.app.args.iter().map(|arg| arg.as_str()).collect();
    assert_eq!(args, ["--greeting", "hi"]);
    assert_eq!(manifest.app.env.len(), 1);
    assert_eq!(manifest.app.env[0].name.as_str(), "LANG");
    assert_eq!(manifest.app.env[0].value.as_str(), "C.UTF-8");
    assert_eq!(manifest.app.cwd.as_ref().unwrap().as_str(), "/app");

    let slots: Vec<Slot> = manifest.kernel.keys().copied().collect();
    assert_eq!(slots, [Slot::Libc, Slot::Vfs, Slot::Net]);
    assert_eq!(
        package(&manifest.kernel[&Slot::Vfs].source),
        "boxer:memfs@^0.1"
    );

    let files: Vec<(&str, &Path, Option<u32>)> = manifest
        .files
        .iter()
        .map(|file| (file.guest.as_str(), host(file), mode(file)))
        .collect();
    assert_eq!(
        files,
        [
            ("/app", Path::new("src"), None),
            ("/etc/motd", Path::new("motd.txt"), Some(0o644)),
        ]
    );

    assert_eq!(manifest.dependencies.len(), 2);
    assert_eq!(
        package(&manifest.dependencies[0].source),
        "acme:greeter@^1.2"
    );
    assert_eq!(manifest.dependencies[1].name.as_str(), "acme:local");
    assert_eq!(
        path(&manifest.dependencies[1].source),
        Path::new("../local.wasm")
    );

    let [wire] = manifest.wire.as_slice() else {
        panic!("{:?}", manifest.wire)
    };
    assert_eq!(*wire.consumer, Party::App);
    assert_eq!(wire.import.to_string(), "acme:greet/hello");
    assert_eq!(wire.provider.to_string(), "acme:greeter");

    let grants = &manifest.grants;
    assert!(grants.stdio() && grants.args() && grants.clock() && grants.random());
    assert_eq!(grants.env[0].as_str(), "HOME");
    assert_eq!(grants.fs[0].guest.as_str(), "/out");
    assert_eq!(grants.fs[0].mode, FsMode::ReadWrite);
    assert_eq!(grants.net.connect[0].to_string(), "api.example.com:443");
    assert_eq!(grants.net.listen[0].to_string(), "127.0.0.1:8080");
}

#[test]
fn every_key_that_there_is() {
    let manifest = read("headers.toml");
    assert_eq!(manifest.package.version.to_string(), "1.2.3-rc.1+build.5");
    assert_eq!(
        manifest.package.description.as_ref().unwrap().as_str(),
        "Says hello"
    );
    assert_eq!(
        manifest.package.license.as_ref().unwrap().as_str(),
        "Apache-2.0 OR MIT"
    );
    assert_eq!(manifest.package.authors.len(), 2);
    assert_eq!(
        manifest.package.repository.as_ref().unwrap().as_str(),
        "https://example.com/hello"
    );

    let AppSource::Cargo(cargo) = &manifest.app.source else {
        panic!("{:?}", manifest.app.source)
    };
    assert_eq!(cargo.path.as_path(), Path::new("."));
    assert_eq!(cargo.package.as_ref().unwrap().as_str(), "hello");
    assert_eq!(cargo.bin.as_ref().unwrap().as_str(), "hello-cli");
    assert_eq!(manifest.app.env[1].name.as_str(), "ProgramFiles(x86)");
    assert_eq!(manifest.app.env[1].value.as_str(), "C:\\Program Files");

    let net = &manifest.kernel[&Slot::Net];
    let ComponentSource::Package {
        reference,
        registry,
    } = &net.source
    else {
        panic!("{net:?}")
    };
    assert_eq!(reference.to_string(), "boxer:smoltcp@>=0.1, <0.3");
    assert_eq!(registry.as_ref().unwrap().as_str(), "oci://ghcr.io/acme");
    assert_eq!(
        net.instance.map(|instance| *instance),
        Some(Instance::PerConsumer)
    );
    let config: Vec<String> = flatten_config(&net.config)
        .into_iter()
        .map(|(name, text)| format!("{name}={text}"))
        .collect();
    assert_eq!(
        config,
        [
            "address=10.0.0.2/24",
            "deep.er.big=9223372036854775807",
            "deep.er.endless=inf",
            "deep.er.ratio=0.5",
            "deep.er.when=1979-05-27T07:32:00Z",
            "mtu=1500",
            "routes.0.to=0.0.0.0/0",
            "routes.0.via=10.0.0.1",
        ]
    );
    assert_eq!(
        path(&manifest.kernel[&Slot::Clock].source),
        Path::new("../clock.wasm")
    );

    assert_eq!(mode(&manifest.files[0]), Some(0o4755));
    assert_eq!(manifest.files[1].guest.as_str(), "/");

    let dependency = &manifest.dependencies[0];
    let ComponentSource::Package {
        reference,
        registry,
    } = &dependency.source
    else {
        panic!("{dependency:?}")
    };
    assert_eq!(reference.to_string(), "acme:greeter@=1.2.3");
    assert_eq!(registry.as_ref().unwrap().as_str(), "../index");
    assert_eq!(
        dependency.instance.map(|instance| *instance),
        Some(Instance::Shared)
    );

    let wires: Vec<String> = manifest
        .wire
        .iter()
        .map(|wire| format!("{}: {} = {}", wire.consumer, wire.import, wire.provider))
        .collect();
    assert_eq!(
        wires,
        [
            "app: acme:greet/hello@1.0.0 = acme:greeter",
            "app: logger = kernel.console",
            "kernel.net: boxer:kernel/clock = kernel.clock",
        ]
    );

    let grants = &manifest.grants;
    assert!(!grants.stdio() && !grants.args() && !grants.clock() && !grants.random());
    assert_eq!(grants.fs[0].mode, FsMode::ReadOnly);
    assert_eq!(grants.fs[0].host.as_path(), Path::new("/var/data"));
    let connect: Vec<String> = grants.net.connect.iter().map(ToString::to_string).collect();
    assert_eq!(
        connect,
        [
            "*:443",
            "[2001:db8::1]:80",
            "192.0.2.1:*",
            "*:*",
            "db_1.internal:5432",
            "example.com:80",
        ]
    );
}

#[test]
fn dotted_and_inline_forms_mean_the_same() {
    let dotted = read("dotted.toml");
    assert_eq!(
        package(&dotted.kernel[&Slot::Net].source),
        "boxer:smoltcp@^0.1"
    );
    assert_eq!(
        dotted.kernel[&Slot::Net].config["mtu"].as_integer(),
        Some(1500)
    );
    assert_eq!(dotted.app.cwd.unwrap().as_str(), "/app/data");
    assert_eq!(package(&dotted.dependencies[0].source), "acme:greeter@^1");
    assert_eq!(dotted.wire.len(), 1);

    let inline = read("inline.toml");
    let AppSource::Package(app) = &inline.app.source else {
        panic!("{:?}", inline.app.source)
    };
    assert_eq!(app.to_string(), "acme:hello@^1");
    let guests: Vec<&str> = inline
        .files
        .iter()
        .map(|file| file.guest.as_str())
        .collect();
    assert_eq!(guests, ["/app", "/app/x", "/..."]);
}

#[test]
fn layers_are_read() {
    let manifest = read("layers.toml");
    let layers = |at: usize| match &manifest.files[at].source {
        FileSource::Layers(layers) => layers.as_slice(),
        FileSource::Host { path, .. } => panic!("{} is a path", path.display()),
    };
    assert_eq!(path(&layers(0)[0]), Path::new("base.tar"));
    assert_eq!(path(&layers(0)[1]), Path::new("upper.tar.gz"));
    assert_eq!(package(&layers(0)[2]), "acme:certificates@^2");
    assert_eq!(package(&layers(1)[0]), "acme:time-zones@^2026");
    assert_eq!(path(&layers(2)[0]), Path::new("data.tar"));
}

#[test]
fn what_is_not_said_takes_its_default() {
    let manifest = read("least.toml");
    assert!(manifest.kernel.is_empty() && manifest.files.is_empty());
    assert!(manifest.grants.span.is_none() && manifest.grants.stdio.is_none());
    assert!(manifest.grants.stdio() && manifest.grants.args());
    assert!(manifest.grants.clock() && manifest.grants.random());
    assert!(manifest.grants.env.is_empty() && manifest.grants.fs.is_empty());
}

#[test]
fn spans_point_at_what_was_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/valid/design.toml");
    let text = fs::read_to_string(path).unwrap();
    let manifest = parse(&text, "design.toml").unwrap();
    let at = |span: std::ops::Range<usize>| &text[span];
    assert_eq!(at(manifest.package.name.span()), "\"acme:hello\"");
    assert_eq!(at(manifest.app.source.span()), "\"hello.wasm\"");
    assert_eq!(at(manifest.app.args[1].span()), "\"hi\"");
    assert_eq!(at(manifest.app.env[0].name.span()), "LANG");
    assert_eq!(at(manifest.kernel[&Slot::Net].key_span.clone()), "net");
    assert_eq!(
        at(manifest.kernel[&Slot::Net].source.span()),
        "\"boxer:loopback@^0.1\""
    );
    assert_eq!(at(manifest.files[1].guest.span()), "\"/etc/motd\"");
    assert_eq!(at(manifest.files[1].source.span()), "\"motd.txt\"");
    assert_eq!(at(manifest.dependencies[0].name.span()), "\"acme:greeter\"");
    assert_eq!(
        at(manifest.dependencies[1].source.span()),
        "\"../local.wasm\""
    );
    assert_eq!(at(manifest.wire[0].provider.span()), "\"acme:greeter\"");
    assert_eq!(at(manifest.grants.span.clone().unwrap()), "[grants]");
    assert_eq!(
        at(manifest.grants.net.listen[0].span()),
        "\"127.0.0.1:8080\""
    );
    assert_eq!(manifest.source.name(), "design.toml");
    assert_eq!(&**manifest.source.inner(), text);
}

#[test]
fn a_byte_order_mark_and_carriage_returns_do_no_harm() {
    let text =
        "\u{feff}[box]\r\nname = \"a:b\"\r\nversion = \"1.0.0\"\r\n[app]\r\ncomponent = \"x\"\r\n";
    let manifest = parse(text, "Boxfile").unwrap();
    assert_eq!(&text[manifest.package.name.span()], "\"a:b\"");
}

#[test]
fn all_errors_come_at_once_in_the_order_of_the_text() {
    let text = "[grants]\nstdio = 1\n[box]\nname = \"b\"\nname = \"c\"\n[app]\ncwd = \"x\"\n";
    let errors = parse(text, "Boxfile.toml").unwrap_err();
    let starts: Vec<usize> = errors
        .problems()
        .iter()
        .map(|problem| problem.span().start)
        .collect();
    assert_eq!(starts.len(), 6, "{:?}", errors.problems());
    assert!(starts.is_sorted());
    assert_eq!(errors.file_name(), "Boxfile.toml");
    assert_eq!(errors.left_off(), 0);
}
