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

/// A part within a part that has this inside.
fn within(inside: &str) -> String {
    format!(
        "(component
           (component $outer
             (component $inner {inside})
             (instance $inner (instantiate $inner)))
           (instance $outer (instantiate $outer)))"
    )
}

/// What no version of this crate takes, and how it is said. The part is always
/// `outer/inner`.
#[test]
fn asynchronous_parts_are_refused_by_name() {
    let lifted = |ty: &str, options: &str| {
        format!(
            r#"(core module $m
                 (memory (export "memory") 1)
                 (func (export "f") (result i32) unreachable)
                 (func (export "g") (param i32) unreachable)
                 (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
                 (func (export "back") (param i32 i32 i32) (result i32) unreachable))
               (core instance $m (instantiate $m))
               (func (export "f") {ty} (canon lift {options}))"#
        )
    };
    let cases = [
        (
            lifted(
                "async",
                r#"(core func $m "f") async (callback (func $m "back"))"#,
            ),
            "a function that it exports has an `async` function in its type",
        ),
        (
            lifted("async (param \"n\" u32)", r#"(core func $m "g")"#),
            "a function that it exports has an `async` function in its type",
        ),
        (
            lifted("(param \"s\" (stream u8))", r#"(core func $m "g")"#),
            "a function that it exports has a `stream` in its type",
        ),
        (
            lifted("(result (future string))", r#"(core func $m "f")"#),
            "a function that it exports has a `future` in its type",
        ),
        (
            lifted("(result error-context)", r#"(core func $m "f")"#),
            "a function that it exports has an `error-context` in its type",
        ),
        (
            lifted(
                "(result (map string u32))",
                r#"(core func $m "f") (memory $m "memory")"#,
            ),
            "a function that it exports has a `map` in its type",
        ),
        (
            "(type $s (stream u8)) (core func (canon stream.new $s))".into(),
            "it uses the canonical built-in `StreamNew`",
        ),
        (
            "(core func (canon task.return (result u32)))".into(),
            "it uses the canonical built-in `TaskReturn`",
        ),
        (
            "(core func (canon backpressure.inc))".into(),
            "it uses the canonical built-in `BackpressureInc`",
        ),
        (
            "(core func (canon waitable-set.new))".into(),
            "it uses the canonical built-in `WaitableSetNew`",
        ),
        (
            "(core func (canon subtask.drop))".into(),
            "it uses the canonical built-in `SubtaskDrop`",
        ),
        (
            "(core func (canon context.get i32 0))".into(),
            "it uses the canonical built-in `ContextGet`",
        ),
        (
            "(type $r (resource (rep i32))) (core func (canon resource.drop $r))
             (core func (canon thread.yield))"
                .into(),
            "it uses the canonical built-in `ThreadYield`",
        ),
    ];
    for (inside, expected) in cases {
        let (part, reason) = refusal(&within(&inside));
        assert_eq!((part.as_str(), reason.as_str()), ("outer/inner", expected));
    }
}

/// Types that nobody uses keep nothing from being fused.
#[test]
fn a_type_that_nobody_uses_is_no_reason() {
    let text = within("(type (stream u8)) (type (func async)) (type (future u32))");
    let bytes = wat::parse_str(text).expect("it is valid");
    assert!(fuse(&bytes, &Options::default()).is_ok());
}

#[test]
fn imports_that_are_asynchronous_are_refused_by_name() {
    for (import, expected) in [
        (
            r#"(import "f" (func async))"#,
            "its import `f` has an `async` function in its type",
        ),
        (
            r#"(import "a:b/c" (instance (export "f" (func (result (stream u8))))))"#,
            "its import `a:b/c#f` has a `stream` in its type",
        ),
        (
            r#"(import "a:b/c" (instance (export "m" (core module))))"#,
            "its import `a:b/c` has an export that is no function and no type",
        ),
        (
            r#"(import "v" (value $v string)) (export "w" (value $v))"#,
            "its import `v` is a value",
        ),
    ] {
        let (part, reason) = refusal(&format!("(component {import})"));
        assert_eq!((part.as_str(), reason.as_str()), ("box", expected));
    }
}

#[test]
fn a_start_function_is_refused() {
    let start = r#"
      (core module $m (func (export "f")))
      (core instance $m (instantiate $m))
      (func $f (canon lift (core func $m "f")))
      (start $f)"#;
    let (part, reason) = refusal(&within(start));
    assert_eq!(
        (part.as_str(), reason.as_str()),
        ("outer/inner", "it has a component start function")
    );
}

#[test]
fn an_exported_instance_in_an_instance_is_refused() {
    let (part, reason) = refusal(
        r#"(component
             (component $c
               (component $d (core module $m (func (export "f"))) (core instance $m (instantiate $m))
                 (func (export "f") (canon lift (core func $m "f"))))
               (instance $d (instantiate $d))
               (export "inner" (instance $d)))
             (instance $c (instantiate $c))
             (export "outer" (instance $c)))"#,
    );
    assert_eq!(
        (part.as_str(), reason.as_str()),
        (
            "box",
            "its export `outer` holds an instance, component or module"
        )
    );
}

/// A section of a number that no version of the format has.
#[test]
fn a_section_that_is_not_known_is_refused() {
    let mut bytes = wat::parse_str("(component)").expect("it is valid");
    bytes.extend([0x3f, 1, 0]);
    let error = fuse(&bytes, &Options::default()).expect_err("it is refused");
    assert!(
        matches!(&error, FuseError::Invalid(reason) if reason.contains("section")),
        "{error}"
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
