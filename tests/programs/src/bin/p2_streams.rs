//! `wasi:io/streams`, over files: every call, the permits and the errors.

use test_programs::files::{content, create, fresh, nofollow, open, put};
use test_programs::on_another_host;
use wasip2::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags, filesystem_error_code};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

fn main() {
    reading();
    skipping();
    writing();
    appending();
    zeroes();
    splicing();
    large();
    what_cannot_be_opened();
    failures();
    several_streams();
    println!("p2_streams ok");
}

/// All of a non-blocking stream.
fn drain(input: &InputStream, at_once: u64) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match input.read(at_once) {
            Ok(bytes) => {
                assert!(bytes.len() as u64 <= at_once);
                if bytes.is_empty() {
                    input.subscribe().block();
                }
                all.extend(bytes);
            }
            Err(StreamError::Closed) => return all,
            Err(StreamError::LastOperationFailed(error)) => panic!("{}", error.to_debug_string()),
        }
    }
}

fn is_closed<T>(outcome: &Result<T, StreamError>) -> bool {
    matches!(outcome, Err(StreamError::Closed))
}

/// The code of a stream's failure.
fn code<T>(outcome: Result<T, StreamError>) -> Option<ErrorCode> {
    match outcome {
        Err(StreamError::LastOperationFailed(error)) => {
            assert!(!error.to_debug_string().is_empty());
            filesystem_error_code(&error)
        }
        Ok(_) | Err(StreamError::Closed) => None,
    }
}

fn reading() {
    let dir = fresh("reading");
    put(&dir, "file", b"0123456789");
    let file = open(&dir, "file").unwrap();
    for (offset, rest) in [(0, "0123456789"), (3, "3456789"), (10, ""), (99, "")] {
        for at_once in [1, 3, 10, 1000, u64::MAX] {
            let input = file.read_via_stream(offset).unwrap();
            assert_eq!(drain(&input, at_once), rest.as_bytes());
        }
    }
    let input = file.read_via_stream(0).unwrap();
    assert!(input.read(0).unwrap().is_empty());
    assert_eq!(input.blocking_read(4).unwrap(), b"0123");
    assert_eq!(input.blocking_read(100).unwrap(), b"456789");
    assert!(is_closed(&input.blocking_read(1)));
    assert!(is_closed(&input.read(1)));
    assert!(input.subscribe().ready());
}

fn skipping() {
    let dir = fresh("skipping");
    put(&dir, "file", b"0123456789");
    let input = open(&dir, "file").unwrap().read_via_stream(0).unwrap();
    assert_eq!(input.blocking_skip(3).unwrap(), 3);
    assert_eq!(input.blocking_read(2).unwrap(), b"34");
    let skipped = loop {
        match input.skip(2).unwrap() {
            0 => input.subscribe().block(),
            skipped => break skipped,
        }
    };
    assert_eq!(skipped, 2);
    assert_eq!(input.blocking_skip(100).unwrap(), 3);
    assert!(is_closed(&input.blocking_skip(1)));
}

/// Waits for leave to write and tells how much.
fn permit(output: &OutputStream) -> u64 {
    loop {
        match output.check_write().unwrap() {
            0 => output.subscribe().block(),
            permit => return permit,
        }
    }
}

fn writing() {
    let dir = fresh("writing");
    let file = create(&dir, "file").unwrap();
    let output = file.write_via_stream(0).unwrap();
    // Large enough that a buffer of 64 KiB is one call.
    assert!(permit(&output) >= 1 << 16);
    output.write(b"hello").unwrap();
    output.blocking_flush().unwrap();
    permit(&output);
    output.write(b", world").unwrap();
    output.flush().unwrap();
    output.blocking_write_and_flush(b"!").unwrap();
    output.blocking_write_and_flush(b"").unwrap();
    assert_eq!(content(&dir, "file"), b"hello, world!");
    // In the middle, and behind the end.
    let output = file.write_via_stream(7).unwrap();
    output.blocking_write_and_flush(b"WORLD").unwrap();
    assert_eq!(content(&dir, "file"), b"hello, WORLD!");
    let output = file.write_via_stream(15).unwrap();
    output.blocking_write_and_flush(b"x").unwrap();
    assert_eq!(content(&dir, "file"), b"hello, WORLD!\0\0x");
}

fn appending() {
    let dir = fresh("appending");
    put(&dir, "file", b"one");
    let file = dir
        .open_at(
            nofollow(),
            "file",
            OpenFlags::empty(),
            DescriptorFlags::WRITE,
        )
        .unwrap();
    let (first, second) = (
        file.append_via_stream().unwrap(),
        file.append_via_stream().unwrap(),
    );
    first.blocking_write_and_flush(b" two").unwrap();
    second.blocking_write_and_flush(b" three").unwrap();
    first.blocking_write_and_flush(b" four").unwrap();
    assert_eq!(content(&dir, "file"), b"one two three four");
}

