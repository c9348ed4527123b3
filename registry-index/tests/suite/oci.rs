//! A real OCI registry: Debian's `docker-registry`, from the mirror, on loopback.
//!
//! `wkg` as the other client takes ten minutes to build, so it is asked for by name:
//! `cargo test -p registry-index --features remote,serve -- --ignored wkg`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use registry_index::{
    Credentials, Index as _, IndexError, Kind, Network, Oci, OciOptions, Outcome, PublicKey,
    Publish as _, Registries, Signer, publish,
};

use crate::support::{component, draft, name, parcel, text};

/// The registry's program, fetched once for all tests and kept below `target`.
fn program() -> PathBuf {
    static ONCE: Mutex<()> = Mutex::new(());
    let _one = ONCE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docker-registry");
    let program = folder.join("usr/bin/docker-registry");
    if !program.exists() {
        fs::create_dir_all(&folder).unwrap();
        let run = |command: &mut Command| {
            let output = command.current_dir(&folder).output().unwrap();
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{command:?}: {words}");
        };
        run(Command::new("apt-get").args(["download", "docker-registry"]));
        run(Command::new("sh").args(["-c", "dpkg -x docker-registry_*.deb ."]));
    }
    program
}

struct Registry {
    process: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Registry {
    fn start() -> Self {
        Self::start_with("")
    }

    /// With more lines for its configuration.
    fn start_with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // It takes no port 0 that it would tell of, so one that was free just now.
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let address = format!("127.0.0.1:{port}");
        let more = more.replace("FOLDER", &folder.path().display().to_string());
        let config = format!(
            "version: 0.1\nlog: {{ level: error, accesslog: {{ disabled: true }} }}\nstorage: {{ filesystem: {{ rootdirectory: {} }} }}\nhttp: {{ addr: \"{address}\" }}\n{more}\n",
            folder.path().join("data").display()
        );
        let path = folder.path().join("config.yml");
        fs::write(&path, config).unwrap();
        let process = Command::new(program())
            .arg("serve")
            .arg(path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(&address).is_err() {
            assert!(Instant::now() < end, "the registry does not start");
            thread::sleep(Duration::from_millis(20));
        }
        Self {
            process,
            address,
            folder,
        }
    }

    fn open(&self, prefix: &str) -> Oci {
        self.open_as(prefix, Credentials::Anonymous)
    }

    fn open_as(&self, prefix: &str, credentials: Credentials) -> Oci {
        let options = OciOptions {
            credentials,
            network: network(),
            ..OciOptions::default()
        };
        Oci::open(&format!("oci://{}{prefix}", self.address), options).unwrap()
    }

    /// A manifest as it lies in the registry, whoever pushed it.
    fn manifest(&self, repository: &str, tag: &str) -> serde_json::Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET /v2/{repository}/manifests/{tag} HTTP/1.0\r\nhost: {}\r\naccept: application/vnd.oci.image.manifest.v1+json\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("200 OK"), "{answer}");
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn network() -> Network {
    Network {
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_secs(20),
        attempts: 2,
        backoff: Duration::from_millis(5),
        ..Network::default()
    }
}

#[test]
fn what_is_pushed_comes_back_as_it_was() {
    let registry = Registry::start();
    let index = registry.open("/acme/packages");
    assert_eq!(index.releases(&name("acme:log")).unwrap(), []);
    let pair = Signer::generate(None).unwrap();
    let signer = Signer::read(&pair.secret, None).unwrap();
    let mut first = draft("acme:log", "1.0.0", &component(0));
    first.description = Some("Writes it down".to_owned());
    first.license = Some("MIT".to_owned());
    first.readme = Some("# Log\n".to_owned());
    let published = publish(first.clone(), &index, Some(&signer)).unwrap();
    assert_eq!(published.outcome, Outcome::Published);
    for (minor, version) in [(2, "1.10.0"), (1, "1.2.0"), (3, "2.0.0-rc.1")] {
        let outcome = index.publish(&parcel("acme:log", version, &component(minor)));
        assert_eq!(outcome.unwrap(), Outcome::Published);
    }
    // Another client, which has seen nothing of this.
    let again = registry.open("/acme/packages");
    let releases = again.releases(&name("acme:log")).unwrap();
    let versions: Vec<String> = releases.iter().map(|r| r.version.to_string()).collect();
    assert_eq!(versions, ["1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1"]);
    assert_eq!(releases[0], published.release);
    assert!(PublicKey::read(&pair.public).unwrap().signed(&releases[0]));
    assert_eq!(again.fetch(&releases[0]).unwrap(), component(0));
    assert_eq!(again.fetch(&releases[2]).unwrap(), component(2));
    assert_eq!(
        again.readme(&releases[0]).unwrap().as_deref(),
        Some("# Log\n")
    );
    // The prefix is part of the place.
    assert_eq!(registry.open("").releases(&name("acme:log")).unwrap(), []);

    // Nothing is overwritten, and the same again is no error.
    let again = publish(first, &index, Some(&signer)).unwrap();
    assert_eq!(again.outcome, Outcome::AlreadyThere);
    let error = index
        .publish(&parcel("acme:log", "1.0.0", &component(7)))
        .unwrap_err();
    assert!(matches!(error, IndexError::Published { .. }), "{error}");
}

#[test]
fn types_and_annotations_are_the_conventions() {
    let registry = Registry::start();
    let index = registry.open("");
    let mut parcel = draft("acme:log", "1.0.0", &component(0));
    parcel.description = Some("Writes it down".to_owned());
    parcel.license = Some("MIT".to_owned());
    let parcel = parcel.prepare(None).unwrap();
    index.publish(&parcel).unwrap();
    let manifest = registry.manifest("acme/log", "1.0.0");
    assert_eq!(
        manifest["mediaType"],
        "application/vnd.oci.image.manifest.v1+json"
    );
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
    let layer = &manifest["layers"][0];
    assert_eq!(layer["mediaType"], "application/wasm");
    assert_eq!(layer["digest"], parcel.release.digest.to_string());
    assert_eq!(layer["size"], component(0).len());
    assert_eq!(
        layer["annotations"]["org.opencontainers.image.title"],
        "log.wasm"
    );
    let told: BTreeMap<String, String> =
        serde_json::from_value(manifest["annotations"].clone()).unwrap();
    assert_eq!(told["org.opencontainers.image.version"], "1.0.0");
    assert_eq!(
        told["org.opencontainers.image.description"],
        "Writes it down"
    );
    assert_eq!(told["org.opencontainers.image.licenses"], "MIT");
    // The same package is the same image, whenever it is pushed.
    let other = Registry::start();
    other.open("").publish(&parcel).unwrap();
    assert_eq!(other.manifest("acme/log", "1.0.0"), manifest);

    let mut archive = vec![0; 1024];
    archive[257..262].copy_from_slice(b"ustar");
    index
        .publish(
            &draft("acme:files", "1.0.0", &archive.clone().into())
                .prepare(None)
                .unwrap(),
        )
        .unwrap();
    let layer = &registry.manifest("acme/files", "1.0.0")["layers"][0];
    assert_eq!(layer["mediaType"], "application/vnd.oci.image.layer.v1.tar");
    let release = index.releases(&name("acme:files")).unwrap().remove(0);
    assert_eq!(release.kind, Kind::Layer);
    assert_eq!(index.fetch(&release).unwrap(), archive);
}

#[test]
fn yanking_moves_the_tag_and_keeps_the_bytes() {
    let registry = Registry::start();
    let index = registry.open("");
    index
        .publish(&parcel("acme:log", "1.0.0", &component(0)))
        .unwrap();
    let before = index.releases(&name("acme:log")).unwrap().remove(0);
    let version = "1.0.0".parse().unwrap();
    for yanked in [true, false] {
        index.yank(&name("acme:log"), &version, yanked).unwrap();
        let after = index.releases(&name("acme:log")).unwrap().remove(0);
        assert_eq!((after.yanked, after.digest), (yanked, before.digest));
        assert_eq!(index.fetch(&after).unwrap(), component(0));
    }
    let error = index
        .yank(&name("acme:log"), &"9.0.0".parse().unwrap(), true)
        .unwrap_err();
    assert!(matches!(error, IndexError::Unknown { .. }), "{error}");
    let error = index
        .publish(&parcel("acme:log", "1.0.0+5", &component(0)))
        .unwrap_err();
    assert!(matches!(error, IndexError::Unsupported { .. }), "{error}");
}

#[test]
fn a_login_is_asked_for_and_told() {
    let registry =
        Registry::start_with("auth: { htpasswd: { realm: packages, path: FOLDER/users } }");
    // "secret" by bcrypt, as `htpasswd -B` would write it.
    let hash = "me:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";
    fs::write(registry.folder.path().join("users"), hash).unwrap();
    let basic = |password: &str| Credentials::Basic("me".to_owned(), password.to_owned());
    for wrong in [
        Credentials::Anonymous,
        basic("guess"),
        Credentials::Bearer("expired".to_owned()),
    ] {
        let index = registry.open_as("", wrong);
        let error = index.releases(&name("acme:log")).unwrap_err();
        assert!(matches!(error, IndexError::Denied { .. }), "{error}");
        let error = index
            .publish(&parcel("acme:log", "1.0.0", &component(0)))
            .unwrap_err();
        assert!(matches!(error, IndexError::Denied { .. }), "{error}");
    }
    let index = registry.open_as("", basic("secret"));
    index
        .publish(&parcel("acme:log", "1.0.0", &component(0)))
        .unwrap();

    // The same from where wkg and Docker keep it.
    let home = tempfile::tempdir().unwrap();
    let address = &registry.address;
    let docker = format!(r#"{{"auths": {{"{address}": {{"auth": "bWU6c2VjcmV0"}}}}}}"#);
    let open = |config: &str| {
        let docker = home.path().display().to_string();
        let variable = move |name: &str| (name == "DOCKER_CONFIG").then(|| docker.clone());
        let all = Registries::new(network(), home.path(), variable);
        let mapped = format!("[namespace_registries]\nacme = \"{address}\"\n{config}");
        all.with_config(&mapped, "config.toml").unwrap()
    };
    let error = open("").releases(&name("acme:log")).unwrap_err();
    assert!(matches!(error, IndexError::Denied { .. }), "{error}");
    let own = format!(
        "[registry.\"{address}\".oci]\nauth = {{ username = \"me\", password = \"secret\" }}\n"
    );
    assert_eq!(open(&own).releases(&name("acme:log")).unwrap().len(), 1);
    fs::write(home.path().join("config.json"), docker).unwrap();
    let all = open("");
    let release = all.releases(&name("acme:log")).unwrap().remove(0);
    assert_eq!(all.fetch(&release).unwrap(), component(0));
    fs::write(home.path().join("config.json"), "no JSON").unwrap();
    let error = open("").releases(&name("acme:log")).unwrap_err();
    assert!(error.to_string().contains("config.json"), "{error}");
}

/// A registry that gives out tokens; each is good for one request, as if it had run out by
/// the next. It tells how many it gave out.
fn impatient(generous: bool) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let given = Arc::new(AtomicUsize::new(0));
    let (host, count) = (address.clone(), Arc::clone(&given));
    // It ends with the test's process.
    thread::spawn(move || {
        let mut good = None;
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = vec![0; 8192];
            let read = stream.read(&mut head).unwrap();
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let token = head
                .lines()
                .find_map(|line| line.strip_prefix("authorization: Bearer "));
            let (status, header, body) = if path.starts_with("/token") && generous {
                let number = count.fetch_add(1, Ordering::Relaxed);
                good = Some(number.to_string());
                (
                    "200 OK",
                    String::new(),
                    format!(r#"{{"token": "{number}"}}"#),
                )
            } else if path.starts_with("/token") {
                (
                    "401 Unauthorized",
                    String::new(),
                    "your login has expired".to_owned(),
                )
            } else if token.is_some() && token == good.as_deref() {
                good = None;
                (
                    "200 OK",
                    String::new(),
                    r#"{"name": "acme/log", "tags": ["latest"]}"#.to_owned(),
                )
            } else {
                let header = format!(
                    "www-authenticate: Bearer realm=\"http://{host}/token\",service=\"x\"\r\n"
                );
                ("401 Unauthorized", header, String::new())
            };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\n{header}content-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    (address, given)
}

#[test]
fn a_token_that_has_run_out_is_renewed() {
    let options = || OciOptions {
        network: network(),
        credentials: Credentials::Basic("me".to_owned(), "secret".to_owned()),
        ..OciOptions::default()
    };
    let (address, given) = impatient(true);
    let index = Oci::open(&format!("oci://{address}"), options()).unwrap();
    for round in 0..3 {
        assert_eq!(index.releases(&name("acme:log")).unwrap(), []);
        assert!(
            given.load(Ordering::Relaxed) > round,
            "no new token was asked for"
        );
    }
    let (address, _) = impatient(false);
    let index = Oci::open(&format!("oci://{address}"), options()).unwrap();
    let error = index.releases(&name("acme:log")).unwrap_err();
    assert!(matches!(error, IndexError::Denied { .. }), "{error}");
    assert!(
        error.to_string().contains("your login has expired"),
        "{error}"
    );
}

#[test]
fn damage_in_the_registry_is_found() {
    let registry = Registry::start();
    let index = registry.open("");
    let bytes = component(0);
    index.publish(&parcel("acme:log", "1.0.0", &bytes)).unwrap();
    let release = index.releases(&name("acme:log")).unwrap().remove(0);
    let hex = release.digest.to_hex();
    let blobs = registry
        .folder
        .path()
        .join("data/docker/registry/v2/blobs/sha256");
    let blob = blobs.join(&hex[..2]).join(&hex).join("data");
    for (what, damage) in crate::corruption::damages() {
        let bad = damage(&bytes);
        fs::write(&blob, &bad).unwrap();
        let error = index.fetch(&release).expect_err(what);
        let text = error.to_string();
        // A registry that serves nothing of an empty file is another clear error.
        assert!(
            matches!(error, IndexError::Digest { .. } | IndexError::Size { .. }) || bad.is_empty(),
            "{what}: {text}"
        );
        assert!(text.contains(&hex), "{what}: {text}");
    }
    fs::write(&blob, &bytes).unwrap();
    assert_eq!(index.fetch(&release).unwrap(), bytes);
    fs::remove_file(&blob).unwrap();
    let error = index.fetch(&release).unwrap_err();
    assert!(error.to_string().contains(&hex), "{error}");
}

#[test]
fn what_was_told_before_is_known_offline() {
    let registry = Registry::start();
    let cache = tempfile::tempdir().unwrap();
    let open = |offline| {
        let network = Network {
            offline,
            cache: Some(cache.path().to_owned()),
            ..network()
        };
        let options = OciOptions {
            network,
            ..OciOptions::default()
        };
        Oci::open(&format!("oci://{}", registry.address), options).unwrap()
    };
    open(false)
        .publish(&parcel("acme:log", "1.0.0", &component(0)))
        .unwrap();
    let error = open(true).releases(&name("acme:log")).unwrap_err();
    assert!(matches!(error, IndexError::Offline { .. }), "{error}");
    let told = open(false).releases(&name("acme:log")).unwrap();
    assert_eq!(open(true).releases(&name("acme:log")).unwrap(), told);
    let error = open(true).fetch(&told[0]).unwrap_err();
    assert!(matches!(error, IndexError::Offline { .. }), "{error}");
}

#[test]
fn a_registry_that_is_not_there_is_told() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let options = OciOptions {
        network: network(),
        ..OciOptions::default()
    };
    let index = Oci::open(&format!("oci://{address}"), options).unwrap();
    let error = index.releases(&name("acme:log")).unwrap_err();
    assert!(matches!(error, IndexError::Unreachable { .. }), "{error}");
    for place in ["oci://", "oci:///x", "oci://UPPER CASE/x"] {
        assert!(Oci::open(place, OciOptions::default()).is_err(), "{place}");
    }
}

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
    let config = registry.folder.path().join("wkg.toml");
    fs::write(
        &config,
        format!(
            "[namespace_registries]\nacme = \"{0}\"\n[registry.\"{0}\"]\ntype = \"oci\"\n[registry.\"{0}\".oci]\nprotocol = \"http\"\n",
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
        &["get", "acme:log@1.2.0", "--output", "got.wasm"],
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
            "pulled.wasm",
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
}
