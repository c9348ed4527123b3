//! A real OCI registry: Debian's `docker-registry`, from the mirror, on loopback.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use registry_index::{
    Credentials, Index as _, IndexError, Kind, Network, Oci, OciOptions, Outcome, PublicKey,
    Publish as _, Registries, Signer, publish,
};

use crate::registry::Registry;
use crate::support::{component, draft, name, parcel};

impl Registry {
    pub fn open(&self, prefix: &str) -> Oci {
        self.open_as(prefix, Credentials::Anonymous)
    }

    pub fn open_as(&self, prefix: &str, credentials: Credentials) -> Oci {
        let options = OciOptions {
            credentials,
            network: network(),
            ..OciOptions::default()
        };
        Oci::open(&format!("oci://{}{prefix}", self.address), options).unwrap()
    }
}

/// Without the patience that people have.
pub fn network() -> Network {
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
    let registry = Registry::start_with_login();
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
    let blob = registry.blob(&hex);
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

/// Registries give at most so many tags at a time, however many they are asked for.
#[cfg(feature = "serve")]
#[test]
fn all_pages_of_tags_are_read() {
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let registry = crate::faults::Proxy::start("http://127.0.0.1:1", move |path| {
        log.lock().unwrap().push(path.to_owned());
        let last = path
            .split("last=")
            .nth(1)
            .map(|tag| tag.split('&').next().unwrap());
        let tags = match last {
            _ if !path.contains("/tags/list") => {
                return Some(
                    b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                        .to_vec(),
                );
            }
            None => r#""1.0.0", "1.1.0""#,
            Some("1.1.0") => r#""1.2.0", "latest""#,
            Some(_) => "",
        };
        let body = format!(r#"{{"name": "acme/log", "tags": [{tags}]}}"#);
        let length = body.len();
        Some(
            format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .into_bytes(),
        )
    });
    let options = OciOptions {
        network: network(),
        ..OciOptions::default()
    };
    let place = registry.url.replace("http://", "oci://");
    let index = Oci::open(&place, options).unwrap();
    // The manifests are gone since the tags were listed: then these are no versions.
    assert_eq!(index.releases(&name("acme:log")).unwrap(), []);
    let asked = asked.lock().unwrap();
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        let path = format!("/v2/acme/log/manifests/{version}");
        assert!(asked.contains(&path), "{path} is not among {asked:?}");
    }
    assert!(
        !asked.iter().any(|path| path.ends_with("/latest")),
        "{asked:?}"
    );
}