fn zeroes() {
    let dir = fresh("zeroes");
    let output = create(&dir, "file").unwrap().write_via_stream(0).unwrap();
    output.blocking_write_zeroes_and_flush(4096).unwrap();
    let allowed = permit(&output).min(10_000);
    output.write_zeroes(allowed).unwrap();
    output.blocking_flush().unwrap();
    output.blocking_write_and_flush(b"end").unwrap();
    let mut expected = vec![0; 4096 + allowed as usize];
    expected.extend(b"end");
    assert_eq!(content(&dir, "file"), expected);
}

fn splicing() {
    let dir = fresh("splicing");
    let data: Vec<u8> = (0..100_000u32).map(|number| number as u8).collect();
    put(&dir, "from", &data);
    let input = open(&dir, "from").unwrap().read_via_stream(0).unwrap();
    let output = create(&dir, "to").unwrap().write_via_stream(0).unwrap();
    assert_eq!(output.blocking_splice(&input, 10).unwrap(), 10);
    let mut moved = 10;
    loop {
        match output.splice(&input, 30_000) {
            Ok(0) => {
                input.subscribe().block();
                output.subscribe().block();
            }
            Ok(count) => moved += count,
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => panic!("{}", error.to_debug_string()),
        }
    }
    output.blocking_flush().unwrap();
    assert_eq!(moved, data.len() as u64);
    assert!(content(&dir, "to") == data);
    assert!(is_closed(&output.blocking_splice(&input, 1)));
}

/// Ten megabytes there and back.
fn large() {
    let dir = fresh("large");
    let piece: Vec<u8> = (0..1 << 16u32)
        .map(|number: u32| (number * 7 + number / 256) as u8)
        .collect();
    let file = create(&dir, "file").unwrap();
    let output = file.write_via_stream(0).unwrap();
    for _ in 0..160 {
        let mut rest = &piece[..];
        while !rest.is_empty() {
            let allowed = (permit(&output) as usize).min(rest.len());
            output.write(&rest[..allowed]).unwrap();
            rest = &rest[allowed..];
        }
    }
    output.blocking_flush().unwrap();
    assert_eq!(file.stat().unwrap().size, 160 << 16);
    let input = file.read_via_stream(0).unwrap();
    let mut position = 0;
    loop {
        match input.blocking_read(1 << 20) {
            Ok(bytes) => {
                for byte in bytes {
                    assert_eq!(byte, piece[position % piece.len()]);
                    position += 1;
                }
            }
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => panic!("{}", error.to_debug_string()),
        }
    }
    assert_eq!(position, 160 << 16);
}

fn what_cannot_be_opened() {
    let dir = fresh("unopened");
    put(&dir, "file", b"x");
    assert_eq!(
        dir.read_via_stream(0).map(drop),
        Err(ErrorCode::IsDirectory)
    );
    assert_eq!(
        dir.write_via_stream(0).map(drop),
        Err(ErrorCode::BadDescriptor)
    );
    assert_eq!(
        dir.append_via_stream().map(drop),
        Err(ErrorCode::BadDescriptor)
    );
    if !on_another_host() {
        // wasmtime says so at the first read or write.
        let flags = OpenFlags::empty();
        let reader = dir
            .open_at(nofollow(), "file", flags, DescriptorFlags::READ)
            .unwrap();
        assert_eq!(
            reader.write_via_stream(0).map(drop),
            Err(ErrorCode::BadDescriptor)
        );
        assert_eq!(
            reader.append_via_stream().map(drop),
            Err(ErrorCode::BadDescriptor)
        );
        let writer = dir
            .open_at(nofollow(), "file", flags, DescriptorFlags::WRITE)
            .unwrap();
        assert_eq!(
            writer.read_via_stream(0).map(drop),
            Err(ErrorCode::BadDescriptor)
        );
    }
}

fn failures() {
    let dir = fresh("failures");
    let file = create(&dir, "file").unwrap();
    let output = file.write_via_stream(u64::MAX - 5).unwrap();
    assert_eq!(
        code(output.blocking_write_and_flush(b"x")),
        Some(ErrorCode::Invalid)
    );
    assert!(is_closed(&output.blocking_write_and_flush(b"x")));
    assert!(is_closed(&output.check_write()));
    assert!(is_closed(&output.flush()));
    assert!(output.subscribe().ready());
    let input = file.read_via_stream(u64::MAX - 5).unwrap();
    assert_eq!(code(input.blocking_read(1)), Some(ErrorCode::Invalid));
    assert!(is_closed(&input.blocking_read(1)));
}

fn several_streams() {
    let dir = fresh("several");
    let file = create(&dir, "file").unwrap();
    let (low, high) = (
        file.write_via_stream(0).unwrap(),
        file.write_via_stream(4).unwrap(),
    );
    high.blocking_write_and_flush(b"5678").unwrap();
    low.blocking_write_and_flush(b"1234").unwrap();
    let (one, two) = (
        file.read_via_stream(0).unwrap(),
        file.read_via_stream(0).unwrap(),
    );
    assert_eq!(one.blocking_read(4).unwrap(), b"1234");
    assert_eq!(two.blocking_read(8).unwrap(), b"12345678");
    assert_eq!(one.blocking_read(8).unwrap(), b"5678");
    // Pollables keep what they need; any order of dropping is fine here.
    if !on_another_host() {
        let pollable = one.subscribe();
        drop(one);
        assert!(pollable.ready());
    }
}
