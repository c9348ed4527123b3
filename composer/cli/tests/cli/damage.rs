//! Packages that were damaged on their way: none is accepted, and the message tells of which
//! file, what it should be and what it is.

use std::fs;

use registry_index::digest_of;

use crate::support::{Place, sink};

/// At least fifty ways to spoil bytes.
fn damages(good: &[u8]) -> Vec<Vec<u8>> {
    let size = good.len();
    let mut bad = vec![
        Vec::new(),
        vec![0; size],
        vec![0xff; size],
        [good, b"\n"].concat(),
        [good, good].concat(),
        [b"\xef\xbb\xbf", good].concat(),
        good.iter().rev().copied().collect(),
        sink(&["put", "flush"], &[]),
        wat::parse_str("(component)").unwrap(),
        wat::parse_str("(module)").unwrap(),
        b"<!doctype html><title>404</title>".to_vec(),
        // A custom section more: valid, and not what was published.
        [good, &[0, 2, 1, b'x']].concat(),
    ];
    bad.extend((1..=14).map(|part| good[..size * part / 15].to_vec()));
    bad.extend((0..24).map(|part| {
        let mut bytes = good.to_vec();
        bytes[part * (size - 1) / 23] ^= 1 << (part % 8);
        bytes
    }));
    bad
}

#[test]
fn no_damaged_package_is_accepted() {
    let place = Place::new();
    let file = place.sink("sink.wasm", &["put"], &[]);
    let good = fs::read(&file).unwrap();
    place.publish("sink.wasm", "acme:log@1.0.0", &[]).well();
    let blob = place
        .path()
        .join("index/blobs/sha256")
        .join(digest_of(&good).to_hex());
    let pull = || {
        place.run(&[
            "-q",
            "pull",
            "acme:log",
            "--registry",
            "index",
            "-o",
            "got.wasm",
        ])
    };
    let damages = damages(&good);
    assert!(damages.len() >= 50);
    for (case, bad) in damages.iter().enumerate() {
        assert_ne!(*bad, good, "case {case}");
        fs::write(&blob, bad).unwrap();
        let ended = pull();
        let error: String = ended.fails(1).split_whitespace().collect();
        for part in [digest_of(&good).to_string(), digest_of(bad).to_string()] {
            // Long lines are broken between words, and digests with their frames.
            let frameless: String = error.replace('│', "");
            assert!(frameless.contains(&part), "case {case}: {ended:#?}");
        }
        assert!(!place.path().join("got.wasm").exists(), "case {case}");
        assert!(!place.cache().join("store").exists(), "case {case}");
    }
    fs::write(&blob, &good).unwrap();
    pull().succeeds();
    // What was fetched is kept, and kept right: a damaged copy is fetched again.
    let kept = place.files("cache");
    let kept = kept.iter().find(|file| file.starts_with("store")).unwrap();
    fs::write(place.cache().join(kept), b"damaged").unwrap();
    pull().succeeds();
    assert_eq!(fs::read(place.path().join("got.wasm")).unwrap(), good);
}

/// The lock pins what was chosen: other bytes under the same version are refused, wherever
/// they come from.
#[test]
fn a_lock_refuses_other_bytes_of_the_same_version() {
    let place = Place::new();
    place.write("app.wasm", crate::updates::app());
    place.sink("sink.wasm", &["put"], &[]);
    place.publish("sink.wasm", "acme:log@1.0.0", &[]).well();
    place.write("Boxfile.toml", crate::updates::BOXFILE);
    place.run(&["-q", "build", "-o", "out.wasm"]).well();
    fs::remove_dir_all(place.path().join("index")).unwrap();
    place.write("evil.wasm", sink(&["put", "steal"], &[]));
    place.publish("evil.wasm", "acme:log@1.0.0", &[]).well();
    for flags in [&[][..], &["--locked"]] {
        let mut args = vec!["build", "-o", "again.wasm"];
        args.extend(flags);
        let refused = place.run(&args);
        let error = refused.fails(1);
        assert!(error.contains("acme:log"), "{error}");
        assert!(error.contains("sha256:"), "{error}");
    }
    assert!(!place.path().join("again.wasm").exists());
}
