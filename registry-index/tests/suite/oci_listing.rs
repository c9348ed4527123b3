//! What a registry lists, and images of clients that know nothing of packages.

use std::fs;
use std::io::{Read as _, Write as _};
use std::sync::Arc;

use registry_index::{
    Index, IndexError, Kind, Network, Oci, OciOptions, Publish as _, Query, Remembered, Stack,
};

use crate::oci::network;
use crate::registry::Registry;
use crate::support::{component, draft, name, parcel};

impl Registry {
    /// Pushes one layer with an empty config, as clients do that know nothing of components.
    fn push_plain(&self, repository: &str, tag: &str, media_type: &str, bytes: &[u8]) {
        let config = b"{}".as_slice();
        for blob in [config, bytes] {
            let digest = registry_index::digest_of(blob);
            let upload = self.ask("POST", &format!("/v2/{repository}/blobs/uploads/"), "", b"");
            let place = upload
                .lines()
                .find_map(|line| line.strip_prefix("Location: "))
                .expect("a place to upload to");
            let (_, path) = place.split_once(&self.address).unwrap();
            let path = format!("{path}&digest={digest}");
            let pushed = self.ask("PUT", &path, "application/octet-stream", blob);
            assert!(pushed.contains("201 Created"), "{pushed}");
        }
        let descriptor = |media_type: &str, blob: &[u8]| {
            serde_json::json!({
                "mediaType": media_type,
                "size": blob.len(),
                "digest": registry_index::digest_of(blob).to_string(),
            })
        };
        let kind = "application/vnd.oci.image.manifest.v1+json";
        let manifest = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": kind,
            "config": descriptor("application/vnd.unknown.config.v1+json", config),
            "layers": [descriptor(media_type, bytes)],
        });
        let path = format!("/v2/{repository}/manifests/{tag}");
        let pushed = self.ask("PUT", &path, kind, manifest.to_string().as_bytes());
        assert!(pushed.contains("201 Created"), "{pushed}");
    }

    /// One request, and the whole answer.
    fn ask(&self, method: &str, path: &str, media_type: &str, body: &[u8]) -> String {
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nhost: {}\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\r\n",
            self.address,
            body.len()
        )
        .unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

#[test]
fn what_a_registry_lists_is_searched() {
    let registry = Registry::start();
    let index = registry.open("/acme/packages");
    let with_words = |name: &str, words: &str| {
        let mut draft = draft(name, "1.0.0", &component(0));
        draft.description = Some(words.to_owned());
        draft.prepare(None).unwrap()
    };
    index
        .publish(&with_words("acme:log", "Writes it down"))
        .unwrap();
    index
        .publish(&with_words("other:log", "Sends it away"))
        .unwrap();
    for version in ["1.1.0", "2.0.0-rc.1"] {
        let parcel = parcel("acme:log", version, &component(1));
        index.publish(&parcel).unwrap();
    }
    // In another place of the registry, and so none of this index.
    registry
        .open("/acme")
        .publish(&with_words("elsewhere:log", "Sends it away"))
        .unwrap();
    let found = |index: &dyn Index, query: Query| {
        let found = index.search(&query).unwrap();
        let names = found
            .iter()
            .map(|one| format!("{} {}", one.name, one.version));
        names.collect::<Vec<_>>()
    };
    let importing = |interface: &str| Query {
        imports: Some(interface.to_owned()),
        ..Query::default()
    };
    assert_eq!(
        found(&index, importing("acme:log/sink")),
        ["acme:log 1.1.0", "other:log 1.0.0"]
    );
    assert!(found(&index, importing("wasi:sockets/tcp")).is_empty());
    let words = Query {
        words: vec!["away".to_owned()],
        ..Query::default()
    };
    assert_eq!(found(&index, words), ["other:log 1.0.0"]);
    index
        .yank(&name("acme:log"), &"1.1.0".parse().unwrap(), true)
        .unwrap();
    let all = found(&index, Query::default());
    assert_eq!(all, ["acme:log 1.0.0", "other:log 1.0.0"]);
}

/// Public registries list nothing. That is told, and is no obstacle to the other sources.
#[test]
fn a_registry_that_lists_nothing_cannot_be_searched() {
    for refusal in [
        "401 Unauthorized",
        "404 Not Found",
        "405 Method Not Allowed",
    ] {
        let answer =
            format!("HTTP/1.1 {refusal}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let registry = crate::faults::Proxy::start("http://127.0.0.1:1", move |_| {
            Some(answer.clone().into_bytes())
        });
        let options = OciOptions {
            network: network(),
            ..OciOptions::default()
        };
        let place = registry.url.replace("http://", "oci://");
        let index = Oci::open(&place, options).unwrap();
        let error = index.search(&Query::default()).unwrap_err();
        assert!(matches!(error, IndexError::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains(&place), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let other = registry_index::Directory::create(folder.path().join("index")).unwrap();
        other
            .publish(&parcel("acme:log", "1.0.0", &component(0)))
            .unwrap();
        let stack = Stack::new().with(Arc::new(index)).with(Arc::new(other));
        let found = stack.search(&Query::default()).unwrap();
        assert_eq!(found.len(), 1, "{refusal}");
    }
}

/// An image of a client that knows nothing of components tells by its bytes only what it is.
#[test]
fn an_image_that_tells_nothing_is_read() {
    let registry = Registry::start();
    let folder = tempfile::tempdir().unwrap();
    let bytes = component(3);
    registry.push_plain("acme/plain", "0.3.0", "application/wasm", &bytes);
    let open = |offline| {
        let network = Network {
            offline,
            cache: Some(folder.path().to_owned()),
            ..network()
        };
        let options = OciOptions {
            network,
            ..OciOptions::default()
        };
        Oci::open(&format!("oci://{}", registry.address), options).unwrap()
    };
    let index = open(false);
    let release = index.releases(&name("acme:plain")).unwrap().remove(0);
    assert_eq!(release.imports[0].name, "acme:log/sink@1.3.0");
    assert_eq!(index.fetch(&release).unwrap(), bytes);
    // What was read once is known.
    fs::remove_file(registry.blob(&release.digest.to_hex())).unwrap();
    let again = open(false).releases(&name("acme:plain")).unwrap();
    assert_eq!(again, std::slice::from_ref(&release));
    assert_eq!(open(true).releases(&name("acme:plain")).unwrap(), again);
    assert_eq!(
        Remembered(&open(false))
            .releases(&name("acme:plain"))
            .unwrap(),
        again
    );

    let mut archive = vec![0; 1024];
    archive[257..262].copy_from_slice(b"ustar");
    let tar = "application/vnd.oci.image.layer.v1.tar";
    registry.push_plain("acme/files", "1.0.0", tar, &archive);
    let release = index.releases(&name("acme:files")).unwrap().remove(0);
    assert_eq!(release.kind, Kind::Layer);
    assert_eq!(index.fetch(&release).unwrap(), archive);
}
