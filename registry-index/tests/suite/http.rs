//! An index behind HTTP: our server, our client, and in between a server that misbehaves.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use registry_index::{
    Directory, Http, Index as _, IndexError, Kind, Network, Publish as _, Query, Registries,
    Remembered, Server, Stack, Transfer,
};

use crate::faults::Proxy;
use crate::support::{Running, component, draft, name, parcel, text};

pub fn network() -> Network {
    Network {
        connect_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(20),
        attempts: 3,
        backoff: Duration::from_millis(5),
        ..Network::default()
    }
}

/// A folder with two packages.
fn filled(folder: &Path) -> Directory {
    let index = Directory::create(folder).unwrap();
    let mut first = draft("acme:a", "1.0.0", &component(0));
    first.description = Some("Writes it down".to_owned());
    first.readme = Some("# A\n".to_owned());
    index.publish(&first.prepare(None).unwrap()).unwrap();
    index
        .publish(&parcel("acme:a", "1.1.0", &component(1)))
        .unwrap();
    let driver =
        text(r#"(component (instance $i) (export "boxer:kernel/vfs@0.1.0" (instance $i)))"#);
    index
        .publish(&parcel("other:fs", "0.1.0", &driver))
        .unwrap();
    index
}

#[test]
fn what_is_published_into_a_folder_arrives_over_http() {
    let folder = tempfile::tempdir().unwrap();
    let directory = filled(folder.path());
    let server = Running::start(folder.path());
    let index = Http::open(&server.url, network()).unwrap();
    for package in ["acme:a", "other:fs"] {
        let mut here = directory.releases(&name(package)).unwrap();
        for release in &mut here {
            release.origin.clone_from(&server.url);
        }
        let there = index.releases(&name(package)).unwrap();
        assert_eq!(there, here);
        for release in &there {
            assert_eq!(
                index.fetch(release).unwrap(),
                directory.fetch(release).unwrap()
            );
            assert_eq!(
                index.readme(release).unwrap(),
                directory.readme(release).unwrap()
            );
        }
    }
    assert_eq!(index.releases(&name("acme:none")).unwrap(), []);
    // A new version shows without a restart, and so does a yanked one.
    directory
        .publish(&parcel("acme:a", "1.2.0", &component(2)))
        .unwrap();
    directory
        .yank(&name("acme:a"), &"1.0.0".parse().unwrap(), true)
        .unwrap();
    let there = index.releases(&name("acme:a")).unwrap();
    assert_eq!(there.len(), 3);
    assert!(there[0].yanked);
}

#[test]
fn searches_are_answered_by_the_server_and_without_one() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let server = Running::start(folder.path());
    // The same files behind a server that knows no searches.
    let plain = Proxy::start(&server.url, |path| {
        path.starts_with("/search.json").then(|| {
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec()
        })
    });
    let query = |change: fn(&mut Query)| {
        let mut query = Query::default();
        change(&mut query);
        query
    };
    for (query, expected) in [
        (query(|_| ()), &["acme:a", "other:fs"][..]),
        (query(|q| q.words = vec!["fs".to_owned()]), &["other:fs"]),
        (
            query(|q| q.exports = Some("boxer:kernel/vfs".to_owned())),
            &["other:fs"],
        ),
        (
            query(|q| q.imports = Some("acme:log/sink@1.1.0".to_owned())),
            &["acme:a"],
        ),
        (
            query(|q| q.imports = Some("acme:log/sink@1.0.0".to_owned())),
            &[],
        ),
        (query(|q| q.kind = Some(Kind::Vfs)), &["other:fs"]),
        (query(|q| q.words = vec!["a b&c=d#".to_owned()]), &[]),
    ] {
        for url in [&server.url, &plain.url] {
            let index = Http::open(url, network()).unwrap();
            let found = index.search(&query).unwrap();
            let names: Vec<_> = found.iter().map(|r| r.name.as_str()).collect();
            assert_eq!(names, expected, "{query:?}");
            assert!(found.iter().all(|release| release.origin == *url));
        }
    }
}

