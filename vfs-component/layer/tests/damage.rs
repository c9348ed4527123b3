//! Any bytes are a layer or an error, and what is a layer leads nowhere but where it is put.
//!
//! `BOXER_CASES=100000` makes each test look at so many.

use proptest::prelude::*;
use vfs_image::{Attributes, Kind, Writer};
use vfs_layer::{Entry, Layer, Stack};

/// An archive with something of each kind.
fn some_tar() -> Vec<u8> {
    let mut layer = Layer::new();
    let attributes = || Attributes {
        xattrs: [("user.a".to_owned(), vec![1; 20])].into(),
        ..Attributes::new(0o644)
    };
    layer.directory("d", attributes()).unwrap();
    layer.file("d/f", attributes(), vec![5; 3000]).unwrap();
    layer
        .file(
            &format!("{0}/{0}", "long".repeat(40)),
            attributes(),
            vec![6; 10],
        )
        .unwrap();
    layer.insert("h", Entry::HardLink("d/f".into())).unwrap();
    let (target, kind) = ("../d".to_owned(), Kind::Fifo);
    let link = Entry::SymbolicLink {
        attributes: attributes(),
        target,
    };
    layer.insert("l", link).unwrap();
    let fifo = Entry::Node {
        attributes: attributes(),
        kind,
        device: 0,
    };
    layer.insert("n", fifo).unwrap();
    layer.remove("d/gone").unwrap();
    let mut tar = Vec::new();
    layer.write(&mut tar).unwrap();
    tar
}

/// Does all that can be done with a layer.
fn use_all(bytes: &[u8]) {
    let Ok(layer) = Layer::read(bytes) else {
        return;
    };
    layer.write(std::io::sink()).unwrap();
    let mut stack = Stack::new();
    let below = Layer::read(&some_tar()[..]).unwrap();
    stack.push(&below).unwrap();
    if stack.push(&layer).is_err() {
        return;
    }
    let mut image = Writer::new();
    stack.bake("/", &mut image).unwrap();
    image.into_bytes().unwrap();
    let top = tempfile::tempdir().unwrap();
    let inside = top.path().join("inside");
    // The host may refuse a name, or a parent that only its owner could enter.
    let _ = stack.extract(&inside);
    let names = std::fs::read_dir(top.path()).unwrap();
    assert!(names.count() <= 1, "something is beside what was extracted");
}

fn config() -> ProptestConfig {
    let cases = std::env::var("BOXER_CASES").ok();
    let cases = cases.map_or(200, |cases| cases.parse().expect("a number of cases"));
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damage_is_survived(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = some_tar();
        let mut touched = Vec::new();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
            touched.push(at / 512 * 512);
        }
        // Most damage is found by a header's checksum: right it, to get behind it.
        for start in touched {
            if let Some(header) = bytes.get_mut(start..start + 512)
                && &header[257..262] == b"ustar"
            {
                header[148..156].fill(b' ');
                let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
                header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        use_all(&bytes);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        use_all(&bytes);
    }
}
