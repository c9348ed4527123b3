//! What can't be fused is refused with the part's name and the reason, never
//! fused wrong; and the same input makes the same bytes.

use boxer_fuse::{FuseError, Options, fuse};

use crate::cases::files;

fn refusal(wat: &str) -> (String, String) {
    let bytes = match wat::parse_str(wat) {
        Ok(bytes) => bytes,
        Err(error) => panic!("{error}"),
    };
    match fuse(&bytes, &Options::default()) {
        Err(FuseError::Unsupported { part, reason }) => (part, reason),
        other => panic!("it is not refused: {other:?}"),
    }
}

#[test]
fn an_import_of_a_core_module_is_refused() {
    let (part, reason) = refusal(r#"(component (import "m" (core module)))"#);
    assert_eq!(
        (part.as_str(), reason.as_str()),
        ("box", "its import `m` is a core module")
    );
}

#[test]
fn an_import_of_a_component_is_refused() {
    let (part, reason) = refusal(r#"(component (import "c" (component)))"#);
    assert_eq!(
        (part.as_str(), reason.as_str()),
        ("box", "its import `c` is a component")
    );
}

#[test]
fn an_exported_component_is_refused() {
    let (part, reason) = refusal(r#"(component (component $c) (export "c" (component $c)))"#);
    assert_eq!(
        (part.as_str(), reason.as_str()),
        ("box", "its export `c` is a component or core module")
    );
}

#[test]
fn garbage_is_no_component() {
    for bytes in [&b""[..], b"\0asm", b"\0asm\x01\0\0\0", b"hello"] {
        assert!(matches!(
            fuse(bytes, &Options::default()),
            Err(FuseError::Invalid(_))
        ));
    }
}

/// Every prefix of a component, and bytes of it changed: refused or fused, and what
/// is fused is valid (`fuse` validates, and calls it a fault of its own if not).
#[test]
fn a_broken_component_is_an_error_and_no_panic() {
    let check = |name: &str, bytes: &[u8]| {
        if let Err(error @ FuseError::Output(_)) = fuse(bytes, &Options::default()) {
            panic!("{name}: {error}");
        }
    };
    for (name, text) in files() {
        let bytes = match wat::parse_str(&text) {
            Ok(bytes) => bytes,
            Err(error) => panic!("{error}"),
        };
        // A prime, so that all bits get their turn.
        for at in (8..bytes.len()).step_by(13) {
            check(&name, &bytes[..at]);
            let mut broken = bytes.clone();
            broken[at] ^= 1 << (at % 8);
            check(&name, &broken);
        }
    }
}

#[test]
fn the_same_input_makes_the_same_bytes() {
    let text = include_str!("../cases/resource-defined-by-a-part.wat");
    let bytes = match wat::parse_str(text) {
        Ok(bytes) => bytes,
        Err(error) => panic!("{error}"),
    };
    let one = fuse(&bytes, &Options::default()).map(|fused| fused.bytes);
    let two = fuse(&bytes, &Options::default()).map(|fused| fused.bytes);
    assert_eq!(one.ok(), two.ok());
}
