//! Damage of every kind that could be thought of, at every place: none of it is accepted,
//! and the message tells what to look at.

use std::fs;
use std::path::{Path, PathBuf};

use registry_index::{Directory, Index as _, IndexError, Publish as _, Store, digest_of};

use crate::support::{component, name, parcel};

/// A way to damage bytes.
pub type Damage = (&'static str, Box<dyn Fn(&[u8]) -> Vec<u8>>);

/// The kinds of damage. Each leaves other bytes than it was given.
pub fn damages() -> Vec<Damage> {
    let mut all: Vec<Damage> = Vec::new();
    let mut add = |what: &'static str, damage: fn(&[u8]) -> Vec<u8>| {
        all.push((what, Box::new(damage)));
    };
    // cut short, or overlong
    add("nothing left", |_| Vec::new());
    add("one byte left", |b| b[..1].to_vec());
    add("the header left", |b| b[..8].to_vec());
    add("half left", |b| b[..b.len() / 2].to_vec());
    add("a byte missing at the end", |b| b[..b.len() - 1].to_vec());
    add("a block missing at the end", |b| b[..b.len() - 16].to_vec());
    add("a byte missing at the start", |b| b[1..].to_vec());
    add("a byte missing in the middle", |b| {
        [&b[..b.len() / 2], &b[b.len() / 2 + 1..]].concat()
    });
    add("a zero more at the end", |b| [b, &[0]].concat());
    add("a line feed more at the end", |b| [b, b"\n"].concat());
    add("a custom section more", |b| [b, &[0, 2, 1, b'x']].concat());
    add("a kilobyte more", |b| [b, &[0; 1024]].concat());
    add("a byte order mark before", |b| {
        [b"\xef\xbb\xbf", b].concat()
    });
    add("a zero before", |b| [&[0], b].concat());
    add("itself behind it", |b| [b, b].concat());
    // the same length
    add("all zeros", |b| vec![0; b.len()]);
    add("all ones", |b| vec![0xff; b.len()]);
    add("the end is zeros, as after a crash", |b| {
        let keep = b.len() / 2;
        [&b[..keep], &vec![0; b.len() - keep]].concat()
    });
    add("the start is zeros", |b| [&[0; 16], &b[16..]].concat());
    add("reversed", |b| b.iter().rev().copied().collect());
    add("two halves exchanged", |b| {
        let middle = b.len() / 2 + 1;
        [&b[middle..], &b[..middle]].concat()
    });
    add("all bits inverted", |b| {
        b.iter().map(|byte| !byte).collect()
    });
    add("two bytes exchanged", |b| {
        let mut b = b.to_vec();
        let other = b.iter().position(|byte| *byte != b[0]).unwrap();
        b.swap(0, other);
        b
    });
    add("a magic of another format", |b| {
        [b"\x7fELF", &b[4..]].concat()
    });
    add("the version of a core module", |b| {
        [&b[..4], &[1, 0, 0, 0], &b[8..]].concat()
    });
    // swapped for something else that is fine by itself
    add("another component", |_| component(7).to_vec());
    add("a core module", |_| wat::parse_str("(module)").unwrap());
    add("an error page", |_| {
        b"<!doctype html><title>404</title>".to_vec()
    });
    add("an empty document", |_| b"{}".to_vec());
    add("the text of its digest", |b| {
        digest_of(b).to_string().into_bytes()
    });
    add("line ends of another system", |b| {
        let doubled = b.iter().flat_map(|byte| {
            if *byte == 0 {
                vec![13, 10]
            } else {
                vec![*byte]
            }
        });
        doubled.collect()
    });
    add("read as Latin-1, written as UTF-8", |b| {
        b.iter()
            .map(|byte| char::from(*byte))
            .chain(['é'])
            .collect::<String>()
            .into_bytes()
    });
    add("the high bits lost", |b| {
        let mut stripped: Vec<u8> = b.iter().map(|byte| byte & 0x7f).collect();
        stripped[0] ^= 1;
        stripped
    });
    // one bit at places all over
    for place in 0..24_usize {
        all.push((
            "one bit",
            Box::new(move |b| {
                let mut b = b.to_vec();
                let at = place * (b.len() - 1) / 23;
                b[at] ^= 1 << (place % 8);
                b
            }),
        ));
    }
    all
}

struct Published {
    _folder: tempfile::TempDir,
    index: Directory,
    blob: PathBuf,
    document: PathBuf,
}

fn published() -> Published {
    let folder = tempfile::tempdir().unwrap();
    let index = Directory::create(folder.path()).unwrap();
    let bytes = component(0);
    index.publish(&parcel("acme:a", "1.0.0", &bytes)).unwrap();
    Published {
        blob: folder
            .path()
            .join("blobs/sha256")
            .join(digest_of(&bytes).to_hex()),
        document: folder.path().join("packages/acme/a.json"),
        index,
        _folder: folder,
    }
}

