//! How long fusing takes, from 10 to 500 parts: the time a part should not grow.
//!
//! `cargo bench -p boxer-fuse --bench time` prints milliseconds, and microseconds a part.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::fmt::Write as _;
use std::time::Instant;

use boxer_fuse::{Options, fuse};

/// Parts in a chain, each with functions over texts, lists and records, and some code.
fn chain(count: usize) -> String {
    let types = "(type $item (record (field \"name\" string) (field \"size\" u64)))
                 (export \"item\" (type $named (eq $item)))";
    let ty =
        "(param \"items\" (list $t)) (param \"s\" string) (result (result u32 (error string)))";
    let mut text = String::from("(component\n");
    let _ = writeln!(text, "(import \"types\" (instance $types {types}))");
    for at in 0..count {
        let mut code = String::new();
        for function in 0..50 {
            let _ = writeln!(
                code,
                "(func $g{function} (param i32) (result i32)
                   (i32.mul (local.get 0) (i32.const {})))",
                at * 50 + function
            );
        }
        let calls = (0..50).fold(String::from("(local.get 0)"), |calls, function| {
            format!("(call $g{function} {calls})")
        });
        let _ = writeln!(
            text,
            "(component $c{at}
               (import \"types\" (instance $types {types}))
               (alias export $types \"item\" (type $t))
               (core module $mem (memory (export \"memory\") 1)
                 (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
               (core instance $mem (instantiate $mem))"
        );
        let (import, given) = if at == 0 {
            ("", "")
        } else {
            let _ = writeln!(
                text,
                "(import \"f\" (func $f {ty}))
                 (core func $l (canon lower (func $f) (memory $mem \"memory\") (realloc (func $mem \"realloc\"))))"
            );
            (
                "(import \"\" \"f\" (func $f (param i32 i32 i32 i32 i32)))",
                "(export \"f\" (func $l))",
            )
        };
        let call = if at == 0 {
            ""
        } else {
            "(call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 16))"
        };
        let _ = writeln!(
            text,
            "(core module $m {import} {code}
               (func (export \"f\") (param i32 i32 i32 i32) (result i32)
                 {call} (drop {calls}) (i32.const 16)))
             (core instance $m (instantiate $m (with \"\" (instance {given}))))
             (func (export \"f\") {ty} (canon lift (core func $m \"f\")
               (memory $mem \"memory\") (realloc (func $mem \"realloc\")))))"
        );
        let given = match at {
            0 => String::new(),
            at => format!("(with \"f\" (func $i{} \"f\"))", at - 1),
        };
        let _ = writeln!(
            text,
            "(instance $i{at} (instantiate $c{at} (with \"types\" (instance $types)) {given}))"
        );
    }
    let _ = write!(text, "(export \"f\" (func $i{} \"f\")))", count - 1);
    text
}

/// Seconds that this thread has had of a processor, so that other programs don't
/// count: `schedstat` of proc(5). Elsewhere than on Linux, seconds.
fn seconds(start: Instant) -> f64 {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = spent.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    spent.map_or_else(|| start.elapsed().as_secs_f64(), |nanos| nanos / 1e9)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let mut first = None;
    for count in [10, 20, 50, 100, 200, 500] {
        let linked = wat::parse_str(chain(count))?;
        // The clock of a thread has steps of some milliseconds.
        let rounds = 2_000 / count;
        let before = seconds(start);
        let mut size = 0;
        for _ in 0..rounds {
            size = fuse(&linked, &Options::default())?.bytes.len();
        }
        let time = (seconds(start) - before) / rounds as f64;
        let each = time * 1e6 / count as f64;
        let first = *first.get_or_insert(each);
        println!(
            "{count} parts: {:.2} ms, {each:.1} us a part, {:.2} times as for 10; {} to {size} bytes",
            time * 1e3,
            each / first,
            linked.len()
        );
    }
    Ok(())
}
