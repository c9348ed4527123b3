//! `oras`, a client of OCI registries that knows nothing of components: it takes what `box`
//! publishes, and `box` takes what it pushes.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::registry::Registry;
use crate::support::boxes::Project;
use crate::support::process::{check, isolated, run};
use crate::support::python;

const ORAS: &str = "oras==0.2.43";

/// The client's library, as a command: `pull TARGET FOLDER`, or `push TARGET FILE:TYPE CONFIG`.
const CLIENT: &str = r#"
import sys
from oras.client import OrasClient

client = OrasClient(insecure=True)
if sys.argv[1] == "pull":
    print("\n".join(client.pull(target=sys.argv[2], outdir=sys.argv[3])))
else:
    config = {"manifest_config": sys.argv[4]} if len(sys.argv) > 4 else {}
    client.push(target=sys.argv[2], files=[sys.argv[3]], **config)
"#;

const LOG: &str = r#"(component
    (core module $m (func (export "put")))
    (core instance $i (instantiate $m))
    (func $put (canon lift (core func $i "put")))
    (instance $sink (export "put" (func $put)))
    (export "acme:log/sink@1.0.0" (instance $sink)))"#;

const APP: &str = r#"(component
    (import "acme:log/sink@1.0.0" (instance $log (export "put" (func))))
    (core func $put (canon lower (func $log "put")))
    (core module $m
        (import "log" "put" (func $put))
        (func (export "run") (result i32) call $put i32.const 0))
    (core instance $i (instantiate $m (with "log" (instance (export "put" (func $put))))))
    (func $run (result (result)) (canon lift (core func $i "run")))
    (instance $command (export "run" (func $run)))
    (export "wasi:cli/run@0.2.6" (instance $command)))"#;

fn oras(folder: &Path) -> Command {
    let mut command = isolated(python::environment(ORAS).python());
    command.current_dir(folder).args(["-c", CLIENT]);
    command
}

fn text(project: &Project, arguments: &[&str]) -> String {
    check(&mut project.boxer(arguments)).text()
}

#[test]
fn oras_takes_what_box_publishes() {
    let registry = Registry::start();
    let project = Project::new("");
    fs::write(project.path("log.src.wasm"), wat::parse_str(LOG).unwrap()).unwrap();
    fs::create_dir(project.path("rootfs")).unwrap();
    fs::write(project.path("rootfs/in"), "from a layer\n").unwrap();
    for file in ["files.src.tar", "files.src.tar.gz"] {
        text(&project, &["layer", "create", "rootfs", "-o", file]);
    }
    let team = format!("oci://{}/team", registry.address);
    for (file, name, arrives) in [
        ("log.src.wasm", "acme:log", "log.wasm"),
        ("files.src.tar", "acme:files", "files.tar"),
        // It unpacks layers that are packed.
        ("files.src.tar.gz", "acme:packed", "in"),
    ] {
        let id = format!("{name}@1.0.0");
        text(
            &project,
            &["publish", file, "--as", &id, "--registry", &team],
        );
        let target = format!("{}/team/{}:1.0.0", registry.address, name.replace(':', "/"));
        check(oras(&project.path("")).args(["pull", &target, "out"]));
        let got = fs::read(project.path("out").join(arrives)).unwrap();
        let published = match arrives {
            "in" => "rootfs/in",
            _ => file,
        };
        assert!(got == fs::read(project.path(published)).unwrap(), "{file}");
    }
}

#[test]
fn box_takes_what_oras_pushes() {
    let registry = Registry::start();
    let project = Project::new(
        "[box]\nname = \"their:app\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"app.wasm\"\n",
    );
    let component = wat::parse_str(LOG).unwrap();
    fs::write(project.path("app.wasm"), wat::parse_str(APP).unwrap()).unwrap();
    fs::write(project.path("log.wasm"), &component).unwrap();
    fs::write(project.path("config.json"), "{}").unwrap();
    let push = |version: &str, more: &[&str]| {
        let target = format!("{}/acme/log:{version}", registry.address);
        let mut command = oras(&project.path(""));
        command.args(["push", &target, "log.wasm:application/wasm"]);
        check(command.args(more));
    };
    push("1.0.0", &[]);
    push(
        "1.1.0",
        &["config.json:application/vnd.wasm.config.v0+json"],
    );
    // As it pushed it: the config tells of no interface.
    let manifest = registry.manifest("acme/log", "1.1.0");
    assert_eq!(manifest["config"]["size"], 2, "{manifest:#}");

    let place = format!("oci://{}", registry.address);
    let info = text(
        &project,
        &["info", "acme:log", "--registry", &place, "--json"],
    );
    let info: Value = serde_json::from_str(&info).unwrap();
    assert_eq!(info["version"], "1.1.0");
    assert_eq!(info["kind"], "library");
    assert_eq!(info["exports"][0]["name"], "acme:log/sink@1.0.0");
    let found = ["search", "--registry", &place, "--exports", "acme:log/sink"];
    assert!(text(&project, &found).starts_with("acme:log  1.1.0  library"));
    text(
        &project,
        &["pull", "acme:log", "--registry", &place, "-o", "got.wasm"],
    );
    assert!(fs::read(project.path("got.wasm")).unwrap() == component);
    text(&project, &["add", "acme:log", "--registry", &place]);
    assert_eq!(text(&project, &["run"]), "");
    assert!(
        fs::read_to_string(project.path("Boxfile.lock"))
            .unwrap()
            .contains("name = \"acme:log\"\nversion = \"1.1.0\"")
    );

    // What is no component is told, and is no obstacle to the rest.
    fs::write(project.path("log.wasm"), "no component").unwrap();
    push("1.2.0", &[]);
    let refused = run(
        &mut project.boxer(["pull", "acme:log", "--registry", &place, "-o", "bad.wasm"]),
        b"",
    );
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused
            .complaint()
            .contains("`acme:log` 1.2.0 cannot be used"),
        "{}",
        refused.complaint()
    );
    assert!(!project.path("bad.wasm").exists());
    text(
        &project,
        &[
            "pull",
            "acme:log@=1.1.0",
            "--registry",
            &place,
            "-o",
            "good.wasm",
        ],
    );
}