#[test]
fn documents_are_fetched_again_only_where_they_changed() {
    let folder = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let directory = filled(folder.path());
    let server = Running::start(folder.path());
    let proxy = Proxy::start(&server.url, |_| None);
    let network = Network {
        cache: Some(cache.path().to_owned()),
        ..network()
    };
    let ask = || {
        let index = Http::open(&proxy.url, network.clone()).unwrap();
        let count = index.releases(&name("acme:a")).unwrap().len();
        (count, proxy.answers())
    };
    assert_eq!(ask(), (2, vec![200, 200]));
    assert_eq!(ask(), (2, vec![304, 304]));
    directory
        .publish(&parcel("acme:a", "1.2.0", &component(2)))
        .unwrap();
    assert_eq!(ask(), (3, vec![304, 200]));

    let offline = Network {
        offline: true,
        ..network.clone()
    };
    let index = Http::open(&proxy.url, offline).unwrap();
    let releases = index.releases(&name("acme:a")).unwrap();
    assert_eq!(releases.len(), 3);
    for error in [
        index.releases(&name("other:fs")).map(drop).unwrap_err(),
        index.fetch(&releases[0]).map(drop).unwrap_err(),
    ] {
        assert!(matches!(error, IndexError::Offline { .. }), "{error}");
    }
    assert_eq!(proxy.answers(), [0; 0], "`--offline` asked the network");
    // A cache that somebody broke costs a request and nothing else.
    for shelf in fs::read_dir(cache.path()).unwrap() {
        for file in fs::read_dir(shelf.unwrap().path()).unwrap() {
            fs::write(file.unwrap().path(), "broken").unwrap();
        }
    }
    assert_eq!(ask(), (3, vec![200, 200]));
}

#[derive(Default)]
struct Watcher {
    started: AtomicU64,
    advanced: AtomicU64,
    finished: AtomicUsize,
}

