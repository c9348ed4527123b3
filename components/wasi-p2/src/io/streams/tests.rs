use super::*;
use crate::double::{console, wait as waits};
use crate::kernel::console::StandardStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn input() -> Input {
    Input::new(Source::Console(ConsoleReader))
}

fn output() -> Output {
    Output::new(Sink::Console(ConsoleWriter::new(StandardStream::Output)))
}

fn typed(answer: Result<&[u8], Errno>) {
    console::INPUT.with_borrow_mut(|input| input.push_back(answer.map(<[u8]>::to_vec)));
}

fn written() -> Vec<u8> {
    console::WRITTEN.take()
}

fn failed(errno: Errno) -> StreamError {
    StreamError::Failed(Failure {
        origin: Origin::File,
        errno,
    })
}

/// Whether it ends in a trap, which is a panic here.
fn traps(call: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

#[test]
fn a_read_gives_what_is_there() {
    let input = input();
    assert_eq!(input.read(5), Ok(vec![]));
    typed(Ok(b"abc"));
    assert_eq!(input.read(5), Ok(b"abc".to_vec()));
}

#[test]
fn a_read_of_nothing_asks_nobody() {
    let input = input();
    assert_eq!(input.read(0), Ok(vec![]));
    assert_eq!(input.blocking_read(0), Ok(vec![]));
    assert_eq!(console::CALLS.get(), 0);
}

#[test]
fn the_end_is_closed_until_there_is_more() {
    let input = input();
    typed(Ok(b""));
    assert_eq!(input.read(5), Err(StreamError::Closed));
    assert_eq!(input.read(0), Err(StreamError::Closed));
    typed(Ok(b"more"));
    assert_eq!(input.read(5), Ok(b"more".to_vec()));
    assert_eq!(input.read(0), Ok(vec![]));
}

#[test]
fn a_failed_read_is_told_once_and_closes() {
    let input = input();
    typed(Err(Errno::Io));
    typed(Ok(b"late"));
    assert_eq!(input.read(5), Err(failed(Errno::Io)));
    assert_eq!(input.read(5), Err(StreamError::Closed));
    assert_eq!(input.read(0), Err(StreamError::Closed));
}

#[test]
fn a_blocking_read_waits_for_bytes() {
    waits::happens(|| {});
    waits::happens(|| typed(Ok(b"x")));
    assert_eq!(input().blocking_read(5), Ok(b"x".to_vec()));
    assert_eq!(waits::LOG.take().len(), 2);
}

#[test]
fn a_read_is_cut_to_what_fits_a_length() {
    typed(Ok(b"x"));
    assert_eq!(input().read(u64::MAX), Ok(b"x".to_vec()));
}

#[test]
fn writing_needs_a_permit() {
    let output = output();
    assert!(traps(|| drop(output.write(vec![1]))));
    let permit = output.check_write().unwrap();
    assert!(traps(|| drop(output.write_zeroes(permit + 1))));
    output.write(vec![2; 3]).unwrap();
    output.write_zeroes(permit - 3).unwrap();
    assert!(traps(|| drop(output.write(vec![1]))));
    assert_eq!(output.write(vec![]), Ok(()));
}

#[test]
fn a_trap_says_why() {
    assert!(traps(|| drop(output().write(vec![1]))));
    let said = String::from_utf8(written()).unwrap();
    assert_eq!(
        said,
        "boxer:wasi-p2: output-stream.write of more bytes than check-write permitted\n"
    );
}

#[test]
fn one_write_is_one_call() {
    let output = output();
    output.check_write().unwrap();
    output.write(b"hello".to_vec()).unwrap();
    assert_eq!((written(), console::CALLS.get()), (b"hello".to_vec(), 1));
}

#[test]
fn blocking_writes_end_at_4096_bytes() {
    let output = output();
    assert_eq!(output.blocking_write_and_flush(vec![1; 4096]), Ok(()));
    assert_eq!(output.blocking_write_zeroes_and_flush(4096), Ok(()));
    assert_eq!(written(), [[1; 4096], [0; 4096]].concat());
    assert!(traps(|| drop(
        output.blocking_write_and_flush(vec![1; 4097])
    )));
    assert!(traps(|| drop(output.blocking_write_zeroes_and_flush(4097))));
    assert_eq!(output.blocking_write_and_flush(vec![]), Ok(()));
}

#[test]
fn a_write_goes_on_until_all_is_taken() {
    console::WRITES.with_borrow_mut(|writes| writes.extend([Ok(2), Err(Errno::Again), Ok(1)]));
    waits::happens(|| {});
    let output = output();
    output.check_write().unwrap();
    output.write(b"hello".to_vec()).unwrap();
    assert_eq!(written(), b"hello");
}

#[test]
fn after_congestion_the_permit_is_the_drivers() {
    console::WRITES.with_borrow_mut(|writes| writes.push_back(Err(Errno::Again)));
    let output = output();
    output.check_write().unwrap();
    output.write(b"x".to_vec()).unwrap();
    console::WRITABLE.set(false);
    assert_eq!(output.check_write(), Ok(0));
    console::WRITABLE.set(true);
    assert!(output.check_write().unwrap() > 0);
}

#[test]
fn nothing_may_be_written_during_a_flush() {
    console::FLUSHES.with_borrow_mut(|flushes| flushes.extend([Errno::Again, Errno::Again]));
    let output = output();
    assert!(output.check_write().unwrap() > 0);
    assert_eq!(output.flush(), Ok(()));
    assert_eq!(output.check_write(), Ok(0));
    assert!(output.check_write().unwrap() > 0);

    console::FLUSHES.with_borrow_mut(|flushes| flushes.push_back(Errno::Again));
    output.flush().unwrap();
    assert!(traps(|| drop(output.write(vec![1]))));
}

#[test]
fn a_blocking_flush_waits_for_its_end() {
    console::FLUSHES.with_borrow_mut(|flushes| flushes.extend([Errno::Again; 2]));
    waits::happens(|| {});
    assert_eq!(output().blocking_flush(), Ok(()));
}

#[test]
fn a_failed_write_is_told_once_and_closes() {
    console::WRITES.with_borrow_mut(|writes| writes.push_back(Err(Errno::Io)));
    let output = output();
    output.check_write().unwrap();
    assert_eq!(output.write(vec![1]), Err(failed(Errno::Io)));
    assert_eq!(output.check_write(), Err(StreamError::Closed));
    assert_eq!(output.write(vec![1]), Err(StreamError::Closed));
    assert_eq!(output.flush(), Err(StreamError::Closed));
    assert_eq!(output.blocking_flush(), Err(StreamError::Closed));
    assert_eq!(
        output.blocking_write_and_flush(vec![1]),
        Err(StreamError::Closed)
    );
    assert!(poll::is_ready(&output));
}

/// C libraries make `EPIPE` of a closed stream only.
#[test]
fn a_pipe_that_nobody_reads_is_closed() {
    console::WRITES.with_borrow_mut(|writes| writes.push_back(Err(Errno::BrokenPipe)));
    let output = output();
    output.check_write().unwrap();
    assert_eq!(output.write(vec![1]), Err(StreamError::Closed));
    assert_eq!(output.check_write(), Err(StreamError::Closed));
}

#[test]
fn a_driver_that_takes_nothing_is_an_error_not_a_loop() {
    console::WRITES.with_borrow_mut(|writes| writes.push_back(Ok(0)));
    assert_eq!(
        output().blocking_write_and_flush(vec![1]),
        Err(failed(Errno::Io))
    );
}

#[test]
fn a_splice_moves_what_is_there() {
    let (input, output) = (input(), output());
    assert_eq!(output.splice(&input, 9), Ok(0));
    typed(Ok(b"abc"));
    assert_eq!(output.splice(&input, 9), Ok(3));
    assert_eq!(written(), b"abc");
    assert_eq!(output.splice(&input, 0), Ok(0));
    typed(Ok(b""));
    assert_eq!(output.splice(&input, 9), Err(StreamError::Closed));
}

#[test]
fn a_blocking_splice_waits_for_both_sides() {
    let (input, output) = (input(), output());
    console::FLUSHES
        .with_borrow_mut(|flushes| flushes.extend([Errno::Again, Errno::Again, Errno::Again]));
    output.flush().unwrap();
    waits::happens(|| {});
    waits::happens(|| typed(Ok(b"abc")));
    assert_eq!(output.blocking_splice(&input, 9), Ok(3));
    assert_eq!(written(), b"abc");
    assert_eq!(output.blocking_splice(&input, 0), Ok(0));
}
