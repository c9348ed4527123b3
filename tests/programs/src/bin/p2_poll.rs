//! `wasi:io/poll`: files, timers, sockets, datagrams, lookups and standard streams in
//! one list.

use test_programs::files::{create, fresh, open, put};
use test_programs::net::{FAMILIES, connect, connection, listener, local, tcp, udp};
use test_programs::on_another_host;
use wasip2::cli::stderr::get_stderr;
use wasip2::cli::stdout::get_stdout;
use wasip2::clocks::monotonic_clock::{now, subscribe_duration, subscribe_instant};
use wasip2::io::poll::{Pollable, poll};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::udp::OutgoingDatagram;

const MILLISECOND: u64 = 1_000_000;
const HOUR: u64 = 3_600_000 * MILLISECOND;

fn main() {
    timers();
    duplicates();
    files_and_output();
    sockets();
    datagrams();
    lookups();
    everything();
    println!("p2_poll ok");
}

/// Whether it is ready, now. wasmtime's executor needs some turns to find out.
fn is_ready(pollable: &Pollable) -> bool {
    if on_another_host() {
        pollable.block();
        return true;
    }
    pollable.ready()
}

/// Whether it is not ready. wasmtime takes a socket for ready until it has tried.
fn is_quiet(pollable: &Pollable) -> bool {
    on_another_host() || !pollable.ready()
}

fn timers() {
    let start = now();
    let past = subscribe_instant(0);
    past.block();
    assert_eq!(poll(&[&past, &subscribe_duration(HOUR)]), [0]);
    assert!(is_ready(&past) && is_ready(&subscribe_duration(0)));
    assert!(!subscribe_duration(HOUR).ready());
    assert!(!subscribe_duration(u64::MAX).ready());
    assert!(!subscribe_instant(u64::MAX).ready());
    let (long, short) = (
        subscribe_duration(HOUR),
        subscribe_duration(5 * MILLISECOND),
    );
    assert_eq!(poll(&[&long, &short]), [1]);
    assert!(!long.ready());
    assert!(now() >= start + 5 * MILLISECOND);
    let soon = subscribe_instant(now() + 3 * MILLISECOND);
    soon.block();
    // It stays so.
    soon.block();
    assert!(is_ready(&soon) && is_ready(&short));
}

fn duplicates() {
    let (past, later) = (subscribe_instant(0), subscribe_duration(HOUR));
    let mut ready = poll(&[&past, &later, &past, &past]);
    ready.sort_unstable();
    assert_eq!(ready, [0, 2, 3]);
    let many: Vec<Pollable> = (0..500)
        .map(|number| subscribe_instant(if number % 7 == 0 { 0 } else { u64::MAX }))
        .collect();
    let mut ready = poll(&many.iter().collect::<Vec<_>>());
    ready.sort_unstable();
    assert_eq!(ready, (0..500).step_by(7).collect::<Vec<u32>>());
}

fn files_and_output() {
    let dir = fresh("poll");
    put(&dir, "file", b"x");
    let input = open(&dir, "file").unwrap().read_via_stream(0).unwrap();
    let output = create(&dir, "other").unwrap().write_via_stream(0).unwrap();
    let (stdout, stderr) = (get_stdout(), get_stderr());
    let pollables = [
        input.subscribe(),
        output.subscribe(),
        stdout.subscribe(),
        stderr.subscribe(),
    ];
    for pollable in &pollables {
        assert!(is_ready(pollable));
    }
    let mut list: Vec<&Pollable> = pollables.iter().collect();
    let later = subscribe_duration(HOUR);
    list.insert(0, &later);
    let ready = poll(&list);
    assert!(!ready.is_empty() && !ready.contains(&0));
}

fn sockets() {
    for family in FAMILIES {
        let (listening, address) = listener(family);
        let waiting = listening.subscribe();
        assert!(is_quiet(&waiting));
        let timer = subscribe_duration(2 * MILLISECOND);
        assert_eq!(poll(&[&waiting, &timer]), [1]);

        let caller = tcp(family);
        let (input, output) = connect(&caller, address).unwrap();
        let later = subscribe_duration(HOUR);
        assert_eq!(poll(&[&later, &waiting]), [1]);
        let (called, called_input, called_output) = listening.accept().unwrap();

        let coming = called_input.subscribe();
        assert!(is_quiet(&coming) && is_ready(&output.subscribe()));
        output.blocking_write_and_flush(b"ping").unwrap();
        assert_eq!(poll(&[&later, &waiting, &coming]), [2]);
        assert_eq!(called_input.blocking_read(9).unwrap(), b"ping");
        assert!(is_quiet(&coming));
        // The end of the stream is readable as well.
        drop(coming);
        let back = input.subscribe();
        assert!(is_quiet(&back));
        drop((called_input, called_output));
        drop(called);
        assert_eq!(poll(&[&later, &back]), [1]);
        assert!(input.read(1).is_err());
    }
}

fn datagrams() {
    for family in FAMILIES {
        let ((here, _), (there, address)) = (udp(family), udp(family));
        let (_here_in, out) = here.stream(None).unwrap();
        let (incoming, _there_out) = there.stream(None).unwrap();
        let (coming, later) = (incoming.subscribe(), subscribe_duration(HOUR));
        assert!(is_ready(&here.subscribe()) && is_ready(&out.subscribe()));
        assert!(is_quiet(&coming));
        assert!(out.check_send().unwrap() > 0);
        let datagram = OutgoingDatagram {
            data: b"x".to_vec(),
            remote_address: Some(address),
        };
        assert_eq!(out.send(&[datagram]), Ok(1));
        assert_eq!(poll(&[&later, &coming]), [1]);
        assert_eq!(incoming.receive(9).unwrap().len(), 1);
        assert!(is_quiet(&coming));
    }
}

fn lookups() {
    let lookup = resolve_addresses(&instance_network(), "127.0.0.1").unwrap();
    let (answered, later) = (lookup.subscribe(), subscribe_duration(HOUR));
    assert_eq!(poll(&[&later, &answered]), [1]);
    assert!(lookup.resolve_next_address().unwrap().is_some());
}

/// One list with one of each kind. Whatever is ready, the hour is not over.
fn everything() {
    let family = FAMILIES[0];
    let dir = fresh("everything");
    put(&dir, "file", b"x");
    let (caller, called) = connection(family);
    let (listening, _) = listener(family);
    let (socket, _) = udp(family);
    let (incoming, _outgoing) = socket.stream(Some(local(family, 9))).unwrap();
    let lookup = resolve_addresses(&instance_network(), "::1").unwrap();
    let file = open(&dir, "file").unwrap().read_via_stream(0).unwrap();
    let stdout = get_stdout();
    let (hour, quiet, nobody, silent) = (
        subscribe_duration(HOUR),
        called.input.subscribe(),
        listening.subscribe(),
        incoming.subscribe(),
    );
    let (bytes, answer, room, terminal) = (
        file.subscribe(),
        lookup.subscribe(),
        caller.output.subscribe(),
        stdout.subscribe(),
    );
    let list = [
        &hour, &quiet, &nobody, &silent, &bytes, &answer, &room, &terminal,
    ];
    let ready = poll(&list);
    assert!(!ready.is_empty() && !ready.contains(&0));
    if !on_another_host() {
        assert_eq!(ready, [4, 5, 6, 7]);
    }
    caller.output.blocking_write_and_flush(b"now").unwrap();
    assert_eq!(poll(&list[..4]), [1]);
}