impl Transfer for Watcher {
    fn started(&self, what: &str, total: u64) {
        assert_eq!(what, "acme:large 1.0.0");
        self.started.store(total, Ordering::Relaxed);
    }
    fn advanced(&self, _what: &str, bytes: u64) {
        self.advanced.fetch_add(bytes, Ordering::Relaxed);
    }
    fn finished(&self, _what: &str) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn long_transfers_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::create(folder.path()).unwrap();
    let filler = "x".repeat(3 << 20);
    let large = text(&format!(r#"(component (@custom "filler" "{filler}"))"#));
    directory
        .publish(&parcel("acme:large", "1.0.0", &large))
        .unwrap();
    let server = Running::start(folder.path());
    let watcher = Arc::new(Watcher::default());
    let network = Network {
        progress: Some(watcher.clone()),
        ..network()
    };
    let index = Http::open(&server.url, network).unwrap();
    let release = index.releases(&name("acme:large")).unwrap().remove(0);
    assert_eq!(index.fetch(&release).unwrap(), large);
    let size = large.len() as u64;
    assert_eq!(watcher.started.load(Ordering::Relaxed), size);
    assert_eq!(watcher.advanced.load(Ordering::Relaxed), size);
    assert_eq!(watcher.finished.load(Ordering::Relaxed), 1);
}

#[test]
fn an_address_that_is_no_index_is_told() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let server = Running::start(folder.path());
    let index = Http::open(&format!("{}/elsewhere", server.url), network()).unwrap();
    let error = index.releases(&name("acme:a")).unwrap_err();
    assert!(matches!(error, IndexError::NotAnIndex { .. }), "{error}");
    for address in ["ftp://example.com", "example.com", "http://"] {
        let Err(error) = Http::open(address, network()) else {
            panic!("{address} is an address");
        };
        assert!(matches!(error, IndexError::Configuration { .. }), "{error}");
    }
}

/// A small container often has no certificates at all.
#[test]
fn servers_without_tls_need_no_certificates() {
    let test = "http::what_is_published_into_a_folder_arrives_over_http";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact"])
        .env("SSL_CERT_FILE", "/nonexistent")
        .env("SSL_CERT_DIR", "/nonexistent")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
fn a_server_may_be_stopped_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    let directory = filled(folder.path());
    let server = Server::bind(directory, "127.0.0.1:0".parse().unwrap()).unwrap();
    server.stop().stop();
    server.run();
}

#[test]
fn a_registry_tells_by_itself_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let server = Running::start(folder.path());
    let url = server.url.clone();
    let told = Proxy::start(&server.url, move |path| {
        let body = format!(r#"{{"box": {{"url": "{url}"}}}}"#);
        (path == "/.well-known/wasm-pkg/registry.json").then(|| {
            let length = body.len();
            format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .into_bytes()
        })
    });
    let registry = told.url.strip_prefix("http://").unwrap();
    let config = format!("default_registry = \"{registry}\"\n");
    let all = Registries::new(network(), folder.path(), |_| None);
    let all = all.with_config(&config, "config.toml").unwrap();
    let releases = all.releases(&name("acme:a")).unwrap();
    assert_eq!(releases.len(), 2);
    assert_eq!(all.fetch(&releases[0]).unwrap(), component(0));
    assert_eq!(all.search(&Query::default()).unwrap().len(), 2);
    // Asked once, remembered from then on.
    let asked = told.answers();
    assert_eq!(asked, [200]);

    // One that says nothing is taken for an OCI registry, as wkg does it.
    let silent = Proxy::start(&server.url, |_| None);
    let registry = silent.url.strip_prefix("http://").unwrap();
    let config = format!("[namespace_registries]\nacme = \"{registry}\"\n");
    let all = Registries::new(network(), folder.path(), |_| None);
    let all = all.with_config(&config, "config.toml").unwrap();
    let source = all.source_of(&name("acme:a")).unwrap().unwrap();
    assert_eq!(source.index.origin(), format!("oci://{registry}"));
}

/// What several sources told is known without a network, that one of them does not have a
/// package included; so is where a registry is.
#[test]
fn what_was_told_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    Directory::create(&empty).unwrap();
    filled(&folder.path().join("full"));
    let first = Running::start(&empty);
    let second = Running::start(&folder.path().join("full"));
    let url = second.url.clone();
    let told = Proxy::start(&first.url, move |_| {
        let body = format!(r#"{{"box": {{"url": "{url}"}}}}"#);
        let length = body.len();
        Some(
            format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .into_bytes(),
        )
    });
    let (one, two) = (first.url.clone(), second.url.clone());
    let registry = told.url.strip_prefix("http://").unwrap().to_owned();
    let open = |offline| {
        let network = Network {
            offline,
            cache: Some(folder.path().join("cache")),
            ..network()
        };
        let config = format!("[namespace_registries]\nother = \"{registry}\"\n");
        let registries = Registries::new(network.clone(), folder.path(), |_| None);
        let registries = registries.with_config(&config, "config.toml").unwrap();
        Stack::new()
            .with(Arc::new(Http::open(&one, network.clone()).unwrap()))
            .with(Arc::new(Http::open(&two, network).unwrap()))
            .with_namespaces(["other".to_owned()], Arc::new(registries))
    };
    let names = [name("acme:a"), name("other:fs")];
    for name in &names {
        let error = Remembered(&open(false)).releases(name).unwrap_err();
        assert!(matches!(error, IndexError::Offline { .. }), "{error}");
    }
    let answers: Vec<_> = names
        .iter()
        .map(|name| open(false).releases(name).unwrap())
        .collect();
    assert!(answers.iter().all(|answer| !answer.is_empty()));
    told.answers();
    for (name, answer) in names.iter().zip(&answers) {
        assert_eq!(open(true).releases(name).unwrap(), *answer);
    }
    assert!(told.answers().is_empty(), "offline is without any request");
    drop((first, second));
    for (name, answer) in names.iter().zip(&answers) {
        assert_eq!(Remembered(&open(false)).releases(name).unwrap(), *answer);
    }
    let error = open(false).releases(&names[0]).unwrap_err();
    assert!(matches!(error, IndexError::Unreachable { .. }), "{error}");
}

/// The trait waits; where a program has a runtime of its own, that must not matter.
#[test]
fn sources_can_be_asked_from_asynchronous_code() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let server = Running::start(folder.path());
    let index = Http::open(&server.url, network()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let releases = runtime.block_on(async { index.releases(&name("acme:a")) });
    assert_eq!(releases.unwrap().len(), 2);
}