fn fetch(index: &Directory) -> Result<bytes::Bytes, IndexError> {
    let releases = index.releases(&name("acme:a"))?;
    index.fetch(&releases[0])
}

#[test]
fn no_damaged_blob_is_accepted() {
    let it = published();
    let good = fs::read(&it.blob).unwrap();
    let expected = digest_of(&good).to_string();
    let kinds = damages();
    assert!(kinds.len() >= 50, "only {} kinds", kinds.len());
    for (what, damage) in kinds {
        let bad = damage(&good);
        assert_ne!(bad, good, "{what}");
        fs::write(&it.blob, &bad).unwrap();
        let error = fetch(&it.index).expect_err(what).to_string();
        assert!(
            error.contains(&*it.blob.to_string_lossy()),
            "{what}: {error}"
        );
        assert!(error.contains(&expected), "{what}: {error}");
        let found = digest_of(&bad).to_string();
        assert!(error.contains(&found), "{what}: {error}");
    }
    fs::write(&it.blob, &good).unwrap();
    assert_eq!(fetch(&it.index).unwrap(), good);
}

#[test]
fn no_damaged_entry_of_a_store_is_given_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let good = component(0);
    for (what, damage) in damages() {
        let digest = store.put(&good).unwrap();
        fs::write(store.path_of(&digest), damage(&good)).unwrap();
        assert_eq!(store.get(&digest).unwrap(), None, "{what}");
    }
}

/// Changing an entry changes what is expected of the bytes, or it is not read at all.
#[test]
fn no_damaged_entry_of_an_index_is_believed() {
    let it = published();
    let good = fs::read_to_string(&it.document).unwrap();
    let other = component(1);
    fs::write(it.blob.with_file_name(digest_of(&other).to_hex()), &other).unwrap();
    let digest = digest_of(&component(0)).to_string();
    let size = format!("\"size\": {}", component(0).len());
    let cases: Vec<(String, String)> = [
        ("acme:a", "acme:b"),
        ("acme:a", "acme"),
        ("1.0.0", "one"),
        ("1.0.0", "1.0"),
        ("{", "["),
        ("}", ""),
        ("releases", "release"),
        ("sha256:", "md5:"),
        ("\"library\"", "\"vfs\""),
        ("\"library\"", "\"spaceship\""),
        ("acme:log/sink@1.0.0", "acme:log/sink@1.0.1"),
        ("acme:log/sink@1.0.0", "wasi:cli/exit@0.2.6"),
        ("\"put\"", "\"get\""),
        ("\"put\"", "\"put\", \"get\""),
        ("\"instance\"", "\"function\""),
        ("\"imports\"", "\"exports\""),
        (&*digest, &*digest_of(&other).to_string()),
        (&*digest, &digest[..digest.len() - 1]),
        (&*digest, ""),
        (&*size, "\"size\": 0"),
        (&*size, "\"size\": -1"),
        (&*size, "\"size\": 18446744073709551615"),
        (&*size, "\"size\": \"many\""),
    ]
    .map(|(find, put)| (find.to_owned(), put.to_owned()))
    .into();
    for (find, put) in cases {
        assert!(good.contains(&find), "{find}");
        fs::write(&it.document, good.replacen(&find, &put, 1)).unwrap();
        let result = fetch(&it.index);
        assert!(
            result.is_err(),
            "`{find}` became `{put}`, and nobody minded"
        );
    }
    for cut in 0..good.trim_end().len() {
        fs::write(&it.document, &good[..cut]).unwrap();
        let error = fetch(&it.index).expect_err("a cut document");
        assert!(
            matches!(error, IndexError::Document { .. }),
            "{cut}: {error}"
        );
        assert!(error.to_string().contains(&*it.document.to_string_lossy()));
    }
}

#[test]
fn a_document_with_versions_twice_or_out_of_order_is_refused() {
    let it = published();
    it.index
        .publish(&parcel("acme:a", "1.1.0", &component(1)))
        .unwrap();
    let good = fs::read_to_string(&it.document).unwrap();
    for (find, put) in [("\"1.1.0\"", "\"1.0.0\""), ("\"1.0.0\"", "\"1.2.0\"")] {
        fs::write(&it.document, good.replacen(find, put, 1)).unwrap();
        let error = fetch(&it.index).unwrap_err();
        assert!(matches!(error, IndexError::Document { .. }), "{error}");
    }
    assert!(Path::new(&it.blob).exists());
}
